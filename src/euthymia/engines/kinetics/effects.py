"""Named effect models: ``load_effect("Madsen2019")``, and what they give for levels, doses and times.

No effect gives a chance of benefit: see :class:`~euthymia.engines.kinetics.effect_types.Outcome`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from euthymia.core.errors import InvalidInput, OutOfRange
from euthymia.engines.kinetics.effect_file import parse_effect
from euthymia.engines.kinetics.effect_types import FROM_LEVEL, Effect, EffectRow, Form, Outcome, OutcomeModel
from euthymia.engines.kinetics.inputs import FloatArray, finite
from euthymia.engines.kinetics.model_types import ModelStatus, SamplingSite

_FOLDER = "data/effects"


@dataclass(frozen=True, slots=True)
class EffectCourse:
    """An outcome over time (or for each patient), with what must stand beside it.

    ``values`` has the shape of what was asked; it is not a number where the model does not speak (outside its range).
    ``low`` and ``high`` bound the model's own band, None when it has none.
    """

    effect: Effect
    outcome: Outcome
    unit: str
    values: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    warnings: tuple[str, ...]

    @property
    def words(self) -> str:
        """Words that must stand beside every figure."""
        return self.effect.words


@cache
def effect_names() -> tuple[str, ...]:
    """Return the names of the packaged effect models, sorted."""
    folder = resources.files(__package__ or __name__).joinpath(_FOLDER)
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def load_effect(name: str) -> Effect:
    """Return the packaged effect model ``name``.

    Raises
    ------
    InvalidInput
        When there is none of that name.
    """
    if name not in effect_names():
        raise InvalidInput("name", name, f"one of {', '.join(effect_names())}")
    file = resources.files(__package__ or __name__).joinpath(_FOLDER, f"{name}.toml")
    effect = parse_effect(file.read_text(encoding="utf-8"), f"{_FOLDER}/{name}.toml")
    if effect.name != name:
        raise InvalidInput("name", effect.name, f"{name}, the name of the file")
    return effect


def effect_of_level(
    effect: Effect,
    outcome: Outcome,
    levels_ng_ml: FloatArray,
    *,
    site: SamplingSite,
    drug: str = "",
    person: FloatArray | None = None,
) -> EffectCourse:
    """Return the outcome for levels (or effect-site levels) ``(n, T)`` or any shape.

    Parameters
    ----------
    effect, outcome
        The model and which of its outcomes.
    levels_ng_ml
        Levels; no value below zero.
    site
        Vessel that the levels stand for; another than the effect was fitted to warns.
    drug
        What the levels are of, e.g. ``model.file.drug``; another than the effect was fitted to warns.
    person
        Standard normal deviate of each patient ``(n,)`` for the spread between people (``person_sd``); None gives the
        mean patient.

    Raises
    ------
    InvalidInput
        When the model has no such outcome, the outcome does not follow from a level, or ``person`` is given to a model
        without a spread between people.
    """
    model = _model(effect, outcome, FROM_LEVEL, "effect_at_dose, effect_at_peak, course_without_level or rows")
    levels = finite("levels_ng_ml", levels_ng_ml)
    if levels.size and levels.min() < 0:
        raise InvalidInput("levels_ng_ml", float(levels.min()), "zero or more")
    values = _from_level(effect, model, levels)
    if person is not None:
        values = values + _between_people(model, levels, finite("person", person))
    warnings = [*standing_warnings(effect), *_mismatch(effect, site, drug)]
    low, high = effect.valid or (0.0, np.inf)
    outside = (levels < low) | (levels > high)
    if outside.any():
        warnings.append(_range_warning(effect, float(levels[outside].min()), float(levels[outside].max())))
        if effect.blank_outside:
            values = np.where(outside, np.nan, values)
    band = model.numbers.get("band")
    if band is None:
        return EffectCourse(effect, outcome, model.unit, values, None, None, tuple(warnings))
    top = 100.0 if model.unit == "%" else np.inf
    below, above = np.maximum(values - band.value, 0.0), np.minimum(values + band.value, top)
    return EffectCourse(effect, outcome, model.unit, values, below, above, tuple(warnings))


def effect_at_peak(
    effect: Effect, outcome: Outcome, peak_levels_ng_ml: FloatArray, *, site: SamplingSite, drug: str = ""
) -> EffectCourse:
    """Return the outcome for each patient's highest level ``(n,)``, from the rows of the paper.

    Between two rows the line through them is taken. Below the lowest row that row's figure stands as an upper bound;
    above the highest row the model does not speak: not a number. Both warn.
    """
    _model(effect, outcome, (Form.PEAK_ROWS,), "effect_of_level")
    peaks = finite("peak_levels_ng_ml", peak_levels_ng_ml)
    found = _by_rows(effect, outcome, peaks)
    warnings = [*standing_warnings(effect), *_mismatch(effect, site, drug)]
    places = [r.at for r in rows(effect, outcome) if r.at is not None]
    if (peaks < places[0]).any():
        warnings.append(f"{effect.name}: below {places[0]:g} ng/mL the figure is that of {places[0]:g}: at most this")
    if (peaks > places[-1]).any():
        warnings.append(_range_warning(effect, float(peaks.min()), float(peaks.max())))
    values, low, high = (np.where(peaks > places[-1], np.nan, part) for part in found)
    return _course(effect, outcome, (values, low, high), warnings)


def effect_at_dose(effect: Effect, outcome: Outcome, dose_mg: float) -> EffectCourse:
    """Return the outcome of a dose, from the rows of the paper; between two rows the line through them, with a warning.

    Raises
    ------
    OutOfRange
        For a dose outside the rows.
    """
    _model(effect, outcome, (Form.DOSE_ROWS,), "effect_of_level")
    places = [r.at for r in rows(effect, outcome) if r.at is not None]
    if not places[0] <= dose_mg <= places[-1]:
        raise OutOfRange(
            f"{effect.name}: `dose_mg` is {dose_mg:g}; {outcome} was studied from {places[0]:g} to {places[-1]:g} mg"
        )
    warnings = list(standing_warnings(effect))
    if dose_mg not in places:
        warnings.append(f"{effect.name}: {dose_mg:g} mg was not studied; the line between the studied doses is shown")
    return _course(effect, outcome, _by_rows(effect, outcome, np.array([float(dose_mg)])), warnings)


def course_without_level(effect: Effect, outcome: Outcome, group: str, times_h: FloatArray) -> EffectCourse:
    """Return a mean outcome ``(T,)`` over the time since the dose (h), for an effect known only by its peak and return.

    It rises evenly to the row of ``group`` at the time of the peak and falls evenly to zero at the later of the two
    return times held. The straight lines are an assumption.
    """
    model = _model(effect, outcome, (Form.TIME_COURSE,), "effect_of_level")
    times = finite("times_h", times_h)
    found = [r for r in rows(effect, outcome) if r.group == group and r.value is not None]
    if len(found) != 1:
        raise InvalidInput("group", group, ", ".join(sorted({r.group for r in rows(effect, outcome)})))
    number = {name: entry.value for name, entry in model.numbers.items()}
    back = max(number["return_h"], number.get("other_return_h", 0.0))
    height = found[0].value
    assert height is not None
    values = np.interp(times, [0.0, number["peak_h"], back], [0.0, height, 0.0])
    warnings = [*standing_warnings(effect), f"{effect.name}: straight lines between start, peak and return are assumed"]
    return EffectCourse(effect, outcome, model.unit, values, None, None, tuple(warnings))


def rows(effect: Effect, outcome: Outcome) -> tuple[EffectRow, ...]:
    """Return the observed rows of an outcome."""
    return tuple(row for row in effect.rows if row.outcome is outcome)


def standing_warnings(effect: Effect) -> tuple[str, ...]:
    """Return what must stand beside every figure of the effect, whatever it is used for."""
    found = [f"{effect.name}: {limit}" for limit in effect.limits]
    if effect.status is not ModelStatus.PUBLISHED:
        word = "derived here from published summary figures" if effect.status is ModelStatus.DERIVED else "illustrative"
        found.append(f"{effect.name} is {word}, not a published model")
    if effect.unverified:
        found.append(f"{effect.name} rests on numbers that were not verified: {', '.join(effect.unverified)}")
    return tuple(found)


def _model(effect: Effect, outcome: Outcome, forms: tuple[Form, ...], instead: str) -> OutcomeModel:
    model = effect.outcomes.get(outcome)
    if model is None:
        raise InvalidInput("outcome", str(outcome), f"{', '.join(effect.outcomes)}, which {effect.name} gives")
    if model.form not in forms:
        raise InvalidInput("outcome", f"{outcome} ({model.form})", f"a form of {', '.join(forms)}", f"Use {instead}.")
    return model


def _from_level(effect: Effect, model: OutcomeModel, levels: FloatArray) -> FloatArray:
    number = {name: entry.value for name, entry in model.numbers.items()}
    match model.form:
        case Form.LINEAR:
            return np.asarray(number["effect"] * levels / number["at_level"])
        case Form.RANGE_SHARE:
            low, high = effect.valid or (0.0, 1.0)
            return np.asarray((levels - low) / (high - low))
    power = levels ** number.get("hill", 1.0)
    return np.asarray(number["largest"] * power / (number["half"] ** number.get("hill", 1.0) + power))


def _between_people(model: OutcomeModel, levels: FloatArray, person: FloatArray) -> FloatArray:
    spread = model.numbers.get("person_sd")
    if spread is None or model.form is not Form.LINEAR:
        raise InvalidInput("person", person.shape, "None: this model holds no spread between people")
    if levels.ndim < 1 or person.shape != levels.shape[:1]:
        raise InvalidInput("person", person.shape, f"one deviate per patient, shape {levels.shape[:1]}")
    aligned = person.reshape(-1, *([1] * (levels.ndim - 1)))
    return np.asarray(aligned * spread.value * levels / model.numbers["at_level"].value)


def _by_rows(effect: Effect, outcome: Outcome, at: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return value, low and high along the rows; the ends are held."""
    found = rows(effect, outcome)
    places = [r.at for r in found]
    center = [r.value if r.value is not None else np.nan for r in found]
    low = [
        r.low if r.low is not None else (v - r.sd if r.sd is not None else np.nan)
        for r, v in zip(found, center, strict=True)
    ]
    high = [
        r.high if r.high is not None else (v + r.sd if r.sd is not None else np.nan)
        for r, v in zip(found, center, strict=True)
    ]
    return np.interp(at, places, center), np.interp(at, places, low), np.interp(at, places, high)  # type: ignore[arg-type]


