"""Cortical field for any placement of any coil: coefficients from the coil's potential at points in the head.

Offline, fields of all combinations of Huygens sources that matter at the cortex are solved once per head. Online, the
vector potential of the coil at some hundred control points is projected onto these combinations, and one dense product
gives the field. No coil is known when the basis is built.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_sources import CoilSource
from euthymia.engines.fields.evaluate import Location
from euthymia.engines.fields.huygens import HuygensSources, huygens_sources, spread
from euthymia.engines.fields.linear_maps import field_map, load_matrix
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.solve import FieldSystem, solve_potential
from euthymia.engines.fields.threads import by_rows
from euthymia.engines.fields.vector_potential import potential_per_ampere

_SMALLEST = 1e-6
"""Patterns below this share of the largest are rounding."""

Real = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class BasisSettings:
    """How to build a basis.

    ``solved``: combinations of sources that are solved; ``kept``: modes after compression. ``spacing_m``: between
    sources; ``control_m``: between control points, thinned from the points of the field; ``block``: right-hand sides at
    once; ``single``: store the modes in float32.
    """

    solved: int = 400
    kept: int = 240
    spacing_m: float = 0.0085
    control_m: float = 0.010
    block: int = 32
    tolerance: float = 1e-6
    single: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.kept <= self.solved:
            raise InvalidInput("kept", self.kept, f"1 to `solved`, {self.solved}")
        if self.block < 1 or not 0 < self.tolerance < 1:
            raise InvalidInput("block, tolerance", (self.block, self.tolerance), "at least 1; between 0 and 1")


@dataclass(frozen=True, slots=True, eq=False)
class ReducedBasis:
    """Modes of one head.

    Parameters
    ----------
    points : (m, 3)
        Where the field is given, m.
    control : (j, 3)
        Where the coil's potential is sampled, m.
    modes : (3 m, r)
        Field of each mode, V/m, rows point by point.
    projection : (r, 3 j)
        dA/dt at the control points, V/m, to coefficients.
    source_height_m : float
        Least height of the sources above the scalp; the errors that were measured are for windings above 4 mm.
    identity : str
        Hash of mesh, order and conductivities.
    """

    points: FloatArray
    control: FloatArray
    modes: Real
    projection: FloatArray
    source_height_m: float
    identity: str

    @property
    def rank(self) -> int:
        """Number of modes."""
        return int(self.modes.shape[1])

    def coefficients(self, rates: FloatArray) -> FloatArray:
        """Coefficients ``(r, k)`` of dA/dt at the control points, ``(j, 3)`` or ``(j, 3, k)``, V/m."""
        given = np.asarray(rates, dtype=np.float64)
        if given.shape[:2] != self.control.shape:
            raise InvalidInput(
                "rates", f"of shape {given.shape}", f"dA/dt at the control points, {self.control.shape} + (k,)"
            )
        if not np.isfinite(given).all():
            raise InvalidInput("rates", "not finite", "finite dA/dt at every control point, V/m")
        return np.asarray(self.projection @ given.reshape(self.control.size, -1))

    def field(self, rates: FloatArray) -> Real:
        """Field at the points, V/m, ``(m, 3, k)``, of dA/dt at the control points."""
        weights = self.coefficients(rates).astype(self.modes.dtype)
        return np.asarray((self.modes @ weights).reshape(self.points.shape[0], 3, -1))

    def field_of(self, sources: Sequence[CoilSource], slope_a_s: float = 1.0) -> Real:
        """Field at the points, V/m, ``(m, 3, k)``, of coils in the frame of the head, for a current slope in A/s."""
        rates = np.stack([potential_per_ampere(source, self.control) for source in sources], axis=2)
        return self.field(rates * slope_a_s)


def build_basis(
    system: FieldSystem, where: Location, scalp: Surface, settings: BasisSettings | None = None
) -> ReducedBasis:
    """Solve a head once for all placements of all coils.

    Parameters
    ----------
    system
        Head, prepared.
    where
        Where the field is wanted: elements and barycentric coordinates (``evaluate.locate``).
    scalp
        Outer surface of the head.

    Notes
    -----
    1. Vector potential of every source at control points among the points of the field, ``Y``. A coil's potential is
       matched there and not on the scalp: it is smooth where it matters, and its gauge is matched with it.
    2. ``Y = U S V'``: the leading left vectors are what any source far enough away can look like at the cortex. For
       each the combination ``V / S`` of sources makes it, and that combination is solved: fewer solutions than sources.
    3. The responses, weighted with ``S``, are compressed by a second decomposition to ``kept`` modes.
    """
    how = settings or BasisSettings()
    space = system.space
    points = _positions(space.values(where.barycentric), space.points[space.dofs[where.elements]])
    sources = huygens_sources(scalp, points, spacing_m=how.spacing_m)
    control = points[spread(points, np.arange(points.shape[0]), how.control_m)]
    left, sizes, combinations = source_modes(sources, control)
    solved = min(how.solved, sizes.size)
    loads, maps = by_rows(load_matrix(space, system.sigma)), field_map(space, where)
    responses = np.empty((3 * points.shape[0], solved))
    for first in range(0, solved, how.block):
        some = slice(first, min(first + how.block, solved))
        rates = sources.potentials(space.points, combinations[:, some])
        right = loads @ rates.reshape(3 * space.n, -1)
        potential = solve_potential(system, right, tolerance=how.tolerance).solution
        responses[:, some] = maps.field(potential, rates).reshape(responses.shape[0], -1)
    modes, projection = compress(responses, sizes[:solved], left[:, :solved], min(how.kept, solved))
    stored: Real = modes.astype(np.float32) if how.single else modes
    return ReducedBasis(points, control, stored, projection, _lift(sources, scalp), identity_of(system))


def identity_of(system: FieldSystem) -> str:
    """SHA-256 of nodes, elements, tissues, order, curved edges and conductivities of a prepared head."""
    mesh, digest = system.space.mesh, hashlib.sha256()
    for array in (mesh.nodes, mesh.tets, mesh.tissue, system.space.points, system.sigma):
        digest.update(str(array.shape).encode() + str(array.dtype).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(str(system.space.order).encode())
    return digest.hexdigest()


def source_modes(sources: HuygensSources, control: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Patterns at the control points ``(3 j, c)``, their sizes ``(c,)``, and combinations ``(count, c)``."""
    potentials = sources.potentials(control).reshape(control.size, -1)
    values, vectors = np.linalg.eigh(potentials @ potentials.T)
    left, squares = vectors[:, ::-1], values[::-1]
    kept = squares > _SMALLEST**2 * squares[0]
    left, squares = left[:, kept], squares[kept]
    return left, np.sqrt(squares), np.asarray((potentials.T @ left) / squares)


