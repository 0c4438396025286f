"""Figures and numbers of a nasal esketamine session: levels of drug and metabolite, pressure, leaving."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.core.reason import Reason
from euthymia.engines.kinetics import load_model
from euthymia.engines.kinetics.effect_types import Effect, EffectRow, Outcome
from euthymia.engines.kinetics.effects import load_effect, rows
from euthymia.therapies.curves import Curve, Mark
from euthymia.therapies.ketamine.leaving import leaving_times, share_ready
from euthymia.therapies.ketamine.levels import (
    SPRAY_MODEL,
    LevelCourse,
    covariates_for,
    level_course,
    session_times_h,
    spray_doses,
)
from euthymia.therapies.ketamine.prescription import EsketaminePrescription
from euthymia.therapies.ketamine.pressure import newest_pressure, spray_basis
from euthymia.therapies.ketamine.session_figures import (
    leaving_curve,
    leaving_reason,
    level_curve,
    level_reasons,
    pressure_curves,
    severe_reason,
)
from euthymia.therapies.ketamine.tables import figure, limit
from euthymia.therapies.kinetic_curves import engine_reason, not_run

_LABEL = "EsketamineLabel"
_INCIDENCES = (
    (Outcome.SEDATION_INCIDENCE, "Sedation"),
    (Outcome.DISSOCIATION_INCIDENCE, "Dissociation (CADSS)"),
    (Outcome.UNCONSCIOUS_INCIDENCE, "Loss of consciousness (MOAA/S 0)"),
)


def spray_figures(case: Case, rx: EsketaminePrescription, seed: int) -> tuple[list[Curve], list[Reason]]:
    """Return the curves and the reasons with their numbers for the first dose and the dose aimed at."""
    covariates = covariates_for(SPRAY_MODEL, case)
    if not covariates.is_enough:
        return [], [not_run(load_model(SPRAY_MODEL), covariates), *incidence_reasons()]
    n, before = round(figure("plan_patients").value), newest_pressure(case)
    doses = dict.fromkeys((rx.first_dose_mg, rx.later_dose_mg))
    courses = {
        mg: level_course(SPRAY_MODEL, covariates.values, spray_doses(mg, rx.device_gap_min), n, seed) for mg in doses
    }
    curves, physics = _levels(rx, courses, covariates.notes)
    basis = spray_basis(case.age_yr, session_times_h())
    note = "The trials gave 28 to 84 mg; the rise does not follow the dose or the level here."
    curves += pressure_curves(case, before, basis, courses[max(doses)], n, seed, note)
    physics.append(severe_reason(before, basis, seed, seen=_seen(basis.effect)))
    largest = max(doses)
    course = courses[largest]
    ends_h = (len(spray_doses(largest, rx.device_gap_min)) - 1) * rx.device_gap_min / 60.0
    watched_h = ends_h + limit("esk_observation").bound / 60.0
    rise = basis.rises(n, seed) if before is not None else None
    ready = leaving_times(case, course.times_h, course.of("esketamine"), rise, before, watched_h)
    physics.append(leaving_reason(ready, basis, course, f"For {largest:g} mg."))
    curves.append(leaving_curve(course, ready, share_ready(course.times_h, ready), basis))
    return curves, [*physics, *incidence_reasons()]


def _levels(
    rx: EsketaminePrescription, courses: dict[float, LevelCourse], notes: tuple[str, ...]
) -> tuple[list[Curve], list[Reason]]:
    curves: list[Curve] = []
    physics: list[Reason] = []
    for i, (mg, course) in enumerate(courses.items()):
        label = "first" if i == 0 else "later"
        words = f"after {mg:g} mg ({'first dose' if i == 0 else 'dose aimed at'})"
        starts = [60.0 * dose.start_h for dose in spray_doses(mg, rx.device_gap_min)]
        marks = tuple(Mark(f"device {k + 1}", time=at) for k, at in enumerate(starts))
        devices = f", {len(starts)} devices {rx.device_gap_min:g} min apart" if len(starts) > 1 else ", 1 device"
        title = f"Esketamine {words}{devices}"
        curves.append(level_curve(course, "esketamine", f"esketamine_{label}", title, marks, notes))
        physics += level_reasons(course, "esketamine", f"esketamine_{label}", f"esketamine {words}")
    largest = max(courses)
    title = f"Noresketamine (metabolite) after {largest:g} mg"
    curves.append(level_curve(courses[largest], "noresketamine", "noresketamine", title, (), notes))
    peak = level_reasons(courses[largest], "noresketamine", "noresketamine", f"noresketamine after {largest:g} mg")
    # The paper's own noresketamine area does not follow from its parameters: its peak only.
    return curves, [*physics, peak[0]]


def incidence_reasons() -> list[Reason]:
    """Return how often sedation and dissociation were seen; no time course of either is held."""
    label = load_effect(_LABEL)
    found = []
    for outcome, name in _INCIDENCES:
        row = next(r for r in rows(label, outcome) if r.group == "esketamine")
        words = f"{name}: {_share(row)} of patients in trials; {label.words}. No time course of it is held."
        made = engine_reason(words, label, code=outcome.value)
        found.append(Reason(words, (row.source,), made.grade, low=row.low, high=row.high, unit="%", code=outcome.value))
    return found


def _seen(effect: Effect) -> str:
    """Words for the shares of patients above the severe limits in the trials."""
    parts = [f"{_share(r)} ({r.group})" for r in rows(effect, Outcome.PRESSURE_INCIDENCE)]
    return f"at least once in the trials {', '.join(parts)}."


def _share(row: EffectRow) -> str:
    return f"{row.value:g} %" if row.value is not None else f"{row.low:g} to {row.high:g} %"
