"""From the truth about a synthetic patient to the facts that could be written down, each with its moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from euthymia.case.concepts import categories, concepts
from euthymia.case.events import at_midnight
from euthymia.case.facts import (
    Episode,
    Finding,
    Implant,
    ListReviewed,
    Preferences,
    ScaleRecord,
)
from euthymia.case.synthetic import conditions as yes_no
from euthymia.case.synthetic.courses import Course, Timetable, added_medicine, ideation_at, sessions, severity_at
from euthymia.case.synthetic.courses import side_effects as side_effects_of
from euthymia.case.synthetic.measured import draw_labs, draw_vitals
from euthymia.case.synthetic.medicines import Cupboard
from euthymia.case.synthetic.person import Person
from euthymia.case.synthetic.recording import Entry
from euthymia.case.synthetic.stream import Stream
from euthymia.case.synthetic.symptoms import Temper, anxiety_form, draw_temper, linked_form, screen
from euthymia.case.synthetic.tables import conditions
from euthymia.case.synthetic.trials import History

CRITERIA = ("benefit", "onset", "durability", "harms", "burden", "cost")
THERAPIES = ("tms", "ketamine", "dbs", "vns", "psychedelic", "neurofeedback", "ect", "pharmacotherapy")
CLINICIAN_EVERY = 4  # a clinician rates at the first, every fourth and the last visit


def entries_of(
    seed: int, person: Person, history: History, present: frozenset[str], cupboard: Cupboard, course: Course | None,
    timetable: Timetable,
) -> list[Entry]:  # fmt: skip
    """Return everything that could be recorded of the patient, in an order that depends on nothing but the truth."""
    parts = (
        _who(person, history),
        _answers(seed, person, present, course, timetable),
        _history(seed, person, history, cupboard, present),
        _visits(seed, person, present, course, timetable),
        _course(seed, course, timetable),
        _measures(seed, person, present, cupboard, timetable),
        _wishes(seed, person),
    )
    return [entry for part in parts for entry in part]


def _who(person: Person, history: History) -> Iterator[Entry]:
    onset = max(history.episode_started, person.earliest_onset)
    age_then = int((onset - person.birth).days / 365.25)
    first = age_then if person.previous_episodes == 0 else max(10, age_then - 2 * person.previous_episodes)
    episode = Episode(
        history.episode_started,
        person.severity,
        person.psychotic,
        person.catatonic,
        person.mixed,
        person.previous_episodes,
        min(first, age_then),
        "inpatient" if person.inpatient else "outpatient",
    )
    yield Entry(person.demographics, person.intake, always=True)
    yield Entry(episode, person.intake)


def _answers(
    seed: int, person: Person, present: frozenset[str], course: Course | None, timetable: Timetable
) -> Iterator[Entry]:
    """Lists reviewed, findings and implants; what can change within weeks is asked again at the last visit."""
    draw = Stream(seed, "answers", person.profile)
    last = timetable.visits[-1]
    yield Entry(yes_no.main_diagnosis(person, present), person.intake, always=True)
    for code, diagnosis in yes_no.other_diagnoses(seed, person, present):
        category = concepts()[code].category if code in concepts() else ""
        yield Entry(diagnosis, person.intake, category=category)
    for category in categories():
        yield Entry(ListReviewed(category), person.intake)
    devices = {row.code for row in conditions() if row.device}
    for code, row in concepts().items():
        years = draw.between(0.5, 12)
        with_course = course is not None and course.device == code
        yes = code in present or with_course
        moment = last if row.category == "reproductive" else person.intake
        if yes and code in devices:
            day = max((person.intake - timedelta(days=365 * years)).date(), person.birth)
            placed = course.started if course is not None and with_course else None
            implant = Implant(code, implanted_on=placed.date() if placed else day)
            yield Entry(implant, placed or moment, category=row.category)
        yield Entry(Finding(code, yes), max(moment, course.started) if course and with_course else moment,
                    category=row.category, silent=not yes)  # fmt: skip


def _history(
    seed: int, person: Person, history: History, cupboard: Cupboard, present: frozenset[str]
) -> Iterator[Entry]:
    for trial in history.trials:
        since = at_midnight(trial.started_on) if trial.started_on else None
        yield Entry(trial, person.intake, since, "history")
    for medication in cupboard.medications:
        begun = at_midnight(medication.ended_on) if medication.ended_on else None
        yield Entry(medication, person.intake, begun, "medication")
    for substance in cupboard.substances:
        yield Entry(substance, person.intake, category="substance")
    for allergy in cupboard.allergies:
        yield Entry(allergy, person.intake, category="allergy")


def _visits(
    seed: int, person: Person, present: frozenset[str], course: Course | None, timetable: Timetable
) -> Iterator[Entry]:
    """Ratings and suicide screens of every visit."""
    draw = Stream(seed, "ratings", person.profile)
    temper = draw_temper(seed, person.profile, "anxiety_disorder" in present)
    final = len(timetable.visits) - 1
    uses = {name: draw.chance(pct) for name, pct in (("MADRS", 80), ("HAM-D17", 35), ("QIDS-SR16", 50), ("GAD-7", 60))}
    for i, moment in enumerate(timetable.visits):
        severity = severity_at(draw, person, course, moment) if i else float(person.madrs)
        ideation = ideation_at(person, severity)
        for name in ("PHQ-9", "QIDS-SR16"):
            if name == "PHQ-9" or uses[name]:
                yield Entry(linked_form(draw, temper, name, severity, ideation), moment)
        if i in (0, final) or i % CLINICIAN_EVERY == 0:
            yield from _rated(draw, temper, severity, ideation, moment, uses, first=i == 0)
            recent = person.attempt_recent
            yield Entry(screen(ideation, person.attempt_ever, recent), moment)
        if course is not None and moment > course.started and i == final:
            burden = draw.weighted(((0, 30), (1, 25), (2, 18), (3, 14), (4, 7), (5, 4), (6, 2)))
            yield Entry(ScaleRecord("FIBSER", (min(6, burden + 1), burden, burden), rater="self"), moment)
    if "bipolar_disorder" in present:
        mania = 0.0 if not {"mania_current"} & present else 14.0
        yield Entry(ScaleRecord("YMRS", total=mania + draw.whole(0, 5), rater="clinician"), person.intake)


def _rated(
    draw: Stream, temper: Temper, severity: float, ideation: int, moment: datetime, uses: dict[str, bool], *,
    first: bool,
) -> Iterator[Entry]:  # fmt: skip
    for name in ("MADRS", "HAM-D17"):
        if uses[name]:
            yield Entry(linked_form(draw, temper, name, severity, ideation, exact=first and name == "MADRS"), moment)
    if uses["GAD-7"]:
        yield Entry(anxiety_form(draw, temper, severity), moment)
    if draw.chance(40):
        yield Entry(ScaleRecord("CGI-S", (min(7, max(1, round(1 + severity / 8))),), rater="clinician"), moment)


def _course(seed: int, course: Course | None, timetable: Timetable) -> Iterator[Entry]:
    if course is None:
        return
    until = timetable.visits[-1]
    yield Entry(course.fact, course.started, always=True)
    medicine = added_medicine(course)
    if medicine is not None:
        yield Entry(medicine, course.started, category="medication")
    for moment, session in sessions(seed, course, until):
        yield Entry(session, moment)
    for moment, effect in side_effects_of(seed, course, until):
        yield Entry(effect, moment)


def _measures(
    seed: int, person: Person, present: frozenset[str], cupboard: Cupboard, timetable: Timetable
) -> Iterator[Entry]:
    lithium = any(m.name == "lithium" and m.active for m in cupboard.medications)
    for lab in draw_labs(seed, person, present, lithium):
        yield Entry(lab, person.intake)
    for vital in draw_vitals(seed, person, present, 0, full=True):
        yield Entry(vital, person.intake)
    if len(timetable.visits) > 1:
        for vital in draw_vitals(seed, person, present, 1, full=False):
            yield Entry(vital, timetable.visits[-1])


def _wishes(seed: int, person: Person) -> Iterator[Entry]:
    draw = Stream(seed, "wishes", person.profile)
    weights = {name: float(draw.whole(0, 5)) for name in CRITERIA if draw.chance(85)}
    declined = tuple(name for name in THERAPIES if draw.chance(18 if name in ("ect", "dbs") else 4))
    if draw.chance(70):
        yield Entry(Preferences(weights, declined), person.intake)
