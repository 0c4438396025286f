"""Forecasts from the evidence tables: named comparators, stated baseline risks, nulls said, nothing invented."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.facts import Demographics, Sex
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction, EvidenceGrade
from euthymia.core.source import Verification
from euthymia.engines import evidence as tables
from euthymia.therapies.contract import Prescription, Therapy
from euthymia.therapies.forecast import CoursePoint, Forecast, Interval, Outcome
from euthymia.therapies.forecasting import (
    FIRST_YEAR_DAYS,
    band_at,
    band_ends,
    baseline_risk,
    evidence_on,
    expected_course,
    forecast,
    forecast_sources,
)
from euthymia.therapies.registry import therapies
from euthymia.therapies.schedule import Phase, Schedule

from tests.contract.cases import COMPLETE, make_case

CASE = make_case(*COMPLETE)
ADULT, OLDER = (make_case(Demographics(date(year, 5, 1), Sex.FEMALE, "US")) for year in (1980, 1950))
SCHEDULE = Schedule((Phase("acute", 0, 30, 7 / 5, 40), Phase("maintenance", 60, 100, 14, 30)))


def made() -> list[tuple[Therapy, Prescription]]:
    """One prescription of every form that the complete case is offered."""
    found: dict[str, tuple[Therapy, Prescription]] = {}
    for option in therapies():
        for rx in option.propose(CASE):
            found.setdefault(rx.form, (option, rx))
    return list(found.values())


FORMS = made()
everything = pytest.mark.parametrize(("option", "rx"), FORMS, ids=lambda x: getattr(x, "form", ""))


def tms(case: object = CASE, *, seed: int = 0, **more: object) -> Forecast:
    return forecast(
        case, therapy="tms", form="tms_10hz", protocol="p", schedule=SCHEDULE, seed=seed, **more,  # type: ignore[arg-type]
    )  # fmt: skip


# --- every form -----------------------------------------------------------------------------------------------------


@everything
def test_what_ranks_has_an_inactive_comparator_of_its_own_name(option: Therapy, rx: Prescription) -> None:
    for outcome in option.simulate(CASE, rx, seed=0).outcomes:
        assert outcome.comparator and outcome.comparator in outcome.reason.statement
        if outcome.relevant:
            assert outcome.controlled and outcome.randomized and outcome.difference is not None
            assert "lumped" not in outcome.comparator


@everything
def test_a_null_result_is_said_in_words_and_speaks_against(option: Therapy, rx: Prescription) -> None:
    for outcome in option.simulate(CASE, rx, seed=0).outcomes:
        told = "includes no effect" in outcome.reason.statement
        assert told is outcome.is_null
        if outcome.is_null:
            assert outcome.reason.direction is Direction.AGAINST
        if outcome.reason.direction is Direction.FOR:
            assert outcome.difference is not None and outcome.difference.value > 0


@everything
def test_an_interval_that_spans_no_effect_is_a_null(option: Therapy, rx: Prescription) -> None:
    for outcome in option.simulate(CASE, rx, seed=0).outcomes:
        gap = outcome.difference
        if gap is not None and gap.low is not None and gap.high is not None and gap.low < 0 < gap.high:
            assert outcome.is_null, outcome.reason.statement


@everything
def test_a_relative_effect_names_the_baseline_risk_it_was_applied_to(option: Therapy, rx: Prescription) -> None:
    for outcome in option.simulate(CASE, rx, seed=0).outcomes:
        if "Baseline risk" in outcome.reason.statement:
            risk, _ = baseline_risk(outcome.name)
            assert outcome.comparator_probability is not None
            assert outcome.comparator_probability.value == pytest.approx(risk)
            assert "the relative effect is applied to it" in outcome.reason.statement


@everything
def test_numbers_are_finite_probabilities_in_order(option: Therapy, rx: Prescription) -> None:
    found = option.simulate(CASE, rx, seed=0)
    for outcome in found.outcomes:
        for interval in (outcome.probability, outcome.comparator_probability):
            if interval is not None:
                ends = [x for x in (interval.low, interval.value, interval.high) if x is not None]
                assert ends == sorted(ends) and ends[0] >= 0 and ends[-1] <= 1
    for point in found.course:
        low, high = band_ends(point)
        assert low <= point.improvement.value <= high and math.isfinite(low) and math.isfinite(high)
    assert [p.day for p in found.course] == sorted({p.day for p in found.course})


@everything
def test_a_forecast_is_the_same_for_the_same_seed_and_keeps_it(option: Therapy, rx: Prescription) -> None:
    assert option.simulate(CASE, rx, seed=9) == option.simulate(CASE, rx, seed=9)
    assert option.simulate(CASE, rx, seed=9).seed == 9


@everything
def test_every_number_shown_has_a_source(option: Therapy, rx: Prescription) -> None:
    found = option.simulate(CASE, rx, seed=0)
    for reason in (
        *(o.reason for o in found.outcomes), *(s.reason for s in (*found.onset, *found.durability)),
        *(h.reason for h in found.harms), *(c.reason for c in found.costs), *found.reasons,
    ):  # fmt: skip
        assert reason.sources or reason.grade is EvidenceGrade.CASE
        assert set(reason.sources) <= set(forecast_sources(found))


@everything
def test_what_ranks_rests_on_rows_that_were_read(option: Therapy, rx: Prescription) -> None:
    for outcome in option.simulate(CASE, rx, seed=0).outcomes:
        if outcome.relevant:
            assert outcome.reason.verification is Verification.READ or "Baseline risk" in outcome.reason.statement


# --- the baseline risk ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["response", "remission"])
def test_the_baseline_risk_is_the_middle_of_inactive_arms_in_resistant_depression(outcome: str) -> None:
    rates = [
        rate.probability.value
        for form in tables.forms("control")
        for rate in tables.observed_rate("control", form, outcome)
        if rate.population.value == "trd"
    ]
    risk, words = baseline_risk(outcome)
    assert sum(r < risk for r in rates) <= len(rates) / 2 and sum(r > risk for r in rates) <= len(rates) / 2
    assert f"{len(rates)} inactive arms in resistant depression" in words and f"{100 * risk:.0f} %" in words


def test_remission_is_rarer_than_response_without_treatment() -> None:
    assert baseline_risk("remission")[0] < baseline_risk("response")[0]


# --- one forecast ---------------------------------------------------------------------------------------------------


def test_the_burden_is_counted_over_the_first_year() -> None:
    burden = tms().burden
    assert burden.visits == SCHEDULE.visits_until(FIRST_YEAR_DAYS) < SCHEDULE.visits
    assert burden.hours == pytest.approx(SCHEDULE.hours_until(FIRST_YEAR_DAYS))
    assert burden.days_to_end_of_acute_course == pytest.approx(40.6)
    assert f"{burden.visits} visits" in burden.reason.statement


def test_an_operation_and_anesthesia_are_said() -> None:
    plain, heavy = tms(), tms(anesthesia=True, surgery=True)
    assert "general anesthesia and an operation" in heavy.burden.reason.statement
    assert "anesthesia" not in plain.burden.reason.statement
    assert heavy.burden.surgery and heavy.burden.anesthesia


def test_another_seed_changes_nothing_that_is_not_drawn() -> None:
    from dataclasses import replace

    assert replace(tms(seed=1), seed=0) == tms(seed=0)


def test_trials_in_older_adults_are_nearer_to_an_older_patient_and_only_then() -> None:
    def older(found: tuple[Outcome, ...]) -> set[bool]:
        return {o.relevant for o in found if o.population == "trd_older" and o.controlled and o.randomized}

    adult, old = (evidence_on("ketamine", "esketamine_nasal", flag).outcomes for flag in (False, True))
    assert older(adult) == {False} and True in older(old)
    age = [forecast(c, therapy="ketamine", form="esketamine_nasal", protocol="p", schedule=SCHEDULE, seed=0)
           for c in (ADULT, OLDER)]  # fmt: skip
    assert (age[0].outcomes, age[1].outcomes) == (adult, old)


def test_a_form_that_no_trial_counted_claims_nothing() -> None:
    found = evidence_on("dbs", "dbs_mfb")
    assert found.outcomes == () and found.grade is EvidenceGrade.VERY_LOW
    assert found.grade_reason.direction is Direction.AGAINST
    assert "No comparison with counts" in found.grade_reason.statement


def test_the_missed_pivotal_trial_of_an_implant_is_shown_as_plainly() -> None:
    found = evidence_on("dbs", "dbs_scc")
    (response,) = [o for o in found.outcomes if o.name == "response" and o.relevant]
    assert response.is_null and response.reason.direction is Direction.AGAINST


def test_evidence_from_another_form_says_whose_it_is() -> None:
    related = [
        o for o in evidence_on("tms", "tms_itbs").outcomes if "noninferior to 10 Hz in THREE-D" in o.reason.statement
    ]
    assert related


# --- the expected course --------------------------------------------------------------------------------------------


def test_an_expected_course_starts_at_no_change_and_needs_a_measured_mean() -> None:
    course = expected_course("ketamine", "esketamine_nasal")
    assert course[0] == CoursePoint(0.0, Interval(0.0, 0.0, 0.0))
    assert len(course) >= 2 and max(p.improvement.value for p in course) > 0
    assert expected_course("dbs", "dbs_mfb") == ()


BAND = (
    CoursePoint(0, Interval(0, 0, 0)),
    CoursePoint(10, Interval(0.4, 0.2, 0.6)),
    CoursePoint(30, Interval(0.5, 0.1, 0.7)),
)


@given(st.floats(0, 30))
def test_a_band_lies_between_its_neighbors(day: float) -> None:
    point = band_at(BAND, day)
    assert point is not None
    left = max((p for p in BAND if p.day <= day), key=lambda p: p.day)
    right = min((p for p in BAND if p.day >= day), key=lambda p: p.day)
    low, high = band_ends(point)
    assert low <= point.improvement.value <= high
    for got, a, b in zip((low, high), band_ends(left), band_ends(right), strict=True):
        assert min(a, b) - 1e-9 <= got <= max(a, b) + 1e-9


def test_a_band_is_exact_at_its_points_halfway_between_them_and_absent_beyond() -> None:
    middle = band_at(BAND, 20)
    assert middle is not None and band_ends(middle) == pytest.approx((0.15, 0.65))
    assert middle.improvement.value == pytest.approx(0.45)
    known = band_at(BAND, 10)
    assert known is not None and band_ends(known) == pytest.approx((0.2, 0.6))
    assert band_at(BAND, 30.1) is None and band_at(BAND, -0.1) is None and band_at((), 0) is None


@given(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)))
def test_an_interval_out_of_order_is_refused(ends: tuple[float, float, float]) -> None:
    low, value, high = ends
    if low <= value <= high:
        assert Interval(value, low, high).value == value
    else:
        with pytest.raises(InvalidInput, match="low <= value <= high"):
            Interval(value, low, high)


def test_an_interval_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Interval(float("nan"), 0.0, 1.0)


# --- which outcome ranks --------------------------------------------------------------------------------------------


def test_the_outcome_to_rank_by_is_relevant_then_controlled_then_the_largest() -> None:
    from dataclasses import replace

    found = tms()
    base = found.outcomes[0]
    large = replace(base, relevant=False, patients=10_000)
    small = replace(base, relevant=True, patients=50)
    active = replace(base, relevant=False, controlled=False, patients=99_000)
    assert replace(found, outcomes=(active, large, small)).best_outcome() == small
    assert replace(found, outcomes=(active, large)).best_outcome() == large
    assert replace(found, outcomes=()).best_outcome() is None
