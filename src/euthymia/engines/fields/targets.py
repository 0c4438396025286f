"""Targets of a coil: published points with their provenance, points of the user, and what is known of placing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.surfaces import closest_points

PACKAGE = "euthymia.engines.fields"
Kind = Literal["cortex", "scalp", "seed"]
Space = Literal["mni", "head"]

_OWN = "chosen by the user"

CANDIDATES = 64
"""Triangles looked at for the closest point: many lie about equally far from a point deep below the scalp."""

FAR_FROM_BRAIN_M = 0.2
"""No point of a head lies this far from the origin of MNI space, or of a head's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MniPoint(SourcedRow):
    """One published point in MNI space (mm)."""

    target: str
    title: str
    kind: Kind
    x_mm: float
    y_mm: float
    z_mm: float
    in_search_mask: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementError(SourcedRow):
    """What a study found about how far a method lands from where it should."""

    code: str
    method: str
    statistic: str
    value: float
    spread: float | None = None
    unit: str
    n: int | None = None
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectivityEffect(SourcedRow):
    """Correlation of a site's subgenual connectivity with improvement, in one analysis."""

    code: str
    study: str
    role: str
    r: float
    p: float | None = None
    n: int | None = None
    statement: str


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A point that a coil could aim at.

    Parameters
    ----------
    code, title
        Short name and words.
    kind
        ``cortex``, ``scalp`` (a coil site, not a point of the brain) or ``seed`` (a reference region, not a target).
    point : (3,) float64
        m, RAS.
    space
        ``mni``, or ``head`` for the coordinates of the head at hand.
    method
        How the place is found, as the table of placement errors names it.
    """

    code: str
    title: str
    kind: Kind
    point: FloatArray
    space: Space
    method: str
    source: Source | None = None
    note: str = ""

    def __post_init__(self) -> None:
        allowed = "three finite coordinates x, y, z in meters (RAS)"
        try:
            point = np.asarray(self.point, dtype=np.float64)
        except (TypeError, ValueError):
            raise InvalidInput("point", self.point, allowed) from None
        if point.shape != (3,) or not np.isfinite(point).all():
            raise InvalidInput("point", self.point, allowed)
        far = float(np.linalg.norm(point))
        if far > FAR_FROM_BRAIN_M:
            hint = (
                "It looks like millimeters: divide by 1000." if far <= 1000 * FAR_FROM_BRAIN_M else "Check the space."
            )
            raise InvalidInput("point", point.tolist(), f"a point within {FAR_FROM_BRAIN_M:g} m of the origin", hint)
        object.__setattr__(self, "point", point)


def mni_points() -> tuple[MniPoint, ...]:
    """The table of published points."""
    return load_table(PACKAGE, "mni_targets.csv", MniPoint, key="target")


def mni_targets(*, seeds: bool = False) -> tuple[Target, ...]:
    """Published points as targets in MNI space; the subgenual seed only when ``seeds``."""
    return tuple(
        Target(
            row.target, row.title, row.kind, np.array([row.x_mm, row.y_mm, row.z_mm]) / 1000, "mni",
            "mni" if row.kind == "cortex" else "scalp_mni", row.cite(), row.note,
        )
        for row in mni_points()
        if seeds or row.kind != "seed"
    )  # fmt: skip


def mni_target(code: str) -> Target:
    """Return one published target by its code."""
    rows = {target.code: target for target in mni_targets()}
    if code not in rows:
        raise InvalidInput("target", code, ", ".join(rows), "Or give a point of your own: user_target.")
    return rows[code]


def user_target(title: str, point: ArrayLike, *, space: Space = "head", kind: Kind = "cortex") -> Target:
    """Return a target at a point of the user's choice (m, RAS); no source stands behind it and the table says so.

    Raises
    ------
    InvalidInput
        For a point that is not finite or not in a head (millimeters are named), or an empty title.
    """
    if not title.strip():
        raise InvalidInput("title", title, "a name for the target")
    if space not in ("mni", "head"):
        raise InvalidInput("space", space, "mni or head")
    return Target("user", title, kind, point, space, "user", None, _OWN)  # type: ignore[arg-type]


def require_on_cortex(target: Target, cortex: Surface, *, tolerance_m: float = 0.004) -> FloatArray:
    """Return the cortex point nearest to ``target`` (both in the head's space), m, ``(3,)``.

    Raises
    ------
    InvalidInput
        When the target lies farther than ``tolerance_m`` from the cortex; the nearest point is named.
    """
    if target.kind != "cortex":
        raise InvalidInput("target", f"{target.code}, a {target.kind} point", "a target on the cortex")
    found = closest_points(cortex, target.point[None], candidates=CANDIDATES)
    nearest, off = found.points[0], float(found.distance_m[0])
    if off > tolerance_m:
        raise InvalidInput(
            "target",
            f"{target.code} at {_mm(target.point)} mm, {off * 1000:.1f} mm from grey matter",
            f"a point within {tolerance_m * 1000:g} mm of the cortex",
            f"The nearest point of the cortex is {_mm(nearest)} mm: aim there, or check the transform from MNI space.",
        )
    return np.asarray(nearest)


def placement_errors(method: str | None = None) -> tuple[PlacementError, ...]:
    """What is known of the placement error of a method (of every method without one); empty when nothing is held."""
    rows = load_table(PACKAGE, "placement_error.csv", PlacementError, key="code")
    return tuple(row for row in rows if method in (None, row.method))


def connectivity_effects() -> tuple[ConnectivityEffect, ...]:
    """Effect of subgenual connectivity of the site on outcome, primary prospective result first."""
    return load_table(PACKAGE, "connectivity_effect.csv", ConnectivityEffect, key="code")


def connectivity_statement() -> Reason:
    """Return the line that stands beside every connectivity target: how weak the link to outcome is."""
    rows = connectivity_effects()
    first = rows[0]
    parts = []
    for row in rows:
        numbers = [f"r = {row.r:g}"]
        numbers += [f"p = {row.p:g}"] if row.p is not None else []
        numbers += [f"n = {row.n}"] if row.n is not None else []
        parts.append(f"{row.study}, {row.role}: {', '.join(numbers)} ({row.statement})")
    largest = max(rows, key=lambda row: row.n or 0)
    share = 100 * largest.r**2
    return Reason(
        f"Connectivity targets are optional: subgenual connectivity of the site is not shown to predict who improves; "
        f"in the largest study it goes with {share:.0f} % of the variance. {'; '.join(parts)}.",
        tuple(row.cite() for row in rows),
        EvidenceGrade.LOW,
        value=first.r,
        code="connectivity_target_effect",
    )


def _mm(point: FloatArray) -> str:
    return " ".join(f"{1000 * value:.1f}" for value in point)
