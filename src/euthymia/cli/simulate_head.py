"""The head on which TMS is simulated: of a file, attached to the case, or the template; with what is marked on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from euthymia.cli.fields_show import say
from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.case.facts import Attachment
    from euthymia.case.model import Case
    from euthymia.cli.fields_input import FieldHead
    from euthymia.therapies.tms.field_head import TmsHead

TARGET = "target"
LABELS = (".nii", ".nii.gz")


@dataclass(frozen=True, slots=True)
class HeadWanted:
    """What the command line says of the head."""

    head: Path | None = None
    fiducials: Path | None = None
    target: str | None = None
    in_mni: bool = False
    scheme: str | None = None
    matrix: Path | None = None
    pose: str | None = None
    edge_mm: float = 6.0


def tms_head(case: Case, wanted: HeadWanted) -> TmsHead:
    """Read the head that was named, else the newest one attached to the case, else mesh the template.

    Raises
    ------
    InvalidInput
        For a file that cannot be read or is not the one that was attached, or points for the template.
    """
    import numpy as np

    from euthymia.cli.fields_input import triple
    from euthymia.cli.fields_navigation import read_pose
    from euthymia.cli.tms_head_input import HAND_SPOT, POINTS, marked_points
    from euthymia.engines.fields.scalp_placement import Scalp
    from euthymia.engines.fields.scalp_rules import Fiducials
    from euthymia.engines.fields.surfaces import scalp_surface
    from euthymia.engines.fields.template import STATEMENT
    from euthymia.therapies.tms.field_head import TmsHead

    path = wanted.head or _attached(case, "head_mesh")
    marked = wanted.fiducials
    if marked is None and wanted.head is None and path is not None:
        marked = _attached(case, "head_points")  # marked on the attached head, not on another
    if path is None and wanted.fiducials is not None:
        raise InvalidInput(
            "--fiducials", str(wanted.fiducials), "together with the head they were marked on",
            "Give --head FILE, or attach it to the case (kind head_mesh).",
        )  # fmt: skip
    pose = None if wanted.matrix is None else read_pose(wanted.matrix, wanted.pose)[0]
    if wanted.pose is not None and pose is None:
        raise InvalidInput("--pose", wanted.pose, "together with --matrix FILE, which holds it")
    found = _template(wanted.edge_mm) if path is None else _own(path, wanted)
    points = {} if marked is None else marked_points(marked, (TARGET,))
    meters = {name: np.array(place) / 1000 for name, place in points.items()}
    aimed = meters.get(TARGET) if wanted.target is None else triple("--target", wanted.target)
    return TmsHead(
        mesh=found.mesh, scalp=Scalp.of(scalp_surface(found.mesh)), name=found.name, statement=found.statement,
        is_template=found.statement == STATEMENT, mni=found.mni,
        fiducials=Fiducials(*(meters[name] for name in POINTS)) if POINTS[0] in meters else None,
        hand_spot=meters.get(HAND_SPOT), own_target=aimed, own_pose=pose,
    )  # fmt: skip


def has_head(case: Case, wanted: HeadWanted) -> bool:
    """Whether there is a head of the patient's own, or anything that belongs to one; no file is read."""
    from euthymia.case.facts import Attachment

    attached = any(event.fact.kind == "head_mesh" for event in case.of(Attachment))
    return attached or bool(wanted.head or wanted.fiducials or wanted.target or wanted.matrix)


def has_points(case: Case, wanted: HeadWanted) -> bool:
    """Whether a target of the patient's own may be known; no file is read."""
    from euthymia.case.facts import Attachment

    attached = any(event.fact.kind == "head_points" for event in case.of(Attachment))
    return attached or bool(wanted.fiducials or wanted.target)


def _template(edge_mm: float) -> FieldHead:
    from euthymia.cli.fields_input import mesh_template

    say(f"no head of this patient: meshing the template ({edge_mm:g} mm cells, {edge_mm / 2:g} mm in the cortex) …")
    return mesh_template(edge_mm / 1000)[1]


def _own(path: Path, wanted: HeadWanted) -> FieldHead:
    from euthymia.cli.fields_input import OWN_HEAD, FieldHead, mesh_file, read_head
    from euthymia.engines.fields.frames import MniTransform

    if not path.name.endswith(LABELS):
        if wanted.scheme is not None:
            raise InvalidInput(
                "--scheme", wanted.scheme, "left out: a mesh has SimNIBS tags", f"{path.name} is a mesh."
            )
        return read_head(path, in_mni=wanted.in_mni)
    if wanted.scheme is None:
        raise InvalidInput(
            "--scheme", None, "simnibs or roast: what the numbers of the labels mean", f"{path.name} holds labels."
        )
    say(f"meshing {path.name} ({wanted.edge_mm:g} mm cells) …")
    import numpy as np

    said = MniTransform(np.eye(4), quality="the head is said to lie in MNI space") if wanted.in_mni else None
    return FieldHead(mesh_file(path, wanted.scheme, wanted.edge_mm / 1000).mesh, path.name, OWN_HEAD, said)


def _attached(case: Case, kind: str) -> Path | None:
    from euthymia.case.attachments import unchanged
    from euthymia.case.facts import Attachment

    files: list[Attachment] = [event.fact for event in case.of(Attachment) if event.fact.kind == kind]
    return unchanged(files[-1]) if files else None
