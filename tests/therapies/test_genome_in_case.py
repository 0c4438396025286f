"""The genes of a case: files and findings merged with provenance, contradictions shown, unreadable files said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from euthymia.case import Case, Event, fold
from euthymia.case.attachments import attach
from euthymia.case.facts import Finding, LabResult, Medication, SessionDelivered, Substance
from euthymia.engines.genome.advice_input import gene_states
from euthymia.therapies.dated_medicines import dated_medicines
from euthymia.therapies.genome_in_case import genome_in_case

from tests.engines.genome.made_vcf import records, write

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def case_of(*facts: object) -> Case:
    days = range(len(facts), 0, -1)  # the last is the newest
    events = [Event(f, NOW - timedelta(days=d), NOW - timedelta(days=d)) for d, f in zip(days, facts, strict=True)]  # type: ignore[arg-type]
    return fold("genes", events, as_of=NOW)


def outside(folder: Path, text: str, name: str = "lab.tsv") -> object:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return attach("outside_calls", path)


def phenotypes(case: Case, gene: str) -> set[str]:
    return {state.phenotype for state in gene_states(genome_in_case(case).calls)[gene]}


def test_outside_calls_alone_are_enough(tmp_path: Path) -> None:
    found = genome_in_case(case_of(outside(tmp_path, "CYP2D6\t*4/*4\nHLA-B\t*15:02 negative\n")))
    assert found.has_files and found.problems == () and "lab.tsv" in found.words
    assert {c.gene: c.phenotype for c in found.calls}["CYP2D6"] == "Poor Metabolizer"


def test_outside_calls_replace_those_of_the_genome_and_say_so(tmp_path: Path) -> None:
    genome = attach("vcf", write(tmp_path / "genome.vcf", records({}).values()))
    found = genome_in_case(case_of(genome, outside(tmp_path, "CYP2D6\t*4/*4\n")))
    by_gene = {c.gene: c for c in found.calls}
    assert by_gene["CYP2D6"].diplotype_text == "*4/*4" and "outside call" in by_gene["CYP2D6"].provenance
    assert by_gene["CYP2C19"].provenance == "vcf"


def test_of_two_outside_files_the_newer_counts_and_the_difference_is_told(tmp_path: Path) -> None:
    old, new = outside(tmp_path, "CYP2D6\t*4/*4\n", "old.tsv"), outside(tmp_path, "CYP2D6\t*1/*1\n", "new.tsv")
    found = genome_in_case(case_of(old, new))
    assert found.calls[0].diplotype_text == "*1/*1"
    assert any("old.tsv" in r.statement and "new.tsv" in r.statement for r in found.conflicts)


def test_a_finding_against_a_call_keeps_both_possible(tmp_path: Path) -> None:
    calls = outside(tmp_path, "CYP2D6\t*1/*1\n")
    case = case_of(calls, Finding("cyp2d6_poor_metabolizer", True, "panel of 2020"))
    assert phenotypes(case, "CYP2D6") == {"NM", "PM"}
    (conflict,) = genome_in_case(case).conflicts
    assert "panel of 2020" in conflict.statement and "most careful" in conflict.statement


def test_findings_alone_say_what_they_exclude() -> None:
    assert phenotypes(case_of(Finding("cyp2c19_poor_metabolizer", True)), "CYP2C19") == {"PM"}
    assert "PM" not in phenotypes(case_of(Finding("cyp2c19_poor_metabolizer", False)), "CYP2C19")
    assert phenotypes(case_of(LabResult("cyp2d6_activity_score", 0.5, "1")), "CYP2D6") == {"IM"}
    assert genome_in_case(case_of(Finding("cyp2d6_poor_metabolizer", None))).calls == ()


@pytest.mark.parametrize("text", ["CYP2D6\t*4\n", "sample\tgene\tdiplotype\nA\tCYP2D6\t*1/*1\nB\tCYP2D6\t*4/*4\n"])
def test_outside_calls_that_cannot_be_used_are_said(tmp_path: Path, text: str) -> None:
    found = genome_in_case(case_of(outside(tmp_path, text)))
    assert found.calls == () and "could not be used" in found.words


def test_a_changed_genome_leaves_the_outside_calls_in_use(tmp_path: Path) -> None:
    path = write(tmp_path / "genome.vcf", records({}).values())
    case = case_of(attach("vcf", path), outside(tmp_path, "CYP2D6\t*4/*4\n"))
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    found = genome_in_case(case)
    assert [c.gene for c in found.calls] == ["CYP2D6"] and "could not be used" in found.words


def test_medicines_carry_the_days_since_the_last_dose() -> None:
    day = NOW.date()
    case = case_of(
        Medication("Prozac", 20, ended_on=day - timedelta(days=20), active=False),
        Medication("olanzapine-fluoxetine", 25, ended_on=day - timedelta(days=9), active=False),
        SessionDelivered("psychedelic", "mdma", "mdma_80_120", 1, "completed"),
        Substance("nicotine", "regular"),
        Substance("ecstasy", "occasional", last_use_on=date(2026, 11, 13)),
    )
    found = [(m.agent, m.stopped_days_ago) for m in dated_medicines(case)]
    assert ("fluoxetine", 20.0) in found and ("fluoxetine", 9.0) in found
    assert ("MDMA", 3.0) in found and ("MDMA", 7.0) in found and ("tobacco smoking", None) in found
