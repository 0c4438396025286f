"""Shapes of records: blocks, split and merged alleles, shifted indels, filters, depth, ploidy, copy number."""

from __future__ import annotations

from pathlib import Path

import pytest

from euthymia.engines.genome import CallStatus

from tests.engines.genome.made_vcf import gene_of, line, records, texts

STAR_3, STAR_9, STAR_6 = "chr22:42128241", "chr22:42128173", "chr22:42129083"


def swap(made: dict[str, str], name: str, *lines: str) -> list[str]:
    """The file with the record of one site replaced."""
    return [text for key, value in made.items() for text in (lines if key == name else (value,))]


@pytest.mark.parametrize("alt", ["<NON_REF>", "<*>", "."])
def test_a_reference_block_equals_explicit_reference_records(tmp_path: Path, alt):
    made = records({"CYP2B6": ("*1", "*6")})
    inside = {k for k in made if k.startswith("chr19:") and 41009360 <= int(k.split(":")[1]) <= 41016900}
    block = line("chr19", 41009360, "A", alt, "0/0:20", info="DP=9;END=41016900", fmt="GT:DP")
    lines = [v for k, v in made.items() if k not in inside] + [block]
    assert len(inside) > 10
    assert gene_of(tmp_path, "CYP2B6", lines) == gene_of(tmp_path, "CYP2B6", made.values())


def test_a_block_that_starts_far_before_the_gene_counts(tmp_path: Path):
    block = line("chr7", 90000000, "A", "<NON_REF>", "0/0", info="END=100000000")
    assert texts(gene_of(tmp_path, "CYP3A5", [block])) == {"*1/*1"}


def test_a_block_without_depth_is_not_evidence(tmp_path: Path):
    block = line("chr7", 99652000, "A", "<NON_REF>", "0/0:0", info="END=99676300", fmt="GT:DP")
    call = gene_of(tmp_path, "CYP3A5", [block])
    assert call.status is CallStatus.NO_CALL and any("no depth" in n for n in call.notes)


@pytest.mark.parametrize(
    ("site", "text", "expected"),
    [
        (STAR_3, line("chr22", 42128241, "CTG", "CG", "0|1"), "*1/*3"),  # padded on the right
        (STAR_3, line("chr22", 42128240, "ACT", "AC", "0|1"), "*1/*3"),  # padded on the left
        (STAR_9, line("chr22", 42128174, "CTTC", "C", "0|1"), "*1/*9"),  # moved right over a repeat
        (STAR_6, line("chr22", 42129083, "CAA", "CA", "0|1"), "*1/*6"),  # a base of the repeat on the right
        ("chr22:42130654", line("chr22", 42130655, "A", "AA", "0|1"), "*1/*15"),  # insertion moved right
        (STAR_3, line("chr22", 42128241, "CT", "C,<NON_REF>", "0|1"), "*1/*3"),
        (STAR_3, line("chr22", 42128241, "ct", "c", "0|1"), "*1/*3"),
    ],
)
def test_indels_in_any_spelling_are_the_same_variant(tmp_path: Path, site, text, expected):
    assert texts(gene_of(tmp_path, "CYP2D6", swap(records(), site, text))) == {expected}


def test_a_substitution_of_several_bases_is_parted(tmp_path: Path):
    """CYP2D6*130 is two neighboring substitutions; a caller may write them as one."""
    made = records()
    del made["chr22:42128879"]
    lines = swap(made, "chr22:42128878", line("chr22", 42128878, "CA", "AG", "1|0"))
    assert texts(gene_of(tmp_path, "CYP2D6", lines)) == {"*1/*130"}


@pytest.mark.parametrize("order", [1, -1])
def test_split_records_of_one_site_complete_each_other(tmp_path: Path, order):
    """CYP2C9 94942309 G>A (*8) and G>T (*27) on two strands, written as two records."""
    pair = [line("chr10", 94942309, "G", "A", "1|0"), line("chr10", 94942309, "G", "T", "0|1")][::order]
    split = gene_of(tmp_path, "CYP2C9", swap(records(), "chr10:94942309", *pair))
    joined = gene_of(tmp_path, "CYP2C9", swap(records(), "chr10:94942309", line("chr10", 94942309, "G", "T,A", "2|1")))
    assert texts(split) == texts(joined) == {"*8/*27"}


