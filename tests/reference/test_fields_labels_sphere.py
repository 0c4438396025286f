"""Spheres that went through labels and the mesher, against the closed form: what cutting along the tissues is worth."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.engines.fields.analytic_sphere import sphere_field
from euthymia.engines.fields.head_mesh import HeadMeshing, mesh_labels
from euthymia.engines.fields.label_volume import LabelVolume
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.solve import prepare, solve

CONDUCTIVITY = {2: 0.33, 3: 1.79, 4: 0.0042, 5: 0.33}
PLACE, MOMENT = np.array([[0.0, 0.0, 0.100]]), np.array([[1.0, 0.0, 0.0]])


def dipole(points: FloatArray) -> FloatArray:
    """dA/dt of a tangential magnetic dipole 8 mm above the scalp: a harsh source."""
    apart = points - PLACE
    return np.asarray(1e-7 * np.cross(MOMENT, apart) / np.linalg.norm(apart, axis=1)[:, None] ** 3)


def error_of(radii_mm: tuple[int, ...], cell_m: float) -> tuple[float, float]:
    """Relative L2 error in the brain beyond 60 mm at the middle of the elements, and the estimate for the brain."""
    axis = np.arange(-95, 96)
    radius = np.linalg.norm(np.stack(np.meshgrid(axis, axis, axis, indexing="ij")), axis=0)
    labels = np.select([radius <= outer for outer in radii_mm], [2, 3, 4, 5], 0).astype(np.uint8)
    affine = np.diag((1e-3, 1e-3, 1e-3, 1.0))
    affine[:3, 3] = -0.095
    mesh = mesh_labels(LabelVolume(labels, affine), HeadMeshing(coarse_m=cell_m, fine_tissues=())).mesh
    result = solve(prepare(mesh, CONDUCTIVITY), dipole)
    assert result.error is not None
    middles = mesh.nodes[mesh.tets].mean(axis=1)
    brain = (mesh.tissue == 2) & (np.linalg.norm(middles, axis=1) > 0.06)
    exact, volumes = sphere_field(middles[brain], PLACE, MOMENT), result.system.space.volumes[brain]
    off = ((result.field_v_m[brain, :, 0] - exact) ** 2).sum(axis=1)
    return float(np.sqrt(off @ volumes / ((exact**2).sum(axis=1) @ volumes))), float(result.error.by_tissue[2][0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("radii_mm", "cell_m", "most"), [((70, 78, 86, 92), 0.008, 0.025), ((78, 80, 86, 92), 0.007, 0.035)]
)
def test_labelled_shells_give_the_field_of_the_sphere(radii_mm: tuple[int, ...], cell_m: float, most: float) -> None:
    """Also with 2 mm of CSF in cells of 7 mm; the mesh of a lattice that is only moved has twice to four times this."""
    error, estimate = error_of(radii_mm, cell_m)
    assert error < most
    assert 0.3 * error < estimate < 3 * error
