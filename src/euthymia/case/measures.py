"""What a criterion can read from a case: each function gives a value, or None with the question to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from euthymia.case import concepts
from euthymia.case.concepts import Question
from euthymia.case.facts import (
    VITAL_LIMITS,
    LabResult,
    ListReviewed,
    ScaleRecord,
    StoppedReason,
    Substance,
    SuicideScreen,
    TrialKind,
    TrialOutcome,
    Vital,
)
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.units import canonical_unit, convert


@dataclass(frozen=True, slots=True)
class Reading:
    """A value read from the case (None = not known), where it was read, and what to ask when it is not known."""

    value: Any
    evidence: str
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the criteria language: how to read it, and how to check its arguments at load time."""

    read: Callable[..., Reading]
    check: Callable[..., None]


def _unknown(code: str, text: str, supply: str) -> Reading:
    return Reading(None, f"{text.rstrip('?')}: not known", (Question(code, text, supply),))


def _has(case: Case, code: str) -> Reading:
    found = concepts.answer(case, code)
    return Reading(found.present, found.evidence, (found.question,) if found.question else ())


def _age(case: Case) -> Reading:
    if case.age_yr is None:
        return _unknown("birth_date", "How old is the patient?", "`birth_date: YYYY-MM-DD`")
    return Reading(case.age_yr, f"age {case.age_yr} years")


def _sex(case: Case) -> Reading:
    if case.sex is None:
        return _unknown("sex", "Which sex is recorded for clinical use?", "`sex: female|male|other`")
    return Reading(case.sex.value, f"sex: {case.sex.value}")


def _country(case: Case) -> Reading:
    if not case.country:
        return _unknown("country", "In which country is the patient treated?", "`country: US` (ISO code)")
    return Reading(case.country, f"country: {case.country}")


def _taking(case: Case, group: str) -> Reading:
    """Whether any current medicine is, or belongs to the class, ``group``."""
    from euthymia.case import drugs

    unread: list[str] = []
    for medication in case.medications:
        known = drugs.drug(medication.name)
        if known is None:
            if _plain(group) in _plain(medication.name):
                return Reading(True, f"takes {medication.name}")
            unread.append(medication.name)
        elif group in (known.name, known.ingredient) or group in known.classes:  # 'bupropion XL' is bupropion
            return Reading(True, f"takes {medication.name}")
    for name in _substances_used(case):
        known = drugs.drug(name)
        if known is not None and (group in (known.name, known.ingredient) or group in known.classes):
            return Reading(True, f"uses {name}")
    if unread:
        return _unknown(
            f"medication:{unread[0]}",
            f"Does {', '.join(unread)} belong to the group {group.replace('_', ' ')}?",
            "check the spelling, or add the drug to case/data/drugs.csv",
        )
    review = next((e for e in reversed(case.of(ListReviewed)) if e.fact.category == "medication"), None)
    if review is None:
        return _unknown(
            "medication", "Is the medication list complete?", "list `medications:` and add `medication` to `reviewed:`"
        )
    return Reading(False, f"no {group.replace('_', ' ')} on the medication list reviewed {review.day}")


def _substances_used(case: Case) -> list[str]:
    """Substances in use now: any use of an illicit one, regular use of alcohol."""
    newest = {e.fact.name.casefold(): e.fact for e in case.of(Substance)}
    return [n for n, f in newest.items() if f.use == "regular" or (f.use == "occasional" and n not in _SOCIAL)]


_SOCIAL = ("alcohol", "nicotine", "tobacco", "caffeine")


def _dose(case: Case, name: str) -> Reading:
    """Daily dose (mg) of a drug; 0 when it is known not to be taken."""
    from euthymia.case import drugs

    total, parts = 0.0, []
    for medication in case.medications:
        known = drugs.drug(medication.name)
        if name in ((known.name, known.ingredient) if known else (_plain(medication.name),)):
            if medication.dose_mg_day is None:
                return _unknown(f"dose:{name}", f"What daily dose of {name}?", f"`dose_mg_day` of {medication.name}")
            total += medication.dose_mg_day
            parts.append(f"{medication.name} {medication.dose_mg_day:g} mg/day")
    if parts:
        return Reading(total, " + ".join(parts))
    taken = _taking(case, name)
    return Reading(0.0, taken.evidence) if taken.value is False else taken


def _diazepam_equivalent(case: Case) -> Reading:
    """Summed daily diazepam-equivalent dose (mg) of all benzodiazepines taken."""
    from euthymia.case import drugs

    total, parts = 0.0, []
    for medication in case.medications:
        known = drugs.drug(medication.name)
        if known is None or "benzodiazepine" not in known.classes:
            continue
        if medication.dose_mg_day is None or known.diazepam_equivalent_mg is None:
            return _unknown(
                f"dose:{known.name}", f"What daily dose of {known.name}?", f"`dose_mg_day` of {medication.name}"
            )
        total += 10.0 * medication.dose_mg_day / known.diazepam_equivalent_mg
        parts.append(f"{medication.name} {medication.dose_mg_day:g} mg")
    if parts:
        return Reading(total, f"{' + '.join(parts)} = {total:.3g} mg diazepam equivalent a day")
    taken = _taking(case, "benzodiazepine")
    return Reading(0.0, taken.evidence) if taken.value is False else taken


