"""Mass balance of a solved model: what was given is in the body or has left it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.kinetics.inputs import FloatArray, InputTable
from euthymia.engines.kinetics.modal import Modes, decompose
from euthymia.engines.kinetics.superpose import ModalInput, superpose


def mass_defect(
    modes: Modes, inputs: InputTable, times_h: FloatArray, initial: FloatArray, patients: NDArray[np.intp]
) -> float:
    """Largest defect at the last time as a share of what was given, by the modes with a state that collects losses.

    Not a number for a model in which a state gains what no other loses (an effect site).
    """
    rates = modes.rates[patients] if modes.rates.shape[0] > 1 else modes.rates
    losses = modes.losses[patients] if modes.losses.shape[0] > 1 else modes.losses
    if (losses < 0).any():
        return float("nan")
    _, m = losses.shape
    closed = np.zeros((rates.shape[0], m + 1, m + 1))
    closed[:, :m, :m], closed[:, m, :m] = rates, losses
    found = decompose(closed, np.zeros(m + 1))
    n = patients.size
    start = np.broadcast_to(initial[patients] if initial.shape[0] > 1 else initial, (n, m))
    taken = [a[:, patients] if a.shape[1] > 1 else a for a in (inputs.start, inputs.amount, inputs.duration)]
    entries = InputTable(inputs.state, *taken)
    left = np.ones((1, 1, m + 1)) @ found.vectors
    problem = ModalInput(found.values, left, found.inverse, entries, times_h[-1:], np.pad(start, ((0, 0), (0, 1))))
    total = superpose(problem, n)[0][:, 0, 0]
    elapsed = times_h[-1] - entries.start
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(entries.duration > 0, np.clip(elapsed / entries.duration, 0.0, 1.0), elapsed >= 0)
    given = start.sum(axis=1) + (entries.amount * share).sum(axis=0)
    return float((np.abs(total - given) / np.where(given > 0, given, 1.0)).max())
