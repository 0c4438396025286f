"""Computing the field of a prescription on a head: every site, the motor site of the same side, and the spread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from euthymia.engines.fields.coil_model import CoilModel
from euthymia.engines.fields.grey_region import GREY
from euthymia.engines.fields.placement_model import PlacementModel, placement_model
from euthymia.engines.fields.solve import prepare
from euthymia.engines.fields.surfaces import closest_points, tissue_surface
from euthymia.therapies.tms.field_head import FieldSite, TmsHead
from euthymia.therapies.tms.field_numbers import FieldSpread, Side, SiteField, TmsField
from euthymia.therapies.tms.field_sites import check_own, motor_site, stimulation_site
from euthymia.therapies.tms.field_solve import GAP_M, SolvedSite, solve_sites
from euthymia.therapies.tms.field_spread import field_spread
from euthymia.therapies.tms.machine_output import CoilRow
from euthymia.therapies.tms.prescription import TmsPrescription

BRAIN = (1, GREY)


@dataclass(frozen=True, slots=True, eq=False)
class ComputedField:
    """Numbers, and the solutions behind them: at each site of ``field.sites``, and at the motor sites by side."""

    field: TmsField
    solved: tuple[SolvedSite, ...]
    motor: dict[Side, SolvedSite]


def compute_field(
    head: TmsHead,
    rx: TmsPrescription,
    coil: CoilModel,
    *,
    machine: CoilRow | None = None,
    order: int = 2,
    gap_m: float = GAP_M,
    nearest: bool = False,
    seed: int,
    say: Callable[[str], None] = lambda _: None,
) -> ComputedField | tuple[str, ...]:
    """Compute the field of every stimulation of a prescription and of the motor site on the same side.

    Parameters
    ----------
    head, coil
        Prepared by the caller: nothing is read here.
    nearest
        Move a target outside grey matter to the nearest grey matter instead of refusing it.
    seed
        Of the draws of placement and conductivity.

    Returns
    -------
    ComputedField, or the reasons in words why no stimulation has a field (an H coil, a target nobody has found yet).
    """
    places = tuple(stimulation.place for stimulation in rx.stimulations)
    check_own(head, places)
    found = [stimulation_site(head, place, nearest=nearest) for place in places]
    sites = [(number, site) for number, site in enumerate(found, start=1) if isinstance(site, FieldSite)]
    without = tuple(dict.fromkeys(site for site in found if isinstance(site, str)))
    if not sites:
        return without
    sides = tuple(dict.fromkeys(site.side for _, site in sites))
    wanted = [*(site for _, site in sites), *(motor_site(head, side) for side in sides)]
    solved = solve_sites(head, coil, wanted, order=order, gap_m=gap_m, say=say)
    motor = dict(zip(sides, solved[len(sites) :], strict=True))
    say("drawing placements and conductivities …")
    system = solved[0].result.system if order == 1 else prepare(head.mesh, order=1)
    numbers = []
    for (number, site), one in zip(sites, solved, strict=False):
        spread = field_spread(head, coil, one, motor[site.side], _error(site), gap_m=gap_m, system=system, seed=seed)
        numbers.append(_numbers(head, number, one, motor[site.side], spread))
    space = solved[0].result.system.space
    how = f"{head.mesh.tets.shape[0]} tetrahedra, elements of order {space.order}, {space.n} unknowns"
    cited = tuple(dict.fromkeys(s for n in numbers if n.spread is not None for s in n.spread.sources))
    field = TmsField(
        head=head.name, statement=head.statement, is_template=head.is_template, how=how, coil=coil.name,
        machine=machine, sites=tuple(numbers), without=without, sources=cited,
        notes=tuple(dict.fromkeys(note for one in motor.values() for note in one.site.notes)),
    )  # fmt: skip
    return ComputedField(field, solved[: len(sites)], motor)


def _error(site: FieldSite) -> PlacementModel | None:
    return placement_model(site.placement) if site.placement else None


def _numbers(head: TmsHead, number: int, one: SolvedSite, motor: SolvedSite, spread: FieldSpread) -> SiteField:
    site, row = one.site, _error(one.site)
    brain = tissue_surface(head.mesh, tuple(tag for tag in BRAIN if (head.mesh.tissue == tag).any()))
    depths = 1000 * closest_points(brain, np.stack([site.on_scalp, motor.site.on_scalp]), candidates=64).distance_m
    causes = "conductivity" if row is None else "placement and conductivity"
    placing = () if row is None else (f"Placement drawn: {row.statement}.",)
    gap_mm = 1000 * one.placement.center_gap_m
    bare = "" if one.placement.is_casing_known else " Its file has no casing: conductor and face were kept out."
    where = 1000 * site.roi.center
    ratio = one.mean_v_m / motor.peak_v_m
    return SiteField(
        order=number, target=site.code, placement=site.placement, title=site.title, side=site.side,
        target_mm=(float(where[0]), float(where[1]), float(where[2])),
        target_v_m=one.mean_v_m, peak_v_m=one.peak_v_m, motor_v_m=motor.peak_mean_v_m, motor_peak_v_m=motor.peak_v_m,
        target_range_v_m=(one.mean_v_m * spread.field[0], one.mean_v_m * spread.field[1]),
        ratio_range=(ratio * spread.ratio[0], ratio * spread.ratio[1]), spread=spread,
        spread_words=f"95 % of {spread.n_draws} draws of {causes}", depth_mm=float(depths[0]),
        motor_depth_mm=float(depths[1]),
        coil_to_target_mm=1000 * float(np.linalg.norm(one.pose.center - site.roi.center)),
        error_pct=None if one.error is None else 100 * one.error,
        notes=(*site.notes, *placing, f"The middle of the coil is {gap_mm:.1f} mm from the scalp.{bare}"),
    )  # fmt: skip