@pytest.mark.parametrize(
    "pair",
    [
        (line("chr10", 94942290, "C", "T", "0/1"), line("chr10", 94942290, "C", "T", "1/1")),
        (line("chr10", 94942290, "C", "T", "0/1"), line("chr10", 94942290, "C", ".", "0/0")),
        (line("chr10", 94942290, "C", "T", "1/1"), line("chr10", 94942290, "C", "A", "0/1")),
    ],
)
def test_contradictory_records_are_a_flagged_no_call(tmp_path: Path, pair):
    call = gene_of(tmp_path, "CYP2C9", swap(records(), "chr10:94942290", *pair))
    assert call.status is CallStatus.NO_CALL and not call.diplotypes
    assert any("contradictory records" in n and "94942290" in n for n in call.notes)


def test_an_unrelated_deletion_at_a_site_changes_nothing(tmp_path: Path):
    made = records({"CYP2C9": ("*1", "*9")})
    extra = [line("chr10", 94949217, "AG", "A", "0/1"), line("chr10", 94949217, "AG", "A", "./.")]
    for text in extra:
        assert gene_of(tmp_path, "CYP2C9", [*made.values(), text]) == gene_of(tmp_path, "CYP2C9", made.values())


@pytest.mark.parametrize("text", [
    line("chr22", 42127845, "GCACATCCGGATGTAGGATC", "G", "0/0"),
    line("chr22", 42127845, "GCACATCCGGATGTAGGATC", ".", "0/0"),
])  # fmt: skip
def test_the_denial_of_a_deletion_is_no_word_on_a_base_under_it(tmp_path: Path, text):
    """*59 and *7 lie under the deletion of *101; without their own records they are missing, not reference."""
    made = records()
    lines = [t for key, t in made.items() if key not in ("chr22:42127845", "chr22:42127852", "chr22:42127856")]
    call = gene_of(tmp_path, "CYP2D6", [*lines, text])
    assert call.status is CallStatus.INCOMPLETE
    assert set(call.missing_positions) == {"chr22:42127852", "chr22:42127856"}
    block = line("chr22", 42127850, "T", "<NON_REF>", "0/0", info="END=42127860")
    assert gene_of(tmp_path, "CYP2D6", [*lines, block]).missing_positions == ("chr22:42127845",)


def test_a_record_that_names_all_other_alleles_speaks_for_what_it_spans(tmp_path: Path):
    lines = [t for key, t in records().items() if key not in ("chr22:42127845", "chr22:42127852", "chr22:42127856")]
    text = line("chr22", 42127845, "GCACATCCGGATGTAGGATC", "G,<NON_REF>", "0/0")
    assert gene_of(tmp_path, "CYP2D6", [*lines, text]).diplotype_text == "*1/*1"


def test_an_unlisted_base_at_a_site_is_no_call(tmp_path: Path):
    lines = swap(records(), "chr10:94942290", line("chr10", 94942290, "C", "G", "0/1"))
    call = gene_of(tmp_path, "CYP2C9", lines)
    assert call.status is CallStatus.NO_CALL and "C/other" in " ".join(call.notes).replace("other/C", "C/other")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (line("chr10", 94942290, "C", "T", "0/1", flt="LowQual"), "FILTER LowQual"),
        (line("chr10", 94942290, "C", "T", "0/1:LowGQ", fmt="GT:FT"), "filtered"),
        (line("chr10", 94942290, "C", "T", "1"), "haploid"),
        (line("chr10", 94942290, "C", "T", "0/0/1"), "not diploid"),
        (line("chr10", 94942290, "C", "T", "35", fmt="DP"), "no GT"),
        (line("chr10", 94942290, "C", "T", "./."), "94942290"),
        (line("chr10", 94942290, "C", "T", "./1"), "94942290"),
    ],
)
def test_unusable_genotypes_make_the_call_incomplete_and_say_why(tmp_path: Path, text, why):
    call = gene_of(tmp_path, "CYP2C9", swap(records(), "chr10:94942290", text))
    assert call.status is CallStatus.INCOMPLETE and call.missing_positions == ("chr10:94942290",)
    assert {"*1/*2"} <= texts(call) and "*2" in call.excluded_cannot
    assert any(why in note for note in call.notes)


def test_half_a_genotype_keeps_the_half_that_is_known(tmp_path: Path):
    lines = swap(records(), "chr10:94942290", line("chr10", 94942290, "C", "T", "./1"))
    assert texts(gene_of(tmp_path, "CYP2C9", lines)) >= {"*1/*2", "*2/*2"}
    assert "*1/*1" not in texts(gene_of(tmp_path, "CYP2C9", lines))


