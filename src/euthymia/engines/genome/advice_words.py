"""Advice in short words of our own, and the reasons that go with it."""

from __future__ import annotations

from dataclasses import replace

from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.engines.genome.advice_input import States
from euthymia.engines.genome.advice_tables import actions, populations
from euthymia.engines.genome.advice_types import DrugAdvice, Option, Strength
from euthymia.engines.genome.drug_labels import Circumstances, LabelRow, holding_rows, label_rules, triggering_agents
from euthymia.engines.genome.phenoconversion import FunctionalPhenotype

HOLDS_WHILE_TAKEN = "phenoconversion_holds_while_taken"
"""Code of the reason that a row after phenoconversion holds only while the co-medication acts."""

_USUAL = frozenset({"usual", "none", "level"})


def action_words(option: Option) -> str:
    """Return an option's actions with their figures, e.g. ``start lower (by 50 %), measure blood levels``."""
    if option.is_silent:
        return "no row for this combination"
    parts = [actions()[code].words + _figure(code, option) for code in option.actions]
    if option.is_contraindication:
        parts.insert(0, "contraindicated")
    said = option.strength is not Strength.LABEL and option.actions[0] == "MAXDOSE" and option.caps  # in the figures
    note = f" [{option.dose_note}]" if option.dose_note and not said else ""
    return ", ".join(parts) + note


def advice_reasons(row: DrugAdvice, shifts: tuple[FunctionalPhenotype, ...]) -> tuple[Reason, ...]:
    """Return why a row holds: the rule, what the calls leave open, and the co-medication behind it."""
    sources = row.sources
    found = [_rule(row, sources)]
    if not row.is_certain:
        said = "; ".join(f"{' or '.join(o.combinations)}: {action_words(o)}" for o in row.options)
        words = f"The calls leave {len(row.options)} answers open; the most careful leads. {said}."
        found.append(Reason(words, sources, EvidenceGrade.RULE, code="advice_ambiguous"))
    return tuple(dict.fromkeys((*found, *shift_reasons(row, shifts))))


def shift_reasons(row: DrugAdvice, shifts: tuple[FunctionalPhenotype, ...]) -> tuple[Reason, ...]:
    """Return the co-medication behind a row, and that the row holds only as long as it acts."""
    if not shifts:
        return ()
    words = f"Holds only while this acts: {', '.join(row.agents)}. Look it up again when the list changes."
    holds = Reason(words, grade=EvidenceGrade.CASE, code=HOLDS_WHILE_TAKEN)
    return (*(reason for shift in shifts for reason in shift.reasons), holds)


def with_limits(row: DrugAdvice, unmeasured: frozenset[str], age: float | None) -> DrugAdvice:
    """Return the row with what could not be known named: copy number of its genes, the age a label asks for."""
    limits = [
        Reason(
            f"Copy number of {gene} was not measured: a deletion or duplication would change this row.",
            grade=EvidenceGrade.CASE,
            code="copy_number_not_measured",
        )
        for gene in row.genes
        if gene in unmeasured
    ]
    asked = [one for rule in label_rules(row.drug) for one in rule if one.age_over_yr is not None]
    for one in asked if age is None else ():
        words = f"Age is not known; the US label has a row for over {one.age_over_yr:g} years. Give the age."
        limits.append(Reason(words, (one.cite(),), EvidenceGrade.RULE, code="age_not_known"))
    return replace(row, reasons=(*row.reasons, *limits)) if limits else row


def label_reasons(
    row: DrugAdvice, rule: tuple[LabelRow, ...], genotype: States, around: Circumstances
) -> tuple[Reason, ...]:
    """Return every condition of a label that holds; several of one rule are named, but counted once."""
    combinations = [combination for option in row.options for combination in option.states]
    held = {r.row_id: r for c in combinations for r in holding_rows(rule, c, genotype, around)}
    conditions: dict[str, LabelRow] = {}
    for one in held.values():
        conditions.setdefault(_condition(one, around), one)
    return tuple(
        Reason(
            f"{row.drug.capitalize()}: the label's condition holds: {words}.",
            (one.cite(),),
            EvidenceGrade.RULE,
            Direction.AGAINST,
            code=f"label_{one.row_id}",
        )
        for words, one in conditions.items()
    )


def _rule(row: DrugAdvice, sources: tuple[Source, ...]) -> Reason:
    first = row.first
    looked_up = " or ".join(text for text in first.combinations if text)
    population = populations()[row.population].words
    group = "" if row.population == "general" else f" ({population})"
    because = f" for {looked_up}" if looked_up else ""
    doubt = "" if row.verification is Verification.READ else f"; source {row.verification}"
    strength = f" [{first.strength.replace('_', ' ')}{doubt}]"
    words = f"{row.drug.capitalize()}, {row.guideline}{group}{because}: {action_words(first)}{strength}."
    pointing = {actions()[code].direction for code in first.actions}
    against = Direction.NEUTRAL if pointing <= _USUAL else Direction.AGAINST
    return Reason(words, sources, EvidenceGrade.RULE, against, code=first.row_id)


def _condition(row: LabelRow, around: Circumstances) -> str:
    parts = [f"{row.gene} {' or '.join(row.phenotypes)}" if row.gene else ""]
    agents = triggering_agents(row, around.medications)
    parts.append(f"with {', '.join(agents)}" if agents else "")
    parts.append(f"age over {row.age_over_yr:g} years" if row.age_over_yr is not None else "")
    parts.append("liver function impaired" if row.hepatic_impairment else "")
    return " and ".join(part for part in parts if part)


def _figure(code: str, option: Option) -> str:
    """The figure that belongs to an action code, or an empty string where the guideline gives none."""
    low, high = option.start_reduction_low_pct, option.start_reduction_high_pct
    if code == "START_REDUCE" and low is not None and high is not None:
        return f" (by {low:g} %)" if low == high else f" (by {low:g} to {high:g} %)"
    if code == "MAINT_REDUCE" and option.maintenance_reduction_pct is not None:
        return f" (by {option.maintenance_reduction_pct:g} %)"
    if code == "DOSE_FACTOR" and option.dose_factor is not None:
        return f" by {option.dose_factor:g}"
    if code == "TARGET_RAISE_IF_NO_RESPONSE" and option.dose_factor is not None:
        return f" (up to {option.dose_factor:g} times)"
    if code == "TARGET_RAISE" and option.target_raise_pct is not None:
        return f" (by {option.target_raise_pct:g} %)"
    if code == "MAXDOSE":
        caps = "; ".join(map(str, option.caps))
        share = "" if option.max_dose_factor is None else f"{option.max_dose_factor:.0%} of the usual maximum"
        text = "; ".join(part for part in (share, caps) if part)
        return f" ({text})" if text else ""
    return ""
