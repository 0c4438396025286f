"""Multigrid preconditioner for many right-hand sides at once: algebraic levels below linear, one level above for P2.

Set-up uses PyAMG's smoothed aggregation; the cycle itself is products with sparse matrices only, so that a block of
vectors costs little more than one and the same cycle runs in JAX.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import MissingExtra
from euthymia.engines.fields.mesh import FloatArray, IntArray
from euthymia.engines.fields.space import Space
from euthymia.engines.fields.threads import RowMatrix, by_rows

COARSEST = 400
"""Unknowns at which the dense pseudo-inverse takes over."""
SMOOTHING_STEPS = 2
"""Degree of the Chebyshev polynomial before and after each coarse correction."""
SMOOTHED_SHARE = 6.0
"""The smoother works on the upper part of the spectrum, from its bound divided by this."""
STRENGTH = 0.03
"""Couplings below this share of the diagonals are left out of aggregates; without it thin elements double the steps."""
_POWER_STEPS = 15

Block = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One level: matrix ``(n, n)``, inverse diagonal ``(n,)``, bound of its scaled spectrum, and the step down."""

    matrix: RowMatrix
    inverse_diagonal: Block
    bound: float
    prolongation: RowMatrix
    restriction: RowMatrix


@dataclass(frozen=True, slots=True, eq=False)
class Multigrid:
    """Levels from fine to coarse and the dense pseudo-inverse of the last matrix, in single precision."""

    levels: tuple[Level, ...]
    coarse_inverse: Block

    def __call__(self, residual: FloatArray) -> FloatArray:
        """One symmetric V-cycle on a block of residuals ``(n, k)``."""
        return self._cycle(0, np.ascontiguousarray(residual, dtype=self.coarse_inverse.dtype)).astype(np.float64)

    def _cycle(self, depth: int, right: Block) -> Block:
        if depth == len(self.levels):
            return np.asarray(self.coarse_inverse @ right)
        level = self.levels[depth]
        guess, left = smooth(level, right)
        correction = self._cycle(depth + 1, level.restriction @ left)

        def correct(rows: slice, product: Block) -> None:
            guess[rows] += product

        level.prolongation.each(correction, correct)
        return smooth(level, right, guess)[0]

    @property
    def complexity(self) -> float:
        """Matrix entries of all levels over those of the finest."""
        entries = [level.matrix.matrix.nnz for level in self.levels] or [1]
        return float(sum(entries) / entries[0])


def smooth(level: Level, right: Block, start: Block | None = None) -> tuple[Block, Block | None]:
    """Chebyshev polynomial in the Jacobi-scaled matrix: a better solution, and its residual when none was given.

    Each step runs over the matrix once; all that is done to the vectors is done while a range of rows is in the cache.

    References
    ----------
    Adams, Brezina, Hu and Tuminaro 2003, J Comput Phys 188:593, doi 10.1016/S0021-9991(03)00194-3.
    """
    upper, lower = level.bound, level.bound / SMOOTHED_SHARE
    middle, half = (upper + lower) / 2, (upper - lower) / 2
    kind = right.dtype.type
    scale, left = level.inverse_diagonal[:, None], np.empty_like(right)
    step = np.empty_like(right)
    if start is None:
        np.multiply(scale, right, out=step)
        step *= kind(1 / middle)
        solution, before = step.copy(), right
    else:
        solution = start

        def begin(rows: slice, product: Block) -> None:
            np.subtract(right[rows], product, out=left[rows])
            np.multiply(left[rows], scale[rows] * kind(1 / middle), out=step[rows])

        level.matrix.each(start, begin)
        solution += step
        before = left
    ratio = half / middle
    for _ in range(SMOOTHING_STEPS - 1):
        following = 1 / (2 * middle / half - ratio)
        keep, add = kind(following * ratio), scale * kind(2 * following / half)
        source, following_step, old = before, np.empty_like(step), step

        def advance(
            rows: slice, product: Block, source: Block = source, new: Block = following_step, old: Block = old,
            keep: Any = keep, add: Block = add,
        ) -> None:  # fmt: skip
            np.subtract(source[rows], product, out=left[rows])
            np.multiply(left[rows], add[rows], out=new[rows])
            new[rows] += keep * old[rows]
            solution[rows] += new[rows]

        level.matrix.each(step, advance)
        step, before, ratio = following_step, left, following
    if start is not None:
        return solution, None
    last = before

    def finish(rows: slice, product: Block) -> None:
        np.subtract(last[rows], product, out=left[rows])

    level.matrix.each(step, finish)
    return solution, left


