"""Electric field that a magnetic dipole induces in a sphere, in closed form: the measure of every solver here.

It holds for any conductivity that depends on the radius only, so layers do not change it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray

MU0_OVER_4PI = 1e-7
_CHUNK = 1 << 21
"""Pairs of point and dipole worked on at once."""


def sphere_field(points: Any, positions: Any, moment_rates: Any, *, center: Any = (0.0, 0.0, 0.0)) -> FloatArray:
    """Electric field inside a spherically symmetric conductor, V/m, ``(m, 3)``.

    Parameters
    ----------
    points : (m, 3)
        Where the field is wanted, m; nearer to the center than every dipole.
    positions : (k, 3)
        Dipoles outside the conductor, m.
    moment_rates : (k, 3)
        Rate of change of the magnetic dipole moments, A m²/s. The fields of all dipoles are summed.
    center
        Center of the sphere, m.

    Raises
    ------
    InvalidInput
        For shapes that do not fit, values that are not finite, or a point as far out as a dipole.

    Notes
    -----
    By reciprocity the component of E along a unit vector is minus the product of the moment rate and the magnetic field
    that a unit current dipole there would make at the coil. The conductor must lie inside all dipoles; its radius does
    not enter.

    References
    ----------
    Sarvas 1987, Phys Med Biol 32:11, doi 10.1088/0031-9155/32/1/004; Heller and van Hulsteyn 1992, Biophys J 63:129,
    doi 10.1016/S0006-3495(92)81587-4.

    Examples
    --------
    >>> sphere_field([[0.0, 0.0, 0.08]], [[0.0, 0.0, 0.1]], [[1.0, 0.0, 0.0]])[0, 1].round(6).item()
    -0.0001
    """
    origin = np.asarray(center, dtype=np.float64)
    r, s = _rows("points", points) - origin, _rows("positions", positions) - origin
    rates = _rows("moment_rates", moment_rates)
    if rates.shape != s.shape:
        raise InvalidInput("moment_rates", f"of shape {rates.shape}", f"one moment rate per dipole, {s.shape}")
    nearest, farthest = np.linalg.norm(s, axis=1).min(), np.linalg.norm(r, axis=1).max(initial=0.0)
    if farthest >= nearest:
        raise InvalidInput(
            "points",
            f"reaching {farthest:.6g} m from the center",
            f"points nearer than the nearest dipole, at {nearest:.6g} m",
            "The formula holds inside the sphere, with all dipoles outside.",
        )
    field = np.zeros_like(r)
    step = max(1, _CHUNK // s.shape[0])
    for first in range(0, r.shape[0], step):
        field[first : first + step] = _field_of_chunk(r[first : first + step], s, rates)
    return field


def _field_of_chunk(r: FloatArray, s: FloatArray, rates: FloatArray) -> FloatArray:
    a = s[None] - r[:, None]
    a_norm, s_norm = np.linalg.norm(a, axis=2), np.linalg.norm(s, axis=1)[None]
    a_s = np.einsum("mkj,kj->mk", a, s)
    f = a_norm * (s_norm * a_norm + a_s)
    along_s = a_norm**2 / s_norm + a_s / a_norm + 2 * a_norm + 2 * s_norm
    along_r = a_norm + 2 * s_norm + a_s / a_norm
    slope = along_s * np.einsum("kj,kj->k", rates, s) - along_r * (r @ rates.T)
    per_rate = np.einsum("mk,kj->mj", 1 / f, rates)
    per_position = np.einsum("mk,kj->mj", slope / f**2, s)
    return np.asarray(-MU0_OVER_4PI * (np.cross(r, per_rate) - np.cross(r, per_position)))


def _rows(name: str, values: Any) -> FloatArray:
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3 or (rows.shape[0] == 0 and name != "points"):
        raise InvalidInput(name, f"of shape {rows.shape}", "an array (count, 3)")
    if not np.isfinite(rows).all():
        raise InvalidInput(name, "not finite", "finite numbers")
    return rows
