"""Electrode positions of the 10-20 and 10-10 systems on a measured scalp."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.scalp_rules import MeasuredHead
from euthymia.engines.fields.scalp_section import arc, plane_through
from euthymia.engines.fields.surfaces import closest_points

MIDLINE = ("Fpz", "AFz", "Fz", "FCz", "Cz", "CPz", "Pz", "POz", "Oz")
RING = ("Fp1", "AF7", "F7", "FT7", "T7", "TP7", "P7", "PO7", "O1")
"""On the left; the number plus one on the right."""
ROWS = {
    "AF": ("AF7", "AFz", (("AF3", 0.5),)),
    "F": ("F7", "Fz", (("F5", 0.25), ("F3", 0.5), ("F1", 0.75))),
    "FC": ("FT7", "FCz", (("FC5", 0.25), ("FC3", 0.5), ("FC1", 0.75))),
    "CP": ("TP7", "CPz", (("CP5", 0.25), ("CP3", 0.5), ("CP1", 0.75))),
    "P": ("P7", "Pz", (("P5", 0.25), ("P3", 0.5), ("P1", 0.75))),
    "PO": ("PO7", "POz", (("PO3", 0.5),)),
}
"""End on the ring, end on the midline, and the share of the way between them."""
TEN_TWENTY = (
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2",
)  # fmt: skip


def ten_ten(head: MeasuredHead) -> dict[str, FloatArray]:
    """The 61 positions of the 10-10 system, m, each ``(3,)``, by name.

    Parameters
    ----------
    head
        Scalp with its arcs; how far the fiducials can be trusted is how far these positions can.

    Notes
    -----
    Tenths of the arc from nasion to inion give the midline and tenths of the arc between the ears the row C. T7 and T8
    lie on the latter; tenths of the arcs Fpz-T7-Oz and Fpz-T8-Oz give the ring, and each further row runs from the ring
    over the midline.

    References
    ----------
    Jurcak, Tsuzuki, Dan 2007, 10/20, 10/10, and 10/5 systems revisited. NeuroImage 34:1600.
    doi 10.1016/j.neuroimage.2006.09.024
    """
    found: dict[str, FloatArray] = {}
    for tenth, name in enumerate(MIDLINE, start=1):
        found[name] = head.sagittal.at(0.1 * tenth * head.sagittal.length)
    for tenth, name in enumerate(("T7", "C5", "C3", "C1"), start=1):
        found[name] = head.coronal.at(0.1 * tenth * head.coronal.length)
        found[mirrored(name)] = head.coronal.at((1.0 - 0.1 * tenth) * head.coronal.length)
    found["Cz"] = head.vertex
    for ear, side in (("T7", str), ("T8", mirrored)):
        normal = plane_through(found["Fpz"], found[ear], found["Oz"])
        ring = arc(head.surface, found["Fpz"], found["Oz"], normal, via=found[ear])
        for tenth, name in enumerate(RING, start=1):
            if name != "T7":
                found[side(name)] = ring.at(0.1 * tenth * ring.length)
    for edge, middle, between in ROWS.values():
        normal = plane_through(found[edge], found[middle], found[mirrored(edge)])
        for side in (str, mirrored):
            line = arc(head.surface, found[side(edge)], found[middle], normal)
            for name, share in between:
                found[side(name)] = line.at(share * line.length)
    names = sorted(found)
    # A taut tape bridges hollows: what it marks is put down onto the scalp.
    on_scalp = closest_points(head.surface, np.array([found[name] for name in names])).points
    return dict(zip(names, on_scalp, strict=True))


def position(head: MeasuredHead, name: str) -> FloatArray:
    """One position, m, ``(3,)``; the name is that of the 10-10 system (T7, not T3)."""
    found = ten_ten(head)
    if name not in found:
        older = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
        hint = f"{name} is now called {older[name]}." if name in older else "Capital letters first, z in small."
        raise InvalidInput("electrode", name, ", ".join(found), hint)
    return found[name]


def mirrored(name: str) -> str:
    """Name of the position on the other side; names of the midline stay."""
    stem = name.rstrip("0123456789")
    if stem == name:
        return name
    number = int(name[len(stem) :])
    return f"{stem}{number + 1 if number % 2 else number - 1}"
