"""Staging against the published tables: every row and every edge.

Maudsley: Fekadu 2018, BMC Psychiatry 18:100, doi 10.1186/s12888-018-1679-x. MGH-S: PLoS One 2020,
doi 10.1371/journal.pone.0236434, panel 1. Thase–Rush: stages as reprinted (primary not read). All are exact integers
or halves: no tolerance.
"""

from __future__ import annotations

import pytest

from euthymia.case.history import maudsley, mgh_s, thase_rush


def points(item: str, **changes: object) -> float:
    values: dict[str, object] = {"duration_months": 6, "severity": "mild", "psychotic": False}
    values |= {"failed_antidepressants": 1, "augmentation": False, "ect": False} | changes
    staged = maudsley(**values)  # type: ignore[arg-type]
    value = next(r.value for r in staged.reasons if r.code == f"msm.{item}")
    assert value is not None
    return value


@pytest.mark.parametrize(("months", "expected"), [(1, 1), (12, 1), (13, 2), (24, 2), (25, 3), (240, 3)])
def test_duration_of_the_episode(months: float, expected: int) -> None:
    assert points("duration", duration_months=months) == expected


@pytest.mark.parametrize(
    ("severity", "psychotic", "expected"),
    [("subsyndromal", False, 1), ("mild", False, 2), ("moderate", False, 3), ("severe", False, 4), ("severe", True, 5)],
)
def test_severity_at_baseline(severity: str, psychotic: bool, expected: int) -> None:
    assert points("severity", severity=severity, psychotic=psychotic) == expected


@pytest.mark.parametrize(
    ("failures", "expected"),
    [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (10, 4), (11, 5), (30, 5)],
)
def test_failed_antidepressants(failures: int, expected: int) -> None:
    assert points("failures", failed_antidepressants=failures) == expected


def test_augmentation_and_ect_are_one_point_each() -> None:
    assert points("augmentation", augmentation=True) == points("ect", ect=True) == 1
    assert points("augmentation") == points("ect") == 0


@pytest.mark.parametrize(
    ("months", "severity", "psychotic", "failures", "augmentation", "ect", "score", "band"),
    [
        (6, "subsyndromal", False, 1, False, False, 3, "mild"),  # the least score
        (6, "moderate", False, 3, False, False, 6, "mild"),
        (6, "moderate", False, 3, True, False, 7, "moderate"),
        (18, "severe", False, 5, True, False, 10, "moderate"),
        (18, "severe", False, 5, True, True, 11, "severe"),
        (36, "severe", True, 11, True, True, 15, "severe"),  # the greatest score
    ],
)
def test_total_and_band(
    months: float, severity: str, psychotic: bool, failures: int, augmentation: bool, ect: bool, score: int, band: str
) -> None:
    staged = maudsley(
        duration_months=months,
        severity=severity,
        psychotic=psychotic,
        failed_antidepressants=failures,
        augmentation=augmentation,
        ect=ect,
    )
    assert (staged.score, staged.stage) == (score, band)


@pytest.mark.parametrize(
    ("failures", "optimizations", "augmentations", "ect", "score"),
    [
        (0, 0, 0, False, 0),
        (1, 0, 0, False, 1),
        (0, 1, 0, False, 0.5),
        (0, 0, 1, False, 0.5),
        (0, 0, 0, True, 3),
        (4, 2, 1, True, 8.5),
    ],
)
def test_mgh_s_points(failures: int, optimizations: int, augmentations: int, ect: bool, score: float) -> None:
    staged = mgh_s(failed_antidepressants=failures, optimizations=optimizations, augmentations=augmentations, ect=ect)
    assert staged.score == score


@pytest.mark.parametrize(
    ("classes", "bilateral_ect", "stage"),
    [
        ([], True, "0"),
        (["ssri"], False, "I"),
        (["ssri", "ssri"], False, "I"),
        (["ssri", "snri"], False, "II"),
        (["ssri", "tca"], False, "II"),
        (["ssri", "snri", "tca"], False, "III"),
        (["ssri", "snri", "maoi"], False, "II"),
        (["ssri", "snri", "tca", "maoi"], False, "IV"),
        (["ssri", "snri", "tca", "maoi"], True, "V"),
        (["ssri", "snri", "tca"], True, "III"),
    ],
)
def test_thase_rush_stages(classes: list[str], bilateral_ect: bool, stage: str) -> None:
    assert thase_rush(failed_classes=classes, bilateral_ect_failed=bilateral_ect).stage == stage
