"""What the ``euthymia tms`` commands print with ``--json``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from euthymia.plan.document_model import Document, QuestionDoc
from euthymia.report.simulation_field import SiteFieldDoc


class PulseItem(Document):
    """One test pulse."""

    pct_mso: int
    responded: bool
    usable: bool


class EmgItem(Document):
    """What a threshold by sight may mean on the EMG scale; not applied."""

    value_pct_mso: float
    low_pct_mso: float
    high_pct_mso: float
    statement: str


class FlagItem(Document):
    """Something wrong with a hunt."""

    code: str
    statement: str
    bars: bool


class ThresholdDocument(Document):
    """``euthymia tms threshold --json``: one hunt."""

    document: Literal["euthymia/tms-threshold"] = "euthymia/tms-threshold"
    schema_version: Literal["1.0"] = "1.0"
    simulated: bool
    true_threshold_pct_mso: float | None
    procedure: str
    method: str
    complete: bool
    usable: bool
    value_pct_mso: float
    low_pct_mso: float
    high_pct_mso: float
    interval_level: float
    emg_equivalent: EmgItem | None
    flags: list[FlagItem]
    pulses: list[PulseItem]


class TableFinding(Document):
    """What one table says about a train."""

    table: str
    verdict: str
    statement: str
    source: str
    verification: Literal["read", "partial", "unverified"]


class SiteItem(Document):
    """One site of a protocol: what its pulses show."""

    side: str
    verdict: str
    clearance: str
    pulses: int
    trains: int
    strictest_rate_hz: float
    strictest_train_s: float
    strictest_gap_s: float | None
    theta_burst: bool
    findings: list[TableFinding]


class ProtocolItem(Document):
    """The verdict on one protocol."""

    name: str
    title: str
    verdict: Literal["inside", "over_warning_line", "outside", "cleared_by_device", "no_data"]
    table: str
    statement: str
    supervision_class: int
    disagreements: list[str]
    silent: list[str]
    unverified: list[str]
    policies: list[str]
    sites: list[SiteItem]


class TimingDocument(Document):
    """``euthymia tms timing --json``: verdicts on pulse timing."""

    document: Literal["euthymia/tms-timing"] = "euthymia/tms-timing"
    schema_version: Literal["1.0"] = "1.0"
    protocols: list[ProtocolItem]


class DoseDocument(Document):
    """``euthymia tms dose --json``: machine output for one site.

    From a simulation ``sites`` holds every stimulation with every way of dosing; the rest is the prescribed way of the
    first.
    """

    document: Literal["euthymia/tms-dose"] = "euthymia/tms-dose"
    schema_version: Literal["1.0"] = "1.0"
    motor_threshold_pct_mso: float
    threshold_method: str
    adjusted_threshold_pct_mso: float | None
    adjusted_by: str | None
    intensity_pct: float
    wanted_pct_mso: float
    pct_mso: float
    pct_of_threshold: float
    capped: bool
    coil: str | None
    didt_a_us: float | None
    sphere_peak_v_m: float | None
    reasons: list[str]
    sites: list[SiteFieldDoc] = Field(default_factory=list)


class CriterionItem(Document):
    """One criterion of a payer."""

    code: str
    statement: str
    state: Literal["met", "not met", "not known"]
    evidence: str
    source: str
    questions: list[QuestionDoc]


class LetterDocument(Document):
    """``euthymia tms letter --json``: the letter as data."""

    document: Literal["euthymia/tms-letter"] = "euthymia/tms-letter"
    schema_version: Literal["1.0"] = "1.0"
    case_id: str
    synthetic: bool
    payer: str
    policy: str
    version: str
    effective_on: str | None
    as_of: str
    verification: Literal["read", "partial", "unverified"]
    facts: dict[str, str]
    trials: list[str]
    course: dict[str, str]
    criteria: list[CriterionItem]
    cautions: list[str]


class SheetItem(Document):
    """One line of a run sheet; ``minute`` is None for what may happen at any time."""

    minute: float | None
    code: str
    text: str
    source: str
    verification: Literal["read", "partial", "unverified", ""]


class MilestoneItem(Document):
    """Something due in the course, by day."""

    day: float
    code: str
    text: str


class SheetDocument(Document):
    """``euthymia tms sheet --json``: one session, and the course it stands in."""

    document: Literal["euthymia/tms-sheet"] = "euthymia/tms-sheet"
    schema_version: Literal["1.0"] = "1.0"
    case_id: str
    protocol: str
    session: int
    of: int
    day: int
    phase: str
    minutes: float
    lines: list[SheetItem]
    milestones: list[MilestoneItem]


class ChecklistItem(Document):
    """One item of the screening list."""

    code: str
    section: Literal["item", "implant", "medicine"]
    question: str
    state: Literal["present", "absent", "not known", "asked on the day"]
    evidence: str
    lists: list[str]
    source: str
    verification: Literal["read", "partial", "unverified"]


class ChecklistDocument(Document):
    """``euthymia tms checklist --json``: the union screening list for a case."""

    document: Literal["euthymia/tms-checklist"] = "euthymia/tms-checklist"
    schema_version: Literal["1.0"] = "1.0"
    case_id: str
    items: list[ChecklistItem]
