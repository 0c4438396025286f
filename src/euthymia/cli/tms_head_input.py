"""What ``euthymia tms targets --head`` reads: a head mesh and a small table of points marked on it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.engines.fields.head_targets import HeadTargets
    from euthymia.engines.fields.targets import Target

POINTS = ("nasion", "inion", "left_tragus", "right_tragus")
HAND_SPOT = "hand_spot"


def on_head(mesh: Path, marked: Path | None, in_mni: bool, targets: Sequence[Target]) -> HeadTargets:
    """Read the files (a mesh as ``euthymia fields`` takes it) and put the targets on the head.

    Raises
    ------
    InvalidInput
        When a file cannot be read, or there are no points on a head that nothing maps to MNI space.
    """
    import numpy as np

    from euthymia.cli.fields_input import read_head
    from euthymia.engines.fields.head_targets import head_targets
    from euthymia.engines.fields.scalp_rules import Fiducials

    points = {} if marked is None else marked_points(marked)
    content = read_head(mesh, in_mni=in_mni)
    if not points and content.mni is None:
        raise InvalidInput("--fiducials", None, "a table of marked points, or --in-mni", "Columns: name,x,y,z in mm.")
    known: dict[str, Any] = {name: np.array(points[name]) / 1000 for name in POINTS if name in points}
    return head_targets(
        content.mesh,
        targets,
        fiducials=Fiducials(**known) if known else None,
        mni=content.mni,
        hand_spot=np.array(points[HAND_SPOT]) / 1000 if HAND_SPOT in points else None,
    )


def marked_points(path: Path, more: tuple[str, ...] = ()) -> dict[str, tuple[float, float, float]]:
    """Read ``name,x,y,z`` (mm, RAS): the four fiducials, all or none; ``hand_spot`` and ``more`` where known."""
    known = (*POINTS, HAND_SPOT, *more)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            header = tuple(name.strip() for name in reader.fieldnames or ())
            rows = [[(row.get(key) or "").strip() for key in reader.fieldnames or ()] for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("--fiducials", str(path), "a table name,x,y,z in mm", f"{error}.") from None
    if header != ("name", "x", "y", "z"):
        raise InvalidInput("--fiducials", ",".join(header), "the columns name,x,y,z in mm")
    found: dict[str, tuple[float, float, float]] = {}
    for name, *place in rows:
        if name not in known or name in found:
            raise InvalidInput("--fiducials", name, f"each once: {', '.join(known)}")
        try:
            x, y, z = map(float, place)
            if not all(map(isfinite, (x, y, z))):
                raise ValueError(name)
        except ValueError:
            raise InvalidInput("--fiducials", f"{name}: {','.join(place)}", "three numbers, mm") from None
        found[name] = (x, y, z)
    missing = [name for name in POINTS if name not in found]
    if missing and len(missing) < len(POINTS):
        raise InvalidInput("--fiducials", f"without {', '.join(missing)}", "all four fiducials, or none of them")
    return found
