"""Reading an effect file: one TOML file named by its paper or derivation becomes a checked :class:`Effect`."""

from __future__ import annotations

import re
import tomllib

from euthymia.core.errors import TableError
from euthymia.core.source import Source
from euthymia.core.units import is_unit
from euthymia.engines.kinetics.effect_types import (
    FROM_LEVEL,
    NEEDED,
    OPTIONAL,
    Effect,
    EffectNumber,
    EffectRow,
    Form,
    Outcome,
    OutcomeModel,
)
from euthymia.engines.kinetics.model_keys import Keys
from euthymia.engines.kinetics.model_types import ModelStatus, SamplingSite

_MOOD = re.compile(r"respon(d|se)|remi(t|ssion)|relapse|antidepress|mood|madrs|ham-?d|benefit|efficacy", re.IGNORECASE)
_RATE_UNIT = "1/h"
_LEVEL, _HOURS = ("ng/mL", "ug/L"), ("h",)
_UNITS_OF = {
    "half": _LEVEL,
    "at_level": _LEVEL,
    "hill": ("1",),
    "band": ("points",),
    "peak_h": _HOURS,
    "return_h": _HOURS,
    "other_return_h": _HOURS,
}
"""Units of numbers that are not in the unit of the outcome; ug/L and ng/mL are the same."""


