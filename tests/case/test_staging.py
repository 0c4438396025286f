"""Staging: edges of every row, ranges for what is not known, monotone in what makes an episode more resistant."""

from __future__ import annotations

from datetime import date

import pytest
from history_cases import TWO_FAILURES, case_of, failed
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.facts import Episode, EpisodeSeverity, TrialKind, TrialOutcome
from euthymia.case.history import (
    dm_trd,
    maudsley,
    maudsley_of,
    mgh_s,
    mgh_s_of,
    stage_all,
    thase_rush,
    thase_rush_of,
)
from euthymia.core.errors import InvalidInput


def msm(**changes: object) -> dict[str, object]:
    base = {"duration_months": 6, "severity": "mild", "psychotic": False, "failed_antidepressants": 1}
    return base | {"augmentation": False, "ect": False} | changes


@pytest.mark.parametrize("failures", [0, (0, 0)])
def test_no_failed_antidepressant_is_not_applicable(failures: object) -> None:
    staged = maudsley(**msm(failed_antidepressants=failures))  # type: ignore[arg-type]
    assert staged.applicable is False
    assert (staged.score, staged.low, staged.high, staged.stage) == (None, None, None, "")


@pytest.mark.parametrize("failures", [None, (0, 2)])
def test_perhaps_no_failure_leaves_open_whether_the_method_applies(failures: object) -> None:
    staged = maudsley(**msm(failed_antidepressants=failures))  # type: ignore[arg-type]
    assert staged.applicable is None and staged.score is None
    assert "failures" in staged.missing


def test_everything_unknown_spans_the_whole_scale() -> None:
    unknown = dict.fromkeys(
        ("duration_months", "severity", "psychotic", "failed_antidepressants", "augmentation", "ect")
    )
    staged = maudsley(**unknown)  # type: ignore[arg-type]
    assert (staged.low, staged.high) == (3, 15)
    assert set(staged.missing) == {"duration", "severity", "failures", "augmentation", "ect"}


@pytest.mark.parametrize(
    ("severity", "psychotic", "low", "high"),
    [
        ("severe", None, 4, 5),
        ("severe", True, 5, 5),
        ("severe", False, 4, 4),
        (None, False, 1, 4),
        (None, None, 1, 5),
        ("moderate", None, 3, 3),
        ("moderate", True, 3, 5),  # no such row: psychosis goes with severe
    ],
)
def test_severity_points_when_psychosis_is_or_is_not_known(
    severity: str | None, psychotic: bool | None, low: int, high: int
) -> None:
    reasons = maudsley(**msm(severity=severity, psychotic=psychotic)).reasons  # type: ignore[arg-type]
    points = next(r for r in reasons if r.code == "msm.severity")
    assert (points.low, points.high) == (low, high)


@pytest.mark.parametrize(
    "bad",
    [
        {"failed_antidepressants": -1},
        {"failed_antidepressants": (3, 2)},
        {"failed_antidepressants": True},
        {"failed_antidepressants": 1.5},
        {"duration_months": 0},
        {"duration_months": float("nan")},
        {"severity": "terrible"},
    ],
)
def test_impossible_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        maudsley(**msm(**bad))  # type: ignore[arg-type]


SEVERITIES = list(EpisodeSeverity)


@given(
    st.tuples(st.floats(0.1, 200), st.floats(0.1, 200)).map(sorted),
    st.tuples(st.integers(0, 3), st.integers(0, 3)).map(sorted),
    st.tuples(st.integers(1, 20), st.integers(1, 20)).map(sorted),
    st.tuples(st.booleans(), st.booleans()).map(sorted),
    st.tuples(st.booleans(), st.booleans()).map(sorted),
)
def test_maudsley_never_falls_as_anything_gets_worse(
    months: list[float], severity: list[int], failures: list[int], augmentation: list[bool], ect: list[bool]
) -> None:
    scores = [
        maudsley(
            duration_months=months[i],
            severity=SEVERITIES[severity[i]],
            psychotic=False,
            failed_antidepressants=failures[i],
            augmentation=augmentation[i],
            ect=ect[i],
        ).score
        for i in (0, 1)
    ]
    assert scores[0] is not None and scores[1] is not None
    assert 3 <= scores[0] <= scores[1] <= 15


@given(st.sampled_from(["duration_months", "severity", "augmentation", "ect"]), st.integers(1, 12))
def test_forgetting_an_item_only_widens_the_range(item: str, failures: int) -> None:
    known = maudsley(**msm(failed_antidepressants=failures))  # type: ignore[arg-type]
    forgotten = maudsley(**msm(failed_antidepressants=failures, **{item: None}))  # type: ignore[arg-type]
    assert forgotten.score is None and forgotten.missing
    assert forgotten.low <= known.score <= forgotten.high  # type: ignore[operator]


# --- MGH-S and Thase–Rush ---------------------------------------------------------------------------------------------


def test_mgh_s_with_an_unknown_count_has_no_upper_end() -> None:
    staged = mgh_s(failed_antidepressants=None, optimizations=0, augmentations=(1, 2), ect=False)
    assert (staged.score, staged.low, staged.high) == (None, 0.5, None)
    assert set(staged.missing) == {"failed", "augmentation"}


