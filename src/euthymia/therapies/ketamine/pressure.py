"""Predicted rise of blood pressure in a session, by form, with the spread between people and what readings change.

For infusions the rise follows the effect-site level (highest of three cohorts, on purpose); for the nasal spray only
a mean course with its height, peak and return is held, so its spread is borrowed and said to be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.case.facts import Vital
from euthymia.case.model import Case
from euthymia.core.source import Source
from euthymia.engines.kinetics.blood_pressure import (
    PersonBelief,
    PressureRise,
    SevereHypertension,
    severe_sessions,
    simulate_rise,
)
from euthymia.engines.kinetics.effect_site import effect_site_from_samples
from euthymia.engines.kinetics.effect_types import Effect, Outcome
from euthymia.engines.kinetics.effects import course_without_level, load_effect, rows
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.model_types import SamplingSite
from euthymia.therapies.ketamine.tables import figure, limit

SPRAY_EFFECT = "EsketaminePressure2020"
INFUSION_EFFECT = "KetaminePressureDerived"
INFUSION_EFFECT_LOW = "KetaminePressureLowDerived"
OUTCOMES = (Outcome.SYSTOLIC_RISE, Outcome.DIASTOLIC_RISE)
UNKNOWN = PersonBelief()
_FAR_SD = 3.0


@dataclass(frozen=True, slots=True)
class Before:
    """Blood pressure before the dose, mmHg."""

    systolic: float
    diastolic: float

    @property
    def both(self) -> tuple[float, float]:
        """Systolic, then diastolic."""
        return self.systolic, self.diastolic


@dataclass(frozen=True, slots=True)
class PressureBasis:
    """Mean rise over time and its spread between people: rise = mean + deviate × spread, ``(2, T)`` each.

    ``borrowed`` are sources beside the effect's own, e.g. of a spread that the effect does not hold.
    """

    effect: Effect
    mean: FloatArray
    spread: FloatArray
    notes: tuple[str, ...]
    borrowed: tuple[Source, ...] = ()

    def rise_of(self, outcome: int, n: int, seed: int, belief: PersonBelief = UNKNOWN) -> FloatArray:
        """Return the systolic (0) or diastolic (1) rise of ``n`` people, ``(n, T)``; each has draws of its own."""
        draws = np.random.default_rng([seed, outcome]).standard_normal(n)
        deviates = belief.mean + belief.sd * draws
        return np.asarray(self.mean[outcome] + deviates[:, None] * self.spread[outcome])

    def rises(self, n: int, seed: int) -> PressureRise:
        """Return the rise of ``n`` people; systolic and diastolic are drawn apart: no correlation is held."""
        return PressureRise(self.rise_of(0, n, seed), self.rise_of(1, n, seed), self.notes)

    def belief(self, outcome: int, times_h: FloatArray, at_h: FloatArray, rises_mmhg: FloatArray) -> PersonBelief:
        """Return what readings at ``at_h`` say of the person; exact, because person and noise are both normal.

        ``outcome`` is 0 for systolic and 1 for diastolic, ``times_h`` the times of the basis.
        """
        if not len(at_h):
            return PersonBelief()
        noise = figure("pressure_reading_sd").value
        mean = np.interp(at_h, times_h, self.mean[outcome])
        slope = np.interp(at_h, times_h, self.spread[outcome])
        precision = 1.0 + float(slope @ slope) / noise**2
        place = float(slope @ (rises_mmhg - mean)) / noise**2 / precision
        distance = (rises_mmhg - mean) / np.sqrt(slope**2 + noise**2)
        worst = int(np.abs(distance).argmax())
        surprise = ""
        if abs(distance[worst]) > _FAR_SD:
            surprise = (
                f"{OUTCOMES[outcome].replace('_', ' ')} of {rises_mmhg[worst]:.0f} mmHg lies far outside what was "
                f"expected ({mean[worst]:.0f}): check the cuff, and the person"
            )
        return PersonBelief(place, float(1.0 / np.sqrt(precision)), surprise)


def newest_pressure(case: Case) -> Before | None:
    """Return the newest recorded blood pressure, or None."""
    found = [case.latest(name) for name in ("systolic_bp", "diastolic_bp")]
    values = [float(e.fact.value) for e in found if e is not None and isinstance(e.fact, Vital)]
    return Before(*values) if len(values) == 2 else None


def spray_basis(age_yr: float | None, times_h: FloatArray) -> PressureBasis:
    """Return the course after nasal esketamine; without an age, the group with the larger rise."""
    effect = load_effect(SPRAY_EFFECT)
    older = age_yr is None or age_yr >= figure("older_group").value
    group = "65 years and over" if older else "18-64 years"
    shown = np.asarray(times_h, dtype=float)
    courses = [course_without_level(effect, outcome, group, shown) for outcome in OUTCOMES]
    mean = np.stack([course.values for course in courses])
    heights = np.array([next(r.value for r in rows(effect, o) if r.group == group) for o in OUTCOMES], dtype=float)
    spread = np.array([figure("spray_systolic_sd").value, figure("spray_diastolic_sd").value])
    words = figure("spray_systolic_sd").statement
    age = "" if age_yr is not None else "Age not recorded: the rise of people of 65 and over is shown."
    notes = (f"Rise of the group of {group}.", f"{words[0].upper()}{words[1:]}.", *([age] if age else []))
    each = mean / heights[:, None] * spread[:, None]
    borrowed = (figure("spray_systolic_sd").cite(),)
    return PressureBasis(effect, mean, each, (*notes, *courses[0].warnings), borrowed)


def infusion_basis(times_h: FloatArray, levels_ng_ml: FloatArray, *, low: bool = False) -> PressureBasis:
    """Return the course behind venous levels of racemic ketamine ``(T,)``; ``low`` takes the milder cohort's mean."""
    effect = load_effect(INFUSION_EFFECT_LOW if low else INFUSION_EFFECT)
    assert effect.ke0 is not None
    site = effect_site_from_samples(times_h, levels_ng_ml[None, :], effect.ke0.value)
    average = simulate_rise(effect, site, site=SamplingSite.VENOUS, seed=None, drug="ketamine")
    mean = np.concatenate([average.systolic, average.diastolic])
    spreads = [effect.outcomes[o].numbers.get("person_sd") for o in OUTCOMES]
    heights = [effect.outcomes[o].numbers["effect"].value for o in OUTCOMES]
    share = [s.value / height if s else 0.0 for s, height in zip(spreads, heights, strict=True)]
    return PressureBasis(effect, mean, mean * np.array(share)[:, None], average.warnings)


def severe_definition() -> SevereHypertension:
    """Return what counts as severe here: the limits at which a dose is paused and stopped."""
    return SevereHypertension(limit("stop_systolic").bound, limit("stop_diastolic").bound)


def severe_share(basis: PressureBasis, before: Before, seed: int) -> float:
    """Return the share of simulated sessions that reach the severe limits at any time."""
    n = round(figure("severe_sessions").value)
    # Every person's course is highest where the mean is, or is falling from the start: the two ends suffice.
    ends = [0, int(basis.mean[0].argmax())]
    short = PressureBasis(basis.effect, basis.mean[:, ends], basis.spread[:, ends], ())
    reached = severe_sessions(
        short.rises(n, seed), np.full(n, before.systolic), np.full(n, before.diastolic), severe_definition()
    )
    return float(reached.mean())
