"""What is left of a medicine after its last dose, day by day: its active parts as a chain, solved by the engine."""

from __future__ import annotations

import math

import numpy as np

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.engines.kinetics import LinearProblem, solve
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.therapies.curves import Curve, Mark
from euthymia.therapies.psychedelic.half_lives import HalfLifeRow
from euthymia.therapies.psychedelic.tables import limit
from euthymia.therapies.psychedelic.washout import OpenWashout, Part

_HOURS = 24.0
_STEPS, _BEYOND = 70, 10  # up to the end of the wash-out, which is a point of the curve, and after it


def left_after(times_h: FloatArray, half_life_h: float, parent_half_life_h: float | None = None) -> FloatArray:
    """Return the share of the level at the last dose that is left ``(T,)``.

    Parameters
    ----------
    times_h
        Hours since the last dose, from 0.
    half_life_h
        Half-life of the active part.
    parent_half_life_h
        Half-life of what it is formed from; at the last dose of a long treatment both are at steady state, so the
        metabolite goes on being formed while the parent leaves.
    """
    out = math.log(2.0) / half_life_h
    if parent_half_life_h is None:
        problem = LinearProblem(np.array([[-out]]), (), times_h, initial=np.array([1.0]))
        return solve(problem).values[0, :, 0]
    made = math.log(2.0) / parent_half_life_h
    rates = np.array([[-made, 0.0], [made, -out]])
    # at steady state as much of the metabolite is formed as leaves: made * parent = out * metabolite
    problem = LinearProblem(rates, (), times_h, initial=np.array([out / made, 1.0]))
    return solve(problem).values[0, :, 1]


def residual_curve(washout: OpenWashout) -> Curve | None:
    """Return the curve of the slowest active part; None where no half-life is held or an enzyme has to grow again."""
    part = washout.slowest
    if part is None:
        return None
    parent = next((p for p in washout.parts if p.row.analyte == part.row.formed_from), None)
    times = np.arange(_STEPS + _BEYOND + 1, dtype=np.float64) * (washout.needed_days * _HOURS / _STEPS)
    longest = part.row.high_h * max(part.slowing.factor, part.slowing.if_poor)
    values = [
        100 * left_after(times, half, above)
        for half, above in (
            (part.half_life_h, parent.half_life_h if parent else None),
            (part.row.low_h * part.slowing.factor, parent.row.low_h if parent else None),
            (longest, parent.row.high_h if parent else None),
        )
    ]
    middle, low, high = (
        np.clip(v, 0.0, 100.0) for v in (values[0], np.minimum(*values[:2]), np.maximum.reduce(values))
    )
    count = limit("washout_half_lives").bound
    return Curve(
        f"residual_{_plain(washout.medicine)}", f"{part.row.analyte.capitalize()} left after the last dose", "%",
        tuple(float(t) / _HOURS for t in times), "days", tuple(map(float, middle)), tuple(map(float, low)),
        tuple(map(float, high)), _reason(washout, part), "derived",
        (Mark(f"wash-out over, day {washout.needed_days:g}", time=washout.needed_days),
         Mark(f"{count:g} half-lives", level=100 * 0.5**count)),
        _notes(part), "from the shortest to the longest half-life held", "the last dose",
    )  # fmt: skip


def _reason(washout: OpenWashout, part: Part) -> Reason:
    one = part.row.low_h == part.row.high_h and part.slowing.if_poor <= part.slowing.factor
    band = "only one half-life is held, so no band" if one else "band from the shortest to the longest half-life"
    words = (
        f"{washout.medicine}: {part.row.analyte} by its printed half-life ({_range(part.row)}); {band}. Counted from "
        "steady state at the last dose."
    )
    return Reason(words, washout.sources, EvidenceGrade.LOW, code="residual")


def _range(row: HalfLifeRow) -> str:
    return f"{row.low_h:g} h" if row.low_h == row.high_h else f"{row.low_h:g} to {row.high_h:g} h"


def _notes(part: Part) -> tuple[str, ...]:
    said = [part.slowing.words, part.row.note]
    return tuple(f"{s[0].upper()}{s[1:]}." for s in said if s)


def _plain(name: str) -> str:
    return "_".join("".join(ch if ch.isalnum() else " " for ch in name.casefold()).split())
