"""A solved field on a small head of shells, for the tests of its page."""

from __future__ import annotations

import numpy as np

from euthymia.engines.fields.coils import coil_model
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.roi import roi_sphere
from euthymia.engines.fields.scalp_placement import Scalp, place
from euthymia.engines.fields.solve import prepare, solve
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surfaces import scalp_surface
from euthymia.engines.fields.vector_potential import total_dA_dt
from euthymia.report.field_measures import PlacedField

STATEMENT = "A ball of shells, not a person's head <made up>."


def placed_field(edge_m: float = 0.014) -> PlacedField:
    """A coil over the upper left front of a ball, solved directly on linear elements."""
    mesh = layered_sphere([0.062, 0.078, 0.081, 0.087, 0.092], [1, 2, 3, 4, 5], edge_m)
    scalp = Scalp.of(scalp_surface(mesh))
    coil = coil_model("magstim_25mm_figure8")
    center = np.array([-0.041, 0.041, 0.041])
    pose = place(scalp, casing_shape(coil), center, (-1.0, -1.0, 0.0), distance_m=0.004).pose
    parts = coil.excitations(pose, [1e8])
    result = solve(prepare(mesh, order=1, method="direct"), lambda points: total_dA_dt(parts, points))
    roi = roi_sphere(mesh, center, 0.01)
    return PlacedField("ball", STATEMENT, scalp.surface, coil, pose, 1e8, "a point", roi, result, ("Made for a test.",))
