"""A reduced basis on JAX's default device: from the poses of a coil to its cortical fields, on the CPU or a GPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import check_rigid
from euthymia.engines.fields.coil_sources import DipoleSource
from euthymia.engines.fields.double_precision import double_precision, found_jax
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.reduced_basis import ReducedBasis
from euthymia.engines.fields.vector_potential import MU0_OVER_4PI


class DeviceBasis:
    """The arrays of a basis on the device, and what is compiled for them.

    Parameters
    ----------
    basis
        From ``build_basis`` or ``read_basis``.

    Raises
    ------
    MissingExtra
        When JAX is not installed.

    Notes
    -----
    Potentials and coefficients are computed in double precision, the product with the modes in theirs (single, unless
    the basis was built otherwise). One compilation for each number of poses and dipoles: keep to blocks of one size.
    """

    def __init__(self, basis: ReducedBasis) -> None:
        self._jax = found_jax()
        self._shape = (basis.points.shape[0], 3)
        with double_precision(self._jax):
            put = self._jax.numpy.asarray
            self._modes, self._projection = put(basis.modes), put(basis.projection)
            self._control = put(basis.control)
            self._compiled = self._jax.jit(self._fields)

    @property
    def device(self) -> str:
        """Name of the device, e.g. ``cpu`` or that of a card."""
        return str(next(iter(self._modes.devices())).device_kind)

    def fields(self, source: DipoleSource, poses: Any, slope_a_s: float = 1.0) -> FloatArray:
        """Field at the points of the basis, V/m, ``(m, 3, k)``, of a coil at poses ``(k, 4, 4)``, coil to head, m.

        Raises
        ------
        InvalidInput
            For wires and sampled coils, a pose that is not rigid, a slope that is not finite, or a dipole in the head
            at a control point. How near a coil may come is checked by ``basis_limits.refuse_near``.
        """
        if not isinstance(source, DipoleSource):
            raise InvalidInput("source", type(source).__name__, "magnetic dipoles", "Use ReducedBasis.field_of.")
        if not np.isfinite(slope_a_s):
            raise InvalidInput("slope_a_s", slope_a_s, "a finite slope in A/s")
        given = np.asarray(poses, dtype=np.float64)
        if given.ndim != 3 or given.shape[1:] != (4, 4) or not given.shape[0]:
            raise InvalidInput("poses", f"of shape {given.shape}", "(k, 4, 4), at least one")
        matrices = np.stack([check_rigid(one) for one in given])
        with double_precision(self._jax):
            found = self._compiled(matrices, source.positions, source.moments_per_ampere * slope_a_s)
            result = np.asarray(found)
        bad = np.flatnonzero(~np.isfinite(result).all(axis=0))
        if bad.size:
            raise InvalidInput("poses", f"a dipole on a control point at pose {bad[0]}", "a coil outside the head")
        return result.reshape(*self._shape, -1)

    def _fields(self, matrices: Any, positions: Any, moments: Any) -> Any:
        jnp, lax = self._jax.numpy, self._jax.lax

        def rates(matrix: Any) -> Any:
            turn = matrix[:3, :3]
            gap = self._control[:, None] - (positions @ turn.T + matrix[:3, 3])
            cubed = jnp.sum(gap * gap, axis=2) ** -1.5
            return MU0_OVER_4PI * jnp.sum(jnp.cross((moments @ turn.T)[None], gap) * cubed[..., None], axis=1)

        sampled = lax.map(rates, matrices).reshape(matrices.shape[0], -1).T
        weights = (self._projection @ sampled).astype(self._modes.dtype)
        # TensorFloat would be some graphics cards' default, and loses three digits.
        return jnp.matmul(self._modes, weights, precision=lax.Precision.HIGHEST)
