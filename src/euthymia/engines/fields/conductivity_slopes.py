"""How the mean field in a region answers to each tissue's conductivity: exact derivatives by one adjoint solution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from euthymia.engines.fields.linear_maps import element_middles, field_map
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.roi import Roi
from euthymia.engines.fields.solve import FieldSystem, solve_potential


def conductivity_slopes(
    system: FieldSystem, field_v_m: FloatArray, regions: Sequence[Roi], *, tolerance: float = 1e-6
) -> tuple[dict[int, float], ...]:
    """Change of the logarithm of the strength per change of the logarithm of a conductivity, by tissue tag.

    Parameters
    ----------
    system
        Of order 1, whose field is constant in each element, with one conductivity an element.
    field_v_m : (e, 3, k)
        Solutions of this system.
    regions
        One for each of the ``k`` solutions: where its mean field is taken.

    Notes
    -----
    With the field ``E`` and the potential ``psi`` that the region drives along its own mean field, the derivative by
    the conductivity of an element is ``-integral(E . grad psi)``. The slopes of all tissues sum to zero: a head that
    conducts better everywhere has the same field.
    """
    space, mesh = system.space, system.space.mesh
    columns, strengths = [], []
    for k, roi in enumerate(regions):
        shares = roi.weights @ roi.patches
        mean = shares @ field_v_m[roi.elements, :, k]
        strengths.append(float(np.linalg.norm(mean)))
        along = np.outer(shares, mean / strengths[-1]).ravel()
        columns.append(field_map(space, element_middles(roi.elements)).slope.T @ along)
    driven = solve_potential(system, np.column_stack(columns), tolerance=tolerance).solution
    flux = space.volumes * system.sigma
    tags = np.unique(mesh.tissue)
    found = []
    for k, strength in enumerate(strengths):
        steep = np.einsum("eac,ea->ec", space.gradients, driven[space.dofs, k])
        share = -flux * np.einsum("ec,ec->e", field_v_m[:, :, k], steep) / strength
        totals = np.bincount(mesh.tissue, share)
        found.append({int(tag): float(totals[tag]) for tag in tags})
    return tuple(found)
