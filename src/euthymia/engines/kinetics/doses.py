"""Clinical dose events and the plan that turns them into inputs of a model, with bioavailability and lag.

Bioavailability of an infusion: given by **amount and duration** it scales the **rate** (the duration stays); given by
**amount and rate** it scales the **duration** (the rate stays); by **rate alone**, the rate. Lag moves both ends of
an infusion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.inputs import FloatArray, Input, finite
from euthymia.engines.kinetics.pump import Infusion, Pause, PumpAction, RateChange, Resume, Segment, Stop, segments

Share: TypeAlias = float | FloatArray


@dataclass(frozen=True, slots=True)
class Bolus:
    """``amount_mg`` (scalar or one per patient) at once into ``compartment`` at ``at_h``."""

    at_h: float
    amount_mg: Share
    compartment: str

    def __post_init__(self) -> None:
        _not_negative(self, "at_h", "amount_mg")


@dataclass(frozen=True, slots=True)
class FirstOrderDepot(Bolus):
    """A dose swallowed, sprayed or injected: at once into a depot that empties by its own first-order rate."""


@dataclass(frozen=True, slots=True)
class ZeroOrder:
    """``amount_mg`` evenly over ``duration_h`` into ``compartment``; a property of the body, so no pump stops it."""

    at_h: float
    amount_mg: Share
    duration_h: Share
    compartment: str

    def __post_init__(self) -> None:
        _not_negative(self, "at_h", "amount_mg", "duration_h")


SingleDose: TypeAlias = Bolus | ZeroOrder | Infusion


@dataclass(frozen=True, slots=True)
class Repeat:
    """``dose`` given ``count`` times, ``interval_h`` apart, the first at its own time; infusions may overlap."""

    dose: SingleDose
    interval_h: float
    count: int

    def __post_init__(self) -> None:
        interval = finite("interval_h", self.interval_h)
        if interval.ndim or interval <= 0:
            raise InvalidInput("interval_h", self.interval_h, "hours above zero")
        if isinstance(self.count, bool) or not isinstance(self.count, int) or self.count < 1:
            raise InvalidInput("count", self.count, "a whole number from 1 on")
        if isinstance(self.dose, Infusion) and self.dose.line:
            raise InvalidInput("dose.line", self.dose.line, "no line name in a repeat", "Write each infusion out.")

    def single_doses(self) -> tuple[SingleDose, ...]:
        """Each dose at its own time."""
        return tuple(replace(self.dose, at_h=self.dose.at_h + i * self.interval_h) for i in range(self.count))


@dataclass(frozen=True, slots=True)
class SteadyState:
    """What has been given before time 0 for long enough that nothing changes any more from one interval to the next.

    Parameters
    ----------
    dose
        The dose; its ``at_h`` must be 0. It was given at ``-interval_h``, ``-2 interval_h`` and so on; the dose at time
        0, when there is one, is part of the plan. An infusion may last as long as the interval or longer.
    interval_h
        ``None`` for a constant infusion, which must be given by ``rate_mg_h`` alone.
    """

    dose: SingleDose
    interval_h: float | None = None

    def __post_init__(self) -> None:
        if self.dose.at_h != 0:
            raise InvalidInput("dose.at_h", self.dose.at_h, "0", "A steady state is that before time 0.")
        if self.interval_h is None:
            if not isinstance(self.dose, Infusion) or self.dose.amount_mg is not None:
                raise InvalidInput(
                    "dose", self.dose, "an infusion by `rate_mg_h` alone", "A dose that ends needs an `interval_h`."
                )
        elif not (np.isfinite(self.interval_h) and self.interval_h > 0):
            raise InvalidInput("interval_h", self.interval_h, "hours above zero")
        elif isinstance(self.dose, Infusion) and self.dose.amount_mg is None:
            raise InvalidInput("interval_h", self.interval_h, "None", "An infusion without an end is not repeated.")


DoseEvent: TypeAlias = SingleDose | Repeat | PumpAction


@dataclass(frozen=True, slots=True)
class DosePlan:
    """Doses and pump actions in any order.

    Parameters
    ----------
    events
        Doses, repeats and pump actions. A pump action acts on the infusion with the same ``line`` that began before it.
    steady_state
        What was given before time 0, if anything; see ``steady_state.start``.
    """

    events: tuple[DoseEvent, ...]
    steady_state: SteadyState | None = None

    def __post_init__(self) -> None:
        self._segments()

    def to_inputs(
        self,
        state_index: Mapping[str, int],
        bioavailability: Mapping[str, Share] | None = None,
        lag_h: Mapping[str, Share] | None = None,
    ) -> tuple[Input, ...]:
        """Inputs of the model for the plan after time 0.

        Parameters
        ----------
        state_index
            Index of the state of each compartment.
        bioavailability, lag_h
            By compartment: share that arrives (1 when absent) and delay in h (0 when absent), scalar or ``(n,)``.

        Raises
        ------
        InvalidInput
            For a compartment that the model has not, or a share or lag that is negative or not finite.
        """
        shares = checked_shares("bioavailability", bioavailability, state_index)
        lags = checked_shares("lag_h", lag_h, state_index)
        found = [_input(dose, state_index, shares, lags) for dose in self._single_doses()]
        for infusion, parts in self._segments():
            found += infusion_inputs(infusion, parts, state_index, shares, lags)
        return tuple(found)

    def _single_doses(self) -> list[Bolus | ZeroOrder]:
        flat: list[DoseEvent] = []
        for event in self.events:
            flat += event.single_doses() if isinstance(event, Repeat) else [event]
        return [e for e in flat if isinstance(e, Bolus | ZeroOrder)]

    def _segments(self) -> list[tuple[Infusion, tuple[Segment, ...]]]:
        infusions: list[Infusion] = [e for e in self.events if isinstance(e, Infusion)]
        repeated = [d for e in self.events if isinstance(e, Repeat) for d in e.single_doses()]
        actions = [e for e in self.events if isinstance(e, RateChange | Pause | Resume | Stop)]
        done = segments(infusions, actions)
        return done + [(d, (Segment.whole(d),)) for d in repeated if isinstance(d, Infusion)]


def checked_shares(
    argument: str, given: Mapping[str, Share] | None, state_index: Mapping[str, int]
) -> dict[str, FloatArray]:
    """Return the values by compartment after the checks."""
    checked = {}
    for name, value in (given or {}).items():
        if name not in state_index:
            raise InvalidInput(f"{argument}[{name!r}]", name, f"one of {', '.join(state_index)}")
        array = finite(f"{argument}[{name!r}]", value)
        if array.size and array.min() < 0:
            raise InvalidInput(f"{argument}[{name!r}]", float(array.min()), "zero or more")
        checked[name] = array
    return checked


def compartment_state(compartment: str, state_index: Mapping[str, int]) -> int:
    """Index of the state, or an error that names the compartments there are."""
    if compartment not in state_index:
        raise InvalidInput("compartment", compartment, f"one of {', '.join(state_index)}")
    return state_index[compartment]


def infusion_inputs(
    infusion: Infusion,
    parts: Sequence[Segment],
    state_index: Mapping[str, int],
    shares: Mapping[str, FloatArray],
    lags: Mapping[str, FloatArray],
) -> list[Input]:
    """Inputs of one infusion: bioavailability scales the duration when amount and rate were given, else the rate."""
    state = compartment_state(infusion.compartment, state_index)
    share = shares.get(infusion.compartment, np.float64(1.0))
    lag = lags.get(infusion.compartment, np.float64(0.0))
    if not infusion.by_rate:
        return [Input(state, p.start_h + lag, p.amount_mg * share, p.duration_h) for p in parts]
    if len(parts) == 1 and not infusion.cut_short(parts):
        (part,) = parts
        return [Input(state, part.start_h + lag, part.amount_mg * share, part.duration_h * share)]
    if np.max(share) > 1:
        raise InvalidInput(
            f"bioavailability[{infusion.compartment!r}]",
            float(np.max(share)),
            "at most 1 for an infusion by amount and rate that was changed while it ran",
            "Give it by amount and duration.",
        )
    found, before = [], 0.0
    budget = share * (infusion.amount_mg or 0.0)
    for part in parts:
        entering = np.clip(budget - before, 0.0, part.amount_mg)
        found.append(Input(state, part.start_h + lag, entering, part.duration_h * (entering / part.amount_mg)))
        before = before + part.amount_mg
    return found


def _input(
    dose: Bolus | ZeroOrder,
    state_index: Mapping[str, int],
    shares: Mapping[str, FloatArray],
    lags: Mapping[str, FloatArray],
) -> Input:
    state = compartment_state(dose.compartment, state_index)
    start = dose.at_h + lags.get(dose.compartment, np.float64(0.0))
    amount = dose.amount_mg * shares.get(dose.compartment, np.float64(1.0))
    return Input(state, start, amount, dose.duration_h if isinstance(dose, ZeroOrder) else 0.0)


def _not_negative(dose: object, *names: str) -> None:
    for name in names:
        value = finite(name, getattr(dose, name))
        if value.size and value.min() < 0:
            raise InvalidInput(name, float(value.min()), "zero or more")
