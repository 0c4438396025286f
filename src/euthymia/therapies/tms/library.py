"""Every protocol whose timing is known here: those that are offered, and research ones that are only judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.tms.pattern import PulsePattern
from euthymia.therapies.tms.tables import PACKAGE, protocols, stimulations, target_row


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryRow(SourcedRow):
    """One site of a protocol that is judged but never offered."""

    protocol: str
    title: str
    order: int
    side: Literal["left", "right", "midline"]
    pulses_per_burst: int
    pulse_interval_ms: float | None = None
    bursts_per_train: int
    burst_interval_ms: float
    trains: int
    train_interval_s: float | None = None
    intensity_pct_rmt: float
    sessions_per_day: int
    gap_min: float | None = None
    days: int
    statement: str


@dataclass(frozen=True, slots=True)
class SiteTiming:
    """Timing at one site: side, pattern, intensity (% of threshold), and what a device is cleared for."""

    side: str
    pattern: PulsePattern
    intensity_pct_rmt: float
    clearance: str
    source: Source


@dataclass(frozen=True, slots=True)
class LibraryProtocol:
    """A protocol with the timing of each of its sites."""

    name: str
    title: str
    offered: bool  # whether a prescription of it is ever proposed
    sites: tuple[SiteTiming, ...]
    sessions_per_day: int
    gap_min: float | None
    statement: str


@cache
def library() -> tuple[LibraryProtocol, ...]:
    """Return every protocol, the offered ones first."""
    return (*_offered(), *_research())


def library_protocol(name: str) -> LibraryProtocol:
    """Return one protocol by name (``tms_10hz/standard``); raise :class:`InvalidInput` listing the known ones."""
    found = next((p for p in library() if p.name == name), None)
    if found is None:
        raise InvalidInput("protocol", name, " | ".join(p.name for p in library()))
    return found


def _offered() -> list[LibraryProtocol]:
    found = []
    for row in protocols():
        sites = tuple(
            SiteTiming(target_row(s.target).hemisphere, s.pattern(), s.intensity_pct_rmt, s.clearance, s.cite())
            for s in stimulations(row.form, row.protocol)
        )
        name = f"{row.form}/{row.protocol}"
        found.append(
            LibraryProtocol(name, row.title, True, sites, row.sessions_per_day, row.gap_min, row.statement)
        )  # fmt: skip
    return found


def _research() -> list[LibraryProtocol]:
    rows = load_table(PACKAGE, "library.csv", LibraryRow)
    found = []
    for name in dict.fromkeys(row.protocol for row in rows):
        own = sorted((row for row in rows if row.protocol == name), key=lambda row: row.order)
        sites = tuple(SiteTiming(row.side, _pattern(row), row.intensity_pct_rmt, "", row.cite()) for row in own)
        first = own[0]
        found.append(
            LibraryProtocol(
                name, first.title, False, sites, first.sessions_per_day, first.gap_min, first.statement
            )
        )  # fmt: skip
    return found


def _pattern(row: LibraryRow) -> PulsePattern:
    return PulsePattern(
        pulses_per_burst=row.pulses_per_burst,
        pulse_interval_s=None if row.pulse_interval_ms is None else row.pulse_interval_ms / 1000,
        bursts_per_train=row.bursts_per_train,
        burst_interval_s=row.burst_interval_ms / 1000,
        trains=row.trains,
        train_interval_s=row.train_interval_s,
    )
