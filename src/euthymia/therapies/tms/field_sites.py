"""Where the coil of a prescription goes on one head, and the motor site that its threshold comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.fiducial_mapping import mapping_from_fiducials
from euthymia.engines.fields.frames import MniTransform
from euthymia.engines.fields.grey_region import GREY, grey_region
from euthymia.engines.fields.mesh import FloatArray, TetMesh
from euthymia.engines.fields.mni_fiducials import estimate_fiducials
from euthymia.engines.fields.over_target import points_over
from euthymia.engines.fields.roi import Roi, roi_sphere
from euthymia.engines.fields.scalp_placement import Scalp
from euthymia.engines.fields.scalp_rules import Fiducials, MeasuredHead, beam_sites, measure_head
from euthymia.engines.fields.targets import mni_target
from euthymia.therapies.tms.field_numbers import Side
from euthymia.therapies.tms.field_tables import MOTOR, FieldSiteRow, field_site_row
from euthymia.therapies.tms.tables import TargetRow

_RULE_5_5_M = 0.055
_HANDLE_DEG = 45.0
_BEAM_VARIANT = "website"


@dataclass(frozen=True, slots=True, eq=False)
class TmsHead:
    """A head and what is marked on it; points in m, in its own space.

    Parameters
    ----------
    mesh, scalp
        Tetrahedra with SimNIBS tags, and the outer surface made of them.
    name, statement
        What it is called, and what has to be said of it wherever it is used.
    is_template
        Whether it is the packaged average instead of the patient's own head.
    mni
        Mapping to MNI space, when there is one.
    fiducials
        Nasion, inion and tragi when they were marked; estimated from MNI space otherwise.
    hand_spot : (3,)
        Motor hot spot of the hand on the scalp, when it is known.
    own_target : (3,)
        Target from the patient's own images, or chosen by the user.
    """

    mesh: TetMesh
    scalp: Scalp
    name: str
    statement: str
    is_template: bool
    mni: MniTransform | None = None
    fiducials: Fiducials | None = None
    hand_spot: FloatArray | None = None
    own_target: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FieldSite:
    """A place for the coil: on the scalp, the grey matter that is read off, and the direction of the handle."""

    code: str
    title: str
    side: Side
    on_scalp: FloatArray
    roi: Roi
    handle: FloatArray
    notes: tuple[str, ...] = ()


def check_own_target(head: TmsHead, places: tuple[TargetRow, ...]) -> None:
    """Refuse a point of one's own that lies on a side which the prescription does not stimulate."""
    if head.own_target is None or _side_of(head, head.own_target) in {_side(place) for place in places}:
        return
    at = ",".join(f"{1000 * v:.1f}" for v in head.own_target)
    raise InvalidInput(
        "--target", f"{at} mm, on the other side", f"a point on the {_side(places[0])}",
        f"The prescription stimulates {places[0].title}: choose another --form, or check the sign of x (RAS).",
    )  # fmt: skip


def why_never(place: TargetRow, *, has_own: bool) -> str:
    """Say why a target has no field on any head; empty when it may have one."""
    row = field_site_row(place.target)
    if row.found_by == "none" or (row.found_by == "own" and not has_own):
        return f"No field is computed for {place.title}: {row.statement}."
    return ""


def stimulation_site(head: TmsHead, place: TargetRow, *, nearest: bool = False) -> FieldSite | str:
    """Find the target of a stimulation on a head; say in words why there is none for it.

    Parameters
    ----------
    nearest
        Move a target outside grey matter to the nearest grey matter; without it such a target is refused.

    Raises
    ------
    InvalidInput
        For a target outside grey matter, or a head on which nothing says where such a target lies.
    """
    row, side = field_site_row(place.target), _side(place)
    handle = _handle(place.handle_deg, side)
    own = head.own_target if head.own_target is not None and _side_of(head, head.own_target) == side else None
    if never := why_never(place, has_own=own is not None):
        return never
    if own is not None:
        region = grey_region(head.mesh, own, title="the point given", head=head.name, nearest=nearest)
        over = points_over(head.scalp.surface, region.roi.center[None])[0]
        words = "The target is the point given for this head; the coil is on the scalp that faces it."
        return FieldSite(place.target, place.title, side, over, region.roi, handle, _said(words, region.words))
    if row.found_by == "mni":
        mapping, words = _mapping(head)
        point = mapping.to_head(mni_target(row.code).point[None])[0]
        region = grey_region(head.mesh, point, title=place.title, head=head.name, nearest=nearest)
        over = points_over(head.scalp.surface, region.roi.center[None])[0]
        return FieldSite(place.target, place.title, side, over, region.roi, handle, _said(words, region.words))
    measured, words = _measured(head)
    if row.code == "rule_5_5_cm":
        motor = motor_site(head, side)
        over = measured.forward_of(motor.on_scalp, _RULE_5_5_M)
        words = " ".join(_said(words, *motor.notes))
    else:
        over = beam_sites(measured, _BEAM_VARIANT, side)[_BEAM_VARIANT][1]
    below = f"{row.statement[:1].upper()}{row.statement[1:]}."
    return FieldSite(place.target, place.title, side, over, _below(head, over), handle, _said(below, words))


