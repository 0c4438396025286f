"""Modes of linear compartment models: decomposed once per patient; the dose plan then only changes exponentials.

The flow graph is split into groups of exchanging compartments that feed one another in one direction. Each group is
decomposed alone; the links follow by substitution, so that a chain costs little and equal groups are seen at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.block_modes import block_modes
from euthymia.engines.kinetics.inputs import FloatArray, finite
from euthymia.engines.kinetics.structure import Block, blocks


@dataclass(frozen=True, slots=True)
class Modes:
    """Eigenvalues and eigenvectors of the rate matrices: ``rates = vectors @ diag(values) @ inverse``.

    Parameters
    ----------
    rates
        The matrices they came from, ``(n, m, m)``, 1/h; ``n`` is 1 when every patient shares one matrix.
    losses
        What leaves the model from each state, ``(n, m)``, 1/h.
    values
        Eigenvalues ``(n, m)``, 1/h, zero or below.
    vectors, inverse
        ``(n, m, m)``.
    usable
        ``(n,)``: whether the patient has real modes with distinct values.
    """

    rates: FloatArray
    losses: FloatArray
    values: FloatArray
    vectors: FloatArray
    inverse: FloatArray
    usable: NDArray[np.bool_]

    @property
    def n_states(self) -> int:
        """Number of states."""
        return int(self.rates.shape[-1])


def decompose(rates: FloatArray, losses: FloatArray | None = None) -> Modes:
    """Decompose rate matrices.

    Parameters
    ----------
    rates
        ``(n, m, m)`` or ``(m, m)``, 1/h: off the diagonal what the row gains from the column, on it minus what leaves.
    losses
        ``(n, m)`` or ``(m,)``, 1/h: what leaves the model from each state, when it is known apart. It keeps the digits
        of a slow loss beside a fast exchange, which the diagonal has rounded away.

    Raises
    ------
    InvalidInput
        When they are not square, not finite, have a negative off-diagonal or a positive diagonal rate, or when the
        losses do not agree with the diagonal.
    """
    matrices = checked_rates(rates)
    n, m, _ = matrices.shape
    flows = np.array(np.moveaxis(matrices, 0, -1), order="C")  # a copy: its diagonal is set to zero
    leaving = _losses(flows, losses)
    rounding = 4 * np.finfo(float).eps * np.abs(flows[np.arange(m), np.arange(m)])
    flows[np.arange(m), np.arange(m)] = 0.0
    parts = blocks((flows != 0).any(axis=-1))
    values, vectors, inverse = np.zeros((m, n)), np.zeros((m, m, n)), np.zeros((m, m, n))
    usable = np.ones(n, dtype=bool)
    for block in parts:
        inside = np.ix_(block.states, block.states)
        out = leaving[list(block.states)]
        for state in set(range(m)) - set(block.states):
            out = out + flows[state, list(block.states)]
        out = np.where((out < 0) & (out > -rounding[list(block.states)]), 0.0, out)
        found = block_modes(flows[inside], out, block)
        values[list(block.states)] = found.values
        vectors[inside], inverse[inside] = found.right, found.left
        usable &= found.usable
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        _link(flows, parts, values, vectors, inverse)
        _invert(parts, vectors, inverse)
    usable &= np.isfinite(vectors).all(axis=(0, 1)) & np.isfinite(inverse).all(axis=(0, 1))
    if not usable.all():
        vectors[..., ~usable] = inverse[..., ~usable] = 0.0
    return Modes(matrices, leaving.T, values.T, np.moveaxis(vectors, -1, 0), np.moveaxis(inverse, -1, 0), usable)


def _link(
    flows: FloatArray, parts: tuple[Block, ...], values: FloatArray, vectors: FloatArray, inverse: FloatArray
) -> None:
    """Fill, in place, what the modes of each group do in the groups that it feeds."""
    linked = (flows != 0).any(axis=-1)
    for number, source in enumerate(parts):
        reached = set(source.states)
        for target in parts[number + 1 :]:
            feeds = [(row, col) for row in target.states for col in sorted(reached) if linked[row, col]]
            if not feeds:
                continue
            reached |= set(target.states)
            for mode in source.states:
                forced = {row: np.zeros_like(values[0]) for row in target.states}
                for row, col in feeds:
                    forced[row] += flows[row, col] * vectors[col, mode]
                for other in target.states:
                    share = np.zeros_like(values[0])
                    for row in target.states:
                        share += inverse[other, row] * forced[row]
                    share /= values[mode] - values[other]
                    for row in target.states:
                        vectors[row, mode] += vectors[row, other] * share


def _invert(parts: tuple[Block, ...], vectors: FloatArray, inverse: FloatArray) -> None:
    """Fill, in place, the blocks of the inverse below the diagonal; those on it are there."""
    linked = (vectors != 0).any(axis=-1)
    for number, target in enumerate(parts):
        for column in (state for source in parts[:number] for state in source.states):
            taken = {}
            for row in target.states:
                upstream = [p for s in parts[:number] for p in s.states if linked[row, p]]
                terms = [vectors[row, p] * inverse[p, column] for p in upstream]
                taken[row] = sum(terms[1:], terms[0]) if terms else np.zeros(vectors.shape[-1])
            for mode in target.states:
                for row in target.states:
                    inverse[mode, column] -= inverse[mode, row] * taken[row]


def _losses(flows: FloatArray, losses: FloatArray | None) -> FloatArray:
    """What leaves the model from each state, ``(m, n)``: as given, or what the columns lack to a sum of zero."""
    m, _, n = flows.shape
    diagonal = flows[np.arange(m), np.arange(m)]
    total, lost = np.zeros((m, n)), np.zeros((m, n))
    for row in range(m):  # a compensated sum: what rounding drops is kept in `lost`
        new = total + flows[row]
        back = new - total
        lost += (total - (new - back)) + (flows[row] - back)
        total = new
    found: FloatArray = -(total + lost)
    if losses is None:
        rounding = 4 * np.finfo(float).eps * np.abs(diagonal)
        return np.where(np.abs(found) <= rounding, 0.0, found)
    given = finite("losses", losses)
    given = given[None] if given.ndim == 1 else given
    if given.ndim != 2 or given.shape[1] != m or given.shape[0] not in (1, n):
        raise InvalidInput("losses", np.shape(losses), f"shape ({n}, {m}) or ({m},)")
    apart = np.abs(given.T - found) > 1e-12 * np.abs(diagonal)
    if apart.any():
        state = int(np.argwhere(apart)[0][0])
        raise InvalidInput(f"losses of state {state}", given.T[apart][0], "what the column of `rates` lacks to zero")
    return np.array(np.broadcast_to(given.T, (m, n)))


def checked_rates(rates: FloatArray) -> FloatArray:
    """Return the matrices as ``(n, m, m)`` after the checks of a compartment model."""
    matrices = finite("rates", rates)
    if matrices.ndim == 2:
        matrices = matrices[None]
    if matrices.ndim != 3 or matrices.shape[1] != matrices.shape[2] or 0 in matrices.shape:
        raise InvalidInput("rates", matrices.shape, "square matrices: shape (m, m) or (n, m, m)")
    diagonal = np.einsum("nii->ni", matrices)
    if diagonal.max() > 0:
        raise InvalidInput("rates", float(diagonal.max()), "a diagonal of zero or below", "It holds minus what leaves.")
    m = matrices.shape[1]
    lowest = matrices.reshape(-1, m * m)[:, ~np.eye(m, dtype=bool).ravel()].min(initial=0.0)
    if lowest < 0:
        raise InvalidInput("rates", float(lowest), "rates of zero or more off the diagonal", "Row gains from column.")
    return matrices
