"""``euthymia genome``: from a VCF to calls and to advice after the medicines actually taken."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.command_line import COMPLETE, CommandLine
from tests.engines.genome.made_vcf import records, write


@pytest.fixture
def reference(tmp_path: Path) -> str:
    """A VCF in which every panel position is the reference: CYP2D6 *1/*1 and the like."""
    return str(write(tmp_path / "reference.vcf", records().values()))


@pytest.fixture
def poor_2c19(tmp_path: Path) -> str:
    """A VCF with CYP2C19 *2/*2."""
    return str(write(tmp_path / "poor.vcf", records({"CYP2C19": ("*2", "*2")}).values()))


def test_call_writes_one_row_a_gene(euthymia: CommandLine, poor_2c19: str, tmp_path: Path) -> None:
    euthymia.ok("genome", "call", poor_2c19, "-o", "calls.csv")
    rows = {r["gene"]: r for r in csv.DictReader((tmp_path / "calls.csv").open(encoding="utf-8"))}
    assert rows["CYP2C19"]["diplotype"] == "*2/*2"
    assert rows["CYP2C19"]["phenotype"] == "Poor Metabolizer"


def test_call_as_json_follows_its_schema(euthymia: CommandLine, poor_2c19: str) -> None:
    (sample,) = euthymia.document("genome-calls", "genome", "call", poor_2c19)["samples"]
    assert sample["build"] == "GRCh38"


def test_advise_changes_with_the_genes(euthymia: CommandLine, reference: str, poor_2c19: str) -> None:
    found = {}
    for name, vcf in (("reference", reference), ("poor", poor_2c19)):
        document = euthymia.document("genome-advice", "genome", "advise", vcf, "--drug", "citalopram")
        found[name] = {r["guideline"]: r["actions"] for r in document["advice"] if r["leads"]}
        assert document["limits"]
    assert found["poor"]["CPIC"] != found["reference"]["CPIC"]


def test_advise_changes_with_the_medicines_of_the_case(euthymia: CommandLine, reference: str) -> None:
    """The demo patient takes bupropion, a strong inhibitor of CYP2D6: activity falls, and the row names it."""
    arguments = ("genome", "advise", reference, "--drug", "nortriptyline")
    alone = euthymia.document("genome-advice", *arguments)
    treated = euthymia.document("genome-advice", *arguments, "--case", COMPLETE)
    assert treated["medications"] == ["bupropion"]
    assert not any(r["agents"] for r in alone["advice"])
    (leading,) = [r for r in treated["advice"] if r["leads"] and r["guideline"] == "CPIC"]
    assert leading["basis"] == "functional" and leading["agents"] == ["bupropion"]


def test_a_file_of_another_build_is_refused_and_nothing_is_written(euthymia: CommandLine, tmp_path: Path) -> None:
    from tests.engines.genome.made_vcf import header

    old = write(tmp_path / "old.vcf", records(build="GRCh37").values(), header("GRCh37"))
    ran = euthymia("genome", "call", str(old), "-o", "calls.csv")
    assert ran.code == 1 and "GRCh37" in ran.err and len(ran.err.strip().splitlines()) == 1
    assert not (tmp_path / "calls.csv").exists()