def _vital(case: Case, name: str) -> Reading:
    event = case.latest(name)
    if event is None or not isinstance(event.fact, Vital):
        unit = VITAL_LIMITS[name][0]
        words = name.replace("_", " ")
        return _unknown(f"vital:{name}", f"What is the {words} ({unit})?", f"`vitals: [{{on: …, {name}: …}}]`")
    return Reading(event.fact.value, f"{name.replace('_', ' ')} {event.fact.value:g} {event.fact.unit} on {event.day}")


def _lab(case: Case, analyte: str, unit: str) -> Reading:
    event = case.latest(analyte)
    if event is None or not isinstance(event.fact, LabResult):
        return _unknown(f"lab:{analyte}", f"What is the {analyte} ({unit})?", f"`labs: [{{analyte: {analyte}, …}}]`")
    fact = event.fact
    value = convert(fact.value, fact.unit, unit, analyte=analyte)
    return Reading(value, f"{analyte} {fact.value:g} {fact.unit} on {event.day}")


def _score(case: Case, scale: str) -> Reading:
    """Newest total of a scale."""
    from euthymia.case.scales import score as score_scale

    event = case.latest(scale)
    if event is None or not isinstance(event.fact, ScaleRecord):
        return _unknown(
            f"scale:{scale}", f"What is the {scale.replace('_', '-')} score?", f"`euthymia score {scale} …`"
        )
    record = event.fact
    scored = score_scale(record.scale, record.answers, total=record.total)
    if scored.total is None:
        return _unknown(f"scale:{scale}", f"{scale}: too many items are missing; repeat it?", "repeat the scale")
    return Reading(scored.total, f"{record.scale} {scored.total:g} on {event.day}")


def _diagnosis(case: Case, prefix: str) -> Reading:
    found = next((d for d in case.diagnoses if d.code.startswith(prefix)), None)
    if found is not None:
        return Reading(True, f"diagnosis {found.code} {found.display}".rstrip())
    if not case.diagnoses:
        return _unknown("diagnosis", "Which diagnoses does the patient have?", "`diagnoses: [{code: F33.2}]`")
    return Reading(False, f"no diagnosis {prefix} among {', '.join(d.code for d in case.diagnoses)}")


def _failed_at_least(case: Case, count: int, rule_set: str = "ATHF-SF") -> Reading:
    """Whether at least ``count`` adequate antidepressant trials of this episode failed under ``rule_set``."""
    from euthymia.case.adequacy import history

    tally = history(case, rule_set)
    low, high = tally.failed_low, tally.failed_high
    words = f"{low} failed adequate trials for certain" + (f", up to {high}" if high > low else "") + f" ({rule_set})"
    if low >= count:
        return Reading(True, words)
    if high < count and _reviewed(case, "history"):
        return Reading(False, words)
    ask = Question(
        "history",
        "Which treatments were tried: drug, dose, weeks at dose, adherence, outcome of each?",
        "complete `history:`, and add `history` to `reviewed:`",
    )
    return Reading(None, words, (ask,))


def _tried(case: Case, kind: str) -> Reading:
    if any(t.kind.value == kind for t in case.trials):
        return Reading(True, f"{kind} is in the treatment history")
    if not _reviewed(case, "history"):
        return _unknown(f"tried:{kind}", f"Was {kind} ever tried?", "`history:` and `reviewed: [history]`")
    return Reading(False, f"no {kind} in the reviewed treatment history")


def _no_benefit_from(case: Case, kind: str) -> Reading:
    """Whether an earlier, ended trial of a kind did not help; an outcome nobody recorded stays open."""
    tried = _tried(case, kind)
    if tried.value is not True:
        return tried
    ended = [t for t in case.trials if t.kind.value == kind and t.stopped_reason is not StoppedReason.ONGOING]
    poor = (TrialOutcome.NONE, TrialOutcome.WORSE)
    failed = [
        t
        for t in ended
        if t.outcome in poor or (t.outcome is TrialOutcome.PARTIAL and t.stopped_reason is StoppedReason.INEFFICACY)
    ]
    if failed:
        return Reading(True, f"earlier {kind} ({failed[-1].outcome.value}) in the treatment history")
    if any(t.outcome is TrialOutcome.UNKNOWN for t in ended):
        return _unknown(f"outcome:{kind}", f"Did the earlier {kind} help?", "`outcome` of that history entry")
    return Reading(False, f"{kind} was not without benefit in the treatment history")


def _days_since(case: Case, kind: str) -> Reading:
    """Days since the last trial of a kind ended; a very large number when it was never tried."""
    tried = _tried(case, kind)
    if tried.value is None:
        return tried
    if tried.value is False:
        return Reading(float("inf"), tried.evidence)
    of_kind = [t for t in case.trials if t.kind.value == kind]
    if any(t.stopped_reason.value == "ongoing" for t in of_kind):
        return Reading(0.0, f"{kind} is ongoing")
    ends = [t.ended_on or t.started_on for t in of_kind]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return _unknown(f"date:{kind}", f"When did the last {kind} course end?", "`ended_on` of that history entry")
    days = (case.today - max(known)).days
    return Reading(float(days), f"last {kind} {days} days ago")


