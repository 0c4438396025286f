"""Neighbors agree: a Markov random field over the tissue probabilities, by mean field."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.segment_prior import Stack

STRENGTH = 0.15
STEPS = 4


def smoothed(shares: Stack, *, strength: float = STRENGTH, steps: int = STEPS) -> Stack:
    """Probabilities after neighbors were heard.

    Parameters
    ----------
    shares : (t, i, j, k) float32
        Probability of each tissue from intensity and prior, summing to 1.
    strength
        How much one of the six neighbors weighs: a tissue it surely has gains the factor ``exp(strength)``.
    steps
        Rounds of the mean field.

    References
    ----------
    Zhang, Brady, Smith 2001, IEEE Trans Med Imaging 20:45. doi 10.1109/42.906424
    """
    if not (np.isfinite(strength) and 0 <= strength <= 5):
        raise InvalidInput("strength", strength, "0 to 5")
    if shares.ndim != 4:
        raise InvalidInput("shares", f"of shape {shares.shape}", "(tissues, i, j, k)")
    alone = np.maximum(shares, 1e-12)
    found = shares
    for _ in range(steps):
        fresh = np.empty_like(found)
        for own, given, base in zip(fresh, found, alone, strict=True):
            near = np.zeros_like(given)
            for axis in range(3):
                a, b = [slice(None)] * 3, [slice(None)] * 3
                a[axis], b[axis] = slice(1, None), slice(None, -1)
                near[tuple(a)] += given[tuple(b)]
                near[tuple(b)] += given[tuple(a)]
            np.exp(np.float32(strength) * near, out=near)
            np.multiply(near, base, out=own)
        fresh /= fresh.sum(axis=0)
        found = fresh
    return found
