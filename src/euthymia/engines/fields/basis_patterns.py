"""Which combinations of sources to solve: the main patterns of many random coils, and how to know them by sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.engines.fields.coil_sources import SegmentSource
from euthymia.engines.fields.huygens import HuygensSources
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.vector_potential import potential_per_ampere

GAUGE_SHARE = {1: 0.3, 2: 0.1}
"""By order: weight of the gradient part, which drives no current; elements answer it by their error only."""
FIT_RIDGE = 1e-3
"""Singular values below this share of the largest are damped when coils are written as sources."""
SAMPLE_RIDGE = 1e-7
"""Ridge of the regression from samples to coefficients, a share of the whole variance."""
ROUNDS = 3
"""Rounds in which coils that the patterns miss are given more weight: the worst placement counts, not the mean."""
_DIRECTIONS = 900


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Main patterns of coils.

    Parameters
    ----------
    combinations : (count, c)
        Of the sources, one column a pattern.
    sizes : (c,)
        Root of the mean square coefficient over the random coils.
    projection : (c, 3 j)
        dA/dt at the control points, V/m, to coefficients.
    """

    combinations: FloatArray
    sizes: FloatArray
    projection: FloatArray


def main_patterns(
    sources: HuygensSources,
    coils: Sequence[SegmentSource],
    fit: FloatArray,
    control: FloatArray,
    felt: FloatArray,
    solved: int,
    order: int,
) -> Patterns:
    """Find them.

    Parameters
    ----------
    coils
        Random coils (``coil_prior.prior_coils``).
    fit : (f, 3)
        Points in the head at which coils are written as sources, m.
    control : (j, 3)
        Points at which the potential of a coil will be sampled, m.
    felt : (p, 3)
        Points of the cortex that stand for where the field is wanted, m.
    solved
        Number of patterns.
    order
        Of the elements.

    Notes
    -----
    1. Each coil's vector potential at ``fit`` is written as a ridge combination of the sources, dipoles and gradients.
    2. The potential of the dipole part alone is tangential to spheres, and about the field itself in a head that is
       round; its norm over ``felt`` makes every coil count the same. With the gradient part at a smaller weight beside
       it, the coils' main directions are the patterns.
    3. Coefficients are regressed on samples at ``control`` over the same coils.
    """
    sampled = potentials_of(coils, control)
    matched = sources.potentials(fit).reshape(fit.size, -1)
    gram = matched @ matched.T
    gram[np.diag_indices_from(gram)] += FIT_RIDGE**2 * _largest(gram)
    written = matched.T @ np.linalg.solve(gram, potentials_of(coils, fit))
    at, half = sources.potentials(felt).reshape(felt.size, -1), sources.count // 2
    driving, gauge = at[:, :half] @ written[:half], at[:, half:] @ written[half:]
    scale = 1 / np.linalg.norm(driving, axis=0)
    features = np.concatenate([driving, GAUGE_SHARE[order] * gauge]) * scale
    axes = _main_axes(features, solved)
    coordinates = axes.T @ features
    sizes = np.sqrt((coordinates**2).mean(axis=1))
    # least squares: the sources that make each axis, as the coils together show it
    combinations = (written * scale) @ np.linalg.pinv(coordinates, rcond=1e-9)
    sampled = sampled * scale
    gram = sampled @ sampled.T
    gram[np.diag_indices_from(gram)] += SAMPLE_RIDGE * np.trace(gram)
    projection = np.linalg.solve(gram, sampled @ coordinates.T).T
    return Patterns(np.ascontiguousarray(combinations), sizes, np.asarray(projection))


def potentials_of(coils: Sequence[SegmentSource], points: FloatArray) -> FloatArray:
    """Vector potential per ampere, ``(3 m, coils)``."""
    return np.stack([potential_per_ampere(coil, points).ravel() for coil in coils], axis=1)


def _main_axes(features: FloatArray, solved: int) -> FloatArray:
    """Orthonormal directions ``(rows, solved)`` in which the columns vary most, badly met columns weighing more."""
    # A random start finds the leading directions: the rest are below 1e-4 of the first.
    mixed = features @ np.random.default_rng(0).standard_normal((features.shape[1], max(_DIRECTIONS, 2 * solved)))
    wide = np.linalg.qr(features @ (features.T @ mixed))[0]
    coordinates = wide.T @ features
    weights = np.ones(features.shape[1])
    count = min(solved, wide.shape[1])
    axes = np.eye(wide.shape[1])[:, :count]
    for _ in range(ROUNDS):
        missed = np.linalg.norm(coordinates - axes @ (axes.T @ coordinates), axis=0)
        weights = weights * (0.2 + missed / max(float(missed.mean()), 1e-300))
        weighted = coordinates * np.sqrt(weights)
        axes = np.linalg.eigh(weighted @ weighted.T)[1][:, ::-1][:, :count]
    return np.asarray(wide @ axes)


def _largest(gram: FloatArray) -> float:
    """Largest eigenvalue of a positive matrix, within a few per cent: power iteration."""
    vector = np.ones(gram.shape[0])
    for _ in range(30):
        vector = gram @ (vector / np.linalg.norm(vector))
    return float(np.linalg.norm(vector))
