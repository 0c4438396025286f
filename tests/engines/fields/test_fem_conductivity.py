"""Conductivities: packaged values, tensors from diffusion, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.conductivity import (
    check_conductivity,
    element_conductivity,
    tensors_from_diffusion,
    tissue_conductivities,
)
from euthymia.engines.fields.sphere_mesh import layered_sphere

MESH = layered_sphere([0.05, 0.09], [1, 5], 0.04)
N = MESH.tets.shape[0]


def test_packaged_values_have_sources_and_apply_by_tag() -> None:
    table = tissue_conductivities()
    assert {1, 2, 3, 4, 5, 6, 7, 8, 9, 10} == set(table)
    assert all(row.sigma_s_m > 0 and row.doi for row in table.values())
    sigma = element_conductivity(MESH)
    assert set(sigma[MESH.tissue == 1]) == {0.126} and set(sigma[MESH.tissue == 5]) == {0.465}
    assert set(element_conductivity(MESH, {5: 0.2})[MESH.tissue == 5]) == {0.2}


@pytest.mark.parametrize(
    ("bad", "word"), [(np.nan, "not finite"), (0.0, "zero or negative"), (-1.0, "zero or negative")]
)
def test_bad_values_name_element_tag_and_fix(bad: float, word: str) -> None:
    sigma = np.full(N, 0.3)
    sigma[7] = bad
    with pytest.raises(InvalidInput, match=rf"{word} in 1 elements, first 7 \(tag {MESH.tissue[7]}\)"):
        check_conductivity(MESH, sigma)
    with pytest.raises(InvalidInput, match=word):
        element_conductivity(MESH, {1: bad})


def test_missing_tag_and_wrong_shape_are_refused() -> None:
    fat = layered_sphere([0.05, 0.09], [1, 12], 0.04)
    with pytest.raises(InvalidInput, match="tag 12"):
        element_conductivity(fat)
    for shape in ((N + 1,), (N, 3), (N, 3, 2)):
        with pytest.raises(InvalidInput, match="one value"):
            check_conductivity(MESH, np.ones(shape))


def test_tensors_that_are_not_symmetric_positive_definite_are_refused() -> None:
    tensors = np.tile(np.diag([0.3, 0.2, 0.1]), (N, 1, 1))
    np.testing.assert_array_equal(check_conductivity(MESH, tensors), tensors)
    skew = tensors.copy()
    skew[4, 0, 1] = 0.1
    with pytest.raises(InvalidInput, match="not symmetric in 1 elements, first 4"):
        check_conductivity(MESH, skew)
    negative = tensors.copy()
    negative[9, 2, 2] = -0.1
    with pytest.raises(InvalidInput, match="not positive definite in 1 elements, first 9"):
        check_conductivity(MESH, negative)


def test_diffusion_gives_its_shape_and_keeps_the_tissue_mean() -> None:
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(N, 3, 3)))[0]
    values = np.sort(rng.uniform(0.3e-3, 1.5e-3, size=(N, 3)), axis=1)
    diffusion = np.einsum("eij,ej,ekj->eik", axes, values, axes)
    tensors = tensors_from_diffusion(MESH, diffusion)
    white = MESH.tissue == 1
    np.testing.assert_allclose(np.cbrt(np.linalg.det(tensors[white])), 0.126, rtol=1e-12)
    np.testing.assert_allclose(tensors[~white], np.tile(0.465 * np.eye(3), ((~white).sum(), 1, 1)))
    got = np.linalg.eigvalsh(tensors[white])
    np.testing.assert_allclose(got / got[:, :1], (values / values[:, :1])[white], rtol=1e-10)


def test_extreme_diffusion_is_capped_at_a_ratio_of_ten_and_two_siemens() -> None:
    needle = np.tile(np.diag([1.0, 1e-4, -1e-5]), (N, 1, 1))
    white = np.linalg.eigvalsh(tensors_from_diffusion(MESH, needle)[MESH.tissue == 1])
    np.testing.assert_allclose(white[:, 2] / white[:, 0], 10, rtol=1e-9)
    capped = np.linalg.eigvalsh(tensors_from_diffusion(MESH, needle, values_s_m={1: 1.5})[MESH.tissue == 1])
    assert capped.max() <= 2.0
    with pytest.raises(InvalidInput, match="without a positive eigenvalue"):
        tensors_from_diffusion(MESH, -needle - np.eye(3))
    with pytest.raises(InvalidInput, match="not finite"):
        tensors_from_diffusion(MESH, needle * np.nan)
