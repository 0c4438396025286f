"""Screening from tables: rules, legal status and label criteria in, one explained verdict out.

A therapy puts three tables into its ``data`` folder and calls :func:`screen_form` for each of its forms:

``rules.csv``     :class:`Rule`: when its criterion is true, the rule forbids, limits or warns.
``legality.csv``  :class:`LegalRow`: standing of a form in a country from a date on.
``label.csv``     :class:`LabelRow`: what a label, clearance or payer asks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from euthymia.case.concepts import Question
from euthymia.case.criteria import judge, parse
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.core.tables import SourcedRow
from euthymia.therapies.contract import LabelFinding, Legality, Screening, Verdict


class Level(StrEnum):
    """How hard a rule is."""

    ABSOLUTE = "absolute"  # forbids
    RELATIVE = "relative"  # a specialist must weigh it first
    CAUTION = "caution"  # go on with more care


class RuleKind(StrEnum):
    """What a rule is about; reports group by it."""

    CONTRAINDICATION = "contraindication"
    INTERACTION = "interaction"  # with a medicine, or with another therapy
    INDICATION = "indication"  # whether the patient is one the therapy is meant for
    SETTING = "setting"  # escort, monitoring, attendance


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(SourcedRow):
    """One rule: when ``criterion`` is true for a case, it applies to ``forms`` (``*`` = all)."""

    code: str
    forms: tuple[str, ...]
    kind: RuleKind
    level: Level
    criterion: str
    statement: str
    note: str = ""

    def __post_init__(self) -> None:
        parse(self.criterion)

    def concerns(self, form: str) -> bool:
        """Whether the rule is about ``form``."""
        return "*" in self.forms or form in self.forms


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalRow(SourcedRow):
    """Standing of a form in a country (``*`` = any other) from a day on, as known at ``as_of``."""

    forms: tuple[str, ...]
    country: str
    from_date: date
    status: Legality
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow(SourcedRow):
    """One criterion that a label, clearance, coverage rule or payer asks to be met."""

    code: str
    forms: tuple[str, ...]
    country: str
    scheme: str
    criterion: str
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)


def screen_form(
    case: Case,
    *,
    therapy: str,
    form: str,
    title: str,
    rules: Iterable[Rule],
    legality: Iterable[LegalRow],
    label: Iterable[LabelRow] = (),
) -> Screening:
    """Screen one form of a therapy.

    Any absolute rule that is true forbids, whatever its verification state. An absolute or relative rule that cannot
    be judged makes the verdict ``unknown``. ``eligible`` needs every rule judged and a legal status read in its source.
    """
    reasons: list[Reason] = []
    questions: list[tuple[int, Question]] = []
    worst = Verdict.ELIGIBLE
    cleared: list[Rule] = []
    hit: dict[Level, list[str]] = {level: [] for level in Level}
    for rule in (r for r in rules if r.concerns(form)):
        judgment = judge(case, rule.criterion)
        evidence = "; ".join(judgment.evidence)
        if judgment.truth is False:
            cleared.append(rule)
        elif judgment.truth is True:
            hit[rule.level].append(rule.code)
            reasons.append(_reason(rule, f"{_label(rule)}: {rule.statement} ({evidence})", Direction.AGAINST))
            worst = _worse(worst, Verdict.CONTRAINDICATED if rule.level is Level.ABSOLUTE else Verdict.CAUTION)
        else:
            reasons.append(
                _reason(rule, f"Not known, {_label(rule).lower()} if so: {rule.statement}", Direction.NEUTRAL)
            )
            urgency = [Level.ABSOLUTE, Level.RELATIVE, Level.CAUTION].index(rule.level)
            questions.extend((urgency, q) for q in judgment.questions)
            worst = _worse(worst, Verdict.CAUTION if rule.level is Level.CAUTION else Verdict.UNKNOWN)
    status, legal_reason, legal_verdict, legal_question = _legal(case, form, title, legality)
    reasons.append(legal_reason)
    worst = _worse(worst, legal_verdict)
    if legal_question is not None:
        questions.append((0, legal_question))
    if cleared:
        reasons.append(_cleared(cleared))
    reasons.sort(key=_order)
    return Screening(
        therapy=therapy,
        form=form,
        title=title,
        verdict=worst,
        reasons=tuple(reasons),
        missing=_distinct(q for _, q in sorted(questions, key=lambda item: item[0])),
        legality=status,
        label=tuple(_label_findings(case, form, label)),
        absolute=tuple(hit[Level.ABSOLUTE]),
        relative=tuple(hit[Level.RELATIVE]),
        cautions=tuple(hit[Level.CAUTION]),
    )


def combine(therapy: str, title: str, forms: Iterable[Screening]) -> Screening:
    """Return the therapy's own screening: its best form's verdict, and all forms inside."""
    all_forms = tuple(sorted(forms, key=lambda s: s.verdict.rank))
    best = all_forms[0]
    missing = _distinct(q for s in all_forms if s.verdict is not Verdict.CONTRAINDICATED for q in s.missing)
    return replace(best, therapy=therapy, form="", title=title, missing=missing, forms=all_forms)


def open_forms(screening: Screening) -> tuple[str, ...]:
    """Forms a prescription may be written for: every one that is not contraindicated."""
    return tuple(s.form for s in screening.forms if s.verdict is not Verdict.CONTRAINDICATED)


def _worse(one: Verdict, other: Verdict) -> Verdict:
    return max(one, other, key=lambda v: v.rank)


def _label(rule: Rule) -> str:
    words = {
        Level.ABSOLUTE: "Forbidden",
        Level.RELATIVE: "Relative contraindication",
        Level.CAUTION: "Caution",
    }[rule.level]
    return f"{words} (interaction)" if rule.kind is RuleKind.INTERACTION else words


def _reason(rule: Rule, statement: str, direction: Direction) -> Reason:
    note = f" {rule.note[0].upper()}{rule.note[1:]}." if rule.note else ""
    return Reason(
        statement=f"{statement.rstrip('.')}.{note}", sources=(rule.cite(),), direction=direction, code=rule.code
    )


def _cleared(rules: list[Rule]) -> Reason:
    hard = sum(r.level is Level.ABSOLUTE for r in rules)
    words = f"{len(rules)} screening rules were checked and do not apply ({hard} of them absolute)."
    return Reason(
        words, grade=EvidenceGrade.CASE, direction=Direction.FOR, code="rules_cleared", value=float(len(rules))
    )


def _legal(
    case: Case, form: str, title: str, rows: Iterable[LegalRow]
) -> tuple[Legality, Reason, Verdict, Question | None]:
    """Return the standing on the case's day, its reason, the best verdict it allows and what to ask."""
    concerning = [r for r in rows if "*" in r.forms or form in r.forms]
    if not case.country:
        question = Question("country", "In which country is the patient treated?", "`country: US` (ISO code)")
        reason = Reason(
            f"Legal status of {title} is not known, because the country of treatment is not.", grade=EvidenceGrade.CASE
        )
        return Legality.UNKNOWN, reason, Verdict.UNKNOWN, question
    in_force = [r for r in concerning if r.country in (case.country, "*") and r.from_date <= case.today]
    if not in_force:
        reason = Reason(
            f"No row on the legal status of {title} in {case.country} by {case.today}.", grade=EvidenceGrade.CASE
        )
        return Legality.UNKNOWN, reason, Verdict.NOT_OUTSIDE_TRIAL, None
    row = max(in_force, key=lambda r: (r.country == case.country, r.from_date))
    allowed = row.status in (Legality.APPROVED, Legality.OFF_LABEL, Legality.AVAILABLE, Legality.RESTRICTED)
    verdict = Verdict.ELIGIBLE if allowed else Verdict.NOT_OUTSIDE_TRIAL
    if allowed and (row.status is Legality.OFF_LABEL or row.verification is not Verification.READ):
        verdict = Verdict.CAUTION
    stale = (
        ""
        if row.verification is Verification.READ
        else " Confirm the status before use: it was not read at its source."
    )
    words = row.status.value.replace("_", " ")
    direction = {Verdict.ELIGIBLE: Direction.FOR, Verdict.NOT_OUTSIDE_TRIAL: Direction.AGAINST}.get(
        verdict, Direction.NEUTRAL
    )
    reason = Reason(
        f"Legal status in {case.country} on {case.today}: {words}. {row.statement.rstrip('.')}.{stale}",
        sources=(row.cite(),),
        direction=direction,
        code=f"legality_{form}",
    )
    return row.status, reason, verdict, None


