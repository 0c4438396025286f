"""Conjugate gradients for many right-hand sides side by side: one sparse product a step for the whole block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import NotConverged
from euthymia.engines.fields.mesh import FloatArray, IntArray

Operator = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Iteration:
    """Solution ``(n, k)``, steps of each column ``(k,)`` and residuals ``(k,)`` relative to the right-hand sides."""

    solution: FloatArray
    steps: IntArray
    residuals: FloatArray


def conjugate_gradients(
    matrix: Operator, precondition: Operator, right: FloatArray, *, tolerance: float = 1e-8, max_steps: int = 300
) -> Iteration:
    """Solve ``matrix(x) = right`` for every column ``(n, k)``; a column that has converged leaves the block.

    The right-hand sides must lie in the range of the matrix (here: each connected part sums to zero). The flexible form
    of Polak and Ribiere bears the rounding of a preconditioner in single precision.

    Raises
    ------
    NotConverged
        When a column is above the tolerance after ``max_steps``.

    References
    ----------
    Notay 2000, SIAM J Sci Comput 22:1444, doi 10.1137/S1064827599362314.
    """
    n, k = right.shape
    scale = np.linalg.norm(right, axis=0)
    solution, residuals = np.zeros((n, k)), np.zeros(k)
    steps = np.zeros(k, dtype=np.int64)
    active = np.flatnonzero(scale > 0)
    x, r = np.zeros((n, active.size)), np.ascontiguousarray(right[:, active])
    z = precondition(r)
    p, rz = z, _dots(r, z)
    for count in range(1, max_steps + 1):
        if not active.size:
            break
        image = matrix(p)
        alpha = rz / _dots(p, image)
        x += alpha * p
        before, r = r, r - alpha * image
        residuals[active] = np.linalg.norm(r, axis=0) / scale[active]
        steps[active] = count
        done = residuals[active] <= tolerance
        if done.any():
            solution[:, active[done]] = x[:, done]
            keep = ~done
            active, rz = active[keep], rz[keep]
            x, r, p, before = (np.ascontiguousarray(a[:, keep]) for a in (x, r, p, before))
            if not active.size:
                break
        z = precondition(r)
        beta = (_dots(r, z) - _dots(before, z)) / rz
        rz = _dots(r, z)
        p = z + beta * p
    if active.size:
        raise NotConverged(
            f"{active.size} of {k} right-hand sides did not reach {tolerance:g} in {max_steps} steps; the "
            f"largest relative residual is {residuals[active].max():.2g}. Look at the mesh quality and the contrast of "
            "the conductivities, or solve with method='direct'."
        )
    return Iteration(solution, steps, residuals)


def _dots(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ij,ij->j", a, b))
