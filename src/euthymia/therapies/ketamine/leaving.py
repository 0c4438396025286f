"""When a patient could leave: the gates of the session applied to simulated courses, as a distribution of times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from euthymia.case.model import Case
from euthymia.engines.kinetics.blood_pressure import PressureRise
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.readiness import (
    ELAPSED,
    Readiness,
    ReadinessCriterion,
    readiness_criteria,
    time_to_readiness,
)
from euthymia.therapies.ketamine.hold_limits import hold_limits
from euthymia.therapies.ketamine.pressure import Before
from euthymia.therapies.ketamine.tables import limit


def leaving_criteria(case: Case, before: Before | None, watched_h: float) -> tuple[ReadinessCriterion, ...]:
    """Return the engine's definition with this session's own limits: its watching time and its pressure gate."""
    rises = limit("discharge_systolic_rise").bound, limit("discharge_diastolic_rise").bound
    held = hold_limits(case)
    tops = held if before is None else [max(h, b + r) for h, b, r in zip(held, before.both, rises, strict=True)]
    own = {ELAPSED: watched_h, "systolic": tops[0], "diastolic": tops[1]}
    return tuple(replace(row, limit=own.get(row.quantity, row.limit)) for row in readiness_criteria())


def leaving_times(
    case: Case,
    times_h: FloatArray,
    levels: FloatArray,
    rise: PressureRise | None,
    before: Before | None,
    watched_h: float,
) -> Readiness:
    """Return when each simulated patient could leave, h from the first drug.

    Parameters
    ----------
    case
        For the pressure limits of its age.
    times_h
        ``(T,)``.
    levels
        Venous levels ``(n, T)``, or ``(1, T)`` where patients do not differ.
    rise, before
        Rise of pressure and pressure before the dose; without them pressure is left to the bedside.
    watched_h
        Time that everybody is watched, from the first drug.
    """
    courses: Mapping[str, FloatArray] = {"venous_level": levels}
    if rise is not None and before is not None:
        shape = (max(len(levels), len(rise.systolic)), len(times_h))
        courses = {
            "venous_level": np.broadcast_to(levels, shape),
            "systolic": np.broadcast_to(before.systolic + rise.systolic, shape),
            "diastolic": np.broadcast_to(before.diastolic + rise.diastolic, shape),
        }
    return time_to_readiness(times_h, courses, leaving_criteria(case, before, watched_h))


def share_ready(times_h: FloatArray, ready: Readiness) -> FloatArray:
    """Return the share of patients (%) who could leave by each time."""
    return np.asarray(100.0 * (ready.times_h[:, None] <= times_h[None, :] + 1e-9).mean(axis=0))
