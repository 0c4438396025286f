"""Brainsight text exports: read and write."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.navigation import NavigatedPose, NavigationFile, RawPose, checked, in_their_axes

COLUMNS = ("Loc. X", "Loc. Y", "Loc. Z", *(f"m{i}n{j}" for i in range(3) for j in range(3)))
ABSENT = "(null)"


def read_brainsight(text: str, name: str) -> NavigationFile:
    """Targets and samples of a Brainsight export in a NIfTI space.

    ``NIfTI:Aligned``, ``NIfTI:Scanner`` and their ``:Q:`` and ``:S:`` forms are the space of the image (its aligned or
    scanner affine). ``Brainsight``, ``World``, MNI and Talairach spaces are refused: they are not tied to this image.
    """
    space, titles, group = "", [], ""
    raw: list[RawPose] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("# Coordinate system:"):
            space = line.split(":", 1)[1].strip()
        elif line.startswith("# "):
            titles = line[2:].split("\t")
            group = {"Target Name": "targets", "Sample Name": "samples"}.get(titles[0], "")
        elif group and line.strip():
            pose = _row(dict(zip(titles, line.split("\t"), strict=False)), group, f"{name}: line {number}")
            if pose is not None:
                raw.append(pose)
    parts = space.lower().split(":")
    if parts[0] != "nifti" or parts[-1] not in ("aligned", "scanner"):
        raise InvalidInput(
            f"{name}: coordinate system",
            space or "missing",
            "NIfTI:Aligned or NIfTI:Scanner",
            "Export from Brainsight again and choose the NIfTI space of the image that the head was made from.",
        )
    note = f"space {space}: right only if this affine of the image is the one that the head model uses"
    return checked("brainsight", raw, name, (note,))


def write_brainsight(poses: list[NavigatedPose]) -> str:
    """Targets in ``NIfTI:Aligned``."""
    lines = [
        "# Version: 12",
        "# Coordinate system: NIfTI:Aligned",
        "# Created by: Euthymia",
        "# Units: millimetres, degrees, milliseconds, and microvolts",
        "# Encoding: UTF-8",
        "# Notes: Each column is delimited by a tab. Each value within a column is delimited by a semicolon.",
        "\t".join(["# Target Name", *COLUMNS]),
    ]
    for one in poses:
        matrix = in_their_axes("brainsight", one.pose.in_mm())
        cells = [*matrix[:3, 3], *matrix[:3, :3].T.ravel()]
        lines.append("\t".join([one.name, *(f"{value:.6f}" for value in cells)]))
    return "\n".join(lines) + "\n"


def _row(cells: dict[str, str], group: str, where: str) -> RawPose | None:
    """One row; None for a target without a position, which Brainsight writes for landmarks of a session."""
    label = next(iter(cells.values()))
    given = [cells.get(column, "") for column in COLUMNS]
    if all(cell == ABSENT for cell in given):
        return None
    try:
        values = np.array([float(cell) for cell in given])
    except ValueError:
        raise InvalidInput(where, given, f"numbers in the columns {', '.join(COLUMNS)}") from None
    matrix = np.eye(4)
    matrix[:3, 3] = values[:3]
    matrix[:3, :3] = values[3:].reshape(3, 3).T
    power = cells.get("Stim. Power A", cells.get("Stim. Power", ABSENT))
    try:
        output = None if power == ABSENT else float(power)
    except ValueError:
        raise InvalidInput(where, power, "a number or (null) as the stimulator power") from None
    return RawPose(label, matrix, output, None, group)