def parse_effect(text: str, origin: str) -> Effect:
    """Parse the text of an effect file.

    Raises
    ------
    TableError
        With file, key and what is allowed; also for any outcome that speaks of mood or benefit.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{origin}: {error}") from error
    keys = Keys(content, origin)
    source = keys.source()
    outcomes = {Outcome(o.outcome): o for o in (_outcome(k, v, source) for k, v in keys.tables("outcome").items())}
    if not outcomes:
        raise TableError(f"{origin}: an effect needs at least one [outcome.NAME]")
    rows = tuple(_row(row, outcomes, source) for row in keys.rows("row"))
    numbers = keys.tables("number")
    ke0 = _number("ke0", numbers.pop("ke0"), source) if "ke0" in numbers else None
    if numbers:
        raise TableError(f"{origin}: unknown [number.{next(iter(numbers))}]; allowed: ke0")
    if ke0 is not None and (ke0.unit != _RATE_UNIT or ke0.value <= 0):
        raise TableError(f"{origin}: ke0 is {ke0.value} {ke0.unit}; allowed: above 0, in {_RATE_UNIT}")
    site, site_source = _site(keys, source)
    effect = Effect(
        name=keys.text("name"),
        title=keys.text("title"),
        drug=keys.text("drug"),
        status=ModelStatus(keys.word("status", tuple(ModelStatus))),
        source=source,
        population=keys.text("population"),
        site=site,
        site_source=site_source,
        valid=keys.pair("valid"),
        valid_unit=keys.word("valid_unit", ("", "ng/mL", "mg"), ""),
        blank_outside=keys.word("outside", ("warn", "blank"), "warn") == "blank",
        ke0=ke0,
        words=keys.text("words"),
        limits=keys.texts("limits"),
        not_modelled=keys.texts("not_modelled"),
        outcomes=outcomes,
        rows=rows,
        origin=origin,
    )
    keys.done()
    _check(effect)
    return effect


def _check(effect: Effect) -> None:
    reads_levels = any(m.form in (*FROM_LEVEL, Form.PEAK_ROWS) for m in effect.outcomes.values())
    if reads_levels and (effect.site is None or effect.valid is None or effect.valid_unit != "ng/mL"):
        raise TableError(f"{effect.origin}: an effect of a level needs [sampling] and a `valid` range in ng/mL")
    for model in effect.outcomes.values():
        zero = [key for key in ("at_level", "half", "peak_h") if key in model.numbers and model.numbers[key].value == 0]
        if zero:
            raise TableError(f"{effect.origin}: {zero[0]} of {model.outcome} is 0; allowed: above 0")
        rows = [r for r in effect.rows if r.outcome is model.outcome]
        if model.form in (Form.PEAK_ROWS, Form.DOSE_ROWS):
            places = [r.at for r in rows if r.at is not None]
            if len(places) < 2 or places != sorted(set(places)):
                raise TableError(f"{effect.origin}: {model.outcome} needs two or more rows with ascending `at`")
        if model.form in (Form.INCIDENCE, Form.TIME_COURSE) and not rows:
            raise TableError(f"{effect.origin}: {model.outcome} needs at least one [[row]]")
    for text in (effect.title, effect.words, *(r.group for r in effect.rows)):
        _refuse_mood(text, effect.origin)


def _refuse_mood(text: str, where: str) -> None:
    if _MOOD.search(text):
        raise TableError(
            f"{where}: {text!r} speaks of mood or benefit; allowed: safety, tolerability and receptor effects. "
            "Levels of these drugs have no known relation to the change of mood"
        )


def _outcome(name: str, keys: Keys, source: Source) -> OutcomeModel:
    if name not in list(Outcome):
        _refuse_mood(name, keys.where)
        raise TableError(f"{keys.where}: unknown outcome `{name}`; allowed: {', '.join(Outcome)}")
    form = Form(keys.word("form", tuple(Form)))
    unit, meaning = keys.text("unit"), keys.text("meaning")
    if not is_unit(unit):
        raise TableError(f"{keys.where}: unknown unit {unit!r}")
    _refuse_mood(meaning, keys.where)
    numbers = {key: _number(key, table, source) for key, table in keys.tables("number").items()}
    keys.done()
    missing = [key for key in NEEDED[form] if key not in numbers]
    unknown = [key for key in numbers if key not in (*NEEDED[form], *OPTIONAL)]
    if missing or unknown:
        raise TableError(
            f"{keys.where}: form `{form}` lacks {missing or 'nothing'} and does not know {unknown or 'nothing'}; "
            f"needed: {list(NEEDED[form])}, optional: {list(OPTIONAL)}"
        )
    for key, number in numbers.items():
        allowed = _UNITS_OF.get(key, (unit,))
        if number.unit not in allowed:
            raise TableError(f"{keys.where}: {key} is in {number.unit!r}; allowed: {', '.join(allowed)}")
    return OutcomeModel(Outcome(name), form, unit, meaning, numbers)


def _number(name: str, keys: Keys, default: Source) -> EffectNumber:
    unit = keys.text("unit")
    if unit != _RATE_UNIT and not is_unit(unit):
        raise TableError(f"{keys.where}: unknown unit {unit!r}")
    number = EffectNumber(name, keys.number("value", low=0.0), unit, keys.source(default), keys.text("note", ""))
    keys.done()
    return number


def _row(keys: Keys, outcomes: dict[Outcome, OutcomeModel], default: Source) -> EffectRow:
    outcome = Outcome(keys.word("outcome", tuple(o.value for o in outcomes)))
    value, low, high = (keys.optional_number(key) for key in ("value", "low", "high"))
    if value is None and (low is None or high is None):
        raise TableError(f"{keys.where}: a row needs `value`, or `low` and `high`")
    unit = keys.text("unit")
    if unit != outcomes[outcome].unit:
        raise TableError(f"{keys.where}: unit {unit!r}; allowed: {outcomes[outcome].unit!r}, that of the outcome")
    row = EffectRow(
        outcome,
        keys.text("group"),
        keys.optional_number("at", low=0.0),
        value,
        low,
        high,
        keys.optional_number("sd", low=0.0),
        unit,
        keys.text("note", ""),
        keys.source(default),
    )
    keys.done()
    return row


def _site(keys: Keys, default: Source) -> tuple[SamplingSite | None, Source | None]:
    if "sampling" not in keys:
        return None, None
    table = Keys(keys.plain("sampling"), f"{keys.where}: sampling")
    site, source = SamplingSite(table.word("site", tuple(SamplingSite))), table.source(default)
    table.done()
    return site, source
