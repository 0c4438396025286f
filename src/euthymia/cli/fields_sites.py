"""Sites of ``euthymia fields compare``: gathered, placed, solved together, and measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from euthymia.cli.fields_input import FieldHead, target_point, triple
from euthymia.cli.fields_show import say
from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.engines.fields.coil_model import CoilModel
    from euthymia.engines.fields.coil_pose import CoilPose
    from euthymia.engines.fields.coil_sites import CoilSite
    from euthymia.engines.fields.error_estimate import ErrorEstimate
    from euthymia.engines.fields.mesh import FloatArray
    from euthymia.engines.fields.roi import Roi
    from euthymia.engines.fields.scalp_placement import Scalp
    from euthymia.engines.fields.scalp_rules import Fiducials, Side
    from euthymia.engines.fields.site_spread import SiteSlopes
    from euthymia.engines.fields.solve import FieldSystem
    from euthymia.engines.fields.target_table import TargetTable
    from euthymia.engines.fields.targets import Target
    from euthymia.report.sites_measures import SolvedSite
    from euthymia.report.sites_page import ComparedSites

TOGETHER = 6
"""Sites that are solved at once; more need more memory."""

TOLERANCE = 1e-6
FRONT_LEFT = ("AF3", "F5", "FC3")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of the comparison (lengths in m)."""

    goal: str
    targets: tuple[str, ...]
    points: tuple[str, ...]
    electrodes: tuple[str, ...]
    fmri: Path | None
    grey_matter: Path | None
    fiducials: Path | None
    side: str
    method: str | None
    direction: str | None
    gap_m: float
    draws: int
    seed: int


def compared(
    head: FieldHead,
    scalp: Scalp,
    coil: CoilModel,
    slope_a_s: float,
    prepared: Callable[[], FieldSystem],
    asked: Asked,
    words: tuple[str, ...],
) -> ComparedSites:
    """Gather the sites, place the coil on each, solve and measure; ``prepared`` is called when all is placed."""
    from euthymia.engines.fields.coil_sites import coil_sites
    from euthymia.engines.fields.collision import casing_shape
    from euthymia.engines.fields.grey_region import grey_region
    from euthymia.engines.fields.over_target import points_over
    from euthymia.engines.fields.placement_grid import CoilFace
    from euthymia.engines.fields.placement_model import placement_model
    from euthymia.engines.fields.site_spread import SpreadInput, site_spreads
    from euthymia.engines.fields.solve import prepare
    from euthymia.report.sites_page import ComparedSites

    model = None if asked.method is None else placement_model(asked.method)
    marked = _marked(asked.fiducials)
    goal_title, goal_point = target_point(_mapped(head, marked), asked.goal)
    goal = grey_region(head.mesh, goal_point, title=goal_title, head=head.name, nearest=True)
    table, notes = _table(head, scalp, asked, marked)
    sites = coil_sites(head.mesh, table, model=model)
    poses = _poses(scalp, coil, sites, asked)
    say(f"{len(sites)} sites")
    system = prepared()
    solved, estimate, slopes = _solved(head, scalp, system, coil, slope_a_s, sites, poses, goal.roi, asked.goal)
    say("placement error and conductivities …")
    sources = tuple(source for _, source in coil.sources())
    shape = casing_shape(coil)
    given = SpreadInput(sources, CoilFace.of_shape(shape), asked.gap_m, tuple(poses))
    coarse = system if system.space.order == 1 else prepare(head.mesh, system.sigma, order=1)
    spreads = site_spreads(
        coarse, scalp.surface, sites, goal.roi, given, slopes=slopes, n_draws=asked.draws, seed=asked.seed
    )  # fmt: skip
    said = [
        *notes,
        *([goal.words.replace("The target", "The goal", 1)] if goal.words else []),
        f"The casing keeps {1000 * asked.gap_m:g} mm from the scalp (hair) at every site.",
        "Handle towards the back and the side at 45°." if asked.direction is None else f"Handle: {asked.direction}.",
        *words,
    ]
    if system.space.order == 1:
        said.append("Linear elements with recovery; --order 2 is more exact and takes several times as long.")
    if not shape.is_known:
        said.append("The file has no casing: only the conductor and the face were kept out of the head.")
    over = points_over(scalp.surface, goal.roi.center[None])[0]
    return ComparedSites(
        head.name, head.statement, table.assumption, scalp.surface, coil, slope_a_s, goal_title, asked.goal, goal.roi,
        over, tuple(said), system.space, estimate, tuple(solved), spreads, asked.draws, asked.seed,
    )  # fmt: skip


