"""One head mesh, four fiducials: published points and scalp rules on it, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from numpy.typing import ArrayLike

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.fiducial_mapping import mapping_from_fiducials
from euthymia.engines.fields.frames import MniTransform
from euthymia.engines.fields.mesh import TetMesh
from euthymia.engines.fields.mni_fiducials import estimate_fiducials
from euthymia.engines.fields.scalp_rules import Fiducials, MeasuredHead, Side, measure_head
from euthymia.engines.fields.scalp_targets import scalp_targets
from euthymia.engines.fields.surfaces import scalp_surface, tissue_surface
from euthymia.engines.fields.target_table import TargetTable, compare_targets
from euthymia.engines.fields.targets import Target

BRAIN_TAGS = (1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class HeadTargets:
    """The measured head and the table of all targets on it."""

    head: MeasuredHead
    table: TargetTable


def head_targets(
    mesh: TetMesh,
    targets: Sequence[Target],
    *,
    fiducials: Fiducials | None = None,
    mni: MniTransform | None = None,
    hand_spot: ArrayLike | None = None,
    side: Side = "left",
) -> HeadTargets:
    """Put ``targets`` and every scalp rule on one head.

    Parameters
    ----------
    mesh
        Head with its scalp; the cortex is the outer face of white and grey matter where the mesh has them.
    targets
        Points in MNI space or in the head's own.
    fiducials
        Marked on this head; estimated from MNI space without them, which needs ``mni``.
    mni
        Mapping to MNI space; without it a similarity through the four fiducials is used, and the table says so.
    hand_spot : (3,), optional
        Motor hot spot for the 5 and 5.5 cm rules, m.

    Raises
    ------
    InvalidInput
        Without fiducials and without a mapping; or as the parts raise.
    """
    scalp = scalp_surface(mesh)
    said = []
    if fiducials is None:
        if mni is None:
            raise InvalidInput(
                "fiducials", None, "nasion, inion and both tragi, or a mapping to MNI space",
                "Mark the four points on the scalp, or say that the head lies in MNI space.",
            )  # fmt: skip
        estimated = estimate_fiducials(scalp, mni)
        fiducials = estimated.fiducials
        said.append(estimated.statement)
    head = measure_head(scalp, fiducials)
    if mni is None:
        mni, words = mapping_from_fiducials(fiducials)
        said.append(words)
    brain = [tag for tag in BRAIN_TAGS if (mesh.tissue == tag).any()]
    table = compare_targets(
        [*(_on_head(t, mni) for t in targets), *scalp_targets(head, hand_spot=hand_spot, side=side)],
        scalp=scalp,
        cortex=tissue_surface(mesh, tuple(brain)) if 2 in brain else None,
    )
    said = said or [f"MNI points were carried over by the mapping given ({mni.quality})."]
    if 2 not in brain:
        said.append("The mesh has no grey matter, so distance from the cortex is not known.")
    return HeadTargets(head, replace(table, assumption=" ".join(said)))


def _on_head(target: Target, mni: MniTransform) -> Target:
    if target.space == "head":
        return target
    return replace(target, point=mni.to_head(target.point[None])[0], space="head")