def motor_site(head: TmsHead, side: Side) -> FieldSite:
    """Find the hand area of the motor cortex, whose threshold the dose rests on.

    The hot spot marked on this head when there is one on that side; else a point of MNI space, the right one mirrored.
    """
    row = field_site_row(MOTOR)
    title = f"{side.capitalize()} hand area of the motor cortex"
    handle = _handle(None, side)
    if head.hand_spot is not None and _side_of(head, head.hand_spot) == side:
        over = head.scalp.project(head.hand_spot)
        said = "The motor site is the hot spot marked on this head."
        return FieldSite(MOTOR, title, side, over, _below(head, over), handle, (said,))
    mapping, words = _mapping(head)
    point = mapping.to_head(_point(row, side)[None])[0]
    region = grey_region(head.mesh, point, title=title, head=head.name, nearest=True)
    over = points_over(head.scalp.surface, region.roi.center[None])[0]
    said = f"Motor site: {row.statement} ({row.verification.value})."
    return FieldSite(MOTOR, title, side, over, region.roi, handle, _said(said, words))


def _mapping(head: TmsHead) -> tuple[MniTransform, str]:
    if head.mni is not None:
        return head.mni, ""
    if head.fiducials is None:
        raise InvalidInput(
            "--fiducials", None, "a way to find points of MNI space on this head",
            "Mark nasion, inion, both tragi (and hand_spot) in a table name,x,y,z in mm: --fiducials FILE, or attached "
            "to the case as head_points; or say --in-mni if the head lies in MNI space.",
        )  # fmt: skip
    return mapping_from_fiducials(head.fiducials)


def _measured(head: TmsHead) -> tuple[MeasuredHead, str]:
    if head.fiducials is not None:
        return measure_head(head.scalp.surface, head.fiducials), ""
    mapping, _ = _mapping(head)
    guessed = estimate_fiducials(head.scalp.surface, mapping)
    return measure_head(head.scalp.surface, guessed.fiducials), guessed.statement


def _below(head: TmsHead, over: FloatArray) -> Roi:
    """Grey matter around its element that is nearest to a point of the scalp."""
    grey = np.flatnonzero(head.mesh.tissue == GREY)
    if not grey.size:
        raise InvalidInput("--head", head.name, "a mesh with grey matter (tag 2)", "Map your labels to SimNIBS tags.")
    middles = head.mesh.nodes[head.mesh.tets[grey]].mean(axis=1)
    return roi_sphere(head.mesh, middles[int(np.linalg.norm(middles - over, axis=1).argmin())])


def _side(place: TargetRow) -> Side:
    return "right" if place.hemisphere == "right" else "left"


def _side_of(head: TmsHead, point: FloatArray) -> Side:
    """Side of a point on a head in RAS: by the mapping where there is one, else by the middle between the tragi."""
    if head.mni is not None:
        across = float(head.mni.to_mni(point[None])[0, 0])
    elif head.fiducials is not None:
        f = head.fiducials
        across = float((point - (f.left_tragus + f.right_tragus) / 2) @ f.rightward)
    else:
        across = float(point[0] - (head.mesh.nodes[:, 0].min() + head.mesh.nodes[:, 0].max()) / 2)
    return "left" if across < 0 else "right"


def _handle(degrees: float | None, side: Side) -> FloatArray:
    """Handle back and to the side, at an angle to the midline."""
    turn = np.deg2rad(_HANDLE_DEG if degrees is None else degrees)
    return np.array([(-1.0 if side == "left" else 1.0) * np.sin(turn), -np.cos(turn), 0.0])


def _point(row: FieldSiteRow, side: Side) -> FloatArray:
    x, y, z = row.x_mm or 0.0, row.y_mm or 0.0, row.z_mm or 0.0
    return np.array([-x if side == "right" else x, y, z]) / 1000


def _said(*parts: str) -> tuple[str, ...]:
    return tuple(part for part in parts if part)
