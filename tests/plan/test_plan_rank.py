"""Ranking: totals, how often an option comes first, and the exact weight that would change the order."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from euthymia.plan.model import CriterionScore
from euthymia.plan.rank import first_shares, sensitivity, total

CRITERIA = ("benefit", "burden", "cost", "onset")


def option(values: tuple[float, ...], shares: tuple[float, ...], width: float = 0.0) -> tuple[CriterionScore, ...]:
    return tuple(
        CriterionScore(n, n.title(), v, "", v, max(0.0, v - width), min(1.0, v + width), w, "")
        for n, v, w in zip(CRITERIA, values, shares, strict=True)
    )


def at_weight(scores: tuple[CriterionScore, ...], criterion: str, weight: float) -> float:
    """The total if ``criterion`` weighed ``weight`` and the others kept their proportions."""
    rest = sum(s.weight for s in scores if s.name != criterion)
    return sum(s.value * (weight if s.name == criterion else s.weight * (1 - weight) / rest) for s in scores)


unit = st.floats(0, 1).map(lambda x: round(x, 3))
four = st.tuples(unit, unit, unit, unit)
shares_of = st.tuples(*[st.floats(0.05, 1)] * 4).map(lambda w: tuple(x / sum(w) for x in w))
tables = st.tuples(shares_of, st.lists(four, min_size=2, max_size=5))


def options_of(table: tuple[tuple[float, ...], list[tuple[float, ...]]]) -> dict[str, tuple[CriterionScore, ...]]:
    shares, rows = table
    return {f"o{i}": option(row, shares) for i, row in enumerate(rows)}


def leader_of(options: Mapping[str, tuple[CriterionScore, ...]], criterion: str, weight: float) -> list[str]:
    """Names by total at that weight, best first."""
    return sorted(options, key=lambda n: -at_weight(options[n], criterion, weight))


# --- totals ---------------------------------------------------------------------------------------------------------


@given(tables)
def test_a_total_is_the_weighted_mean_inside_its_range(
    table: tuple[tuple[float, ...], list[tuple[float, ...]]],
) -> None:
    for row in table[1]:
        score = total(option(row, table[0], 0.1))
        assert score.total == pytest.approx(sum(w * v for w, v in zip(table[0], row, strict=True)))
        assert 0 <= score.low <= score.total + 1e-12 and score.total - 1e-12 <= score.high <= 1


def test_the_range_combines_independent_errors() -> None:
    score = total(option((0.5, 0.5, 0.5, 0.5), (0.25,) * 4, 0.2))
    assert score.high - score.total == pytest.approx(2 * 0.25 * 0.2)
    exact = total(option((0.5, 0.5, 0.5, 0.5), (0.25,) * 4))
    assert exact.low == exact.total == exact.high


# --- how often an option comes first --------------------------------------------------------------------------------


def test_first_shares_add_up_to_one_and_repeat_for_a_seed() -> None:
    shares = (0.4, 0.3, 0.2, 0.1)
    options = {
        "a": option((0.6,) * 4, shares, 0.3),
        "b": option((0.55,) * 4, shares, 0.3),
        "c": option((0.1,) * 4, shares),
    }
    first = first_shares(options, seed=3)
    assert sum(first.values()) == pytest.approx(1.0)
    assert first == first_shares(options, seed=3)
    assert first != first_shares(options, seed=4)
    assert first["a"] > first["b"] > first["c"] == 0


def test_what_is_certain_leaves_nothing_to_chance() -> None:
    shares = (0.25,) * 4
    sure = {"a": option((0.6,) * 4, shares), "b": option((0.5,) * 4, shares)}
    assert first_shares(sure, seed=0) == {"a": 1.0, "b": 0.0}
    assert first_shares({}, seed=0) == {}


def test_an_option_that_is_better_everywhere_is_always_first() -> None:
    shares = (0.25,) * 4
    options = {"a": option((0.9,) * 4, shares, 0.05), "b": option((0.4,) * 4, shares, 0.3)}
    assert first_shares(options, seed=1) == {"a": 1.0, "b": 0.0}


# --- what would change the order ------------------------------------------------------------------------------------


@given(tables)
def test_at_the_weight_named_the_two_options_tie_and_lead(
    table: tuple[tuple[float, ...], list[tuple[float, ...]]],
) -> None:
    options = options_of(table)
    now = {s.name: s.weight for s in options["o0"]}
    ranked = leader_of(options, CRITERIA[0], now[CRITERIA[0]])
    leader = ranked[0]
    for change in sensitivity(options):
        assert change.weight_now == now[change.criterion]
        if change.weight_needed is None:
            continue
        assert 0 < change.weight_needed < 1
        totals = {n: at_weight(options[n], change.criterion, change.weight_needed) for n in options}
        assert totals[change.then_first] == pytest.approx(max(totals.values()), abs=1e-6)
        assert totals[leader] == pytest.approx(max(totals.values()), abs=1e-6)


@given(tables)
def test_beyond_the_weight_named_the_other_option_is_ahead_and_before_it_the_leader(
    table: tuple[tuple[float, ...], list[tuple[float, ...]]],
) -> None:
    options = options_of(table)
    start = leader_of(options, CRITERIA[0], options["o0"][0].weight)
    gap = at_weight(options[start[0]], CRITERIA[0], options["o0"][0].weight) - at_weight(
        options[start[1]], CRITERIA[0], options["o0"][0].weight
    )
    assume(gap > 1e-6)
    for change in sensitivity(options):
        if change.weight_needed is None:
            continue
        step = (change.weight_needed - change.weight_now) * 1e-3
        beyond = change.weight_needed + step
        leader, rival = options[start[0]], options[change.then_first]
        assert at_weight(rival, change.criterion, beyond) >= at_weight(leader, change.criterion, beyond) - 1e-9
        halfway = (change.weight_now + change.weight_needed) / 2
        assert leader_of(options, change.criterion, halfway)[0] == start[0]


@given(tables)
def test_where_no_weight_is_named_none_changes_the_first_place(
    table: tuple[tuple[float, ...], list[tuple[float, ...]]],
) -> None:
    options = options_of(table)
    leader = leader_of(options, CRITERIA[0], options["o0"][0].weight)[0]
    for change in sensitivity(options):
        if change.weight_needed is None:
            for weight in (i / 20 for i in range(1, 20)):
                totals = {n: at_weight(options[n], change.criterion, weight) for n in options}
                assert totals[leader] >= max(totals.values()) - 1e-6


def test_the_nearest_change_comes_first() -> None:
    options = {
        "a": option((0.9, 0.2, 0.5, 0.5), (0.4, 0.2, 0.2, 0.2)),
        "b": option((0.3, 0.9, 0.5, 0.6), (0.4, 0.2, 0.2, 0.2)),
    }
    changes = sensitivity(options)
    distances = [9.0 if c.weight_needed is None else abs(c.weight_needed - c.weight_now) for c in changes]
    assert distances == sorted(distances) and len(changes) == len(CRITERIA)
    assert {c.then_first for c in changes if c.weight_needed is not None} == {"b"}


def test_with_one_option_nothing_can_change() -> None:
    assert sensitivity({"a": option((0.5,) * 4, (0.25,) * 4)}) == ()
    assert sensitivity({}) == ()


def test_a_weight_that_is_the_whole_has_no_other_to_be_traded_against() -> None:
    options = {"a": option((0.9, 0.1, 0.1, 0.1), (1, 0, 0, 0)), "b": option((0.5, 0.9, 0.9, 0.9), (1, 0, 0, 0))}
    named = {c.criterion: c.weight_needed for c in sensitivity(options)}
    assert named["benefit"] is None
    assert named["burden"] == pytest.approx(0.4 / 1.2)  # 0.9(1-w) + 0.1w = 0.5(1-w) + 0.9w
