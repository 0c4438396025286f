"""What a synthetic patient takes, has used and cannot take: in keeping with history and conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from euthymia.case.drugs import Drug, drug
from euthymia.case.facts import Allergy, Medication, Sex, StoppedReason, Substance, TrialKind
from euthymia.case.synthetic.person import Person
from euthymia.case.synthetic.stream import Stream
from euthymia.case.synthetic.tables import Medicine, dose_steps, drug_of, medicines
from euthymia.case.synthetic.trials import History

ALLERGENS = (("penicillin", 55), ("sulfonamide antibiotics", 20), ("latex", 10), ("codeine", 8), ("peanut", 7))
DRUG_KINDS = (TrialKind.DRUG, TrialKind.AUGMENTATION)


@dataclass(frozen=True, slots=True)
class Cupboard:
    """Medicines, substances and allergies of one patient."""

    medications: tuple[Medication, ...]
    substances: tuple[Substance, ...]
    allergies: tuple[Allergy, ...]


def draw_medicines(seed: int, person: Person, history: History, present: frozenset[str]) -> Cupboard:
    """Draw the medicines, substances and allergies known at intake."""
    draw = Stream(seed, "medicines", person.profile)
    listed = [
        Medication(t.name, t.dose_mg_day, started_on=t.started_on)
        for t in history.trials
        if t.stopped_reason is StoppedReason.ONGOING and t.kind in DRUG_KINDS
    ]
    taken = {drug_of(m.name).ingredient for m in listed}
    for row in medicines():
        chosen, share = draw.chance(row.taken_pct), draw.unit()
        months, asked = draw.whole(1, 60), draw.unit()
        found = drug_of(row.name)
        if not chosen or not _fits(row, person, present) or found.ingredient in taken:
            continue
        if any(_never_together(found, drug_of(m.name)) for m in listed):
            continue
        if "pregnancy" in present and "hormonal_contraceptive" in found.classes:
            continue
        taken.add(found.ingredient)
        started = max(person.intake.date() - timedelta(days=30 * months), person.birth)
        needed = row.as_needed and asked < 0.8
        listed.append(Medication(row.name, _dose(row, share), started_on=started, as_needed=needed))
    listed.extend(_stopped(history))
    named = tuple(_as_written(draw, medication) for medication in listed)
    return Cupboard(named, _substances(draw, present), _allergies(draw, present))


def _never_together(first: Drug, second: Drug) -> bool:
    """Whether one is an MAO inhibitor and the other acts on serotonin: a synthetic prescriber never joins the two."""
    pairs = ((first.classes, second.classes), (second.classes, first.classes))
    return any("maoi" in one and "serotonergic" in other for one, other in pairs)


def _fits(row: Medicine, person: Person, present: frozenset[str]) -> bool:
    fits = row.lowest_age_yr <= person.age_yr <= row.highest_age_yr
    woman = row.who == "any" or person.sex is Sex.FEMALE
    return fits and woman and (not row.with_condition or row.with_condition in present)


def _dose(row: Medicine, share: float) -> float | None:
    if row.low_mg_day is None or row.high_mg_day is None:
        return None
    steps = dose_steps(row.low_mg_day, row.high_mg_day)
    return steps[int(share * len(steps))]


def _stopped(history: History) -> list[Medication]:
    """The last drug that was stopped, kept on the list with its end."""
    gone = [t for t in history.trials if t.kind in DRUG_KINDS and t.ended_on and t.current_episode]
    going = {t.name for t in history.ongoing}
    last = max(gone, key=lambda t: t.ended_on or t.started_on, default=None)  # type: ignore[arg-type, return-value]
    if last is None or last.name in going:
        return []
    return [Medication(last.name, last.dose_mg_day, last.started_on, last.ended_on, active=False)]


def _as_written(draw: Stream, medication: Medication) -> Medication:
    """Write some medicines under another name of the same row, as referral letters do."""
    other, pick = draw.happens("brand_name"), draw.unit()
    row = drug_of(medication.name)
    if not other or not row.synonyms:
        return medication
    name = row.synonyms[int(pick * len(row.synonyms))]
    same = drug(name)
    return replace(medication, name=name) if same is not None and same.name == row.name else medication


def _substances(draw: Stream, present: frozenset[str]) -> tuple[Substance, ...]:
    active, past = "substance_use_disorder_active" in present, "substance_use_disorder_history" in present
    ketamine = "ketamine_misuse" in present
    heavy = "heavy_alcohol_use" in present
    drink = "regular" if heavy or active else draw.weighted((("none", 35), ("occasional", 50), ("regular", 15)))
    state = (
        "active"
        if active
        else draw.one(("early_remission", "sustained_remission"))
        if past and not ketamine
        else "none"
    )
    smokes, cannabis = draw.weighted((("none", 60), ("past", 18), ("regular", 22))), draw.chance(13)
    found = [
        Substance("alcohol", "past" if drink == "none" and state != "none" else drink, state),
        Substance("nicotine", smokes, "active" if smokes == "regular" else "none"),
    ]
    if cannabis:
        found.append(Substance("cannabis", draw.one(("occasional", "regular", "past")), "none"))
    if ketamine:
        found.append(Substance("ketamine", "past", "sustained_remission"))
    return tuple(found)


def _allergies(draw: Stream, present: frozenset[str]) -> tuple[Allergy, ...]:
    found = []
    if draw.chance(14):
        found.append(Allergy(draw.weighted(ALLERGENS), draw.one(("rash", "swelling", "vomiting")), draw.chance(15)))
    if "hypersensitivity_ketamine" in present:
        found.append(Allergy("ketamine", "hives", draw.chance(50)))
    if "hypersensitivity_psilocybin" in present:
        found.append(Allergy("psilocybin mushrooms", "swelling", draw.chance(50)))
    return tuple(found)
