"""A coil at many angles by its potential on a grid: for helmets and other coils that no disk of dipoles stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.a_field import interpolate, tabulate
from euthymia.engines.fields.coil_sources import AnySource, SampledSource
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.placement_grid import turned
from euthymia.engines.fields.reciprocity import CurrentElements
from euthymia.engines.fields.vector_potential import potential_per_ampere

LARGEST_ERROR = 0.01
STEP_M = 0.005
_CHECKED = 400


@dataclass(frozen=True, slots=True, eq=False)
class TabulatedCoil:
    """A coil turned about its z axis.

    Parameters
    ----------
    source
        Its potential on a grid, in the frame of the coil.
    angles_rad : (a,)
        Angles by which the coil is turned.
    error : float
        Relative error of the interpolation at points where it is used; 0 when the coil itself is sampled.
    """

    source: SampledSource
    angles_rad: FloatArray
    error: float

    def fields(self, elements: CurrentElements, matrices: FloatArray, slope_a_s: float = 1.0) -> FloatArray:
        """Mean field of each patch, V/m, ``(c, a, p, 3)``, at poses ``(c, 4, 4)`` and every angle."""
        count, patches = self.angles_rad.size, elements.weights.size
        strengths = elements.strengths.reshape(-1, 3 * patches)
        result = np.empty((matrices.shape[0], count, patches, 3))
        for number, matrix in enumerate(matrices):
            poses = turned(np.repeat(matrix[None], count, axis=0), self.angles_rad)
            axes = poses[:, :3, :3]
            local = np.einsum("nj,ajk->ank", elements.positions - matrix[:3, 3], axes)
            own = interpolate(self.source, local.reshape(-1, 3)).reshape(local.shape)
            rates = np.einsum("ank,ajk->anj", own, axes).reshape(count, -1) * slope_a_s
            result[number] = (rates @ strengths).reshape(count, 3, patches).swapaxes(1, 2)
        return result


def tabulated_coil(source: AnySource, points: FloatArray, angles_rad: Any) -> TabulatedCoil:
    """Sample a coil where it will be used.

    Parameters
    ----------
    points : (m, 3)
        Where its potential has to be right, in the frame of the coil at angle zero, m.

    Raises
    ------
    InvalidInput
        When interpolation is worse than 1 % there: the winding comes too near to the points.
    """
    angles = np.atleast_1d(np.asarray(angles_rad, dtype=np.float64))
    if isinstance(source, SampledSource):
        return TabulatedCoil(source, angles, 0.0)
    around = float(np.hypot(points[:, 0], points[:, 1]).max()) + STEP_M
    low = np.array([-around, -around, points[:, 2].min() - STEP_M])
    high = np.array([around, around, points[:, 2].max() + STEP_M])
    table = tabulate(source, low, high, STEP_M, n_checked=1).source
    some = points[np.linspace(0, len(points) - 1, min(_CHECKED, len(points))).astype(np.int64)]
    checked = turned(np.repeat(np.eye(4)[None], len(some), axis=0), np.resize(angles, len(some)))[:, :3, :3]
    at = np.einsum("nj,njk->nk", some, checked)
    exact = potential_per_ampere(source, at)
    error = float(np.linalg.norm(interpolate(table, at) - exact) / np.linalg.norm(exact))
    if error > LARGEST_ERROR:
        raise InvalidInput(
            "source",
            f"a coil whose potential on a grid is {error:.1%} off at the region",
            f"at most {LARGEST_ERROR:.0%}",
            "Its winding comes close to the region: evaluate it with CurrentElements.field, pose by pose.",
        )
    return TabulatedCoil(table, angles, error)
