"""``euthymia fields optimize --robust``: the placement that bears placement error and unknown conductivities best."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from euthymia.cli.fields_input import FieldHead, region, target_point
from euthymia.cli.fields_placing import Placed
from euthymia.cli.fields_show import say
from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.engines.fields.coil_model import CoilModel
    from euthymia.engines.fields.mesh import FloatArray
    from euthymia.engines.fields.optimize import SearchMap
    from euthymia.engines.fields.reciprocity import CurrentElements
    from euthymia.engines.fields.robust import ConductivityUncertainty, PlacementError, Sensitivity
    from euthymia.engines.fields.roi import Roi
    from euthymia.engines.fields.scalp_placement import Scalp
    from euthymia.engines.fields.solve import FieldSystem
    from euthymia.report.robust_document import RobustDocument

_QUANTILE = 0.05


@dataclass(frozen=True, slots=True)
class RobustAsked:
    """What the command line says of a robust search."""

    methods: tuple[str, ...]
    aim: str
    draws: int
    seed: int


def robust_asked(robust: bool, methods: list[str] | None, aim: str, draws: int, seed: int) -> RobustAsked | None:
    """Check the options before any work is done; None without ``--robust``."""
    from euthymia.engines.fields.placement_model import placement_model

    if not robust:
        if methods:
            raise InvalidInput("--method", ", ".join(methods), "together with --robust", "Add --robust.")
        return None
    if aim not in ("expected", "low"):
        raise InvalidInput("--aim", aim, "expected or low")
    if draws < 20:
        raise InvalidInput("--draws", draws, "20 or more", "300 give the ends of an interval to about a tenth.")
    chosen = tuple(methods or ("navigated",))
    for name in chosen:
        placement_model(name)
    if len(set(chosen)) < len(chosen):
        raise InvalidInput("--method", ", ".join(chosen), "each method once")
    return RobustAsked(chosen, aim, draws, seed)


def robust_placed(
    head: FieldHead,
    scalp: Scalp,
    system: FieldSystem,
    coil: CoilModel,
    target: str,
    nearest: bool,
    search: tuple[float, float, float],
    gap_m: float,
    slope_a_s: float,
    asked: RobustAsked,
    output: Path,
) -> Placed:
    """Search, judge under errors, write ``robust.html`` and ``robust.json``, and give the placement to be shown.

    ``search``: radius and step, m, and angle, degrees.
    """
    from euthymia.engines.fields.coils import dipoles_of
    from euthymia.engines.fields.collision import casing_shape, room
    from euthymia.engines.fields.optimize import Search, matched_coil, scan
    from euthymia.engines.fields.placement_grid import placement_grid
    from euthymia.engines.fields.placement_model import placement_model
    from euthymia.engines.fields.robust import robust_optimum
    from euthymia.report.robust_page import FoundRobust, write_robust

    title, point = target_point(head, target)
    roi, moved = region(head, title, point, nearest)
    source, shape = dipoles_of(coil), casing_shape(coil)
    how = Search(search[0], search[1], search[2], half_turn=True)
    grid = placement_grid(scalp.surface, roi.center, casing=shape, gap_m=gap_m)
    few = _elements(system, roi, scalp)
    found = scan(few, matched_coil(source, few, grid, how), grid, how, slope_a_s)

    say("conductivities …")
    tissues, rows = _tissues(head, system, coil, roi, found)
    say("placement error …")
    models = tuple(placement_model(name) for name in asked.methods)
    error = _together([model.error() for model in models])
    best = robust_optimum(
        found, few, source, grid, how, error, tissues, slope_a_s=slope_a_s,
        aim="low" if asked.aim == "low" else "expected", quantile=_QUANTILE, n_samples=asked.draws, seed=asked.seed,
    )  # fmt: skip
    left = room(shape, best.chosen.pose, scalp.distance)
    if left < 0:
        raise InvalidInput(
            "--distance-mm", gap_m * 1000, f"at least {(gap_m - left) * 1000:.1f}: the best place touches"
        )
    notes = tuple(said for said in (moved, *_warnings(found.offsets_m, best.chosen.place, search, error)) if said)
    x, y, z = (float(v) for v in roi.center)
    result = FoundRobust(
        head.name, head.statement, coil.name, slope_a_s, title, (x, y, z), best, found, models, error,
        rows, notes,
    )  # fmt: skip
    document = write_robust(result, output)
    return Placed(best.chosen.pose, roi, title, (*notes, *robust_words(document)))


def robust_words(document: RobustDocument) -> tuple[str, ...]:
    """What was found, in words; the last one names the files."""
    robust, nominal = document.robust, document.nominal
    names = " and ".join(row.title for row in document.methods)
    low, _, high = robust.interval_v_m
    return (
        f"Robust placement under the placement error of {names} and uncertain conductivities: expected mean field "
        f"{robust.expected_v_m:.3g} V/m, 90 % interval {low:.3g} to {high:.3g}; {100 * robust.near_best:.0f} % of the "
        f"draws keep 90 % of the best. Without errors it makes {robust.without_error_v_m:.3g} V/m.",
        f"The placement that is best without errors ({nominal.without_error_v_m:.3g} V/m) lies {document.apart_mm:.1f} "
        f"mm and {document.turned_deg:.0f}° away; under the same errors: expected {nominal.expected_v_m:.3g}, interval "
        f"{nominal.interval_v_m[0]:.3g} to {nominal.interval_v_m[2]:.3g}, {100 * nominal.near_best:.0f} % near the "
        "best.",
        *(f"{row.statement[:1].upper()}{row.statement[1:]} ({row.source.text}; {row.source.verification})."
          for row in document.methods),
        f"Map and numbers of the robust search: {', '.join(document.files)}.",
    )  # fmt: skip


def _elements(system: FieldSystem, roi: Roi, scalp: Scalp) -> CurrentElements:
    from euthymia.engines.fields.reciprocity import auxiliary_elements, reciprocal_elements

    return auxiliary_elements(reciprocal_elements(system, roi), scalp.surface, roi.center)


def _tissues(
    head: FieldHead, system: FieldSystem, coil: CoilModel, roi: Roi, found: SearchMap
) -> tuple[tuple[Sensitivity, ...], tuple[ConductivityUncertainty, ...]]:
    """Slopes by conductivity at the placement that is best without errors, taken for the whole search."""
    import numpy as np

    from euthymia.engines.fields.conductivity_slopes import conductivity_slopes
    from euthymia.engines.fields.robust import Sensitivity, conductivity_uncertainty, log_spread
    from euthymia.engines.fields.solve import prepare, solve
    from euthymia.engines.fields.vector_potential import total_dA_dt

    coarse = system if system.space.order == 1 else prepare(head.mesh, system.sigma, order=1)
    excitations = coil.excitations(found.pose(*found.best), [1e6] * len(coil.drives))
    solved = solve(coarse, lambda points: total_dA_dt(excitations, points), tolerance=1e-6, error=False)
    (slopes,) = conductivity_slopes(coarse, solved.field_v_m, [roi])
    rows = {tag: row for tag, row in sorted(conductivity_uncertainty().items()) if tag in slopes}
    return tuple(
        Sensitivity(tag, log_spread(row.coefficient_of_variation), np.full(found.score_v_m.shape, slopes[tag]))
        for tag, row in rows.items()
    ), tuple(rows.values())


def _together(errors: list[PlacementError]) -> PlacementError:
    total = errors[0]
    for error in errors[1:]:
        total = total.with_more(error)
    return total


def _warnings(
    offsets: FloatArray, place: int, search: tuple[float, float, float], error: PlacementError
) -> tuple[str, ...]:
    import numpy as np

    away = float(np.hypot(*offsets[place]))
    words = []
    if away > search[0] - 1.5 * search[1]:
        words.append("The placement lies at the rim of the search: raise --radius-mm.")
    if error.shift_m > search[0] / 2:
        words.append(
            f"Shifts of {1000 * error.shift_m:.1f} mm are large for a search of {1000 * search[0]:g} mm: raise "
            "--radius-mm."
        )
    return tuple(words)
