"""More than one rigid coil at ``euthymia fields``: bent to the head, several drives, a second coil beside the first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.cli.fields_placing import Placed
    from euthymia.engines.fields.coil_model import CoilModel
    from euthymia.engines.fields.coil_pose import CoilPose
    from euthymia.engines.fields.scalp_placement import Scalp

Fit = Annotated[bool, typer.Option("--fit", help="Bend the moving parts of the coil to the head.")]
Also = Annotated[
    list[str] | None,
    typer.Option("--also", metavar="COIL:MATRIX:A/µs", help="Another coil that fires at the same time."),
]
Shares = Annotated[
    str | None,
    typer.Option("--shares", metavar="A,B", help="Share of the slope for each drive of a coil with several."),
]


Slide = Annotated[
    float, typer.Option("--slide-mm", help="With --fit: how far the coil may slide along the scalp (helmets).")
]


def driven(coil: CoilModel, shares: str | None) -> tuple[CoilModel, str]:
    """The coil with each drive at its share of the slope, and words for it."""
    from euthymia.engines.fields.coil_sources import scaled

    names = ", ".join(drive.name for drive in coil.drives)
    if shares is None:
        several = len(coil.drives) > 1
        return coil, f"All {len(coil.drives)} drives ({names}) rise alike; --shares sets each." if several else ""
    try:
        given = [float(part) for part in shares.split(",")]
    except ValueError:
        given = []
    if len(given) != len(coil.drives) or not any(given) or max(abs(v) for v in given) > 1:
        raise InvalidInput(
            "--shares", shares, f"{len(coil.drives)} numbers from -1 to 1, one for each drive ({names})",
            "Minus: the current runs the other way, as in the other phase of a pulse.",
        )  # fmt: skip
    elements = tuple(replace(e, source=scaled(e.source, given[e.drive])) for e in coil.elements)
    told = ", ".join(f"{drive.name} {share:g}" for drive, share in zip(coil.drives, given, strict=True))
    return replace(coil, elements=elements), f"Shares of the slope by drive: {told}."


def fitted(
    coil: CoilModel, there: Placed, scalp: Scalp, gap_m: float, wanted: bool, slide_mm: float
) -> tuple[CoilModel, Placed]:
    """The coil bent to the head at its place when that was asked for; else a word that it could be."""
    import numpy as np

    from euthymia.engines.fields.coil_fit import fit_coil, is_deformable

    if not 0 <= slide_mm <= 50 or (slide_mm and not wanted):
        raise InvalidInput("--slide-mm", slide_mm, "0 to 50, together with --fit")
    if not wanted:
        if not is_deformable(coil):
            return coil, there
        return coil, replace(there, notes=(*there.notes, "Parts of this coil move; it is shown unbent. See --fit."))
    found = fit_coil(scalp, coil, there.pose, distance_m=gap_m, slide_limit_m=slide_mm / 1000)
    settings = ", ".join(
        f"{np.degrees(v):+.1f}°" if motion else f"{1000 * v:+.1f} mm"
        for v, motion in zip(found.settings, _turns(coil), strict=True)
    )
    words = (
        f"Bent to the head: settings {settings}; turned by {found.tilt_deg[0]:+.1f}° and {found.tilt_deg[1]:+.1f}° "
        f"about its x and y axes. The winding is {1000 * found.mean_gap_m:.1f} mm from the scalp on average (unbent "
        f"{1000 * found.mean_gap_before_m:.1f} mm; parts beyond 50 mm count as 50); the casing has "
        f"{1000 * found.room_m:.1f} mm of room."
        + (f" Its middle moved by {1000 * float(np.linalg.norm(found.pose.center - there.pose.center)):.1f} mm.")
    )
    kept = tuple(note for note in there.notes if not note.startswith("The casing keeps"))
    return found.model, replace(there, pose=found.pose, notes=(*kept, words))


def with_others(
    coil: CoilModel, there: Placed, scalp: Scalp, others: list[str], slope_a_s: float
) -> tuple[CoilModel, tuple[str, ...]]:
    """One coil that holds all of them, in the frame of the first, and words for each of the others."""
    words = []
    for given in others:
        name, pose, slope, model = _other(given, scalp)
        _apart(coil, there.pose, model, pose, given)
        coil = _beside(coil, there.pose, model, pose, slope / slope_a_s)
        words.append(f"Fires with {name} at {slope / 1e6:g} A/µs (first coil {slope_a_s / 1e6:g} A/µs); fields add up.")
    return coil, tuple(words)


def _turns(coil: CoilModel) -> list[bool]:
    """Whether each setting is a turn."""
    kinds = {m.setting: m.through is not None for e in coil.elements for m in e.motions}
    return [kinds.get(number, False) for number in range(len(coil.ranges))]


def _other(given: str, scalp: Scalp) -> tuple[str, CoilPose, float, CoilModel]:
    from euthymia.cli.fields_placing import coil_of, pose_of_matrix
    from euthymia.engines.fields.coil_fit import bent

    parts = given.rsplit(":", 2)
    try:
        slope = float(parts[2]) * 1e6
    except (IndexError, ValueError):
        slope = 0.0
    if not 0 < abs(slope) <= 1e9:
        raise InvalidInput(
            "--also", given, "COIL:MATRIX:SLOPE with a slope of up to 1000 A/µs either way",
            "E.g. --also magventure_cb60:right.txt:-80 (minus: the other phase of the pulse).",
        )  # fmt: skip
    model = coil_of(parts[0])[0]
    rigid = bent(model, tuple(r.initial for r in model.ranges))
    return rigid.name, pose_of_matrix(Path(parts[1]), None, rigid, scalp)[0], slope, rigid


def _apart(first: CoilModel, at: CoilPose, second: CoilModel, pose: CoilPose, given: str) -> None:
    """Refuse casings that run into each other."""
    import numpy as np

    from euthymia.engines.fields.collision import casing_shape

    one, other = casing_shape(first), casing_shape(second)
    away = np.linalg.inv(at.matrix) @ pose.matrix
    points = other.points @ away[:3, :3].T + away[:3, 3]
    deepest = min((body.smallest(points) for body in one.bodies), default=0.0)
    if deepest < 0:
        raise InvalidInput(
            "--also", given, "a pose at which the casings do not meet",
            f"It reaches {-1000 * deepest:.1f} mm into the coil before it: move one of them away.",
        )  # fmt: skip


def _beside(first: CoilModel, at: CoilPose, second: CoilModel, pose: CoilPose, share: float) -> CoilModel:
    import numpy as np

    from euthymia.engines.fields.coil_sources import scaled
    from euthymia.engines.fields.mesh import Surface

    away = np.linalg.inv(at.matrix) @ pose.matrix
    elements = []
    for number, element in enumerate(second.elements):
        shells = [element.casing] if element.casing is not None else []
        if number == 0 and second.casing is not None:
            shells.append(second.casing)
        starts = np.cumsum([0, *(len(s.nodes) for s in shells)])
        casing = None
        if shells:
            nodes = np.concatenate([s.nodes for s in shells]) @ away[:3, :3].T + away[:3, 3]
            casing = Surface(nodes, np.concatenate([s.triangles + n for s, n in zip(shells, starts, strict=False)]))
        source = scaled(element.source.moved(away), share)
        elements.append(replace(element, source=source, casing=casing, drive=element.drive + len(first.drives)))
    return replace(
        first,
        name=f"{first.name} and {second.name}",
        elements=(*first.elements, *elements),
        drives=(*first.drives, *second.drives),
    )
