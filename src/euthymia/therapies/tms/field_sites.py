"""Where the coil of a prescription goes on one head, and the motor site that its threshold comes from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.grey_region import grey_region, grey_under
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.over_target import points_over
from euthymia.engines.fields.scalp_rules import beam_sites
from euthymia.engines.fields.targets import mni_target
from euthymia.therapies.tms.field_head import (
    FieldSite,
    TmsHead,
    grey_below,
    mapping_of,
    measured_head,
    own_target_on,
    side_of,
)
from euthymia.therapies.tms.field_numbers import Side
from euthymia.therapies.tms.field_tables import MOTOR, FieldSiteRow, field_site_row
from euthymia.therapies.tms.tables import TargetRow

_RULE_5_5_M = 0.055
_HANDLE_DEG = 45.0
_BEAM_VARIANT = "website"
_HELD = "navigated"
"""How far a coil is held off a pose that was given, by the engine's table of placement errors."""


def check_own(head: TmsHead, places: tuple[TargetRow, ...]) -> None:
    """Refuse a target or a pose of one's own on a side which the prescription does not stimulate."""
    given = (("--target", head.own_target), ("--matrix", None if head.own_pose is None else head.own_pose.center))
    for name, point in given:
        if point is None or side_of(head, point) in {_side(place) for place in places}:
            continue
        at = ",".join(f"{1000 * v:.1f}" for v in point)
        raise InvalidInput(
            name, f"{at} mm, on the other side", f"a place on the {_side(places[0])}",
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
    found = _by_rule(head, place, nearest)
    if isinstance(found, str) or head.own_pose is None or side_of(head, head.own_pose.center) != found.side:
        return found
    kept = field_site_row(place.target).found_by != "scalp" or own_target_on(head, found.side) is not None
    roi = found.roi if kept else grey_under(head.mesh, head.own_pose, argument="--matrix")
    words = "The coil is at the pose that was given." + ("" if kept else " The field is read off under its middle.")
    over = head.scalp.project(head.own_pose.center)
    return replace(
        found, on_scalp=over, roi=roi, notes=(words, *(found.notes if kept else ())), placement=_HELD,
        pose=head.own_pose,
    )  # fmt: skip


def _by_rule(head: TmsHead, place: TargetRow, nearest: bool) -> FieldSite | str:
    row, side = field_site_row(place.target), _side(place)
    handle = _handle(place.handle_deg, side)
    own = own_target_on(head, side)
    if never := why_never(place, has_own=own is not None):
        return never
    if own is not None:
        region = grey_region(head.mesh, own, title="the point given", head=head.name, nearest=nearest)
        over = points_over(head.scalp.surface, region.roi.center[None])[0]
        words = "The target is the point given for this head; the coil is on the scalp that faces it."
        said = _said(words, region.words)
        return FieldSite(place.target, place.title, side, over, region.roi, handle, said, row.placement)
    if row.found_by == "mni":
        mapping, words = mapping_of(head)
        point = mapping.to_head(mni_target(row.code).point[None])[0]
        region = grey_region(head.mesh, point, title=place.title, head=head.name, nearest=nearest)
        over = points_over(head.scalp.surface, region.roi.center[None])[0]
        said = _said(words, region.words)
        return FieldSite(place.target, place.title, side, over, region.roi, handle, said, row.placement)
    measured, words = measured_head(head)
    if row.code == "rule_5_5_cm":
        motor = motor_site(head, side)
        over = measured.forward_of(motor.on_scalp, _RULE_5_5_M)
        words = " ".join(_said(words, *motor.notes))
    else:
        over = beam_sites(measured, _BEAM_VARIANT, side)[_BEAM_VARIANT][1]
    below = f"{row.statement[:1].upper()}{row.statement[1:]}."
    roi, said = grey_below(head, over), _said(below, words)
    return FieldSite(place.target, place.title, side, over, roi, handle, said, row.placement)


def motor_site(head: TmsHead, side: Side) -> FieldSite:
    """Find the hand area of the motor cortex, whose threshold the dose rests on.

    The hot spot marked on this head when there is one on that side; else a point of MNI space, the right one mirrored.
    """
    row = field_site_row(MOTOR)
    title = f"{side.capitalize()} hand area of the motor cortex"
    handle = _handle(None, side)
    if head.hand_spot is not None and side_of(head, head.hand_spot) == side:
        over = head.scalp.project(head.hand_spot)
        said = "The motor site is the hot spot marked on this head."
        return FieldSite(MOTOR, title, side, over, grey_below(head, over), handle, (said,))
    mapping, words = mapping_of(head)
    point = mapping.to_head(_point(row, side)[None])[0]
    region = grey_region(head.mesh, point, title=title, head=head.name, nearest=True)
    over = points_over(head.scalp.surface, region.roi.center[None])[0]
    said = f"Motor site: {row.statement} ({row.verification.value})."
    return FieldSite(MOTOR, title, side, over, region.roi, handle, _said(said, words))


def _side(place: TargetRow) -> Side:
    return "right" if place.hemisphere == "right" else "left"


def _handle(degrees: float | None, side: Side) -> FloatArray:
    """Handle back and to the side, at an angle to the midline."""
    turn = np.deg2rad(_HANDLE_DEG if degrees is None else degrees)
    return np.array([(-1.0 if side == "left" else 1.0) * np.sin(turn), -np.cos(turn), 0.0])


def _point(row: FieldSiteRow, side: Side) -> FloatArray:
    x, y, z = row.x_mm or 0.0, row.y_mm or 0.0, row.z_mm or 0.0
    return np.array([-x if side == "right" else x, y, z]) / 1000


def _said(*parts: str) -> tuple[str, ...]:
    return tuple(part for part in parts if part)
