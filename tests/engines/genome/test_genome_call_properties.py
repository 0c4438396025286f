"""What must never change a call, and what must never make it more certain: properties over generated genomes."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from euthymia.engines.genome import CallStatus, GeneCall, call_vcf
from euthymia.engines.genome.alleles import gene_alleles
from euthymia.engines.genome.call_star import LISTED_DIPLOTYPES
from euthymia.engines.genome.positions import panel

from tests.engines.genome.made_vcf import call_one, header, line, pair_text, records, texts, write

GENES = ("CYP2D6", "CYP2C19", "CYP2B6", "CYP2C9", "CYP3A5")
pairs = st.fixed_dictionaries({g: st.tuples(*[st.sampled_from(gene_alleles(g).names)] * 2) for g in GENES})
shared_settings = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def genes_of(lines, head: str | None = None, **options: object) -> tuple[GeneCall, ...]:
    with tempfile.TemporaryDirectory() as folder:
        return call_one(write(Path(folder) / "a.vcf", lines, head), **options).genes


def said(calls) -> list[tuple[object, ...]]:
    """A call without its notes and line numbers."""
    return [(c.gene, c.status, c.diplotypes, c.phenotype, c.missing_positions, c.n_possible, c.phased) for c in calls]


@shared_settings
@given(pairs, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_records_never_matters(haplotypes, phased, shuffle: random.Random):
    lines = list(records(haplotypes, phased=phased, genes=GENES).values())
    before = genes_of(lines)
    shuffle.shuffle(lines)
    assert genes_of(lines) == before


@shared_settings
@given(pairs)
def test_the_names_of_the_strands_never_matter(haplotypes):
    """Turning every genotype of the file around is the same genome."""
    turned = {gene: (two, one) for gene, (one, two) in haplotypes.items()}
    assert said(genes_of(records(haplotypes, genes=GENES).values())) == said(
        genes_of(records(turned, genes=GENES).values())
    )


@shared_settings
@given(pairs, st.integers(0, 10**6))
def test_the_number_of_a_phase_set_never_matters(haplotypes, number):
    def with_set(text: str) -> str:
        fields = text.split("\t")
        return "\t".join([*fields[:8], "GT:PS", f"{fields[9]}:{number}"])

    made = records(haplotypes, genes=GENES)
    assert genes_of(map(with_set, made.values())) == genes_of(made.values())


@shared_settings
@given(
    pairs,
    st.lists(
        st.tuples(
            st.sampled_from(["chr1", "chr22", "chr10", "chr19", "chr7", "chrX", "chrUn_1"]),
            st.integers(1, 2 * 10**8),
            st.sampled_from(["0/1", "1|1", "./.", "0/0"]),
        ),
        max_size=30,
    ),
)
def test_records_off_the_positions_never_matter(haplotypes, extra):
    known = {(s.chrom, s.pos + i) for s in panel("GRCh38").sites for i in range(-1, 25)}
    noise = [line(c, p, "A", "G", cell) for c, p, cell in extra if (c, p) not in known and c != "chrX"]
    made = list(records(haplotypes, genes=GENES).values())
    assert said(genes_of(made + noise)) == said(genes_of(made))


@shared_settings
@given(pairs, st.sampled_from(["<NON_REF>", "."]))
def test_reference_blocks_equal_explicit_reference_records(haplotypes, alt):
    """Each run of reference sites becomes one block from its first to its last position."""
    made = records(haplotypes, phased=True, genes=GENES)
    lines: list[str] = []
    run: list[list[str]] = []

    def close() -> None:
        if run:
            first, last = run[0], run[-1]
            lines.append(line(first[0], int(first[1]), first[3][0], alt, "0/0", info=f"END={last[1]}"))
            run.clear()

    for text in made.values():
        fields = text.split("\t")
        if fields[9] == "0|0" and (not run or (run[-1][0] == fields[0] and int(run[-1][1]) < int(fields[1]))):
            run.append(fields)
            continue
        close()
        if fields[9] == "0|0":
            run.append(fields)
        else:
            lines.append(text)
    close()
    assert len(lines) < len(made) / 2
    assert said(genes_of(lines)) == said(genes_of(made.values()))


@pytest.mark.parametrize("seed", range(60))
def test_taking_positions_away_never_makes_a_call_more_certain_nor_loses_the_truth(seed: int):
    rng = random.Random(seed)  # drawn here, so that the same genomes are tried whatever else is imported
    names = {gene: list(gene_alleles(gene).names) for gene in GENES}
    haplotypes = {gene: (rng.choice(names[gene]), rng.choice(names[gene])) for gene in GENES}
    made = records(haplotypes, phased=rng.random() < 0.5, genes=GENES)
    gone = set(rng.choices(sorted(made), k=rng.randint(1, 12)))
    if seed % 3 == 0:  # and some of the positions where something was found
        carried = sorted(key for key, text in made.items() if text.split("\t")[9] not in ("0|0", "0/0"))
        gone |= set(rng.sample(carried, k=min(3, len(carried))))
    whole = genes_of(made.values())
    parts = genes_of([text for key, text in made.items() if key not in gone])
    for before, after in zip(whole, parts, strict=True):
        sites = {str(s) for s in panel("GRCh38").of_gene(before.gene)}
        if before.gene not in GENES or sites <= gone:
            assert after.status is CallStatus.NO_CALL and not after.diplotypes
            continue
        truth = pair_text(before.gene, *haplotypes[before.gene])
        assert truth in texts(before)
        assert after.n_possible >= before.n_possible
        assert set(after.phenotypes) >= set(before.phenotypes)
        assert after.status is (CallStatus.INCOMPLETE if gone & sites else before.status)
        assert set(after.missing_positions) == gone & sites
        assert (truth in texts(after)) if after.diplotypes else after.n_possible > LISTED_DIPLOTYPES
        assert not after.diplotypes or texts(after) >= texts(before)


@shared_settings
@given(pairs, st.integers(0, 3))
def test_a_sample_alone_reads_like_the_same_sample_in_a_crowd(haplotypes, place):
    mine = records(haplotypes, genes=GENES)
    crowd = records(genes=GENES)
    names = ["A", "B", "C", "D"]
    lines = []
    for key, text in mine.items():
        fields = text.split("\t")
        other = crowd[key].split("\t")[9]
        cells = [other] * 4
        cells[place] = fields[9]
        lines.append("\t".join([*fields[:9], *cells]))
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.vcf", lines, header(samples=names))
        everyone = list(call_vcf(path))
        (alone,) = call_vcf(path, sample=names[place])
    assert [c.sample for c in everyone] == names
    assert everyone[place] == alone
    assert said(alone.genes) == said(genes_of(mine.values()))
