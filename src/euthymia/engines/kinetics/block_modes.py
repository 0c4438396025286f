"""Modes of one block of exchanging compartments: a tree of exchanges is symmetric after scaling, with real modes.

With ``B`` holding one row for each exchange, ``(sqrt k_ji, -sqrt k_ij)``, and one for each loss, the scaled block is
``-B'B``; singular values of ``B`` keep the digits of slow modes that eigenvalues of the block would lose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.structure import Block

SLOW = 1e-3
"""Below this ratio of the slowest to the fastest rate the singular values are taken."""

MOST_CONDITION, WIDEST = 1e4, 1e-4
"""A block that cannot be made symmetric gives no modes beyond this condition, nor below this ratio of slow to fast."""


@dataclass(frozen=True, slots=True)
class BlockModes:
    """Eigenvalues ``(p, n)``, right and left eigenvectors ``(p, p, n)`` and whether each patient may use them."""

    values: FloatArray
    right: FloatArray
    left: FloatArray
    usable: NDArray[np.bool_]


def block_modes(rates: FloatArray, losses: FloatArray, block: Block) -> BlockModes:
    """Modes of one block.

    Parameters
    ----------
    rates
        ``(p, p, n)``, 1/h, off-diagonal entries of the block; the diagonal is not read where ``block`` is a tree.
    losses
        ``(p, n)``, 1/h: what leaves the block from each state.
    block
        Its exchanges.
    """
    p, _, n = rates.shape
    if p == 1:
        one = np.ones((1, 1, n))
        return BlockModes(-losses, one, one, np.ones(n, dtype=bool))
    if block.edges is None or losses.min() < 0:
        return _general(rates, losses)
    if p == 2:
        return _pair(rates[0, 1], rates[1, 0], losses[0], losses[1])
    return _tree(rates, losses, block.edges)


def _pair(k12: FloatArray, k21: FloatArray, loss1: FloatArray, loss2: FloatArray) -> BlockModes:
    """Two compartments in closed form, without a difference of nearly equal numbers."""
    usable = (k12 > 0) & (k21 > 0)
    out1, out2, mixed = loss1 + k21, loss2 + k12, k12 * k21
    half = 0.5 * (out1 - out2)
    radius = np.sqrt(half * half + mixed)
    fast = 0.5 * (out1 + out2) + radius
    with np.errstate(divide="ignore", invalid="ignore"):
        slow = (loss1 * out2 + loss2 * k21) / fast
        tangent = np.sqrt(mixed) / (np.abs(half) + radius)
        scale = np.sqrt(k21 / k12)
        inverse_scale = np.sqrt(k12 / k21)
    cosine = 1.0 / np.sqrt(1.0 + tangent * tangent)
    sine = tangent * cosine
    first = half >= 0
    near, far = np.where(first, cosine, sine), np.where(first, sine, cosine)
    values = np.stack([-fast, -slow])
    scale, inverse_scale = np.where(usable, scale, 1.0), np.where(usable, inverse_scale, 1.0)  # the others are not used
    right = np.array([[near, far], [-far * scale, near * scale]])
    left = np.array([[near, -far * inverse_scale], [far, near * inverse_scale]])
    return BlockModes(values, right, left, usable)


def _tree(rates: FloatArray, losses: FloatArray, edges: tuple[tuple[int, int], ...]) -> BlockModes:
    p, _, n = rates.shape
    usable = np.ones(n, dtype=bool)
    for a, b in edges:
        usable &= (rates[a, b] > 0) & (rates[b, a] > 0)
    scale = _scale(np.where(rates > 0, rates, 1.0), edges)
    rows = np.zeros((n, len(edges) + p, p))
    for row, (a, b) in enumerate(edges):
        rows[:, row, a], rows[:, row, b] = np.sqrt(rates[b, a]), -np.sqrt(rates[a, b])
    for state in range(p):
        rows[:, len(edges) + state, state] = np.sqrt(losses[state])
    values, vectors = np.linalg.eigh(-(rows.transpose(0, 2, 1) @ rows))
    slow = -values[:, -1] < SLOW * -values[:, 0]
    if slow.any():
        _, singular, transposed = np.linalg.svd(rows[slow], full_matrices=False)
        values[slow], vectors[slow] = -(singular * singular), transposed.transpose(0, 2, 1)
    symmetric = np.ascontiguousarray(np.moveaxis(vectors, 0, -1))
    right = symmetric * scale[:, None]
    left = symmetric.transpose(1, 0, 2) / scale[None]
    return BlockModes(np.ascontiguousarray(np.minimum(values, 0.0).T), right, left, usable)


def _scale(rates: FloatArray, edges: tuple[tuple[int, int], ...]) -> FloatArray:
    """Scaling ``(p, n)`` that makes the block symmetric, followed along the tree from the first state."""
    scale = np.ones(rates.shape[1:])
    known, left = {0}, list(edges)
    while left:
        edge = next(e for e in left if e[0] in known or e[1] in known)
        left.remove(edge)
        old, new = edge if edge[0] in known else edge[::-1]
        scale[new] = scale[old] * np.sqrt(rates[new, old] / rates[old, new])
        known.add(new)
    return scale


def _general(rates: FloatArray, losses: FloatArray) -> BlockModes:
    """A block with a loop of one-way flows: the general eigenproblem; usable where its modes are real."""
    p, _, n = rates.shape
    matrices = np.moveaxis(rates, -1, 0).copy()
    index = np.arange(p)
    matrices[:, index, index] = 0.0
    matrices[:, index, index] = -(losses.T + matrices.sum(axis=1))
    values, vectors = np.linalg.eig(matrices)
    size = np.abs(np.real(values))
    usable = (np.abs(np.imag(values)).max(axis=1) == 0) & (np.linalg.cond(vectors) < MOST_CONDITION)
    usable &= size.min(axis=1) > WIDEST * size.max(axis=1)
    right, left = np.zeros((n, p, p)), np.zeros((n, p, p))
    right[usable] = vectors[usable].real
    left[usable] = np.linalg.inv(right[usable])
    return BlockModes(
        np.ascontiguousarray(values.real.T),
        np.ascontiguousarray(np.moveaxis(right, 0, -1)),
        np.ascontiguousarray(np.moveaxis(left, 0, -1)),
        usable,
    )
