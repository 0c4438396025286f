"""Relapse: thresholds named by the trial that used them, over the latest totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from euthymia.case.scales.answers import read_total
from euthymia.case.scales.definition import PACKAGE, ScaleDefinition
from euthymia.case.scales.outcome import Judgement, above_zero
from euthymia.case.scales.registry import find
from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table


@dataclass(frozen=True, slots=True, kw_only=True)
class RelapseRow(SourcedRow):
    """Row of ``relapse.csv``: ``visits`` consecutive totals (or improvements) beyond the threshold, or admission."""

    definition: str
    scale: str
    measure: Literal["score", "improvement_pct"]
    operator: Literal[">=", "<"]
    threshold: float
    visits: int
    or_admission: bool


def relapse(
    scores: Sequence[float],
    scale: str,
    *,
    definition: str | None = None,
    baseline: float | None = None,
    admitted: bool = False,
) -> Judgement:
    """Say whether the latest totals meet a relapse threshold named by its trial.

    Parameters
    ----------
    scores
        Totals in order of time, latest last.
    scale
        The scale rated.
    definition
        ``STAR*D`` (QIDS-SR16 ≥11), ``TMS_durability`` (HAM-D24 ≥20), ``esketamine_trials`` (MADRS ≥22 twice, or
        admission), ``VNS_registry`` (MADRS improvement below 40 %); may be left out where the scale has one only.
    baseline
        Needed by ``VNS_registry``.
    admitted
        Whether the patient was admitted for depression.
    """
    found = find(scale)
    row = _relapse_row(definition, found)
    points = [read_total(found, value, f"scores[{i}]") for i, value in enumerate(scores)]
    if not points and not (row.or_admission and admitted):
        raise InvalidInput("scores", scores, "at least one total")
    if row.measure == "improvement_pct":
        if baseline is None:
            raise InvalidInput("baseline", baseline, f"the total before treatment, for {row.definition}")
        start = above_zero(read_total(found, baseline, "baseline"))
        below = [100 * (start - value) < row.threshold * start for value in points]
        shown = f"improvement {100 * (start - points[-1]) / start:.1f} %"
    else:
        below = [value >= row.threshold for value in points]
        shown = f"{found.name} {', '.join(map(str, points[-row.visits :]))}"
    by_score = len(below) >= row.visits and all(below[-row.visits :])
    by_admission = row.or_admission and admitted
    times = f" at {row.visits} consecutive visits" if row.visits > 1 else ""
    rule = f"{row.operator} {row.threshold:g}{times}{' or admission' if row.or_admission else ''}"
    statement = f"relapse by {row.definition}: {shown}{'; admitted' if by_admission else ''} against {rule}"
    return Judgement(by_score or by_admission, row.definition, statement, row.cite())


def _relapse_row(definition: str | None, found: ScaleDefinition) -> RelapseRow:
    table: tuple[RelapseRow, ...] = load_table(PACKAGE, "relapse.csv", RelapseRow)
    rows = [r for r in table if r.scale == found.name]
    allowed = ", ".join(r.definition for r in rows) or f"none: no relapse threshold is held for {found.name}"
    matching = [r for r in rows if definition is None or r.definition.casefold() == definition.casefold()]
    if len(matching) != 1:
        raise InvalidInput("definition", definition, allowed)
    return matching[0]
