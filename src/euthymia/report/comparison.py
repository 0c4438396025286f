"""The comparison table: one row an option, everything a decision weighs side by side."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.model import Case
from euthymia.plan.model import Option, Plan
from euthymia.report.effect import compared_outcome, outcome_base, outcome_flags
from euthymia.report.wording import (
    LEGALITY_WORDS,
    SPACE,
    STANDING_MARKS,
    STANDING_WORDS,
    day_range,
    days,
    number,
    percent,
    plain,
    points,
    sentence_case,
)
from euthymia.therapies.contract import Screening
from euthymia.therapies.forecast import Cost, Forecast, Harm

NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its main words and the small print below them."""

    words: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One option in the comparison table."""

    anchor: str
    title: str
    rank: int | None
    note: str
    standing: str
    mark: str
    state: str  # class name: the standing
    cells: tuple[tuple[str, Cell], ...]  # column title, cell


def option_anchor(therapy: str) -> str:
    """Return the id of an option's section; safe for any therapy name."""
    return "option-" + "".join(c if c.isascii() and c.isalnum() else "-" for c in therapy)


def form_screening(option: Option) -> Screening:
    """Return the screening of the form that is prescribed, or the therapy's own."""
    form = option.prescription.form if option.prescription else ""
    return next((s for s in option.screening.forms if s.form == form), option.screening)


def option_note(option: Option) -> str:
    """Return what kind of option it is, where that is not one of the seven therapies to choose from."""
    if option.is_companion:
        return "beside a treatment, not ranked"
    return "reference option" if option.is_reference else ""


def compare_rows(plan: Plan, case: Case) -> tuple[CompareRow, ...]:
    """Return the rows of the comparison table in the order of the plan."""
    return tuple(_row(option, case.country) for option in plan.options)


def _row(option: Option, country: str) -> CompareRow:
    found = option.forecast
    legality = Cell(sentence_case(LEGALITY_WORDS[form_screening(option).legality]), (country,) if country else ())
    if found is None:
        blank = Cell("–", ())
        cells = tuple(
            (title, blank) for title in ("Response", "Onset", "Durability", "Serious harms", "Burden", "Cost")
        )
        cells += (("Legal standing", legality), ("Certainty", blank))
    else:
        cells = (
            ("Response", response_cell(found)),
            ("Onset", onset_cell(found)),
            ("Durability", durability_cell(option, found)),
            ("Serious harms", harms_cell(found)),
            ("Burden", burden_cell(found)),
            ("Cost", cost_cell(found)),
            ("Legal standing", legality),
            ("Certainty", Cell(sentence_case(plain(found.grade.value)))),
        )
    return CompareRow(
        option_anchor(option.therapy), option.title, option.rank, option_note(option),
        STANDING_WORDS[option.standing], STANDING_MARKS[option.standing], option.standing.value, cells,
    )  # fmt: skip


def response_cell(found: Forecast) -> Cell:
    """Response with and without treatment, the comparator named."""
    outcome = compared_outcome(found)
    if outcome is None:
        return Cell("No trial with counts")
    words = f"{percent(outcome.probability)} with treatment"
    against = plain(outcome.comparator)
    if outcome.comparator_probability is not None:
        against = f"{percent(outcome.comparator_probability)} with {against}"
    gap = f"difference {points(outcome.difference)}" if outcome.difference is not None else "no difference computed"
    if outcome.at_days:
        gap += f", by {days(outcome.at_days)}"
    notes = [] if outcome.name == "response" else [f"counted: {outcome.name}"]
    flags = "! " + "; ".join(outcome_flags(outcome)) if outcome_flags(outcome) else ""
    return Cell(words, tuple(n for n in (against, *notes, gap, outcome_base(outcome), flags) if n))


def onset_cell(found: Forecast) -> Cell:
    """When the effect begins and is largest."""
    spans = {s.name: s.value for s in reversed(found.onset) if s.value is not None}
    onset, peak = spans.get("onset"), spans.get("peak")
    notes = (f"largest at {_breakable(day_range(peak))}",) if peak is not None else ()
    return Cell(NOT_KNOWN if onset is None else _breakable(day_range(onset)), notes)


def _breakable(words: str) -> str:
    """Let a narrow column break before the unit."""
    return words.replace("\u00a0", " ")


def durability_cell(option: Option, found: Forecast) -> Cell:
    """How long it lasts: the figure the ranking reads, else the first one held."""
    if option.score is not None:
        for criterion in option.score.criteria:
            if criterion.name == "durability" and criterion.raw is not None:
                return Cell(criterion.basis)
    for span in found.durability:
        if span.value is not None:
            unit = f"{SPACE}%" if span.unit == "%" else f" {span.unit}"
            when = f" at {days(span.at_days)}" if span.at_days else ""
            return Cell(f"{plain(span.name)} {number(span.value.value)}{unit}{when}", ("not counted in the score",))
    return Cell(NOT_KNOWN)


def harms_cell(found: Forecast) -> Cell:
    """The serious harms with their rates, three at most."""
    serious = [h for h in found.harms if h.serious]
    if not serious:
        return Cell("None listed" if found.harms else NOT_KNOWN, (f"{len(found.harms)} other",) if found.harms else ())
    shown = "; ".join(harm_words(h) for h in serious[:3])
    more = len(serious) - 3
    return Cell(sentence_case(shown), (f"and {more} more serious",) if more > 0 else ())


def harm_words(harm: Harm) -> str:
    """Return a harm with its rate."""
    if harm.rate is None:
        return harm.name
    unit = f"{SPACE}%" if harm.unit == "%" else f" {harm.unit}"
    return f"{harm.name} {number(harm.rate.value)}{unit}"


def burden_cell(found: Forecast) -> Cell:
    """Visits and hours in the first year."""
    burden = found.burden
    needs = [w for w, needed in (("anesthesia", burden.anesthesia), ("operation", burden.surgery)) if needed]
    hours = f"{burden.hours:.0f}{SPACE}h in the first year"
    return Cell(f"{burden.visits}{SPACE}visits", (hours, *needs))


def cost_cell(found: Forecast) -> Cell:
    """The order of magnitude of the cost, US dollars first."""
    if not found.costs:
        return Cell("No sourced price")
    cost = sorted(found.costs, key=lambda c: (c.currency != "USD", -c.high))[0]
    year = f", {cost.year}" if cost.year else ""
    return Cell(cost_words(cost).replace(SPACE, " "), (plain(cost.per), f"{cost.region or 'region not given'}{year}"))


def cost_words(cost: Cost) -> str:
    """Return an amount or a range of amounts."""
    amount = f"{cost.low:,.0f}" if cost.low == cost.high else f"{cost.low:,.0f}–{cost.high:,.0f}"
    return f"{amount}{SPACE}{cost.currency}"
