"""Events and the fold: append-only, leak-free, superseding without losing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case import Case, Event, fold
from euthymia.case.facts import (
    Demographics,
    Diagnosis,
    DiagnosisStatus,
    LabResult,
    Medication,
    ScaleRecord,
    Sex,
    SuicideScreen,
    Vital,
)
from euthymia.core.errors import InvalidInput, MissingData

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def _event(fact: object, day: int = 0, recorded: int | None = None, **more: object) -> Event:  # type: ignore[type-arg]
    happened = T0 + timedelta(days=day)
    return Event(fact, happened, T0 + timedelta(days=day if recorded is None else recorded), **more)  # type: ignore[arg-type]


def _case(*events: Event, day: int = 100) -> Case:  # type: ignore[type-arg]
    return fold("c-1", events, as_of=T0 + timedelta(days=day))


def test_a_case_looked_at_earlier_does_not_see_what_was_recorded_later() -> None:
    early, late = _event(ScaleRecord("MADRS", total=30), 1), _event(ScaleRecord("MADRS", total=10), 2, recorded=50)
    case = _case(early, late)
    assert case.latest("madrs").fact.total == 10  # type: ignore[union-attr]
    assert case.at(T0 + timedelta(days=20)).latest("MADRS").fact.total == 30  # type: ignore[union-attr]
    assert len(case.at(T0 + timedelta(days=20)).log) == 2  # the log keeps everything


def test_a_superseded_event_is_gone_from_the_case_but_not_from_the_log() -> None:
    wrong = _event(Vital("weight", 700 / 10))
    right = _event(Vital("weight", 71.0), 1, supersedes=wrong.id)
    case = _case(wrong, right)
    assert case.weight_kg == 71.0
    assert wrong in case.log and wrong not in case.events


def test_a_retracted_event_leaves_nothing() -> None:
    wrong = _event(LabResult("tsh", 9.0, "mIU/L"))
    case = _case(wrong, _event(LabResult("tsh", 9.0, "mIU/L"), 1, supersedes=wrong.id, retracts=True))
    assert case.latest("tsh") is None
    with pytest.raises(MissingData, match="labs"):
        case.require("tsh")


def test_superseding_something_unknown_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="supersedes"):
        _case(_event(Vital("weight", 70), supersedes="nowhere"))


def test_nothing_is_recorded_before_it_happened() -> None:
    with pytest.raises(InvalidInput, match="recorded_at"):
        _event(Vital("weight", 70), 5, recorded=4)


def test_times_need_a_zone() -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        Event(Vital("weight", 70), datetime(2026, 1, 1), datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("birth", "expected"), [(date(1980, 4, 11), 46), (date(1980, 4, 12), 45), (date(2026, 1, 1), 0)]
)
def test_age_is_in_completed_years(birth: date, expected: int) -> None:
    assert _case(_event(Demographics(birth))).age_yr == expected  # as of 2026-04-11


def test_what_is_not_known_is_none_and_require_says_how_to_supply_it() -> None:
    case = _case(_event(Demographics(date(1980, 1, 1), Sex.UNKNOWN)))
    assert case.sex is None and case.weight_kg is None and case.country == ""
    for name in ("sex", "weight_kg", "country", "episode"):
        with pytest.raises(MissingData, match="case file"):
            case.require(name)


def test_the_newest_word_on_a_diagnosis_or_a_medicine_counts() -> None:
    case = _case(
        _event(Diagnosis("F31.1")), _event(Diagnosis("F31.1", status=DiagnosisStatus.REFUTED), 5),
        _event(Medication("Sertraline", 50)), _event(Medication("sertraline", 100), 5),
        _event(Medication("lithium", 900, ended_on=date(2026, 2, 1)), 32),
    )  # fmt: skip
    assert case.diagnoses == ()
    assert [(m.name, m.dose_mg_day) for m in case.medications] == [("sertraline", 100)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Vital("systolic_bp", -1),
        lambda: Vital("systolic_bp", float("nan")),
        lambda: Vital("weight", True),
        lambda: Vital("shoe_size", 42),
        lambda: Vital("weight", 70, "lb"),
        lambda: LabResult("tsh", -0.1, "mIU/L"),
        lambda: LabResult("tsh", 1.0, "furlong"),
        lambda: Medication("x", -5),
        lambda: Medication("", 5),
        lambda: Medication("x", 5, date(2026, 2, 1), date(2026, 1, 1)),
        lambda: Demographics(date(1980, 1, 1), country="usa"),
        lambda: Diagnosis("depression"),
        lambda: ScaleRecord("MADRS"),
        lambda: ScaleRecord("PHQ-9", (True, 0, 0, 0, 0, 0, 0, 0, 0)),  # type: ignore[arg-type]
        lambda: SuicideScreen(behavior_lifetime=False, behavior_past_3_months=True),
    ],
)
def test_a_fact_that_cannot_be_true_is_refused(make: object) -> None:
    with pytest.raises(InvalidInput, match="allowed"):
        make()  # type: ignore[operator]


@given(st.permutations(list(range(6))))
def test_the_order_in_which_events_arrive_does_not_matter(order: list[int]) -> None:
    events = [_event(ScaleRecord("PHQ-9", total=10 + i), i) for i in range(6)]
    assert _case(*[events[i] for i in order]) == _case(*events)


def test_the_same_entry_twice_counts_once() -> None:
    event = _event(ScaleRecord("PHQ-9", total=10))
    assert len(_case(event, _event(ScaleRecord("PHQ-9", total=10))).events) == 1
    assert event.id == _event(ScaleRecord("PHQ-9", total=10)).id
