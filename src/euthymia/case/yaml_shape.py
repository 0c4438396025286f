"""The shape of a case file: which key holds which kind of fact. Reader, writer and JSON Schema all read this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from euthymia.case.events import at_midnight
from euthymia.case.facts import (
    Allergy,
    Attachment,
    CourseStarted,
    Demographics,
    Diagnosis,
    Episode,
    Finding,
    Implant,
    LabResult,
    ListReviewed,
    Medication,
    Note,
    Preferences,
    SafetyAlert,
    ScaleRecord,
    SessionDelivered,
    SideEffect,
    Substance,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
    Vital,
)

VERSION = 1
VERSION_KEY = "euthymia"
SOURCE = "case.yaml"
HEADER_KEYS = (VERSION_KEY, "case_id", "synthetic", "as_of", "author")
PERSON_KEYS = ("birth_date", "sex", "country", "region")
ENTRY_KEYS = ("on", "recorded_at", "author", "source")
"""Keys that any entry may carry: when it was so, when and by whom it was recorded, and where it came from."""


@dataclass(frozen=True, slots=True)
class Section:
    """One top-level key: the facts it holds and how an entry may be written.

    Parameters
    ----------
    key, fact
        Name in the file and class of its facts.
    single
        One mapping is the usual form (a list is understood too).
    dated
        Every entry needs ``on``, because the moment is part of the measurement.
    bare
        Field that an entry written as plain text fills, or an empty string.
    """

    key: str
    fact: type
    single: bool = False
    dated: bool = False
    bare: str = ""


SECTIONS: tuple[Section, ...] = (
    Section("demographics", Demographics, single=True),
    Section("diagnoses", Diagnosis, bare="code"),
    Section("episode", Episode, single=True),
    Section("history", TreatmentTrial),
    Section("medications", Medication, bare="name"),
    Section("substances", Substance),
    Section("allergies", Allergy, bare="substance"),
    Section("implants", Implant, bare="code"),
    Section("conditions", Finding),
    Section("reviewed", ListReviewed, bare="category"),
    Section("scales", ScaleRecord, dated=True),
    Section("suicide_screen", SuicideScreen, single=True, dated=True),
    Section("labs", LabResult, dated=True),
    Section("vitals", Vital, dated=True),
    Section("preferences", Preferences, single=True),
    Section("attachments", Attachment),
    Section("courses", CourseStarted),
    Section("sessions", SessionDelivered, dated=True),
    Section("side_effects", SideEffect),
    Section("alerts", SafetyAlert),
    Section("notes", Note, bare="text"),
)
SECTION_OF: Mapping[str, Section] = {s.key: s for s in SECTIONS}
TOP_KEYS = (*HEADER_KEYS, *PERSON_KEYS, *SECTION_OF)

NAMED_KINDS = ("drug", "augmentation", "psychotherapy", "other")
"""Kinds of trial whose name must be given; the others may be called by their kind."""

TRIAL_KEYS = tuple(kind.value for kind in TrialKind)


def default_moment(fact: object, as_of: datetime) -> datetime:
    """Return when a fact is taken to have happened if its entry has no ``on``.

    What is ended happened when it ended; a trial or a course when it began; everything else is the state of things
    at ``as_of``.
    """
    ended = {Medication: "ended_on", Diagnosis: "resolved_on", Implant: "removed_on", CourseStarted: "ended_on"}
    field = ended.get(type(fact))
    day = getattr(fact, field) if field else None
    if day is None and isinstance(fact, (TreatmentTrial, CourseStarted)):
        day = fact.started_on
    return as_of if day is None else min(at_midnight(day), as_of)
