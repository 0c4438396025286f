"""Colors of fields: light to dark for a strength, blue over grey to red for a signed component."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.mesh import FloatArray

_STRENGTH = ((0.0, (226, 224, 219)), (0.25, (250, 217, 120)), (0.5, (243, 146, 55)), (0.75, (204, 53, 48)),
             (1.0, (84, 8, 60)))  # fmt: skip
_SIGNED = ((0.0, (20, 50, 130)), (0.25, (84, 142, 210)), (0.5, (226, 224, 219)), (0.75, (224, 120, 84)),
           (1.0, (136, 14, 30)))  # fmt: skip
STEPS = 256


def table(signed: bool) -> NDArray[np.uint8]:
    """Colors from the lowest to the highest value, ``(256, 3)``; darkness grows with size, also without hue."""
    stops = _SIGNED if signed else _STRENGTH
    at = np.linspace(0, 1, STEPS)
    where = [s for s, _ in stops]
    return np.stack([np.interp(at, where, [c[i] for _, c in stops]) for i in range(3)], axis=1).round().astype(np.uint8)


def paint(values: FloatArray, low: float, high: float, signed: bool) -> NDArray[np.uint8]:
    """Colors of values, ``(..., 3)``; what lies outside the scale takes the color of its end."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(table(signed)[np.rint(share * (STEPS - 1)).astype(np.int64)])


def gradient(signed: bool) -> str:
    """The same scale as a CSS gradient from left to right."""
    stops = _SIGNED if signed else _STRENGTH
    return ", ".join(f"rgb({r} {g} {b}) {100 * s:g}%" for s, (r, g, b) in stops)
