"""A slow, exact solver to test against: matrix exponentials in 80-digit arithmetic (mpmath), event by event.

Rate constants are taken as the exact values of the doubles given, so that nothing is lost in building the matrix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from euthymia.core.errors import MissingExtra
from euthymia.engines.kinetics.inputs import FloatArray, Input

DIGITS = 80


@dataclass(frozen=True, slots=True)
class FlowModel:
    """A compartment model by its flows.

    Parameters
    ----------
    n_states
        Number of states.
    flows
        Rate constant, 1/h, by ``(from, to)``.
    losses
        Rate constant, 1/h, of what leaves the model, by state.
    """

    n_states: int
    flows: Mapping[tuple[int, int], float]
    losses: Mapping[int, float] = field(default_factory=dict)

    def rates(self) -> FloatArray:
        """The rate matrix ``(m, m)`` in doubles."""
        matrix = np.zeros((self.n_states, self.n_states))
        for (source, target), rate in self.flows.items():
            matrix[target, source] += rate
            matrix[source, source] -= rate
        for state, rate in self.losses.items():
            matrix[state, state] -= rate
        return matrix

    def loss_vector(self) -> FloatArray:
        """Losses ``(m,)``."""
        return np.array([self.losses.get(state, 0.0) for state in range(self.n_states)])


def exact_states(
    model: FlowModel, inputs: Sequence[Input], times_h: Sequence[float], initial: Sequence[float] | None = None
) -> FloatArray:
    """States ``(t, m)`` of one patient, exact and then rounded to doubles; inputs are scalars.

    Raises
    ------
    MissingExtra
        When mpmath is not installed.
    """
    try:
        from mpmath import expm, matrix, mp  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:
        raise MissingExtra("mpmath", "test") from error
    with mp.workdps(DIGITS):
        m = model.n_states
        system = matrix(m + 1, m + 1)
        for (source, target), rate in model.flows.items():
            system[target, source] += mp.mpf(rate)
            system[source, source] -= mp.mpf(rate)
        for state, rate in model.losses.items():
            system[state, state] -= mp.mpf(rate)
        doses = [(i.state, mp.mpf(i.start_h), mp.mpf(i.amount), mp.mpf(i.duration_h)) for i in inputs]
        observed = [mp.mpf(t) for t in times_h]
        stops = sorted({mp.mpf(0), *observed, *(s for _, s, _, _ in doses), *(s + d for _, s, _, d in doses)})
        now = matrix([mp.mpf(x) for x in (initial if initial is not None else [0.0] * m)] + [mp.mpf(1)])
        found: dict[Any, list[float]] = {}
        for number, stop in enumerate(stops):
            for state, start, amount, duration in doses:
                if duration == 0 and start == stop:
                    now[state] += amount
            found[stop] = [float(now[state]) for state in range(m)]
            if number + 1 < len(stops):
                stepped = system.copy()
                for state, start, amount, duration in doses:
                    if duration > 0 and start <= stop < start + duration:
                        stepped[state, m] += amount / duration
                now = expm(stepped * (stops[number + 1] - stop)) * now
        return np.array([found[t] for t in observed])
