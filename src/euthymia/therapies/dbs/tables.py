"""The tables of DBS: forms, leads, targets, protocols, timetables, limits and acute effects, one row class each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.device_tables import FitRow, RangeRow, timetable_schedule
from euthymia.therapies.lookup import row_named
from euthymia.therapies.schedule import Schedule

PACKAGE = "euthymia.therapies.dbs"
Control = Literal["current", "voltage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """One target of DBS for depression."""

    form: str
    title: str
    target: str
    rank: int
    mania_rating_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow(SourcedRow):
    """Geometry of one lead; contacts are named from the tip, segments with a letter (``2a``)."""

    lead: str
    title: str
    diameter_mm: float
    contact_length_mm: float
    gap_mm: float
    contacts: tuple[str, ...]
    segment_arc_deg: float | None = None

    def area_cm2(self, contact: str) -> float:
        """Return the geometric area of one contact in cm² (a segment is its arc's share of the ring)."""
        if contact not in self.contacts:
            raise InvalidInput("contact", contact, f"{' | '.join(self.contacts)} ({self.title})")
        ring_mm2 = math.pi * self.diameter_mm * self.contact_length_mm
        share = 1.0 if contact.isdigit() else (self.segment_arc_deg or 0.0) / 360.0
        return ring_mm2 * share / 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow(SourcedRow):
    """Where a lead aims, in mm of the named frame (RAS: right, anterior, superior positive), or no point at all."""

    form: str
    side: Literal["left", "right"]
    frame: str
    right_mm: float | None = None
    anterior_mm: float | None = None
    superior_mm: float | None = None
    spread: str = ""
    rule: str

    @property
    def words(self) -> str:
        """The point with its frame, or that none is filled in."""
        if self.right_mm is None or self.anterior_mm is None or self.superior_mm is None:
            return "no coordinate: patient tractography only"
        point = f"{self.right_mm:+g} / {self.anterior_mm:+g} / {self.superior_mm:+g} mm (right/anterior/superior)"
        return f"{point}, {self.frame}" + (f", {self.spread}" if self.spread else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow(SourcedRow):
    """Starting settings of one protocol and how they may be raised."""

    protocol: str
    form: str
    title: str
    rank: int
    lead: str
    contact: str
    control: Control
    start_amplitude: float
    ceiling_amplitude: float
    step_amplitude: float
    step_min_days: float
    pulse_width_us: float
    frequency_hz: float
    timetable: str
    statement: str
    provenance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRow(SourcedRow):
    """One acute effect of a test setting, and what follows from it."""

    effect: str
    kind: Literal["benefit", "none", "side_effect", "warning"]
    action: Literal["note", "lower", "stop"]
    serious: bool
    statement: str


def forms() -> tuple[FormRow, ...]:
    """Return the forms, first choice first."""
    return load_table(PACKAGE, "forms.csv", FormRow, key="form")


def form_row(form: str) -> FormRow:
    """Return one form's row."""
    return row_named(forms(), "form", form)


def leads() -> tuple[LeadRow, ...]:
    """Return every lead."""
    return load_table(PACKAGE, "leads.csv", LeadRow, key="lead")


def lead_row(lead: str) -> LeadRow:
    """Return one lead's row."""
    return row_named(leads(), "lead", lead)


def targets_of(form: str) -> tuple[TargetRow, ...]:
    """Return the two targets (left, right) of a form."""
    return tuple(row for row in load_table(PACKAGE, "targets.csv", TargetRow) if row.form == form)


def protocols() -> tuple[ProtocolRow, ...]:
    """Return every protocol."""
    return load_table(PACKAGE, "protocols.csv", ProtocolRow, key="protocol")


def protocol_row(protocol: str) -> ProtocolRow:
    """Return one protocol's row."""
    return row_named(protocols(), "protocol", protocol)


def limit(name: str) -> RangeRow:
    """Return one limit's row."""
    rows: tuple[RangeRow, ...] = load_table(PACKAGE, "limits.csv", RangeRow, key="name")
    return row_named(rows, "name", name)


def effect_row(effect: str) -> EffectRow:
    """Return one acute effect's row."""
    return row_named(effects(), "effect", effect)


def effects() -> tuple[EffectRow, ...]:
    """Return every acute effect."""
    return load_table(PACKAGE, "acute_effects.csv", EffectRow, key="effect")


def fits() -> tuple[FitRow, ...]:
    """Return what moves a protocol up or down for a patient."""
    return load_table(PACKAGE, "fit.csv", FitRow, key="code")


def schedule_of(timetable: str, *, implanted: bool = False) -> Schedule:
    """Return a timetable as a schedule; day 0 is the operation, or the activation of a system already in place."""
    return timetable_schedule(PACKAGE, timetable, implanted=implanted)