def _label_findings(case: Case, form: str, rows: Iterable[LabelRow]) -> list[LabelFinding]:
    findings = []
    for row in rows:
        if not ("*" in row.forms or form in row.forms) or row.country not in (case.country, "*"):
            continue
        judgment = judge(case, row.criterion)
        word = {True: "met", False: "not met", None: "not known"}[judgment.truth]
        evidence = "; ".join(judgment.evidence)
        direction = {True: Direction.FOR, False: Direction.AGAINST, None: Direction.NEUTRAL}[judgment.truth]
        reason = Reason(
            f"{row.scheme}: {row.statement.rstrip('.')}: {word} ({evidence}).",
            sources=(row.cite(),),
            direction=direction,
            code=row.code,
        )
        findings.append(LabelFinding(row.scheme, row.statement, judgment.truth, reason))
    return findings


def _order(reason: Reason) -> int:
    return [Direction.AGAINST, Direction.NEUTRAL, Direction.FOR].index(reason.direction)


def _distinct(questions: Iterable[Question]) -> tuple[Question, ...]:
    """Each question once, where it is first asked."""
    found: dict[str, Question] = {}
    for question in questions:
        found.setdefault(question.code, question)
    return tuple(found.values())


def sources_of(reasons: Iterable[Reason]) -> tuple[Source, ...]:
    """Return the distinct sources of ``reasons`` in order of first use."""
    return tuple(dict.fromkeys(source for reason in reasons for source in reason.sources))
