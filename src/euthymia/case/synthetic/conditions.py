"""The true answers to every yes/no question about a synthetic patient, free of contradiction."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from euthymia.case.concepts import concepts
from euthymia.case.facts import Diagnosis, DiagnosisStatus, EpisodeSeverity, Sex, TrialKind
from euthymia.case.synthetic.person import Person
from euthymia.case.synthetic.stream import Stream
from euthymia.case.synthetic.tables import Condition, conditions, marginal
from euthymia.case.synthetic.trials import History

RARE_PCT = 1.0
"""A yes rarer than this is oversampled, up to this share."""

NEVER_WITH = (
    ("severe_hepatic_impairment", "moderate_hepatic_impairment"),
    ("untreated_hyperthyroidism", "hypothyroidism_untreated"),
    ("pregnancy", "breastfeeding"),
    ("cyp2d6_poor_metabolizer", "cyp2d6_ultrarapid_metabolizer"),
    ("cyp2c19_poor_metabolizer", "cyp2c19_ultrarapid_metabolizer"),
)
"""Pairs of which the second is dropped when both were drawn."""

KNOWN_OTHERWISE = frozenset(
    {"recurrent_three_episodes", "recurrent_four_episodes", "obesity_severe", "suicide_attempt_6_months"}
)
"""Answers that follow from other facts and are never drawn."""

SEVERE_OBESITY_BMI = 40.0  # the words of the question in concepts.csv

BACKGROUND = {
    "hypertension": ("I10", "Essential hypertension"),
    "diabetes": ("E11.9", "Type 2 diabetes"),
    "hypothyroidism": ("E03.9", "Hypothyroidism"),
}
"""Common conditions that no rule asks about and that medicines and vital signs follow from."""


def draw_conditions(seed: int, person: Person, history: History, enrich: float) -> frozenset[str]:
    """Return the codes whose answer is yes, closed under what they imply, and the background conditions."""
    draw = Stream(seed, "conditions", person.profile)
    rows = _rows()
    present: set[str] = set()
    for code in concepts():
        row = rows.get(code)
        happens = 100.0 * draw.keyed(code) < prevalence_pct(code, enrich)
        if happens and code not in KNOWN_OTHERWISE and (row is None or _can_have(row, person)):
            present.add(code)
    for name in BACKGROUND:
        if draw.happens(name):
            present.add(name)
    present |= _from_episode(person)
    present |= {"vagus_nerve_stimulator"} if any(t.kind is TrialKind.VNS for t in history.trials) else set()
    present |= {"deep_brain_stimulator"} if any(t.kind is TrialKind.DBS for t in history.trials) else set()
    for first, second in NEVER_WITH:
        if first in present:
            present.discard(second)
    if "uncontrolled_hypertension" in present:
        present.add("hypertension")
    present = set(closed(present))
    codes = [main_diagnosis(person, frozenset(present)).code, *(BACKGROUND[n][0] for n in BACKGROUND if n in present)]
    return closed(present.union(*(_coded_as(code) for code in codes)))


@cache
def prevalence_pct(code: str, enrich: float) -> float:
    """Return how often ``code`` is drawn: rare answers ``enrich`` times as often, up to ``RARE_PCT``."""
    row = _rows().get(code)
    pct = row.prevalence_pct if row else marginal("condition.other").value
    return pct if pct >= RARE_PCT else min(RARE_PCT, pct * enrich)


def closed(present: Iterable[str]) -> frozenset[str]:
    """Return ``present`` with everything that it implies: by the table, and by the codes of its diagnoses."""
    rows, found = _rows(), set(present)
    waiting = list(found)
    while waiting:
        code = waiting.pop()
        row = rows.get(code)
        entailed = set(row.implies) | set(_coded_as(row.icd10)) if row else set()
        entailed &= set(concepts())
        waiting.extend(entailed - found)
        found |= entailed
    return frozenset(found)


def main_diagnosis(person: Person, present: frozenset[str]) -> Diagnosis:
    """Return the coded mood disorder that fits severity, recurrence, psychosis and bipolarity."""
    severe = person.severity is EpisodeSeverity.SEVERE
    if "bipolar_disorder" in present:
        code = "F31.5" if person.psychotic else "F31.4" if severe else "F31.32"
        return Diagnosis(code, "Bipolar disorder, current episode depressed")
    stem = "F33" if person.previous_episodes else "F32"
    grade = "3" if person.psychotic else "2" if severe else "1" if person.severity is EpisodeSeverity.MODERATE else "0"
    kind = "recurrent" if person.previous_episodes else "single episode"
    return Diagnosis(f"{stem}.{grade}", f"Major depressive disorder, {kind}")


def other_diagnoses(seed: int, person: Person, present: frozenset[str]) -> tuple[tuple[str, Diagnosis], ...]:
    """Return coded diagnoses of some of the conditions present, each with the concept it belongs to."""
    draw = Stream(seed, "diagnoses", person.profile)
    found: list[tuple[str, Diagnosis]] = []
    for row in conditions():
        coded = draw.chance(60)
        if coded and row.icd10 and row.code in present:
            found.append((row.code, Diagnosis(row.icd10, row.display)))
    found += [(name, Diagnosis(code, words)) for name, (code, words) in BACKGROUND.items() if name in present]
    if draw.chance(8):  # a diagnosis once suspected and ruled out changes no answer
        found.append(("", Diagnosis("F90.9", "Attention deficit hyperactivity disorder", DiagnosisStatus.REFUTED)))
    return tuple(found)


def _can_have(row: Condition, person: Person) -> bool:
    fits = row.lowest_age_yr <= person.age_yr <= row.highest_age_yr
    return fits and (row.who == "any" or person.sex is Sex.FEMALE)


def _from_episode(person: Person) -> set[str]:
    """Answers that the episode and the suicide screener entail."""
    flags = {
        "psychosis_active": person.psychotic,
        "catatonia": person.catatonic,
        "mania_current": person.mixed,
        "suicide_attempt_6_months": person.attempt_recent,
        "obesity_severe": person.bmi >= SEVERE_OBESITY_BMI,
        "recurrent_three_episodes": person.previous_episodes >= 2,
        "recurrent_four_episodes": person.previous_episodes >= 3,
    }
    return {code for code, yes in flags.items() if yes and code in concepts()}


@cache
def _rows() -> dict[str, Condition]:
    return {row.code: row for row in conditions()}


@cache
def _coded_as(icd10: str) -> tuple[str, ...]:
    """Return the concepts that a diagnosis ``icd10`` answers with yes."""
    if not icd10:
        return ()
    return tuple(row.code for row in concepts().values() if any(icd10.startswith(prefix) for prefix in row.icd10))
