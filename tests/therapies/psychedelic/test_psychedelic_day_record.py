"""What a dosing day records and asks for: groups, preparation, impairing effects, experience scales, the law first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from euthymia.case.events import Event
from euthymia.case.facts import Demographics, Finding, SessionDelivered, Sex
from euthymia.case.model import Case, fold
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Legality, Observation, Verdict
from euthymia.therapies.psychedelic import THERAPY
from euthymia.therapies.psychedelic.gates import REQUIRED
from euthymia.therapies.psychedelic.tables import asked_effects, group_ratio

NO = {"wish_to_be_dead": False, "nonspecific_thoughts": False, "behavior_lifetime": False}
HOME = {"companion_present": True, "alert_and_oriented": True, "told_not_to_drive": True, "integration_booked": True}
NOTHING = {"euphoria": False, "impairment": False, "disinhibition": False}


class Day:
    def __init__(self, case: Case, **facilitators: int) -> None:
        self.session = THERAPY.session(case, THERAPY.propose(case)[0], 1)
        self.session.start()
        self.at(0, "checklist", **dict.fromkeys(REQUIRED, True))
        self.at(0, "preparation", minutes=[120, 120, 120], hours_before=48)
        self.told = self.at(0, "facilitators", **({"count": 2} | facilitators))
        self.at(0, "medication_check", lithium=False, maoi=False, changed=False)
        self.at(0, "ecg", qtc_ms=415)
        self.at(0, "pregnancy_test", positive=False)
        self.at(0, "blood_pressure", systolic_mmhg=122, diastolic_mmhg=78)
        self.at(0, "suicide_screen", **NO)

    def at(self, minute: float, kind: str, **values: Any) -> list[Action]:
        return self.session.feed(Observation(kind, minute * 60.0, values))

    def dosed(self) -> Day:
        self.at(1, "dose_given", mg=25)
        return self

    def ready(self, minute: float, **effects: bool) -> list[Action]:
        self.at(minute, "experience_check", **(NOTHING | effects))
        self.at(minute, "suicide_screen", **NO)
        self.at(minute, "blood_pressure", systolic_mmhg=122, diastolic_mmhg=78)
        return self.at(minute, "discharge", **HOME)

    def summary(self) -> Any:
        return next(e.fact for e in self.session.finish() if isinstance(e.fact, SessionDelivered)).summary


def oregon(make_case: Callable[..., Case]) -> Case:
    return make_case(Demographics(date(1980, 1, 1), Sex.FEMALE, "US", "OR"))


def test_preparation_meetings_are_added_up(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    with pytest.raises(InvalidInput, match="minutes"):
        day.at(0, "preparation", minutes=[120, "long"], hours_before=48)
    day.at(0, "preparation", minutes=[120, 120, 60], hours_before=48)
    with pytest.raises(SafetyLimit, match="six hours of preparation"):
        day.at(1, "dose_given", mg=25)


@pytest.mark.parametrize(("participants", "fine"), [(1, True), (8, True), (9, False)])
def test_oregon_bounds_a_group_by_dose_and_facilitators(
    make_case: Callable[..., Case], participants: int, fine: bool
) -> None:
    day = Day(oregon(make_case), participants=participants)
    if fine:
        day.dosed().ready(362)
        assert day.summary()["participants"] == participants
    else:
        assert day.told[0].kind is ActionKind.REFUSE
        with pytest.raises(SafetyLimit, match="4 a facilitator"):
            day.dosed()


def test_a_group_elsewhere_is_refused(make_case: Callable[..., Case]) -> None:
    with pytest.raises(SafetyLimit, match="one participant a session"):
        Day(make_case(), participants=2).dosed()


def test_a_dose_on_a_border_takes_the_smaller_group() -> None:
    row = group_ratio("US-OR", 25)
    assert row is not None and row.participants == 4
    assert group_ratio("AU-", 25) is None


def test_every_asked_effect_has_to_be_answered(make_case: Callable[..., Case]) -> None:
    day = Day(make_case()).dosed()
    for row in asked_effects():
        with pytest.raises(InvalidInput, match=row.code):
            day.at(60, "experience_check", **{k: v for k, v in NOTHING.items() if k != row.code})


@pytest.mark.parametrize("effect", ["impairment", "disinhibition"])
def test_nobody_leaves_impaired_or_disinhibited(make_case: Callable[..., Case], effect: str) -> None:
    day = Day(make_case()).dosed()
    assert any(f"{effect} not ended" in a.text for a in day.ready(362, **{effect: True}))
    assert any(a.kind is ActionKind.RELEASE for a in day.ready(400))
    (event,) = day.summary()["events"]
    assert (event["code"], event["pleasant"], event["onset_min"], event["end_min"]) == (effect, False, 361, 399)


def test_the_effects_are_asked_about_again_before_leaving(make_case: Callable[..., Case]) -> None:
    day = Day(make_case()).dosed()
    day.at(200, "experience_check", **NOTHING)
    day.at(362, "suicide_screen", **NO)
    day.at(362, "blood_pressure", systolic_mmhg=122, diastolic_mmhg=78)
    assert any("in the last hour" in a.text for a in day.at(362, "discharge", **HOME))


def test_experience_scales_stay_with_the_day_by_factor(make_case: Callable[..., Case]) -> None:
    day = Day(make_case()).dosed()
    sums = {"mystical": 60, "positive_mood": 24, "transcendence": 20, "ineffability": 12}
    day.at(350, "scale", scale="MEQ-30", answers=sums)
    with pytest.raises(InvalidInput):
        day.at(350, "scale", scale="CEQ", answers={"fear": 99})
    day.ready(362)
    kept = day.summary()["experience_scales"]["MEQ-30"]
    assert kept["percent"]["mystical"] == 80 and kept["band"] == "complete mystical experience"
    assert kept["verification"] == "unverified"


@pytest.mark.parametrize("form", ["psilocybin", "mdma"])
@pytest.mark.parametrize(("country", "known"), [("AU", True), ("US", True), ("BR", False), ("JP", False)])
def test_the_law_stands_first_and_an_unknown_country_is_asked_about(
    make_case: Callable[..., Case], form: str, country: str, known: bool
) -> None:
    found = next(s for s in THERAPY.screen(make_case(country=country)).forms if s.form == form)
    assert found.reasons[0].code == f"legality_{form}" and f"Legal status in {country}" in found.reasons[0].statement
    assert (found.legality is not Legality.UNKNOWN) is known
    if not known:
        assert found.verdict is Verdict.NOT_OUTSIDE_TRIAL and found.missing[0].code == f"legality_{form}"


def test_without_a_country_the_law_is_still_the_first_reason() -> None:
    moment = datetime(2026, 11, 2, tzinfo=UTC)
    case = fold("p", [Event(Finding("ptsd", False), moment, moment)], as_of=moment)
    for found in THERAPY.screen(case).forms:
        assert "egal status" in found.reasons[0].statement and found.legality is Legality.UNKNOWN
        assert not found.verdict.is_open and "country" in {q.code for q in found.missing}


def test_a_prescription_says_the_law_before_anything_else(make_case: Callable[..., Case]) -> None:
    ptsd = make_case(Finding("ptsd", True), Finding("ptsd_trial_route_mdma", True))
    for rx in THERAPY.propose(ptsd):
        assert rx.reasons[0].code == f"legality_{rx.form}"
