"""The Case: all that is known of one patient at one time, as a pure fold over events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, TypeVar

from euthymia.case.analytes import same_name
from euthymia.case.events import AnyEvent, Event
from euthymia.case.facts import (
    CourseStarted,
    Demographics,
    Diagnosis,
    DiagnosisStatus,
    Episode,
    LabResult,
    Medication,
    Preferences,
    SafetyAlert,
    ScaleRecord,
    Sex,
    TreatmentTrial,
    Vital,
)
from euthymia.core.errors import InvalidInput, MissingData

F = TypeVar("F")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """All that is known of one patient at ``as_of``.

    Build it with :func:`fold`; look at an earlier time with :meth:`at`. Two cases are equal when they have the same
    id, time and effective events.
    """

    case_id: str
    as_of: datetime
    synthetic: bool
    log: tuple[AnyEvent, ...]  # every event ever recorded, superseded ones included
    events: tuple[AnyEvent, ...]  # those in force at as_of, by the time they happened
    _by_type: Mapping[type, tuple[AnyEvent, ...]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Case):
            return NotImplemented
        mine, theirs = ({event.id for event in case.log} for case in (self, other))  # ids are content hashes
        about = (self.case_id, self.as_of, self.synthetic) == (other.case_id, other.as_of, other.synthetic)
        return about and mine == theirs

    def __hash__(self) -> int:
        return hash((self.case_id, self.as_of, len(self.log)))

    # --- time -----------------------------------------------------------------------------------------------------

    def at(self, moment: datetime) -> Case:
        """Return the case as it was known at ``moment``: events recorded later do not exist yet."""
        return fold(self.case_id, self.log, as_of=moment, synthetic=self.synthetic)

    def with_events(self, *events: Event[Any], as_of: datetime | None = None) -> Case:
        """Return the case with ``events`` appended, known at ``as_of`` (default: the later of now and the new ones)."""
        log = (*self.log, *events)
        moment = as_of or max([self.as_of, *(e.recorded_at for e in events)])
        return fold(self.case_id, log, as_of=moment, synthetic=self.synthetic)

    @property
    def today(self) -> date:
        """Calendar day of ``as_of`` (UTC)."""
        return self.as_of.astimezone(UTC).date()

    # --- reading --------------------------------------------------------------------------------------------------

    def of(self, fact_type: type[F]) -> tuple[Event[F], ...]:
        """Return the events in force that hold a fact of ``fact_type``, oldest first."""
        return self._by_type.get(fact_type, ())  # type: ignore[return-value]

    def last(self, fact_type: type[F]) -> Event[F] | None:
        """Return the newest event in force with a fact of ``fact_type``, or None."""
        found = self.of(fact_type)
        return found[-1] if found else None

    def latest(self, name: str) -> AnyEvent | None:
        """Return the newest scale, laboratory value or vital sign called ``name`` (any name or spelling), or None."""
        wanted = same_name(name)
        best: AnyEvent | None = None
        for fact_type, field_name in ((ScaleRecord, "scale"), (LabResult, "analyte"), (Vital, "name")):
            for event in self._by_type.get(fact_type, ()):
                if same_name(getattr(event.fact, field_name)) == wanted and (
                    best is None or event.happened_at >= best.happened_at
                ):
                    best = event
        return best

    def require(self, name: str) -> Any:
        """Return what :meth:`latest` or the property ``name`` gives; raise :class:`MissingData` when there is none."""
        if name in _PROPERTIES:
            value = getattr(self, name)
            if value is not None and value != "":
                return value
            raise MissingData(name, _PROPERTIES[name])
        event = self.latest(name)
        if event is None:
            raise MissingData(
                name, f"add it to `scales`, `labs` or `vitals` of the case file, or `euthymia score {name} …`."
            )
        return event

    # --- what rules ask for most ------------------------------------------------------------------------------------

    @property
    def demographics(self) -> Demographics | None:
        """The newest demographics."""
        event = self.last(Demographics)
        return event.fact if event else None

    @property
    def age_yr(self) -> int | None:
        """Age in completed years at ``as_of``."""
        who = self.demographics
        if who is None:
            return None
        birth, now = who.birth_date, self.today
        return now.year - birth.year - ((now.month, now.day) < (birth.month, birth.day))

    @property
    def sex(self) -> Sex | None:
        """Sex recorded for clinical use; None when unknown."""
        who = self.demographics
        return None if who is None or who.sex is Sex.UNKNOWN else who.sex

    @property
    def country(self) -> str:
        """ISO code of the country of treatment, or an empty string."""
        return self.demographics.country if self.demographics else ""

    @property
    def episode(self) -> Episode | None:
        """The current depressive episode."""
        event = self.last(Episode)
        return event.fact if event else None

    @property
    def weight_kg(self) -> float | None:
        """Newest body weight."""
        event = self.latest("weight")
        return float(event.fact.value) if event and isinstance(event.fact, Vital) else None

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """Diagnoses that stand (refuted and resolved ones left out); the newest word on each code counts."""
        newest: dict[str, Diagnosis] = {e.fact.code: e.fact for e in self.of(Diagnosis)}
        gone = (DiagnosisStatus.REFUTED, DiagnosisStatus.RESOLVED)
        return tuple(d for d in newest.values() if d.status not in gone)

    @property
    def trials(self) -> tuple[TreatmentTrial, ...]:
        """Treatment history, oldest entry first."""
        return tuple(e.fact for e in self.of(TreatmentTrial))

    @property
    def medications(self) -> tuple[Medication, ...]:
        """Medicines taken at ``as_of``; the newest entry for a name counts."""
        newest: dict[str, Medication] = {_key(e.fact.name): e.fact for e in self.of(Medication)}
        return tuple(m for m in newest.values() if m.active and (m.ended_on is None or m.ended_on >= self.today))

    @property
    def preferences(self) -> Preferences | None:
        """The newest stated preferences."""
        event = self.last(Preferences)
        return event.fact if event else None

    @property
    def courses(self) -> tuple[CourseStarted, ...]:
        """Courses begun, oldest first; the newest entry for a therapy, form and start counts."""
        newest = {(e.fact.therapy, e.fact.form, e.fact.started_on): e.fact for e in self.of(CourseStarted)}
        return tuple(sorted(newest.values(), key=lambda c: c.started_on))

    @property
    def open_alerts(self) -> tuple[SafetyAlert, ...]:
        """Safety alerts that nobody has closed with a reason."""
        newest = {(e.fact.code, e.fact.statement): e.fact for e in self.of(SafetyAlert)}
        return tuple(a for a in newest.values() if not a.closed_because)

    def scores(self, scale: str) -> tuple[Event[ScaleRecord], ...]:
        """Records of one scale, oldest first."""
        wanted = _key(scale)
        return tuple(e for e in self.of(ScaleRecord) if _key(e.fact.scale) == wanted)


_PROPERTIES = {
    "age_yr": "add `birth_date` to the case file.",
    "sex": "add `sex` to the case file.",
    "country": "add `country` (ISO code) to the case file.",
    "episode": "add `episode` with at least `started_on` to the case file.",
    "weight_kg": "add a vital `weight` (kg) to the case file.",
    "preferences": "add `preferences` to the case file.",
}


def fold(case_id: str, log: Iterable[Event[Any]], *, as_of: datetime, synthetic: bool = False) -> Case:
    """Fold an event log into the Case known at ``as_of``.

    Parameters
    ----------
    case_id
        Internal identifier; never a patient's name.
    log
        Events in any order of time; of two with the same times the later in the log counts. Duplicates (same content)
        count once.
    as_of
        Timezone-aware. Events recorded later than this are left out, so that a case looked at in the past cannot see
        its future.
    synthetic
        True for a made-up patient; reports print it.

    Raises
    ------
    InvalidInput
        When an event supersedes one that is not in the log, or ``as_of`` has no time zone.
    """
    if as_of.tzinfo is None:
        raise InvalidInput("as_of", as_of, "a date and time with a time zone")
    if not case_id.strip():
        raise InvalidInput("case_id", case_id, "a non-empty identifier")
    by_id = {event.id: event for event in log}
    known = [e for e in by_id.values() if e.recorded_at <= as_of]
    for event in known:
        if event.supersedes and event.supersedes not in by_id:
            raise InvalidInput("supersedes", event.supersedes, "the id of an event in the same log")
    gone = {e.supersedes for e in known if e.supersedes}
    in_force = [e for e in known if not e.retracts and e.id not in gone]
    in_force.sort(key=lambda e: (e.happened_at, e.recorded_at))
    by_type: dict[type, list[AnyEvent]] = {}
    for event in in_force:
        by_type.setdefault(type(event.fact), []).append(event)
    everything = tuple(sorted(by_id.values(), key=lambda e: e.recorded_at))
    frozen = MappingProxyType({t: tuple(v) for t, v in by_type.items()})
    return Case(case_id, as_of, synthetic, everything, tuple(in_force), frozen)


def _key(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())
