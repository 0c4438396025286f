"""Predicted MDMA of a split dose and the CYP2D6 activity it leaves: an illustrative set, so a wide band."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from euthymia.core.reason import Reason
from euthymia.engines.kinetics import Dose, cyp2d6_activity_after_mdma, load_model
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.therapies.curves import Curve, Mark
from euthymia.therapies.kinetic_curves import engine_reason, people
from euthymia.therapies.psychedelic.tables import limit
from euthymia.therapies.psychedelic.vital_rows import vital, vital_reason

MODEL = "Mas1999Illustrative"
_UNTIL_H, _STEP_H, _DAYS, _DAY_H = 24.0, 0.25, 14, 24.0
_RECOVERED = 0.9


def supplement_h() -> float:
    """Return when the second part is planned: the middle of its window (h)."""
    row = limit("mdma_supplement_after")
    assert row.low is not None
    assert row.high is not None
    return (row.low + row.high) / 2 / 60.0


@lru_cache(maxsize=16)
def mdma_levels(doses: tuple[tuple[float, float], ...], step_h: float = _STEP_H) -> tuple[FloatArray, FloatArray]:
    """Return times (h) and MDMA (ng/mL) of the typical person after ``(time_h, mg)`` doses; one answer a plan."""
    times = np.arange(0.0, _UNTIL_H + step_h / 2, step_h)
    plan = tuple(Dose("oral", start_h=at, amount_mg=mg) for at, mg in doses)
    return times, people(MODEL, (), 0, 0).curves(plan, times)[0, :, 0]


@lru_cache(maxsize=16)
def cyp2d6_after(doses: tuple[tuple[float, float], ...]) -> tuple[FloatArray, FloatArray]:
    """Return days and CYP2D6 activity (share of that before) after ``(time_h, mg)`` doses; one answer a plan."""
    days = np.linspace(0.0, _DAYS, 4 * _DAYS + 1)
    plan = tuple(Dose("oral", start_h=at, amount_mg=mg) for at, mg in doses)
    return days, cyp2d6_activity_after_mdma(plan, days * _DAY_H)


def wide_band(levels: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the lower and upper end around a curve of levels."""
    return levels * vital("mdma_band_low").value, levels * vital("mdma_band_high").value


def mdma_curves(first_mg: float, ratio: float, label: str) -> tuple[Curve, ...]:
    """Return MDMA over the day and CYP2D6 over the two weeks after a split dose."""
    model = load_model(MODEL)
    doses = ((0.0, first_mg), (supplement_h(), ratio * first_mg))
    times, levels = mdma_levels(doses)
    low, high = wide_band(levels)
    words = f"{model.file.title}: {model.name}, illustrative; the band is {vital('mdma_band_high').statement}."
    notes = tuple(dict.fromkeys((*_warnings(doses), *model.file.limits)))
    reason = engine_reason(words, model, vital("mdma_band_low").cite(), vital("mdma_band_high").cite())
    marks = tuple(Mark(f"{mg:g} mg", time=at) for at, mg in doses)
    days, activity = cyp2d6_after(doses)
    percent = tuple(float(100 * v) for v in activity)
    return (
        Curve(
            f"mdma_{label.replace(' ', '_')}", f"MDMA in venous plasma, {label} (illustrative)", "ng/mL",
            tuple(map(float, times)), "h", tuple(map(float, levels)), tuple(map(float, low)), tuple(map(float, high)),
            reason, "illustrative", marks, notes, "a wide margin for the misfit of the set and for people",
            "the first dose",
        ),
        Curve(
            f"cyp2d6_{label.replace(' ', '_')}", f"CYP2D6 activity after {label} (illustrative)", "%",
            tuple(map(float, days)), "days", percent, percent, percent,
            engine_reason(
                "MDMA inactivates CYP2D6; it comes back over about ten days. The half-life of its return is not "
                "verified, and no spread between people is known.", model,
            ),
            "illustrative", (Mark("90 % of the activity before", level=100 * _RECOVERED),), notes, since="the dose",
        ),
    )  # fmt: skip


def mdma_physics(first_mg: float, ratio: float, label: str) -> tuple[Reason, ...]:
    """Return what the curves say in words, and the vital signs of the trials."""
    model = load_model(MODEL)
    doses = ((0.0, first_mg), (supplement_h(), ratio * first_mg))
    times, levels = mdma_levels(doses)
    low, high = wide_band(levels)
    top = int(levels.argmax())
    days, activity = cyp2d6_after(doses)
    worst = int(activity.argmin())
    back = next((float(d) for d, a in zip(days[worst:], activity[worst:], strict=True) if a >= _RECOVERED), None)
    until = f"until day {back:.0f}" if back is not None else f"for more than {_DAYS} days"
    return (
        engine_reason(
            f"MDMA, {label} ({first_mg:g} + {ratio * first_mg:g} mg): highest about {levels[top]:.0f} ng/mL at "
            f"{times[top]:.1f} h (wide band {low[top]:.0f} to {high[top]:.0f}); levels rise more than the dose. "
            "Illustrative: a shape, not a level to rely on.", model, code="mdma_peak",
        ),
        engine_reason(
            f"CYP2D6 is below {100 * _RECOVERED:.0f} % of its activity {until} after {label}: read CYP2D6 drug advice "
            "as for a poor metabolizer at first (illustrative).", model, code="cyp2d6_recovery", unit="days",
        ),
        *(vital_reason(code) for code in ("mdma_systolic_rise", "mdma_pulse_rise", "mdma_highest_systolic")),
    )  # fmt: skip


def enzyme_reason(days: float, activity: float) -> Reason:
    """Say how much CYP2D6 activity is left so many days after a session."""
    words = (
        f"CYP2D6 activity {days:g} days after MDMA: about {100 * activity:.0f} % of that before (illustrative). Read "
        "CYP2D6 drug advice with it until it is back."
    )
    return engine_reason(words, load_model(MODEL), code="cyp2d6_after_mdma", unit="%")


def _warnings(doses: tuple[tuple[float, float], ...]) -> tuple[str, ...]:
    model = load_model(MODEL)
    plan = tuple(Dose("oral", start_h=at, amount_mg=mg) for at, mg in doses)
    return model.warnings(people(MODEL, (), 0, 0).individuals, plan)
