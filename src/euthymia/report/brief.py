"""The answer in ten seconds: what comes first, what else is open, what waits, what is closed."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.plan.explain import explain
from euthymia.plan.model import Option, Plan, Standing
from euthymia.report.comparison import burden_cell, onset_cell, option_anchor
from euthymia.report.effect import compared_outcome, outcome_flags
from euthymia.report.wording import STANDING_MARKS, days, percent, plain, points, sentence_case

_HEADINGS = {
    Standing.OPEN: "Open now, in order",
    Standing.ANSWER_FIRST: "An answer is needed first",
    Standing.DECLINED: "Declined by the patient",
    Standing.NOT_OUTSIDE_TRIAL: "Not outside a trial",
    Standing.CONTRAINDICATED: "Contraindicated",
}


@dataclass(frozen=True, slots=True)
class Group:
    """The options of one standing."""

    heading: str
    mark: str
    state: str
    options: tuple[tuple[str, str, str], ...]  # anchor, title, small print


@dataclass(frozen=True, slots=True)
class Lead:
    """The first option with the few facts that decide."""

    anchor: str
    title: str
    prescription: str
    facts: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    is_reference: bool


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything above the comparison except what is urgent."""

    lead: Lead | None
    groups: tuple[Group, ...]
    sentences: tuple[str, ...]


def brief(plan: Plan) -> Brief:
    """Return the answer in brief."""
    groups = []
    beside = [o for o in plan.options if o.is_companion and o.standing is Standing.OPEN]
    for standing, heading in _HEADINGS.items():
        found = [o for o in plan.options if o.standing is standing and o not in beside]
        if found:
            groups.append(Group(heading, STANDING_MARKS[standing], standing.value, _entries(found)))
        if standing is Standing.OPEN and beside:
            groups.append(Group("Beside a treatment", "+", "beside", _entries(beside)))
    return Brief(_lead(plan.first), tuple(groups), _sentences(plan))


def _entries(options: list[Option]) -> tuple[tuple[str, str, str], ...]:
    return tuple((option_anchor(o.therapy), _numbered(o), _small_print(o)) for o in options)


def _lead(option: Option | None) -> Lead | None:
    if option is None or option.prescription is None or option.forecast is None:
        return None
    found, facts = option.forecast, []
    outcome = compared_outcome(found)
    if outcome is not None:
        by = f" by {days(outcome.at_days)}" if outcome.at_days else ""
        words = f"{percent(outcome.probability)} with treatment"
        if outcome.comparator_probability is not None:
            words += f", {percent(outcome.comparator_probability)} with {plain(outcome.comparator)}"
        facts.append((sentence_case(f"{outcome.name}{by}"), words))
        if outcome.difference is not None:
            facts.append(("Difference", f"{points(outcome.difference)}; brackets: 95\u00a0% interval"))
    else:
        facts.append(("Response", "no trial with counts is held for it"))
    burden = burden_cell(found)
    facts.append(("Begins to work", onset_cell(found).words))
    facts.append(("Asks for", ", ".join((burden.words, *burden.notes))))
    facts.append(("Certainty", plain(found.grade.value)))
    flags = outcome_flags(outcome) if outcome is not None else ()
    return Lead(
        option_anchor(option.therapy), option.title, option.prescription.title, tuple(facts), flags, option.is_reference
    )


def _numbered(option: Option) -> str:
    return option.title if option.rank is None else f"{option.rank}. {option.title}"


def _small_print(option: Option) -> str:
    missing = len(option.screening.missing)
    if option.standing is Standing.ANSWER_FIRST and missing:
        return f"{missing} question{'' if missing == 1 else 's'} open"
    outcome = compared_outcome(option.forecast)
    if option.standing is Standing.OPEN and outcome is not None and outcome.difference is not None:
        note = ", includes no effect" if outcome.is_null else ""
        return f"{points(outcome.difference)} over {plain(outcome.comparator)}{note}"
    return ""


def _sentences(plan: Plan) -> tuple[str, ...]:
    """Return the explanation without what the boxes above it already say."""
    said = [s.reason.statement for s in plan.urgent] + [s.reason.statement for s in plan.first_steps]
    said += [s.statement for s in plan.signals]
    return tuple(
        s for s in explain(plan) if not s.startswith("This informs") and not any(s.endswith(words) for words in said)
    )
