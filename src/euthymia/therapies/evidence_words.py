"""From rows of the evidence engine to the words of a forecast: outcomes, onset, durability, harms, costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Verification
from euthymia.therapies.defaults import default
from euthymia.therapies.forecast import Cost, Harm, Interval, Outcome, Span

if TYPE_CHECKING:
    from euthymia.engines import evidence as tables

_MONEY = ("USD", "EUR", "GBP", "AUD")
_MOSTLY_THIS_CASE = ("trd", "intolerance_counts", "mixed")


def is_older(age_yr: int | None) -> bool:
    """Whether trials in older adults are the nearer ones."""
    return age_yr is not None and age_yr >= default("older_adult_from").value


def outcome_of(estimate: tables.BenefitEstimate, older: bool, related: str = "") -> Outcome | None:
    """Turn an estimate into an outcome; None when it gives no probability under treatment.

    ``related`` says in words that the estimate is on another form of the same treatment, and why it is shown.
    """
    if estimate.active_probability is None:
        return None
    active, comparator = _interval(estimate.active_probability), _interval(estimate.comparator_probability)
    difference = _interval(estimate.risk_difference)
    nearest = ("trd_older",) if older else _MOSTLY_THIS_CASE
    relevant = (
        estimate.population in (*nearest, "trd")
        and estimate.is_control
        and estimate.comparator != "placebo_or_sham"  # lumped by the review: shown, but not ranked at full value
        and estimate.randomized
        and not estimate.is_greyed
        and difference is not None
    )
    return Outcome(
        name=estimate.outcome.value,
        at_days=estimate.timepoint_days,
        probability=active,  # type: ignore[arg-type]
        comparator=estimate.comparator_label,
        comparator_probability=comparator,
        difference=difference,
        is_null=bool(estimate.is_null),
        studies=estimate.k_studies,
        patients=estimate.n_patients or 0,
        population=estimate.population.value,
        blinding=estimate.blinding.value,
        reason=_outcome_reason(estimate, active, comparator, difference, related),
        randomized=estimate.randomized,
        from_review=estimate.basis == "published_review",
        controlled=estimate.is_control,
        relevant=relevant,
        notes=estimate.notes,
    )


def _outcome_reason(
    estimate: tables.BenefitEstimate, active: Interval | None, comparator: Interval | None,
    difference: Interval | None, related: str,
) -> Reason:  # fmt: skip
    word = estimate.outcome.value.capitalize()
    when = f" at day {estimate.timepoint_days:.0f}" if estimate.timepoint_days else ""
    words = f"{word}{when}: {_percent(active)} with treatment"
    if comparator is not None:
        words += f", {_percent(comparator)} with {estimate.comparator_label}"
    if difference is not None:
        words += f"; difference {_points(difference)}"
    studies = f"{estimate.k_studies} {'study' if estimate.k_studies == 1 else 'studies'}"
    if estimate.basis == "published_review":
        studies = "a published review"
    patients = f"{estimate.n_patients} patients" if estimate.n_patients else "number of patients not given"
    blinding, population = (w.value.replace("_", " ") for w in (estimate.blinding, estimate.population))
    words += f" ({studies}, {patients}, {blinding}, population: {population})"
    if estimate.is_null:
        words += ". The interval includes no effect, or the trial found no difference"
    if related:
        words += f". {related}"
    helps = difference is not None and difference.value > 0 and not estimate.is_null
    direction = Direction.FOR if helps else Direction.AGAINST if estimate.is_null else Direction.NEUTRAL
    strong = estimate.randomized and estimate.blinding.value == "double_blind" and not estimate.is_greyed
    grade = EvidenceGrade.MODERATE if strong else EvidenceGrade.LOW if estimate.randomized else EvidenceGrade.VERY_LOW
    shown = difference or active
    return Reason(
        f"{words.rstrip('.')}.", estimate.sources, grade, direction,
        value=shown.value if shown else None, low=shown.low if shown else None, high=shown.high if shown else None,
        unit="frac", code=f"benefit_{estimate.form}_{estimate.outcome.value}_{estimate.comparator}",
    )  # fmt: skip


def contrast_reasons(therapy: str, form: str) -> tuple[Reason, ...]:
    """Give published comparisons that are no response or remission counts, null ones as plainly as positive ones."""
    from euthymia.engines import evidence as tables

    reasons = []
    for row in tables.contrasts(therapy=therapy, form=form, include_unverified=True):
        if row.outcome in ("response", "remission") and row.active_pct is not None:
            continue
        against = tables.comparator_label(row.comparator_key)
        words = f"{_named(row.study)}: {row.outcome.replace('_', ' ')}" + (f" ({row.scale})" if row.scale else "")
        if row.timepoint_days:
            words += f" at day {row.timepoint_days:.0f}"
        words += f" against {against}"
        if row.estimate is not None:
            span = "" if row.low is None or row.high is None else f" ({row.low:g} to {row.high:g})"
            words += f": {row.measure.value.replace('_', ' ')} {row.estimate:g}{span}"
        if row.verdict:
            words += f"; {_VERDICTS.get(row.verdict, row.verdict.replace('_', ' '))}"
        null = row.is_null
        direction = Direction.AGAINST if null else Direction.NEUTRAL if null is None else _favored(row)
        grade = EvidenceGrade.LOW if row.randomized else EvidenceGrade.VERY_LOW
        if row.randomized and row.blinding.value == "double_blind" and row.verification is Verification.READ:
            grade = EvidenceGrade.MODERATE
        reasons.append(Reason(f"{words}.", (row.cite(),), grade, direction, code=f"contrast_{row.contrast_id}"))
    return tuple(reasons)


_VERDICTS = {
    "met": "the primary endpoint was met", "missed": "the primary endpoint was missed", "superior": "superior",
    "no_difference": "no difference", "noninferior": "noninferior", "not_tested": "not formally tested",
}  # fmt: skip


def _favored(row: tables.ContrastRow) -> Direction:
    return Direction.FOR if row.favors in ("", row.form) else Direction.AGAINST


def onset_spans(row: tables.OnsetRow) -> list[Span]:
    """Turn an onset row into spans: when the effect begins, and when it is largest."""
    reason = Reason(f"Onset: {row.statement.rstrip('.')}.", (row.cite(),), EvidenceGrade.LOW, code=f"onset_{row.form}")
    spans = []
    for name, low, high in (
        ("onset", row.onset_low_days, row.onset_high_days),
        ("peak", row.peak_low_days, row.peak_high_days),
    ):
        if low is not None and high is not None:
            spans.append(Span(name, Interval((low + high) / 2, low, high), "days", reason))
    return spans or [Span("onset", None, "days", reason)]


def durability_span(row: tables.DurabilityRow) -> Span:
    """Turn a durability row into a span, with its comparator in the words."""
    words = f"{_named(row.study)}: {row.measure.replace('_', ' ')} among {row.starting_from}"
    value, unit = None, "%"
    when = "" if row.day is None else f" by day {row.day:g}"
    against = _comparator(row.comparator)
    if row.pct is not None:
        words += f": {row.pct:g} %{when}"
        value = Interval(row.pct, row.low_pct, row.high_pct)
        if row.comparator_pct is not None:
            words += f", against {row.comparator_pct:g} % with {against}"
    elif row.low_pct is not None:
        words += f": {row.low_pct:g} to {row.high_pct or row.low_pct:g} %{when}"
    elif row.median_days is None and row.hazard_ratio is None:
        words = row.note or "How long the benefit lasts is not known"
    if row.median_days is not None:
        words += f"; median {row.median_days:g} days"
        if value is None:
            value, unit = Interval(row.median_days), "days"
        if row.comparator_median_days is not None:
            words += f", against {row.comparator_median_days:g} with {against}"
    if row.hazard_ratio is not None:
        span = "" if row.hazard_low is None else f" ({row.hazard_low:g} to {row.hazard_high:g})"
        words += f"; hazard ratio {row.hazard_ratio:g}{span}"
    words = words[0].upper() + words[1:].rstrip(".")
    reason = Reason(f"{words}.", (row.cite(),), EvidenceGrade.LOW, code=f"durability_{row.row_id}")
    return Span(row.measure, value, unit, reason, row.day, row.starting_from)


def harm_of(row: tables.HarmRow) -> Harm:
    """Turn a harm row into a harm; rates stay in the unit of their source."""
    rate = row.rate
    if rate is None and row.events is not None and row.n:
        rate = row.events / row.n * (100.0 if row.unit == "%" else 1.0)
    comparator = row.comparator_rate
    if comparator is None and row.comparator_events is not None and row.comparator_n:
        comparator = row.comparator_events / row.comparator_n * (100.0 if row.unit == "%" else 1.0)
    words = row.harm[0].upper() + row.harm[1:]
    if rate is not None:
        span = "" if row.rate_low is None or row.rate_high is None else f" ({row.rate_low:g} to {row.rate_high:g})"
        words += f": {rate:.3g}{span} {row.unit}"
        if comparator is not None:
            words += f", against {comparator:.3g} {row.unit} with {_comparator(row.comparator)}"
    elif row.note:
        words += f": {row.note}"
    words += f" ({row.when})" if row.when else ""
    reason = Reason(
        f"{words.rstrip('.')}.", (row.cite(),), EvidenceGrade.LOW, Direction.AGAINST, code=f"harm_{row.row_id}"
    )
    interval = None if rate is None else Interval(rate, row.rate_low, row.rate_high)
    return Harm(row.harm, row.serious, interval, row.unit, comparator, reason)


def _named(study: str) -> str:
    """A study's key as a reader writes it."""
    return study.replace("_", " ")


