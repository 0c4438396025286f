"""What enters a compartment and when, after bioavailability and lag: boluses and even (zero-order) inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput

FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Input:
    """One amount into one state of a linear model.

    Parameters
    ----------
    state
        Index of the state that receives it.
    start_h
        When it begins, h after time 0, scalar or one per patient ``(n,)``.
    amount
        Amount in mg, scalar or ``(n,)``.
    duration_h
        0 for a bolus; else the amount is spread evenly over this time. Scalar or ``(n,)``.
    """

    state: int
    start_h: float | FloatArray
    amount: float | FloatArray
    duration_h: float | FloatArray = 0.0


@dataclass(frozen=True, slots=True)
class InputTable:
    """All inputs of a problem as arrays: ``state`` ``(q,)``; ``start``, ``amount`` and ``duration`` ``(q, n)``.

    Their second axis has length one when every patient has the same.
    """

    state: NDArray[np.intp]
    start: FloatArray
    amount: FloatArray
    duration: FloatArray

    @property
    def shared_times(self) -> bool:
        """Whether every patient has the same start times and durations."""
        return bool(self.start.shape[1] == 1 and self.duration.shape[1] == 1)


def table(inputs: Sequence[Input], n_patients: int, n_states: int) -> InputTable:
    """Check the inputs and stack them; an axis that does not vary over patients is kept at length one.

    Raises
    ------
    InvalidInput
        For a state out of range, a value that is not finite or is negative, or an array that is not ``(n,)``.
    """
    for number, given in enumerate(inputs):
        if isinstance(given.state, bool) or not isinstance(given.state, int | np.integer):
            raise InvalidInput(f"inputs[{number}].state", given.state, "the index of a state, a whole number")
        if not 0 <= given.state < n_states:
            raise InvalidInput(f"inputs[{number}].state", given.state, f"0 to {n_states - 1}, a state of the model")
    state = np.array([i.state for i in inputs], dtype=np.intp)
    start, amount, duration = (_column([getattr(i, a) for i in inputs], a, n_patients) for a in Input.__slots__[1:])
    unseen = (start + duration == start) & (duration > 0)
    if unseen.any():  # shorter than the times can tell apart: the same as a bolus, and not to be lost between them
        duration = np.where(unseen, 0.0, duration)
    return InputTable(state, start, amount, duration)


def _column(values: Sequence[float | FloatArray], name: str, n: int) -> FloatArray:
    rows = []
    for number, value in enumerate(values):
        argument = f"inputs[{number}].{name}"
        array = finite(argument, value)
        if array.ndim > 1 or (array.ndim == 1 and array.shape[0] not in (1, n)):
            raise InvalidInput(argument, array.shape, f"one number, or one per patient: shape ({n},)")
        if array.size and array.min() < 0:
            raise InvalidInput(argument, float(array.min()), "zero or more", "Times count from time 0 of the problem.")
        rows.append(array.reshape(-1))
    width = max((row.shape[0] for row in rows), default=1)
    if not rows:
        return np.zeros((0, 1))
    return np.stack([np.broadcast_to(row, (width,)) for row in rows])


def finite(argument: str, value: object) -> FloatArray:
    """Return ``value`` as an array of doubles; refuse what is not a finite number."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(argument, value, "numbers") from error
    if not np.isfinite(array).all():
        raise InvalidInput(argument, array[~np.isfinite(array)].flat[0], "finite numbers")
    return array