def test_a_spanning_deletion_mark_is_not_a_missing_position(tmp_path: Path):
    """*101 deletes the sites of *59 and *7; a caller writes * there."""
    made = records({"CYP2D6": ("*1", "*101")})
    lines = swap(made, "chr22:42127852", line("chr22", 42127852, "C", "*", "0|1"))
    assert gene_of(tmp_path, "CYP2D6", lines).diplotype_text == "*1/*101"


STRUCTURE = {"fmt": "GT:CN", "info": "SVTYPE=CNV;END=42140000"}


def structural(alt: str, cell: str, **given: str) -> str:
    return line("chr22", 42120000, "N", alt, cell, **{**STRUCTURE, **given})


@pytest.mark.parametrize(
    ("pair", "record", "expected", "phenotype"),
    [
        (("*4", "*4"), structural("<DEL>", "0/1:1"), "*4/*5", "Poor Metabolizer"),
        (("*29", "*29"), structural("<DEL>", "0/1", fmt="GT"), "*5/*29", "Intermediate Metabolizer"),
        (("*1", "*1"), structural("<DEL>", "1/1:0"), "*5/*5", "Poor Metabolizer"),
        (("*1", "*1"), structural("<CNV>", "./.:3"), "*1/*1x2", "Ultrarapid Metabolizer"),
        (("*1", "*1"), structural("<CN3>", "0/1", fmt="GT"), "*1/*1x3;*1x2/*1x2", "Ultrarapid Metabolizer"),
        (("*1", "*4"), structural("<CNV>", "./.:3"), "*1/*4x2;*1x2/*4", "Intermediate Metabolizer;Normal Metabolizer"),
        (("*1", "*4"), structural("<CNV>", "./.:2"), "*1/*4", "Intermediate Metabolizer"),
    ],
)
def test_copy_number_of_cyp2d6_from_a_structural_record(tmp_path: Path, pair, record, expected, phenotype):
    call = gene_of(tmp_path, "CYP2D6", [record, *records({"CYP2D6": pair}, phased=False).values()])
    assert set(call.diplotype_text.split(";")) == set(expected.split(";"))
    assert set(call.phenotypes) == set(phenotype.split(";"))
    assert call.copy_number_measured is True and call.provenance == "vcf + structural record"


def test_a_breakend_in_cyp2d6_is_named(tmp_path: Path):
    breakend = line("chr22", 42126700, "G", "G]chr22:42145000]", "0/1", info="SVTYPE=BND")
    call = gene_of(tmp_path, "CYP2D6", [*records().values(), breakend])
    assert any("breakend at chr22:42126700" in note for note in call.notes) and call.copy_number_measured is False


def test_one_copy_and_a_heterozygous_site_contradict_each_other(tmp_path: Path):
    made = records({"CYP2D6": ("*1", "*4")}, phased=False)
    call = gene_of(tmp_path, "CYP2D6", [structural("<DEL>", "0/1:1"), *made.values()])
    assert call.status is CallStatus.NO_CALL and "contradiction" in " ".join(call.notes)


def test_without_a_structural_record_the_limit_is_stated(tmp_path: Path):
    call = gene_of(tmp_path, "CYP2D6", records().values())
    assert call.copy_number_measured is False and "Copy number was not measured" in call.notes[0]


def test_the_hla_tag_screens_and_never_calls(tmp_path: Path):
    tag = line("chr6", 29945521, "A", "T", "0/1", rsid="rs1061235")
    call = gene_of(tmp_path, "HLA-A", [*records().values(), tag])
    assert call.status is CallStatus.INCOMPLETE and not call.diplotypes and call.phenotype == "Indeterminate"
    assert "present" in call.notes[0] and "confirm by typing" in call.notes[0]
    assert gene_of(tmp_path, "HLA-B", [*records().values(), tag]).status is CallStatus.NO_CALL


def test_single_variant_genes_are_reported_and_not_interpreted(tmp_path: Path):
    lines = [line("chr17", 30237328, "T", "C", "0/1"), line("chr13", 46837850, "A", "G", "1/1")]
    call = gene_of(tmp_path, "SLC6A4", lines)
    assert call.diplotype_text == "rs25531 T/C" and "No recommendation" in call.notes[-1]
    half = gene_of(tmp_path, "HTR2A", lines)
    assert half.diplotype_text == "rs7997012 G/G" and half.status is CallStatus.INCOMPLETE
