"""The same head and source give the same bits, whatever the global generator holds, and leave it alone."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.engines.fields.solve import prepare, solve
from euthymia.engines.fields.sphere_mesh import layered_sphere

pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")


def test_two_solutions_are_equal_to_the_last_bit():
    mesh = layered_sphere([0.07, 0.08, 0.092], [2, 4, 5], 0.016)

    def field() -> np.ndarray:
        rates = lambda points: np.cross([0.0, 0.3, 1.0], points) + points[:, [2, 0, 1]] ** 2  # noqa: E731
        return solve(prepare(mesh), rates, tolerance=1e-5, error=False).field_v_m

    np.random.seed(11)
    first = field()
    expected = np.random.RandomState(11).rand()
    assert np.random.rand() == expected, "the global generator was used or set"
    assert np.array_equal(first, field())
