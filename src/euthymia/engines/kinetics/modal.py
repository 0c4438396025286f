"""Modes of linear compartment models: decomposed once per patient; the dose plan then only changes exponentials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.inputs import FloatArray, finite


@dataclass(frozen=True, slots=True)
class Modes:
    """Eigenvalues and eigenvectors of the rate matrices: ``rates = vectors @ diag(values) @ inverse``.

    Parameters
    ----------
    rates
        The matrices they came from, ``(n, m, m)``, 1/h; ``n`` is 1 when every patient shares one matrix.
    values
        Eigenvalues ``(n, m)``, 1/h, zero or below.
    vectors, inverse
        ``(n, m, m)``.
    condition
        Condition number of the eigenvectors, ``(n,)``; infinite where the modes cannot be used.
    usable
        ``(n,)``: whether the patient has real, separable modes.
    """

    rates: FloatArray
    values: FloatArray
    vectors: FloatArray
    inverse: FloatArray
    condition: FloatArray
    usable: NDArray[np.bool_]

    @property
    def n_states(self) -> int:
        """Number of states."""
        return int(self.rates.shape[-1])


def decompose(rates: FloatArray) -> Modes:
    """Decompose rate matrices ``(n, m, m)`` or ``(m, m)``, 1/h.

    Raises
    ------
    InvalidInput
        When they are not square, not finite, have a negative off-diagonal or a positive diagonal rate.
    """
    matrices = checked_rates(rates)
    values, vectors = np.linalg.eig(matrices)
    usable = np.abs(values.imag).max(axis=1, initial=0.0) == 0.0
    real_values, real_vectors = np.ascontiguousarray(values.real), np.ascontiguousarray(vectors.real)
    condition = np.linalg.cond(real_vectors, 2)
    usable &= np.isfinite(condition) & (condition < 1e10)
    inverse = np.zeros_like(real_vectors)
    inverse[usable] = np.linalg.inv(real_vectors[usable])
    return Modes(matrices, real_values, real_vectors, inverse, np.where(usable, condition, np.inf), usable)


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
    lowest = np.where(np.eye(matrices.shape[1], dtype=bool), 0.0, matrices).min()
    if lowest < 0:
        raise InvalidInput("rates", float(lowest), "rates of zero or more off the diagonal", "Row gains from column.")
    return matrices
