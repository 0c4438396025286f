"""A verdict on the timing of a whole protocol: pulse by pulse against each named table, with reasons and silences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from euthymia.case import checks
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Reason
from euthymia.core.source import Source, Verification
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.tms.library import LibraryProtocol, SiteTiming
from euthymia.therapies.tms.pattern import PulsePattern
from euthymia.therapies.tms.pulse_times import FloatArray, SeenTrain, pulse_times_s, trains_of
from euthymia.therapies.tms.safety import (
    NOT_VERIFIED,
    TABLE_TITLES,
    TrainFinding,
    TrainVerdict,
    governing,
    judge_train,
)
from euthymia.therapies.tms.tables import PACKAGE, limit

_STRICTEST = (
    TrainVerdict.OUTSIDE, TrainVerdict.NO_DATA, TrainVerdict.OVER_WARNING_LINE, TrainVerdict.CLEARED_BY_DEVICE,
    TrainVerdict.INSIDE,
)  # fmt: skip
_GAP, _USER = "chen1997_gap", "given by the user"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow(SourcedRow):
    """What a guideline or a site's policy asks for when its condition holds."""

    code: str
    policy: str
    applies: Literal["outside", "established", "above_1hz", "theta_burst", "several_a_day", "always"]
    statement: str


@dataclass(frozen=True, slots=True)
class SiteVerdict:
    """What each table says about one site.

    Attributes
    ----------
    verdict
        What decides: the governing table, the clearance of a device, or a pause that was shown unsafe.
    trains
        Trains seen in the pulse times.
    seen
        The train that the governing finding is about.
    findings
        One finding a table, the governing one first, as if nothing were cleared; over all trains the strictest.
    clearance
        What a device is cleared for, where exactly this train at this intensity is; ``cleared_statement`` says it.
    pattern_source
        Source of the timing itself; None for pulse times given by the user.
    """

    verdict: TrainVerdict
    side: str
    pulses: int
    trains: int
    seen: SeenTrain
    findings: tuple[TrainFinding, ...]
    clearance: str = ""
    cleared_statement: str = ""
    pattern_source: Source | None = None


@dataclass(frozen=True, slots=True)
class ProtocolVerdict:
    """The verdict on a protocol: that of its strictest site.

    ``disagreements``, ``silent`` and ``unverified`` name the tables that say otherwise, say nothing, or were not
    compared with their paper (the timing itself included).
    """

    name: str
    title: str
    verdict: TrainVerdict
    table: str
    statement: str
    sites: tuple[SiteVerdict, ...]
    policies: tuple[Reason, ...]
    disagreements: tuple[str, ...]
    silent: tuple[str, ...]
    unverified: tuple[str, ...]

    @property
    def supervision_class(self) -> int:
        """1: outside the tables or nothing known, a physician on site; 2: physician as required."""
        return 1 if self.verdict.needs_justification else 2


def judge_protocol(protocol: LibraryProtocol) -> ProtocolVerdict:
    """Judge a protocol by the times of its pulses.

    Examples
    --------
    >>> from euthymia.therapies.tms.library import library_protocol
    >>> found = judge_protocol(library_protocol("tms_10hz/standard"))
    >>> found.verdict.value, found.table
    ('cleared_by_device', 'rossi2009')
    """
    sites = tuple(_site(site) for site in protocol.sites)
    return _verdict(protocol.name, protocol.title, sites, protocol.sessions_per_day)


def judge_pattern(pattern: PulsePattern, intensity_pct_rmt: float, *, title: str = "own protocol") -> ProtocolVerdict:
    """Judge a pattern of one's own at one intensity; no device is cleared for it."""
    source = Source(_USER)
    return _verdict("user", title, (_site(SiteTiming("", pattern, intensity_pct_rmt, "", source)),), 1)


def judge_times(times_s: FloatArray, intensity_pct_rmt: float, *, title: str = "own pulse times") -> ProtocolVerdict:
    """Judge a list of pulse times (seconds, increasing) at one intensity; no device is cleared for it."""
    _check_intensity(intensity_pct_rmt)
    return _verdict("user", title, (_judge_seen("", trains_of(times_s), intensity_pct_rmt),), 1)


def _check_intensity(intensity_pct_rmt: float) -> None:
    low, high = limit("intensity_low_pct"), limit("intensity_hard_pct")
    if isinstance(intensity_pct_rmt, float) and 0 < intensity_pct_rmt < 3:
        hint = "Did you mean percent (120), not a fraction (1.2)?"
        raise InvalidInput("intensity_pct_rmt", intensity_pct_rmt, f"{low:g} to {high:g} % of the threshold", hint)
    checks.number("intensity_pct_rmt", intensity_pct_rmt, low, 500)  # beyond the tables is judged, and is 'no data'


