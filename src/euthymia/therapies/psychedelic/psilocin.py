"""Predicted psilocin and 5-HT2A occupancy of a fixed dose, with the notes on QTc and on how long the effect lasts."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.engines.kinetics import Dose, load_model
from euthymia.engines.kinetics.effect_types import Outcome
from euthymia.engines.kinetics.effects import EffectCourse, effect_at_dose, effect_at_peak, effect_of_level, load_effect
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.therapies.curves import Curve, Mark
from euthymia.therapies.kinetic_curves import band_curve, engine_reason, people
from euthymia.therapies.psychedelic.tables import limit
from euthymia.therapies.psychedelic.vital_rows import vital_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL, OCCUPANCY = "Holze2023Derived", "Madsen2019"
N_PATIENTS = 500
_STEP_H, _UNTIL_H = 0.1, 12.0
_HOURS_MIN = 60.0


def times_h() -> FloatArray:
    """Return the times of the curves (h)."""
    return np.arange(0.0, _UNTIL_H + _STEP_H / 2, _STEP_H)


def psilocin_levels(dose_mg: float, seed: int, times: FloatArray) -> FloatArray:
    """Return psilocin (ng/mL) of drawn patients ``(n, T)`` after ``dose_mg`` of psilocybin at time 0."""
    prepared = people(MODEL, (), N_PATIENTS, seed)
    return prepared.curves((Dose("oral", amount_mg=dose_mg),), times)[:, :, 0]


@lru_cache(maxsize=8)
def day_levels(dose_mg: float, seed: int) -> FloatArray:
    """Return the levels of the day, at :func:`times_h`; solved once for a dose and a seed."""
    return psilocin_levels(dose_mg, seed, times_h())


def occupancy(levels_ng_ml: FloatArray) -> EffectCourse:
    """Return the 5-HT2A occupancy (%) of levels, with the band of the second tracer."""
    site = load_model(MODEL).file.sampling_site
    return effect_of_level(load_effect(OCCUPANCY), Outcome.RECEPTOR_OCCUPANCY, levels_ng_ml, site=site, drug="psilocin")


def psilocybin_curves(dose_mg: float, seed: int) -> tuple[Curve, ...]:
    """Return psilocin and occupancy over the day of the dose."""
    model, times = load_model(MODEL), times_h()
    levels = day_levels(dose_mg, seed)
    stay = limit("psi_stay").bound / _HOURS_MIN
    marks = (Mark(f"dose, {dose_mg:g} mg", time=0.0), Mark("stay at the least", time=stay))
    warnings = model.warnings(people(MODEL, (), N_PATIENTS, seed).individuals, (Dose("oral", amount_mg=dose_mg),))
    level = band_curve(
        "psilocin", "Psilocin in venous plasma", "ng/mL", times, levels,
        engine_reason(f"{model.file.title}: {model.name}, {N_PATIENTS} drawn patients, 5th to 95th percentile.", model),
        model.file.status, marks=marks, notes=(*warnings, *model.file.limits),
    )  # fmt: skip
    return tuple(replace(c, since="the dose") for c in (level, _occupancy_curve(times, levels, marks, warnings)))


def _occupancy_curve(times: FloatArray, levels: FloatArray, marks: Sequence[Mark], warnings: Sequence[str]) -> Curve:
    """The median patient's occupancy, with the band between tracers or between patients, whichever is wider."""
    model, effect = load_model(MODEL), load_effect(OCCUPANCY)
    low, middle, high = np.quantile(levels, (0.05, 0.5, 0.95), axis=0)
    found = occupancy(middle)
    assert found.low is not None
    assert found.high is not None
    lower = np.minimum(found.low, occupancy(low).values)
    upper = np.where(middle > 0, np.maximum(found.high, occupancy(high).values), 0.0)
    words = (
        f"5-HT2A occupancy, {found.words}: largest occupancy and EC50 of {effect.name} were not read at their source; "
        "the band is 20 points either way, the distance to a second tracer."
    )
    return Curve(
        "occupancy_5ht2a", "5-HT2A occupancy (agonist-tracer estimate)", "%", tuple(map(float, times)), "h",
        tuple(map(float, found.values)), tuple(map(float, lower)), tuple(map(float, upper)),
        engine_reason(words, *effect.sources, model), model.file.status.value, tuple(marks),
        tuple(dict.fromkeys((*found.warnings, *warnings))),
        band="20 points either way, the distance to a second tracer, or the spread between patients where that is more",
    )  # fmt: skip


