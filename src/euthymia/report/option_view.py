"""One option's section: what would be done, why, why not, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.plan.model import Alternative, Option, Plan
from euthymia.report.citations import Citations, CitedReason
from euthymia.report.comparison import cost_words, form_screening, option_anchor, option_note
from euthymia.report.curve_view import CurveView, curve_views
from euthymia.report.effect import compared_outcome, outcome_flags, outcome_words
from euthymia.report.picture_view import PictureView, picture_views
from euthymia.report.wording import (
    LEGALITY_WORDS,
    SPACE,
    STANDING_MARKS,
    STANDING_WORDS,
    VERDICT_MARKS,
    VERDICT_WORDS,
    number,
    sentence_case,
)
from euthymia.therapies.contract import LabelFinding, Legality, Screening
from euthymia.therapies.forecast import Forecast, Harm

SHOWN = 7
"""Reasons shown at once; the rest can be unfolded."""


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A label, clearance or coverage criterion."""

    scheme: str
    criterion: str
    met: str  # met | not met | not known
    mark: str
    reason: CitedReason


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form of the therapy as screened."""

    title: str
    verdict: str
    mark: str
    state: str
    legality: str
    reasons: tuple[CitedReason, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HarmRow:
    """A harm with its rates."""

    name: str
    serious: bool
    rate: str
    comparator: str
    reason: CitedReason


@dataclass(frozen=True, slots=True)
class AlternativeRow:
    """Another prescription of the same therapy."""

    title: str
    details: tuple[tuple[str, str], ...]
    effect: str
    flags: tuple[str, ...]
    burden: str
    reason: CitedReason | None
    reasons: tuple[CitedReason, ...]


_LAW_FIRST = (Legality.RESTRICTED, Legality.INVESTIGATIONAL, Legality.UNKNOWN)


@dataclass(frozen=True, slots=True)
class OptionView:
    """Everything one section shows."""

    anchor: str
    title: str
    rank: int | None
    note: str
    is_open_section: bool
    standing: str
    mark: str
    state: str
    prescription: str
    details: tuple[tuple[str, str], ...]
    effect: str
    flags: tuple[str, ...]
    reasons_for: tuple[CitedReason, ...]
    more_for: tuple[CitedReason, ...]
    reasons_against: tuple[CitedReason, ...]
    more_against: tuple[CitedReason, ...]
    background: tuple[CitedReason, ...]
    curves: tuple[CurveView, ...]
    pictures: tuple[PictureView, ...]
    harms: tuple[HarmRow, ...]
    costs: tuple[tuple[str, CitedReason], ...]
    label: tuple[LabelRow, ...]
    forms: tuple[FormRow, ...]
    alternatives: tuple[AlternativeRow, ...]
    questions: tuple[tuple[str, str], ...]


def option_view(option: Option, plan: Plan, cited: Citations, *, is_open_section: bool) -> OptionView:
    """Return the section of ``option``."""
    found = option.forecast
    outcome = compared_outcome(found)
    label = form_screening(option).label or option.screening.label
    elsewhere = {f.reason for f in label} | ({h.reason for h in found.harms} if found else set())
    law_first = form_screening(option).legality in _LAW_FIRST
    pros = _sorted(option.reasons_for, elsewhere, evidence_first=True, law_first=law_first)
    cons = _sorted(option.reasons_against, elsewhere, evidence_first=False, law_first=law_first)
    shown = {*option.reasons_for, *option.reasons_against}
    return OptionView(
        anchor=option_anchor(option.therapy),
        title=option.title,
        rank=option.rank,
        note=option_note(option),
        is_open_section=is_open_section,
        standing=STANDING_WORDS[option.standing],
        mark=STANDING_MARKS[option.standing],
        state=option.standing.value,
        prescription=option.prescription.title if option.prescription else "",
        details=option.prescription.details() if option.prescription else (),
        effect=sentence_case(outcome_words(outcome)) if outcome else "",
        flags=outcome_flags(outcome) if outcome else (),
        reasons_for=cited.reasons(pros[:SHOWN]),
        more_for=cited.reasons(pros[SHOWN:]),
        reasons_against=cited.reasons(cons[:SHOWN]),
        more_against=cited.reasons(cons[SHOWN:]),
        background=cited.reasons(_background(option, shown)),
        curves=curve_views(found.curves, cited, option_anchor(option.therapy)) if found else (),
        pictures=picture_views(found.pictures, cited, option_anchor(option.therapy)) if found else (),
        harms=_harms(found.harms, cited) if found else (),
        costs=tuple((cost_words(c), cited.reason(c.reason)) for c in found.costs) if found else (),
        label=tuple(_label(f, cited) for f in label),
        forms=tuple(_form(s, cited) for s in option.screening.forms),
        alternatives=tuple(_alternative(a, cited) for a in option.alternatives),
        questions=tuple((q.text, q.supply) for q in option.screening.missing),
    )


def _sorted(
    reasons: Sequence[Reason], elsewhere: set[Reason], *, evidence_first: bool, law_first: bool
) -> list[Reason]:
    """Put the weightiest kind first: the law where it is narrow, then trials for, or rules of safety against."""
    left = [r for r in reasons if r not in elsewhere] or list(reasons)

    def rank(reason: Reason) -> int:
        if law_first and reason.code.startswith("legality_"):
            return -1
        if reason.code.startswith(("burden", "cost_")):
            return 2
        is_rule = reason.grade in (EvidenceGrade.RULE, EvidenceGrade.CASE)
        return int(is_rule if evidence_first else not is_rule)

    return sorted(left, key=rank)


def _background(option: Option, shown: set[Reason]) -> list[Reason]:
    """Collect what is neither for nor against: neutral results, onset, durability, how the evidence was graded."""
    found = option.forecast
    everything: list[Reason] = list(form_screening(option).reasons)
    if option.prescription is not None:
        everything += option.prescription.reasons
    if found is not None:
        everything += [o.reason for o in found.outcomes]
        everything += [s.reason for s in (*found.onset, *found.durability)]
        everything += [*found.reasons, *found.physics]
    return [r for r in dict.fromkeys(everything) if r not in shown]


def _harms(harms: Sequence[Harm], cited: Citations) -> tuple[HarmRow, ...]:
    rows = []
    for harm in sorted(harms, key=lambda h: not h.serious):
        unit = f"{SPACE}%" if harm.unit == "%" else f" {harm.unit}"
        rate = "rate not known"
        if harm.rate is not None:
            rate = f"{number(harm.rate.value)}{unit}"
            if harm.rate.low is not None and harm.rate.high is not None:
                rate += f" ({number(harm.rate.low)}–{number(harm.rate.high)})"
        other = "" if harm.comparator_rate is None else f"{number(harm.comparator_rate)}{unit}"
        rows.append(HarmRow(sentence_case(harm.name), harm.serious, rate, other, cited.reason(harm.reason)))
    return tuple(rows)


def _label(finding: LabelFinding, cited: Citations) -> LabelRow:
    met, mark = {True: ("met", "✓"), False: ("not met", "✕"), None: ("not known", "?")}[finding.met]
    return LabelRow(finding.scheme, finding.criterion, met, mark, cited.reason(finding.reason))


def _form(screening: Screening, cited: Citations) -> FormRow:
    return FormRow(
        screening.title or screening.form, VERDICT_WORDS[screening.verdict], VERDICT_MARKS[screening.verdict],
        screening.verdict.value, LEGALITY_WORDS[screening.legality], cited.reasons(screening.reasons),
        tuple(q.text for q in screening.missing),
    )  # fmt: skip


def _alternative(alternative: Alternative, cited: Citations) -> AlternativeRow:
    found: Forecast = alternative.forecast
    outcome = compared_outcome(found)
    burden = f"{found.burden.visits} visits, {found.burden.hours:.0f}{SPACE}h in the first year"
    return AlternativeRow(
        title=alternative.prescription.title,
        details=alternative.prescription.details(),
        effect=sentence_case(outcome_words(outcome)) if outcome else "No trial with counts is held for this form.",
        flags=outcome_flags(outcome) if outcome else (),
        burden=burden,
        reason=cited.reason(outcome.reason) if outcome else None,
        reasons=cited.reasons(alternative.prescription.reasons),
    )
