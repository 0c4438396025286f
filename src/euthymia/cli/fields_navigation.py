"""Poses of ``euthymia fields`` from and for navigation systems: any of their files in, a file they import out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.engines.fields.coil_pose import CoilPose
    from euthymia.engines.fields.navigation import NavigationFile, System

EXPORTS = {
    "localite": "pose.localite.xml",
    "brainsight": "pose.brainsight.txt",
    "ant": "pose.ant.mrk",
    "simnibs": "pose.simnibs.json",
    "navinibs": "pose.navinibs.json",
}
READ = "a 4 x 4 matrix as text (mm), or an export of Localite, Brainsight, ANT, SimNIBS, NaviNIBS or Softaxic"


def read_pose(path: Path, name: str | None) -> tuple[CoilPose, tuple[str, ...]]:
    """The pose of a file, and what was assumed about its space.

    Parameters
    ----------
    path
        Plain text with 4 x 4 numbers (mm, our axes), or the export of a navigation system, told by its content.
    name
        Which pose, when the file holds several.

    Raises
    ------
    InvalidInput
        When the file cannot be read, the pose is sheared, scaled or mirrored (the nearest rigid matrix is given), or
        the name is not in the file or does not tell one pose.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("--matrix", str(path), READ, f"{error}") from None
    system = system_of(text)
    if system is None:
        if name is not None:
            raise InvalidInput("--pose", name, "left out: the file holds one unnamed matrix")
        return _plain(path, text), ()
    from euthymia.engines.fields.navigation import read_navigation

    held = read_navigation(text, system, name=path.name)
    return _chosen(held, name, path), (f"Pose from {path.name} ({system}): {'; '.join(held.notes) or 'mm, RAS'}.",)


def write_pose(pose: CoilPose, system: str, name: str, folder: Path) -> Path:
    """Write a pose as a navigation system imports it; return the path."""
    from euthymia.engines.fields.navigation import NavigatedPose, write_navigation

    checked_export(system)
    plain = " ".join("".join(" " if mark in "\t\n\r;" else mark for mark in name).split())
    text = write_navigation([NavigatedPose(plain, pose)], system)  # type: ignore[arg-type]
    path = folder / EXPORTS[system]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput("--output", str(folder), "a folder that can be written to", f"{error.strerror}.") from None
    return path


def checked_export(system: str | None) -> None:
    """Refuse an unknown system before any work is done."""
    if system is not None and system not in EXPORTS:
        raise InvalidInput("--export", system, ", ".join(EXPORTS), "Softaxic files are read, not written.")


def system_of(text: str) -> System | None:
    """Which system wrote a file, by its content; None for plain numbers."""
    start = text.lstrip()
    if start.startswith("<"):
        return "softaxic" if "<stmp" in text else "localite"
    if start.startswith("#"):
        return "brainsight" if "Coordinate system:" in text or "Target Name" in text else None
    if start.startswith("{"):
        return "ant" if '"TargetMarkers"' in text else "simnibs"
    if start.startswith("["):
        return "navinibs" if '"coilToMRITransf"' in text or '"key"' in text else "simnibs"
    return None


def _plain(path: Path, text: str) -> CoilPose:
    import numpy as np

    from euthymia.engines.fields.coil_pose import CoilPose

    try:
        given = np.loadtxt(text.splitlines(), delimiter="," if "," in text else None)
    except ValueError as error:
        raise InvalidInput("--matrix", str(path), READ, f"{error}") from None
    if given.shape != (4, 4):
        raise InvalidInput("--matrix", f"{path}: numbers of shape {given.shape}", READ)
    return CoilPose.from_mm(given)


def _chosen(held: NavigationFile, name: str | None, path: Path) -> CoilPose:
    from euthymia.engines.fields.navigation import NavigatedPose, RefusedPose

    every: list[NavigatedPose | RefusedPose] = [*held.poses, *held.refused]
    listed = ", ".join(dict.fromkeys(one.name for one in every))
    fitting = every if name is None else [one for one in every if one.name == name]
    if not fitting:
        raise InvalidInput("--pose", name, listed or "a pose of the file", f"{path.name} holds no such pose.")
    if len(fitting) > 1:
        given = f"{len(fitting)} poses in {path.name}" if name is None else f"{name}, {len(fitting)} times"
        raise InvalidInput("--pose", given, f"the name of one: {listed}", f"E.g. --pose {fitting[0].name!r}.")
    one = fitting[0]
    if isinstance(one, NavigatedPose):
        return one.pose
    offer = "Track the coil and save it again."
    if one.nearest_mm is not None:
        rows = "; ".join(" ".join(f"{value:.4f}" for value in row) for row in one.nearest_mm[:3])
        offer = (
            f"Nearest rigid matrix (mm, axes of --matrix; {one.turn_deg:.2f}° off at most): [{rows}; 0 0 0 1]. Save it "
            "as text to use it, once you know where the distortion arose (an image with a sheared or mirrored affine?)."
        )
    raise InvalidInput("--matrix", f"{one.name}: {'; '.join(one.reasons)}", "a rigid pose", offer)
