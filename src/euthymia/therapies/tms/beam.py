"""Beam F3: where the left DLPFC lies on the scalp, from three tape measures.

Four variants of the formula circulate and differ by about 0.9 cm in X; the result names the one used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from euthymia.case import checks

Variant = Literal["website", "geometry"]
_DEGREE = math.pi / 180.0


@dataclass(frozen=True, slots=True)
class BeamF3:
    """Scalp distances of F3: ``x_cm`` along the circumference from FPz to the left, ``y_cm`` from the vertex."""

    x_cm: float
    y_cm: float
    variant: Variant


def beam_f3(tragus_cm: float, nasion_inion_cm: float, circumference_cm: float, variant: Variant = "website") -> BeamF3:
    """Return F3 from the tragus-tragus, nasion-inion and circumference lengths (cm).

    Parameters
    ----------
    tragus_cm
        Tragus to tragus over the vertex, 25 to 50 cm.
    nasion_inion_cm
        Nasion to inion over the vertex, 25 to 50 cm.
    circumference_cm
        Head circumference at the level of FPz and Oz, 45 to 70 cm.
    variant
        ``website``: the calculator that clinics use; ``geometry``: the exact crossing of the lines Fz-F7 and C3-Fp1.

    Notes
    -----
    Flattened polar 10-20 map with Cz at the origin; positive x is the treated side.

    References
    ----------
    Beam, Borckardt, Reeves, George 2009, Brain Stimul 2:50. Variants: public research code by Z. Li, Maastricht 2023.

    Examples
    --------
    >>> f3 = beam_f3(36, 36, 57)
    >>> round(f3.x_cm, 3), round(f3.y_cm, 3)
    (6.585, 9.5)
    """
    checks.number("tragus_cm", tragus_cm, 25, 50)
    checks.number("nasion_inion_cm", nasion_inion_cm, 25, 50)
    checks.number("circumference_cm", circumference_cm, 45, 70)
    checks.one_of("variant", variant, ("website", "geometry"))
    r1, r2 = 0.4 * nasion_inion_cm, 0.4 * tragus_cm
    if variant == "website":
        a = (r2 * math.sin(324 * _DEGREE) + r1 / 2) / r2
        b = r1 * math.sin(298 * _DEGREE) / (r1 * math.cos(298 * _DEGREE) - r2 / 2)
        scale = 0.91
    else:
        a = (r2 * math.sin(324 * _DEGREE) + r1 / 2) / (r2 * math.cos(324 * _DEGREE))
        b = r1 * math.sin(288 * _DEGREE) / (r1 * math.cos(288 * _DEGREE) - r2 / 2)
        scale = 1.0
    x = (r1 - r2 * b) / (2 * (a - b))
    y = a * x - r1 / 2
    angle_deg = math.atan(y / x) / _DEGREE
    return BeamF3(circumference_cm / 4 * (90 + angle_deg) / 90, scale * math.hypot(x, y), variant)
