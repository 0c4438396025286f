"""Coil poses from and for navigation systems: every matrix is checked; a sheared or mirrored one is set apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose, MatrixVerdict, judge_matrix
from euthymia.engines.fields.mesh import FloatArray

AXES: dict[str, FloatArray] = {
    "simnibs": np.eye(3),
    "localite": np.array([[0.0, 0, 1], [0, -1, 0], [1, 0, 0]]),
    "brainsight": np.diag([-1.0, 1, -1]),
    "navinibs": np.diag([-1.0, 1, -1]),
    "ant": np.array([[0.0, -1, 0], [-1, 0, 0], [0, 0, -1]]),
    "softaxic": np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]),
}
"""Columns of the system's axes times this give ours (x; y away from the handle; z into the head). All are rotations.

Localite: x into the head, y to the handle. Brainsight and NaviNIBS: z out of the head, y away from the handle. ANT: x
to the handle, z out of the head. Sources: SimNIBS documentation (``coil_axesorientation.pdf``, Brainsight and Softaxic
notes) and the docstring of NaviNIBS ``Targets``, all read 2026-11-23.
"""

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

System = Literal["simnibs", "localite", "brainsight", "navinibs", "ant", "softaxic"]


@dataclass(frozen=True, slots=True, eq=False)
class NavigatedPose:
    """A named pose of a navigation file, with the output that was recorded with it (None when none was)."""

    name: str
    pose: CoilPose
    output_pct: float | None = None
    slope_a_s: float | None = None
    group: str = "targets"


@dataclass(frozen=True, slots=True, eq=False)
class RefusedPose:
    """A pose that was not taken: why, and the nearest rigid matrix (mm; None when there is nothing to be near to)."""

    name: str
    reasons: tuple[str, ...]
    nearest_mm: FloatArray | None
    turn_deg: float | None

    def __str__(self) -> str:
        offer = "" if self.turn_deg is None else f" (a rigid matrix within {self.turn_deg:.2f}° is offered)"
        return f"{self.name}: {'; '.join(self.reasons)}{offer}"


@dataclass(frozen=True, slots=True, eq=False)
class NavigationFile:
    """What a navigation file holds.

    Parameters
    ----------
    system
        Which system wrote it.
    poses
        Poses that can be used, m, RAS, in the axes of :class:`CoilPose`.
    refused
        Poses that cannot, each with the reason; none is dropped and none is repaired silently.
    notes
        What was assumed about the space of the file.
    """

    system: System
    poses: tuple[NavigatedPose, ...]
    refused: tuple[RefusedPose, ...]
    notes: tuple[str, ...] = field(default=())

    def require_all(self) -> tuple[NavigatedPose, ...]:
        """All poses, or an error that lists those that were refused."""
        if self.refused:
            raise InvalidInput(
                f"{self.system} file",
                f"{len(self.refused)} of {len(self.refused) + len(self.poses)} poses refused",
                "rigid matrices only",
                " | ".join(str(r) for r in self.refused[:5]),
            )
        return self.poses


@dataclass(frozen=True, slots=True, eq=False)
class RawPose:
    """A matrix as a file holds it: mm, RAS, in the axes of the system."""

    name: str
    matrix_mm: FloatArray
    output_pct: float | None = None
    slope_a_s: float | None = None
    group: str = "targets"
    untracked: bool = False


def checked(system: System, raw: list[RawPose], where: str, notes: tuple[str, ...] = ()) -> NavigationFile:
    """Sort the matrices of a file into poses and refusals."""
    if not raw:
        raise InvalidInput(where, "no pose", "at least one coil pose", "Export targets or samples, not landmarks.")
    poses, refused = [], []
    for one in raw:
        if one.untracked:
            refused.append(RefusedPose(one.name, ("not tracked (the identity stands for a lost coil)",), None, None))
            continue
        try:
            verdict: MatrixVerdict = judge_matrix(one.matrix_mm)
        except InvalidInput as error:
            refused.append(RefusedPose(one.name, (str(error),), None, None))
            continue
        nearest = in_our_axes(system, verdict.nearest)
        if verdict.faults:
            refused.append(RefusedPose(one.name, verdict.faults, nearest, verdict.turn_deg))
        else:
            poses.append(NavigatedPose(one.name, CoilPose.from_mm(nearest), one.output_pct, one.slope_a_s, one.group))
    return NavigationFile(system, tuple(poses), tuple(refused), notes)


def in_our_axes(system: System, matrix: FloatArray) -> FloatArray:
    """Matrix in the axes of a system to ours, ``(4, 4)``."""
    changed = np.array(matrix, dtype=np.float64)
    changed[:3, :3] = changed[:3, :3] @ AXES[system]
    return changed


def in_their_axes(system: System, matrix: FloatArray) -> FloatArray:
    """The way back of :func:`in_our_axes`."""
    changed = np.array(matrix, dtype=np.float64)
    changed[:3, :3] = changed[:3, :3] @ AXES[system].T
    return changed


def read_navigation(text: str, system: System, *, name: str = "navigation file") -> NavigationFile:
    """Poses from the text of an export.

    Parameters
    ----------
    text
        Content of the file.
    system
        ``localite`` (instrument or trigger markers, XML), ``brainsight`` (.txt), ``ant`` (visor2 .mrk, JSON),
        ``softaxic`` (.stmpx, XML), ``navinibs`` (list of targets or samples, JSON), ``simnibs`` (matrices, JSON).
    name
        File name, for messages.

    Raises
    ------
    InvalidInput
        When the file cannot be read as that system's, or its coordinate space cannot be tied to the image.
    """
    from euthymia.engines.fields import navigation_json, navigation_text, navigation_xml

    readers = {
        "localite": navigation_xml.read_localite,
        "softaxic": navigation_xml.read_softaxic,
        "brainsight": navigation_text.read_brainsight,
        "ant": navigation_json.read_ant,
        "navinibs": navigation_json.read_navinibs,
        "simnibs": navigation_json.read_simnibs,
    }
    if system not in readers:
        raise InvalidInput("system", system, f"one of {', '.join(readers)}")
    return readers[system](text, name)


def write_navigation(poses: list[NavigatedPose], system: System) -> str:
    """Text that the navigation system imports; Softaxic files are read only.

    Raises
    ------
    InvalidInput
        For no pose, two of one name, a name with line breaks or tabs, or a system that has no import.
    """
    from euthymia.engines.fields import navigation_json, navigation_text, navigation_xml

    writers = {
        "localite": navigation_xml.write_localite,
        "brainsight": navigation_text.write_brainsight,
        "ant": navigation_json.write_ant,
        "navinibs": navigation_json.write_navinibs,
        "simnibs": navigation_json.write_simnibs,
    }
    if system not in writers:
        raise InvalidInput("system", system, f"one of {', '.join(writers)}")
    names = [p.name for p in poses]
    if not poses or len(set(names)) != len(names):
        raise InvalidInput("poses", names, "at least one pose, each with its own name")
    for one in names:
        if not one.strip() or any(mark in one for mark in "\t\n\r;"):
            raise InvalidInput("poses: name", one, "a name without tabs, line breaks or semicolons")
    return writers[system](poses)
