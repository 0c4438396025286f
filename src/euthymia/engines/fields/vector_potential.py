"""Primary field of a coil: ∂A/∂t and B of dipoles, wires and sampled potentials at many points, in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_sources import (
    AnySource,
    CoilSource,
    CombinedSource,
    DipoleSource,
    SampledSource,
    SegmentSource,
)
from euthymia.engines.fields.mesh import FloatArray

MU0_OVER_4PI = 1e-7
"""T m/A (exact in the SI before 2019; since then the same to 2e-10)."""

PAIRS_AT_ONCE = 1 << 15
"""Point and element pairs held at once: 256 kB for each temporary array, which stays in the cache."""

NEAR_RATIO = 1e-6
"""Squared distances below this share of the squared extent are computed from differences, to lose no digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Excitation:
    """One coil as it is fired: its source in the frame of the head, and the slope of its current in A/s."""

    source: AnySource
    slope_a_s: float


def dA_dt(source: AnySource, points: Any, dIdt: float) -> FloatArray:  # noqa: N802, N803
    """Rate of change of the vector potential.

    Parameters
    ----------
    source
        Coil, in the frame of ``points``.
    points : (n, 3) float64
        m.
    dIdt
        Slope of the coil current, A/s.

    Returns
    -------
    (n, 3) float64
        V/m. The primary electric field is the negative of it.

    Raises
    ------
    InvalidInput
        For a slope or points that are not finite, points on the wire or a dipole, and points outside a sampled grid.

    Notes
    -----
    Dipoles: ``1e-7 Σ m × (r − s) / |r − s|³``. Wires: the closed form of ``∫ dl / |r − r'|`` along each straight piece,
    ``2 artanh(L / (R₁ + R₂))``, so pieces may be long. Sampled: cubic interpolation. Displacement currents and the
    field of the currents in the tissue are left out (quasi-static).

    References
    ----------
    Jackson 1999, Classical Electrodynamics, 3rd ed., sections 5.4 and 5.6.
    """
    if not np.isfinite(dIdt):
        raise InvalidInput("dIdt", dIdt, "a finite slope in A/s", "1 A/µs is 1e6 A/s.")
    return potential_per_ampere(source, points) * float(dIdt)


def total_dA_dt(excitations: Sequence[Excitation], points: Any) -> FloatArray:  # noqa: N802
    """∂A/∂t of several coils or pulses that rise at the same time, V/m, ``(n, 3)``; the parts add up."""
    if not excitations:
        raise InvalidInput("excitations", "empty", "at least one coil")
    return np.asarray(sum(dA_dt(e.source, points, e.slope_a_s) for e in excitations))


def potential_per_ampere(source: AnySource, points: Any) -> FloatArray:
    """Vector potential per ampere, T m/A, ``(n, 3)``; see :func:`dA_dt`."""
    at = checked_points(points)
    if isinstance(source, CombinedSource):
        parts = zip(source.parts, source.shares, strict=True)
        return np.asarray(sum(share * potential_per_ampere(part, at) for part, share in parts))
    if isinstance(source, SampledSource):
        from euthymia.engines.fields.a_field import interpolate

        return interpolate(source, at)
    if isinstance(source, DipoleSource):
        return _in_chunks(at, source.n_elements, lambda some: _dipole_potential(source, some))
    return _in_chunks(at, source.n_elements, lambda some: _wire_potential(source, some))


def magnetic_field(source: CoilSource, points: Any) -> FloatArray:
    """Magnetic flux density per ampere, T/A, ``(n, 3)``, of dipoles or closed wires (Biot and Savart, exact)."""
    at = checked_points(points)
    if isinstance(source, SampledSource):
        raise InvalidInput(
            "source",
            "a sampled vector potential",
            "dipoles or wires",
            "The curl of samples is too rough; import the .ccd or .tcd file of the coil instead of its NIfTI file.",
        )
    if isinstance(source, DipoleSource):
        return _in_chunks(at, source.n_elements, lambda some: _dipole_field(source, some))
    return _in_chunks(at, source.n_elements, lambda some: _wire_field(source, some))


