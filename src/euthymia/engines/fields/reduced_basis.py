"""Cortical field for any placement of any coil: coefficients from the coil's potential at points in the head.

Offline, the main patterns of what coils outside the head can make are solved once per head. Online, the vector
potential of the coil at some hundred control points gives the coefficients of these patterns, and one dense product
gives the field. No coil of the tables is known when the basis is built.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.basis_patterns import main_patterns
from euthymia.engines.fields.basis_solves import Solves, positions, solves
from euthymia.engines.fields.coil_prior import prior_coils
from euthymia.engines.fields.coil_sources import CoilSource
from euthymia.engines.fields.evaluate import Location
from euthymia.engines.fields.huygens import LIFT_M, SPACING_M, HuygensSources, huygens_sources, source_modes, spread
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface
from euthymia.engines.fields.solve import FieldSystem
from euthymia.engines.fields.vector_potential import potential_per_ampere

__all__ = [
    "NEAR_M",
    "BasisSettings",
    "ReducedBasis",
    "build_basis",
    "compress",
    "identity_of",
    "placement_errors",
    "reached",
    "source_modes",
    "sources_over",
]

ABOVE_SOURCES_M = 0.0005
"""Coils stay at least this far above the sources."""
NEAR_M = 0.035
"""Coils are over scalp nearer than this to a point where the field is wanted."""
_NUMBERS_AT_ONCE, _BLOCKS = 1 << 25, (12, 100)
"""Unknowns times right-hand sides at once; few for large meshes to spare memory, many for small ones to spare time."""
_FIT_STEP_M, _FIT_CLEAR_M, _FIT_REACH_M = 0.015, 0.012, 0.07
_DEEP_STEP_M, _DEEP_CLEAR_M, _DEEP_REACH_M = 0.020, 0.016, 0.06

Real = NDArray[np.floating[Any]]
Progress = Callable[[int, int], None]
"""Called with solutions done and wanted."""


@dataclass(frozen=True, slots=True)
class BasisSettings:
    """How to build a basis.

    ``solved``: patterns that are solved; ``kept``: modes after compression. ``spacing_m``, ``lift_m``: between sources,
    and their height above the scalp; ``control_m``: between control points; ``coils``: random coils that say which
    patterns count; ``block``: right-hand sides at once; ``tolerance``: residual of the solutions (at 1e-3 the field is
    off by 0.1 %); ``single``: store the modes in float32.
    """

    solved: int = 700
    kept: int = 600
    spacing_m: float = SPACING_M
    lift_m: float = LIFT_M
    control_m: float = 0.010
    coils: int = 4200
    block: int = 0
    tolerance: float = 3e-4
    single: bool = True
    seed: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.kept <= self.solved:
            raise InvalidInput("kept", self.kept, f"1 to `solved`, {self.solved}")
        if self.coils < 2 * self.solved:
            raise InvalidInput("coils", self.coils, f"at least twice `solved`: {2 * self.solved}")
        if self.block < 0 or not 0 < self.tolerance < 1:
            raise InvalidInput("block, tolerance", (self.block, self.tolerance), "0 or more; between 0 and 1")


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
    clear_m : float
        Least distance from the conductor of a coil to the scalp; see ``basis_limits``.
    identity : str
        Hash of mesh, order and conductivities.
    """

    points: FloatArray
    control: FloatArray
    modes: Real
    projection: FloatArray
    clear_m: float
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
    system: FieldSystem,
    where: Location,
    scalp: Surface,
    settings: BasisSettings | None = None,
    progress: Progress | None = None,
    work: Solves | None = None,
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
    progress
        Called after each block of solutions.
    work
        Maps of this head, when they are there already (``basis_solves.solves`` over ``sources_over``).

    Notes
    -----
    1. Random loops and pairs of loops over the scalp (``coil_prior``) are written as combinations of sources on a
       surface around the head, and their main patterns are found (``basis_patterns``).
    2. Each pattern is solved. Their potential is computed exactly near the scalp and interpolated in deep cells.
    3. The responses, weighted with their sizes over the coils, are compressed to ``kept`` modes.

    A coil's potential is matched in the brain and not on the scalp: it is smooth where it matters, and its gauge is
    matched with it, so that elements answer both with the same error.
    """
    how = settings or BasisSettings()
    if work is None:
        work = solves(system, where, sources_over(system, where, scalp, how))
    points, sources = work.points, work.sources
    felt, fit, control = _sampling(system, points, sources, how.control_m)
    clear = how.lift_m + ABOVE_SOURCES_M
    coils = prior_coils(scalp, reached(scalp, points), how.coils, clear_m=clear, seed=how.seed)
    found = main_patterns(sources, coils, fit, control, felt, how.solved, system.space.order)
    solved = found.sizes.size
    responses = np.empty((3 * points.shape[0], solved), dtype=np.float32)
    block = how.block or int(np.clip(_NUMBERS_AT_ONCE // system.space.n, *_BLOCKS))
    for first in range(0, solved, block):
        some = slice(first, min(first + block, solved))
        weights = found.combinations[:, some]

        def potential(at: FloatArray, weights: FloatArray = weights) -> Real:
            return sources.potentials(at, weights, single=True)

        responses[:, some] = work.fields(potential, how.tolerance).reshape(responses.shape[0], -1)
        if progress is not None:
            progress(some.stop, solved)
    modes, projection = compress(responses, found.sizes, found.projection, min(how.kept, solved))
    stored: Real = modes.astype(np.float32) if how.single else modes
    return ReducedBasis(points, control, stored, projection, clear, identity_of(system))


def identity_of(system: FieldSystem) -> str:
    """SHA-256 of nodes, elements, tissues, order, curved edges and conductivities of a prepared head."""
    mesh, digest = system.space.mesh, hashlib.sha256()
    for array in (mesh.nodes, mesh.tets, mesh.tissue, system.space.points, system.sigma):
        digest.update(str(array.shape).encode() + str(array.dtype).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(str(system.space.order).encode())
    return digest.hexdigest()


def compress(responses: Real, sizes: FloatArray, projection: FloatArray, kept: int) -> tuple[Real, FloatArray]:
    """Modes ``(3 m, kept)`` and projection ``(kept, 3 j)`` from responses to patterns of these sizes."""
    gram = np.zeros((sizes.size, sizes.size))
    for part in np.array_split(responses, max(1, responses.shape[0] // 8192)):
        weighted = part * sizes
        gram += weighted.T @ weighted
    axes = np.linalg.eigh(gram)[1][:, ::-1][:, :kept]
    return responses @ (sizes[:, None] * axes), np.asarray(axes.T @ (projection / sizes[:, None]))


def placement_errors(basis: ReducedBasis, references: Real, rates: FloatArray) -> tuple[FloatArray, FloatArray]:
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


def sources_over(
    system: FieldSystem, where: Location, scalp: Surface, settings: BasisSettings | None = None
) -> HuygensSources:
    """Sources over the points of a location."""
    how = settings or BasisSettings()
    return huygens_sources(scalp, positions(system, where), spacing_m=how.spacing_m, lift_m=how.lift_m)


def reached(scalp: Surface, points: FloatArray) -> IntArray:
    """Nodes of the scalp over which a coil is over the points."""
    from scipy.spatial import KDTree  # type: ignore[import-untyped,unused-ignore]

    near = np.flatnonzero(KDTree(points).query(scalp.nodes)[0] < NEAR_M)
    if not near.size:
        raise InvalidInput("scalp", "far from every point", f"points within {1000 * NEAR_M:g} mm", "Look at the units.")
    return near


def _sampling(
    system: FieldSystem, points: FloatArray, sources: HuygensSources, control_m: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Points that stand for the cortex, those at which coils are written as sources, and the control points."""
    from scipy.spatial import KDTree

    felt = points[spread(points, np.arange(points.shape[0]), control_m)]
    nodes = system.space.mesh.nodes
    clear, away = KDTree(sources.positions).query(nodes)[0], KDTree(points).query(nodes)[0]

    def thinned(least: float, reach: float, step: float) -> FloatArray:
        return np.asarray(nodes[spread(nodes, np.flatnonzero((clear > least) & (away < reach)), step)])

    fit = thinned(_FIT_CLEAR_M, _FIT_REACH_M, _FIT_STEP_M)
    deep = thinned(_DEEP_CLEAR_M, _DEEP_REACH_M, _DEEP_STEP_M)
    return felt, np.concatenate([felt, fit]), np.concatenate([felt, deep])
