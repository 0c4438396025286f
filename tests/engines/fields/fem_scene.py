"""What the finite element tests share: dipole sources, their primary field, and the error against the closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from euthymia.engines.fields.analytic_sphere import sphere_field
from euthymia.engines.fields.basis_p2 import number_edges
from euthymia.engines.fields.mesh import TetMesh
from euthymia.engines.fields.solve import FieldResult, prepare, solve
from euthymia.engines.fields.sphere_mesh import curved_midpoints

pytest.importorskip("pyamg", reason="the solver needs PyAMG: pip install 'euthymia[fields]'")

RADII = (0.085, 0.090, 0.095)
TAGS = (3, 4, 5)
UNIFORM = {3: 0.33, 4: 0.33, 5: 0.33}
SKULL = {3: 0.33, 4: 0.33 / 80, 5: 0.33}


def figure_eight(height_m: float = 0.104) -> tuple[np.ndarray, np.ndarray]:
    """Two wings of rings of vertical dipoles, opposite in sign: positions and moment rates."""
    positions, rates = [], []
    for side in (-1.0, 1.0):
        for ring in np.linspace(0.01, 0.04, 4):
            for angle in np.linspace(0, 2 * np.pi, int(150 * ring) + 4, endpoint=False):
                positions.append((side * 0.045 + ring * np.cos(angle), ring * np.sin(angle), height_m))
                rates.append((0.0, 0.0, side * ring))
    return np.array(positions), 1e6 * np.array(rates) / len(rates)


def rates_of(positions: np.ndarray, moment_rates: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """dA/dt of magnetic dipoles as a function of points."""

    def source(points: np.ndarray) -> np.ndarray:
        result = np.empty(points.shape)
        for first in range(0, len(points), 4096):
            apart = points[first : first + 4096, None] - positions[None]
            weight = 1e-7 / np.einsum("mkc,mkc->mk", apart, apart) ** 1.5
            result[first : first + 4096] = np.einsum("mk,mkc->mc", weight, np.cross(moment_rates[None], apart))
        return result

    return source


def solved(
    mesh: TetMesh, conductivity: dict[int, float], order: int, *, curved: bool = False, **options: object
) -> FieldResult:
    """Field of the figure-eight in a sphere mesh."""
    edges = number_edges(mesh.tets, mesh.nodes.shape[0])[0] if curved else None
    midpoints = None if edges is None else curved_midpoints(mesh.nodes, edges, RADII)
    system = prepare(mesh, conductivity, order=order, midpoints=midpoints)
    return solve(system, rates_of(*figure_eight()), **options)  # type: ignore[arg-type]


def error_in_shell(result: FieldResult, inner_m: float, outer_m: float) -> float:
    """Relative L2 error of the field at the element middles between two radii, by volume."""
    space = result.system.space
    middles = space.values(np.full((1, 4), 0.25))[0] @ space.points[space.dofs]
    exact = sphere_field(middles, *figure_eight())
    radius = np.linalg.norm(middles, axis=1)
    weight = space.volumes * ((radius > inner_m) & (radius < outer_m))
    off = ((result.field_v_m[..., 0] - exact) ** 2).sum(axis=1)
    return float(np.sqrt((off @ weight) / ((exact**2).sum(axis=1) @ weight)))