def checked_points(points: Any) -> FloatArray:
    """Points as a contiguous ``(n, 3)`` float64 array."""
    at = np.ascontiguousarray(points, dtype=np.float64)
    if at.ndim != 2 or at.shape[1] != 3:
        raise InvalidInput("points", f"of shape {at.shape}", "an array (n, 3) in metres")
    bad = np.flatnonzero(~np.isfinite(at).all(axis=1))
    if bad.size:
        raise InvalidInput("points", f"not finite at {bad.size} points, first {bad[0]}", "finite positions in metres")
    return at


def _in_chunks(points: FloatArray, n_elements: int, part: Callable[[FloatArray], FloatArray]) -> FloatArray:
    size = max(1, PAIRS_AT_ONCE // n_elements)
    found = np.empty_like(points)
    for first in range(0, points.shape[0], size):
        with np.errstate(divide="ignore", invalid="ignore"):
            found[first : first + size] = part(points[first : first + size])
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if bad.size:
        raise InvalidInput(
            "points",
            f"on the winding at {bad.size} points, first {bad[0]}",
            "points away from the conductor of the coil",
            "The coil reaches into the head or the mesh: move it out along its normal.",
        )
    return found


def _squared_distances(points: FloatArray, sources: FloatArray) -> FloatArray:
    """``(n, k)`` from one matrix product; points near a source again from differences."""
    middle = sources.mean(axis=0)
    p, s = points - middle, sources - middle
    pp, ss = np.einsum("ij,ij->i", p, p), np.einsum("ij,ij->i", s, s)
    squared = p @ (-2.0 * s.T)
    squared += pp[:, None]
    squared += ss
    near = np.flatnonzero(squared.min(axis=1) < NEAR_RATIO * (pp + ss.max()))
    if near.size:
        gap = p[near, None, :] - s
        squared[near] = np.einsum("ijk,ijk->ij", gap, gap)
    return np.asarray(squared)


def _dipole_potential(source: DipoleSource, points: FloatArray) -> FloatArray:
    weight = _squared_distances(points, source.positions)
    weight *= np.sqrt(weight)
    np.divide(MU0_OVER_4PI, weight, out=weight)
    middle = source.positions.mean(axis=0)
    moments = source.moments_per_ampere
    table = np.hstack([moments, np.cross(moments, source.positions - middle)])
    sums = weight @ table
    return np.asarray(np.cross(sums[:, :3], points - middle) - sums[:, 3:])


def _dipole_field(source: DipoleSource, points: FloatArray) -> FloatArray:
    squared = _squared_distances(points, source.positions)
    cubed = MU0_OVER_4PI / (squared * np.sqrt(squared))
    middle = source.positions.mean(axis=0)
    s, r, moments = source.positions - middle, points - middle, source.moments_per_ampere
    along = r @ moments.T - np.einsum("ij,ij->i", moments, s)
    fifth = 3.0 * along * cubed / squared
    return np.asarray(r * fifth.sum(axis=1)[:, None] - fifth @ s - cubed @ moments)


def _wire_ends(source: SegmentSource) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    lengths = np.linalg.norm(source.vectors, axis=1)
    kept = lengths > 0
    half = source.vectors[kept] / 2
    centers = source.centers[kept]
    return centers - half, centers + half, lengths[kept], source.weights[kept]


def _wire_potential(source: SegmentSource, points: FloatArray) -> FloatArray:
    start, end, lengths, weights = _wire_ends(source)
    reach = np.sqrt(_squared_distances(points, start))
    reach += np.sqrt(_squared_distances(points, end))
    np.divide(lengths, reach, out=reach)
    np.arctanh(reach, out=reach)
    return np.asarray(reach @ ((end - start) * (2.0 * MU0_OVER_4PI * weights / lengths)[:, None]))


def _wire_field(source: SegmentSource, points: FloatArray) -> FloatArray:
    start, end, lengths, weights = _wire_ends(source)
    first, second = np.sqrt(_squared_distances(points, start)), np.sqrt(_squared_distances(points, end))
    sum_, product = first + second, first * second
    scale = 2.0 * MU0_OVER_4PI * weights * sum_ / (product * (sum_**2 - lengths**2))
    step = end - start
    table = np.hstack([step, np.cross(step, start)])
    sums = scale @ table
    return np.asarray(np.cross(sums[:, :3], points) - sums[:, 3:])
