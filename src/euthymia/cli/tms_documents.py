"""What the ``euthymia tms`` commands print with ``--json``."""

from __future__ import annotations

from typing import Literal

from euthymia.plan.document_model import Document


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
