"""How deep and how wide a coil stimulates: half-value depth, volume and spread in the standard sphere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.analytic_sphere import sphere_field
from euthymia.engines.fields.coil_sources import CoilSource, DipoleSource
from euthymia.engines.fields.mesh import FloatArray

HEAD_RADIUS_M = 0.085
BRAIN_RADIUS_M = 0.070
WINDING_GAP_M = 0.005
"""From the scalp to the nearest conductor; with it the published values are met best (measured here, not read)."""


@dataclass(frozen=True, slots=True)
class DepthAndSpread:
    """Figures of merit of a coil on a sphere.

    Parameters
    ----------
    peak_v_m
        Largest field on the brain surface at 1 A/µs, V/m.
    depth_m
        From the brain surface to the deepest point that has half of the peak, d½.
    volume_m3
        Volume that has at least half of the peak, V½.
    """

    peak_v_m: float
    depth_m: float
    volume_m3: float

    @property
    def spread_m2(self) -> float:
        """Tangential spread S½ = V½ / d½, m²."""
        return self.volume_m3 / self.depth_m


def depth_and_spread(
    source: CoilSource,
    *,
    radius_m: float = BRAIN_RADIUS_M,
    directions: tuple[int, int] = (36, 48),
    n_radii: int = 48,
) -> DepthAndSpread:
    """Half-value depth and spread of a coil outside a sphere around the origin.

    Parameters
    ----------
    source
        Dipoles, in a frame whose origin is the center of the sphere and whose z axis runs through the coil.
    radius_m
        Radius of the brain, m.
    directions
        Rays: polar (denser at the pole) and around.
    n_radii
        Points on each ray.

    Raises
    ------
    InvalidInput
        For wires and sampled fields (the closed form is for dipoles).

    References
    ----------
    Deng, Lisanby, Peterchev 2013, Brain Stimul 6:1, doi 10.1016/j.brs.2012.02.005 (definitions).
    """
    if not isinstance(source, DipoleSource):
        raise InvalidInput("source", type(source).__name__, "magnetic dipoles")
    nodes, weights = np.polynomial.legendre.leggauss(directions[0])
    share = (nodes + 1) / 2
    polar = np.pi * share**2
    solid = np.pi * share * weights * np.sin(polar) * 2 * np.pi / directions[1]
    around = 2 * np.pi * (np.arange(directions[1]) + 0.5) / directions[1]
    rays = np.stack(
        [
            np.outer(np.sin(polar), np.cos(around)),
            np.outer(np.sin(polar), np.sin(around)),
            np.repeat(np.cos(polar)[:, None], directions[1], axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    radii = radius_m * np.linspace(0.3, 1.0, n_radii)
    rates = source.moments_per_ampere * 1e6

    def strength(points: FloatArray) -> FloatArray:
        return np.asarray(np.linalg.norm(sphere_field(points, source.positions, rates), axis=1))

    surface = strength(rays * radius_m)
    peak = _refined_peak(surface, rays, radius_m, strength)
    reached = surface > peak / 2
    points = rays[reached][None] * radii[:, None, None]
    field = strength(points.reshape(-1, 3)).reshape(n_radii, -1)
    deepest = _crossing(field, radii, peak / 2)
    volume = float((np.repeat(solid, directions[1])[reached] * (radius_m**3 - deepest**3) / 3).sum())
    return DepthAndSpread(peak, float(radius_m - deepest.min()), volume)


def _refined_peak(
    surface: FloatArray, rays: FloatArray, radius_m: float, strength: Callable[[FloatArray], FloatArray]
) -> float:
    """The maximum over a finer patch around the best ray."""
    best = rays[int(surface.argmax())]
    side = np.cross(best, [0.0, 1.0, 0.0] if abs(best[1]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    steps = np.linspace(-0.12, 0.12, 13)
    patch = best + steps[:, None, None] * side + steps[None, :, None] * np.cross(best, side)
    patch = (patch / np.linalg.norm(patch, axis=2, keepdims=True)).reshape(-1, 3)
    return max(float(strength(patch * radius_m).max()), float(surface.max()))


def _crossing(field: FloatArray, radii: FloatArray, level: float) -> FloatArray:
    """Smallest radius at which each column stays at or above the level from there to the surface."""
    below = field < level
    last = np.where(below.any(axis=0), field.shape[0] - 1 - below[::-1].argmax(axis=0), -1)
    column = np.arange(field.shape[1])
    low = last.clip(0, field.shape[0] - 2)
    rise = field[low + 1, column] - field[low, column]
    found = radii[low] + (level - field[low, column]) / rise * (radii[low + 1] - radii[low])
    return np.asarray(np.where(last < 0, radii[0], found))
