"""Pooling: analytic cases, independent computation, and properties over random data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from euthymia.core.errors import InvalidInput
from euthymia.engines.evidence import (
    Counts,
    Effect,
    Interval,
    Means,
    Measure,
    PoolingProblem,
    combine_counts,
    combine_means,
    pool,
    problem_of_counts,
    problem_of_means,
    problem_of_proportions,
    wilson,
)
from euthymia.engines.evidence.effects import effect_of_counts, effect_of_means, newcombe
from euthymia.engines.evidence.heterogeneity import dersimonian_laird, paule_mandel, reml
from euthymia.engines.evidence.reference import bcg_tables, equal_variance_case

effects = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=2, max_size=12)  # (estimate, variance)
counts = st.tuples(st.integers(1, 200), st.floats(0, 1)).map(lambda p: Counts(round(p[0] * p[1]), p[0]))


def _problem(rows, **options):
    made = tuple(Effect(f"s{i:02d}", y, v) for i, (y, v) in enumerate(rows))
    return PoolingProblem(Measure.MEAN_DIFFERENCE, made, **options)


def test_equal_precision_case_has_a_closed_form():
    for spread, variance in ((1.0, 0.3), (0.2, 0.3)):
        pooled, expected = equal_variance_case(spread, variance, 6)
        assert pooled.tau2 == pytest.approx(expected, abs=1e-10)
        assert pooled.estimate.value == pytest.approx(0, abs=1e-12)


def test_one_study_claims_no_heterogeneity_and_says_so():
    pooled = pool(_problem([(0.5, 0.04)]))
    assert (pooled.tau2, pooled.i2_pct, pooled.q, pooled.prediction) == (None, None, None, None)
    assert pooled.estimate.low == pytest.approx(0.5 - 1.959964 * 0.2, abs=1e-6)
    assert any("One study" in note for note in pooled.notes)


def test_two_studies_show_wald_and_keep_hartung_knapp_in_the_diagnostics():
    pooled = pool(_problem([(0.5, 0.04), (0.9, 0.09)]))
    assert pooled.interval_method == "wald"
    assert pooled.prediction is None
    assert isinstance(pooled.diagnostics["hartung_knapp"], Interval)
    assert any("Two studies" in note for note in pooled.notes)


@settings(max_examples=60, deadline=None)
@given(effects)
def test_paule_mandel_solves_its_equation_and_reml_maximizes_its_likelihood(rows):
    y, v = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])

    def q(tau2):
        w = 1 / (v + tau2)
        return float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())

    def negative_restricted(tau2):
        w = 1 / (v + tau2)
        return 0.5 * (np.log(v + tau2).sum() + math.log(w.sum()) + q(tau2))

    tau2, _ = paule_mandel(list(y), list(v))
    freedom = len(y) - 1
    if q(0) <= freedom:
        assert tau2 == 0
    else:
        root = optimize.brentq(lambda t: q(t) - freedom, 0, 1e4, xtol=1e-13)
        assert tau2 == pytest.approx(root, rel=1e-7, abs=1e-9)
    ours, _ = reml(list(y), list(v))
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 50, 400)])
    assert negative_restricted(ours) <= min(negative_restricted(t) for t in grid) + 1e-7


@settings(max_examples=60, deadline=None)
@given(effects)
def test_swapping_the_arms_flips_the_sign(rows):
    one, other = pool(_problem(rows)), pool(_problem([(-y, v) for y, v in rows]))
    assert one.estimate.value == pytest.approx(-other.estimate.value, abs=1e-9)
    assert one.estimate.low == pytest.approx(-other.estimate.high, abs=1e-9)
    assert one.tau2 == pytest.approx(other.tau2, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(effects, st.floats(0.1, 10))
def test_rescaling_the_outcome_rescales_the_answer(rows, factor):
    one, other = pool(_problem(rows)), pool(_problem([(factor * y, factor**2 * v) for y, v in rows]))
    assert other.estimate.value == pytest.approx(factor * one.estimate.value, rel=1e-6, abs=1e-8)
    assert other.tau2 == pytest.approx(factor**2 * one.tau2, rel=1e-5, abs=1e-8)
    assert other.i2_pct == pytest.approx(one.i2_pct, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(effects, st.randoms(use_true_random=False))
def test_the_order_of_the_studies_does_not_matter_at_all(rows, random):
    made = [Effect(f"s{i:02d}", y, v) for i, (y, v) in enumerate(rows)]
    one = pool(PoolingProblem(Measure.MEAN_DIFFERENCE, tuple(made)))
    random.shuffle(made)
    other = pool(PoolingProblem(Measure.MEAN_DIFFERENCE, tuple(made)))
    assert one.estimate == other.estimate and one.tau2 == other.tau2


@settings(max_examples=60, deadline=None)
@given(effects)
def test_an_identical_study_more_narrows_the_fixed_interval(rows):
    def width(problem):
        fixed = pool(problem).diagnostics["fixed"]
        assert isinstance(fixed, Interval) and fixed.low is not None and fixed.high is not None
        return fixed.high - fixed.low

    assert width(_problem([*rows, rows[0]])) < width(_problem(rows))


@settings(max_examples=60, deadline=None)
@given(effects)
def test_the_shown_interval_is_never_narrower_than_wald_and_prediction_contains_it(rows):
    pooled = pool(_problem(rows))
    wald = pooled.diagnostics["wald"]
    assert isinstance(wald, Interval)
    assert pooled.estimate.high - pooled.estimate.low >= wald.high - wald.low - 1e-12
    if pooled.prediction is not None:
        assert pooled.prediction.high - pooled.prediction.low >= wald.high - wald.low - 1e-12
    assert sum(pooled.weights_pct) == pytest.approx(100)


def test_wald_and_hartung_knapp_equal_their_textbook_formulas():
    tables = bcg_tables()[:5]
    pooled = pool(problem_of_counts(tables, Measure.ODDS_RATIO, interval_method="hartung_knapp"))
    y = np.array([math.log(a.events * (c.n - c.events) / (c.events * (a.n - a.events))) for _, a, c in tables])
    v = np.array([1 / a.events + 1 / (a.n - a.events) + 1 / c.events + 1 / (c.n - c.events) for _, a, c in tables])
    w = 1 / (v + pooled.tau2)
    mean = (w * y).sum() / w.sum()
    se = math.sqrt((w * (y - mean) ** 2).sum() / (len(y) - 1) / w.sum())
    assert pooled.estimate.value == pytest.approx(mean, abs=1e-12)
    assert pooled.estimate.high == pytest.approx(mean + stats.t.ppf(0.975, len(y) - 1) * se, abs=1e-10)
    assert pooled.q_p_value == pytest.approx(stats.chi2.sf(pooled.q, len(y) - 1), rel=1e-10)
    half = stats.t.ppf(0.975, len(y) - 2) * math.sqrt(pooled.tau2 + 1 / w.sum())
    assert pooled.prediction.low == pytest.approx(mean - half, abs=1e-10)


def test_continuity_correction_only_where_a_cell_is_empty():
    full = effect_of_counts("a", Counts(4, 10), Counts(2, 10), Measure.ODDS_RATIO)
    assert full.estimate == pytest.approx(math.log(4 * 8 / (6 * 2))) and not full.zero_cell
    empty = effect_of_counts("b", Counts(4, 10), Counts(0, 10), Measure.ODDS_RATIO)
    assert empty.estimate == pytest.approx(math.log(4.5 * 10.5 / (6.5 * 0.5))) and empty.zero_cell


def test_tables_that_say_nothing_about_a_ratio_are_left_out_and_named():
    tables = [("none", Counts(0, 10), Counts(0, 12)), ("some", Counts(5, 10), Counts(3, 12))]
    problem = problem_of_counts(tables)
    assert problem.left_out == ("none",)
    assert any("none" in note for note in pool(problem).notes)
    assert problem_of_counts(tables[:1]) is None
    difference = effect_of_counts("none", Counts(0, 10), Counts(0, 12), Measure.RISK_DIFFERENCE)
    assert difference.estimate == 0 and difference.variance > 0


@given(counts, counts)
@settings(max_examples=80, deadline=None)
def test_counts_swap_antisymmetrically_on_every_measure(active, control):
    for measure in (Measure.ODDS_RATIO, Measure.RISK_RATIO, Measure.RISK_DIFFERENCE):
        one = effect_of_counts("s", active, control, measure)
        other = effect_of_counts("s", control, active, measure)
        if one is None:
            assert other is None
        else:
            assert one.estimate == pytest.approx(-other.estimate, abs=1e-12)
            assert one.variance == pytest.approx(other.variance)


def test_combined_arms_equal_the_pooled_raw_data():
    rng = np.random.default_rng(7)
    raw = [rng.normal(m, s, n) for m, s, n in ((1, 2, 20), (3, 1, 35), (-1, 4, 11))]
    combined = combine_means([Means(float(x.mean()), float(x.std(ddof=1)), len(x)) for x in raw])
    everything = np.concatenate(raw)
    assert combined.mean == pytest.approx(everything.mean())
    assert combined.sd == pytest.approx(everything.std(ddof=1))
    assert combine_counts([Counts(3, 10), Counts(4, 20)]) == Counts(7, 30)


def test_mean_difference_and_hedges_g():
    active, control = Means(-12.0, 12.02, 79), Means(-5.4, 12.24, 79)
    difference = effect_of_means("COMP001", active, control)
    assert difference.estimate == pytest.approx(-6.6)
    g = effect_of_means("COMP001", active, control, Measure.STANDARDIZED_DIFFERENCE)
    sd = math.sqrt((12.02**2 + 12.24**2) / 2)
    assert g.estimate == pytest.approx(-6.6 / sd * (1 - 3 / (4 * 156 - 1)), abs=1e-5)
    assert pool(problem_of_means([("COMP001", active, control)])).k == 1


@given(counts)
@settings(max_examples=80, deadline=None)
def test_wilson_interval_inverts_the_score_test_and_stays_inside(arm):
    interval = wilson(arm)
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    for end in (interval.low, interval.high):
        if 1e-9 < end < 1 - 1e-9:
            z = (interval.value - end) / math.sqrt(end * (1 - end) / arm.n)
            assert abs(z) == pytest.approx(1.959964, abs=1e-4)


def test_newcombe_reproduces_the_worked_example_of_his_paper():
    """Newcombe 1998, Table II (a): 56/70 v 48/80 gives 0.2000 (0.0524 to 0.3339) by method 10."""
    interval = newcombe(wilson(Counts(56, 70)), wilson(Counts(48, 80)))
    assert interval.low == pytest.approx(0.0524, abs=5e-5)
    assert interval.high == pytest.approx(0.3339, abs=5e-5)


def test_single_proportions_pool_on_the_logit_scale():
    pooled = pool(problem_of_proportions([("a", Counts(10, 100)), ("b", Counts(12, 100)), ("c", Counts(9, 100))]))
    assert pooled.natural.value == pytest.approx(0.103, abs=0.005)
    assert 0 < pooled.natural.low < pooled.natural.high < 1
    extreme = pool(problem_of_proportions([("a", Counts(0, 20))]))
    assert 0 < extreme.natural.value < 0.05


def test_dersimonian_laird_equals_its_formula():
    y, v = [0.1, 0.9, -0.3], [0.04, 0.09, 0.02]
    w = [1 / x for x in v]
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    q = sum(a * (b - mean) ** 2 for a, b in zip(w, y, strict=True))
    expected = (q - 2) / (sum(w) - sum(a * a for a in w) / sum(w))
    assert dersimonian_laird(y, v)[0] == pytest.approx(expected, abs=1e-12)


def test_bad_problems_are_refused_with_the_argument_named():
    effect = Effect("s", 0.1, 0.1)
    for bad, name in (
        ({"effects": ()}, "effects"),
        ({"effects": (effect, effect)}, "effects"),
        ({"effects": (Effect("s", math.nan, 0.1),)}, "effects"),
        ({"effects": (Effect("s", 0.1, 0.0),)}, "effects"),
        ({"effects": (effect,), "tau2_method": "magic"}, "tau2_method"),
        ({"effects": (effect,), "interval_method": "magic"}, "interval_method"),
        ({"effects": (effect,), "level": 95.0}, "level"),
    ):
        with pytest.raises(InvalidInput, match=name):
            PoolingProblem(Measure.MEAN_DIFFERENCE, **bad)
    with pytest.raises(InvalidInput, match="events"):
        Counts(5, 4)
    with pytest.raises(InvalidInput, match="means"):
        Means(1.0, 0.0, 10)