def _site(site: SiteTiming) -> SiteVerdict:
    """Judge the trains that the pulses show and the train as written; the stricter of the two counts."""
    _check_intensity(site.intensity_pct_rmt)
    seen = _judge_seen(site.side, trains_of(pulse_times_s(site.pattern)), site.intensity_pct_rmt)
    written = judge_train(site.pattern, site.intensity_pct_rmt)
    findings = written if _rank(_overall(written)) < _rank(seen.verdict) else seen.findings
    verdict, cleared = _overall(findings), ""
    if site.clearance and verdict is not TrainVerdict.INSIDE and not _unsafe_pause(findings):
        verdict = TrainVerdict.CLEARED_BY_DEVICE
        cleared = judge_train(site.pattern, site.intensity_pct_rmt, clearance=site.clearance)[0].statement
    return replace(
        seen,
        verdict=verdict,
        findings=findings,
        clearance=site.clearance,
        cleared_statement=cleared,
        pattern_source=site.source,
    )


def _judge_seen(side: str, trains: tuple[SeenTrain, ...], intensity_pct: float) -> SiteVerdict:
    """Judge each distinct train once; the strictest finding of each table stands for the site."""
    distinct: dict[tuple[float, float, bool, float | None], SeenTrain] = {}
    for train in trains:
        gap = None if train.gap_s is None else round(train.gap_s, 6)
        key = (round(train.rate_hz, 6), round(train.train_duration_s, 6), train.is_theta_burst, gap)
        distinct.setdefault(key, train)
    worst: dict[str, TrainFinding] = {}
    about = trains[0]
    for train in distinct.values():
        judged = judge_train(train, intensity_pct)
        for finding in judged:
            held = worst.get(finding.table)
            if held is None or _rank(finding.verdict) < _rank(held.verdict):
                worst[finding.table] = finding
                about = train if finding is judged[0] else about
    findings = tuple(worst.values())
    return SiteVerdict(_overall(findings), side, sum(t.pulses for t in trains), len(trains), about, findings)


def _unsafe_pause(findings: tuple[TrainFinding, ...]) -> bool:
    return any(f.table == _GAP and f.verdict is TrainVerdict.OUTSIDE for f in findings)


def _overall(findings: tuple[TrainFinding, ...]) -> TrainVerdict:
    """The governing table decides, unless the pause between trains was shown unsafe, which no clearance mends."""
    return TrainVerdict.OUTSIDE if _unsafe_pause(findings) else governing(findings)


def _rank(verdict: TrainVerdict) -> int:
    return _STRICTEST.index(verdict)


def _verdict(name: str, title: str, sites: tuple[SiteVerdict, ...], sessions_per_day: int) -> ProtocolVerdict:
    first = min(sites, key=lambda s: _rank(s.verdict))
    decides = next(f for f in first.findings if f.table == _GAP) if _unsafe_pause(first.findings) else first.findings[0]
    others = [f for f in first.findings if f.verdict is not decides.verdict and f.table != _GAP]
    every = [f for site in sites for f in site.findings]
    return ProtocolVerdict(
        name, title, first.verdict, decides.table, first.cleared_statement or decides.statement, sites,
        policies=_policies(sites, first.verdict, sessions_per_day),
        disagreements=tuple(
            f"{decides.table} says {_words(decides)}, {f.table} says {_words(f)}: {f.statement}" for f in others
        ),
        silent=tuple(dict.fromkeys(f.table for f in every if f.verdict is TrainVerdict.NO_DATA)),
        unverified=tuple(dict.fromkeys([*_unread_tables(every), *_unread_timing(sites)])),
    )  # fmt: skip


def _words(finding: TrainFinding) -> str:
    return finding.verdict.value.replace("_", " ")


def _unread_tables(findings: list[TrainFinding]) -> list[str]:
    return [
        f"{TABLE_TITLES.get(f.table, f.source.text)}: {NOT_VERIFIED}"
        for f in findings
        if f.source.verification is Verification.UNVERIFIED
    ]


def _unread_timing(sites: tuple[SiteVerdict, ...]) -> list[str]:
    sources = [s.pattern_source for s in sites if s.pattern_source is not None]
    unread = [s for s in sources if s.verification is not Verification.READ and s.text != _USER]
    return [f"the timing itself is not fully read in a source: {s.text}" for s in unread]


def _policies(sites: tuple[SiteVerdict, ...], verdict: TrainVerdict, per_day: int) -> tuple[Reason, ...]:
    holds = {
        "outside": verdict.needs_justification,
        "established": not verdict.needs_justification,
        "above_1hz": any(s.seen.is_theta_burst or s.seen.rate_hz > 1.0 + 1e-6 for s in sites),
        "theta_burst": any(s.seen.is_theta_burst for s in sites),
        "several_a_day": per_day > 1,
        "always": True,
    }
    rows = load_table(PACKAGE, "site_policies.csv", PolicyRow, key="code")
    return tuple(Reason(f"{r.policy}: {r.statement}.", (r.cite(),), code=r.code) for r in rows if holds[r.applies])
