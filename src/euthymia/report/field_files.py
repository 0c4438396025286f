"""A field as files for other programs: volumes (NIfTI), painted surfaces (GIFTI) and the mesh (.msh)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.engines.fields.grid import elements_on, field_on, grid_over, labels_on
from euthymia.engines.fields.mesh import Surface
from euthymia.engines.fields.msh_write import msh_bytes
from euthymia.engines.fields.nifti import label_bytes, volume_bytes
from euthymia.engines.fields.surface_field import field_on_surface
from euthymia.engines.fields.surface_files import gifti_bytes
from euthymia.report.field_document import SurfaceFileDoc
from euthymia.report.field_measures import PaintedCortex, PlacedField, highest_share, node_areas

GRID_M = 0.002
ABOUT_VOLUME = "E field, V/m: |E|, Ex, Ey, Ez along RAS; 0 outside the head"


@dataclass(frozen=True, slots=True, eq=False)
class GivenSurface:
    """A surface that the user gave: its name as a part of a file's name, what it was read from, and itself."""

    name: str
    given: str
    surface: Surface


@dataclass(frozen=True, slots=True, eq=False)
class FieldFiles:
    """Which files are written beside the page: volumes every ``grid_m`` (None: no volumes), and given surfaces."""

    grid_m: float | None = GRID_M
    surfaces: tuple[GivenSurface, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Names of the files that will be written."""
        volumes = () if self.grid_m is None else ("field.nii.gz", "labels.nii.gz")
        return (*volumes, "field.gii", *(f"field.{s.name}.gii" for s in self.surfaces))


def mesh_file(placed: PlacedField) -> bytes:
    """The mesh with the field of each element."""
    data = {"E": placed.result.field_v_m[:, :, 0], "magnE": placed.strength_v_m}
    return msh_bytes(placed.mesh, {}, data, True)


def volume_files(placed: PlacedField, grid_m: float) -> dict[str, bytes]:
    """``field.nii.gz`` (length of the field and its three components, V/m) and ``labels.nii.gz`` on the same grid."""
    grid = grid_over(placed.mesh, grid_m)
    elements = elements_on(placed.mesh, grid)
    field = field_on(placed.result, grid, elements)
    both = np.concatenate([np.linalg.norm(field, axis=3, keepdims=True), field], axis=3)
    return {
        "field.nii.gz": volume_bytes(both, grid.affine, is_mni=placed.is_mni, about=ABOUT_VOLUME),
        "labels.nii.gz": label_bytes(labels_on(placed.mesh, grid, elements), is_mni=placed.is_mni),
    }


def cortex_file(placed: PlacedField, cortex: PaintedCortex) -> bytes:
    """``field.gii``: surface of the brain with the strength and the outward component of the field, V/m."""
    values = {"E magnitude, V/m": cortex.strength_v_m, "E outward normal, V/m": cortex.outward_v_m}
    return gifti_bytes(cortex.surface, values, is_mni=placed.is_mni, about=_about(placed))


def given_surface(placed: PlacedField, given: GivenSurface) -> tuple[SurfaceFileDoc, bytes, PaintedCortex]:
    """The field of the grey matter on a surface that was given: what is to be said of it, its file, and itself."""
    found = field_on_surface(placed.result, given.surface)
    values = {
        "E magnitude, V/m": found.strength_v_m,
        "E outward normal, V/m": found.outward_v_m,
        "has a value": found.is_grey.astype(np.float64),
    }
    share = node_areas(found.surface)
    document = SurfaceFileDoc(
        file=f"field.{given.name}.gii",
        given=given.given,
        nodes=found.is_grey.size,
        without_value=int(np.count_nonzero(~found.is_grey)),
        moved_most_mm=1000 * float(found.moved_m.max()),
        peak_v_m=highest_share(found.strength_v_m, share),
        outward_v_m=max(highest_share(found.outward_v_m, share), 0.0),
        inward_v_m=max(highest_share(-found.outward_v_m, share), 0.0),
    )
    data = gifti_bytes(found.surface, values, is_mni=placed.is_mni, about=_about(placed))
    return document, data, PaintedCortex(found.surface, found.strength_v_m, found.outward_v_m)


def joined(parts: Sequence[PaintedCortex]) -> PaintedCortex:
    """Several painted surfaces, such as two hemispheres, as one."""
    first = np.cumsum([0, *(part.surface.nodes.shape[0] for part in parts)])
    triangles = [part.surface.triangles + start for part, start in zip(parts, first, strict=False)]
    surface = Surface(np.concatenate([part.surface.nodes for part in parts]), np.concatenate(triangles))
    strength, outward = ([getattr(part, name) for part in parts] for name in ("strength_v_m", "outward_v_m"))
    return PaintedCortex(surface, np.concatenate(strength), np.concatenate(outward))


def _about(placed: PlacedField) -> dict[str, str]:
    return {"Head": placed.head_name, "Statement": placed.statement, "Coil": placed.coil.name,
            "Slope of the current, A/us": f"{placed.slope_a_s / 1e6:g}", "Made by": "Euthymia"}  # fmt: skip