def _course(
    effect: Effect, outcome: Outcome, found: tuple[FloatArray, FloatArray, FloatArray], warnings: list[str]
) -> EffectCourse:
    values, low, high = found
    lower = None if np.isnan(low).all() else low
    upper = None if np.isnan(high).all() else high
    return EffectCourse(effect, outcome, effect.outcomes[outcome].unit, values, lower, upper, tuple(warnings))


def _mismatch(effect: Effect, site: SamplingSite, drug: str) -> list[str]:
    found: list[str] = []
    if drug and drug != effect.drug:
        found.append(f"{effect.name} was fitted to levels of {effect.drug} and is given those of {drug}")
    if effect.site is not None and (site is not effect.site or site is SamplingSite.UNKNOWN):
        found.append(
            f"{effect.name} was fitted to {effect.site} levels and is given {site} ones: arterial levels in an "
            "infusion run well above venous ones, so the effect may be wrong; use a model of the same site"
        )
    return found


def _range_warning(effect: Effect, lowest: float, highest: float) -> str:
    low, high = effect.valid or (0.0, np.inf)
    how = "not computed there" if effect.blank_outside else "extrapolated there"
    return (
        f"{effect.name} holds from {low:g} to {high:g} {effect.valid_unit}; values from {lowest:.3g} to {highest:.3g} "
        f"are outside: {how}"
    )
