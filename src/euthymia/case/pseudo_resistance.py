"""Pseudo-resistance: what else could explain that treatment did not work. A checklist answered from the case.

Each item is ``ok``, a ``concern`` or ``unknown``. What is not recorded is unknown, never ok.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from euthymia.case.concepts import answer
from euthymia.case.drugs import drug
from euthymia.case.events import Event
from euthymia.case.facts import Adherence, LabResult, ListReviewed, Sex, TreatmentTrial, TrialKind
from euthymia.case.model import Case
from euthymia.case.rule_sets import DEFAULT_RULE_SET
from euthymia.case.trial_count import history
from euthymia.case.trial_scope import history_reviewed, in_current_episode
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table
from euthymia.core.units import convert


class ItemState(StrEnum):
    """Standing of a checklist item."""

    OK = "ok"
    CONCERN = "concern"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One item of the checklist: the question, how it stands, the statement behind that, and its source."""

    code: str
    question: str
    state: ItemState
    statement: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistRow(SourcedRow):
    """One row of the checklist table; laboratory items carry the range used when the report gives none."""

    code: str
    question: str
    method: Literal["concepts", "lab", "adherence", "plasma_level", "dose_duration", "interactions"]
    concepts: tuple[str, ...] = ()
    analyte: tuple[str, ...] = ()
    loinc: str = ""
    unit: str = "1"
    low: float | None = None
    high: float | None = None
    sex: Sex | None = None
    max_age_days: int | None = None
    drug_classes: tuple[str, ...] = ()


_Finding = tuple[ItemState, str]


def pseudo_resistance(case: Case, rule_set: str = DEFAULT_RULE_SET) -> tuple[ChecklistItem, ...]:
    """Return the checklist for ``case``; dose and duration are judged under ``rule_set``.

    References
    ----------
    Dold and Kasper 2017 (checklist as reprinted in Pharmacological Reviews); the rest are Euthymia design rules.
    """
    rows: dict[str, list[ChecklistRow]] = {}
    for row in load_table("euthymia.case", "pseudo_resistance.csv", ChecklistRow):
        rows.setdefault(row.code, []).append(row)
    items = []
    for variants in rows.values():
        row = next((v for v in variants if v.sex is not None and v.sex is case.sex), None) or variants[0]
        state, statement = _METHODS[row.method](case, row, rule_set)
        items.append(ChecklistItem(row.code, row.question, state, statement, row.cite()))
    return tuple(items)


def _concepts(case: Case, row: ChecklistRow, rule_set: str) -> _Finding:
    """Any yes is a concern; ok only when every concept is answered with no."""
    answers = {code: answer(case, code) for code in row.concepts}
    said = {code: (a.present, a.evidence) for code, a in answers.items()}
    features = case.episode.psychotic_features if case.episode is not None else None
    if features is not None and said.get("psychosis_active", (True, ""))[0] is None:
        said["psychosis_active"] = (features, "no psychotic features in the current episode")  # the same question
    for state, wanted in ((ItemState.CONCERN, True), (ItemState.UNKNOWN, None)):
        found = [evidence for present, evidence in said.values() if present is wanted]
        if found:
            return state, f"{'; '.join(found)}."
    return ItemState.OK, f"{'; '.join(evidence for _, evidence in said.values())}."


def _lab(case: Case, row: ChecklistRow, rule_set: str) -> _Finding:
    """The newest value against the laboratory's own range, else the table's; an old value settles nothing."""
    concern = next((a.evidence for a in (answer(case, c) for c in row.concepts) if a.present), None)
    if concern is not None:
        return ItemState.CONCERN, f"{concern}."
    event = _newest_lab(case, row)
    if event is None:
        return ItemState.UNKNOWN, f"No {row.analyte[0]} is recorded."
    fact, age_days = event.fact, (case.today - event.day).days
    shown = f"{row.analyte[0]} {fact.value:g} {fact.unit} on {event.day}"
    if fact.reference_low is not None or fact.reference_high is not None:
        value, low, high, whose = fact.value, fact.reference_low, fact.reference_high, "the laboratory's range"
    else:
        if row.sex is not None and case.sex is None:
            return ItemState.UNKNOWN, f"{shown}; the range depends on sex, which is not recorded."
        try:
            value = convert(fact.value, fact.unit, row.unit, analyte=row.analyte[0])
        except InvalidInput:
            return ItemState.UNKNOWN, f"{shown}: the unit cannot be compared with {row.unit}."
        low, high, whose = row.low, row.high, f"the usual range in {row.unit}"
    span = f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}".strip()
    if (low is not None and value < low) or (high is not None and value > high):
        return ItemState.CONCERN, f"{shown}, outside {whose} ({span})."
    if row.max_age_days is not None and age_days > row.max_age_days:
        return ItemState.UNKNOWN, f"{shown} was in range but is {age_days} days old."
    return ItemState.OK, f"{shown}, within {whose} ({span})."


