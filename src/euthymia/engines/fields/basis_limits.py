"""Which coils a basis may be asked about: those that stay as far from the head as the ones it was built from."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_sources import CoilSource, CombinedSource, DipoleSource, SampledSource
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.reduced_basis import NEAR_M, ReducedBasis
from euthymia.engines.fields.scalp_placement import Scalp

_SLACK_M = 2e-4
_BESIDE_M = 0.010
"""The middle of a conductor need not lie over the place that its casing stands on."""

AnySource = CoilSource | CombinedSource


def conductor(source: AnySource) -> FloatArray:
    """Points of the conductor that can be known, m, ``(k, 3)``; none of a sampled potential."""
    if isinstance(source, CombinedSource):
        return np.concatenate([conductor(part) for part in source.parts])
    if isinstance(source, SampledSource):
        return np.empty((0, 3))
    return source.positions if isinstance(source, DipoleSource) else source.centers


def refuse_near(basis: ReducedBasis, source: AnySource, scalp: Scalp) -> float:
    """Distance from conductor to scalp, m; infinite for a sampled potential, of which it is not known.

    Raises
    ------
    InvalidInput
        For a coil in the head, nearer than the basis was built for, or not over the points of the basis.
    """
    points = conductor(source)
    if not points.size:
        return float("inf")
    least = float(scalp.distance(points).min())
    if least < 0:
        raise InvalidInput(
            "source", f"a coil whose conductor reaches {-1000 * least:.1f} mm into the head", "a coil outside the head",
            "Move it out along its axis, or let it be placed on the scalp (--position, --target).",
        )  # fmt: skip
    if least < basis.clear_m - _SLACK_M:
        raise InvalidInput(
            "source", f"a coil whose conductor is {1000 * least:.1f} mm from the scalp",
            f"at least {1000 * basis.clear_m:.1f} mm, the nearest this basis was built for",
            f"Move it out by {1000 * (basis.clear_m - least):.1f} mm, or solve it directly (euthymia fields solve).",
        )  # fmt: skip
    foot = scalp.distance.nearest(points.mean(axis=0)[None])[1]
    away = float(np.linalg.norm(basis.points - foot, axis=1).min())
    if away > NEAR_M + _BESIDE_M:
        raise InvalidInput(
            "source", f"a coil over scalp {1000 * away:.0f} mm from every point of the basis",
            f"at most {1000 * (NEAR_M + _BESIDE_M):.0f} mm",
            "The basis holds the upper part of the cortex; solve this one directly (euthymia fields solve).",
        )  # fmt: skip
    return least
