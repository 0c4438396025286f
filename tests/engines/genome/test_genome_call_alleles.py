"""Every defined allele is found again: phased with the reference as the one call, unphased among the possibilities."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from euthymia.engines.genome import CallStatus
from euthymia.engines.genome.alleles import gene_alleles
from euthymia.engines.genome.match import match
from euthymia.engines.genome.positions import panel
from euthymia.engines.genome.vcf_genotypes import genotype

from tests.engines.genome.made_vcf import (
    PANEL_GENES,
    REFERENCE,
    allele,
    carried,
    defined_alleles,
    gene_of,
    pair_text,
    records,
    texts,
)


def states(gene: str, first: str, second: str, *, phased: bool, optional: bool = False):
    """Genotypes by site for a pair of alleles, without a file."""
    sides = []
    for name in (first, second):
        row = allele(gene, name)
        sides.append((*row.core, *(row.optional if optional else ())))
    made = {}
    for site in panel("GRCh38").of_gene(gene):
        alleles = (site.ref38, *site.alts38)
        a, b = (alleles.index(carried(site, side)) for side in sides)
        made[site.index] = genotype(a, b, "1" if phased else None)
    return made


@pytest.mark.parametrize("gene", PANEL_GENES)
@pytest.mark.parametrize("optional", [False, True], ids=["core", "with optional sites"])
def test_each_allele_beside_the_reference_is_the_only_phased_call(gene, optional):
    alleles = gene_alleles(gene)
    for row in defined_alleles(gene):
        found = match(alleles, states(gene, REFERENCE[gene], row.allele, phased=True, optional=optional)).pairs
        named = {tuple(sorted((alleles.names[a], alleles.names[b]))) for a, b in found}
        assert named == {tuple(sorted((REFERENCE[gene], row.allele)))}, row.allele


@pytest.mark.parametrize("gene", ["CYP2C19", "CYP2B6", "CYP3A5", "CYP1A2"])
def test_each_pair_is_among_the_unphased_possibilities_and_alone_when_phased(gene):
    alleles = gene_alleles(gene)
    for a, b in itertools.combinations_with_replacement(alleles.names, 2):
        loose = match(alleles, states(gene, a, b, phased=False)).pairs
        strict = match(alleles, states(gene, a, b, phased=True)).pairs
        wanted = tuple(sorted((alleles.names.index(a), alleles.names.index(b))))
        assert wanted in loose and strict == (wanted,)


@pytest.mark.parametrize(
    ("gene", "pair", "expected"),
    [
        ("CYP2B6", ("*1", "*6"), {"*1/*6", "*4/*9"}),
        ("CYP2B6", ("*5", "*6"), {"*1/*7", "*5/*6"}),
        ("CYP2D6", ("*4", "*41"), {"*4/*41", "*4/*119"}),
    ],
)
def test_unphased_pairs_that_look_alike_are_all_given(tmp_path: Path, gene, pair, expected):
    call = gene_of(tmp_path, gene, records({gene: pair}, phased=False).values())
    assert texts(call) == expected
    assert call.status is (CallStatus.CALLED if len(expected) == 1 else CallStatus.AMBIGUOUS)


def test_4_41_and_4_69_are_both_kept_and_the_differing_phenotypes_said(tmp_path: Path):
    """pgx.md section 2: *4 with its optional 42130692 beside *41 cannot be told from *4/*69 without phase."""
    made = records({"CYP2D6": ("*4", "*69")}, phased=False)
    call = gene_of(tmp_path, "CYP2D6", made.values())
    assert texts(call) == {"*4/*41", "*4/*69", "*4/*119"}
    assert call.diplotypes[0].text == "*4/*69"  # most defining variants first
    assert set(call.phenotypes) == {"Intermediate Metabolizer", "Poor Metabolizer"}
    assert "phenotypes differ" in call.notes[0]


def test_phase_sets_that_differ_are_unphased_to_each_other(tmp_path: Path):
    def with_sets(one: str, two: str) -> dict[str, str]:
        made = records({"CYP2B6": ("*1", "*6")})
        for name, number in (("chr19:41006936", one), ("chr19:41009358", two)):
            fields = made[name].split("\t")
            made[name] = "\t".join([*fields[:8], "GT:PS", f"{fields[9]}:{number}"])
        return made

    same = gene_of(tmp_path, "CYP2B6", with_sets("7", "7").values())
    assert texts(same) == {"*1/*6"} and same.phased is True
    apart = gene_of(tmp_path, "CYP2B6", with_sets("7", "8").values())
    assert texts(apart) == {"*1/*6", "*4/*9"} and apart.phased is False


def test_a_combination_that_no_allele_explains_is_no_call_and_named(tmp_path: Path):
    made = records({"CYP2C19": ("*2", "*1")})
    fields = made["chr10:94780653"].split("\t")
    fields[4], fields[9] = "A", "1|0"  # *2 and *3 on one strand
    made["chr10:94780653"] = "\t".join(fields)
    call = gene_of(tmp_path, "CYP2C19", made.values())
    assert call.status is CallStatus.NO_CALL and not call.diplotypes and call.phenotype == "Indeterminate"
    assert any("No pair of defined alleles" in n and "94780653" in n for n in call.notes)


def test_reference_everywhere_is_star_38_for_cyp2c19_and_star_1_elsewhere(tmp_path: Path):
    assert texts(gene_of(tmp_path, "CYP2C19", records().values())) == {"*38/*38"}
    assert texts(gene_of(tmp_path, "CYP2D6", records().values())) == {"*1/*1"}
    assert pair_text("CYP2C19", "*17", "*2") == "*2/*17"
