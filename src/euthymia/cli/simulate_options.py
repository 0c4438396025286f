"""Options of the field in ``euthymia simulate tms``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def _option(name: str, words: str, metavar: str | None = None) -> Any:
    return typer.Option(name, help=words, metavar=metavar, rich_help_panel="Field (tms only)")


Fast = Annotated[bool, _option("--fast", "Saved table of the template head; nothing is solved.")]
Head = Annotated[
    Path | None, _option("--head", "Head: .npz, .msh or labels; else the one of the case, else the template.")
]
Scheme = Annotated[str | None, _option("--scheme", "What the numbers of a label file mean: simnibs or roast.")]
InMni = Annotated[bool, _option("--in-mni", "The head lies in MNI space.")]
FiducialsFile = Annotated[
    Path | None,
    _option("--fiducials", "Table name,x,y,z (mm): nasion, inion, left_tragus, right_tragus, hand_spot, target."),
]
Target = Annotated[str | None, _option("--target", "A target of this patient's own, mm in the head.", "X,Y,Z")]
Matrix = Annotated[
    Path | None, _option("--matrix", "Pose of the coil: 4 x 4 in mm, or the export of a navigation system.")
]
Pose = Annotated[str | None, _option("--pose", "Which pose of the file, when it holds several.", "NAME")]
Nearest = Annotated[bool, _option("--nearest", "Take the nearest grey matter when the target lies outside it.")]
Coil = Annotated[str | None, _option("--coil", "Name of a coil, or a .ccd, .tcd or NIfTI file.")]
Stimulator = Annotated[str | None, _option("--stimulator", "Coil on its machine, for A/us, e.g. magstim_d70.")]
Threshold = Annotated[float | None, _option("--threshold", "Motor threshold with this coil, % MSO.")]
Method = Annotated[str | None, _option("--method", "How the threshold was found: emg or visual.")]
Distance = Annotated[float, _option("--distance-mm", "From the casing to the scalp (hair).")]
Order = Annotated[int, _option("--order", "Elements of order 2 (accurate) or 1 (small).")]
Edge = Annotated[float, _option("--edge-mm", "Cells of a mesh made now; half of it in the cortex.")]
