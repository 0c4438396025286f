"""What a plan may say about how its target is found: error, variant, and what a connectivity target is worth."""

from __future__ import annotations

from typing import Literal

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.engines.fields.beam_f3 import DEFAULT_VARIANT, beam_spread
from euthymia.engines.fields.head_sizes import HeadSizes
from euthymia.engines.fields.targets import PlacementError, connectivity_statement, placement_errors

Method = Literal["beam_f3", "rule_5_cm", "rule_5_5_cm", "cpc_f3", "mni", "cap_marks", "fmri"]


def targeting_reasons(
    method: Method, *, head: HeadSizes | None = None, variant: str = DEFAULT_VARIANT, connectivity: bool = False
) -> tuple[Reason, ...]:
    """Return the statements that stand beside a target found by ``method``.

    Parameters
    ----------
    method
        As the table of placement errors names it.
    head
        Tape measures of the patient; with them, Beam F3 gives the site and the spread of its formulas.
    variant
        Formula of Beam F3.
    connectivity
        Whether the target rests on connectivity with the subgenual cingulate (a group point or a personal map);
        always so for ``fmri``.

    Raises
    ------
    InvalidInput
        For an unknown or unusable variant.
    """
    found = [_error(row) for row in placement_errors(method)]
    if method == "beam_f3" and head is not None:
        spread = beam_spread(head.tragus_cm, head.nasion_inion_cm, head.circumference_cm, variant)
        chosen, apart = spread.chosen, spread.farthest_pair[2]
        found.insert(
            0,
            Reason(
                f"Beam F3 by {chosen.variant.title.lower()}: X {chosen.x_cm:.1f} cm, Y {chosen.y_cm:.1f} cm; the "
                f"{len(spread.usable)} usable formulas of that name lie up to {apart:.1f} cm apart on this head.",
                (chosen.variant.cite(),),
                EvidenceGrade.RULE,
                code=f"beam_f3_{chosen.variant.variant}",
            ),
        )
    if connectivity or method == "fmri":
        found.append(connectivity_statement())
    return tuple(found)


def _error(row: PlacementError) -> Reason:
    statement = f"{row.statement[:1].upper()}{row.statement[1:]}."
    unit = row.unit if row.unit == "mm" else ""
    return Reason(statement, (row.cite(),), EvidenceGrade.LOW, value=row.value, unit=unit, code=f"placement_{row.code}")
