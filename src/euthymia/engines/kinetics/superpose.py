"""Sums of modes over all inputs at the observation times, in NumPy, a few hundred patients at a time.

Where every patient has the same dose times, the modal amounts are carried from one change of input to the next and each
mode needs one exponential for each time; dose times that differ between patients are summed input by input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.kinetics.inputs import FloatArray, InputTable

CHUNK = 1 << 15
"""Values of one mode held at once, so that the work stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class ModalInput:
    """A linear problem in modal coordinates; a first axis of length one stands for all patients.

    Parameters
    ----------
    values
        Eigenvalues ``(n, m)``, 1/h.
    left
        Outputs of each mode, ``(n, k, m)``.
    inverse
        Inverse eigenvectors ``(n, m, m)``.
    inputs
        What enters.
    times_h
        ``(t,)``.
    initial
        ``(n, m)``, mg at time 0.
    """

    values: FloatArray
    left: FloatArray
    inverse: FloatArray
    inputs: InputTable
    times_h: FloatArray
    initial: FloatArray

    def rows(self, part: slice | NDArray[np.intp]) -> ModalInput:
        """The same for some of the patients."""
        entries = self.inputs
        start, amount, duration = (
            a[:, part] if a.shape[1] > 1 else a for a in (entries.start, entries.amount, entries.duration)
        )
        values, left, inverse, initial = (
            a[part] if a.shape[0] > 1 else a for a in (self.values, self.left, self.inverse, self.initial)
        )
        return ModalInput(
            values, left, inverse, InputTable(entries.state, start, amount, duration), self.times_h, initial
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time without a change of input: its length, the observations in it, the boluses at its start, what runs."""

    start_h: float
    length_h: float
    observed: slice
    boluses: tuple[int, ...]
    running: tuple[int, ...]


def superpose(problem: ModalInput, n: int) -> tuple[FloatArray, FloatArray]:
    """Outputs ``(n, k, t)`` of the modal sum, and the amplification of rounding for each patient, ``(n,)``.

    The amplification is the largest sum of the absolute terms over the largest value, of the worst output: about this
    many times the rounding of one double is the error as a share of Cmax.
    """
    k, t = problem.left.shape[1], problem.times_h.size
    values, amplification = np.empty((n, k, t)), np.empty(n)
    chunk = max(32, CHUNK // t)
    course = tuple(stretches(problem.inputs, problem.times_h)) if problem.inputs.shared_times else None
    for first in range(0, n, chunk):
        part = slice(first, min(first + chunk, n))
        some = problem.rows(part)
        out = values[part]
        bound = _in_course(some, course, out) if course is not None else _one_by_one(some, out)
        largest = np.maximum(out.max(axis=2), -out.min(axis=2))
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(bound == 0, 1.0, bound / largest)
        amplification[part] = share.max(axis=1)
    return values, amplification


def stretches(inputs: InputTable, times_h: FloatArray) -> Iterator[Stretch]:
    """Cut the time to the last observation at each start and end of an input; every patient has the same."""
    start, duration = inputs.start[:, 0], inputs.duration[:, 0]
    end = start + duration
    last = times_h[-1]
    edges = np.unique(np.concatenate([[0.0], start, end]))
    edges = edges[edges <= last]
    for number, edge in enumerate(edges):
        following = edges[number + 1] if number + 1 < edges.size else np.inf
        boluses = np.flatnonzero((duration == 0) & (start == edge))
        running = np.flatnonzero((duration > 0) & (start <= edge) & (end > edge))
        observed = slice(*(int(i) for i in np.searchsorted(times_h, [edge, following])))
        yield Stretch(float(edge), float(following - edge), observed, tuple(boluses.tolist()), tuple(running.tolist()))


def _in_course(problem: ModalInput, course: tuple[Stretch, ...], out: FloatArray) -> FloatArray:
    """Fill ``out`` ``(c, k, t)`` stretch by stretch; returns the largest sum of absolute terms observed ``(c, k)``."""
    c, k, _ = out.shape
    rates, entries = problem.values, problem.inputs
    left_size = np.abs(problem.left)
    held = np.einsum("nij,nj->ni", problem.inverse, problem.initial)
    size = np.einsum("nij,nj->ni", np.abs(problem.inverse), problem.initial)
    bound = np.zeros((c, k))
    for stretch in course:
        for q in stretch.boluses:
            entering = problem.inverse[:, :, entries.state[q]] * entries.amount[q][:, None]
            held, size = held + entering, size + np.abs(entering)
        feed, feed_size = np.zeros_like(held), np.zeros_like(held)
        for q in stretch.running:
            entering = problem.inverse[:, :, entries.state[q]] * (entries.amount[q] / entries.duration[q])[:, None]
            feed, feed_size = feed + entering, feed_size + np.abs(entering)
        slope = rates * held + feed if stretch.running else held
        _observe(problem, stretch, held, slope, out)
        if stretch.observed.start < stretch.observed.stop:
            first, last = problem.times_h[[stretch.observed.start, stretch.observed.stop - 1]] - stretch.start_h
            seen = size + feed_size * per_rate(rates, last) if stretch.running else size * np.exp(rates * first)
            bound = np.maximum(bound, (left_size @ seen[..., None])[..., 0])
        if stretch.length_h == np.inf:
            break
        decay = np.exp(rates * stretch.length_h)
        held, size = held * decay, size * decay
        if stretch.running:
            spread = per_rate(rates, stretch.length_h)
            held, size = held + feed * spread, size + feed_size * spread
    return bound


def _observe(problem: ModalInput, stretch: Stretch, held: FloatArray, slope: FloatArray, out: FloatArray) -> None:
    """Write the outputs at the observations of one stretch."""
    target = out[:, :, stretch.observed]
    elapsed = problem.times_h[stretch.observed] - stretch.start_h
    if not elapsed.size:
        return
    weight = problem.left * slope[:, None, :]
    if stretch.running:
        base = (problem.left @ held[..., None])[..., 0]
        target[...] = base[..., None]
    else:
        target[...] = 0.0
    used = (weight != 0).any(axis=0)
    rates = problem.values
    curve, term = np.empty((weight.shape[0], elapsed.size)), np.empty((out.shape[0], elapsed.size))
    for mode in range(rates.shape[1]):
        outputs = np.flatnonzero(used[:, mode])
        if not outputs.size:
            continue
        np.multiply(np.broadcast_to(rates[:, mode, None], (weight.shape[0], 1)), elapsed, out=curve)
        if stretch.running:
            curve[...] = per_rate(rates[:, mode, None], elapsed)
        else:
            np.exp(curve, out=curve)
        for k in outputs:
            np.multiply(curve, weight[:, k, mode, None], out=term)
            target[:, k] += term


def per_rate(rates: FloatArray, hours: float | FloatArray) -> FloatArray:
    """``(exp(rate h) - 1) / rate``, which is the time itself for a rate of zero."""
    spread = np.expm1(rates * hours)
    zero = rates == 0
    if zero.any():
        return np.where(zero, hours, spread / np.where(zero, 1.0, rates))
    found: FloatArray = spread / rates
    return found


def _one_by_one(problem: ModalInput, out: FloatArray) -> FloatArray:
    """Fill ``out`` input by input, for dose times of each patient's own; returns the bound ``(c, k)``."""
    c, k, t = out.shape
    entries = problem.inputs
    out[...] = 0.0
    sizes = np.zeros((c, k, t))
    elapsed = problem.times_h - entries.start[..., None]
    given = np.clip(elapsed, 0.0, entries.duration[..., None])
    after = np.maximum(elapsed - given, 0.0)
    per_hour = entries.amount / np.where(entries.duration > 0, entries.duration, 1.0)
    begun, even = elapsed >= 0, entries.duration[..., None] > 0
    start = np.einsum("nij,nj->ni", problem.inverse, problem.initial)
    start_size = np.einsum("nij,nj->ni", np.abs(problem.inverse), problem.initial)
    for mode in range(problem.values.shape[1]):
        rate = problem.values[:, mode, None]
        first = np.exp(rate * problem.times_h)
        curve, size = first * start[:, mode, None], first * start_size[:, mode, None]
        for q, state in enumerate(entries.state):
            term = np.exp(rate * after[q])
            if even[q].any():
                term = term * np.where(even[q], per_rate(rate, given[q]), 1.0)
            entering = problem.inverse[:, mode, state, None] * per_hour[q][:, None]
            term = np.where(begun[q], term, 0.0) * entering
            curve, size = curve + term, size + np.abs(term)
        for output in range(k):
            weight = problem.left[:, output, mode, None]
            if weight.any():
                out[:, output] += weight * curve
                sizes[:, output] += np.abs(weight) * size
    bound: FloatArray = sizes.max(axis=2)
    return bound
