"""A small head of shells around a point of MNI space, for tests of fields of prescriptions."""

from __future__ import annotations

from functools import cache

import numpy as np

from euthymia.engines.fields.frames import MniTransform
from euthymia.engines.fields.scalp_placement import Scalp
from euthymia.engines.fields.scalp_rules import Fiducials
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surfaces import scalp_surface
from euthymia.therapies.tms.field_head import TmsHead

RADII = (0.050, 0.078, 0.081, 0.087, 0.092)
CENTER = np.array([0.0, -0.015, 0.0])
"""Middle of the shells in MNI space."""


@cache
def ball_head(edge_m: float = 0.013) -> TmsHead:
    """Shells with white matter, grey matter, CSF, skull and scalp; the head's own space lies ``CENTER`` off MNI."""
    mesh = layered_sphere(list(RADII), [1, 2, 3, 4, 5], edge_m)
    matrix = np.eye(4)
    matrix[:3, 3] = CENTER
    mni = MniTransform(matrix, quality="a ball")
    return TmsHead(mesh, Scalp.of(scalp_surface(mesh)), "ball", "A ball of shells.", False, mni)


def on_ball(*direction: float, radius: float = RADII[-1]) -> np.ndarray:
    """Point in a direction from the middle, in the head's own space, m."""
    out = np.array(direction, dtype=float)
    return radius * out / np.linalg.norm(out)


def ball_fiducials() -> Fiducials:
    """Nasion, inion and tragi on the ball."""
    return Fiducials(on_ball(0, 1, -0.4), on_ball(0, -1, -0.4), on_ball(-1, 0, -0.4), on_ball(1, 0, -0.4))
