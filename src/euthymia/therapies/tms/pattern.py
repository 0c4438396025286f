"""Pulse timing as nested onset-to-onset intervals; pulses and durations are derived from it, never the other way round.

A regular train is a train of bursts of one pulse; theta burst has three pulses in each burst.
"""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case import checks
from euthymia.core.errors import InvalidInput

# Longest values that can be meant in one session; beyond them a unit was mixed up.
_LONGEST_INTERVAL_S, _MOST = 3600.0, 100_000


@dataclass(frozen=True, slots=True)
class PulsePattern:
    """Timing of one site in one session.

    Parameters
    ----------
    pulses_per_burst
        1 for a regular train, 3 for theta burst.
    pulse_interval_s
        Onset to onset of pulses inside a burst; None when there is one pulse in a burst.
    bursts_per_train
        Bursts (or single pulses) in a train.
    burst_interval_s
        Onset to onset of bursts (or single pulses).
    trains
        Trains in the session.
    train_interval_s
        Onset to onset of trains; None when there is one train.
    """

    pulses_per_burst: int
    pulse_interval_s: float | None
    bursts_per_train: int
    burst_interval_s: float
    trains: int
    train_interval_s: float | None

    def __post_init__(self) -> None:
        for name, count in (
            ("pulses_per_burst", self.pulses_per_burst),
            ("bursts_per_train", self.bursts_per_train),
            ("trains", self.trains),
        ):
            checks.integer(name, count, 1, _MOST)
        checks.number("burst_interval_s", self.burst_interval_s, 0.001, _LONGEST_INTERVAL_S)
        self._inner_fits("pulse_interval_s", self.pulse_interval_s, self.pulses_per_burst, self.burst_interval_s)
        if self.trains == 1:
            if self.train_interval_s is not None:
                raise InvalidInput("train_interval_s", self.train_interval_s, "None when there is one train")
            return
        checks.number("train_interval_s", self.train_interval_s, 0.001, _LONGEST_INTERVAL_S)
        assert self.train_interval_s is not None
        if self.train_interval_s < self.train_duration_s - 1e-9:
            raise InvalidInput(
                "train_interval_s", self.train_interval_s, f"at least the train itself ({self.train_duration_s:g} s)",
                "It counts from onset to onset: add the pause to the train.",
            )  # fmt: skip

    @staticmethod
    def _inner_fits(name: str, interval_s: float | None, count: int, outer_s: float) -> None:
        if count == 1:
            if interval_s is not None:
                raise InvalidInput(name, interval_s, "None when there is one pulse in a burst")
            return
        checks.number(name, interval_s, 0.001, _LONGEST_INTERVAL_S)
        assert interval_s is not None
        if count * interval_s > outer_s + 1e-9:
            raise InvalidInput(name, interval_s, f"at most burst interval / pulses ({outer_s / count:g} s)")

    @property
    def is_theta_burst(self) -> bool:
        """Whether pulses come in bursts."""
        return self.pulses_per_burst > 1

    @property
    def rate_hz(self) -> float:
        """Bursts (or single pulses) per second inside a train."""
        return 1.0 / self.burst_interval_s

    @property
    def pulses_per_train(self) -> int:
        """Pulses in one train."""
        return self.pulses_per_burst * self.bursts_per_train

    @property
    def pulses(self) -> int:
        """Pulses in the session at this site."""
        return self.pulses_per_train * self.trains

    @property
    def train_duration_s(self) -> float:
        """Length of a train as safety tables count it: 40 pulses at 10 Hz are 4 s."""
        return self.bursts_per_train * self.burst_interval_s

    @property
    def gap_s(self) -> float | None:
        """Pause from the end of a train to the next; None when there is one train."""
        return None if self.train_interval_s is None else self.train_interval_s - self.train_duration_s

    @property
    def duration_s(self) -> float:
        """Length at this site without the pause after the last train."""
        return (self.trains - 1) * (self.train_interval_s or 0.0) + self.train_duration_s

    def words(self) -> str:
        """Say the timing for a person."""
        if self.is_theta_burst and self.pulse_interval_s:
            inner = f"bursts of {self.pulses_per_burst} pulses at {1 / self.pulse_interval_s:.0f} Hz, "
        else:
            inner = ""
        train = f"{inner}{self.rate_hz:.3g} Hz for {self.train_duration_s:.3g} s"
        if self.gap_s is None:
            return f"{train}, one train, {self.pulses} pulses"
        return f"{train}, {self.gap_s:.3g} s pause, {self.trains} trains, {self.pulses} pulses"
