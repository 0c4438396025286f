"""Figures and numbers of a racemic infusion: venous level, its S half with norketamine, pressure, dissociation."""

from __future__ import annotations

import numpy as np

from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.engines.kinetics.effect_types import Outcome
from euthymia.engines.kinetics.effects import effect_of_level, load_effect, rows
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.therapies.curves import Curve, Mark
from euthymia.therapies.ketamine.leaving import leaving_times, share_ready
from euthymia.therapies.ketamine.levels import (
    ENANTIOMER_MODEL,
    ENANTIOMER_SHARE,
    INFUSION_MODEL,
    LevelCourse,
    covariates_for,
    infusion_doses,
    level_course,
)
from euthymia.therapies.ketamine.prescription import InfusionPrescription
from euthymia.therapies.ketamine.pressure import PressureBasis, infusion_basis, newest_pressure
from euthymia.therapies.ketamine.session_figures import (
    leaving_curve,
    leaving_reason,
    level_curve,
    level_reasons,
    pressure_curves,
    severe_reason,
)
from euthymia.therapies.ketamine.tables import figure, limit
from euthymia.therapies.kinetic_curves import band_curve, engine_reason, plain_notes

_DISSOCIATION = "Bowdle1998"
_MIN = 60.0


def infusion_figures(case: Case, rx: InfusionPrescription, seed: int) -> tuple[list[Curve], list[Reason]]:
    """Return the curves and the reasons with their numbers for one infusion as prescribed."""
    n, before = round(figure("plan_patients").value), newest_pressure(case)
    own = covariates_for(INFUSION_MODEL, case, rx.weight_kg)
    course = level_course(INFUSION_MODEL, own.values, infusion_doses(rx), 0, 0)
    minutes = rx.duration_s / _MIN
    words = f"during and after {rx.total_mg:.3g} mg over {minutes:g} min"
    curves = [level_curve(course, "ketamine", "ketamine", f"Ketamine {words}", _level_marks(rx), own.notes)]
    physics = [
        *level_reasons(course, "ketamine", "ketamine", f"ketamine {words}"),
        anchor_reason(),
        gate_reason(course, rx),
    ]
    basis = infusion_basis(course.times_h, course.of("ketamine")[0])
    curves += pressure_curves(case, before, basis, course, n, seed, _low_scenario(course))
    physics.append(severe_reason(before, basis, seed, seen=_seen(basis)))
    curves += _dissociation(course)
    watched_h = rx.duration_s / 3600.0 + limit("iv_observation").bound / _MIN
    rise = basis.rises(n, seed) if before is not None else None
    ready = leaving_times(case, course.times_h, course.of("ketamine"), rise, before, watched_h)
    physics.append(leaving_reason(ready, basis, course, "Everybody has the same level here: no spread is held."))
    if ready.times_h.min() < ready.times_h.max():  # one time for all is no curve: the sentence says it
        curves.append(leaving_curve(course, ready, share_ready(course.times_h, ready), basis))
    more_curves, more = _enantiomer(case, rx, n, seed)
    return [*curves, *more_curves], [*physics, *more]


def anchor_reason() -> Reason:
    """Return the published venous level that the prediction is to be held against."""
    row = figure("anchor_level")
    words = f"For comparison: {row.value:g} ng/mL, {row.statement}."
    return Reason(words, (row.cite(),), EvidenceGrade.LOW, value=row.value, unit=row.unit, code="published_anchor")


def gate_reason(course: LevelCourse, rx: InfusionPrescription) -> Reason:
    """Say whether the predicted peak or the dose asks for a second sign-off (a derived rule)."""
    row, peak = figure("sign_off_peak"), float(course.peaks("ketamine")[0])
    high = limit("iv_dose").high or 0.0
    needed = peak > row.value or rx.dose_mg_kg > high
    state = f"recorded: {rx.second_sign_off}" if rx.second_sign_off.strip() else "none is recorded"
    words = (
        f"Predicted venous peak {peak:.0f} ng/mL and dose {rx.dose_mg_kg:g} mg/kg: "
        f"{'a second sign-off is needed' if needed else 'no second sign-off needed'} "
        f"(needed above {row.value:g} ng/mL or {high:g} mg/kg){f'; {state}' if needed else ''}."
    )
    direction = Direction.AGAINST if needed and not rx.second_sign_off.strip() else Direction.NEUTRAL
    return Reason(
        words, (row.cite(), course.model.file.source), EvidenceGrade.RULE, direction, value=peak, unit="ng/mL",
        code="second_sign_off",
    )  # fmt: skip


