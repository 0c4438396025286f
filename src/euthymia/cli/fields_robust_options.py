"""Options of ``euthymia fields optimize --robust``."""

from __future__ import annotations

from typing import Annotated

import typer

Robust = Annotated[bool, typer.Option("--robust", help="Best under placement error and uncertain conductivities.")]
Methods = Annotated[
    list[str] | None,
    typer.Option("--method", help="Placement error: navigated, cap_marks, beam_f3 … (repeatable: errors add)."),
]
Aim = Annotated[str, typer.Option("--aim", help="Make the expected field largest, or its low end: expected or low.")]
Draws = Annotated[int, typer.Option("--draws", help="Draws of placement and conductivities.")]