def _marked(path: Path | None) -> tuple[Fiducials | None, FloatArray | None]:
    """Fiducials and hand spot of a table, m; None for what it does not hold."""
    import numpy as np

    from euthymia.cli.tms_head_input import HAND_SPOT, POINTS, marked_points
    from euthymia.engines.fields.scalp_rules import Fiducials

    points = {} if path is None else marked_points(path)
    known: dict[str, Any] = {name: np.array(points[name]) / 1000 for name in POINTS if name in points}
    hand = np.array(points[HAND_SPOT]) / 1000 if HAND_SPOT in points else None
    return Fiducials(**known) if known else None, hand


def _mapped(head: FieldHead, marked: tuple[Fiducials | None, FloatArray | None]) -> FieldHead:
    """The head with a rough mapping through its fiducials when it has no other."""
    from euthymia.engines.fields.fiducial_mapping import mapping_from_fiducials

    if head.mni is not None or marked[0] is None:
        return head
    return replace(head, mni=mapping_from_fiducials(marked[0])[0])


def _table(
    head: FieldHead, scalp: Scalp, asked: Asked, marked: tuple[Fiducials | None, FloatArray | None]
) -> tuple[TargetTable, list[str]]:
    """Every target and rule on this head, and what has to be said of how they were found."""
    from euthymia.engines.fields.coil_sites import electrode_targets
    from euthymia.engines.fields.electrodes import mirrored, ten_ten
    from euthymia.engines.fields.head_targets import head_targets
    from euthymia.engines.fields.target_table import compare_targets

    fiducials, hand = marked
    side: Side = "right" if asked.side == "right" else "left"
    notes: list[str] = []
    if hand is None:
        hand, words = _guessed_hand_spot(head, scalp, fiducials, side)
        notes.append(words)
    found = head_targets(
        head.mesh, _points(head, asked), fiducials=fiducials, mni=head.mni, hand_spot=hand, side=side
    )  # fmt: skip
    positions = ten_ten(found.head)
    names = asked.electrodes or tuple(name if side == "left" else mirrored(name) for name in FRONT_LEFT)
    if unknown := [name for name in names if name not in positions]:
        raise InvalidInput("--electrode", ", ".join(unknown), ", ".join(positions), "Names of the 10-10 system.")
    more = compare_targets(electrode_targets(positions, names), scalp=scalp.surface)
    rows = (*found.table.rows, *more.rows)
    codes = [row.target.code for row in rows]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise InvalidInput("--electrode", ", ".join(sorted(twice)), "each site once")
    return replace(found.table, rows=rows), notes


def _guessed_hand_spot(
    head: FieldHead, scalp: Scalp, fiducials: Fiducials | None, side: Side
) -> tuple[FloatArray, str]:
    """The scalp over the hand area of MNI space, for the 5 and 5.5 cm rules, and what has to be said of it."""
    from euthymia.therapies.tms.field_head import TmsHead
    from euthymia.therapies.tms.field_sites import motor_site

    there = TmsHead(head.mesh, scalp, head.name, head.statement, False, head.mni, fiducials)
    site = motor_site(there, side)
    return site.on_scalp, (
        "The 5 and 5.5 cm rules start at a guessed hot spot, the scalp over the hand area of MNI space; mark the one "
        f"that was found (hand_spot in the table of --fiducials). {' '.join(site.notes)}"
    )


def _points(head: FieldHead, asked: Asked) -> list[Target]:
    """MNI targets (those that are wanted), own points, and the site of a connectivity map."""
    from euthymia.engines.fields.targets import mni_target, mni_targets, user_target

    if asked.fmri is None and asked.grey_matter is not None:
        raise InvalidInput("--grey-matter", str(asked.grey_matter), "together with --fmri", "Give the map as well.")
    listed = [mni_target(name) for name in asked.targets] or [t for t in mni_targets() if t.kind == "cortex"]
    for number, text in enumerate(asked.points, start=1):
        own = user_target(f"Own point {number}", triple("--point", text))
        listed.append(replace(own, code=f"user_{number}"))
    if asked.fmri is not None:
        from euthymia.engines.fields.fmri_map import read_map
        from euthymia.engines.fields.fmri_target import fmri_target

        connectivity, grey = read_map(asked.fmri, asked.grey_matter)
        listed.append(fmri_target(connectivity, grey_matter=grey).target)
    return listed


