"""Infusions and what is done to them while they run: rate change, pause, resume and early stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.inputs import finite


@dataclass(frozen=True, slots=True)
class Infusion:
    """A pump run into ``compartment``, given by exactly one of: amount and duration, amount and rate, rate alone.

    Parameters
    ----------
    at_h
        Start, h.
    compartment
        Where it goes.
    amount_mg, duration_h, rate_mg_h
        Two of amount and (duration or rate); rate alone runs until a ``Stop``. A rate change or a pause keeps the
        amount: the pump runs until it is delivered or stopped.
    line
        Name of the pump line, for actions on it.
    """

    at_h: float
    compartment: str
    amount_mg: float | None = None
    duration_h: float | None = None
    rate_mg_h: float | None = None
    line: str = ""

    def __post_init__(self) -> None:
        given = {k: getattr(self, k) for k in ("amount_mg", "duration_h", "rate_mg_h") if getattr(self, k) is not None}
        if set(given) not in ({"amount_mg", "duration_h"}, {"amount_mg", "rate_mg_h"}, {"rate_mg_h"}):
            raise InvalidInput(
                "infusion", given, "amount_mg with duration_h, amount_mg with rate_mg_h, or rate_mg_h alone"
            )
        for name, value in {"at_h": self.at_h, **given}.items():
            _one_number(name, value, above_zero=name in ("duration_h", "rate_mg_h"))

    @property
    def by_rate(self) -> bool:
        """Whether amount and rate were given, so that bioavailability scales the duration."""
        return self.rate_mg_h is not None and self.amount_mg is not None

    @property
    def rate(self) -> float:
        """Rate as started, mg/h."""
        return self.rate_mg_h if self.rate_mg_h is not None else (self.amount_mg or 0.0) / (self.duration_h or 1.0)

    def cut_short(self, parts: Sequence[Segment]) -> bool:
        """Whether less than the amount was delivered."""
        return self.amount_mg is None or sum(p.amount_mg for p in parts) < self.amount_mg * (1 - 1e-12)


@dataclass(frozen=True, slots=True)
class RateChange:
    """From ``at_h`` on the pump runs at ``rate_mg_h``; what is left of the amount decides when it ends."""

    at_h: float
    rate_mg_h: float
    line: str = ""

    def __post_init__(self) -> None:
        _one_number("at_h", self.at_h)
        _one_number("rate_mg_h", self.rate_mg_h, above_zero=True)


@dataclass(frozen=True, slots=True)
class Pause:
    """The pump stands still from ``at_h``; what is left waits for a ``Resume``."""

    at_h: float
    line: str = ""

    def __post_init__(self) -> None:
        _one_number("at_h", self.at_h)


@dataclass(frozen=True, slots=True)
class Resume:
    """The pump goes on at the rate it had, or the rate set while it stood still."""

    at_h: float
    line: str = ""

    def __post_init__(self) -> None:
        _one_number("at_h", self.at_h)


@dataclass(frozen=True, slots=True)
class Stop:
    """The infusion ends; what is left is not given."""

    at_h: float
    line: str = ""

    def __post_init__(self) -> None:
        _one_number("at_h", self.at_h)


PumpAction: TypeAlias = RateChange | Pause | Resume | Stop


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an infusion at one rate."""

    start_h: float
    amount_mg: float
    duration_h: float

    @classmethod
    def whole(cls, infusion: Infusion) -> Segment:
        """The infusion as started, without any action."""
        if infusion.amount_mg is None:
            raise InvalidInput("infusion", infusion, "a Stop on its line after it", "By rate alone it would never end.")
        duration = infusion.duration_h if infusion.duration_h is not None else infusion.amount_mg / infusion.rate
        return cls(infusion.at_h, infusion.amount_mg, duration)


def segments(
    infusions: Sequence[Infusion], actions: Sequence[PumpAction]
) -> list[tuple[Infusion, tuple[Segment, ...]]]:
    """Follow each infusion through the actions on its line.

    Raises
    ------
    InvalidInput
        When an action finds nothing to act on, or two infusions of one line overlap while actions name that line.
    """
    acted: dict[str, list[PumpAction]] = {}
    for action in sorted(actions, key=lambda a: a.at_h):
        acted.setdefault(action.line, []).append(action)
    found = []
    for infusion in sorted(infusions, key=lambda i: i.at_h):
        mine = _actions_of(infusion, infusions, acted.get(infusion.line, []))
        found.append((infusion, _follow(infusion, mine) if mine else (Segment.whole(infusion),)))
    for line, on_line in acted.items():
        first = min((i.at_h for i in infusions if i.line == line), default=np.inf)
        if on_line[0].at_h < first:
            raise InvalidInput("line", line, "a line with an infusion that began before the action", repr(on_line[0]))
    return found


def _actions_of(infusion: Infusion, infusions: Sequence[Infusion], on_line: Sequence[PumpAction]) -> list[PumpAction]:
    same = [i for i in infusions if i.line == infusion.line and i is not infusion]
    if on_line and any(other.at_h == infusion.at_h for other in same):
        raise InvalidInput("line", infusion.line, "one infusion a line when a pump action names it", "Name the lines.")
    following = min((other.at_h for other in same if other.at_h > infusion.at_h), default=np.inf)
    return [a for a in on_line if infusion.at_h <= a.at_h < following]


def _follow(infusion: Infusion, actions: Sequence[PumpAction]) -> tuple[Segment, ...]:
    found: list[Segment] = []
    now, rate, running, left = infusion.at_h, infusion.rate, True, infusion.amount_mg
    for action in actions:
        took = action.at_h - now
        ends = running and left is not None and took * rate >= left * (1 - 1e-12)
        if ends and took * rate > (left or 0.0) * (1 + 1e-12):
            raise InvalidInput("at_h", action.at_h, "a time while the infusion runs", f"It was over before {action}.")
        if running and took > 0:
            amount = left if ends and left is not None else rate * took
            found.append(Segment(now, amount, took))
            left = None if left is None else left - amount
        now = action.at_h
        if isinstance(action, RateChange):
            rate = action.rate_mg_h
        elif isinstance(action, Stop):
            if action is not actions[-1]:
                raise InvalidInput("actions", actions[-1], "nothing after a Stop", "Start a new infusion.")
            return tuple(found)
        elif isinstance(action, Pause) != running:
            raise InvalidInput("actions", action, "a Pause while it runs, a Resume while it is paused")
        else:
            running = isinstance(action, Resume)
    if not running:
        return tuple(found)
    if left is None:
        raise InvalidInput("infusion", infusion, "a Stop on its line", "By rate alone it would never end.")
    return (*found, Segment(now, left, left / rate)) if left > 0 else tuple(found)


def _one_number(name: str, value: object, *, above_zero: bool = False) -> None:
    array = finite(name, value)
    if array.ndim or array < 0 or (above_zero and array == 0):
        raise InvalidInput(name, value, "one number above zero" if above_zero else "one number of zero or more")
