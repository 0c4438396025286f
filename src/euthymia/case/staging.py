"""Staging of treatment resistance: Maudsley (MSM), MGH-S and Thase–Rush, every point from a table row.

An input that is not known widens the score to a range and names the question; it is never filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.case import checks
from euthymia.case.facts import EpisodeSeverity
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.core.tables import SourcedRow, load_table

Count = int | tuple[int, int] | None  # a number, a range, or not known


@dataclass(frozen=True, slots=True)
class Staging:
    """A stage by one method.

    Parameters
    ----------
    method
        ``MSM``, ``MGH-S``, ``Thase-Rush`` or ``DM-TRD``.
    applicable
        False when the method has no category for this patient, None when that is not known.
    score
        The score, or None while it is a range or the method does not apply.
    low, high
        Least and greatest score that fit what is known; None when the method does not apply (``high`` is also None
        when a count that is not known has no upper end).
    stage
        Band or stage in words; several joined by "or" for a range; empty when the method does not apply.
    reasons, missing
        Points by item with their source, and the items that are not known.
    rule_set
        Rule set under which failed trials were counted, where they were read from a case.
    """

    method: str
    applicable: bool | None
    score: float | None
    low: float | None
    high: float | None
    stage: str
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...] = ()
    rule_set: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaudsleyRow(SourcedRow):
    """Points of the Maudsley method: for a number in (``above``, ``up_to``], or for a ``word``."""

    item: str
    points: int
    label: str
    above: float | None = None
    up_to: float | None = None
    word: str = ""

    def holds(self, number: float) -> bool:
        """Whether ``number`` is in this row's interval."""
        return (self.above is None or number > self.above) and (self.up_to is None or number <= self.up_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRow(SourcedRow):
    """Points for each one of an item (MGH-S)."""

    item: str
    points: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow(SourcedRow):
    """One Thase–Rush stage: what it asks beyond the stage before."""

    stage: str
    level: int
    min_failed: int
    min_classes: int
    label: str
    adds: str = ""


def maudsley(
    *,
    duration_months: float | None,
    severity: EpisodeSeverity | str | None,
    psychotic: bool | None,
    failed_antidepressants: Count,
    augmentation: bool | None,
    ect: bool | None,
) -> Staging:
    """Return the Maudsley Staging Method score (3 to 15) of a depressive episode.

    Parameters
    ----------
    duration_months
        Length of the current episode, in months.
    severity
        ``subsyndromal``, ``mild``, ``moderate`` or ``severe``, at baseline.
    psychotic
        Psychotic features; a severe episode with them has its own row.
    failed_antidepressants
        Failed adequate trials of distinct antidepressants: a number, a ``(low, high)`` range, or None.
    augmentation, ect
        Whether either was used.

    Notes
    -----
    With no failed antidepressant the method has no category: the answer is "not applicable", never a low score.
    Psychotic features in an episode rated less than severe have no row either: the score is a range.

    References
    ----------
    Fekadu et al., 2009; standardization: Fekadu, Donocik, Cleare, BMC Psychiatry 2018;18:100,
    doi 10.1186/s12888-018-1679-x.

    Examples
    --------
    >>> maudsley(duration_months=30, severity="severe", psychotic=False, failed_antidepressants=5, augmentation=True,
    ...          ect=False).score
    11.0
    """
    checks.number("duration_months", duration_months, 0.001, 1200, optional=True)
    failed_low, failed_high = _bounds("failed_antidepressants", failed_antidepressants)
    if failed_high == 0:
        why = Reason("No antidepressant has failed: the Maudsley method has no category for that.", (_MSM_ZERO,))
        return Staging("MSM", False, None, None, None, "", (why,))
    most = failed_high if failed_high is not None else _UNBOUNDED
    parts = {
        "duration": _interval("duration", duration_months, duration_months),
        "severity": _severity_rows(severity, psychotic),
        "failures": _interval("failures", max(failed_low, 1), most),
        "augmentation": _yes_no("augmentation", augmentation),
        "ect": _yes_no("ect", ect),
    }
    low = sum(min(row.points for row in rows) for rows in parts.values())
    high = sum(max(row.points for row in rows) for rows in parts.values())
    reasons = tuple(_points_reason(item, rows) for item, rows in parts.items())
    missing = [item for item, rows in parts.items() if len(rows) > 1]
    if failed_low == 0 and "failures" not in missing:  # whether the method applies at all hangs on it
        missing.append("failures")
    bands = [row.label for row in _maudsley_rows("band") if any(row.holds(n) for n in range(low, high + 1))]
    certain = low == high and failed_low > 0
    return Staging(
        method="MSM",
        applicable=True if failed_low > 0 else None,
        score=float(low) if certain else None,
        low=float(low),
        high=float(high),
        stage=" or ".join(bands),
        reasons=reasons,
        missing=tuple(missing),
    )


def mgh_s(*, failed_antidepressants: Count, optimizations: Count, augmentations: Count, ect: bool | None) -> Staging:
    """Return the Massachusetts General Hospital staging score: a sum without an upper end.

    Parameters
    ----------
    failed_antidepressants, optimizations, augmentations
        Numbers, ``(low, high)`` ranges, or None.
    ect
        Whether ECT failed.

    References
    ----------
    PLoS One 2020, panel 1, doi 10.1371/journal.pone.0236434.

    Examples
    --------
    >>> mgh_s(failed_antidepressants=3, optimizations=1, augmentations=2, ect=True).score
    7.5
    """
    ect_bounds = (0, 1) if ect is None else (int(ect), int(ect))
    bounds: dict[str, tuple[int, int | None]] = {
        "failed": _bounds("failed_antidepressants", failed_antidepressants),
        "optimization": _bounds("optimizations", optimizations),
        "augmentation": _bounds("augmentations", augmentations),
        "ect": ect_bounds,
    }
    low, high, reasons = 0.0, 0.0, []
    for row in load_table("euthymia.case", "staging_mgh.csv", PointsRow, key="item"):
        least, most = bounds[row.item]
        low += row.points * least
        high += row.points * most if most is not None else float("inf")
        span = f"{least}" if least == most else f"{least} to {most if most is not None else 'not known'}"
        reasons.append(Reason(f"{row.label}: {span}, {row.points:g} points each.", (row.cite(),), unit="points"))
    missing = tuple(item for item, (least, most) in bounds.items() if least != most)
    bounded = high if high != float("inf") else None
    return Staging("MGH-S", True, low if low == bounded else None, low, bounded, "", tuple(reasons), missing)


def thase_rush(
    *,
    failed_classes: Sequence[str],
    bilateral_ect_failed: bool | None,
    possible_classes: Sequence[str] = (),
) -> Staging:
    """Return the Thase–Rush stage (0 to V) from the classes of the failed antidepressants.

    Parameters
    ----------
    failed_classes
        Class of each distinct antidepressant that failed an adequate trial (``ssri``, ``tca``, ``maoi`` …), one entry
        a drug.
    bilateral_ect_failed
        Whether a course of bilateral ECT failed.
    possible_classes
        Classes of further trials of which failure is not certain; they raise ``high`` only.

    Notes
    -----
    Stages III and IV each ask for a further trial: one SSRI and one tricyclic are stage II, because the tricyclic is
    the second class. The order of trials is not looked at.

    Examples
    --------
    >>> thase_rush(failed_classes=["ssri", "snri", "tca"], bilateral_ect_failed=False).stage
    'III'
    """
    rows = load_table("euthymia.case", "staging_thase_rush.csv", StageRow, key="stage")
    low = _thase_rush_row(rows, failed_classes, bilateral_ect_failed is True)
    high = _thase_rush_row(rows, [*failed_classes, *possible_classes], bilateral_ect_failed is not False)
    span = [row for row in rows if low.level <= row.level <= high.level]
    reasons = tuple(Reason(f"Stage {row.stage}: {row.label}.", (row.cite(),)) for row in span)
    missing = ("failures or bilateral ECT",) if low is not high else ()
    score = float(low.level) if low is high else None
    stage = low.stage if low is high else f"{low.stage} to {high.stage}"
    return Staging("Thase-Rush", True, score, float(low.level), float(high.level), stage, reasons, missing)


def dm_trd() -> Staging:
    """Return why there is no DM-TRD score: its item points could not be read anywhere."""
    why = "DM-TRD is not scored: the points of its items were not found in any readable source."
    source = Source("Peeters 2016 J Affect Disord 205:365 (abstract; item table not read)", "", Verification.PARTIAL)
    return Staging("DM-TRD", False, None, None, None, "", (Reason(why, (source,)),))


_UNBOUNDED = 10_000  # stands for "no upper end" in a count that is not known
_MSM_ZERO = Source("Euthymia design rule; Fekadu 2018 has no row for zero failures", "10.1186/s12888-018-1679-x")


def _bounds(name: str, count: Count) -> tuple[int, int | None]:
    """Return the least and greatest value of a count; (0, None) when it is not known."""
    if count is None:
        return 0, None
    low, high = count if isinstance(count, tuple) else (count, count)
    checks.integer(name, low, 0, _UNBOUNDED)
    checks.integer(name, high, 0, _UNBOUNDED)
    if low > high:
        raise InvalidInput(name, count, "a range from low to high")
    return low, high


def _maudsley_rows(item: str) -> tuple[MaudsleyRow, ...]:
    return tuple(row for row in load_table("euthymia.case", "staging_maudsley.csv", MaudsleyRow) if row.item == item)


def _interval(item: str, low: float | None, high: float | None) -> tuple[MaudsleyRow, ...]:
    """Return the rows that a number between ``low`` and ``high`` may fall in; all of them when it is not known."""
    rows = _maudsley_rows(item)
    if low is None or high is None:
        return rows
    first = next(i for i, row in enumerate(rows) if row.holds(low))
    last = next(i for i, row in enumerate(rows) if row.holds(high))
    return rows[first : last + 1]


def _severity_rows(severity: EpisodeSeverity | str | None, psychotic: bool | None) -> tuple[MaudsleyRow, ...]:
    """Return the severity rows that fit; psychotic features can only move the top row."""
    rows = _maudsley_rows("severity")
    top, severe = rows[-1], rows[-2]
    if severity is None:
        return rows[:-1] if psychotic is False else rows
    checks.one_of("severity", str(severity), [s.value for s in EpisodeSeverity])
    own = next(row for row in rows if row.word == str(severity))
    if psychotic is True:
        return (top,) if own is severe else rows[rows.index(own) :]
    return (own, top) if own is severe and psychotic is None else (own,)


def _yes_no(item: str, answer: bool | None) -> tuple[MaudsleyRow, ...]:
    rows = _maudsley_rows(item)
    return rows if answer is None else tuple(row for row in rows if (row.word == "yes") is answer)


def _points_reason(item: str, rows: Sequence[MaudsleyRow]) -> Reason:
    """Say which row an item fell in, or which rows it may fall in."""
    points = [row.points for row in rows]
    words = " or ".join(row.label for row in rows)
    known = len(rows) == 1
    return Reason(
        f"{item.capitalize()}: {words}{'' if known else ' (not known)'}.",
        (rows[0].cite(),),
        EvidenceGrade.RULE,
        value=float(points[0]) if known else None,
        low=float(min(points)),
        high=float(max(points)),
        unit="points",
        code=f"msm.{item}",
    )


def _thase_rush_row(rows: Sequence[StageRow], failed: Sequence[str], bilateral_ect: bool) -> StageRow:
    """Return the highest stage reached; each class a stage adds is taken from the trials, then not used again."""
    reached = rows[0]
    for row in rows[1:]:
        rest, adds = list(failed), [earlier.adds for earlier in rows if earlier.level <= row.level and earlier.adds]
        fits = True
        for needed in adds:
            if needed == "bilateral_ect":
                fits = fits and bilateral_ect
            elif needed in rest:
                rest.remove(needed)
            else:
                fits = False
        if not (fits and len(failed) >= row.min_failed and len(set(rest)) >= row.min_classes):
            break
        reached = row
    return reached