def _poses(scalp: Scalp, coil: CoilModel, sites: Sequence[CoilSite], asked: Asked) -> list[CoilPose]:
    from euthymia.engines.fields.collision import casing_shape
    from euthymia.engines.fields.scalp_placement import place

    shape = casing_shape(coil)
    wanted = None if asked.direction is None else triple("--direction", asked.direction)
    found = []
    for site in sites:
        to_side = -1.0 if site.on_scalp[0] <= 0 else 1.0
        handle = (to_side, -1.0, 0.0) if wanted is None else wanted
        found.append(place(scalp, shape, site.on_scalp, handle, distance_m=asked.gap_m).pose)
    return found


def _solved(
    head: FieldHead, scalp: Scalp, system: FieldSystem, coil: CoilModel, slope_a_s: float, sites: Sequence[CoilSite],
    poses: Sequence[CoilPose], goal: Roi, goal_code: str,
) -> tuple[list[SolvedSite], ErrorEstimate | None, list[SiteSlopes] | None]:  # fmt: skip
    """Solve all sites, a few at once; the error is estimated for the site of the goal (or the first one).

    Slopes by conductivity come along where the elements are of order 1.
    """
    import numpy as np

    from euthymia.engines.fields.recovery import recover_within_tissues
    from euthymia.engines.fields.site_spread import slopes_of
    from euthymia.engines.fields.solve import FieldResult, solve
    from euthymia.report.field_measures import PlacedField, measures, painted_cortex
    from euthymia.report.sites_measures import SolvedSite

    shares = goal.weights @ goal.patches
    recovery = recover_within_tissues(head.mesh) if system.space.order == 1 else None
    reference = next((i for i, site in enumerate(sites) if site.target.code == goal_code), 0)
    rest = [i for i in range(len(sites)) if i != reference]
    groups = [[reference], *(rest[first : first + TOGETHER] for first in range(0, len(rest), TOGETHER))]
    found: dict[int, SolvedSite] = {}
    slopes: dict[int, SiteSlopes] = {}
    estimate, done = None, 0
    for group in groups:
        say(f"solving {done + 1} to {done + len(group)} of {len(sites)} …")
        done += len(group)
        rates = _rates(coil, [poses[i] for i in group], slope_a_s)
        result = solve(system, rates, tolerance=TOLERANCE, error=group[0] == reference)
        estimate = estimate or result.error
        field = result.field_v_m
        if recovery is not None:
            own = slopes_of(system, field, [sites[i].roi for i in group], goal)
            slopes.update(zip(group, own, strict=True))
            field = recovery.in_elements(field)
        for k, i in enumerate(group):
            at = slice(k, k + 1)
            single = FieldResult(
                system, result.potential_v[:, at], result.rates_v_m[:, :, at], field[:, :, at], None,
                result.steps[at], result.residuals[at],
            )  # fmt: skip
            placed = PlacedField(
                head.name, head.statement, scalp.surface, coil, poses[i], slope_a_s, sites[i].target.title,
                sites[i].roi, single,
            )  # fmt: skip
            strength = np.linalg.norm(single.field_v_m[goal.elements, :, 0], axis=1)
            found[i] = SolvedSite(
                sites[i], poses[i], measures(placed, painted_cortex(placed)), float(shares @ strength)
            )
    count = range(len(sites))
    return [found[i] for i in count], estimate, None if recovery is None else [slopes[i] for i in count]


def _rates(coil: CoilModel, poses: Sequence[CoilPose], slope_a_s: float) -> Callable[[FloatArray], FloatArray]:
    import numpy as np

    from euthymia.engines.fields.vector_potential import total_dA_dt

    placed = [coil.excitations(pose, [slope_a_s] * len(coil.drives)) for pose in poses]
    return lambda points: np.stack([total_dA_dt(one, points) for one in placed], axis=-1)
