"""The outcome an option is compared by, in words and as a row of the comparison chart."""

from __future__ import annotations

from euthymia.core.source import Verification
from euthymia.plan.model import Option, Standing
from euthymia.report.figures import EffectRow
from euthymia.report.wording import STANDING_WORDS, days, percent, plain, points
from euthymia.therapies.forecast import Forecast, Outcome


def compared_outcome(forecast: Forecast | None) -> Outcome | None:
    """Return the outcome the ranking reads: response where it is known, else remission."""
    if forecast is None:
        return None
    return forecast.best_outcome("response") or forecast.best_outcome("remission")


def outcome_flags(outcome: Outcome) -> tuple[str, ...]:
    """Return what a reader must know about an outcome before believing it."""
    flags = []
    if outcome.is_null:
        flags.append("includes no effect")
    if not outcome.relevant:
        flags.append("indirect: not used at full weight")
    if not outcome.randomized:
        flags.append("not randomized")
    if outcome.reason.verification is not Verification.READ:
        word = "partly read" if outcome.reason.verification is Verification.PARTIAL else "unverified source"
        flags.append(word)
    return tuple(flags)


def outcome_base(outcome: Outcome) -> str:
    """Return how many studies and patients stand behind an outcome, and of which kind."""
    studies = f"{outcome.studies} {'study' if outcome.studies == 1 else 'studies'}"
    patients = f", {outcome.patients} patients" if outcome.patients else ""
    return f"{studies}{patients}, {plain(outcome.population)}, {plain(outcome.blinding)}"


def outcome_words(outcome: Outcome) -> str:
    """Return one sentence part: with treatment, without it, and the difference."""
    when = f" by {days(outcome.at_days)}" if outcome.at_days else ""
    words = f"{outcome.name}{when}: {percent(outcome.probability)} with treatment"
    if outcome.comparator_probability is not None:
        words += f", {percent(outcome.comparator_probability)} with {plain(outcome.comparator)}"
    if outcome.difference is not None:
        words += f" ({points(outcome.difference)})"
    return words


def effect_row(option: Option) -> EffectRow:
    """Return the row of the comparison chart for ``option``."""
    standing, is_open = STANDING_WORDS[option.standing], option.standing is Standing.OPEN
    if option.is_companion:
        standing = f"{standing}, beside a treatment"
    outcome = compared_outcome(option.forecast)
    if outcome is None:
        return EffectRow(option.title, option.rank, standing, is_open, _why_none(option), flags=("no estimate",))
    when = f" by {days(outcome.at_days)}" if outcome.at_days else ""
    if outcome.difference is None:
        note = f"{outcome.name}{when} {percent(outcome.probability)}; no comparison with counts"
        return EffectRow(option.title, option.rank, standing, is_open, note, flags=outcome_flags(outcome))
    gap = outcome.difference
    return EffectRow(
        option.title, option.rank, standing, is_open,
        f"{outcome.name}{when}, against {plain(outcome.comparator)}",
        100 * gap.value,
        None if gap.low is None else 100 * gap.low,
        None if gap.high is None else 100 * gap.high,
        outcome.is_null, not outcome.relevant, outcome_flags(outcome),
    )  # fmt: skip


def _why_none(option: Option) -> str:
    if option.standing is Standing.CONTRAINDICATED:
        return "no forecast is made"
    if option.prescription is None:
        return "no prescription can be written yet"
    return "no trial with counts is held for this form"
