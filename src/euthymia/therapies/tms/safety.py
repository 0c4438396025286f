"""Train safety: which table says what about a train, with its name and the state of its check.

The frequency tables were made with figure-8 coils in healthy people and are not verified against their papers; every
verdict from them says so. Theta burst is not in them at all. A train that a device is cleared for passes as
*cleared*, never as *inside the table*.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from euthymia.core.reason import Direction, Reason
from euthymia.core.source import Source, Verification
from euthymia.therapies.tms.tables import TrainLimitRow, limit, limits, train_limits

NOT_VERIFIED = "limits not verified against the source"
GOVERNING_TABLE = "rossi2009"
TABLE_TITLES = {
    "rossi2009": "single-train table of Rossi 2009 after Wassermann 1998",
    "chen1997_reduced": "reduced single-train table of Chen 1997",
}


class TrainShape(Protocol):
    """What the tables ask of a train: a prescribed :class:`PulsePattern`, or a train seen in a list of pulse times."""

    @property
    def is_theta_burst(self) -> bool:
        """Whether pulses come in bursts."""

    @property
    def rate_hz(self) -> float:
        """Bursts (or single pulses) per second inside the train."""

    @property
    def train_duration_s(self) -> float:
        """Length of the train as the tables count it."""

    @property
    def gap_s(self) -> float | None:
        """Pause to the next train; None when there is none."""


class TrainVerdict(StrEnum):
    """What a table says about a train."""

    INSIDE = "inside"  # under the default warning line
    OVER_WARNING_LINE = "over_warning_line"  # inside the table, over 0.75 times its limit
    OUTSIDE = "outside"
    CLEARED_BY_DEVICE = "cleared_by_device"
    NO_DATA = "no_data"

    @property
    def words(self) -> str:
        """For a reader."""
        return self.value.replace("_", " ")

    @property
    def needs_justification(self) -> bool:
        """Whether a prescription must say why it is written all the same."""
        return self in (TrainVerdict.OUTSIDE, TrainVerdict.NO_DATA)


@dataclass(frozen=True, slots=True)
class TrainFinding:
    """One verdict: the table, what it says, and the words with the source."""

    table: str
    verdict: TrainVerdict
    statement: str
    source: Source

    def reason(self) -> Reason:
        """Return the finding as a reason."""
        silent_on_gap = self.table == "chen1997_gap" and self.verdict is TrainVerdict.NO_DATA
        against = self.verdict in (TrainVerdict.OUTSIDE, TrainVerdict.NO_DATA, TrainVerdict.OVER_WARNING_LINE)
        against = against and not silent_on_gap  # ten people and one rate: its silence is no warning
        direction = Direction.AGAINST if against else Direction.NEUTRAL
        return Reason(self.statement, (self.source,), direction=direction, code=f"train_{self.table}_{self.verdict}")


def judge_train(pattern: TrainShape, intensity_pct_rmt: float, *, clearance: str = "") -> tuple[TrainFinding, ...]:
    """Judge a train under each table, the governing one first; then the pause between trains.

    Parameters
    ----------
    pattern
        Timing at one site.
    intensity_pct_rmt
        Intensity in percent of the resting motor threshold.
    clearance
        Clearance under which exactly this train at this intensity is given, or an empty string.
    """
    if pattern.is_theta_burst:
        found = [_theta_burst(clearance)]
    else:
        found = [_by_table(table, pattern, intensity_pct_rmt, clearance) for table in TABLE_TITLES]
    gap = judge_gap(pattern, intensity_pct_rmt)
    return (*found, gap) if gap is not None else tuple(found)


def governing(findings: tuple[TrainFinding, ...]) -> TrainVerdict:
    """Return the verdict that decides: the single-train table's, or theta burst's own."""
    return findings[0].verdict


def _theta_burst(clearance: str) -> TrainFinding:
    if clearance:
        words = f"Cleared by device ({clearance}); theta burst is not in the frequency tables."
        return TrainFinding(
            "theta_burst", TrainVerdict.CLEARED_BY_DEVICE, words, Source(clearance, "", Verification.PARTIAL)
        )
    words = "No data: theta burst is not in the frequency tables; only a clearance of this very pattern speaks for it."
    source = Source("Rossi 2021 Clin Neurophysiol 132:269-306, content from memory", "10.1016/j.clinph.2020.10.003")
    return TrainFinding("theta_burst", TrainVerdict.NO_DATA, words, source)


def _by_table(table: str, pattern: TrainShape, intensity_pct: float, clearance: str) -> TrainFinding:
    title, rows = TABLE_TITLES[table], [r for r in train_limits() if r.table == table]
    train = f"{pattern.rate_hz:.3g} Hz for {pattern.train_duration_s:.4g} s at {intensity_pct:g} % of threshold"
    row = _row_for(rows, pattern.rate_hz, intensity_pct)
    if row is None:
        verdict, words = TrainVerdict.NO_DATA, f"{title}: no row covers {train}"
        source = rows[0].cite()
    else:
        verdict, words = _against_row(row, pattern, title, train)
        source = row.cite()
    if clearance and verdict is not TrainVerdict.INSIDE:
        words = f"Cleared by device ({clearance}); not inside the table: {words}"
        verdict = TrainVerdict.CLEARED_BY_DEVICE
    return TrainFinding(table, verdict, f"{words} ({NOT_VERIFIED}).", source)


def _against_row(row: TrainLimitRow, pattern: TrainShape, title: str, train: str) -> tuple[TrainVerdict, str]:
    duration, most = pattern.train_duration_s, row.max_train_s
    used = f"row {row.rate_hz:g} Hz, {row.intensity_pct_rmt:g} %: {'over ' if row.longest_tested else ''}{most:g} s"
    line = limit("warning_share") * most
    tiny = 1e-6 * most  # rounding of intervals such as 1/18 s
    if duration <= line + tiny:
        return TrainVerdict.INSIDE, f"{title}: {train} is inside ({used})"
    if duration <= most + tiny:
        return TrainVerdict.OVER_WARNING_LINE, f"{title}: {train} is over the warning line of {line:.4g} s ({used})"
    if row.longest_tested:
        return TrainVerdict.NO_DATA, f"{title}: {train} is longer than the longest train tested ({used}): no data"
    return TrainVerdict.OUTSIDE, f"{title}: {train} is outside ({used})"


def _row_for(rows: list[TrainLimitRow], rate_hz: float, intensity_pct: float) -> TrainLimitRow | None:
    """Take the nearest row at or above both rate and intensity: the stricter neighbor, never the milder one."""
    rates = sorted({r.rate_hz for r in rows if r.rate_hz >= rate_hz * (1 - 1e-4)})
    levels = sorted({r.intensity_pct_rmt for r in rows if r.intensity_pct_rmt >= intensity_pct})
    if not rates or not levels:
        return None
    return next(r for r in rows if (r.rate_hz, r.intensity_pct_rmt) == (rates[0], levels[0]))


def gap_is_unsafe(pattern: TrainShape, intensity_pct: float) -> bool:
    """Whether the pause between trains is one that was shown unsafe."""
    gap = pattern.gap_s
    return gap is not None and gap <= limit("unsafe_gap_s") and intensity_pct > limit("unsafe_gap_above_pct")


def judge_gap(pattern: TrainShape, intensity_pct: float) -> TrainFinding | None:
    """Judge the pause between trains; ``None`` for a single train."""
    gap = pattern.gap_s
    if gap is None:
        return None
    source = limits()["unsafe_gap_s"].cite()
    if gap_is_unsafe(pattern, intensity_pct):
        words = f"Chen 1997: a pause of {gap:.3g} s between trains at {intensity_pct:g} % was unsafe."
        return TrainFinding("chen1997_gap", TrainVerdict.OUTSIDE, words, source)
    shown_safe = (
        not pattern.is_theta_burst
        and gap >= limit("tested_gap_s")
        and pattern.rate_hz <= limit("tested_gap_rate_hz") * (1 + 1e-4)
        and pattern.train_duration_s <= limit("tested_gap_train_s")
        and intensity_pct <= limit("tested_gap_pct")
    )
    if shown_safe:
        words = "Chen 1997: trains up to this were shown safe at a pause of 5 s in ten healthy people."
        return TrainFinding("chen1997_gap", TrainVerdict.INSIDE, words, source)
    words = f"Chen 1997 says nothing on a pause of {gap:.3g} s with this train: no data, which is not 'safe'."
    return TrainFinding("chen1997_gap", TrainVerdict.NO_DATA, words, source)