def _suicide_risk(case: Case, level: str) -> Reading:
    """Whether the newest C-SSRS screener triages at ``level`` or above."""
    from euthymia.case.scales import TriageLevel
    from euthymia.case.suicide import triage_of

    event = case.last(SuicideScreen)
    ask = "What does the C-SSRS screener show (all six questions)?"
    if event is None:
        return _unknown("suicide_screen", ask, "`suicide_screen: {…}`")
    found = triage_of(event.fact)
    wanted = TriageLevel(level).rank
    if found.level.rank >= wanted:
        return Reading(True, f"C-SSRS triage {found.level.value} on {event.day}")
    if found.worst_case.rank < wanted:
        return Reading(False, f"C-SSRS triage {found.level.value.replace('_', ' ')} on {event.day}")
    return _unknown("suicide_screen", f"{ask} Open: {', '.join(found.unanswered)}", "`suicide_screen: {…}`")


def _severity(case: Case) -> Reading:
    episode = case.episode
    if episode is None or episode.severity is None:
        return _unknown("episode.severity", "How severe is the episode?", "`episode: {severity: …}`")
    return Reading(episode.severity.value, f"episode severity: {episode.severity.value}")


def _episode_weeks(case: Case) -> Reading:
    if case.episode is None:
        return _unknown("episode.started_on", "When did the episode start?", "`episode: {started_on: …}`")
    weeks = (case.today - case.episode.started_on).days / 7
    return Reading(weeks, f"episode of {weeks:.0f} weeks")


def _setting(case: Case) -> Reading:
    if case.episode is None or not case.episode.setting:
        return _unknown("episode.setting", "Inpatient or outpatient?", "`episode: {setting: …}`")
    return Reading(case.episode.setting, f"setting: {case.episode.setting}")


def _reviewed(case: Case, category: str) -> bool:
    return any(e.fact.category == category for e in case.of(ListReviewed))


def _plain(text: str) -> str:
    return text.casefold().replace("-", "_").replace(" ", "_")


def _no_arguments(*arguments: object) -> None:
    if arguments:
        raise InvalidInput("criterion", arguments, "no arguments here")


def _one_word(*arguments: object) -> None:
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise InvalidInput("criterion", arguments, "one word")


def _concept_code(*arguments: object) -> None:
    _one_word(*arguments)
    concepts.concept(str(arguments[0]))


def _count_and_rule_set(*arguments: object) -> None:
    if not arguments or not isinstance(arguments[0], int) or len(arguments) > 2:
        raise InvalidInput("criterion", arguments, "failed_at_least(2) or failed_at_least(2, 'MGH-ATRQ')")


def _one_of(*words: str) -> Callable[..., None]:
    def check(*arguments: object) -> None:
        if len(arguments) != 1 or arguments[0] not in words:
            raise InvalidInput("criterion", arguments, " | ".join(words))

    return check


def _drug_or_class(*arguments: object) -> None:
    from euthymia.case import drugs

    _one_word(*arguments)
    known = {d.name for d in drugs.all_drugs()} | {c for d in drugs.all_drugs() for c in d.classes}
    if arguments[0] not in known:
        raise InvalidInput("criterion", arguments[0], "a drug or class of case/data/drugs.csv")


def _analyte_and_unit(*arguments: object) -> None:
    if len(arguments) != 2:
        raise InvalidInput("criterion", arguments, "lab(analyte, 'unit')")
    canonical_unit(str(arguments[1]))


_KINDS = tuple(k.value for k in TrialKind)

FUNCTIONS: Mapping[str, Function] = {
    "has": Function(_has, _concept_code),
    "age": Function(_age, _no_arguments),
    "sex": Function(_sex, _no_arguments),
    "country": Function(_country, _no_arguments),
    "taking": Function(_taking, _drug_or_class),
    "dose": Function(_dose, _drug_or_class),
    "diazepam_equivalent": Function(_diazepam_equivalent, _no_arguments),
    "vital": Function(_vital, _one_of(*VITAL_LIMITS)),
    "lab": Function(_lab, _analyte_and_unit),
    "score": Function(_score, _one_word),
    "diagnosis": Function(_diagnosis, _one_word),
    "failed_at_least": Function(_failed_at_least, _count_and_rule_set),
    "tried": Function(_tried, _one_of(*_KINDS)),
    "no_benefit_from": Function(_no_benefit_from, _one_of(*_KINDS)),
    "days_since": Function(_days_since, _one_of(*_KINDS)),
    "suicide_risk": Function(_suicide_risk, _one_of("low", "moderate", "high")),
    "severity": Function(_severity, _no_arguments),
    "episode_weeks": Function(_episode_weeks, _no_arguments),
    "setting": Function(_setting, _no_arguments),
}