def psilocybin_physics(dose_mg: float, seed: int) -> tuple[Reason, ...]:
    """Return what the curves say in words: peak, occupancy, QTc, how long the effect lasts, vital signs."""
    model, times = load_model(MODEL), times_h()
    levels = day_levels(dose_mg, seed)
    peaks = levels.max(axis=1)
    low, middle, high = (float(v) for v in np.quantile(peaks, (0.05, 0.5, 0.95)))
    at_h = float(times[np.median(levels, axis=0).argmax()])
    held = occupancy(np.array([middle]))
    assert held.low is not None
    assert held.high is not None
    qtc = effect_at_peak(
        load_effect("Dahmane2021"), Outcome.QTCF_RISE, np.array([middle]), site=model.file.sampling_site,
        drug="psilocin",
    )  # fmt: skip
    upper = "" if qtc.high is None else f", upper 90 % bound {qtc.high[0]:.1f}"
    return (
        engine_reason(
            f"Psilocin is highest {at_h:.1f} h after {dose_mg:g} mg, at {middle:.0f} ng/mL (90 % of patients "
            f"{low:.0f} to {high:.0f}); body weight has no influence. Derived from printed means: a shape to watch by.",
            model, code="psilocin_peak", values=peaks, unit="ng/mL",
        ),
        Reason(
            f"It holds about {held.values[0]:.0f} % of 5-HT2A receptors then ({held.low[0]:.0f} to {held.high[0]:.0f} "
            f"%; {held.words}, not verified). No chance of benefit follows from a level or an occupancy.",
            load_effect(OCCUPANCY).sources,
            EvidenceGrade.VERY_LOW, value=float(held.values[0]), low=float(held.low[0]), high=float(held.high[0]),
            unit="%", code="occupancy_peak",
        ),
        engine_reason(
            f"QTcF at that level: {qtc.values[0]:.1f} ms longer on average{upper}; the bound is that of the mean.",
            load_effect("Dahmane2021"), code="qtc_rise",
        ),
        *_felt(dose_mg),
        *(vital_reason(code) for code in ("psi_peak_systolic", "psi_peak_diastolic", "psi_tachycardia", "psi_warm")),
    )  # fmt: skip


def _felt(dose_mg: float) -> tuple[Reason, ...]:
    """How strong and how long the effect was felt; nothing for a dose outside those studied."""
    effect = load_effect("Holze2023")
    low, high = effect.valid or (0.0, 0.0)
    if not low <= dose_mg <= high:
        words = f"How long the effect of {dose_mg:g} mg lasts: not held; {low:g} to {high:g} mg were studied."
        return (engine_reason(words, effect, code="effect_duration"),)
    lasts = effect_at_dose(effect, Outcome.DRUG_EFFECT_DURATION, dose_mg)
    peak = effect_at_dose(effect, Outcome.DRUG_EFFECT_PEAK, dose_mg)
    spread = "" if lasts.high is None else f" (SD {lasts.high[0] - lasts.values[0]:.1f})"
    words = (
        f"The effect was felt for {lasts.values[0]:.1f} h{spread} after {dose_mg:g} mg, at its highest "
        f"{peak.values[0]:.0f} % of the scale, in healthy people."
    )
    found = engine_reason(words, effect, code="effect_duration", unit="h")
    return (found,)
