"""What both forms show of one session: pressure, when a patient could leave, and the share above the severe limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from euthymia.case.model import Case
from euthymia.core.reason import Reason
from euthymia.core.source import Source
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.model_types import ModelStatus
from euthymia.engines.kinetics.readiness import Readiness, readiness_criteria
from euthymia.therapies.curves import Curve, Mark
from euthymia.therapies.ketamine.hold_limits import hold_limits
from euthymia.therapies.ketamine.levels import LevelCourse
from euthymia.therapies.ketamine.pressure import Before, PressureBasis, severe_definition, severe_share
from euthymia.therapies.ketamine.tables import figure, limit
from euthymia.therapies.kinetic_curves import QUANTILES, band_curve, engine_reason, plain_notes

_MIN = 60.0
_NAMES = ("systolic", "diastolic")


def level_curve(
    course: LevelCourse, analyte: str, code: str, title: str, marks: Sequence[Mark] = (), notes: Sequence[str] = ()
) -> Curve:
    """Return the levels of one analyte as a curve, in minutes; a line where the model holds no spread."""
    values = course.of(analyte) if course.has_spread else course.of(analyte)[0]
    spread = () if course.has_spread else (f"{course.model.name} holds no spread between patients: a line, no band.",)
    site = f"Levels as in {course.model.file.sampling_site.value} samples."
    reason = engine_reason(f"{course.model.file.title}: {course.model.name}.", course.model, code=course.model.name)
    held = plain_notes(course.model, (*course.notes, *course.model.file.limits))
    return band_curve(
        code, title, "ng/mL", course.times_h * _MIN, values, reason, course.model.file.status,
        time_unit="min", marks=marks, notes=(*notes, *spread, site, *held), since=_since(course),
    )  # fmt: skip


def level_reasons(course: LevelCourse, analyte: str, label: str, words: str) -> list[Reason]:
    """Return highest level, its time and the area, over patients or of the typical one; ``words`` name what it is."""
    found = [
        ("cmax", "highest level", course.peaks(analyte), "ng/mL", ".3g"),
        ("tmax", "time of the highest level", course.peak_times_h(analyte) * _MIN, "min", ".0f"),
        ("auc", "area over 24 h", course.auc_of(analyte), "ng·h/mL", ".3g"),
    ]
    reasons = []
    for code, quantity, values, unit, form in found:
        low, middle, high = (float(v) for v in np.quantile(values, QUANTILES))
        text = f"Predicted {words}, {quantity}: {middle:{form}} {unit}"
        between = f"90 % of patients {low:{form}} to {high:{form}}" if low < high else "all alike"
        text += f" ({between if course.has_spread else 'typical patient'})."
        shown = values if course.has_spread else None
        reason = engine_reason(text, course.model, code=f"{label}_{code}", values=shown, unit=unit)
        if not course.has_spread:
            reason = Reason(text, reason.sources, reason.grade, value=middle, unit=unit, code=reason.code)
        reasons.append(reason)
    return reasons


def pressure_curves(
    case: Case, before: Before | None, basis: PressureBasis, course: LevelCourse, n: int, seed: int, note: str
) -> list[Curve]:
    """Return systolic and diastolic pressure (or, without a pressure in the case, their rise) with the band."""
    rise = basis.rises(n, seed)
    reason = engine_reason(
        f"{basis.effect.title}: {basis.effect.words}.", basis.effect, *basis.borrowed, code=basis.effect.name
    )
    check = Mark(f"check at about {limit('bp_check').bound:g} min", time=limit("bp_check").bound)
    note = note if before is not None else f"{note} No blood pressure is recorded: the rise alone is shown."
    found = []
    for i, values in enumerate((rise.systolic, rise.diastolic)):
        name = _NAMES[i]
        marks: tuple[Mark, ...] = (check,)
        title, shown = f"Rise of {name} blood pressure", values
        if before is not None:
            stop = (severe_definition().systolic_mmhg, severe_definition().diastolic_mmhg)[i]
            marks = (check, Mark("hold before the dose above this", level=hold_limits(case)[i]))
            marks = (*marks, Mark("pause at this or more", level=stop))
            title, shown = f"{name.capitalize()} blood pressure, from {before.both[i]:g} mmHg", before.both[i] + values
        found.append(
            band_curve(
                f"{name}_pressure",
                title,
                "mmHg",
                course.times_h * _MIN,
                shown,
                reason,
                basis.effect.status,
                time_unit="min",
                marks=marks,
                notes=(note, *plain_notes(basis.effect, basis.notes)),
                since=_since(course),
            )
        )
    return found


def severe_reason(before: Before | None, basis: PressureBasis, seed: int, *, seen: str) -> Reason:
    """Return the share of simulated sessions above the severe limits, beside what trials or cohorts saw."""
    severe = severe_definition()
    limits = f"{severe.systolic_mmhg:g} systolic or {severe.diastolic_mmhg:g} diastolic or more"
    if before is None:
        words = f"No share above {limits}: the case holds no blood pressure. Seen elsewhere: {seen}"
        return engine_reason(words, basis.effect, *basis.borrowed, code="severe_pressure")
    share = severe_share(basis, before, seed)
    n = round(figure("severe_sessions").value)
    reached = f"{round(share * n):,}" if share else "None"
    words = (
        f"{reached} of {n:,} simulated sessions from {before.systolic:g}/{before.diastolic:g} mmHg reach {limits} "
        "(not calibrated to the clinic's own patients; the normal spread it assumes under-shows rare high rises). "
        f"Seen elsewhere: {seen}"
    )
    made = engine_reason(words, basis.effect, *basis.borrowed, code="severe_pressure")
    return Reason(words, made.sources, made.grade, value=100.0 * share, unit="%", code="severe_pressure")


def leaving_reason(ready: Readiness, basis: PressureBasis, course: LevelCourse, words: str) -> Reason:
    """Return when simulated patients could leave, from the first drug."""
    minutes = ready.times_h * _MIN
    shown = float(course.times_h[-1] * _MIN)
    low, middle, high = (float(v) for v in np.quantile(np.minimum(minutes, shown), QUANTILES))
    late = f"; {ready.share_not_ready:.0%} not within {shown:.0f} min" if ready.share_not_ready else ""
    between = f"90 % of patients {low:.0f} to {high:.0f}" if low < high else "all simulated patients alike"
    text = (
        f"Could leave {middle:.0f} min after the first drug ({between}{late}); "
        f"never before {ready.floor_h * _MIN:.0f} min. {words} Left to the bedside: {', '.join(ready.not_modelled)}."
    )
    made = engine_reason(text, course.model, basis.effect, *_gate_sources(basis), code="time_to_leave")
    # An upper end at the last time shown is only a lower bound of it: it is told in words, not as a number.
    return Reason(
        text, made.sources, made.grade, value=middle, low=low, high=high if high < shown else None, unit="min",
        code="time_to_leave",
    )  # fmt: skip


def leaving_curve(course: LevelCourse, ready: Readiness, share: FloatArray, basis: PressureBasis) -> Curve:
    """Return the share of simulated patients who could leave, by time."""
    reason = engine_reason(
        "The gates of the session applied to the simulated courses.",
        course.model,
        basis.effect,
        *_gate_sources(basis),
        code="gates",
    )
    notes = (
        "Each patient's pressure and level against the gates of the session: a forecast for planning the room, no "
        "permission to leave.",
        f"Left to the bedside: {', '.join(ready.not_modelled)}.",
        "The level below which dissociation was not studied (50 ng/mL, racemic) is used as a limit: derived.",
    )
    return band_curve(
        "ready_to_leave", "Share of patients who could leave", "%", course.times_h * _MIN, share, reason,
        ModelStatus.DERIVED, time_unit="min",
        marks=(Mark(f"nobody before {ready.floor_h * _MIN:.0f} min", time=ready.floor_h * _MIN),), notes=notes,
        since=_since(course),
    )  # fmt: skip


def _since(course: LevelCourse) -> str:
    return "the start of the infusion" if course.is_infusion else "the first device"


def _gate_sources(basis: PressureBasis) -> tuple[Source, ...]:
    """Return what the gates rest on beside the models."""
    return (*basis.borrowed, *(row.cite() for row in readiness_criteria() if not row.cite().is_verified))
