"""Induced electric field in a head: prepare a mesh and its conductivities once, then solve any number of sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.fields.amg import Multigrid, build_multigrid
from euthymia.engines.fields.assembly import Source, load, load_from_nodes, sample, stiffness
from euthymia.engines.fields.conductivity import check_conductivity, element_conductivity
from euthymia.engines.fields.direct import Factor
from euthymia.engines.fields.error_estimate import ErrorEstimate, estimate_error
from euthymia.engines.fields.evaluate import Location, element_field, gradient_at, locate
from euthymia.engines.fields.iterate import Iteration, conjugate_gradients
from euthymia.engines.fields.jax_solve import JaxSolver
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh
from euthymia.engines.fields.space import Space, make_space
from euthymia.engines.fields.threads import RowMatrix, by_rows

Method = Literal["multigrid", "direct"]
Backend = Literal["numpy", "jax"]
Sampling = Literal["nodes", "quadrature"]


@dataclass(frozen=True, slots=True, eq=False)
class FieldSystem:
    """All that does not depend on the source: space, matrix, and its preconditioner or factors.

    Parameters
    ----------
    sigma : (e,) or (e, 3, 3)
        S/m.
    parts : (n,)
        Connected part of each unknown; the potential of each has mean zero.
    """

    space: Space
    sigma: FloatArray
    matrix: RowMatrix
    parts: IntArray
    solver: Multigrid | Factor | JaxSolver


@dataclass(frozen=True, slots=True, eq=False)
class FieldResult:
    """Field of ``k`` sources.

    Parameters
    ----------
    potential_v : (n, k)
        At the nodes of the space.
    rates_v_m : (n, 3, k)
        dA/dt at the same nodes.
    field_v_m : (e, 3, k)
        Electric field at the middle of each element.
    error : ErrorEstimate or None
        None when it was not asked for.
    steps : (k,), residuals : (k,)
        Iterations and final residual relative to the right-hand side; 0 steps for a direct solution.
    """

    system: FieldSystem
    potential_v: FloatArray
    rates_v_m: FloatArray
    field_v_m: FloatArray
    error: ErrorEstimate | None
    steps: IntArray
    residuals: FloatArray


def prepare(
    mesh: TetMesh,
    conductivity: Any = None,
    *,
    order: int = 2,
    midpoints: Any = None,
    method: Method = "multigrid",
    backend: Backend = "numpy",
) -> FieldSystem:
    """Assemble the matrix of a mesh and set up its solver.

    Parameters
    ----------
    conductivity
        None for the packaged tissue values, a mapping of tag to S/m, or an array ``(e,)`` or ``(e, 3, 3)``.
    order
        2 (quadratic, the default: ten times less error on the same mesh) or 1 (linear).
    midpoints
        Curved edges; see :func:`~euthymia.engines.fields.space.make_space`.
    method
        ``"multigrid"``: conjugate gradients; ``"direct"``: sparse factors, for small meshes.
    backend
        ``"numpy"``, or ``"jax"`` for the same iteration on JAX's default device.

    Raises
    ------
    InvalidInput
        For conductivities that are missing, not finite, not positive or of a wrong shape.
    MissingExtra
        When PyAMG is not installed and the method is ``"multigrid"``.

    Examples
    --------
    >>> from euthymia.engines.fields.sphere_mesh import layered_sphere
    >>> system = prepare(layered_sphere([0.08, 0.09], [2, 5], 0.03), {2: 0.33, 5: 0.33})
    >>> result = solve(system, lambda points: 0.5 * np.cross([0.0, 0.0, 1.0], points))
    >>> result.field_v_m.shape, bool(result.error.relative[0] < 0.1)
    ((1280, 3, 1), True)
    """
    if method not in ("multigrid", "direct"):
        raise InvalidInput("method", method, "'multigrid' or 'direct'")
    if backend not in ("numpy", "jax") or (backend == "jax" and method == "direct"):
        raise InvalidInput("backend", backend, "'numpy', or 'jax' with method='multigrid'")
    if conductivity is None or hasattr(conductivity, "keys"):
        sigma = element_conductivity(mesh, conductivity)
    else:
        sigma = check_conductivity(mesh, conductivity)
    space = make_space(mesh, order, midpoints=midpoints)
    matrix = stiffness(space, sigma)
    parts = _connected_parts(matrix)
    solver: Multigrid | Factor | JaxSolver
    rows = by_rows(matrix)
    if method == "direct":
        solver = Factor(matrix, parts)
    else:
        linear = matrix if order == 1 else stiffness(make_space(mesh, 1), sigma)
        multigrid = build_multigrid(space, matrix, linear)
        solver = JaxSolver(rows, multigrid) if backend == "jax" else multigrid
    return FieldSystem(space, sigma, rows, parts, solver)


def solve(
    system: FieldSystem,
    source: Source,
    *,
    tolerance: float = 1e-8,
    sampling: Sampling = "nodes",
    degree: int | None = None,
    error: bool = True,
) -> FieldResult:
    """Field of one or many sources, V/m.

    Parameters
    ----------
    source
        dA/dt as a function of points ``(m, 3)``, V/m: ``(m, 3)``, or ``(m, 3, k)`` for ``k`` placements at once.
    tolerance
        Residual relative to the right-hand side.
    sampling
        ``"nodes"``: dA/dt at the nodes of the space, interpolated; ``"quadrature"``: at the points of a rule that is
        exact to ``degree``, for sources very near to the scalp.
    error
        Whether to estimate the error; it takes about three times as long as the solution of one source.

    Raises
    ------
    InvalidInput
        For a source of a wrong shape or not finite, or options that do not exist.
    NotConverged
        When the tolerance is not reached.
    """
    if sampling not in ("nodes", "quadrature"):
        raise InvalidInput("sampling", sampling, "'nodes' or 'quadrature'")
    space = system.space
    rates = sample(source, space.points)
    if sampling == "nodes":
        right = load_from_nodes(space, system.sigma, rates)
    else:
        right = load(space, system.sigma, source, degree=degree)
    iteration = solve_potential(system, right, tolerance=tolerance)
    field = element_field(space, iteration.solution, rates)
    estimate = estimate_error(space, system.sigma, iteration.solution, rates) if error else None
    return FieldResult(system, iteration.solution, rates, field, estimate, iteration.steps, iteration.residuals)


def solve_potential(system: FieldSystem, right: FloatArray, *, tolerance: float = 1e-8) -> Iteration:
    """Potential, V, of right-hand sides ``(n, k)``, A, that sum to zero over each connected part."""
    if not 0 < tolerance < 1:
        raise InvalidInput("tolerance", tolerance, "a number between 0 and 1, e.g. 1e-8")
    right = np.asarray(right, dtype=np.float64)
    if right.ndim != 2 or right.shape[0] != system.space.n or not np.isfinite(right).all():
        raise InvalidInput("right", f"of shape {right.shape}", f"finite numbers of shape ({system.space.n}, k)")
    balanced = without_constants(right, system.parts)
    if np.abs(right - balanced).max(initial=0.0) * right.shape[0] > 1e-6 * np.abs(right).sum(axis=0).max(initial=0.0):
        raise InvalidInput(
            "right",
            "not summing to zero over each connected part of the mesh",
            "currents that leave as much as they enter",
            "A head that is insulated cannot take net current: add the return electrode.",
        )
    if isinstance(system.solver, Factor):
        iteration = _solve_directly(system, system.solver, balanced, tolerance)
    elif isinstance(system.solver, JaxSolver):
        iteration = system.solver.solve(balanced, tolerance=tolerance)
    else:
        iteration = conjugate_gradients(system.matrix.__matmul__, system.solver, balanced, tolerance=tolerance)
    return Iteration(without_constants(iteration.solution, system.parts), iteration.steps, iteration.residuals)


def field_at(
    result: FieldResult, points: Any, *, source: Source | None = None, tissue: tuple[int, ...] | None = None
) -> FloatArray:
    """Field at any points inside the mesh, V/m, ``(m, 3, k)``.

    Parameters
    ----------
    points : (m, 3)
        m, RAS.
    source
        The source of the result, for its exact dA/dt there; interpolated from the nodes when left out.
    tissue
        Take the value on the side of these tags, for points on an interface.
    """
    where = locate(result.system.space, points, tissue=tissue)
    if source is None:
        return field_in(result, where)
    primary = sample(source, np.asarray(points, dtype=np.float64))
    return np.asarray(-primary - gradient_at(result.system.space, result.potential_v, where))


def field_in(result: FieldResult, where: Location) -> FloatArray:
    """Field at points whose elements are known, V/m, ``(m, 3, k)``; dA/dt interpolated from the nodes."""
    space = result.system.space
    primary = _interpolate(space, result.rates_v_m, where)
    return np.asarray(-primary - gradient_at(space, result.potential_v, where))


def without_constants(block: FloatArray, parts: IntArray) -> FloatArray:
    """Block ``(n, k)`` less its mean over each connected part."""
    if parts.max(initial=0) == 0:
        return np.asarray(block - block.mean(axis=0))
    counts = np.bincount(parts)
    sums = np.stack([np.bincount(parts, block[:, k]) for k in range(block.shape[1])], axis=1)
    return np.asarray(block - (sums / counts[:, None])[parts])


def _solve_directly(system: FieldSystem, factor: Factor, right: FloatArray, tolerance: float) -> Iteration:
    solution = factor.solve(right)
    scale = np.linalg.norm(right, axis=0)
    left = np.linalg.norm(right - system.matrix @ solution, axis=0)
    residuals = np.divide(left, scale, out=np.zeros_like(scale), where=scale > 0)
    if (residuals > tolerance).any():
        raise NotConverged(f"the direct solution has a relative residual of {residuals.max():.2g}, above {tolerance:g}")
    return Iteration(solution, np.zeros(right.shape[1], dtype=np.int64), residuals)


def _interpolate(space: Space, nodal: FloatArray, where: Location) -> FloatArray:
    weights = space.values(where.barycentric)
    return np.asarray(np.einsum("mi,mick->mck", weights, nodal[space.dofs[where.elements]], optimize=True))


def _connected_parts(matrix: Any) -> IntArray:
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped,unused-ignore]

    return np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int64)
