"""Resistance by definition, and the pseudo-resistance checklist: silence is never a no and never ok."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from history_cases import TWO_FAILURES, case_of, failed
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.case.facts import (
    Adherence,
    Demographics,
    Episode,
    EpisodeSeverity,
    Finding,
    LabResult,
    Medication,
    Sex,
    StoppedReason,
    TrialKind,
    TrialOutcome,
)
from euthymia.case.history import ItemState, definitions, pseudo_resistance, resistant, resistant_by
from euthymia.case.model import Case
from euthymia.case.rule_sets import require_rule_set, rule_sets
from euthymia.core.errors import InvalidInput

FOUR = (*TWO_FAILURES, failed("nortriptyline", 100), failed("bupropion XL", 300))


def state(case: Case, code: str) -> ItemState:
    return next(item.state for item in pseudo_resistance(case) if item.code == code)


# --- definitions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trials", "code", "verdict"),
    [
        (TWO_FAILURES, "FDA", True),
        (TWO_FAILURES, "EU-esketamine", True),
        (TWO_FAILURES, "RECOVER", False),
        (TWO_FAILURES, "CP.MP.172", False),
        (TWO_FAILURES[:1], "FDA", False),
        (TWO_FAILURES[:1], "VAST-D", True),
        (FOUR, "RECOVER", True),
        (FOUR, "CP.MP.172", True),
        (FOUR, "COMP001", True),
        ((*FOUR, failed("fluoxetine", 40)), "COMP001", False),  # five: above its entry range
    ],
)
def test_verdict_of_a_complete_case(trials: tuple[Any, ...], code: str, verdict: bool) -> None:
    assert resistant_by(case_of(*trials), code).resistant is verdict


def test_four_failures_of_one_class_do_not_meet_the_payer_criteria() -> None:
    names = (("sertraline", 100), ("citalopram", 40), ("fluoxetine", 40), ("paroxetine", 40))
    assert resistant_by(case_of(*(failed(n, d) for n, d in names)), "CP.MP.172").resistant is False


def test_too_few_recorded_failures_are_a_no_only_when_the_history_was_reviewed() -> None:
    verdict = resistant_by(case_of(TWO_FAILURES[0], reviewed=()), "FDA")
    assert verdict.resistant is None
    assert any("complete" in question.text for question in verdict.missing)


def test_enough_failures_are_a_yes_even_in_an_unreviewed_history() -> None:
    assert resistant_by(case_of(*TWO_FAILURES, reviewed=()), "FDA").resistant is True


def test_an_upper_limit_is_not_certain_in_an_unreviewed_history() -> None:
    assert resistant_by(case_of(*TWO_FAILURES, reviewed=()), "COMP001").resistant is None


def test_an_unknown_dose_that_decides_is_asked_for() -> None:
    verdict = resistant_by(case_of(TWO_FAILURES[0], failed("venlafaxine XR", None)), "FDA")
    assert verdict.resistant is None
    assert any("daily dose of venlafaxine XR" in question.text for question in verdict.missing)


def test_a_bipolar_case_meets_no_definition_of_major_depression() -> None:
    assert all(v.resistant is False for v in resistant(case_of(*FOUR, diagnosis="F31.4")))


def test_without_a_diagnosis_the_answer_is_not_known() -> None:
    assert resistant_by(case_of(*TWO_FAILURES, diagnosis=""), "FDA").resistant is None


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [(EpisodeSeverity.MODERATE, True), (EpisodeSeverity.MILD, False), (None, None)],
)
def test_the_eu_indication_is_for_moderate_to_severe_episodes(
    severity: EpisodeSeverity | None, verdict: bool | None
) -> None:
    case = case_of(*TWO_FAILURES, episode=Episode(date(2024, 1, 1), severity=severity))
    assert resistant_by(case, "EU-esketamine").resistant is verdict
    assert resistant_by(case, "FDA").resistant is True


def test_two_intolerances_enter_three_d_and_not_the_regulators_count() -> None:
    trials = [
        failed(name, 50, 1, outcome=TrialOutcome.UNKNOWN, stopped_reason=StoppedReason.INTOLERANCE)
        for name in ("sertraline", "paroxetine")
    ]
    case = case_of(*trials)
    assert resistant_by(case, "THREE-D").resistant is True
    assert resistant_by(case, "Levkovitz-dTMS").resistant is True
    assert resistant_by(case, "FDA").resistant is False


@pytest.mark.parametrize(("improvement", "strict", "usual"), [(25, True, True), (40, False, True), (55, False, False)])
def test_response_thresholds_differ_between_definitions(improvement: float, strict: bool, usual: bool) -> None:
    trials = [replace(t, outcome=TrialOutcome.UNKNOWN, improvement_pct=improvement) for t in TWO_FAILURES]
    assert resistant_by(case_of(*trials), "TRD4005").resistant is strict
    assert resistant_by(case_of(*trials), "MGH-ATRQ").resistant is usual


def test_augmentation_makes_a_second_failure_under_atrq_only() -> None:
    case = case_of(TWO_FAILURES[0], failed("aripiprazole", 5, kind=TrialKind.AUGMENTATION))
    assert resistant_by(case, "MGH-ATRQ").resistant is True
    assert resistant_by(case, "FDA").resistant is False


def test_entry_criteria_that_are_not_trd_are_marked() -> None:
    assert {d.code for d in definitions() if not d.is_trd} == {"Levkovitz-dTMS", "VAST-D"}


def test_every_definition_counts_with_a_rule_set_that_exists() -> None:
    assert all(require_rule_set(d.rule_set) for d in definitions())


def test_an_unknown_definition_is_refused_with_the_names() -> None:
    with pytest.raises(InvalidInput, match="RECOVER"):
        resistant_by(case_of(), "TRD")


def test_every_verdict_has_sourced_reasons_and_unknown_ones_a_question() -> None:
    for case in (case_of(*TWO_FAILURES), case_of(reviewed=(), diagnosis="")):
        for verdict in resistant(case):
            assert verdict.reasons
            assert verdict.resistant is not None or verdict.missing


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(FOUR), max_size=4), st.lists(st.sampled_from(FOUR), max_size=2))
def test_one_more_failure_never_takes_the_regulators_yes_away(first: list[Any], more: list[Any]) -> None:
    before = resistant_by(case_of(*first), "FDA").resistant
    after = resistant_by(case_of(*first, *more), "FDA").resistant
    assert after is True or before is not True


# --- pseudo-resistance ------------------------------------------------------------------------------------------------


def test_an_empty_record_leaves_every_item_unknown() -> None:
    case = case_of(reviewed=(), diagnosis="", episode=Episode(date(2024, 1, 1)))
    items = pseudo_resistance(case)
    assert {item.state for item in items} == {ItemState.UNKNOWN}
    assert [item.code for item in items] == [
        "bipolar", "psychosis", "substance_use", "thyroid", "anemia", "sleep_apnea", "adherence", "plasma_level",
        "dose_duration", "interactions", "comorbidity",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "fact"),
    [
        ("bipolar", Finding("bipolar_disorder", True)),
        ("psychosis", Finding("psychosis_active", True)),
        ("substance_use", Finding("heavy_alcohol_use", True)),
        ("thyroid", LabResult("TSH", 9.5, "mIU/L")),
        ("thyroid", LabResult("thyrotropin", 0.01, "mIU/L")),
        ("thyroid", LabResult("thyreotropin", 9.5, "mIU/L", loinc="3016-3")),
        ("anemia", LabResult("hemoglobin", 9.5, "g/dL")),
        ("sleep_apnea", Finding("sleep_apnea", True)),
        ("adherence", failed("sertraline", 100, adherence=Adherence.PARTIAL)),
        ("plasma_level", LabResult("nortriptyline", 30, "ng/mL", reference_low=70, reference_high=170)),
        ("dose_duration", failed("sertraline", 25)),
        ("comorbidity", Finding("ptsd", True)),
    ],
)
def test_a_concern_is_found(code: str, fact: Any) -> None:
    case = case_of(Demographics(date(1980, 1, 1), Sex.FEMALE), failed("nortriptyline", 100), fact)
    assert state(case, code) is ItemState.CONCERN


def test_reviewed_lists_and_normal_values_are_ok() -> None:
    case = case_of(
        Demographics(date(1980, 1, 1), Sex.MALE),
        LabResult("TSH", 2.0, "mIU/L"),
        LabResult("hemoglobin", 14.5, "g/dL"),
        LabResult("venlafaxine", 250, "ng/mL", reference_low=100, reference_high=400),
        Medication("venlafaxine XR", 225),
        *TWO_FAILURES,
        reviewed=("history", "medication", "psychiatric", "substance", "medical"),
    )
    assert {item.code: item.state for item in pseudo_resistance(case)} == dict.fromkeys(
        (item.code for item in pseudo_resistance(case)), ItemState.OK
    )


@pytest.mark.parametrize(
    ("sex", "value", "found"),
    [
        (Sex.FEMALE, 12.5, ItemState.OK),
        (Sex.MALE, 12.5, ItemState.CONCERN),
        (Sex.UNKNOWN, 12.5, ItemState.UNKNOWN),
    ],
)
def test_the_hemoglobin_limit_depends_on_sex(sex: Sex, value: float, found: ItemState) -> None:
    case = case_of(Demographics(date(1980, 1, 1), sex), LabResult("hemoglobin", value, "g/dL"))
    assert state(case, "anemia") is found


def test_the_laboratorys_own_range_goes_first() -> None:
    assert state(case_of(LabResult("TSH", 4.5, "mIU/L", 0.3, 5.0)), "thyroid") is ItemState.OK
    assert state(case_of(LabResult("TSH", 4.5, "mIU/L")), "thyroid") is ItemState.CONCERN


def test_an_inhibitor_beside_another_medicine_is_a_concern_and_alone_is_not() -> None:
    alone = case_of(Medication("paroxetine", 20), reviewed=("medication",))
    beside = case_of(Medication("paroxetine", 20), Medication("nortriptyline", 75), reviewed=("medication",))
    strange = case_of(Medication("wonderdrug", 20), reviewed=("medication",))
    assert state(alone, "interactions") is ItemState.OK
    assert state(beside, "interactions") is ItemState.CONCERN
    assert state(strange, "interactions") is ItemState.UNKNOWN


def test_the_episode_form_answers_the_question_about_psychosis() -> None:
    denied = Finding("schizophrenia_spectrum", False)
    assert state(case_of(denied), "psychosis") is ItemState.OK
    asked = Episode(date(2024, 1, 1), psychotic_features=True)
    assert state(case_of(denied, episode=asked), "psychosis") is ItemState.CONCERN


def test_unknown_adherence_of_one_trial_leaves_adherence_unknown() -> None:
    case = case_of(TWO_FAILURES[0], failed("venlafaxine XR", 225, adherence=Adherence.UNKNOWN))
    assert state(case, "adherence") is ItemState.UNKNOWN


def test_every_rule_set_has_a_definition_that_counts_with_it() -> None:
    assert {d.rule_set for d in definitions()} == {row.code for row in rule_sets()}
