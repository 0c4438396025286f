"""``euthymia genome call``: the table, the JSON, the refusals that write nothing."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from euthymia.cli.genome_commands import app
from euthymia.core.errors import InvalidInput

from tests.engines.genome.made_index import write_indexed
from tests.engines.genome.made_vcf import header, line, records, write

COLUMNS = ["sample", "gene", "diplotype", "phenotype", "activity_score", "status", "notes"]
PAIRS = {"CYP2D6": ("*3", "*10"), "CYP2C19": ("*1", "*17"), "CYP2B6": ("*5", "*6")}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["call", *map(str, arguments)])


@pytest.fixture
def vcf(tmp_path: Path) -> Path:
    return write(tmp_path / "a.vcf", records(PAIRS, phased=False).values())


def table(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == COLUMNS
        return {row["gene"]: row for row in reader}


def test_the_table_has_the_columns_and_words_of_the_contract(vcf: Path, tmp_path: Path):
    ran = run(vcf, "-o", tmp_path / "calls.csv")
    assert ran.exit_code == 0 and "wrote" in ran.output
    rows = table(tmp_path / "calls.csv")
    assert (rows["CYP2D6"]["diplotype"], rows["CYP2D6"]["activity_score"], rows["CYP2D6"]["status"]) == (
        "*3/*10", "0.25", "called"
    )  # fmt: skip
    assert "Copy number was not measured" in rows["CYP2D6"]["notes"]
    assert rows["CYP2C19"]["phenotype"] == "Rapid Metabolizer" and rows["CYP2C19"]["activity_score"] == ""
    assert set(rows["CYP2B6"]["diplotype"].split(";")) == {"*5/*6", "*1/*7"}
    assert rows["CYP2B6"]["status"] == "ambiguous"
    assert rows["HLA-B"]["status"] == "no_call" and rows["HLA-B"]["diplotype"] == ""


def test_a_missing_position_is_incomplete_and_the_assumption_is_only_a_note(tmp_path: Path):
    made = records({"CYP2C19": ("*1", "*1")})
    del made["chr10:94761900"]
    run(write(tmp_path / "a.vcf", made.values()), "-o", tmp_path / "calls.csv")
    row = table(tmp_path / "calls.csv")["CYP2C19"]
    assert row["status"] == "incomplete" and {"*1/*1", "*1/*17", "*17/*17"} == set(row["diplotype"].split(";"))
    assert "it would be *1/*1; this is not known" in row["notes"]


def test_absent_is_reference_is_recorded_in_the_notes(tmp_path: Path):
    path = write(tmp_path / "a.vcf", [line("chr10", 94842866, "A", "G", "1/1")])
    run(path, "--absent-is-reference", "-o", tmp_path / "calls.csv")
    row = table(tmp_path / "calls.csv")["CYP2C19"]
    assert (row["diplotype"], row["status"]) == ("*1/*1", "called") and "taken as reference, as asked" in row["notes"]


def test_json_carries_hash_build_tables_and_sites(vcf: Path):
    ran = run(vcf, "--json")
    document = json.loads(ran.stdout)
    assert document["document"] == "euthymia/genome-calls"
    (sample,) = document["samples"]
    assert sample["build"] == "GRCh38" and len(sample["input_sha256"]) == 64
    assert any(v.startswith("alleles.csv ") for v in sample["table_versions"])
    assert {g["gene"]: g["status"] for g in sample["genes"]}["CYP2D6"] == "called"


def test_json_says_which_part_an_index_let_it_read_and_whole_file_reads_all(tmp_path: Path):
    path = write_indexed(tmp_path / "a.vcf.gz", header(), records(PAIRS, phased=False).values())
    (part,) = json.loads(run(path, "--json").stdout)["samples"]
    (whole,) = json.loads(run(path, "--json", "--whole-file").stdout)["samples"]
    assert "by index" in part["input_part"] and whole["input_part"] == "" and part["genes"] == whole["genes"]
    assert whole["input_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() != part["input_sha256"]


def test_without_output_a_person_sees_a_table(vcf: Path):
    assert "CYP2C19" in run(vcf).output


def test_several_samples_and_one_of_them(tmp_path: Path):
    one, two = records(PAIRS), records()
    lines = [text + "\t" + two[key].split("\t")[9] for key, text in one.items() if two[key].split("\t")[9] == "0|0"]
    path = write(tmp_path / "a.vcf", lines, header(samples=["A", "B"]))
    run(path, "-o", tmp_path / "all.csv")
    run(path, "--sample", "B", "-o", tmp_path / "b.csv")
    whole = (tmp_path / "all.csv").read_text().splitlines()
    assert [r for r in whole if r.startswith("B,")] == (tmp_path / "b.csv").read_text().splitlines()[1:]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--build", "GRCh37"], "GRCh37"),
        (["--build", "hg19"], "GRCh38 or GRCh37"),
        (["--sample", "nobody"], "a sample of the file"),
        (["--outside-calls", "absent.tsv"], "outside calls"),
    ],
)
def test_a_refusal_writes_nothing(vcf: Path, tmp_path: Path, arguments, says):
    before = sorted(tmp_path.iterdir())
    ran = run(vcf, *arguments, "-o", tmp_path / "calls.csv")
    assert isinstance(ran.exception, InvalidInput) and says in str(ran.exception) and ran.exit_code != 0
    assert sorted(tmp_path.iterdir()) == before


def test_a_refused_file_leaves_an_older_table_alone(vcf: Path, tmp_path: Path):
    target = tmp_path / "calls.csv"
    target.write_text("older\n")
    bad = write(tmp_path / "bad.vcf", ["chr22\t42126611\tcut"])
    assert run(bad, "-o", target).exit_code != 0 and target.read_text() == "older\n"
    assert run(vcf, "-o", target).exit_code != 0 and target.read_text() == "older\n"
    assert run(vcf, "-o", target, "--force").exit_code == 0 and "CYP2D6" in target.read_text()


def test_an_output_folder_that_is_not_there_is_named(vcf: Path, tmp_path: Path):
    ran = run(vcf, "-o", tmp_path / "no" / "calls.csv")
    assert isinstance(ran.exception, InvalidInput) and "existing folder" in str(ran.exception)