def compress(responses: FloatArray, sizes: FloatArray, left: FloatArray, kept: int) -> tuple[FloatArray, FloatArray]:
    """Modes ``(3 m, kept)`` and projection ``(kept, 3 j)`` from responses to the patterns ``left``."""
    weighted = responses * sizes
    vectors = np.linalg.eigh(weighted.T @ weighted)[1]
    axes = vectors[:, ::-1][:, :kept]
    return weighted @ axes, np.asarray((axes / sizes[:, None]).T @ left.T)


def placement_errors(basis: ReducedBasis, references: FloatArray, rates: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Relative error of each placement ``(k,)``: over all points, and over those above half of the peak.

    Parameters
    ----------
    references : (m, 3, k)
        Direct solutions at the points of the basis, V/m.
    rates : (j, 3, k)
        dA/dt of the same placements at the control points.
    """
    gap = basis.field(rates) - references
    strength = np.linalg.norm(references, axis=1)
    whole = np.linalg.norm(gap, axis=(0, 1)) / np.linalg.norm(references, axis=(0, 1))
    hot = strength > 0.5 * strength.max(axis=0)
    missed = np.where(hot, (gap**2).sum(axis=1), 0.0).sum(axis=0)
    return np.asarray(whole), np.sqrt(missed / np.where(hot, strength**2, 0.0).sum(axis=0))


def _positions(weights: FloatArray, corners: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("mi,mic->mc", weights, corners))


def _lift(sources: HuygensSources, scalp: Surface) -> float:
    from scipy.spatial import KDTree  # type: ignore[import-untyped,unused-ignore]

    return float(KDTree(scalp.nodes).query(sources.positions)[0].min())