@given(st.integers(0, 9), st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_mgh_s_rises_with_every_item(failures: int, optimizations: int, augmentations: int, ect: bool) -> None:
    def score(f: int, o: int, a: int, e: bool) -> float:
        return mgh_s(failed_antidepressants=f, optimizations=o, augmentations=a, ect=e).score or 0.0

    base = score(failures, optimizations, augmentations, ect)
    assert score(failures + 1, optimizations, augmentations, ect) == base + 1
    assert score(failures, optimizations + 1, augmentations, ect) == base + 0.5
    assert score(failures, optimizations, augmentations + 1, ect) == base + 0.5
    assert score(failures, optimizations, augmentations, True) == base + (0 if ect else 3)


def test_thase_rush_with_possible_failures_is_a_range() -> None:
    staged = thase_rush(failed_classes=["ssri"], possible_classes=["snri", "tca"], bilateral_ect_failed=None)
    assert (staged.score, staged.low, staged.high, staged.stage) == (None, 1, 3, "I to III")


@given(
    st.lists(st.sampled_from(["ssri", "snri", "tca", "maoi", "ndri"]), max_size=7),
    st.sampled_from(["ssri", "tca", "maoi"]),
)
def test_thase_rush_never_falls_with_one_more_failure(classes: list[str], extra: str) -> None:
    before = thase_rush(failed_classes=classes, bilateral_ect_failed=True).score
    after = thase_rush(failed_classes=[*classes, extra], bilateral_ect_failed=True).score
    assert before is not None and after is not None and after >= before


def test_dm_trd_is_not_scored_and_says_why() -> None:
    staged = dm_trd()
    assert staged.applicable is False and staged.score is None
    assert "not found" in staged.reasons[0].statement


# --- from a case ------------------------------------------------------------------------------------------------------


def test_maudsley_of_a_complete_case() -> None:
    staged = maudsley_of(case_of(*TWO_FAILURES))  # 30 months (3), severe (4), two failures (1)
    assert (staged.score, staged.stage, staged.rule_set) == (8, "moderate", "ATHF-SF")
    assert staged.missing == ()


def test_an_unreviewed_history_leaves_ect_and_augmentation_open() -> None:
    staged = maudsley_of(case_of(*TWO_FAILURES, reviewed=()))
    assert (staged.low, staged.high) == (8, 10)
    assert any("complete" in question for question in staged.missing)


def test_a_case_without_history_is_not_applicable_only_once_reviewed() -> None:
    assert maudsley_of(case_of()).applicable is False
    assert maudsley_of(case_of(reviewed=())).applicable is None


@pytest.mark.parametrize(("start", "points"), [(date(2025, 6, 1), 1), (date(2025, 5, 31), 2), (date(2024, 5, 31), 3)])
def test_duration_is_counted_in_calendar_months(start: date, points: int) -> None:
    episode = Episode(start, severity=EpisodeSeverity.SEVERE, psychotic_features=False)
    reasons = maudsley_of(case_of(*TWO_FAILURES, episode=episode)).reasons
    assert next(r for r in reasons if r.code == "msm.duration").value == points


def test_mgh_s_of_a_case_adds_optimization_augmentation_and_ect() -> None:
    case = case_of(
        failed("sertraline", 150, optimized=True),
        failed("venlafaxine XR", 225),
        failed("aripiprazole", 5, kind=TrialKind.AUGMENTATION),
        failed("ECT", None, None, kind=TrialKind.ECT, sessions=10, laterality="bilateral"),
    )
    assert mgh_s_of(case).score == 2 + 0.5 + 0.5 + 3
    assert maudsley_of(case).score == 8 + 2


def test_ect_that_worked_or_was_unilateral_is_no_thase_rush_stage_five() -> None:
    drugs = [failed("sertraline", 150), failed("venlafaxine XR", 225), failed("nortriptyline", 100)]
    drugs.append(failed("tranylcypromine", 40))
    ect = failed("ECT", None, None, kind=TrialKind.ECT, sessions=10, laterality="bilateral")
    unilateral = failed("ECT", None, None, kind=TrialKind.ECT, sessions=10, laterality="right_unilateral")
    worked = failed("ECT", None, None, kind=TrialKind.ECT, laterality="bilateral", outcome=TrialOutcome.REMISSION)
    side_unknown = failed("ECT", None, None, kind=TrialKind.ECT, sessions=10)
    assert thase_rush_of(case_of(*drugs, ect)).stage == "V"
    assert thase_rush_of(case_of(*drugs, unilateral)).stage == "IV"
    assert thase_rush_of(case_of(*drugs, worked)).stage == "IV"
    assert thase_rush_of(case_of(*drugs, side_unknown)).stage == "IV to V"


def test_stage_all_shows_every_method_with_reasons() -> None:
    staged = stage_all(case_of(*TWO_FAILURES))
    assert [s.method for s in staged] == ["MSM", "MGH-S", "Thase-Rush", "DM-TRD"]
    assert all(s.reasons for s in staged)
