"""Fields at chosen points for many potentials at once: what a basis is made of and what it is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.engines.fields.cell_interpolation import CellNodes, Real, Smooth, cell_nodes
from euthymia.engines.fields.evaluate import Location
from euthymia.engines.fields.huygens import HuygensSources
from euthymia.engines.fields.linear_maps import FieldMap, field_map, load_matrix
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.solve import FieldSystem, solve_potential, without_constants
from euthymia.engines.fields.threads import RowMatrix, by_rows


@dataclass(frozen=True, slots=True, eq=False)
class Solves:
    """A prepared head, the maps into and out of it, and its nodes sorted by distance from the sources.

    Parameters
    ----------
    points : (m, 3)
        Where the field is wanted, m.
    sources : HuygensSources
        Every potential that is solved comes from this far out or farther.
    """

    system: FieldSystem
    points: FloatArray
    sources: HuygensSources
    loads: RowMatrix
    maps: FieldMap
    nodes: CellNodes

    def fields(self, potential: Smooth, tolerance: float, *, exact: bool = False) -> Real:
        """Field at the points, V/m, ``(m, 3, k)``, of dA/dt given as a function of points, ``(s, 3, k)``, V/m.

        Parameters
        ----------
        tolerance
            Residual of the solutions.
        exact
            Compute dA/dt at every node instead of interpolating it in deep cells.
        """
        space = self.system.space
        given = potential(space.points) if exact else self.nodes.of(potential)
        # Single precision holds 1e-38 and more: potentials of 1 A are scaled up for its smallest sums.
        scale = float(np.abs(given).max(initial=0.0)) or 1.0
        rates = (given / scale).astype(np.float32, copy=False)
        right = (self.loads @ rates.reshape(3 * space.n, -1)).astype(np.float64)
        solution = solve_potential(self.system, without_constants(right, self.system.parts), tolerance=tolerance)
        return np.asarray(self.maps.field(solution.solution, rates) * scale)


def solves(system: FieldSystem, where: Location, sources: HuygensSources) -> Solves:
    """Prepare the maps of a head."""
    space = system.space
    points = positions(system, where)
    loads = by_rows(load_matrix(space, system.sigma, single=True), np.float32)
    return Solves(system, points, sources, loads, field_map(space, where), cell_nodes(space.points, sources.positions))


def positions(system: FieldSystem, where: Location) -> FloatArray:
    """Points of a location, m, ``(m, 3)``."""
    space = system.space
    corners: Any = space.points[space.dofs[where.elements]]
    return np.asarray(np.einsum("mi,mic->mc", space.values(where.barycentric), corners))
