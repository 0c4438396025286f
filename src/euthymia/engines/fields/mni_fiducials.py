"""Fiducials estimated from MNI space where none were marked; whoever shows what rests on them says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.frames import MniTransform
from euthymia.engines.fields.mesh import Surface
from euthymia.engines.fields.scalp_rules import Fiducials
from euthymia.engines.fields.surfaces import closest_points

FARTHEST_M = 0.03
NAMES = ("nasion", "inion", "left_tragus", "right_tragus")


@dataclass(frozen=True, slots=True, kw_only=True)
class MniLandmark(SourcedRow):
    """A landmark of the head in MNI space."""

    landmark: str
    x_mm: float
    y_mm: float
    z_mm: float
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class EstimatedFiducials:
    """Fiducials and how they came about; ``moved_m``: how far each was moved to reach the scalp, by name."""

    fiducials: Fiducials
    moved_m: dict[str, float]
    statement: str


def mni_landmarks() -> tuple[MniLandmark, ...]:
    """The table of landmarks."""
    return load_table("euthymia.engines.fields", "mni_fiducials.csv", MniLandmark, key="landmark")


def estimate_fiducials(scalp: Surface, mni: MniTransform) -> EstimatedFiducials:
    """Carry the MNI landmarks to a head and put them on its scalp.

    Parameters
    ----------
    scalp
        Outer surface of the head, m.
    mni
        Mapping between the head and MNI space.

    Raises
    ------
    InvalidInput
        When a landmark lies more than 30 mm off the scalp: the mapping or the scalp is wrong, or the head is cut off.
    """
    rows = {row.landmark: row for row in mni_landmarks()}
    carried = mni.to_head(np.array([(rows[n].x_mm, rows[n].y_mm, rows[n].z_mm) for n in NAMES]) * 1e-3)
    on_scalp = closest_points(scalp, carried)
    worst = int(on_scalp.distance_m.argmax())
    if on_scalp.distance_m[worst] > FARTHEST_M:
        raise InvalidInput(
            NAMES[worst], f"{on_scalp.distance_m[worst] * 1000:.0f} mm off the scalp once carried over from MNI space",
            f"at most {FARTHEST_M * 1000:g} mm",
            "Mark nasion, inion and both preauricular points by hand, or check the MNI transform and the scalp.",
        )  # fmt: skip
    moved = dict(zip(NAMES, on_scalp.distance_m.tolist(), strict=True))
    statement = (
        f"Fiducials estimated from MNI space ({mni.quality}) and moved up to {max(moved.values()) * 1000:.0f} mm onto "
        "the scalp; not marked on this person. What rests on them may be off by as much."
    )
    return EstimatedFiducials(Fiducials(*on_scalp.points), moved, statement)
