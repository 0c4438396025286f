"""A head as a prescription needs it: what is marked on it, and the way from rules and points to places on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.fiducial_mapping import mapping_from_fiducials
from euthymia.engines.fields.frames import MniTransform
from euthymia.engines.fields.grey_region import GREY
from euthymia.engines.fields.mesh import FloatArray, TetMesh
from euthymia.engines.fields.mni_fiducials import estimate_fiducials
from euthymia.engines.fields.roi import Roi, roi_sphere
from euthymia.engines.fields.scalp_placement import Scalp
from euthymia.engines.fields.scalp_rules import Fiducials, MeasuredHead, measure_head
from euthymia.therapies.tms.field_numbers import Side


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
    own_pose
        Where the coil is, e.g. as a navigation system saved it; None to place it by the rule of the target.
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
    own_pose: CoilPose | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FieldSite:
    """A place for the coil: on the scalp, the grey matter that is read off, and the direction of the handle.

    ``placement``: row of the engine's table of placement errors, empty where none is known; ``pose``: when it is given
    instead of being placed.
    """

    code: str
    title: str
    side: Side
    on_scalp: FloatArray
    roi: Roi
    handle: FloatArray
    notes: tuple[str, ...] = ()
    placement: str = ""
    pose: CoilPose | None = None


def mapping_of(head: TmsHead) -> tuple[MniTransform, str]:
    """Return the way to MNI space and what has to be said of it; from the fiducials where there is no other."""
    if head.mni is not None:
        return head.mni, ""
    if head.fiducials is None:
        raise InvalidInput(
            "--fiducials", None, "a way to find points of MNI space on this head",
            "Mark nasion, inion, both tragi (and hand_spot) in a table name,x,y,z in mm: --fiducials FILE, or attached "
            "to the case as head_points; or say --in-mni if the head lies in MNI space.",
        )  # fmt: skip
    return mapping_from_fiducials(head.fiducials)


def measured_head(head: TmsHead) -> tuple[MeasuredHead, str]:
    """Lay the tape measures over the scalp; fiducials that nobody marked are estimated, and that is said."""
    if head.fiducials is not None:
        return measure_head(head.scalp.surface, head.fiducials), ""
    mapping, _ = mapping_of(head)
    guessed = estimate_fiducials(head.scalp.surface, mapping)
    return measure_head(head.scalp.surface, guessed.fiducials), guessed.statement


def grey_below(head: TmsHead, over: FloatArray) -> Roi:
    """Grey matter around its element that is nearest to a point of the scalp."""
    grey = np.flatnonzero(head.mesh.tissue == GREY)
    if not grey.size:
        raise InvalidInput("--head", head.name, "a mesh with grey matter (tag 2)", "Map your labels to SimNIBS tags.")
    middles = head.mesh.nodes[head.mesh.tets[grey]].mean(axis=1)
    return roi_sphere(head.mesh, middles[int(np.linalg.norm(middles - over, axis=1).argmin())])


def side_of(head: TmsHead, point: FloatArray) -> Side:
    """Side of a point on a head in RAS: by the mapping where there is one, else by the middle between the tragi."""
    if head.mni is not None:
        across = float(head.mni.to_mni(point[None])[0, 0])
    elif head.fiducials is not None:
        f = head.fiducials
        across = float((point - (f.left_tragus + f.right_tragus) / 2) @ f.rightward)
    else:
        across = float(point[0] - (head.mesh.nodes[:, 0].min() + head.mesh.nodes[:, 0].max()) / 2)
    return "left" if across < 0 else "right"


def own_target_on(head: TmsHead, side: Side) -> FloatArray | None:
    """Return the target of one's own when it lies on this side."""
    return head.own_target if head.own_target is not None and side_of(head, head.own_target) == side else None
