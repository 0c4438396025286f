"""What a pharmacogenomics report holds: order, groups, positions, alternatives, exposure, age of the tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from genome_samples import AMBIGUOUS_2B6, NORMAL_2C19, NOW, POOR_2C19, SITE_OF_17, calls_of, entry_of, report_of

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome import parse_outside_calls
from euthymia.engines.genome.advice_tables import actions
from euthymia.engines.genome.table_editions import editions
from euthymia.report.genome_content import genome_report
from euthymia.report.genome_groups import Group, action_groups, common_actions


def test_drugs_taken_come_first_then_the_most_careful_group(tmp_path: Path) -> None:
    report = report_of(calls_of(tmp_path, POOR_2C19), "sertraline", "mirtazapine")
    assert report.medicines[0].drug == "sertraline" and report.medicines[0].is_taken
    groups = [list(Group).index(entry.group) for entry in report.medicines if not entry.is_taken]
    assert groups == sorted(groups) and len(set(groups)) > 1
    assert report.without_rows == ("mirtazapine",)  # said, not dropped


@pytest.mark.parametrize(
    ("haplotypes", "drug", "group"),
    [
        ({}, "escitalopram", Group.USUAL),
        (POOR_2C19, "escitalopram", Group.ADJUST),
        ({"CYP2C19": ("*17", "*17")}, "escitalopram", Group.AVOID),
        ({"CYP2D6": ("*4", "*4")}, "amitriptyline", Group.AVOID),
    ],
)
def test_a_drug_stands_under_what_the_guidelines_say(
    tmp_path: Path, haplotypes: dict[str, tuple[str, str]], drug: str, group: Group
) -> None:
    assert entry_of(report_of(calls_of(tmp_path, haplotypes)), drug).group is group


def test_every_action_has_a_group() -> None:
    assert set(action_groups()) == set(actions())


def test_positions_used_and_missing_are_all_defining_positions(tmp_path: Path) -> None:
    whole = {g.call.gene: g for g in report_of(calls_of(tmp_path, NORMAL_2C19)).genes}["CYP2C19"]
    less = {g.call.gene: g for g in report_of(calls_of(tmp_path, NORMAL_2C19, without=SITE_OF_17)).genes}["CYP2C19"]
    assert less.call.missing_positions == (SITE_OF_17,)
    assert set(whole.sites_used) - set(less.sites_used) == {f"{SITE_OF_17} rs12248560"}
    assert less.phenotypes_differ is True


def test_an_ambiguous_call_says_whether_its_phenotypes_differ(tmp_path: Path) -> None:
    genes = {g.call.gene: g for g in report_of(calls_of(tmp_path, AMBIGUOUS_2B6, phased=False)).genes}
    assert genes["CYP2B6"].call.n_possible > 1 and genes["CYP2B6"].phenotypes_differ is not None
    assert genes["CYP2C9"].phenotypes_differ is None


def test_what_is_common_to_all_alternatives_holds_in_each(tmp_path: Path) -> None:
    report = report_of(calls_of(tmp_path, NORMAL_2C19, without=SITE_OF_17))
    uncertain = [row for entry in report.medicines for row in entry.rows if not row.is_certain]
    assert uncertain
    for row in uncertain:
        for code in common_actions(row):
            assert all(code in option.actions for option in row.options)
    certain = [row for entry in report.medicines for row in entry.rows if row.is_certain]
    assert all(set(common_actions(row)) == set(row.actions) for row in certain)


def test_an_outside_call_uses_no_position_of_the_file(tmp_path: Path) -> None:
    outside = parse_outside_calls(["CYP2D6\t*1/*2x2"], "lab.tsv")
    genes = {g.call.gene: g for g in report_of(calls_of(tmp_path, outside=outside)).genes}
    assert genes["CYP2D6"].sites_used == () and genes["CYP2D6"].call.provenance == "outside call: lab.tsv"


def test_exposure_is_that_of_the_functional_state_and_never_of_the_drugs_own_inhibition(tmp_path: Path) -> None:
    calls = calls_of(tmp_path)
    alone, inhibited = report_of(calls), report_of(calls, "paroxetine")
    assert entry_of(alone, "vortioxetine").exposures == ()
    (shift,) = entry_of(inhibited, "vortioxetine").exposures
    assert (shift.state.phenotype, shift.ratio) == ("PM", 3.0)
    assert not any(
        s.state.phenotype == "PM" for e in inhibited.medicines if e.drug == "paroxetine" for s in e.exposures
    )


def test_a_medicine_that_no_table_knows_is_named(tmp_path: Path) -> None:
    report = report_of(calls_of(tmp_path), "Foobarin", "tobacco smoking")
    assert report.unknown_medications == ("Foobarin",)


def test_only_the_drugs_asked_for_are_reported(tmp_path: Path) -> None:
    report = report_of(calls_of(tmp_path), drugs=["Sertraline", "lithium"])
    assert [entry.drug for entry in report.medicines] == ["sertraline"] and report.without_rows == ("lithium",)


def test_tables_are_due_when_they_are_old_or_were_revised(tmp_path: Path) -> None:
    report = report_of(calls_of(tmp_path))
    assert {"CPIC", "DPWG", "FDA"} <= {row.name for row in report.due}
    early = replace(report, made_at=NOW.replace(year=2024, month=1))
    assert "CPIC" not in {row.name for row in early.due}
    assert "DPWG" in {row.name for row in early.due}  # revised since, whatever the day


def test_every_edition_names_tables_of_the_engine() -> None:
    from importlib import resources

    folder = resources.files("euthymia.engines.genome") / "data"
    assert all((folder / name).is_file() for row in editions() for name in row.tables)


def test_the_evidence_shows_the_null_result_and_the_genes_not_for_use(tmp_path: Path) -> None:
    report = report_of(calls_of(tmp_path))
    words = " ".join(reason.statement for reason in report.evidence)
    assert "GUIDED missed its primary outcome" in words and "no difference at 24 weeks" in words
    held = {reason.code.removeprefix("not_for_use_") for reason in report.not_for_use}
    assert {"MTHFR", "SLC6A4", "HTR2A"} <= held


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="made_at"):
        genome_report(calls_of(tmp_path), made_at=datetime(2026, 11, 23))
