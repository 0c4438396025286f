"""Best placement for a target: every position and angle of a grid by reciprocity, then a local refinement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.auxiliary_coil import AuxiliaryCoil, auxiliary_coil
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coil_sources import AnySource
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.placement_grid import PlacementGrid, moved_in, turned
from euthymia.engines.fields.reciprocity import CurrentElements, auxiliary_elements
from euthymia.engines.fields.tabulated_coil import TabulatedCoil, tabulated_coil
from euthymia.engines.fields.vector_potential import potential_per_ampere

TurnedCoil = AuxiliaryCoil | TabulatedCoil

_MATCHED_AT = 8
_HALVINGS = 4
_SAME_DEPTH_M = 1e-4
_FEW_ELEMENTS = 400


@dataclass(frozen=True, slots=True)
class Search:
    """How to search: within ``radius_m`` along the scalp, every ``step_m`` and ``angle_deg``, for the strongest field.

    ``direction`` (3,), a unit vector, asks for the field along it; None for the strength whatever its direction. A
    figure-8 coil turned by 180° makes the same strength, so half a turn is searched when ``half_turn``.
    """

    radius_m: float = 0.020
    step_m: float = 0.001
    angle_deg: float = 5.0
    half_turn: bool = False
    direction: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        turns = (180.0 if self.half_turn else 360.0) / self.angle_deg if self.angle_deg > 0 else 0.0
        if turns < 1 or abs(turns - round(turns)) > 1e-9:
            raise InvalidInput("angle_deg", self.angle_deg, "a positive angle that divides the turn, e.g. 5")
        if self.direction is not None and abs(np.linalg.norm(self.direction) - 1) > 1e-6:
            raise InvalidInput("direction", self.direction, "a unit vector")

    @property
    def angles_rad(self) -> FloatArray:
        """Angles searched."""
        return np.asarray(np.deg2rad(np.arange(0.0, 180.0 if self.half_turn else 360.0, self.angle_deg)))


@dataclass(frozen=True, slots=True, eq=False)
class SearchMap:
    """Every placement of a search.

    Parameters
    ----------
    offsets_m : (c, 2), angles_rad : (a,)
        Along the scalp, and about the coil's z axis.
    matrices : (c, 4, 4)
        Poses at angle zero, clear of the scalp at every angle.
    score_v_m : (c, a)
        Strength, or field along the wanted direction, V/m.
    nearer_m : (c, a)
        How much nearer to the head each angle was judged.
    """

    offsets_m: FloatArray
    angles_rad: FloatArray
    matrices: FloatArray
    score_v_m: FloatArray
    nearer_m: FloatArray

    def pose(self, place: int, turn: int) -> CoilPose:
        """The placement that was judged."""
        there = turned(self.matrices[place][None], self.angles_rad[turn : turn + 1])
        return CoilPose(moved_in(there, self.nearer_m[place, turn : turn + 1])[0])

    @property
    def best(self) -> tuple[int, int]:
        """Position and angle with the highest score."""
        where = np.unravel_index(int(self.score_v_m.argmax()), self.score_v_m.shape)
        return int(where[0]), int(where[1])


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """The best placement found.

    Parameters
    ----------
    pose : CoilPose
        Clear of the scalp.
    offset_m : (2,), angle_rad
        In the grid of the search.
    score_v_m
        By the exact elements of the head, V/m.
    grid_score_v_m
        Best of the grid, before refinement, by the auxiliary elements.
    n_placements
        Placements judged.
    map : SearchMap
    """

    pose: CoilPose
    offset_m: FloatArray
    angle_rad: float
    score_v_m: float
    grid_score_v_m: float
    n_placements: int
    map: SearchMap


def score(elements: CurrentElements, field: FloatArray, search: Search) -> FloatArray:
    """Score of mean fields ``(..., p, 3)``: strength, or the component along the wanted direction, V/m."""
    if search.direction is None:
        return elements.strength(field)
    return np.asarray((field @ np.asarray(search.direction)) @ elements.weights)


def is_same_turned_back(source: AnySource) -> bool:
    """Whether the coil makes the same strength when it is turned by 180° about its z axis, to 2 %."""
    grid = np.stack(np.meshgrid(*(np.linspace(-0.05, 0.05, 5),) * 2, (0.03, 0.06)), axis=-1).reshape(-1, 3)
    back = np.array([-1.0, -1.0, 1.0])
    here, there = potential_per_ampere(source, grid), potential_per_ampere(source, grid * back) * back
    miss = min(float(np.linalg.norm(here - there)), float(np.linalg.norm(here + there)))
    return miss < 0.02 * float(np.linalg.norm(here))


def scan(
    auxiliary: CurrentElements, coil: TurnedCoil, grid: PlacementGrid, search: Search, slope_a_s: float = 1.0
) -> SearchMap:
    """Judge every placement of the grid.

    Parameters
    ----------
    coil
        Matched at ``search.angles_rad``.
    """
    if not np.array_equal(coil.angles_rad, search.angles_rad):
        raise InvalidInput("coil", f"matched at {coil.angles_rad.size} other angles", "the angles of the search")
    offsets = grid.offsets(search.radius_m, search.step_m)
    matrices = grid.matrices(offsets)
    nearer = grid.nearer(matrices, coil.angles_rad)
    fields = _at_depths(auxiliary, coil, matrices, nearer, slope_a_s)
    return SearchMap(offsets, coil.angles_rad, matrices, score(auxiliary, fields, search), nearer)


def _at_depths(
    auxiliary: CurrentElements, coil: TurnedCoil, matrices: FloatArray, nearer: FloatArray, slope_a_s: float
) -> FloatArray:
    """Fields ``(c, a, p, 3)`` with each angle at its own distance, by a parabola through three distances."""
    far = coil.fields(auxiliary, matrices, slope_a_s)
    whole = nearer.max(axis=1)
    if whole.max() < _SAME_DEPTH_M:
        return far
    half = coil.fields(auxiliary, moved_in(matrices, whole / 2), slope_a_s)
    near = coil.fields(auxiliary, moved_in(matrices, whole), slope_a_s)
    t = (nearer / np.maximum(whole, 1e-12)[:, None])[..., None, None]
    return np.asarray(far * (1 - t) * (1 - 2 * t) + half * 4 * t * (1 - t) + near * t * (2 * t - 1))


def matched_coil(source: AnySource, auxiliary: CurrentElements, grid: PlacementGrid, search: Search) -> TurnedCoil:
    """The coil at every angle of a search, right where the auxiliary elements lie as seen from it over the grid.

    Dipoles on a disk when they match it to 1 %; else (a helmet around the head) its potential on a grid.
    """
    offsets = grid.offsets(search.radius_m, search.radius_m / 2)
    chosen = offsets[np.linspace(0, len(offsets) - 1, min(_MATCHED_AT, len(offsets))).astype(np.int64)]
    matrices = grid.matrices(chosen)
    lowest = moved_in(matrices, grid.nearer(matrices, search.angles_rad).max(axis=1))
    seen = [(auxiliary.positions - pose[:3, 3]) @ pose[:3, :3] for pose in (*matrices, *lowest)]
    points = np.concatenate(seen)
    try:
        return auxiliary_coil(source, points, search.angles_rad)
    except InvalidInput:
        return tabulated_coil(source, points, search.angles_rad)


def find_optimum(
    exact: CurrentElements,
    grid: PlacementGrid,
    source: AnySource,
    target: FloatArray,
    search: Search | None = None,
    *,
    slope_a_s: float = 1.0,
) -> Optimum:
    """Search the grid and refine.

    Parameters
    ----------
    exact
        Of the region (``reciprocal_elements``); the score of the optimum is computed with them.
    source
        Coil in its own frame.
    target : (3,)
        m.

    Notes
    -----
    Refinement: the eight neighbors in position and both in angle, at half, a quarter, ... of the grid's steps, until
    none is better. Every placement is lifted clear of the scalp before it is judged; with a casing in the grid, the
    refined ones are moved in until they keep exactly the gap.
    """
    how = search or Search()
    few = len(exact.positions) <= _FEW_ELEMENTS
    auxiliary = exact if few else auxiliary_elements(exact, grid.scalp, np.asarray(target, dtype=np.float64))
    found = scan(auxiliary, matched_coil(source, auxiliary, grid, how), grid, how, slope_a_s)
    place, turn = found.best
    best = np.array([*found.offsets_m[place], found.angles_rad[turn]])
    pose = _settled(grid, best[None])[0]
    value, judged = _values(auxiliary, source, [pose], how, slope_a_s)[0], found.score_v_m.size
    steps = np.array([how.step_m, how.step_m, np.deg2rad(how.angle_deg)])
    for _ in range(_HALVINGS):
        steps = steps / 2
        while True:
            trials = best + _NEIGHBORS * steps
            trials = trials[np.hypot(trials[:, 0], trials[:, 1]) <= how.radius_m]
            poses = _settled(grid, trials)
            values = _values(auxiliary, source, poses, how, slope_a_s)
            judged += len(trials)
            if not len(trials) or values.max() <= value * (1 + 1e-9):
                break
            chosen = int(values.argmax())
            best, value, pose = trials[chosen], float(values[chosen]), poses[chosen]
    final = score(exact, exact.field(source.moved(pose.matrix), slope_a_s), how)
    return Optimum(pose, best[:2], float(best[2]), float(final), float(found.score_v_m.max()), judged, found)


_NEIGHBORS = np.array(
    [(i, j, 0) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)] + [(0, 0, -1), (0, 0, 1)], dtype=np.float64
)


def _settled(grid: PlacementGrid, trials: FloatArray) -> list[CoilPose]:
    """Poses of offsets and angles ``(t, 3)``, clear of the scalp; each starts where the one before it ended."""
    found: list[CoilPose] = []
    guess = 0.0
    for lifted in grid.poses(trials[:, :2], trials[:, 2]) if len(trials) else ():
        found.append(grid.settled(CoilPose(lifted), 0.95 * guess))
        guess = max(0.0, float((found[-1].center - lifted[:3, 3]) @ lifted[:3, 2]))
    return found


def _values(
    auxiliary: CurrentElements, source: AnySource, poses: list[CoilPose], how: Search, slope: float
) -> FloatArray:
    fields = (auxiliary.field(source.moved(pose.matrix), slope) for pose in poses)
    return np.array([float(score(auxiliary, field, how)) for field in fields])
