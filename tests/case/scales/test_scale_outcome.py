"""Outcome words, relapse, and change that matters."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.scales import (
    classify,
    mcid,
    programme_change,
    relapse,
    reliable_change,
    remission,
    response,
)
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification

totals = st.integers(0, 60)


@given(baseline=st.integers(1, 60), now=totals)
def test_response_is_a_fall_of_half_or_more_without_rounding_error(baseline: int, now: int) -> None:
    assert response(baseline, now, "MADRS").met == (2 * (baseline - now) >= baseline)


@given(baseline=st.integers(1, 60), now=totals, lower=st.integers(0, 60))
def test_a_lower_score_never_gives_a_worse_word(baseline: int, now: int, lower: int) -> None:
    order = ["worse than baseline", "no response", "partial response", "response", "remission"]
    better = min(now, lower)
    assert order.index(classify(baseline, better, "MADRS").word) >= order.index(classify(baseline, now, "MADRS").word)


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (41, "worse than baseline"), (40, "no response"), (31, "no response"), (30, "partial response"),
        (21, "partial response"), (20, "response"), (11, "response"), (10, "remission"),
    ],
)  # fmt: skip
def test_classify_word_for_a_madrs_of_forty(now: int, word: str) -> None:
    assert classify(40, now, "MADRS").word == word


def test_exact_percent_limits_are_met() -> None:
    assert response(35, 21, "MADRS", definition="BROADEN")  # 40 % exactly
    assert response(30, 21, "MADRS", definition="VNS_meaningful")  # 30 % exactly
    assert response(40, 30, "MADRS", definition="COMP006")  # 25 % exactly
    assert not response(40, 20, "MADRS", definition="partial")  # 50 % is response, not partial
    assert response(100 // 2, 25, "HAM-D24")


def test_outcome_shows_its_thresholds_sources_and_percent_change() -> None:
    outcome = classify(34, 15, "MADRS")
    assert outcome.percent_change == pytest.approx(-55.88, abs=0.01)
    assert len(outcome.sources) == 3
    assert any(s.verification is Verification.UNVERIFIED for s in outcome.sources)  # the partial-response habit
    assert "response by standard" in str(outcome) and "COMP001" in str(outcome)


def test_the_remission_definition_changes_the_word() -> None:
    assert classify(20, 12, "MADRS").word == "partial response"
    assert classify(20, 12, "MADRS", remission_definition="esketamine_programme").word == "remission"


def test_a_baseline_already_in_remission_is_flagged() -> None:
    assert "already met" in classify(9, 8, "MADRS").flags[0]


def test_a_scale_without_remission_threshold_is_flagged_and_refused_by_remission() -> None:
    outcome = classify(30, 10, "BDI-II")
    assert outcome.word == "response" and outcome.flags == ("no remission threshold is held for BDI-II",)
    with pytest.raises(InvalidInput, match="MADRS"):
        remission(3, "BDI-II")
    with pytest.raises(InvalidInput):
        classify(30, 10, "BDI-II", remission_definition="STAR*D")


@pytest.mark.parametrize("definition", ["BROADEN", "COMP006", "nonsense"])
def test_a_definition_of_another_scale_is_refused(definition: str) -> None:
    with pytest.raises(InvalidInput, match="VNS_meaningful"):
        response(20, 5, "PHQ-9", definition=definition)


def test_no_percentage_is_computed_from_zero_or_on_scales_that_do_not_start_at_zero() -> None:
    with pytest.raises(InvalidInput, match="above 0"):
        response(0, 0, "MADRS")
    with pytest.raises(InvalidInput, match="from 0"):
        response(6, 3, "CGI-S")
    with pytest.raises(InvalidInput, match="higher is worse"):
        response(60, 30, "MEQ-30")


@pytest.mark.parametrize("bad", [math.nan, 61, -1, True, 10.5, "10"])
def test_outcome_refuses_what_is_not_a_total(bad: object) -> None:
    for call in (
        lambda: response(30, bad, "MADRS"),  # type: ignore[arg-type]
        lambda: classify(bad, 10, "MADRS"),  # type: ignore[arg-type]
        lambda: remission(bad, "MADRS"),  # type: ignore[arg-type]
        lambda: relapse([bad], "QIDS"),  # type: ignore[list-item]
    ):
        with pytest.raises(InvalidInput):
            call()


def test_esketamine_relapse_needs_two_visits_or_admission() -> None:
    name = "esketamine_trials"
    assert not relapse([30], "MADRS", definition=name)
    assert not relapse([22, 21], "MADRS", definition=name)
    assert relapse([10, 22, 22], "MADRS", definition=name)
    assert relapse([5], "MADRS", definition=name, admitted=True)
    assert relapse([], "MADRS", definition=name, admitted=True)


def test_vns_loss_of_response_is_measured_from_baseline() -> None:
    assert not relapse([24], "MADRS", definition="VNS_registry", baseline=40)  # 40 % kept
    assert relapse([25], "MADRS", definition="VNS_registry", baseline=40)
    with pytest.raises(InvalidInput, match="baseline"):
        relapse([25], "MADRS", definition="VNS_registry")


def test_relapse_must_be_named_where_definitions_compete() -> None:
    with pytest.raises(InvalidInput, match="esketamine_trials, VNS_registry"):
        relapse([25], "MADRS")
    with pytest.raises(InvalidInput, match="at least one"):
        relapse([], "QIDS")


@given(before=st.floats(0, 60), after=st.floats(0, 60), sd=st.floats(0.1, 20), reliability=st.floats(0, 0.99))
def test_reliable_change_is_symmetric_and_agrees_with_its_threshold(
    before: float, after: float, sd: float, reliability: float
) -> None:
    there = reliable_change(before, after, sd=sd, reliability=reliability)
    back = reliable_change(after, before, sd=sd, reliability=reliability)
    opposite = {"improved": "deteriorated", "deteriorated": "improved"}
    assert back.verdict == opposite.get(there.verdict, there.verdict)
    assert there.rci == pytest.approx(-back.rci)
    if not math.isclose(abs(there.change), there.threshold, rel_tol=1e-9):
        assert (there.verdict == "no reliable change") == (abs(there.change) < there.threshold)
    flipped = reliable_change(before, after, sd=sd, reliability=reliability, higher_is_worse=False)
    assert flipped.verdict == back.verdict


def test_reliable_change_prints_its_inputs() -> None:
    text = str(reliable_change(20, 12, sd=6.1, reliability=0.84))
    for part in ("improved", "SD 6.1", "reliability 0.84", "SEM 2.44", "threshold 6.76", "7 points"):
        assert part in text


@pytest.mark.parametrize(
    "kwargs",
    [{"sd": 0, "reliability": 0.8}, {"sd": -1, "reliability": 0.8}, {"sd": 5, "reliability": 1},
     {"sd": 5, "reliability": -0.1}, {"sd": math.nan, "reliability": 0.8}, {"sd": 5, "reliability": True}],
)  # fmt: skip
def test_reliable_change_refuses_impossible_inputs(kwargs: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        reliable_change(20, 12, **kwargs)


def test_programme_rule_needs_both_points_and_cut_off_for_reliable_recovery() -> None:
    recovered = programme_change(15, 9, "PHQ-9")
    assert recovered.verdict == "improved" and recovered.recovered and recovered.reliably_recovered
    small = programme_change(12, 9, "PHQ-9")
    assert small.verdict == "no reliable change" and small.recovered and not small.reliably_recovered
    assert programme_change(8, 14, "PHQ-9").verdict == "deteriorated"
    assert not programme_change(9, 3, "PHQ-9").recovered  # was never a case
    with pytest.raises(InvalidInput, match="GAD-7"):
        programme_change(30, 10, "MADRS")


def test_important_differences_carry_method_and_source() -> None:
    rows = mcid("phq9")
    assert {row.method for row in rows} >= {"anchor", "developers"}
    assert all(row.source for row in rows)
    assert mcid("CADSS") == ()