def _comparator(name: str) -> str:
    """The words for a comparator; free text stays as it is."""
    from euthymia.engines import evidence as tables

    return tables.comparator_label(name) if name else "the comparator"


def cost_of(row: tables.CostRow) -> Cost | None:
    """Turn a cost row in money into a cost; None for rows in visits or hours."""
    if row.unit not in _MONEY or row.low is None or row.item == "cost_per_qaly":
        return None
    high = row.low if row.high is None else row.high
    amount = f"{row.low:,.0f}" if high == row.low else f"{row.low:,.0f} to {high:,.0f}"
    item = row.item.replace("_", " ")
    words = f"{item[0].upper()}{item[1:]}: {amount} {row.unit}"
    words += f" ({row.region or 'region not given'}, {row.price_year or 'year not given'}; order of magnitude)."
    reason = Reason(words, (row.cite(),), EvidenceGrade.LOW, Direction.AGAINST, code=f"cost_{row.row_id}")
    return Cost(row.low, high, row.unit, row.price_year or 0, row.region, item, reason)


def _interval(found: tables.Interval | None) -> Interval | None:
    if found is None:
        return None
    low = None if found.low is None else min(found.low, found.value)
    high = None if found.high is None else max(found.high, found.value)
    return Interval(found.value, low, high)


def _percent(found: Interval | None) -> str:
    if found is None:
        return "unknown"
    span = "" if found.low is None or found.high is None else f" ({100 * found.low:.0f}–{100 * found.high:.0f})"
    return f"{100 * found.value:.0f} %{span}"


def _points(found: Interval) -> str:
    span = "" if found.low is None or found.high is None else f" ({_signed(found.low)} to {_signed(found.high)})"
    return f"{_signed(found.value)} percentage points{span}"


def _signed(fraction: float) -> str:
    """Whole percentage points with their sign; a rounded zero has none."""
    points = round(100 * fraction)
    return f"{points:+d}" if points else "0"
