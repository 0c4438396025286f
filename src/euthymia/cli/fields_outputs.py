"""Files for other programs that ``euthymia fields solve`` and ``optimize`` write: volumes and painted surfaces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from euthymia.report.field_files import FieldFiles, GivenSurface

GridStep = Annotated[
    float, typer.Option("--grid-mm", help="Voxels of field.nii.gz and labels.nii.gz, 0.5 to 10; 0 writes neither.")
]
Surfaces = Annotated[
    list[str] | None,
    typer.Option(
        "--surface",
        metavar="FILE|WHITE,PIAL",
        help="Cortex of this head (GIFTI, FreeSurfer) to paint; of a pair, the middle. Repeatable.",
    ),
]


def wanted_files(grid_mm: float, surfaces: list[str] | None) -> FieldFiles:
    """Check the step and read the surfaces, before anything is computed.

    Raises
    ------
    InvalidInput
        For a step out of range, a file that cannot be read, surfaces of different hemispheres in one pair, or two of
        the same name.
    """
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.fields.grid import COARSEST_M, FINEST_M
    from euthymia.report.field_files import FieldFiles

    if grid_mm != 0 and not 1000 * FINEST_M <= grid_mm <= 1000 * COARSEST_M:
        raise InvalidInput("--grid-mm", grid_mm, f"{1000 * FINEST_M:g} to {1000 * COARSEST_M:g}, or 0 for no volumes")
    read = tuple(_surface(text) for text in surfaces or ())
    names = [surface.name for surface in read]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput("--surface", twice, "files of different names", "Rename a copy: the output is named by it.")
    return FieldFiles(grid_mm / 1000 or None, read)


def _surface(text: str) -> GivenSurface:
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.fields.surface_field import midway
    from euthymia.engines.fields.surface_files import read_surface
    from euthymia.report.field_files import GivenSurface

    paths = [Path(part.strip()) for part in text.split(",")] if not Path(text).is_file() else [Path(text)]
    if len(paths) > 2 or any(not path.is_file() for path in paths):
        raise InvalidInput(
            "--surface", text, "a file that exists, or two with a comma between them",
            "E.g. --surface lh.white,lh.pial paints the middle of the grey matter.",
        )  # fmt: skip
    name = paths[-1].name.removesuffix(".gii").removesuffix(".surf")
    if len(paths) == 1:
        return GivenSurface(name, paths[0].name, read_surface(paths[0]))
    middle = midway(read_surface(paths[0]), read_surface(paths[1]))
    return GivenSurface(f"{name}-middle", f"middle of {paths[0].name} and {paths[1].name}", middle)
