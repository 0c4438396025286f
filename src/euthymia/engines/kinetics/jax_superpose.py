"""Sums of modes compiled by JAX, in double precision, on the CPU or a GPU; the same sums as ``superpose``.

One compilation serves any number of patients and any times of the same plan structure: chunks are padded to one size,
and times and amounts are arguments. Double precision is switched on for these calls only.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, cast

import numpy as np

from euthymia.core.errors import MissingExtra
from euthymia.engines.kinetics.inputs import FloatArray, InputTable
from euthymia.engines.kinetics.superpose import ModalInput, Stretch, stretches

CHUNK = {"cpu": 1 << 10, "gpu": 1 << 16}
Shape = tuple[int, tuple[int, ...], tuple[int, ...]]
"""Of one stretch: number of observations, boluses at its start, inputs that run."""


def superpose_jax(problem: ModalInput, n: int) -> tuple[FloatArray, FloatArray]:
    """Outputs ``(n, k, t)`` and amplification ``(n,)``; see ``superpose``.

    Raises
    ------
    MissingExtra
        When JAX is not installed.
    """
    jax = _jax()
    largest = CHUNK.get(jax.default_backend(), CHUNK["gpu"])
    chunk = largest if n >= largest else 1 << max(n - 1, 1).bit_length()
    entries = problem.inputs
    states = tuple(entries.state.tolist())
    arguments: tuple[Any, ...]
    if entries.shared_times:
        course = tuple(stretches(entries, problem.times_h))
        kernel = _course_kernel(states, tuple(_shape(s) for s in course))
        edges = np.array([s.start_h for s in course])
        arguments = (problem.times_h, edges)
    else:
        kernel, arguments = _single_kernel(states), (problem.times_h,)
    values = np.empty((n, problem.left.shape[1], problem.times_h.size))
    amplification = np.empty(n)
    with _double_precision(jax):
        for first in range(0, n, chunk):
            part = slice(first, min(first + chunk, n))
            size = part.stop - part.start
            out, share = kernel(*arguments, *_padded(problem.rows(part), size, chunk))
            values[part], amplification[part] = np.asarray(out)[:size], np.asarray(share)[:size]
    return values, amplification


def _jax() -> Any:
    try:
        import jax
    except ImportError as error:
        raise MissingExtra("jax", "jax") from error
    return jax


def _double_precision(jax: Any) -> AbstractContextManager[Any]:
    from importlib import import_module

    switch = jax.enable_x64 if hasattr(jax, "enable_x64") else import_module("jax.experimental").enable_x64
    return cast(AbstractContextManager[Any], switch(True))


def _shape(stretch: Stretch) -> Shape:
    return stretch.observed.stop - stretch.observed.start, stretch.boluses, stretch.running


def _padded(problem: ModalInput, size: int, chunk: int) -> tuple[FloatArray, ...]:
    """Arrays of one chunk, padded by repeating the last patient; an axis that does not vary keeps length one."""
    entries: InputTable = problem.inputs
    arrays = (problem.values, problem.left, problem.inverse, problem.initial)
    columns = (entries.start.T, entries.amount.T, entries.duration.T)

    def pad(array: FloatArray) -> FloatArray:
        if array.shape[0] == 1 or size == chunk:
            return np.ascontiguousarray(array)
        return np.concatenate([array, np.repeat(array[-1:], chunk - size, axis=0)])

    full = np.broadcast_to(problem.values, (size, problem.values.shape[1]))
    return (pad(full), *(pad(a) for a in arrays[1:]), *(pad(a) for a in columns))


@lru_cache(maxsize=64)
def _course_kernel(states: tuple[int, ...], course: tuple[Shape, ...]) -> Callable[..., Any]:
    jax = _jax()
    jnp = jax.numpy

    def spread(rates: Any, hours: Any) -> Any:
        zero = rates == 0
        return jnp.where(zero, hours, jnp.expm1(rates * hours) / jnp.where(zero, 1.0, rates))

    def kernel(times: Any, edges: Any, rates: Any, left: Any, inverse: Any, initial: Any, *columns: Any) -> Any:
        _, amount, duration = columns
        held = (inverse * initial[:, None, :]).sum(axis=2)
        size = (jnp.abs(inverse) * initial[:, None, :]).sum(axis=2)
        held, size = jnp.broadcast_to(held, rates.shape), jnp.broadcast_to(size, rates.shape)
        bound = jnp.zeros((rates.shape[0], left.shape[1]))
        pieces, first = [], 0
        for number, (observed, boluses, running) in enumerate(course):
            for q in boluses:
                entering = inverse[:, :, states[q]] * amount[:, q, None]
                held, size = held + entering, size + jnp.abs(entering)
            feed, feed_size = jnp.zeros_like(held), jnp.zeros_like(held)
            for q in running:
                entering = inverse[:, :, states[q]] * (amount[:, q] / duration[:, q])[:, None]
                feed, feed_size = feed + entering, feed_size + jnp.abs(entering)
            if observed:
                elapsed = times[first : first + observed] - edges[number]
                slope = rates * held + feed if running else held
                weight = left * slope[:, None, :]
                total = (left * held[:, None, :]).sum(axis=2)[..., None] if running else 0.0
                for mode in range(rates.shape[1]):
                    rate = rates[:, mode, None]
                    curve = spread(rate, elapsed) if running else jnp.exp(rate * elapsed)
                    total = total + weight[:, :, mode, None] * curve[:, None, :]
                pieces.append(jnp.broadcast_to(total, (rates.shape[0], left.shape[1], observed)))
                if running:
                    seen = size + feed_size * spread(rates, elapsed[-1])
                else:
                    seen = size * jnp.exp(rates * elapsed[0])
                bound = jnp.maximum(bound, (jnp.abs(left) * seen[:, None, :]).sum(axis=2))
                first += observed
            if number + 1 < len(course):
                length = edges[number + 1] - edges[number]
                decay = jnp.exp(rates * length)
                held, size = held * decay, size * decay
                if running:
                    held, size = held + feed * spread(rates, length), size + feed_size * spread(rates, length)
        out = jnp.concatenate(pieces, axis=2)
        return out, _amplification(jnp, out, bound)

    return cast(Callable[..., Any], jax.jit(kernel))


@lru_cache(maxsize=64)
def _single_kernel(states: tuple[int, ...]) -> Callable[..., Any]:
    jax = _jax()
    jnp = jax.numpy

    def kernel(times: Any, rates: Any, left: Any, inverse: Any, initial: Any, *columns: Any) -> Any:
        start, amount, duration = columns
        elapsed = times - start[:, :, None]
        given = jnp.clip(elapsed, 0.0, duration[:, :, None])
        after = jnp.maximum(elapsed - given, 0.0)
        even = duration[:, :, None] > 0
        per_hour = amount / jnp.where(duration > 0, duration, 1.0)
        begin = (inverse * initial[:, None, :]).sum(axis=2)
        begin_size = (jnp.abs(inverse) * initial[:, None, :]).sum(axis=2)
        out, sizes = 0.0, 0.0
        for mode in range(rates.shape[1]):
            rate = rates[:, mode, None]
            first = jnp.exp(rate * times)
            curve, size = first * begin[:, mode, None], first * begin_size[:, mode, None]
            safe = jnp.where(rate == 0, 1.0, rate)
            for q, state in enumerate(states):
                filled = jnp.where(rate == 0, given[:, q], jnp.expm1(rate * given[:, q]) / safe)
                term = jnp.exp(rate * after[:, q]) * jnp.where(even[:, q], filled, 1.0)
                term = jnp.where(elapsed[:, q] >= 0, term, 0.0) * (inverse[:, mode, state] * per_hour[:, q])[:, None]
                curve, size = curve + term, size + jnp.abs(term)
            weight = left[:, :, mode, None]
            out = out + weight * curve[:, None, :]
            sizes = sizes + jnp.abs(weight) * size[:, None, :]
        return out, _amplification(jnp, out, jnp.max(sizes, axis=2))

    return cast(Callable[..., Any], jax.jit(kernel))


def _amplification(jnp: Any, out: Any, bound: Any) -> Any:
    largest = jnp.abs(out).max(axis=2)
    return jnp.where(bound == 0, 1.0, bound / largest).max(axis=1)
