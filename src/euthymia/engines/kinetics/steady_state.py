"""Steady-state start: the amounts at time 0 after a dose has been given at one interval for ever.

What is still to enter at time 0 (an infusion that lasts beyond the interval, a dose within its lag) is returned as
inputs, so that an infusion as long as the interval, or longer, needs no special case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.kinetics.doses import (
    Bolus,
    DosePlan,
    Share,
    SteadyState,
    checked_shares,
    compartment_state,
    infusion_inputs,
)
from euthymia.engines.kinetics.inputs import FloatArray, Input, table
from euthymia.engines.kinetics.linear import solve_with
from euthymia.engines.kinetics.matrix_exponential import exponentials
from euthymia.engines.kinetics.modal import Modes
from euthymia.engines.kinetics.pump import Infusion, Segment

MOST_AMPLIFICATION = 3e4
DOUBLINGS = 64
SLOWEST = 1e-12
"""Slowest loss, 1/h, that is taken as a loss."""
NEVER = "a dose that leaves the body from every state it reaches"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A plan as a solver takes it: amounts at time 0 ``(n, m)``, ``None`` for an empty body, and inputs after it."""

    initial: FloatArray | None
    inputs: tuple[Input, ...]


def resolve(
    plan: DosePlan,
    modes: Modes,
    state_index: Mapping[str, int],
    bioavailability: Mapping[str, Share] | None = None,
    lag_h: Mapping[str, Share] | None = None,
) -> Resolved:
    """Turn a plan, with its steady-state start if it has one, into initial amounts and inputs.

    Parameters
    ----------
    plan
        The plan.
    modes
        Decomposed model.
    state_index, bioavailability, lag_h
        As in ``DosePlan.to_inputs``.

    Raises
    ------
    InvalidInput
        As ``to_inputs``, and when no steady state exists because a state that is reached keeps what it gets.
    """
    inputs = plan.to_inputs(state_index, bioavailability, lag_h)
    if plan.steady_state is None:
        return Resolved(None, inputs)
    before = steady_start(plan.steady_state, modes, state_index, bioavailability, lag_h)
    return Resolved(before.initial, (*before.inputs, *inputs))


def steady_start(
    steady: SteadyState,
    modes: Modes,
    state_index: Mapping[str, int],
    bioavailability: Mapping[str, Share] | None = None,
    lag_h: Mapping[str, Share] | None = None,
) -> Resolved:
    """Amounts at time 0, before any dose of the plan, and what is still to enter from earlier doses."""
    shares = checked_shares("bioavailability", bioavailability, state_index)
    lags = checked_shares("lag_h", lag_h, state_index)
    dose = steady.dose
    state = compartment_state(dose.compartment, state_index)
    if steady.interval_h is None:
        rate = shares.get(dose.compartment, np.float64(1.0)) * (dose.rate if isinstance(dose, Infusion) else 0.0)
        return _constant(modes, state, np.atleast_1d(rate), lags.get(dose.compartment))
    if isinstance(dose, Infusion):
        (entering,) = infusion_inputs(dose, (Segment.whole(dose),), state_index, shares, lags)
    else:
        amount = dose.amount_mg * shares.get(dose.compartment, np.float64(1.0))
        duration = 0.0 if isinstance(dose, Bolus) else dose.duration_h
        entering = Input(state, lags.get(dose.compartment, np.float64(0.0)), amount, duration)
    return _periodic(modes, entering, steady.interval_h)


def _constant(modes: Modes, state: int, rate: FloatArray, lag: FloatArray | None) -> Resolved:
    """Balance of a constant input; states that it does not reach stay empty. A lag changes nothing that has lasted."""
    m = modes.n_states
    some = _reached(modes, state)
    feed = np.zeros((len(some), 1))
    feed[some.index(state)] = 1.0
    inside = modes.rates[:, some][:, :, some]
    level = np.linalg.solve(-inside, feed)[..., 0]
    initial = np.zeros((max(level.shape[0], rate.size), m))
    initial[:, some] = level * rate[:, None]
    late = () if lag is None or not np.any(lag) else (Input(state, 0.0, rate * lag, lag),)
    return Resolved(initial, late)


