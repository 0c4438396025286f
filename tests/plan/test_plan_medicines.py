"""The medication table: from the attached genome after the medicines taken, or what a test would add."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema

from euthymia.case import Case, Event, fold
from euthymia.case.attachments import attach
from euthymia.case.facts import Medication
from euthymia.plan import compare
from euthymia.plan.document import plan_document, plan_schema
from euthymia.plan.medicines import medicine_table
from euthymia.report import plan_html

from tests.contract.cases import COMPLETE
from tests.engines.genome.made_vcf import records, write

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _case(*more: object) -> Case:
    facts = [f for f in COMPLETE if not isinstance(f, Medication)]
    return fold("genes", [Event(f, NOW - timedelta(days=1), NOW) for f in (*facts, *more)], as_of=NOW, synthetic=True)  # type: ignore[arg-type]


def _genome(folder: Path, **haplotypes: tuple[str, str]) -> Path:
    return write(folder / "genome.vcf", records(haplotypes).values())


def test_without_a_genome_it_says_what_a_test_would_add() -> None:
    table = medicine_table(_case())
    assert table.rows == () and "No genome is attached" in table.statement and "never delays" in table.statement


def test_genes_change_the_rows(tmp_path: Path) -> None:
    normal = medicine_table(_case(attach("vcf", _genome(tmp_path))))
    poor = medicine_table(_case(attach("vcf", _genome(tmp_path, CYP2C19=("*2", "*2")))))
    action = {
        name: next(r.action for r in table.rows if r.drug == "citalopram" and r.guideline == "CPIC")
        for name, table in (("normal", normal), ("poor", poor))
    }
    assert action["normal"] != action["poor"]
    assert ("CYP2C19", "*2/*2", "Poor Metabolizer") in [(g.gene, g.diplotype, g.phenotype) for g in poor.genes]


def test_the_medicines_taken_come_first_and_shift_the_activity(tmp_path: Path) -> None:
    genome = attach("vcf", _genome(tmp_path))
    table = medicine_table(_case(genome, Medication("nortriptyline", 75), Medication("paroxetine", 20)))
    assert [r.is_taken for r in table.rows] == sorted((r.is_taken for r in table.rows), reverse=True)
    row = next(r for r in table.rows if r.drug == "nortriptyline" and r.guideline == "CPIC")
    assert row.agents == ("paroxetine",) and row.is_taken


def test_a_file_that_changed_or_went_away_is_said_and_never_used(tmp_path: Path) -> None:
    path = _genome(tmp_path)
    case = _case(attach("vcf", path))
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "could not be used" in medicine_table(case).statement
    path.unlink()
    table = medicine_table(case)
    assert "could not be used" in table.statement and table.rows == ()


def test_the_plan_and_its_page_show_the_table(tmp_path: Path) -> None:
    case = _case(attach("vcf", _genome(tmp_path, CYP2D6=("*4", "*4"))), Medication("venlafaxine", 150))
    plan = compare(case)
    document = json.loads(plan_document(plan).model_dump_json())
    jsonschema.Draft202012Validator(plan_schema()).validate(document)
    assert any(r["drug"] == "venlafaxine" and r["is_taken"] for r in document["medicines"]["rows"])
    page = plan_html(plan, case)
    assert "Medicines and genes" in page and "*4/*4" in page and "taken now" in page


def test_outside_calls_alone_give_the_table_by_function_and_the_options(tmp_path: Path) -> None:
    path = tmp_path / "lab.tsv"
    path.write_text("CYP2D6\t*1/*4\nCYP2C19\t*2/*2\n", encoding="utf-8")
    case = _case(attach("outside_calls", path), Medication("paroxetine", 20))
    table = medicine_table(case)
    line = next(g for g in table.genes if g.gene == "CYP2D6")
    assert line.functional == "CYP2D6 PM (score 0)" and line.agents == ("paroxetine",) and "lab.tsv" in line.provenance
    assert {r.word for r in table.rows} >= {"use", "adjust"} and table.options and table.left_out
    assert [o.place for o in table.options] == list(range(1, len(table.options) + 1))
    plan = compare(case)
    jsonschema.Draft202012Validator(plan_schema()).validate(json.loads(plan_document(plan).model_dump_json()))
    page = plan_html(plan, case)
    assert "Drug options in order" in page and "while paroxetine acts" in page and "US label" in page
