"""Is any part of any coil ever inside a head? Random heads, sites, handles and gaps, judged by code of its own.

    .venv/bin/python benchmarks/fields_collision.py --heads 1000
    .venv/bin/python benchmarks/fields_collision.py --heads 50 --mesh head.npz --coils H1.tcd

Each case places one coil by one road: the lift of the search (`grid`), `place`, or the pose that `find_optimum` gives.
It fails when a point of the casing or of the winding lies in the head, or the casing comes 0.1 mm nearer than asked.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.collision_scene import TOLERANCE_M, Judge, random_head

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_model import CoilModel
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coils import coil_model, coil_names, read_coil
from euthymia.engines.fields.collision import CasingShape, casing_shape
from euthymia.engines.fields.mesh import Surface
from euthymia.engines.fields.optimize import Search, find_optimum
from euthymia.engines.fields.placement_grid import placement_grid
from euthymia.engines.fields.reciprocity import CurrentElements
from euthymia.engines.fields.scalp_placement import Scalp, place

ROADS = ("grid", "place", "optimum")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One case: distance that was asked for and found, m, and points inside the head."""

    road: str
    coil: str
    asked_m: float
    found_m: float
    inside: int

    @property
    def failed(self) -> bool:
        """In the head, or nearer than asked."""
        return self.inside > 0 or self.found_m < self.asked_m - TOLERANCE_M


