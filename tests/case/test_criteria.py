"""Criteria: three values, and silence is never a no."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case import Case, Event, fold
from euthymia.case.concepts import concepts
from euthymia.case.criteria import judge, parse
from euthymia.case.facts import (
    Allergy,
    Demographics,
    Diagnosis,
    Episode,
    Finding,
    Implant,
    LabResult,
    ListReviewed,
    Medication,
    Sex,
    StoppedReason,
    Substance,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
    TrialOutcome,
    Vital,
)
from euthymia.core.errors import InvalidInput

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _case(*facts: object) -> Case:
    return fold("c-1", [Event(f, NOW - timedelta(days=1), NOW) for f in facts], as_of=NOW)  # type: ignore[arg-type]


def _truth(criterion: str, *facts: object) -> bool | None:
    return judge(_case(*facts), criterion).truth


def test_silence_is_unknown_and_carries_its_question() -> None:
    found = judge(_case(), "has(cochlear_implant)")
    assert found.truth is None
    assert found.questions[0].code == "cochlear_implant"
    assert "cochlear" in found.questions[0].text.lower()


def test_only_an_answer_or_a_reviewed_list_makes_a_no() -> None:
    assert _truth("has(cochlear_implant)", Finding("cochlear_implant", False)) is False
    assert _truth("has(cochlear_implant)", ListReviewed("implant")) is False
    assert _truth("has(cochlear_implant)", ListReviewed("medical")) is None
    assert _truth("has(cochlear_implant)", Finding("cochlear_implant", None), ListReviewed("implant")) is None


@pytest.mark.parametrize(
    ("criterion", "fact"),
    [
        ("has(cochlear_implant)", Implant("cochlear_implant")),
        ("has(seizure_disorder)", Diagnosis("G40.909")),
        ("has(psychosis_active)", Episode(date(2026, 1, 1), psychotic_features=True)),
        ("has(substance_use_disorder_active)", Substance("alcohol", "regular", "active")),
        ("has(hypersensitivity_ketamine)", Allergy("Ketamine")),
        ("has(vagus_nerve_stimulator)", TreatmentTrial(TrialKind.VNS, "vns")),
        ("has(pregnancy)", Finding("pregnancy", True)),
    ],
)
def test_a_yes_from_any_record_stands_even_against_a_reviewed_list(criterion: str, fact: object) -> None:
    lists = [
        ListReviewed(c) for c in ("implant", "neurological", "psychiatric", "substance", "allergy", "reproductive")
    ]
    assert _truth(criterion, fact, *lists) is True


def test_a_contradiction_is_resolved_towards_caution_and_said() -> None:
    found = judge(_case(Implant("pacemaker"), Finding("pacemaker", False)), "has(pacemaker)")
    assert found.truth is True
    assert "contradiction" in found.evidence[0]


def test_an_explanted_device_is_no_implant_any_more() -> None:
    removed = Implant("vagus_nerve_stimulator", removed_on=date(2025, 1, 1))
    facts = (TreatmentTrial(TrialKind.VNS, "vns"), removed, ListReviewed("implant"))
    assert _truth("has(vagus_nerve_stimulator)", *facts) is False


@pytest.mark.parametrize(
    ("criterion", "facts", "expected"),
    [
        ("taking(maoi)", [Medication("Nardil", 45)], True),
        ("taking(bupropion)", [Medication("Wellbutrin XL", 300)], True),
        ("taking(maoi)", [Medication("sertraline", 50)], None),  # the list may be incomplete
        ("taking(maoi)", [Medication("sertraline", 50), ListReviewed("medication")], False),
        ("taking(maoi)", [Medication("zzzmycin", 50), ListReviewed("medication")], None),  # drug not recognized
        (
            "taking(lithium)",
            [Medication("lithium", 900, ended_on=date(2026, 11, 1)), ListReviewed("medication")],
            False,
        ),
        ("dose(bupropion) > 300", [Medication("bupropion XL", 450)], True),
        ("dose(bupropion) > 300", [Medication("bupropion XL", None)], None),
        ("dose(bupropion) > 300", [Medication("bupropion XL", 300), Medication("bupropion", 75)], True),
        ("diazepam_equivalent() > 8", [Medication("lorazepam", 1)], True),  # 1 mg ~ 10 mg diazepam
        ("diazepam_equivalent() > 8", [ListReviewed("medication")], False),
        ("age() < 18", [Demographics(date(2009, 1, 1))], True),
        ("age() < 18", [], None),
        ("vital(systolic_bp) > 140", [Vital("systolic_bp", 141)], True),
        ("lab(crp, 'mg/L') > 5", [LabResult("crp", 0.6, "mg/dL")], True),  # converted, not compared as printed
        ("suicide_risk(high)", [SuicideScreen(intent_with_plan=True)], True),
        ("suicide_risk(high)", [SuicideScreen(False, False, behavior_lifetime=False)], False),
        ("suicide_risk(high)", [SuicideScreen(True)], None),  # half a screener rules nothing out
        ("days_since(ect) < 84", [TreatmentTrial(TrialKind.ECT, "ect", ended_on=date(2026, 10, 1))], True),
        ("days_since(ect) < 84", [ListReviewed("history")], False),
        ("days_since(ect) < 84", [TreatmentTrial(TrialKind.ECT, "ect")], None),
        ("failed_at_least(2)", [], None),
        ("failed_at_least(2)", [ListReviewed("history")], False),
    ],
)
def test_functions(criterion: str, facts: list[object], expected: bool | None) -> None:
    assert _truth(criterion, *facts) is expected


_VALUES = {True: "vital(weight) > 0", False: "vital(weight) < 0", None: "vital(height) > 0"}


@given(st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_and_or_not_follow_kleene(left: bool | None, right: bool | None) -> None:
    one, other, weight = _VALUES[left], _VALUES[right], Vital("weight", 70)
    both = False if False in (left, right) else None if None in (left, right) else True
    either = True if True in (left, right) else None if None in (left, right) else False
    assert _truth(f"{one} and {other}", weight) is both
    assert _truth(f"{one} or {other}", weight) is either
    assert _truth(f"not {one}", weight) is (None if left is None else not left)


@pytest.mark.parametrize(
    "bad",
    [
        "has(cochleaer_implant)", "has()", "taking(maoii)", "vital(shoe) > 1", "lab(crp) > 1", "__import__('os')",
        "age() < 18 < 20", "age() + 1 > 2", "nonsense(1)", "age() <", "score", "suicide_risk(extreme)", "lambda: 1",
        "tried(acupuncture)", "failed_at_least(two)", "lab(crp, 'furlong') > 1",
    ],
)  # fmt: skip
def test_a_typo_is_found_when_the_table_is_loaded_not_when_a_patient_comes(bad: str) -> None:
    with pytest.raises(InvalidInput, match="allowed"):
        parse(bad)


def test_every_concept_has_a_question_and_can_be_asked() -> None:
    case = _case()
    for code in concepts():
        found = judge(case, f"has({code})")
        assert found.truth is None and found.questions[0].text.endswith("?"), code


@pytest.mark.parametrize(
    ("use", "name", "expected"),
    [("occasional", "cocaine", True), ("regular", "cocaine", True), ("past", "cocaine", False)],
)
def test_a_substance_in_use_counts_like_a_medicine_taken(use: str, name: str, expected: bool) -> None:
    assert _truth(f"taking({name})", Substance(name, use), ListReviewed("medication")) is expected


def test_nobody_asks_a_man_about_pregnancy() -> None:
    assert _truth("has(pregnancy)", Demographics(date(1970, 1, 1), Sex.MALE)) is False
    assert _truth("has(pregnancy)", Demographics(date(1970, 1, 1), Sex.FEMALE)) is None
    assert _truth("has(pregnancy)", Demographics(date(1970, 1, 1), Sex.MALE), Finding("pregnancy", True)) is True


def test_of_two_answers_at_one_moment_the_later_in_the_log_counts_and_stays_so_when_the_log_grows() -> None:
    case = _case(Finding("past_seizure", True), Finding("past_seizure", False), ListReviewed("implant"))
    assert judge(case, "has(past_seizure)").truth is False
    grown = case.with_events(Event(Vital("weight", 70), NOW, NOW))
    assert judge(grown, "has(past_seizure)").truth is False


@pytest.mark.parametrize(
    ("outcome", "stopped", "expected"),
    [
        ("none", "inefficacy", True),
        ("worse", "other", True),
        ("partial", "inefficacy", True),
        ("partial", "completed", False),
        ("response", "completed", False),
        ("unknown", "completed", None),
        ("none", "ongoing", False),  # still under way: not a failure yet
    ],
)
def test_an_earlier_course_that_did_not_help_is_seen(outcome: str, stopped: str, expected: bool | None) -> None:
    trial = TreatmentTrial(TrialKind.TMS, "10 Hz", outcome=TrialOutcome(outcome), stopped_reason=StoppedReason(stopped))
    assert _truth("no_benefit_from(tms)", trial, ListReviewed("history")) is expected
    assert _truth("no_benefit_from(ect)", trial, ListReviewed("history")) is False
    assert _truth("no_benefit_from(ect)", trial) is None
