"""The multigrid-preconditioned iteration compiled by JAX, on the CPU or a GPU: the same steps as in NumPy.

Sparse matrices become padded rows (ELLPACK), sorted by length and cut where rows get shorter, so that a product is
gathers and sums only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from euthymia.core.errors import NotConverged
from euthymia.engines.fields.amg import SMOOTHED_SHARE, SMOOTHING_STEPS, Multigrid
from euthymia.engines.fields.double_precision import double_precision, found_jax
from euthymia.engines.fields.iterate import Iteration
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.threads import RowMatrix

_BIN = 8
"""Row lengths are rounded up to a multiple of this, then to at most two wasted entries of five."""


class JaxSolver:
    """Matrix and multigrid on JAX's default device; compiled once per number of right-hand sides.

    Raises
    ------
    MissingExtra
        When JAX is not installed.
    """

    def __init__(self, matrix: RowMatrix, multigrid: Multigrid) -> None:
        jax = found_jax()
        self._jax = jax
        with double_precision(jax):
            put = jax.numpy.asarray
            self._matrix = _padded_rows(matrix.matrix, put)
            self._levels = [
                (
                    _padded_rows(level.matrix.matrix, put), put(level.inverse_diagonal[:, None]),
                    _padded_rows(level.prolongation.matrix, put), _padded_rows(level.restriction.matrix, put),
                )
                for level in multigrid.levels
            ]  # fmt: skip
            self._bounds = tuple(level.bound for level in multigrid.levels)
            self._coarse = put(multigrid.coarse_inverse)
            self._compiled = jax.jit(self._iterate, static_argnums=(4,))

    def solve(self, right: FloatArray, *, tolerance: float, max_steps: int = 300) -> Iteration:
        """Solve every column ``(n, k)``; see :func:`~euthymia.engines.fields.iterate.conjugate_gradients`."""
        with double_precision(self._jax):
            state = self._compiled(right, self._matrix, self._levels, self._coarse, max_steps, tolerance)
            solution, steps, residuals = (np.asarray(part) for part in state)
        above = residuals > tolerance
        if above.any():
            raise NotConverged(
                f"{int(above.sum())} of {right.shape[1]} right-hand sides did not reach {tolerance:g} in {max_steps} "
                f"steps; the largest relative residual is {residuals.max():.2g}. Use method='direct'."
            )
        return Iteration(solution, steps.astype(np.int64), residuals)

    def _iterate(self, right: Any, matrix: Any, levels: Any, coarse: Any, max_steps: int, tolerance: Any) -> Any:
        jnp = self._jax.numpy
        scale = jnp.linalg.norm(right, axis=0)
        safe = jnp.where(scale > 0, scale, 1.0)

        def precondition(residual: Any) -> Any:
            return self._cycle(levels, coarse, 0, residual.astype(coarse.dtype)).astype(right.dtype)

        def unfinished(state: Any) -> Any:
            count, _, residual = state[0], state[1], state[2]
            return (count < max_steps) & jnp.any(jnp.linalg.norm(residual, axis=0) > tolerance * scale)

        def advance(state: Any) -> Any:
            count, x, r, p, rz, steps = state
            active = jnp.linalg.norm(r, axis=0) > tolerance * scale
            image = _product(matrix, p)
            alpha = jnp.where(active, rz / jnp.where(active, jnp.sum(p * image, axis=0), 1.0), 0.0)
            x, after = x + alpha * p, r - alpha * image
            z = precondition(after)
            new = jnp.sum(after * z, axis=0)
            beta = jnp.where(active, (new - jnp.sum(r * z, axis=0)) / jnp.where(active, rz, 1.0), 0.0)
            return count + 1, x, after, z + beta * p, jnp.where(active, new, rz), steps + active

        z = precondition(right)
        start = (0, jnp.zeros_like(right), right, z, jnp.sum(right * z, axis=0), jnp.zeros(right.shape[1], jnp.int32))
        _, x, r, _, _, steps = self._jax.lax.while_loop(unfinished, advance, start)
        return x, steps, jnp.linalg.norm(r, axis=0) / safe

    def _cycle(self, levels: Any, coarse: Any, depth: int, right: Any) -> Any:
        if depth == len(levels):
            return coarse @ right
        matrix, scale, down, up = levels[depth]
        bound = self._bounds[depth]
        guess = _smooth(matrix, scale, bound, right)
        left = right - _product(matrix, guess)
        guess = guess + _product(down, self._cycle(levels, coarse, depth + 1, _product(up, left)))
        return guess + _smooth(matrix, scale, bound, right - _product(matrix, guess))


def _smooth(matrix: Any, scale: Any, bound: float, left: Any) -> Any:
    """The polynomial of :func:`~euthymia.engines.fields.amg.smooth`, from zero."""
    middle, half = bound * (1 + 1 / SMOOTHED_SHARE) / 2, bound * (1 - 1 / SMOOTHED_SHARE) / 2
    ratio, step = half / middle, scale * left / middle
    solution = step
    for _ in range(SMOOTHING_STEPS - 1):
        left = left - _product(matrix, step)
        following = 1 / (2 * middle / half - ratio)
        step = following * ratio * step + (2 * following / half) * scale * left
        solution, ratio = solution + step, following
    return solution


def _padded_rows(matrix: Any, put: Any) -> Any:
    """Bins ``(values, columns)`` of rows sorted by length, and the place of each row among them."""
    lengths = np.diff(matrix.indptr)
    order = np.argsort(-lengths, kind="stable")
    bins, first = [], 0
    while first < order.size:
        width = max(1, int(lengths[order[first]]))
        last = int(np.searchsorted(-lengths[order], -(width * 3 // 5), side="right")) if width > _BIN else order.size
        rows = order[first : max(last, first + 1)]
        places = matrix.indptr[rows][:, None] + np.arange(width)
        inside = np.arange(width) < lengths[rows][:, None]
        places = np.minimum(places, max(matrix.nnz - 1, 0))
        values = np.where(inside, matrix.data[places], 0).astype(matrix.dtype)
        columns = np.where(inside, matrix.indices[places], 0).astype(np.int32)
        bins.append((put(values), put(columns)))
        first += rows.size
    return bins, put(np.argsort(order, kind="stable").astype(np.int32))


def _product(padded: Any, block: Any) -> Any:
    from jax import numpy as jnp

    bins, place = padded
    parts = [jnp.einsum("rw,rwk->rk", values, block[columns]) for values, columns in bins]
    return jnp.concatenate(parts)[place]
