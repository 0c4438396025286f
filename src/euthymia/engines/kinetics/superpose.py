"""Sums of modes over all inputs at the observation times, in NumPy."""

from __future__ import annotations

import numpy as np

from euthymia.engines.kinetics.inputs import FloatArray, InputTable


def superpose(
    values: FloatArray,
    left: FloatArray,
    inverse: FloatArray,
    inputs: InputTable,
    times_h: FloatArray,
    initial: FloatArray,
) -> FloatArray:
    """Outputs ``(n, t, k)`` of the modal sum.

    Parameters
    ----------
    values
        Eigenvalues ``(n, m)``.
    left
        Outputs in modal coordinates, ``(n, k, m)``.
    inverse
        Inverse eigenvectors ``(n, m, m)``.
    inputs
        The inputs.
    times_h
        ``(t,)``.
    initial
        ``(n, m)``, mg at time 0.
    """
    weight = np.einsum("nij,nj->ni", inverse, initial)
    modal = weight[:, None, :] * np.exp(values[:, None, :] * times_h[:, None])
    for q, state in enumerate(inputs.state):
        start, amount, duration = inputs.start[q], inputs.amount[q], inputs.duration[q]
        elapsed = times_h - start[:, None]
        after = np.maximum(elapsed - duration[:, None], 0.0)
        given = np.where(elapsed >= 0, np.minimum(elapsed, duration[:, None]), 0.0)[..., None]
        rate = values[:, None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.where(rate == 0, given, np.expm1(rate * given) / rate)
            per_hour = np.where(duration > 0, amount / duration, 0.0)[:, None, None]
        spread = np.where(
            (duration > 0)[:, None, None], per_hour * spread, np.where(elapsed >= 0, amount[:, None], 0)[..., None]
        )
        modal = modal + spread * np.exp(rate * after[..., None]) * inverse[:, None, :, state]
    result: FloatArray = modal @ left.transpose(0, 2, 1)
    return result
