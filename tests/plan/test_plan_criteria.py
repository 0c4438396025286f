"""Value functions and weights of the comparison."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction, EvidenceGrade
from euthymia.plan.criteria import CriterionRow, criteria, judge_option, weights
from euthymia.plan.model import CriterionScore
from euthymia.therapies.contract import Legality, Screening, Verdict
from euthymia.therapies.forecast import Burden, Cost, Forecast, Harm, Interval, Span

from tests.plan.plan_cases import forecast, outcome, reason

NAMES = [row.name for row in criteria()]
SHARES = weights(None)


def screening(legality: Legality = Legality.APPROVED, relative: int = 0, cautions: int = 0) -> Screening:
    return Screening(
        "a", Verdict.ELIGIBLE, (), legality=legality, relative=("r",) * relative, cautions=("c",) * cautions
    )


def judged(found: Forecast, screened: Screening | None = None) -> dict[str, CriterionScore]:
    return {s.name: s for s in judge_option(found, screened or screening(), SHARES)}


def changed(**fields: object) -> Forecast:
    from dataclasses import replace

    return replace(forecast(), **fields)  # type: ignore[arg-type]


# --- weights --------------------------------------------------------------------------------------------------------


@given(stated=st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1000, allow_nan=False), max_size=9))
def test_weights_add_up_to_one_and_keep_the_stated_proportions(stated: dict[str, float]) -> None:
    raw = {row.name: stated.get(row.name, row.default_weight) for row in criteria()}
    if sum(raw.values()) == 0:
        with pytest.raises(InvalidInput, match=r"preferences\.weights"):
            weights(stated)
        return
    found = weights(stated)
    assert list(found) == NAMES
    assert sum(found.values()) == pytest.approx(1.0)
    for name in NAMES:
        assert found[name] * sum(raw.values()) == pytest.approx(raw[name])


def test_default_weights_are_the_table_and_all_above_zero() -> None:
    total = sum(row.default_weight for row in criteria())
    assert {n: w * total for n, w in SHARES.items()} == pytest.approx({r.name: r.default_weight for r in criteria()})
    assert min(SHARES.values()) > 0


def test_an_unknown_criterion_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"preferences\.weights\.charm.*benefit, onset"):
        weights({"charm": 1})


def test_weights_that_are_all_zero_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one weight above 0"):
        weights(dict.fromkeys(NAMES, 0.0))


# --- value functions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", criteria(), ids=lambda r: r.name)
class TestEveryValueFunction:
    """Each goes from 0 at the worst anchor to 1 at the best, and never turns back."""

    def test_the_anchors_are_worth_0_and_1(self, row: CriterionRow) -> None:
        assert row.value(row.worst) == pytest.approx(0.0)
        assert row.value(row.best) == pytest.approx(1.0)

    def test_better_never_scores_lower(self, row: CriterionRow) -> None:
        low, high = sorted((row.worst, row.best))
        raws = [low + (high - low) * i / 50 for i in range(-25, 76)]
        values = [row.value(raw) for raw in raws]
        assert all(0 <= v <= 1 for v in values)
        upward = row.best > row.worst
        assert values == sorted(values, reverse=not upward)

    def test_beyond_an_anchor_is_that_anchor(self, row: CriterionRow) -> None:
        span = abs(row.best - row.worst)
        sign = 1 if row.best > row.worst else -1
        assert row.value(row.best + sign * span) == pytest.approx(1.0)
        assert row.value(row.worst - sign * span * 0.999) == pytest.approx(0.0)


@given(a=st.floats(-0.5, 0.9), b=st.floats(-0.5, 0.9))
def test_more_benefit_never_lowers_the_score(a: float, b: float) -> None:
    low, high = sorted((a, b))
    less, more = (judged(forecast(difference=Interval(x, x - 0.05, x + 0.05)))["benefit"] for x in (low, high))
    assert less.value <= more.value and less.low <= more.low and less.high <= more.high


@given(a=st.floats(0, 400), b=st.floats(0, 400))
def test_fewer_hours_never_lower_the_score(a: float, b: float) -> None:
    assert judged(forecast(hours=min(a, b)))["burden"].value >= judged(forecast(hours=max(a, b)))["burden"].value


@given(a=st.floats(0.5, 400), b=st.floats(0.5, 400))
def test_a_faster_onset_never_lowers_the_score(a: float, b: float) -> None:
    fast, slow = (
        judged(changed(onset=(Span("onset", Interval(day), "days", reason("Onset.")),)))["onset"].value
        for day in (min(a, b), max(a, b))
    )
    assert fast >= slow


@given(a=st.floats(100, 1e6), b=st.floats(100, 1e6))
def test_a_lower_price_never_lowers_the_score(a: float, b: float) -> None:
    cheap, dear = (
        judged(changed(costs=(Cost(x, 2 * x, "USD", 2024, "US", "course", reason("Price.")),)))["cost"].value
        for x in (min(a, b), max(a, b))
    )
    assert cheap >= dear


def test_each_further_harm_lowers_safety_or_leaves_it() -> None:
    def harms(serious: int, other: int) -> float:
        made = [Harm(f"s{i}", True, None, "%", None, reason("Harm.")) for i in range(serious)]
        made += [Harm(f"o{i}", False, None, "%", None, reason("Harm.")) for i in range(other)]
        return judged(changed(harms=tuple(made)))["harms"].value

    grid = [[harms(s, o) for o in range(8)] for s in range(7)]
    for s in range(7):
        for o in range(8):
            assert s == 0 or grid[s][o] <= grid[s - 1][o]
            assert o == 0 or grid[s][o] <= grid[s][o - 1]
    assert grid[0][0] == 1.0


def test_a_rare_serious_harm_costs_less_than_one_whose_rate_is_not_known() -> None:
    def with_rate(rate: Interval | None, unit: str) -> float:
        return judged(changed(harms=(Harm("bleeding", True, rate, unit, None, reason("Harm.")),)))["harms"].value

    assert with_rate(Interval(0.2), "%") > with_rate(None, "%")
    assert with_rate(Interval(20.0), "%") == with_rate(None, "%")
    assert with_rate(Interval(1.0), "per 10000 sessions") > with_rate(None, "%")


def test_an_operation_and_anesthesia_cost_safety() -> None:
    def with_burden(anesthesia: bool, surgery: bool) -> float:
        burden = Burden(10, 20, 42, anesthesia, surgery, reason("Burden.", Direction.AGAINST))
        return judged(changed(burden=burden))["harms"].value

    assert with_burden(False, True) < with_burden(True, False) < with_burden(False, False)


def test_cautions_of_this_patient_count_and_relative_ones_more() -> None:
    none, caution, relative = (
        judged(forecast(), s)["cautions"].value for s in (screening(), screening(cautions=1), screening(relative=1))
    )
    assert relative < caution < none == 1.0


def test_access_follows_the_legal_standing() -> None:
    order = (
        Legality.APPROVED, Legality.AVAILABLE, Legality.OFF_LABEL, Legality.RESTRICTED, Legality.INVESTIGATIONAL,
        Legality.UNKNOWN,
    )  # fmt: skip
    values = [judged(forecast(), screening(x))["access"].value for x in order]
    assert values == sorted(values, reverse=True) and len(set(values)) == len(order)


@pytest.mark.parametrize("grade", [g for g in EvidenceGrade if g.value in ("high", "moderate", "low", "very_low")])
def test_every_grade_has_points(grade: EvidenceGrade) -> None:
    assert 0 <= judged(changed(grade=grade))["evidence"].value <= 1


# --- what is not known ----------------------------------------------------------------------------------------------


def test_what_is_not_known_is_the_middle_with_the_whole_range() -> None:
    for name in ("onset", "durability", "cost"):
        score = judged(forecast())[name]
        assert (score.raw, score.value, score.low, score.high) == (None, 0.5, 0.0, 1.0)
        assert score.basis


def test_a_benefit_that_nobody_has_shown_is_not_claimed() -> None:
    for outcomes in ((), (outcome(None),)):
        score = judged(changed(outcomes=outcomes))["benefit"]
        assert score.value == score.low == 0.0 and 0 < score.high < 1
        assert "none claimed" in score.basis


def test_a_benefit_without_interval_reaches_down_to_none() -> None:
    score = judged(forecast(difference=Interval(0.2)))["benefit"]
    assert score.low == 0.0 and score.value == score.high == pytest.approx(0.5)


def test_indirect_benefit_counts_in_part_and_less_surely() -> None:
    direct = judged(changed(outcomes=(outcome(Interval(0.2, 0.1, 0.3)),)))["benefit"]
    indirect = judged(changed(outcomes=(outcome(Interval(0.2, 0.1, 0.3), relevant=False),)))["benefit"]
    assert indirect.value < direct.value
    assert indirect.low < direct.low and indirect.high == direct.high
    assert "counted in part" in indirect.basis


def test_response_is_read_before_remission() -> None:
    both = (outcome(Interval(0.3), name="remission"), outcome(Interval(0.1), name="response"))
    assert judged(changed(outcomes=both))["benefit"].raw == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("name", "day", "among", "counts"),
    [
        ("kept_response", 180, "responders", True),
        ("kept_response", 30, "responders", False),  # too early to say it lasts
        ("kept_response", 1500, "responders", False),
        ("kept_response", 180, "all treated", False),
    ],
)
def test_durability_is_among_responders_after_half_a_year_to_two(
    name: str, day: float, among: str, counts: bool
) -> None:
    span = Span(name, Interval(60, 50, 70), "%", reason("Durable."), day, among)
    score = judged(changed(durability=(span,)))["durability"]
    assert (score.raw == 60) if counts else (score.raw is None)


def test_relapse_counts_as_what_is_left() -> None:
    span = Span("relapse", Interval(40, 30, 55), "%", reason("Relapse."), 180, "responders")
    score = judged(changed(durability=(span,)))["durability"]
    assert (score.raw, score.low, score.value, score.high) == (
        60, pytest.approx(0.45), pytest.approx(0.6), pytest.approx(0.7),
    )  # fmt: skip
