"""The medicines of a case with the days since the last dose: a drug that ended lately still acts on the enzymes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from euthymia.case import drugs
from euthymia.case.facts import Medication as Taken
from euthymia.case.facts import SessionDelivered, StoppedReason, Substance, TrialKind
from euthymia.case.model import Case

if TYPE_CHECKING:
    from euthymia.engines.genome.phenoconversion import Medication

_SMOKING = frozenset({"nicotine", "tobacco", "smoking", "cigarettes", "tobacco smoking"})
_MDMA = frozenset({"mdma", "midomafetamine", "ecstasy"})
_DRUG_TRIALS = (TrialKind.DRUG, TrialKind.AUGMENTATION)


def dated_medicines(case: Case) -> tuple[Medication, ...]:
    """Return what is taken or was until lately, as the genome engine asks for it.

    Medicines on the list, drug trials that run or have an end, sessions with MDMA, MDMA and tobacco among the
    substances. A medicine that is marked as ended without a day counts from the day this was learned: the latest day
    that is possible. How long each still counts is the engine's table of washouts and recoveries.
    """
    from euthymia.engines.genome.phenoconversion import Medication

    found: list[Medication] = []

    def add(name: str, ended: date | None) -> None:
        days = None if ended is None else float((case.today - ended).days)
        if days is None or days >= 0:
            found.extend(Medication(one, days) for one in ingredients(name))
        else:
            found.extend(Medication(one) for one in ingredients(name))

    for event in {_key(e.fact.name): e for e in case.of(Taken)}.values():
        fact = event.fact
        ended = fact.ended_on if fact.ended_on is not None and fact.ended_on < case.today else None
        add(fact.name, ended if fact.active else ended or min(event.day, case.today))
    for trial in case.trials:
        running = trial.stopped_reason is StoppedReason.ONGOING and trial.ended_on is None
        if trial.kind in _DRUG_TRIALS and (running or trial.ended_on is not None):
            add(trial.name, trial.ended_on)
    for session in case.of(SessionDelivered):
        if session.fact.therapy == "psychedelic" and "mdma" in session.fact.form:
            found.append(Medication("MDMA", float(max(0, (case.today - session.day).days))))
    for use in {_key(e.fact.name): e.fact for e in case.of(Substance)}.values():
        found += _of_substance(use, case.today)
    return tuple(found)


def taken_now(case: Case) -> tuple[str, ...]:
    """Return the ingredients taken now, each once; a name nobody knows is passed on as it stands."""
    return tuple(dict.fromkeys(one for m in case.medications for one in ingredients(m.name)))


def ingredients(name: str) -> tuple[str, ...]:
    """Return the ingredient of a medicine; of a fixed combination also its parts."""
    known = drugs.drug(name)
    if known is None:
        return (name,)
    parts = [c for c in known.classes if (part := drugs.drug(c)) is not None and part.name == c]
    return (known.ingredient, *parts)


def _of_substance(use: Substance, today: date) -> list[Medication]:
    from euthymia.engines.genome.phenoconversion import Medication

    name = use.name.strip().casefold()
    if name in _SMOKING and use.use == "regular":
        return [Medication("tobacco smoking")]
    if name in _MDMA and use.use != "none":
        if use.last_use_on is not None and use.last_use_on <= today:
            return [Medication("MDMA", float((today - use.last_use_on).days))]
        return [Medication("MDMA")] if use.use == "regular" else []
    return []


def _key(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())
