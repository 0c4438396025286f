"""Outside calls: read, merged with their provenance, and refused when they are not what they claim to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome import CallStatus, call_vcf, parse_outside_calls

from tests.engines.genome.made_vcf import call_one, header, records, write


def called(tmp_path: Path, *lines: str, pair: tuple[str, str] = ("*1", "*2")):
    path = write(tmp_path / "a.vcf", records({"CYP2D6": pair}, phased=False).values())
    return call_one(path, outside=parse_outside_calls(lines, "lab.tsv"))


def test_an_outside_call_replaces_the_reading_and_names_its_source(tmp_path: Path):
    gene = called(tmp_path, "CYP2D6\t*1/*2x2").gene("CYP2D6")
    assert gene is not None and gene.diplotype_text == "*1/*2x2" and gene.activity_score_low == 3.0
    assert gene.phenotype == "Ultrarapid Metabolizer" and gene.copy_number_measured is True
    assert gene.provenance == "outside call: lab.tsv"
    assert any("small variants alone would read" in n and "*1/*2" in n for n in gene.notes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CYP2D6\tCYP2D6*1/CYP2D6*36+*10", "*1/*36+*10"),
        ("CYP2D6\t*4x>=3/*1\tIntermediate Metabolizer\t1.0", "*4x≥3/*1"),
        ("CYP2D6 *68+*4/*5", "*68+*4/*5"),
        ("CYP2C19\t*2/*17", "*2/*17"),
    ],
)
def test_spellings_of_pharmcat_and_of_laboratories_are_read(tmp_path: Path, text, expected):
    calls = called(tmp_path, "# a comment", "Gene\tDiplotype", text, "")
    assert expected in {g.diplotype_text for g in calls.genes}


@pytest.mark.parametrize(
    ("text", "gene", "phenotype"),
    [
        ("HLA-A *31:01 positive", "HLA-A", "*31:01 positive"),
        ("HLA-B\t*15:02/*40:01", "HLA-B", "*15:02 positive"),
        ("HLA-B\t*07:02/*40:01", "HLA-B", "*15:02 negative"),
        ("HLA-B\t*15:02 negative", "HLA-B", "*15:02 negative"),
    ],
)
def test_typed_hla_alleles_are_taken(tmp_path: Path, text, gene, phenotype):
    found = called(tmp_path, text).gene(gene)
    assert found is not None and found.status is CallStatus.CALLED and found.phenotype == phenotype


def test_a_phenotype_that_differs_from_our_rules_is_said(tmp_path: Path):
    found = called(tmp_path, "CYP2D6\t*41/*41\tNormal Metabolizer\t1.0").gene("CYP2D6")
    assert found is not None and found.phenotype == "Intermediate Metabolizer"
    assert any("says Normal Metabolizer" in n for n in found.notes)
    assert any("activity score 1.0" in n for n in found.notes)


def test_unknown_alleles_and_foreign_genes_are_kept_and_said(tmp_path: Path):
    calls = called(tmp_path, "CYP2D6\t*1/*999", "UGT1A1\t*1/*28\tIntermediate Metabolizer")
    ours, foreign = calls.gene("CYP2D6"), calls.gene("UGT1A1")
    assert ours is not None and ours.phenotype == "Indeterminate" and "Not in our table: *999." in ours.notes
    assert foreign is not None and foreign.phenotype == "Intermediate Metabolizer"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["CYP2D6\t*1"], "two haplotypes"),
        (["CYP2D6\tnormal/normal"], "star alleles"),
        (["CYP2D6\t*1/*2/*3"], "two haplotypes"),
        (["CYP2D6"], "line 1"),
        (["CYP2D6\t*1/*2", "CYP2D6\t*1/*4"], "every gene once"),
        (["HLA-B\tpositive"], "typed allele"),
        (["# nothing"], "at least one line"),
    ],
)
def test_bad_outside_files_are_refused(lines, says):
    with pytest.raises(InvalidInput, match=says):
        parse_outside_calls(lines, "lab.tsv")


def test_several_samples_need_names_in_the_outside_file(tmp_path: Path):
    lines = [text + "\t" + text.split("\t")[9] for text in records().values()]
    path = write(tmp_path / "a.vcf", lines, header(samples=["A", "B"]))
    with pytest.raises(InvalidInput, match="--sample"):
        list(call_vcf(path, outside=parse_outside_calls(["CYP2D6\t*4/*5"], "lab.tsv")))
    named = parse_outside_calls(["sample\tgene\tdiplotype", "B\tCYP2D6\t*4/*5"], "lab.tsv")
    one, two = call_vcf(path, outside=named)
    assert [c.diplotype_text for c in (one.genes[0], two.genes[0])] == ["*1/*1", "*4/*5"]
