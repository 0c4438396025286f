"""Rise of blood pressure in simulated sessions, and its calibration to how often severe hypertension was seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.effect_types import Effect, Outcome
from euthymia.engines.kinetics.effects import effect_of_level, rows
from euthymia.engines.kinetics.inputs import FloatArray, finite
from euthymia.engines.kinetics.model_types import SamplingSite


@dataclass(frozen=True, slots=True)
class PressureRise:
    """Rise over the value before the dose, mmHg, ``(n, T)`` each, one row a simulated session."""

    systolic: FloatArray
    diastolic: FloatArray
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SevereHypertension:
    """What the clinic calls severe: at or above either limit, or both at the same time when ``both`` is set."""

    systolic_mmhg: float
    diastolic_mmhg: float
    both: bool = False

    def __post_init__(self) -> None:
        if not (np.isfinite(self.systolic_mmhg) and np.isfinite(self.diastolic_mmhg)):
            raise InvalidInput("limits", (self.systolic_mmhg, self.diastolic_mmhg), "finite pressures in mmHg")
        if not 0 < self.diastolic_mmhg < self.systolic_mmhg:
            raise InvalidInput(
                "systolic_mmhg, diastolic_mmhg",
                (self.systolic_mmhg, self.diastolic_mmhg),
                "diastolic above 0 and below systolic, in mmHg",
                "Were the two swapped?",
            )


@dataclass(frozen=True, slots=True)
class PersonBelief:
    """What is believed of one person's place among people: a normal deviate with ``mean`` and ``sd`` (0 and 1 before
    any reading). ``surprise`` is a sentence when a reading lies far outside what was expected."""

    mean: float = 0.0
    sd: float = 1.0
    surprise: str = ""


@dataclass(frozen=True, slots=True)
class PressureCalibration:
    """Factor on every rise that makes ``share`` of the sessions severe.

    ``share`` differs from ``target`` by less than one session; ``standard_error`` is that of a share seen in ``n``
    sessions. A factor below 1 shows smaller rises than the cohort's mean: ``warnings`` says so.
    """

    factor: float
    share: float
    target: float
    standard_error: float
    warnings: tuple[str, ...]


def simulate_rise(
    effect: Effect,
    effect_site_levels_ng_ml: FloatArray,
    *,
    site: SamplingSite,
    seed: int | None,
    drug: str = "",
    factor: float = 1.0,
    beliefs: tuple[PersonBelief, PersonBelief] = (PersonBelief(), PersonBelief()),
) -> PressureRise:
    """Return the rise in each session for effect-site levels ``(n, T)``.

    Parameters
    ----------
    effect
        A model with a systolic and a diastolic rise from a level.
    effect_site_levels_ng_ml
        Levels after the delay ``effect.ke0``, see :mod:`~euthymia.engines.kinetics.effect_site`.
    site
        Vessel of the model behind the levels.
    drug
        What the levels are of; another drug than the effect's warns.
    seed
        Seed of the differences between people; None gives the mean person in every row. Systolic and diastolic are
        drawn independently, because no correlation is held.
    factor
        From :func:`calibrate_rise`.
    beliefs
        Systolic and diastolic belief of the person in question, from :func:`person_from_readings`, to redraw the band
        as readings arrive.
    """
    if not (np.isfinite(factor) and factor > 0):
        raise InvalidInput("factor", factor, "above 0")
    n = np.shape(effect_site_levels_ng_ml)[0]
    draws = None if seed is None else np.random.default_rng(seed).standard_normal((2, n))
    parts = []
    for i, outcome in enumerate((Outcome.SYSTOLIC_RISE, Outcome.DIASTOLIC_RISE)):
        person = None if draws is None else beliefs[i].mean + beliefs[i].sd * draws[i]
        parts.append(effect_of_level(effect, outcome, effect_site_levels_ng_ml, site=site, drug=drug, person=person))
    surprises = tuple(b.surprise for b in beliefs if b.surprise)
    warnings = (*parts[0].warnings, *surprises)
    return PressureRise(factor * parts[0].values, factor * parts[1].values, warnings)


def person_from_readings(
    effect: Effect,
    outcome: Outcome,
    effect_site_levels_ng_ml: FloatArray,
    rises_mmhg: FloatArray,
    *,
    reading_sd_mmhg: float,
    factor: float = 1.0,
) -> PersonBelief:
    """Return the belief of one person after readings of the rise; exact, because rise and noise are both normal.

    Parameters
    ----------
    effect, outcome
        A pressure model with a spread between people, and its systolic or diastolic rise.
    effect_site_levels_ng_ml, rises_mmhg
        Effect-site level and rise over the value before the dose at each reading, ``(k,)``; none leaves the belief as
        it was.
    reading_sd_mmhg
        SD of one reading around the person's true rise; the clinic's own figure, none is held here.
    factor
        From :func:`calibrate_rise`.
    """
    levels, rises = finite("effect_site_levels_ng_ml", effect_site_levels_ng_ml), finite("rises_mmhg", rises_mmhg)
    if levels.ndim != 1 or levels.shape != rises.shape:
        raise InvalidInput("rises_mmhg", rises.shape, f"one rise for each level, shape {levels.shape}")
    if not (np.isfinite(reading_sd_mmhg) and reading_sd_mmhg > 0):
        raise InvalidInput("reading_sd_mmhg", reading_sd_mmhg, "above 0: no reading is exact")
    if levels.size == 0:
        return PersonBelief()
    site = effect.site or SamplingSite.UNKNOWN
    mean = factor * effect_of_level(effect, outcome, levels[None, :], site=site).values[0]
    one_sd = factor * effect_of_level(effect, outcome, levels[None, :], site=site, person=np.ones(1)).values[0]
    slope = one_sd - mean  # change of the rise for one SD between people
    precision = 1.0 + float(slope @ slope) / reading_sd_mmhg**2
    belief = float(slope @ (rises - mean)) / reading_sd_mmhg**2 / precision
    distance = (rises - mean) / np.sqrt(slope**2 + reading_sd_mmhg**2)
    worst = int(np.abs(distance).argmax())
    surprise = ""
    if abs(distance[worst]) > 3.0:
        surprise = (
            f"{outcome}: {rises[worst]:.0f} mmHg is far outside the expected range (mean {mean[worst]:.0f}); check the "
            "cuff, and the person"
        )
    return PersonBelief(belief, float(1.0 / np.sqrt(precision)), surprise)


def severe_sessions(
    rise: PressureRise, before_systolic: FloatArray, before_diastolic: FloatArray, severe: SevereHypertension
) -> FloatArray:
    """Return which sessions ``(n,)`` reach the clinic's limits at any time (True or False)."""
    systolic = _before("before_systolic", before_systolic, rise)[:, None] + rise.systolic >= severe.systolic_mmhg
    diastolic = _before("before_diastolic", before_diastolic, rise)[:, None] + rise.diastolic >= severe.diastolic_mmhg
    return np.asarray((systolic & diastolic if severe.both else systolic | diastolic).any(axis=1))


