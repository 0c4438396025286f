"""The basis on JAX's device gives the fields of the one in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.reduced_basis import ReducedBasis

from tests.engines.fields.placement_head import figure_8, loop_of_wire, random_poses

pytest.importorskip("jax", reason="jax (extra jax) is not installed")


@pytest.mark.parametrize(("kind", "off"), [(np.float32, 3e-6), (np.float64, 1e-12)])
def test_fields_of_many_poses_are_those_of_numpy(kind: type, off: float) -> None:
    from euthymia.engines.fields.basis_jax import DeviceBasis

    held, poses = made(kind), random_poses(7, 5)
    expected = held.field_of([figure_8().moved(pose) for pose in poses], slope_a_s=1e6)
    found = DeviceBasis(held).fields(figure_8(), poses, slope_a_s=1e6)
    assert found.shape == expected.shape == (40, 3, 7) and found.dtype == kind
    assert np.abs(found - expected).max() < off * np.abs(expected).max()


def test_what_numpy_refuses_is_refused() -> None:
    from euthymia.engines.fields.basis_jax import DeviceBasis

    held, poses = DeviceBasis(made(np.float64)), random_poses(2, 1)
    assert held.device
    sheared = np.array(poses)
    sheared[1, 0, 1] += 0.2
    for source, given, slope, words in (
        (loop_of_wire(), poses, 1.0, "magnetic dipoles"),
        (figure_8(), sheared, 1.0, "rigid"),
        (figure_8(), poses[0], 1.0, "at least one"),
        (figure_8(), poses, np.nan, "finite slope"),
    ):
        with pytest.raises(InvalidInput, match=words):
            held.fields(source, given, slope_a_s=slope)


def made(kind: type) -> ReducedBasis:
    """A basis of random numbers around control points in a head: only the arithmetic counts here."""
    draw = np.random.default_rng(0)
    control = draw.uniform(-0.05, 0.05, (30, 3))
    modes, projection = draw.normal(size=(120, 12)).astype(kind), draw.normal(size=(12, 90))
    return ReducedBasis(draw.normal(size=(40, 3)), control, modes, projection, 0.006, "none")