def _level_marks(rx: InfusionPrescription) -> tuple[Mark, ...]:
    """Mark the end; at the standard dose and time also the published level and the range seen."""
    marks = [Mark("end of the infusion", time=rx.duration_s / _MIN)]
    standard = limit("iv_standard_dose").permits(rx.dose_mg_kg)
    if standard and rx.duration_s / _MIN == (limit("iv_duration").low or 0.0):
        marks.append(Mark("published end level", level=figure("anchor_level").value))
        marks.append(Mark("highest seen", level=figure("seen_high").value))
    else:
        marks.append(Mark("second sign-off above this", level=figure("sign_off_peak").value))
    return tuple(marks)


def _low_scenario(course: LevelCourse) -> str:
    """Words for the milder cohort at the same levels."""
    low = infusion_basis(course.times_h, course.of("ketamine")[0], low=True)
    high = infusion_basis(course.times_h, course.of("ketamine")[0])
    return (
        f"The highest of three cohorts on purpose: mean rise up to {high.mean[0].max():.0f}/{high.mean[1].max():.0f} "
        f"mmHg; a milder cohort gives {low.mean[0].max():.0f}/{low.mean[1].max():.0f}."
    )


def _seen(basis: PressureBasis) -> str:
    parts = {r.group: r.value for r in rows(basis.effect, Outcome.PRESSURE_INCIDENCE)}
    return (
        f"{parts['sessions']:g} % of sessions and {parts['patients']:g} % of patients of the largest cohort, by its "
        "own definition."
    )


def _dissociation(course: LevelCourse) -> list[Curve]:
    """Return the place of the level in the range studied, for as long as it first stays inside it."""
    effect = load_effect(_DISSOCIATION)
    found = effect_of_level(
        effect, Outcome.DISSOCIATION_RANGE, course.of("ketamine"), site=course.model.file.sampling_site, drug="ketamine"
    )  # fmt: skip
    inside = _first_run(np.isfinite(found.values[0]))
    if inside is None:
        return []
    low, high = effect.valid or (0.0, 0.0)
    levels = course.of("ketamine")[0]
    notes = [
        f"{effect.words[0].upper()}{effect.words[1:]}.",
        f"Drawn only while the level lies between {low:g} and {high:g} ng/mL.",
    ]
    if levels.max() > high:
        notes.append(f"The level passes {high:g} ng/mL: dissociation there was not studied and is not drawn.")
    reason = engine_reason(f"{effect.title}.", effect, course.model, code=effect.name)
    return [
        band_curve(
            "dissociation",
            f"Dissociation ratings: place in the range studied (0 at {low:g}, 1 at {high:g} ng/mL)",
            "of the range",
            course.times_h[inside] * _MIN,
            found.values[0][inside],
            reason,
            course.model.file.status,
            time_unit="min",
            notes=(*notes, *plain_notes(effect, found.warnings)),
            since="the start of the infusion",
        )
    ]


def _first_run(inside: FloatArray) -> slice | None:
    """Return the first run of samples inside, of two or more."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(int), [0]])))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= 2:
            return slice(int(start), int(end))
    return None


def _enantiomer(case: Case, rx: InfusionPrescription, n: int, seed: int) -> tuple[list[Curve], list[Reason]]:
    """Return the S half of the dose with its norketamine: the only venous infusion model with spread and metabolite."""
    own = covariates_for(ENANTIOMER_MODEL, case, rx.weight_kg)
    course = level_course(ENANTIOMER_MODEL, own.values, infusion_doses(rx, ENANTIOMER_SHARE), n, seed)
    parent, metabolite = course.model.output_names
    half = ENANTIOMER_SHARE * rx.total_mg
    notes = (
        f"Half of the racemic dose ({half:.3g} mg) is S-ketamine; that the R half does not change it is assumed.",
        "Shows how far people differ; it is another model and is not added to the racemic one.",
        *own.notes,
    )
    end = (Mark("end of the infusion", time=rx.duration_s / _MIN),)
    curves = [
        level_curve(course, parent, "s_ketamine", "S-ketamine, half of the dose", end, notes),
        level_curve(course, metabolite, "s_norketamine", "S-norketamine (metabolite)", end, notes),
    ]
    words = f"of the S half ({half:.3g} mg)"
    return curves, [
        *level_reasons(course, parent, "s_ketamine", f"S-ketamine {words}"),
        level_reasons(course, metabolite, "s_norketamine", f"S-norketamine {words}")[0],
    ]