def calibrate_rise(
    effect: Effect,
    rise: PressureRise,
    before_systolic: FloatArray,
    before_diastolic: FloatArray,
    severe: SevereHypertension,
    *,
    target: float | None = None,
) -> PressureCalibration:
    """Return the factor on every rise with which the share of severe sessions is that of the cohort.

    Each session turns severe at a factor of its own, the smallest that carries it over the limits; the answer is the
    quantile of those factors, so no search is needed.

    Parameters
    ----------
    effect
        The model, which holds the share of sessions that were severe in its cohort.
    rise
        Uncalibrated rise of at least ``10 / target`` sessions.
    before_systolic, before_diastolic
        Pressure before the dose, ``(n,)`` mmHg, as in the clinic's own patients.
    severe
        The clinic's definition.
    target
        Share of sessions (0.0098 is 0.98 %); None takes the effect's own row.

    Raises
    ------
    InvalidInput
        When there are too few sessions, more sessions than the target are severe before any rise, or too few of the
        simulated people have a rise at all.
    """
    wanted = _target(effect) if target is None else target
    if not 0 < wanted < 0.5:
        raise InvalidInput("target", target, "a share above 0 and below 0.5")
    systolic = _before("before_systolic", before_systolic, rise)
    diastolic = _before("before_diastolic", before_diastolic, rise)
    n = systolic.size
    if n * wanted < 10:
        raise InvalidInput("rise", n, f"{int(np.ceil(10 / wanted))} sessions or more, to see a share of {wanted:.4g}")
    needed_systolic = _factor_needed(severe.systolic_mmhg - systolic, rise.systolic)
    needed_diastolic = _factor_needed(severe.diastolic_mmhg - diastolic, rise.diastolic)
    join = np.maximum if severe.both else np.minimum
    needed = np.sort(join(needed_systolic, needed_diastolic).min(axis=1))
    already = float((needed == 0).mean())
    if already >= wanted:
        raise InvalidInput(
            "before_systolic, before_diastolic",
            f"{already:.2%} of sessions severe before the dose",
            f"fewer than the target of {wanted:.2%}",
            "Leave out sessions that the gate before the dose would not start.",
        )
    factor = float(needed[int(np.ceil(wanted * n)) - 1])
    if not np.isfinite(factor):
        raise InvalidInput("rise", "too few sessions with any rise", f"a rise in at least {wanted:.2%} of the sessions")
    # The limit itself counts as severe; a factor a rounding error lower would not reach it.
    factor *= 1 + 1e-12
    share = float((needed <= factor).mean())
    warnings = [f"rises are multiplied by {factor:.3g} so that {share:.2%} of simulated sessions are severe"]
    if factor < 1:
        warnings.append("the factor is below 1: shown rises are smaller than the cohort's mean; check the definition")
    return PressureCalibration(factor, share, wanted, float(np.sqrt(wanted * (1 - wanted) / n)), tuple(warnings))


def _factor_needed(room: FloatArray, rise: FloatArray) -> FloatArray:
    """Return the factor ``(n, T)`` that fills the room ``(n,)``: 0 where there is none, infinite without a rise."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(rise > 0, room[:, None] / rise, np.inf)
    return np.where(room[:, None] <= 0, 0.0, factor)


def _before(name: str, value: FloatArray, rise: PressureRise) -> FloatArray:
    found = finite(name, value)
    if found.shape != rise.systolic.shape[:1]:
        raise InvalidInput(name, found.shape, f"one pressure per session, shape {rise.systolic.shape[:1]}")
    return found


def _target(effect: Effect) -> float:
    for row in rows(effect, Outcome.PRESSURE_INCIDENCE):
        if row.group == "sessions" and row.value is not None:
            return row.value / 100.0
    raise InvalidInput("target", None, f"a share: {effect.name} holds none of its own")
