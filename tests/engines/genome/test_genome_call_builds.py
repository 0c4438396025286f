"""Builds: GRCh37 is refused unless asked for, then read with its own bases at the four sites that differ."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.positions import panel

from tests.engines.genome.made_vcf import call_one, gene_of, header, line, records, texts, write

PAIRS = {"CYP2D6": ("*2", "*4"), "CYP2C19": ("*1", "*17"), "CYP2B6": ("*1", "*6"), "CYP2C9": ("*2", "*3")}
SWAPPED = {("CYP2D6", 42126611), ("CYP2D6", 42127941), ("CYP2C19", 94842866), ("CYP3A5", 99672916)}


def test_the_four_sites_whose_reference_differs_are_those_of_the_literature():
    sites = panel("GRCh37").sites
    assert {(s.gene, s.pos38) for s in sites if s.ref != s.ref38} == SWAPPED


@pytest.mark.parametrize("head", [header("GRCh37"), header(None)], ids=["told by the header", "told by the bases"])
def test_a_grch37_file_is_refused_with_the_way_out(tmp_path: Path, head):
    made = records(PAIRS, build="GRCh37")
    with pytest.raises(InvalidInput, match="--build GRCh37"):
        call_one(write(tmp_path / "a.vcf", made.values(), head))


def test_grch37_asked_for_gives_the_same_calls_as_grch38(tmp_path: Path):
    on_37 = call_one(
        write(tmp_path / "a.vcf", records(PAIRS, build="GRCh37").values(), header("GRCh37")), build="GRCh37"
    )
    on_38 = call_one(write(tmp_path / "b.vcf", records(PAIRS).values()))
    assert on_37.build == "GRCh37"
    for one, two in zip(on_37.genes, on_38.genes, strict=True):
        assert (one.gene, one.diplotype_text, one.phenotype, one.status) == (
            two.gene, two.diplotype_text, two.phenotype, two.status
        )  # fmt: skip


@pytest.mark.parametrize(
    ("gene", "pos38", "as_37", "as_38"),
    [
        ("CYP2D6", (42126611, 42127941), "*2/*2", "*1/*1"),
        ("CYP2C19", (94842866,), "*1/*1", "*38/*38"),
        ("CYP3A5", (99672916,), "*3/*3", "*1/*1"),
    ],
)
def test_a_reference_homozygote_reads_as_what_the_build_carries_there(tmp_path: Path, gene, pos38, as_37, as_38):
    for build, expected in (("GRCh37", as_37), ("GRCh38", as_38)):
        lines = [line(s.chrom, s.pos, s.ref, ".", "0/0") for s in panel(build).of_gene(gene)]
        assert {s.pos38 for s in panel(build).of_gene(gene)} >= set(pos38)
        call = gene_of(tmp_path, gene, lines, header(build), build=build)
        assert texts(call) == {expected}


def test_absent_is_reference_knows_the_build_too(tmp_path: Path):
    lines = [line("chr7", 99262835, "C", "T", "0/0")]
    call = gene_of(tmp_path, "CYP3A5", lines, header("GRCh37"), build="GRCh37", absent_is_reference=True)
    assert texts(call) == {"*3/*3"} and any("taken as reference" in n for n in call.notes)


def test_grch38_asked_as_grch37_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInput, match="Leave out --build"):
        call_one(write(tmp_path / "a.vcf", records().values()), build="GRCh37")


def test_a_contradicting_reference_base_names_line_and_base(tmp_path: Path):
    made = records(PAIRS)
    made["chr10:94781859"] = line("chr10", 94781859, "T", "A", "0|1")
    with pytest.raises(InvalidInput, match=r"line \d+: REF.*T at chr10:94781859.*allowed: G"):
        call_one(write(tmp_path / "a.vcf", made.values()))


@pytest.mark.parametrize(
    ("extra", "match"),
    [
        (["##contig=<ID=chr22,length=51304566>"], "one build"),
        (["##contig=<ID=22,length=12345>"], "Another genome"),
        (["##reference=file:///data/hg19.fa"], "one build"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(tmp_path: Path, extra, match):
    with pytest.raises(InvalidInput, match=match):
        call_one(write(tmp_path / "a.vcf", records().values(), header(extra=extra)))


def test_no_word_of_the_build_and_no_panel_record_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInput, match="not told"):
        call_one(write(tmp_path / "a.vcf", [line("chr1", 1000, "A", "C", "0/1")], header(None)))


@pytest.mark.parametrize("spelling", [lambda c: c[3:], lambda c: {"chr22": "NC_000022.11"}.get(c, c)])
def test_bare_and_refseq_contig_names_read_the_same(tmp_path: Path, spelling):
    plain = records(PAIRS)
    named = [re.sub(r"^chr\d+", lambda m: spelling(m.group(0)), text) for text in plain.values()]
    assert gene_of(tmp_path, "CYP2D6", named, header(None)).diplotype_text == "*2/*4"