def build_multigrid(space: Space, matrix: Any, linear_matrix: Any, dtype: type = np.float32) -> Multigrid:
    """Multigrid for the stiffness ``matrix`` of a space.

    Parameters
    ----------
    matrix
        Stiffness of the space, CSR.
    linear_matrix
        Stiffness of the linear functions on the same mesh; the same object for order 1.
    dtype
        Precision of the cycle; the outer iteration stays in double precision.

    Raises
    ------
    MissingExtra
        When PyAMG is not installed.
    """
    try:
        import pyamg  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:
        raise MissingExtra("pyamg", "fields") from error
    with _same_start():
        hierarchy = pyamg.smoothed_aggregation_solver(
            _filled(linear_matrix), symmetry="symmetric", strength=("symmetric", {"theta": STRENGTH}),
            max_coarse=COARSEST, smooth=("jacobi", {"omega": 4.0 / 3.0}), keep=False,
        )  # fmt: skip
    pairs = [(level.A.tocsr(), level.P.tocsr()) for level in hierarchy.levels[:-1]]
    if space.order == 2:
        pairs.insert(0, (_filled(matrix), linear_to_quadratic(space.mesh.nodes.shape[0], space.edges)))
    levels = tuple(_level(a, p, dtype) for a, p in pairs)
    coarse = hierarchy.levels[-1].A.toarray()
    return Multigrid(levels, np.linalg.pinv(coarse, rcond=1e-10, hermitian=True).astype(dtype))


@contextmanager
def _same_start() -> Iterator[None]:
    """Let PyAMG, which draws from the global generator of NumPy, start the same each time; leave that as it was."""
    before = np.random.get_state()
    np.random.seed(0)
    try:
        yield
    finally:
        np.random.set_state(before)


def linear_to_quadratic(n_nodes: int, edges: IntArray) -> Any:
    """Quadratic nodal values of linear functions: identity at corners, the mean of both ends at midpoints."""
    from scipy import sparse  # type: ignore[import-untyped,unused-ignore]

    count = edges.shape[0]
    middles = sparse.csr_matrix(
        (np.full(2 * count, 0.5), edges.ravel(), np.arange(0, 2 * count + 1, 2)), shape=(count, n_nodes)
    )
    return sparse.vstack([sparse.identity(n_nodes, format="csr"), middles], format="csr")


def _level(matrix: Any, prolongation: Any, dtype: type) -> Level:
    inverse = 1 / matrix.diagonal()
    bound = 1.05 * _largest_eigenvalue(matrix, inverse)
    return Level(
        by_rows(matrix, dtype), inverse.astype(dtype), bound, by_rows(prolongation, dtype),
        by_rows(prolongation.T.tocsr(), dtype),
    )  # fmt: skip


def _largest_eigenvalue(matrix: Any, inverse_diagonal: FloatArray) -> float:
    """Upper estimate of the spectrum of the Jacobi-scaled matrix by Lanczos steps from a fixed start."""
    scale = np.sqrt(inverse_diagonal)
    vector = np.cos(np.arange(matrix.shape[0], dtype=np.float64) * 1.6180339887)
    vector /= np.linalg.norm(vector)
    before, beta = np.zeros_like(vector), 0.0
    diagonal, off = [], []
    for _ in range(_POWER_STEPS):
        image = scale * (matrix @ (scale * vector)) - beta * before
        diagonal.append(float(image @ vector))
        image -= diagonal[-1] * vector
        beta = float(np.linalg.norm(image))
        off.append(beta)
        if beta < 1e-12:
            break
        before, vector = vector, image / beta
    tridiagonal = np.diag(diagonal) + np.diag(off[:-1], 1) + np.diag(off[:-1], -1)
    values, vectors = np.linalg.eigh(tridiagonal)
    return float(values[-1] + abs(off[-1] * vectors[-1, -1]))


def _filled(matrix: Any) -> Any:
    """The matrix with ones on the diagonal of unknowns that belong to no element, so that they stay zero."""
    from scipy import sparse

    empty = matrix.diagonal() == 0
    return matrix + sparse.diags(empty.astype(np.float64)) if empty.any() else matrix
