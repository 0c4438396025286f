"""``euthymia genome report``: files written or a one-line refusal, and nothing replaced without being asked."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from euthymia.case import Event, fold
from euthymia.case.facts import Medication
from euthymia.case.files import write_case

from tests.cli.command_line import COMPLETE, NOW, CommandLine
from tests.engines.genome.made_vcf import header, records, write

FILES = ["report.fhir.json", "report.html", "report.json"]


@pytest.fixture
def vcf(tmp_path: Path) -> str:
    return str(write(tmp_path / "poor.vcf", records({"CYP2C19": ("*2", "*2")}).values()))


def test_it_writes_page_document_and_resources(euthymia: CommandLine, vcf: str, tmp_path: Path) -> None:
    ran = euthymia.ok("genome", "report", vcf, "-o", "out", "--medication", "Prozac", "--age", 70)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    assert ran.out.count("wrote ") == 3
    document = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(euthymia.schema("genome-report")).validate(document)
    assert [one["agent"] for one in document["medications"]] == ["fluoxetine"]  # the ingredient of a brand
    assert document["made_at"] == "2026-11-23T12:00:00Z" and document["age_yr"] == 70


def test_json_is_printed_by_its_schema(euthymia: CommandLine, vcf: str, tmp_path: Path) -> None:
    printed = euthymia.document(
        "genome-report", "genome", "report", vcf, "-o", "out", "--drug", "sertraline", "--date", "2024-01-31"
    )
    assert {row["drug"] for row in printed["advice"]} == {"sertraline"}
    assert printed["made_at"].startswith("2024-01-31")
    assert printed == json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))


def test_a_case_gives_medicines_age_and_name(euthymia: CommandLine, vcf: str) -> None:
    found = euthymia.document("genome-report", "genome", "report", vcf, "-o", "out", "--case", COMPLETE)
    assert [one["agent"] for one in found["medications"]] == ["bupropion"]
    assert found["case_id"] == "demo-1-three-failed-trials" and found["age_yr"] is not None
    assert any(row["basis"] == "functional" and row["agents"] == ["bupropion"] for row in found["advice"])


def test_a_medicine_of_the_case_counts_while_it_still_acts(euthymia: CommandLine, vcf: str, tmp_path: Path) -> None:
    """Fluoxetine stopped 20 days ago is inside its washout; paroxetine stopped 90 days ago is not."""
    facts = [Medication("fluoxetine", ended_on=date(2026, 11, 3)), Medication("paroxetine", ended_on=date(2026, 8, 25))]
    case = fold("case-1", [Event(fact, NOW, NOW) for fact in facts], as_of=NOW)
    write_case(case, tmp_path / "case.yaml")
    found = euthymia.document("genome-report", "genome", "report", vcf, "-o", "out", "--case", "case.yaml")
    assert [(m["agent"], m["stopped_days_ago"]) for m in found["medications"]] == [("fluoxetine", 20)]
    assert not any(entry["is_taken"] for entry in found["medicines"])
    assert any("fluoxetine" in row["agents"] for row in found["advice"])


def test_context_and_outside_calls_are_used(euthymia: CommandLine, vcf: str, tmp_path: Path) -> None:
    (tmp_path / "lab.tsv").write_text("CYP2D6\t*1/*2x2\nHLA-B\t*15:02 positive\n", encoding="utf-8")
    arguments = ("genome", "report", vcf, "-o", "out", "--outside-calls", "lab.tsv", "--context", "cbz_naive")
    found = euthymia.document("genome-report", *arguments)
    genes = {gene["gene"]: gene for gene in found["genes"]}
    assert genes["CYP2D6"]["provenance"] == "outside call: lab.tsv" and genes["CYP2D6"]["copy_number"] == "measured"
    populations = {row["population"] for row in found["advice"] if row["drug"] == "carbamazepine"}
    assert "cbz_naive" in populations and "cbz_over_3_months" not in populations


def test_an_earlier_report_is_replaced_only_with_force(euthymia: CommandLine, vcf: str, tmp_path: Path) -> None:
    euthymia.ok("genome", "report", vcf, "-o", "out")
    (tmp_path / "out" / "report.html").write_text("kept", encoding="utf-8")
    ran = euthymia("genome", "report", vcf, "-o", "out")
    assert ran.code == 1 and "--force" in ran.err and len(ran.err.strip().splitlines()) == 1
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8") == "kept"
    euthymia.ok("genome", "report", vcf, "-o", "out", "--force")
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8") != "kept"


def test_earlier_calls_are_replaced_only_with_force(euthymia: CommandLine, vcf: str, tmp_path: Path) -> None:
    euthymia.ok("genome", "call", vcf, "-o", "calls.csv")
    (tmp_path / "calls.csv").write_text("kept", encoding="utf-8")
    ran = euthymia("genome", "call", vcf, "-o", "calls.csv")
    assert ran.code == 1 and "--force" in ran.err and len(ran.err.strip().splitlines()) == 1
    assert (tmp_path / "calls.csv").read_text(encoding="utf-8") == "kept"
    euthymia.ok("genome", "call", vcf, "-o", "calls.csv", "--force")
    assert "CYP2C19" in (tmp_path / "calls.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("what", ["build", "samples", "outside", "missing", "context", "age"])
def test_what_can_not_be_used_is_refused_in_one_line_and_nothing_is_written(
    euthymia: CommandLine, vcf: str, tmp_path: Path, what: str
) -> None:
    arguments: list[object] = ["genome", "report", vcf, "-o", "out"]
    if what == "build":
        arguments[2] = write(tmp_path / "old.vcf", records(build="GRCh37").values(), header("GRCh37"))
    elif what == "samples":
        two = [f"{line}\t0|0" for line in records().values()]
        arguments[2] = write(tmp_path / "two.vcf", two, header(samples=("S1", "S2")))
    elif what == "outside":
        arguments += ["--outside-calls", "nowhere.tsv"]
    elif what == "missing":
        arguments[2] = "nowhere.vcf"
    elif what == "context":
        arguments += ["--context", "holiday"]
    else:
        arguments += ["--age", 200]
    ran = euthymia(*arguments)
    assert ran.code == 1 and len(ran.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_medicine_that_is_not_known_is_said(euthymia: CommandLine, vcf: str) -> None:
    ran = euthymia.ok("genome", "report", vcf, "-o", "out", "--medication", "Foobarin")
    assert "Foobarin is not known" in ran.err