def judge(model: CoilModel, shape: CasingShape, pose: CoilPose, head: Judge, asked_m: float, road: str) -> Verdict:
    """The distance of the casing (or of the conductor), and its points and those of the winding that lie inside."""
    turn, center = pose.matrix[:3, :3], pose.center
    points = [shape.points[:: max(1, len(shape.points) // 150)]]
    for _, source in model.sources():
        places = source.positions if hasattr(source, "positions") else getattr(source, "centers", np.empty((0, 3)))
        points.append(places[:: max(1, len(places) // 100)])
    inside = int(head.inside(np.concatenate(points) @ turn.T + center).sum())
    if shape.surfaces:
        corners = np.concatenate([s.nodes[s.triangles] for s in shape.surfaces]) @ turn.T + center
        found = head.smallest(corners, asked_m)
    else:
        found = float(head.gap(shape.points @ turn.T + center).min())
    return Verdict(road, model.name, asked_m, found, inside)


def case(
    surface: Surface, head: Judge, model: CoilModel, shape: CasingShape, road: str, rng: np.random.Generator
) -> Verdict | None:
    """One random placement; None when it was refused with a reason."""
    upper = np.flatnonzero(surface.nodes[:, 2] > np.quantile(surface.nodes[:, 2], 0.35))
    site = surface.nodes[rng.choice(upper)] + rng.normal(0, 0.004, 3)
    handle = rng.normal(size=3)
    gap = float(rng.choice([0.0, 0.0005, 0.002, 0.004, 0.01]))
    try:
        if road == "place":
            tilt = float(rng.choice([0.0, 0.0, 10.0]))
            found = place(Scalp.of(surface), shape, site, handle, distance_m=gap, tilt_limit_deg=tilt, tilt_steps=1)
            return judge(model, shape, found.pose, head, gap, road)
        grid = placement_grid(surface, site, casing=shape, gap_m=gap, handle=handle)
        if road == "grid":
            tilts = rng.normal(0, 0.15, (1, 2)) if rng.random() < 0.5 else None
            offset, angle = rng.uniform(-0.03, 0.03, (1, 2)), rng.uniform(0, 2 * np.pi, 1)
            if rng.random() < 0.2:
                pose = grid.matrices(offset, tilts)[0]
            else:
                pose = grid.poses(offset, angle, tilts)[0]
            return judge(model, shape, CoilPose(pose), head, gap, road)
        search = Search(radius_m=0.006, step_m=0.003, angle_deg=45.0, half_turn=True)
        pose = find_optimum(elements(grid.origin, grid.axes[:, 2], rng), grid, model.sources()[0][1], site, search).pose
        return judge(model, shape, pose, head, gap, road)
    except InvalidInput as error:
        if "along the scalp" in str(error) or "lifted off" in str(error):
            return None
        raise


def elements(origin: Any, inward: Any, rng: np.random.Generator) -> CurrentElements:
    """What a small region 3 cm below the scalp could make at the coil."""
    points = origin + 0.03 * inward + rng.normal(0, 0.006, (30, 3))
    return CurrentElements(points, rng.normal(size=(30, 3, 3, 1)), np.ones(1))


def run(
    numbers: range,
    coils: list[CoilModel],
    own: tuple[Surface, Judge] | None,
    seed: int,
    roads: Sequence[str],
    minutes: float = 600.0,
) -> list[Verdict]:
    """The cases of these numbers, as many as fit into the time, on random heads or on one; failures are printed."""
    end = time.perf_counter() + 60 * minutes
    shapes = [casing_shape(model) for model in coils]
    verdicts = []
    for done, number in enumerate(numbers, start=1):
        if time.perf_counter() > end:
            break
        rng = np.random.default_rng((seed, number))
        there, head = own or any_head(rng)
        which = number % len(coils)
        road = roads[(number // len(coils)) % len(roads)]
        verdict = case(there, head, coils[which], shapes[which], road, rng)
        if verdict is not None:
            verdicts.append(verdict)
        if verdict is not None and verdict.failed:
            short = 1e3 * (verdict.asked_m - verdict.found_m)
            print(f"  case {number} {road} {verdict.coil}: {short:.3f} mm too near, {verdict.inside} points inside")
        if done % 50 == 0:
            print(f"  {number + 1} of {numbers.stop}", file=sys.stderr, flush=True)
    return verdicts


def part(given: argparse.Namespace, first: int) -> list[Verdict]:
    """Share of one process: every n-th case, n the number of processes."""
    coils = [read_coil(path) for path in given.coils] or [coil_model(name) for name in coil_names()]
    numbers = range(given.first + first, given.heads, given.processes)
    return run(numbers, coils, own_head(given.mesh), given.seed, given.roads, given.minutes)


def any_head(rng: np.random.Generator) -> tuple[Surface, Judge]:
    """A random head and its judge."""
    nodes, triangles = random_head(rng)
    return Surface(nodes, triangles), Judge(nodes, triangles)


def own_head(path: Path | None) -> tuple[Surface, Judge] | None:
    """The scalp of a mesh and its judge."""
    if path is None:
        return None
    from euthymia.cli.fields_input import read_head
    from euthymia.engines.fields.surfaces import scalp_surface

    surface = scalp_surface(read_head(path).mesh)
    return surface, Judge(surface.nodes, surface.triangles)


def main() -> int:
    """Run and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heads", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="go on with this case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--minutes", type=float, default=600.0, help="stop after this long, and say how many were judged"
    )
    parser.add_argument("--mesh", type=Path, help="a head of `euthymia fields head` instead of random ones")
    parser.add_argument("--coils", nargs="*", default=[], help=".ccd or .tcd files beside our own coils")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--roads", nargs="*", default=ROADS, choices=ROADS)
    given = parser.parse_args()
    began = time.perf_counter()
    with ProcessPoolExecutor(given.processes) as pool:
        parts = pool.map(partial(part, given), range(given.processes))
        verdicts = [verdict for found in parts for verdict in found]
    seconds = time.perf_counter() - began
    print(f"{len(verdicts)} placements judged (a few are refused with a reason), {seconds:.0f} s")
    for road, count in Counter(v.road for v in verdicts).items():
        some = [v for v in verdicts if v.road == road]
        over = 1e3 * np.array([v.found_m - v.asked_m for v in some])
        shown = f"nearest {over.min():+.3f}, median {np.median(over):+.3f}, farthest {over.max():+.2f} mm over the gap"
        print(f"  {road}: {count} cases, {sum(v.failed for v in some)} failed; {shown}")
    failed = sum(v.failed for v in verdicts)
    print(f"  {'MISS' if failed else 'pass'}: {failed} of {len(verdicts)} in a head or nearer than asked")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
