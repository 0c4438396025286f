"""Every pulse of a session by its time, and the trains that a list of pulse times turns out to hold."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.therapies.tms.pattern import PulsePattern

FloatArray = NDArray[np.float64]
_LONGEST_TRAIN_INTERVAL_S = 2.0  # half the slowest rate of the tables; a shorter pause never splits a train in two
_BURST_INTERVAL_S, _BURST_PULSES = 1 / 30, 5  # pulses this close, and this few together, are a burst
_MOST_PULSES = 200_000


@dataclass(frozen=True, slots=True)
class SeenTrain:
    """One train as its pulses show it.

    Attributes
    ----------
    onset_s
        Time of the first pulse.
    pulses
        Pulses in it.
    rate_hz
        Fastest rate between single pulses, or between bursts: the stricter reading of an uneven train.
    train_duration_s
        First to last pulse and one interval more, as the tables count (40 pulses at 10 Hz are 4 s).
    is_theta_burst
        Whether its pulses come in bursts.
    gap_s
        Pause from its end to the next train; None for the last.
    """

    onset_s: float
    pulses: int
    rate_hz: float
    train_duration_s: float
    is_theta_burst: bool
    gap_s: float | None


def pulse_times_s(pattern: PulsePattern) -> FloatArray:
    """Return (pulses,) times of all pulses at one site of one session, in seconds from the first."""
    inner = np.arange(pattern.pulses_per_burst) * (pattern.pulse_interval_s or 0.0)
    bursts = np.arange(pattern.bursts_per_train) * pattern.burst_interval_s
    trains = np.arange(pattern.trains) * (pattern.train_interval_s or 0.0)
    found: FloatArray = (trains[:, None, None] + bursts[None, :, None] + inner[None, None, :]).reshape(-1)
    return found


def trains_of(times_s: FloatArray) -> tuple[SeenTrain, ...]:
    """Read trains out of pulse times, without knowing how they were meant.

    Only an interval over 2 s ends a train: trains with a shorter pause count as one long train at their fastest rate,
    so that jitter or a token pause never hides a long one.

    Parameters
    ----------
    times_s
        (n,) increasing times of the pulses in seconds.

    Raises
    ------
    InvalidInput
        When times are not finite, do not increase, or are too many for one session.
    """
    times = np.asarray(times_s, dtype=np.float64)
    if times.ndim != 1 or not 1 <= times.size <= _MOST_PULSES:
        raise InvalidInput("times_s", times.shape, f"a list of 1 to {_MOST_PULSES} times in seconds")
    if not np.isfinite(times).all():
        raise InvalidInput("times_s", "a value that is not finite", "finite seconds")
    steps = np.diff(times)
    if (steps <= 0).any():
        at = int(np.argmax(steps <= 0)) + 1
        raise InvalidInput("times_s", f"pulse {at} at {times[at]:g} s", f"after {times[at - 1]:g} s")
    bursts = _bursts(steps)
    if bursts is None:
        starts, sizes = np.arange(times.size), np.ones(times.size, dtype=np.int64)
    else:
        starts = np.concatenate(([0], bursts + 1))
        sizes = np.diff(np.append(starts, times.size))
    onsets = times[starts]
    intervals = np.diff(onsets)
    breaks = np.flatnonzero(intervals > _LONGEST_TRAIN_INTERVAL_S) + 1
    edges: list[int] = [0, *breaks.tolist(), onsets.size]
    found: list[SeenTrain] = []
    for a, b in pairwise(edges):
        own = intervals[a : b - 1]
        shortest, typical = (float(own.min()), float(np.median(own))) if own.size else (1.0, 0.0)
        duration = float(onsets[b - 1] - onsets[a]) + typical
        gap = float(onsets[b] - onsets[a]) - duration if b < onsets.size else None
        found.append(
            SeenTrain(
                float(onsets[a]), int(sizes[a:b].sum()), 1.0 / shortest if own.size else 0.0, duration,
                bursts is not None, gap,
            )
        )  # fmt: skip
    return tuple(found)


def _bursts(steps: FloatArray) -> NDArray[np.int64] | None:
    """Return the places of the intervals between bursts; None when pulses do not come in bursts."""
    close = steps <= _BURST_INTERVAL_S
    if not close.any() or close.all():
        return None
    between = np.flatnonzero(~close)
    sizes = np.diff(np.concatenate(([-1], between, [steps.size])))
    return between if sizes.max() <= _BURST_PULSES else None
