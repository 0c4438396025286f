"""All targets of one head side by side: where they are, how deep, how far apart, and how well each can be placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.over_target import points_over
from euthymia.engines.fields.surfaces import closest_points
from euthymia.engines.fields.targets import CANDIDATES, PlacementError, Space, Target, placement_errors


@dataclass(frozen=True, slots=True, eq=False)
class TargetRow:
    """One target on the head.

    Attributes
    ----------
    target
        As it was given.
    point : (3,)
        Where it is on this head, m.
    site : (3,) or None
        The scalp point that faces it (``over_target``), of a scalp target the nearest, m; None without a scalp.
    depth_m
        Distance from that scalp point; None without a scalp.
    off_cortex_m
        Distance from the cortex of a cortical target; None without a cortex.
    errors
        What is known of the placement error of its method.
    fields
        Numbers that a field solver adds, by name.
    """

    target: Target
    point: FloatArray
    site: FloatArray | None = None
    depth_m: float | None = None
    off_cortex_m: float | None = None
    errors: tuple[PlacementError, ...] = ()
    fields: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class TargetPair:
    """How far two targets lie apart: as points of the same kind, and as sites of a coil on the scalp (m, straight)."""

    one: str
    other: str
    between_m: float | None
    on_scalp_m: float | None


@dataclass(frozen=True, slots=True, eq=False)
class TargetTable:
    """Targets compared on one head; all points stand in ``space``, and ``assumption`` says what that rests on."""

    rows: tuple[TargetRow, ...]
    pairs: tuple[TargetPair, ...]
    space: Space
    assumption: str

    def distance(self, one: str, other: str) -> TargetPair:
        """Return the pair of two codes, in either order."""
        for pair in self.pairs:
            if {pair.one, pair.other} == {one, other}:
                return pair
        raise InvalidInput("pair", f"{one}, {other}", "two different codes of the table")


def compare_targets(
    targets: Sequence[Target],
    *,
    scalp: Surface | None = None,
    cortex: Surface | None = None,
    mni_to_head: ArrayLike | None = None,
    fields: Mapping[str, Mapping[str, float]] | None = None,
) -> TargetTable:
    """Put targets side by side on one head.

    Parameters
    ----------
    targets
        With codes that differ; points in MNI space or in the head's own.
    scalp, cortex
        Surfaces of the head, m; optional.
    mni_to_head : (4, 4), optional
        Affine from MNI space (m) to the head (m). Without it the head is taken to be in MNI space, which is refused
        when points of the head's own space are among the targets.
    fields
        Numbers of a field solver for each code (e.g. ``{"fox_peak": {"e_v_m": 92.0}}``).

    Raises
    ------
    InvalidInput
        For no targets, equal codes, a transform that is not an affine of a head, mixed spaces without a transform, or
        field numbers of a code that is not in the table.
    """
    codes = [target.code for target in targets]
    if not targets or len(set(codes)) != len(codes):
        raise InvalidInput("targets", codes, "at least one target, each with a code of its own")
    given = dict(fields or {})
    if unknown := set(given) - set(codes):
        raise InvalidInput("fields", sorted(unknown), f"codes of the table: {', '.join(codes)}")
    spaces = {target.space for target in targets}
    if mni_to_head is None and spaces == {"mni", "head"}:
        raise InvalidInput(
            "mni_to_head", None, "an affine (4, 4) from MNI to the head, in meters",
            "Points of both spaces are compared. Register the head to MNI space first.",
        )  # fmt: skip
    affine = np.eye(4) if mni_to_head is None else _affine(mni_to_head)
    points = np.array([t.point if t.space == "head" else affine[:3, :3] @ t.point + affine[:3, 3] for t in targets])
    sites = None if scalp is None else _sites(scalp, targets, points)
    grey = None if cortex is None else closest_points(cortex, points, candidates=CANDIDATES)
    rows = tuple(
        TargetRow(
            target=target,
            point=points[i],
            site=None if sites is None else sites[i],
            depth_m=None if sites is None else float(np.linalg.norm(sites[i] - points[i])),
            off_cortex_m=None if grey is None or target.kind != "cortex" else float(grey.distance_m[i]),
            errors=placement_errors(target.method),
            fields=MappingProxyType(dict(given.get(target.code, {}))),
        )
        for i, target in enumerate(targets)
    )
    pairs = tuple(_pair(one, other) for one, other in combinations(rows, 2))
    if mni_to_head is not None:
        said = "MNI points were brought to this head by the affine transform given."
    elif spaces == {"mni"}:
        said = "Distances on the MNI head; on a person they change with head size and registration."
    else:
        said = "Points and distances in the head's own space."
    space: Space = "mni" if mni_to_head is None and spaces == {"mni"} else "head"
    return TargetTable(rows, pairs, space, said)


def _sites(scalp: Surface, targets: Sequence[Target], points: FloatArray) -> FloatArray:
    found = closest_points(scalp, points, candidates=CANDIDATES).points
    deep = np.array([target.kind != "scalp" for target in targets])
    if deep.any():
        found[deep] = points_over(scalp, points[deep])
    return found


def _pair(one: TargetRow, other: TargetRow) -> TargetPair:
    alike = one.target.kind == other.target.kind
    between = float(np.linalg.norm(one.point - other.point)) if alike else None
    sites = None if one.site is None or other.site is None else float(np.linalg.norm(one.site - other.site))
    return TargetPair(one.target.code, other.target.code, between, sites)


def _affine(given: ArrayLike) -> FloatArray:
    """Check an affine between two heads: no mirror, no more than twofold stretch, meters."""
    affine = np.asarray(given, dtype=np.float64)
    allowed = "an affine (4, 4) with last row 0 0 0 1"
    if affine.shape != (4, 4) or not np.isfinite(affine).all() or not np.allclose(affine[3], [0, 0, 0, 1]):
        raise InvalidInput("mni_to_head", affine.tolist(), allowed)
    if np.linalg.det(affine[:3, :3]) <= 0:
        raise InvalidInput(
            "mni_to_head", f"mirrored (determinant {np.linalg.det(affine[:3, :3]):.3g})", allowed,
            "Left and right would be swapped: one of the spaces is LAS; flip its x axis.",
        )  # fmt: skip
    stretch = np.linalg.svd(affine[:3, :3], compute_uv=False)
    if stretch[0] > 2 or stretch[-1] < 0.5 or np.linalg.norm(affine[:3, 3]) > 0.5:
        raise InvalidInput(
            "mni_to_head", f"stretch {stretch.round(3).tolist()}, shift {affine[:3, 3].round(3).tolist()} m",
            "a stretch between 0.5 and 2 and a shift below 0.5 m", "Is it in millimeters? Divide the shift by 1000.",
        )  # fmt: skip
    return affine
