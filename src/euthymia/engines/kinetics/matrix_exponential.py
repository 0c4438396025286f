"""Exponentials of compartment matrices that keep their digits, also for nearly equal and for very different rates.

Scaling and squaring of a Taylor series. The matrix is shifted to have no negative entry, so that nothing cancels; each
squaring doubles the rounding, so that from ``MOST_SQUARINGS`` on the work is done in pairs of doubles (Dekker 1971).

References
----------
Dekker TJ. Numerische Mathematik 1971;18:224-242. DOI 10.1007/BF01397083
Xue J, Ye Q. Mathematics of Computation 2013;82:1577-1596. DOI 10.1090/S0025-5718-2013-02677-4
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.kinetics.inputs import FloatArray

MOST_SQUARINGS = 10
TERMS, TERMS_PAIRS = 18, 24
SPLITTER = 134217729.0
Pair = tuple[FloatArray, FloatArray]


def exponentials(flows: FloatArray, losses: FloatArray, steps: FloatArray) -> FloatArray:
    """``exp(A h)`` of each matrix with its step, ``(b, p, p)``.

    Parameters
    ----------
    flows
        ``(b, p, p)``, 1/h, zero or more; the row gains from the column; the diagonal is not read.
    losses
        ``(b, p)``, 1/h: what leaves each state beside the flows (negative where a flow takes nothing from its source).
    steps
        ``(b,)``, h.
    """
    p = losses.shape[1]
    off = np.where(np.eye(p, dtype=bool), 0.0, flows)
    total, rest = -losses, np.zeros(losses.shape)
    for row in range(p):
        total, error = _two_sum(total, -off[:, row])
        rest = rest + error
    scale = np.maximum(np.maximum(-total.min(axis=1), off.sum(axis=1).max(axis=1)), 1e-300)
    squarings = np.maximum(np.ceil(np.log2(np.maximum(scale * steps, 1e-300))) + 1, 0).astype(int)
    found = np.empty(flows.shape)
    long = squarings > MOST_SQUARINGS
    if (~long).any():
        shifted = off[~long] + _diagonal(total[~long] + scale[~long, None])
        found[~long] = _plain(shifted, scale[~long], steps[~long], squarings[~long])
    if long.any():
        pair = (off[long] + _diagonal(total[long]), _diagonal(rest[long]))
        found[long] = _in_pairs(pair, steps[long], squarings[long])
    return found


def _diagonal(values: FloatArray) -> FloatArray:
    """Diagonal matrices ``(b, p, p)``."""
    matrices: FloatArray = values[:, :, None] * np.eye(values.shape[1])
    return matrices


def _plain(shifted: FloatArray, shift: FloatArray, steps: FloatArray, squarings: NDArray[np.intp]) -> FloatArray:
    short = steps / 2.0**squarings
    matrix = shifted * short[:, None, None]
    term = np.broadcast_to(np.eye(shifted.shape[1]), matrix.shape)
    total: FloatArray = term.copy()
    for order in range(1, TERMS + 1):
        term = term @ matrix / order
        total += term
    total *= np.exp(-shift * short)[:, None, None]
    for level in range(int(squarings.max())):
        more = squarings > level
        total[more] = total[more] @ total[more]
    return total


def _in_pairs(matrix: Pair, steps: FloatArray, squarings: NDArray[np.intp]) -> FloatArray:
    short = (steps / 2.0**squarings)[:, None, None]
    eye = np.broadcast_to(np.eye(matrix[0].shape[1]), matrix[0].shape)
    high, low = _two_product(matrix[0], short)
    scaled = _two_sum(high, low + matrix[1] * short)
    total: Pair = (eye.copy(), np.zeros(eye.shape))
    for order in range(TERMS_PAIRS, 0, -1):
        product = _matmul(scaled, total)
        quotient = product[0] / order
        back, error = _two_product(quotient, np.array(float(order)))
        high, low = _two_sum(eye, quotient)
        total = _two_sum(high, low + ((product[0] - back) - error + product[1]) / order)
    for level in range(int(squarings.max())):
        more = squarings > level
        some = (total[0][more], total[1][more])
        total[0][more], total[1][more] = _matmul(some, some)
    return total[0]


def _two_sum(a: FloatArray, b: FloatArray) -> Pair:
    """Sum and its exact rounding error."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _two_product(a: FloatArray, b: FloatArray) -> Pair:
    """Product and its exact rounding error."""
    product = a * b
    a_wide, b_wide = SPLITTER * a, SPLITTER * b
    a_high, b_high = a_wide - (a_wide - a), b_wide - (b_wide - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _matmul(a: Pair, b: Pair) -> Pair:
    size = a[0].shape[-1]
    high: FloatArray = np.zeros_like(a[0])
    low: FloatArray = np.zeros_like(a[0])
    for inner in range(size):
        left, left_low = a[0][..., inner, None], a[1][..., inner, None]
        right, right_low = b[0][..., None, inner, :], b[1][..., None, inner, :]
        product, error = _two_product(left, right)
        high, rounding = _two_sum(high, product)
        low += rounding + (error + (left * right_low + left_low * right))
    return _two_sum(high, low)