def _adherence(case: Case, row: ChecklistRow, rule_set: str) -> _Finding:
    """Adherence as recorded with each drug trial of this episode."""
    trials = _drug_trials(case)
    if not trials:
        return ItemState.UNKNOWN, "No drug trial of this episode is recorded."
    poor = _named(t for t in trials if t.adherence in (Adherence.PARTIAL, Adherence.POOR))
    if poor:
        return ItemState.CONCERN, f"Not taken as prescribed: {poor}."
    unknown = _named(t for t in trials if t.adherence is Adherence.UNKNOWN)
    if unknown:
        return ItemState.UNKNOWN, f"Adherence is not recorded for {unknown}."
    if not history_reviewed(case):
        return ItemState.UNKNOWN, "Good in every recorded trial, but the history is not marked as complete."
    return ItemState.OK, "Taken as prescribed in every recorded trial."


def _plasma_level(case: Case, row: ChecklistRow, rule_set: str) -> _Finding:
    """A level of an antidepressant of this episode, within the range the laboratory gave."""
    tried = {found.ingredient for t in _drug_trials(case) if (found := drug(t.name)) is not None}
    tried |= {found.ingredient for m in case.medications if (found := drug(m.name)) is not None}
    newest: dict[str, Event[LabResult]] = {}
    for event in case.of(LabResult):
        found = drug(event.fact.analyte)
        if found is not None and found.is_antidepressant and found.ingredient in tried:
            newest[found.ingredient] = event
    measured = []
    for name, event in newest.items():
        fact = event.fact
        shown = f"{name} {fact.value:g} {fact.unit} on {event.day}"
        if fact.reference_low is not None and fact.value < fact.reference_low:
            return ItemState.CONCERN, f"Level below range: {shown} (from {fact.reference_low:g})."
        recent = row.max_age_days is None or (case.today - event.day).days <= row.max_age_days
        if fact.reference_low is not None and recent:
            measured.append(shown)
    if measured:
        return ItemState.OK, f"Level reached the therapeutic range: {', '.join(measured)}."
    return ItemState.UNKNOWN, "No recent antidepressant level with its therapeutic range is recorded."


def _dose_duration(case: Case, row: ChecklistRow, rule_set: str) -> _Finding:
    """Trials that were too short or too low cannot show resistance."""
    tally = history(case, rule_set)
    rated = [r for r in tally.rows if r.in_scope is not False and r.rating.role == "failed_trial"]
    if not rated:
        return ItemState.UNKNOWN, "No rated trial of this episode is recorded."
    short = ", ".join(dict.fromkeys(r.trial.name for r in rated if r.rating.adequate is False))
    if short:
        return ItemState.CONCERN, f"Not adequate by {rule_set}: {short}."
    unknown = ", ".join(dict.fromkeys(r.trial.name for r in rated if r.rating.adequate is None or r.in_scope is None))
    if unknown:
        return ItemState.UNKNOWN, f"Adequacy by {rule_set} is not known for {unknown}."
    if not tally.reviewed:
        return ItemState.UNKNOWN, "Every recorded trial was adequate, but the history is not marked as complete."
    return ItemState.OK, f"Every recorded trial was adequate by {rule_set}."


def _interactions(case: Case, row: ChecklistRow, rule_set: str) -> _Finding:
    """Medicines that change drug levels; a name that is not in the drug table settles nothing."""
    watched, found, unread = set(row.drug_classes), [], []
    for medication in case.medications:
        known = drug(medication.name)
        if known is None:
            unread.append(medication.name)
        elif known.class_set & watched:
            words = ", ".join(c.replace("_", " ") for c in known.classes if c in watched)
            found.append(f"{medication.name} ({words})")
    if found and len(case.medications) > 1:  # alone it has nothing to change
        return ItemState.CONCERN, f"Changes the level of other medicines: {'; '.join(found)}."
    if unread:
        return ItemState.UNKNOWN, f"Not in the drug table: {', '.join(unread)}."
    if not any(e.fact.category == "medication" for e in case.of(ListReviewed)):
        return ItemState.UNKNOWN, "The medication list is not marked as complete."
    return ItemState.OK, "The reviewed list holds no strong or moderate inhibitor or inducer beside another medicine."


_METHODS: Mapping[str, Callable[[Case, ChecklistRow, str], _Finding]] = {
    "concepts": _concepts,
    "lab": _lab,
    "adherence": _adherence,
    "plasma_level": _plasma_level,
    "dose_duration": _dose_duration,
    "interactions": _interactions,
}


def _newest_lab(case: Case, row: ChecklistRow) -> Event[LabResult] | None:
    """Return the newest value of the row's analyte, by LOINC or by any of its names."""
    names = {_plain(name) for name in row.analyte}
    found = [
        e for e in case.of(LabResult) if (row.loinc and e.fact.loinc == row.loinc) or _plain(e.fact.analyte) in names
    ]
    return found[-1] if found else None


def _drug_trials(case: Case) -> tuple[TreatmentTrial, ...]:
    """Return the drug and augmentation trials that are or may be of this episode."""
    started_on = case.episode.started_on if case.episode else None
    kinds = (TrialKind.DRUG, TrialKind.AUGMENTATION)
    return tuple(t for t in case.trials if t.kind in kinds and in_current_episode(t, started_on) is not False)


def _named(trials: Iterable[TreatmentTrial]) -> str:
    return ", ".join(dict.fromkeys(t.name for t in trials))


def _plain(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())
