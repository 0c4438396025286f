"""Concepts: the yes/no questions that rules ask of a case, and how each is answered from what is recorded.

An answer is True, False or None (not known). Silence is never a 'no': only an explicit answer, or somebody's word
that the whole category was gone through (:class:`~euthymia.case.facts.ListReviewed`), makes one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from euthymia.case.facts import (
    Allergy,
    Diagnosis,
    DiagnosisStatus,
    Finding,
    Implant,
    ListReviewed,
    Sex,
    Substance,
    TrialKind,
)
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept(SourcedRow):
    """One yes/no question: its code, the list it belongs to, its words, and the diagnoses that answer it with yes."""

    code: str
    category: str
    label: str
    question: str
    icd10: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask the patient or look up: what is missing, in words, and how to put it into the case."""

    code: str
    text: str
    supply: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to a concept: True, False or None (not known), and what it rests on."""

    present: bool | None
    evidence: str
    question: Question | None = None


@cache
def concepts() -> Mapping[str, Concept]:
    """Return every concept by code."""
    return {row.code: row for row in load_table("euthymia.case", "concepts.csv", Concept, key="code")}


@cache
def categories() -> tuple[str, ...]:
    """Return the categories that can be marked as reviewed, in table order, plus the plain lists."""
    return (*dict.fromkeys(c.category for c in concepts().values()), "medication", "history")


def concept(code: str) -> Concept:
    """Return the concept with ``code``; raise :class:`InvalidInput` naming near matches when there is none."""
    found = concepts().get(code)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(code, concepts(), n=3) or sorted(concepts())[:3]
        raise InvalidInput("concept", code, f"a code of case/data/concepts.csv, e.g. {', '.join(near)}")
    return found


def answer(case: Case, code: str) -> Answer:
    """Answer the concept ``code`` for ``case``.

    A yes from any record (finding, implant, diagnosis, substance, allergy, episode) stands even when another record
    says no: a contradiction is resolved towards caution and said so.
    """
    row = concept(code)
    explicit = next((e for e in reversed(case.of(Finding)) if e.fact.code == code), None)
    implied = _implied(case, row)
    if implied:
        denied = explicit is not None and explicit.fact.present is False
        return Answer(True, implied + ("; a later answer says no: contradiction, treated as yes" if denied else ""))
    if explicit is not None and explicit.fact.present is not None:
        word = "yes" if explicit.fact.present else "no"
        detail = f" ({explicit.fact.detail})" if explicit.fact.detail else ""
        return Answer(explicit.fact.present, f"{row.label}: {word}, recorded {explicit.day}{detail}")
    if explicit is None and row.category == "reproductive" and case.sex is Sex.MALE:
        return Answer(False, f"{row.label}: no, sex recorded for clinical use is male")
    if explicit is None:
        review = next((e for e in reversed(case.of(ListReviewed)) if e.fact.category == row.category), None)
        if review is not None:
            return Answer(False, f"{row.label}: not among the {row.category} items reviewed {review.day}")
    return Answer(None, f"{row.label}: not known", question_for(code))


def question_for(code: str) -> Question:
    """Return the question that would settle ``code``."""
    row = concept(code)
    return Question(code, row.question, f"`conditions: {{{code}: yes|no}}`, or add `{row.category}` to `reviewed:`")


def _implied(case: Case, row: Concept) -> str:
    """Return the words of a record that answers the concept with yes, or an empty string."""
    for implant in case.of(Implant):
        if implant.fact.code == row.code and (implant.fact.removed_on is None or implant.fact.removed_on > case.today):
            return f"implant recorded {implant.day}: {row.label}"
    for diagnosis in case.diagnoses:
        if diagnosis.status is not DiagnosisStatus.SUSPECTED and _matches(diagnosis, row):
            return f"diagnosis {diagnosis.code} {diagnosis.display}".rstrip()
    derive = _DERIVED.get(row.code)
    return derive(case) if derive else ""


def _matches(diagnosis: Diagnosis, row: Concept) -> bool:
    if diagnosis.status is DiagnosisStatus.REMISSION and row.code.endswith(("_active", "_current")):
        return False
    return any(diagnosis.code.startswith(prefix) for prefix in row.icd10)


def _episode_feature(feature: str) -> Callable[[Case], str]:
    def derived(case: Case) -> str:
        episode = case.episode
        return f"current episode with {feature.replace('_', ' ')}" if episode and getattr(episode, feature) else ""

    return derived


def _substance_disorder(*states: str) -> Callable[[Case], str]:
    def derived(case: Case) -> str:
        newest = {e.fact.name.casefold(): e.fact for e in case.of(Substance)}
        for name, fact in newest.items():
            if fact.disorder in states and name not in ("nicotine", "tobacco"):
                return f"{fact.disorder.replace('_', ' ')} use disorder recorded: {name}"
        return ""

    return derived


def _allergy_to(*names: str) -> Callable[[Case], str]:
    def derived(case: Case) -> str:
        for event in case.of(Allergy):
            if any(name in event.fact.substance.casefold() for name in names):
                return f"allergy recorded {event.day}: {event.fact.substance}"
        return ""

    return derived


def _living_with(kind: TrialKind, words: str) -> Callable[[Case], str]:
    """An implanted stimulator in the treatment history counts as an implant unless its removal is recorded."""

    def derived(case: Case) -> str:
        code = {"dbs": "deep_brain_stimulator", "vns": "vagus_nerve_stimulator"}[kind.value]
        removed = any(e.fact.code == code and e.fact.removed_on for e in case.of(Implant))
        had = any(t.kind is kind for t in case.trials)
        return f"treatment history: {words}; no removal recorded" if had and not removed else ""

    return derived


_DERIVED: Mapping[str, Callable[[Case], str]] = {
    "psychosis_active": _episode_feature("psychotic_features"),
    "psychosis_history": _episode_feature("psychotic_features"),
    "catatonia": _episode_feature("catatonic_features"),
    "mania_current": _episode_feature("mixed_features"),
    "substance_use_disorder_active": _substance_disorder("active"),
    "substance_use_disorder_history": _substance_disorder("active", "early_remission", "sustained_remission"),
    "hypersensitivity_ketamine": _allergy_to("ketamine"),
    "hypersensitivity_psilocybin": _allergy_to("psilocybin", "mushroom"),
    "deep_brain_stimulator": _living_with(TrialKind.DBS, "deep brain stimulation"),
    "vagus_nerve_stimulator": _living_with(TrialKind.VNS, "vagus nerve stimulation"),
}
