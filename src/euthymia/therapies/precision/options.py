"""Drug options of a case: every drug of the tables judged by history, genes, rules, labs and evidence, then ordered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from euthymia.case import drugs
from euthymia.case.facts import Medication, Vital
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.contract import Screening, Verdict
from euthymia.therapies.drug_rules import forbidden, washout
from euthymia.therapies.drug_screen import allergies, with_allergies
from euthymia.therapies.drug_tables import dose_caps, ingredient, monitoring
from euthymia.therapies.precision.drug_option import DrugOption
from euthymia.therapies.precision.gene_context import GeneContext, gene_context
from euthymia.therapies.precision.gene_effect import GeneEffect, gene_effect
from euthymia.therapies.precision.option_rows import Choice, Role, choices, drug_screenings
from euthymia.therapies.precision.option_score import score_of
from euthymia.therapies.precision.ranking import score_reason, why_above


@dataclass(frozen=True, slots=True)
class Considered:
    """A drug that was judged: its option, or why it was left out.

    ``word`` is ``use``, ``adjust``, ``avoid`` or ``no advice`` by the guideline row that leads.
    """

    drug: str
    role: Role
    word: str
    option: DrugOption | None
    left_out: Reason | None
    missing_answer: bool = False


def considered(case: Case) -> tuple[Considered, ...]:
    """Return every drug judged: options in order, then what was left out with its reason.

    The order is that of the points of ``rank_points.csv``; equal points keep the order of the tables. Investigational
    markers (CRP, hormones) give no points, so that none of them moves an option by any place.
    """
    wanted = _wanted(case)
    context = gene_context(case, tuple(choice.drug for choice, _ in wanted))
    screened = {screening.form: screening for _, screening in drug_screenings(case)}
    judged = [_judge(case, choice, role, context, screened[choice.rules_form]) for choice, role in wanted]
    ranked = [one for one in judged if one.option is not None]
    ranked.sort(key=lambda one: -one.option.score.total if one.option else 0.0)
    return (*_with_places(ranked), *(one for one in judged if one.option is None))


def _wanted(case: Case) -> list[tuple[Choice, Role]]:
    """Which drugs are judged in which role: one that is taken is kept or not; adding needs an antidepressant."""
    now = {ingredient(m.name) for m in case.medications}
    has_base = any((known := drugs.drug(m.name)) is not None and known.is_antidepressant for m in case.medications)
    found: list[tuple[Choice, Role]] = []
    for choice in choices():
        if ingredient(choice.drug) in now:
            if choice.role == "switch":
                found.append((choice, "keep"))
        elif choice.role == "switch" or has_base:
            found.append((choice, choice.role))
    return found


def _judge(case: Case, choice: Choice, role: Role, context: GeneContext, base: Screening) -> Considered:
    effect = gene_effect(context, choice.drug, role)
    screening = with_allergies(case, (choice.drug,), base, one_is_enough=False)
    refused = _refused(case, choice, role, effect, screening)
    if refused is not None:
        return Considered(choice.drug, role, "avoid", None, refused)
    score, told = score_of(case, choice, role, effect, screening, context)
    try:
        option = _write(case, choice, role, effect, context)
    except (SafetyLimit, InvalidInput) as error:
        reason = Reason(
            f"{choice.drug.capitalize()} is left out: {error}", grade=EvidenceGrade.CASE, direction=Direction.AGAINST,
            code="left_out_limit",
        )  # fmt: skip
        return Considered(choice.drug, role, "avoid", None, reason)
    reasons = (*told, score_reason(score), *option.reasons)
    unknown = screening.verdict is Verdict.UNKNOWN
    return Considered(choice.drug, role, effect.word, replace(option, score=score, reasons=reasons), None, unknown)


def _refused(case: Case, choice: Choice, role: Role, effect: GeneEffect, screening: Screening) -> Reason | None:
    """Why a drug is not written at all: forbidden by a label, a rule, an allergy or a guideline that says avoid."""
    name = choice.drug.capitalize()
    sources = tuple(dict.fromkeys(s for row in effect.rows for s in row.sources))
    if effect.forbidden:
        words = f"{name} is left out: {effect.forbidden}."
        return Reason(words, sources, direction=Direction.AGAINST, code="left_out_label")
    if screening.verdict is Verdict.CONTRAINDICATED:
        first = screening.blocking[0]
        words = f"{name} is left out: {first.statement}"
        return Reason(words, first.sources, first.grade, Direction.AGAINST, code="left_out_rule")
    if effect.lead is not None and role != "keep" and any(c.code == "gene_avoid" for c in effect.lines):
        words = f"{name} is left out: {effect.lines[0].words}; other drugs are open."
        return Reason(words, effect.lead.sources, direction=Direction.AGAINST, code="left_out_gene")
    return None


def _write(case: Case, choice: Choice, role: Role, effect: GeneEffect, context: GeneContext) -> DrugOption:
    taken = tuple(m.name for m in case.medications)
    own = ingredient(choice.drug)
    stopped = tuple(n for n in taken if role == "switch" and _is_antidepressant(n) and ingredient(n) != own)
    kept = tuple(n for n in taken if n not in stopped and ingredient(n) != own)
    if role != "keep":
        for other in kept:
            found = forbidden(choice.drug, other)
            if found is not None:
                raise SafetyLimit("kept", other, f"nothing that may not be with {choice.drug}: {found[0]}")
    ended = _ended_lately(case)
    days, because = washout((choice.drug,), stopped)
    late = [(washout((choice.drug,), (name,)), since) for name, since in ended]
    days = max([days, *(need - since for (need, _), since in late)])
    start, target, most, told = _doses(case, choice, role, effect)
    if because:
        words = f"Wait {days:g} days after the last dose: {because}."
        told.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="washout"))
    row = choice.row
    words = f"{row.title}: {row.titration.rstrip('.')}."
    told.insert(0, Reason(words, (row.cite(),), direction=Direction.FOR, code=row.protocol))
    words = f"It takes {row.trial_weeks:g} weeks at the dose before it can be judged, with visits every two weeks."
    told.append(Reason(words, (row.cite(),), direction=Direction.AGAINST, code="slow"))
    titles = {"switch": "Change to", "augment": "Add", "keep": "Keep"}
    qtc = case.latest("qtc")
    return DrugOption(
        protocol=row.protocol,
        title=f"{titles[role]} {choice.drug}",
        drug=choice.drug,
        role=role,
        start_mg_day=start,
        target_mg_day=target,
        max_mg_day=most,
        step_mg=min(row.step_mg, most),
        step_days=row.step_days,
        titration=row.titration,
        trial_weeks=row.trial_weeks,
        dose_factor=effect.dose_factor,
        kept=kept,
        stopped=stopped,
        washout_days=days,
        allergies=allergies(case),
        states=context.flat_states,
        medicines=context.medicines,
        qtc_ms=qtc.fact.value if qtc is not None and isinstance(qtc.fact, Vital) else None,
        age_yr=context.age_yr,
        liver_impaired=context.liver_impaired,
        tests=monitoring(row.form),
        check=effect.check,
        rules_form=choice.rules_form,
        reasons=(*told, *effect.reasons),
    )


def _doses(case: Case, choice: Choice, role: Role, effect: GeneEffect) -> tuple[float, float, float, list[Reason]]:
    """Start, target and maximum (mg a day): the table's, the caps of the case, then what guidelines make of them."""
    from euthymia.case.criteria import judge

    row = choice.row
    usual = row.us_max_mg_day if row.us_max_mg_day and case.country in ("US", "") else row.max_mg_day
    most = usual * min(effect.cap_factor, effect.dose_factor)
    told: list[Reason] = []
    for cap in dose_caps():
        if cap.ingredient != ingredient(choice.drug):
            continue
        judgment = judge(case, cap.criterion)
        if judgment.truth:
            most = min(most, cap.cap_mg_day)
            words = f"{cap.statement.rstrip('.')} ({'; '.join(judgment.evidence)})."
            told.append(Reason(words, (cap.cite(),), direction=Direction.AGAINST, code=cap.code))
    if effect.cap_mg_day is not None:
        most = min(most, effect.cap_mg_day)
    target = min(row.target_mg_day * effect.dose_factor, most)
    start = min(row.start_mg_day * effect.start_factor, target)
    if role == "keep":
        now = _dose_now(case, choice.drug)
        if now is not None and now <= most:
            start, target = now, max(now, target)
        elif now is not None:
            words = f"{choice.drug.capitalize()} is taken at {now:g} mg a day, above the {most:g} mg that hold here."
            told.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="dose_above_cap"))
            start = target = most
    return start, target, most, told


def _dose_now(case: Case, drug: str) -> float | None:
    found: list[Medication] = [m for m in case.medications if ingredient(m.name) == ingredient(drug)]
    return found[0].dose_mg_day if found else None


def _is_antidepressant(name: str) -> bool:
    known = drugs.drug(name)
    return known is not None and known.is_antidepressant


def _ended_lately(case: Case) -> list[tuple[str, float]]:
    """Medicines that are not taken any more, with the days since the last dose where the day is known."""
    from euthymia.therapies.dated_medicines import dated_medicines

    return [(m.agent, m.stopped_days_ago) for m in dated_medicines(case) if m.stopped_days_ago is not None]


def _with_places(ranked: list[Considered]) -> list[Considered]:
    """The options with why each stands above the next."""
    found = []
    for one, below in pairwise([*ranked, None]):
        assert one is not None and one.option is not None
        option = one.option
        if below is not None and below.option is not None:
            words = why_above(option.title, option.score, below.option.title, below.option.score)
            option = replace(option, reasons=(*option.reasons, words))
        found.append(replace(one, option=option))
    return found
