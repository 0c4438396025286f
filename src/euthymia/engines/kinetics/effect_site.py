"""Effect site: a place that follows the level with a delay, ``dCe/dt = ke0 (C - Ce)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.inputs import FloatArray, finite

Slope = Callable[[FloatArray, FloatArray, Mapping[str, FloatArray]], FloatArray]


def with_effect_site(rates: FloatArray, weights: FloatArray, ke0_per_h: float) -> FloatArray:
    """Return the rates of a linear model with the effect-site level as one more state, so that it is solved exactly.

    Parameters
    ----------
    rates
        ``(n, m, m)`` or ``(m, m)``, 1/h.
    weights
        ``(n, m)`` or ``(m,)``: turns the amounts into the level that drives the site.
    ke0_per_h
        Rate constant of the delay.

    Returns
    -------
    FloatArray
        ``(n, m + 1, m + 1)``; the last state is Ce in the unit of the level. It takes no drug from the body.
    """
    matrix, row = np.atleast_3d(finite("rates", rates)), np.atleast_2d(finite("weights", weights))
    if np.ndim(rates) == 2:
        matrix = np.asarray(rates, dtype=float)[None]
    rate = _rate(ke0_per_h)
    n, m = max(matrix.shape[0], row.shape[0]), matrix.shape[-1]
    if matrix.shape[1:] != (m, m) or row.shape[1] != m or not {matrix.shape[0], row.shape[0]} <= {1, n}:
        raise InvalidInput("rates, weights", (np.shape(rates), np.shape(weights)), "(n, m, m) and (n, m)")
    result = np.zeros((n, m + 1, m + 1))
    result[:, :m, :m] = matrix
    result[:, m, :m] = rate * row
    result[:, m, m] = -rate
    return result


def slope_with_effect_site(
    slope: Slope, level: Callable[[FloatArray, Mapping[str, FloatArray]], FloatArray], ke0_per_h: float
) -> Slope:
    """Return the slope of a non-linear model with the effect-site level as one more (last) state.

    ``level(states (n, m), parameters) -> (n,)`` gives the level that drives it.
    """
    rate = _rate(ke0_per_h)

    def extended(times_h: FloatArray, states: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
        body, site = states[:, :-1], states[:, -1]
        change = rate * (level(body, values) - site)
        return np.concatenate([slope(times_h, body, values), change[:, None]], axis=1)

    return extended


def effect_site_from_samples(
    times_h: FloatArray, levels: FloatArray, ke0_per_h: float, initial: float | FloatArray = 0.0
) -> FloatArray:
    """Return the effect-site level ``(n, T)`` of sampled levels ``(n, T)``.

    Exact for levels that are straight between the samples; give samples close together around dose edges, or use
    :func:`with_effect_site`, which has no such limit. ``initial`` is Ce at the first time, a number or ``(n,)``.
    """
    times, samples, rate = finite("times_h", times_h), np.atleast_2d(finite("levels", levels)), _rate(ke0_per_h)
    if times.ndim != 1 or samples.shape[1] != times.size or (np.diff(times) <= 0).any():
        raise InvalidInput(
            "times_h", times.shape, f"strictly ascending times, one for each of {samples.shape[1]} levels"
        )
    result = np.empty_like(samples)
    result[:, 0] = initial
    for i, span in enumerate(np.diff(times)):
        growth = (samples[:, i + 1] - samples[:, i]) / span
        # Particular solution of a straight input: C(t) - growth / ke0.
        start = result[:, i] - (samples[:, i] - growth / rate)
        result[:, i + 1] = samples[:, i + 1] - growth / rate + start * np.exp(-rate * span)
    return result


def _rate(ke0_per_h: float) -> float:
    if not (np.isfinite(ke0_per_h) and ke0_per_h > 0):
        raise InvalidInput("ke0_per_h", ke0_per_h, "above 0, in 1/h")
    return float(ke0_per_h)
