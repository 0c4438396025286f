"""Primary field of dipoles at many points, compiled by JAX in double precision, on the CPU or a GPU."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_sources import DipoleSource
from euthymia.engines.fields.double_precision import double_precision, found_jax
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.vector_potential import MU0_OVER_4PI, checked_points

POINTS_AT_ONCE = {"cpu": 256, "gpu": 1 << 14}
"""One compiled size for any number of points; the last part is padded."""


def dA_dt_jax(source: DipoleSource, points: Any, dIdt: float) -> FloatArray:  # noqa: N802, N803
    """∂A/∂t of dipoles, V/m, ``(n, 3)``: the same sum as :func:`~euthymia.engines.fields.vector_potential.dA_dt`.

    Raises
    ------
    MissingExtra
        When JAX is not installed.
    InvalidInput
        For wires and sampled fields, a slope that is not finite, or points on a dipole.
    """
    if not isinstance(source, DipoleSource):
        raise InvalidInput("source", type(source).__name__, "magnetic dipoles", "Use dA_dt for wires and samples.")
    if not np.isfinite(dIdt):
        raise InvalidInput("dIdt", dIdt, "a finite slope in A/s")
    at = checked_points(points)
    jax = found_jax()
    size = POINTS_AT_ONCE.get(jax.default_backend(), POINTS_AT_ONCE["gpu"])
    found = np.empty_like(at)
    with double_precision(jax):
        kernel = _kernel()
        for first in range(0, at.shape[0], size):
            part = at[first : first + size]
            padded = np.vstack([part, np.repeat(part[:1], size - part.shape[0], axis=0)])
            sums = kernel(padded, source.positions, source.moments_per_ampere)
            found[first : first + size] = np.asarray(sums)[: part.shape[0]]
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if bad.size:
        raise InvalidInput("points", f"on a dipole at {bad.size} points, first {bad[0]}", "points away from the coil")
    return found * float(dIdt)


@lru_cache(maxsize=1)
def _kernel() -> Callable[..., Any]:
    jax: Any = import_module("jax")
    jnp: Any = import_module("jax.numpy")

    def potential(points: Any, positions: Any, moments: Any) -> Any:
        gap = points[:, None, :] - positions[None]
        cubed = jnp.sum(gap * gap, axis=-1) ** -1.5
        return MU0_OVER_4PI * jnp.sum(jnp.cross(moments[None], gap) * cubed[..., None], axis=1)

    return jax.jit(potential)  # type: ignore[no-any-return]
