"""A rough mapping to MNI space from four points marked on a head, for when nobody has registered its image."""

from __future__ import annotations

import numpy as np

from euthymia.engines.fields.frames import MniTransform, fit_landmarks
from euthymia.engines.fields.mni_fiducials import NAMES, mni_landmarks
from euthymia.engines.fields.scalp_rules import Fiducials


def mapping_from_fiducials(fiducials: Fiducials) -> tuple[MniTransform, str]:
    """Similarity through nasion, inion and both tragi, and what has to be said of it."""
    marked = np.array([getattr(fiducials, name) for name in NAMES])
    rows = {row.landmark: row for row in mni_landmarks()}
    known = np.array([(rows[name].x_mm, rows[name].y_mm, rows[name].z_mm) for name in NAMES]) / 1000
    matrix, left = fit_landmarks(marked, known, "similarity")
    mapping = MniTransform(matrix, quality=f"similarity through four fiducials, {left * 1000:.0f} mm RMS left")
    return mapping, (
        f"MNI points were carried over by a similarity through four fiducials ({left * 1000:.0f} mm RMS left at "
        "the fiducials themselves); for treatment register the image."
    )
