"""Every scalp rule on one measured head as targets, to stand in one table with the points of the brain."""

from __future__ import annotations

from numpy.typing import ArrayLike

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source, Verification
from euthymia.engines.fields.scalp_rules import MeasuredHead, Side, beam_sites, heuristic_distances, scalp_heuristics
from euthymia.engines.fields.targets import Target, placement_errors

_RULES = ((0.05, "rule_5_cm", "5 cm rule"), (0.055, "rule_5_5_cm", "5.5 cm rule"))
_TEN_TWENTY = Source("International 10-20 system: half way on the arc F7-Fz (F8-Fz)", "", Verification.PARTIAL)


def scalp_targets(head: MeasuredHead, *, hand_spot: ArrayLike | None = None, side: Side = "left") -> tuple[Target, ...]:
    """Sites of Beam F3 (each usable variant), 10-20, the updated heuristics and, with a hot spot, the distance rules.

    Parameters
    ----------
    head
        A scalp measured from its fiducials.
    hand_spot : (3,), optional
        Motor hot spot of the hand on the scalp, m; the 5 and 5.5 cm rules need it and are left out without it.
    side
        Side that is treated; the hot spot must lie on it.

    Raises
    ------
    InvalidInput
        When the tape measures are those of no head, or the hot spot is off the scalp or on the other side.
    """
    name = "F3" if side == "left" else "F4"
    found = []
    for variant, (distances, point) in beam_sites(head, side=side).items():
        row = distances.variant
        note = f"X {distances.x_cm:.1f}, Y {distances.y_cm:.1f} cm; {row.note}"
        title = f"Beam {name}: {row.title.lower()}"
        # the errors that are held were measured on the left with the heuristic as it was then published
        method = "beam_f3" if side == "left" and variant == "website" else f"beam_{name.lower()}_{variant}"
        found.append(Target(f"beam_{variant}", title, "scalp", point, "head", method, row.cite(), note))
    found.append(
        Target(
            "ten_twenty", f"{name} of the 10-20 system", "scalp", head.ten_twenty(side), "head", "10-20", _TEN_TWENTY
        )
    )
    for site in scalp_heuristics():
        if site.side == side:
            x_cm, y_cm = heuristic_distances(head.sizes, site)
            point, note = head.site(x_cm, y_cm, side), f"X {x_cm:.1f}, Y {y_cm:.1f} cm"
            title = f"{site.title} (updated heuristic)"
            found.append(Target(site.site, title, "scalp", point, "head", "updated_heuristic", site.cite(), note))
    if hand_spot is not None:
        for distance, code, title in _RULES:
            point = head.forward_of(hand_spot, distance)
            lateral = float((point - head.vertex) @ head.fiducials.rightward)
            if (lateral < 0) != (side == "left"):
                raise InvalidInput("hand_spot", list(map(float, point)), f"a hot spot on the {side} side of the head")
            source = placement_errors(code)[0].cite()
            note = "; ".join(row.statement for row in placement_errors(code))
            found.append(Target(code, title, "scalp", point, "head", code, source, note))
    return tuple(found)
