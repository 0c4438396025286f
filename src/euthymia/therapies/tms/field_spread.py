"""How uncertain the field in a target is: the coil lands off its place, and conductivities are not known well.

Both are followed with first-order elements on the same mesh and used as factors of the accurate field.
"""

from __future__ import annotations

import numpy as np

from euthymia.engines.fields.coil_model import CoilModel
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.conductivity_slopes import conductivity_slopes
from euthymia.engines.fields.displaced import ERRORS, displaced_poses, fields_at
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.placement_grid import CoilFace, placement_grid
from euthymia.engines.fields.placement_model import PlacementModel
from euthymia.engines.fields.reciprocity import auxiliary_elements, reciprocal_elements
from euthymia.engines.fields.robust import conductivity_uncertainty, log_spread
from euthymia.engines.fields.solve import FieldSystem, prepare, solve
from euthymia.therapies.tms.field_head import TmsHead
from euthymia.therapies.tms.field_numbers import FieldSpread
from euthymia.therapies.tms.field_solve import GAP_M, SLOPE_A_S, TOLERANCE, SolvedSite, placed_source

N_DRAWS = 300
_ENDS = (0.025, 0.975)
_REACH_M, _SPACING_M = 0.11, 0.010
"""Less than for a search: factors are right to about 0.3 %, in a third of the time."""


def field_spread(
    head: TmsHead,
    coil: CoilModel,
    target: SolvedSite,
    motor: SolvedSite,
    error: PlacementModel | None,
    *,
    gap_m: float = GAP_M,
    system: FieldSystem | None = None,
    n_draws: int = N_DRAWS,
    seed: int,
) -> FieldSpread:
    """Draw placements of the target's coil and conductivities of the head.

    Parameters
    ----------
    error
        How far the coil lands off the target; None when nothing is known of it (then only conductivities vary).
    system
        First-order system of the same mesh; made when None.

    Notes
    -----
    The motor site is the hot spot by search, so it has no placement error. Conductivities are lognormal; their effect
    is the exact derivative by one adjoint solution for each region, extrapolated along the logarithm.
    """
    coarse = prepare(head.mesh, order=1) if system is None else system
    field = solve(coarse, placed_source(coil, [target.pose, motor.pose]), tolerance=TOLERANCE, error=False).field_v_m
    slopes, motor_slopes = conductivity_slopes(coarse, field, [target.site.roi, motor.peak_roi], tolerance=TOLERANCE)
    rows = {tag: row for tag, row in conductivity_uncertainty().items() if tag in slopes}
    draws = np.random.default_rng(seed).standard_normal((n_draws, ERRORS + len(rows)))
    of_target, of_motor = np.zeros(n_draws), np.zeros(n_draws)
    for number, (tag, row) in enumerate(sorted(rows.items())):
        moved = log_spread(row.coefficient_of_variation) * draws[:, ERRORS + number]
        of_target += slopes[tag] * moved
        of_motor += motor_slopes[tag] * moved
    conductivity = np.exp(of_target)
    placement = np.ones(n_draws)
    if error is not None:
        placement = _displaced(head, coil, target, coarse, error, draws, gap_m)
    both = placement * conductivity
    cited = tuple(row.cite() for row in (*rows.values(), *(() if error is None else (error,))))
    return FieldSpread(
        _ends(both), _ends(both / np.exp(of_motor)), None if error is None else _ends(placement), _ends(conductivity),
        tuple(sorted(slopes.items())), tuple(sorted(motor_slopes.items())), n_draws, seed, tuple(dict.fromkeys(cited)),
    )  # fmt: skip


def _displaced(
    head: TmsHead, coil: CoilModel, target: SolvedSite, system: FieldSystem, error: PlacementModel,
    draws: FloatArray, gap_m: float,
) -> FloatArray:  # fmt: skip
    """Field at displaced placements relative to the placement meant, each lifted clear of the scalp."""
    surface = head.scalp.surface
    exact = reciprocal_elements(system, target.site.roi, tolerance=TOLERANCE)
    few = auxiliary_elements(exact, surface, target.site.roi.center, reach_m=_REACH_M, spacing_m=_SPACING_M)
    face = CoilFace.of_shape(casing_shape(coil))
    handle = -target.pose.matrix[:3, 1]
    grid = placement_grid(surface, target.site.on_scalp, face=face, gap_m=gap_m, handle=handle)
    none = np.zeros((1, draws.shape[1]))
    poses = displaced_poses(grid, np.zeros(2), 0.0, error.error(), np.vstack([none, draws]))
    fields = sum((fields_at(few, source, poses, SLOPE_A_S) for _, source in coil.sources()), np.zeros(3))
    strengths = few.strength(fields)
    return np.asarray(strengths[1:] / strengths[0])


def _ends(values: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(values, _ENDS)
    return float(low), float(high)
