"""Cumulative exposure of a course: milligrams by day, and the most that falls into any week, month and year."""

from __future__ import annotations

import numpy as np

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.therapies.curves import Curve
from euthymia.therapies.ketamine.prescription import EsketaminePrescription, InfusionPrescription
from euthymia.therapies.ketamine.tables import protocol
from euthymia.therapies.kinetic_curves import band_curve

WINDOWS_DAYS = (7, 30, 365)
KetaminePrescription = EsketaminePrescription | InfusionPrescription


def session_days(rx: KetaminePrescription) -> tuple[float, ...]:
    """Return the day of every session of the schedule, from 0."""
    return tuple(p.start_day + k * p.every_days for p in rx.schedule.phases for k in range(p.visits))


def dose_of(rx: KetaminePrescription, n: int) -> float:
    """Return the dose of session ``n`` (mg)."""
    return rx.dose_mg(n) if isinstance(rx, EsketaminePrescription) else rx.total_mg


def most_within(days: tuple[float, ...], doses: tuple[float, ...], window: float) -> tuple[int, float]:
    """Return the most sessions and milligrams that fall into any ``window`` days in a row."""
    found = [
        [mg for day, mg in zip(days, doses, strict=True) if first <= day < first + window - 1e-9] for first in days
    ]
    return max(len(part) for part in found), max(sum(part) for part in found)


def exposure_curve(rx: KetaminePrescription) -> Curve | None:
    """Return the milligrams given by each day of the schedule; None for a single session."""
    days = session_days(rx)
    if len(days) < 2:
        return None
    doses = [dose_of(rx, n + 1) for n in range(len(days))]
    row = protocol(rx.protocol)
    reason = Reason("The doses and days of this prescription.", (row.cite(),), EvidenceGrade.RULE, code="schedule")
    return band_curve(
        "cumulative_dose", "Dose given so far, if the schedule is followed", "mg", np.array(days),
        np.cumsum(np.array(doses)), reason, "prescribed", time_unit="days",
        notes=("The record of what was really given is in the follow-up.",), since="the first session",
    )  # fmt: skip


def exposure_reason(rx: KetaminePrescription) -> Reason:
    """Return the most drug that the schedule puts into any 7, 30 and 365 days."""
    days = session_days(rx)
    doses = tuple(dose_of(rx, n + 1) for n in range(len(days)))
    parts = []
    for window in WINDOWS_DAYS:
        sessions, mg = most_within(days, doses, window)
        per_kg = f" ({mg / rx.weight_kg:.3g} mg/kg)" if isinstance(rx, InfusionPrescription) else ""
        parts.append(f"{sessions} sessions and {mg:.4g} mg{per_kg} in any {window} days")
    words = f"Exposure the schedule asks for, at most: {'; '.join(parts)}."
    return Reason(
        words, (protocol(rx.protocol).cite(),), EvidenceGrade.RULE, value=float(sum(doses)), unit="mg",
        code="planned_exposure",
    )  # fmt: skip