def _reached(modes: Modes, state: int) -> list[int]:
    """States that an input into ``state`` reaches; refused when what reaches them never leaves."""
    linked = (modes.rates != 0).any(axis=0)
    reached = {state}
    for _ in range(modes.n_states):
        reached |= {int(row) for column in reached for row in np.flatnonzero(linked[:, column])}
    some = sorted(reached)
    if modes.values[:, some].max() >= -SLOWEST:  # the modes of a group stand at the places of its states
        raise InvalidInput("steady_state", "a dose into a state that keeps what it gets", NEVER)
    return some


def _periodic(modes: Modes, entering: Input, interval: float) -> Resolved:
    _reached(modes, entering.state)
    n = max(modes.rates.shape[0], *(np.size(v) for v in (entering.start_h, entering.amount, entering.duration_h)))
    entries = table((entering,), n, modes.n_states)
    lag, amount, duration = (np.broadcast_to(a[0], (n,)) for a in (entries.start, entries.amount, entries.duration))
    waiting = np.floor(lag / interval)  # doses given but still wholly within their lag at time 0
    phase = lag - waiting * interval
    running = np.maximum(np.ceil((duration + phase) / interval) - 1, 0.0)  # infusions that still run at time 0
    later = [
        Input(entering.state, phase + j * interval, np.where(j < waiting, amount, 0.0), duration)
        for j in range(int(waiting.max()))
    ]
    since = (running + 1) * interval - phase
    horizon = float(since.max())
    past = solve_with(
        modes, (Input(entering.state, horizon - since, amount, duration),), np.array([horizon]), spot_checks=0
    )
    initial = _sum_of_intervals(modes, past.values[:, 0], interval)
    for q in range(1, int(running.max()) + 1):
        gone = np.minimum(q * interval - phase, duration)
        on = (q <= running) & (duration > 0)
        share = np.where(on, gone / np.where(duration > 0, duration, 1.0), 0.0)
        begun = Input(entering.state, horizon - gone, amount * share, np.where(on, gone, 0.0))
        initial = initial + solve_with(modes, (begun,), np.array([horizon]), spot_checks=0).values[:, 0]
        later.append(
            Input(entering.state, 0.0, np.where(on, amount * (1 - share), 0.0), np.where(on, duration - gone, 0.0))
        )
    return Resolved(initial, tuple(later))


def _sum_of_intervals(modes: Modes, amounts: FloatArray, interval: float) -> FloatArray:
    """``(1 + E + E^2 + ...) amounts`` with ``E = exp(rates interval)``."""
    n = amounts.shape[0]
    weight = np.einsum("nij,nj->ni", modes.inverse, amounts)
    with np.errstate(divide="ignore", invalid="ignore"):
        summed = np.where(weight == 0, 0.0, -weight / np.expm1(modes.values * interval))
        total: FloatArray = np.einsum("nij,nj->ni", modes.vectors, summed)
        size = np.einsum("nij,nj->ni", np.abs(modes.vectors), np.abs(summed))
        delicate = ~(size <= MOST_AMPLIFICATION * total).all(axis=1) & (size.max(axis=1) > 0)
        delicate |= ~np.isfinite(total).all(axis=1)
    for patient in np.flatnonzero(delicate | ~np.broadcast_to(modes.usable, (n,))):
        own = np.array([patient if modes.rates.shape[0] > 1 else 0])
        step = exponentials(modes.rates[own], modes.losses[own], np.array([interval]))[0]
        total[patient] = _doubled(step, amounts[patient])
    return total


def _doubled(step: FloatArray, amounts: FloatArray) -> FloatArray:
    """The same sum by doubling the number of doses, without modes and without differences."""
    total = amounts
    for _ in range(DOUBLINGS):
        more = step @ total
        total = total + more
        step = step @ step
        if more.max() <= 1e-17 * total.max():
            return total
    raise NotConverged(f"the steady state was not reached after 2**{DOUBLINGS} doses")
