"""How fast dose plans become levels: patients per second of one core, against ODE solvers on the same problem.

    .venv/bin/python benchmarks/kinetics.py                # all, about a minute
    .venv/bin/python benchmarks/kinetics.py --patients 20000

Everything runs on one core (affinity, one BLAS thread) and is timed by the processor time of this process, so that a
busy machine does not change the figures much. Times are the median of several runs. The accepted limits: two
compartments, 97 times: 130,000 patients/s in NumPy and 500,000 in JAX after compiling; the eight-state esketamine
session: 5,000/s; a band of 10,000 infusion patients redrawn after a pause in less than 300 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # read when NumPy is imported
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false " + os.environ.get("XLA_FLAGS", "")

import numpy as np  # noqa: E402

from euthymia.engines.kinetics import (  # noqa: E402
    DosePlan,
    Infusion,
    Input,
    LinearProblem,
    Pause,
    Resume,
    decompose,
    solve,
    solve_with,
)

LIMIT_NUMPY, LIMIT_JAX, LIMIT_ESKETAMINE, LIMIT_REDRAW_MS = 130_000.0, 500_000.0, 5_000.0, 300.0
TIMES = np.linspace(0.0, 24.0, 97)
DURATION_H, AMOUNT_MG = 40 / 60, 35.0


def seconds_of(work: Callable[[], Any], repeats: int = 5, warm: int = 2) -> float:
    """Median processor time of one call; the first ``warm`` calls are not counted."""
    for _ in range(warm):
        work()
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def two_compartments(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Rate matrices ``(n, 2, 2)`` and outputs ``(n, 1, 2)`` of an infusion model with between-subject spread."""
    rng = np.random.default_rng(seed)
    clearance, v1, q, v2 = (np.array([[80.0], [60.0], [120.0], [150.0]])) * np.exp(0.3 * rng.normal(size=(4, n)))
    rates = np.zeros((n, 2, 2))
    rates[:, 0, 0], rates[:, 0, 1] = -(clearance + q) / v1, q / v2
    rates[:, 1, 0], rates[:, 1, 1] = q / v1, -q / v2
    outputs = np.zeros((n, 1, 2))
    outputs[:, 0, 0] = 1000.0 / v1
    return rates, outputs


def esketamine(n: int, seed: int = 2) -> LinearProblem:
    """84 mg in three nasal devices five minutes apart, esketamine and noresketamine (Perez-Ruixo 2021, Table 3)."""
    rng = np.random.default_rng(seed)

    def spread(value: float, cv: float) -> np.ndarray:
        return np.asarray(value * np.exp(np.sqrt(np.log1p(cv * cv)) * rng.normal(size=n)))

    nose, vc, vcn = (
        1 / (1 + np.exp(-(np.log(0.54 / 0.46) + 0.708 * rng.normal(size=n)))),
        spread(192, 0.275),
        spread(70, 0.316),
    )
    qh, vh, vp1 = spread(151, 0.232), spread(101, 0.346), spread(143, 0.493)
    flows = {
        (0, 2): spread(2.93, 0.615), (1, 5): spread(1.45, 1.32), (2, 3): 84.3 / vc, (3, 2): 84.3 / vp1,
        (2, 4): 37.6 / vc, (4, 2): 37.6 / 417.0, (2, 5): qh / vc, (5, 2): qh / vh,
        (5, 6): spread(2.77, 0.3), (6, 7): 26.1 / vcn, (7, 6): 26.1 / 115.0,
    }  # fmt: skip
    rates = np.zeros((n, 8, 8))
    for (source, target), rate in flows.items():
        rates[:, target, source] += rate
        rates[:, source, source] -= rate
    rates[:, 5, 5] -= spread(1.11, 1.2)
    rates[:, 6, 6] -= spread(38, 0.254) / vcn
    outputs = np.zeros((n, 2, 8))
    outputs[:, 0, 2], outputs[:, 1, 6] = 1000 / vc, 1000 / vcn
    inputs: list[Input] = []
    for device in range(3):
        share = nose * (1.0 if device == 0 else 0.62)
        inputs += [Input(0, device / 12, 28 * share), Input(1, device / 12, 28 * (1 - share) * 0.64, 0.53)]
    return LinearProblem(rates, tuple(inputs), TIMES, outputs=outputs)


def by_lsoda(rates: np.ndarray, outputs: np.ndarray, rtol: float) -> np.ndarray:
    """SciPy's LSODA, stopped and restarted at the end of the infusion."""
    from scipy.integrate import solve_ivp

    found = np.empty((rates.shape[0], TIMES.size))
    inside = TIMES <= DURATION_H
    for patient, matrix in enumerate(rates):
        state, parts = np.zeros(2), []
        for span, rate, wanted in (
            ((0.0, DURATION_H), AMOUNT_MG / DURATION_H, inside),
            ((DURATION_H, 24.0), 0.0, ~inside),
        ):
            feed = np.array([rate, 0.0])
            times = np.append(TIMES[wanted], span[1]) if span[1] < 24 else TIMES[wanted]
            done = solve_ivp(
                lambda _t, y, m=matrix, u=feed: m @ y + u, span, state, "LSODA", times, rtol=rtol, atol=rtol * 1e-3,
                jac=lambda _t, _y, m=matrix: m,
            )  # fmt: skip
            parts.append(done.y[:, : int(wanted.sum())])
            state = done.y[:, -1]
        found[patient] = outputs[patient, 0] @ np.concatenate(parts, axis=1)
    return found


def by_diffrax(rtol: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """diffrax Tsit5 in double precision, all patients at once, told where the infusion ends."""
    import diffrax
    import jax
    import jax.numpy as jnp

    def one(matrix: Any, output: Any) -> Any:
        def field(t: Any, y: Any, _: Any) -> Any:
            return matrix @ y + jnp.array([1.0, 0.0]) * jnp.where(t < DURATION_H, AMOUNT_MG / DURATION_H, 0.0)

        control = diffrax.PIDController(rtol=rtol, atol=rtol * 1e-3)
        if hasattr(diffrax, "ClipStepSizeController"):
            control = diffrax.ClipStepSizeController(control, jump_ts=jnp.array([DURATION_H]))
        done = diffrax.diffeqsolve(
            diffrax.ODETerm(field), diffrax.Tsit5(), 0.0, 24.0, 0.01, jnp.zeros(2), max_steps=4096,
            saveat=diffrax.SaveAt(ts=jnp.asarray(TIMES)), stepsize_controller=control,
        )  # fmt: skip
        return done.ys @ output[0]

    many = jax.jit(jax.vmap(one))

    def run(rates: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        with jax.enable_x64(True):
            return np.asarray(many(rates, outputs))

    return run


def by_compiled_lsoda() -> Callable[[np.ndarray, np.ndarray, float], np.ndarray]:
    """LSODA compiled, with a compiled right-hand side and a compiled loop over patients."""
    import numba
    from numbalsoda import lsoda, lsoda_sig

    @numba.cfunc(lsoda_sig)
    def field(_t: Any, y: Any, dy: Any, p: Any) -> None:
        dy[0] = p[0] * y[0] + p[1] * y[1] + p[4]
        dy[1] = p[2] * y[0] + p[3] * y[1]

    address = field.address
    inside = int((TIMES <= DURATION_H).sum())
    first, second = np.append(TIMES[:inside], DURATION_H), np.append(DURATION_H, TIMES[inside:])

    @numba.njit
    def many(rates: Any, weights: Any, rtol: float) -> Any:
        found = np.empty((rates.shape[0], first.size + second.size - 2))
        for patient in range(rates.shape[0]):
            data = np.empty(5)
            data[:4] = rates[patient].copy().reshape(4)
            data[4] = AMOUNT_MG / DURATION_H
            during, _ = lsoda(address, np.zeros(2), first, data, rtol, rtol * 1e-3)
            data[4] = 0.0
            after, _ = lsoda(address, during[-1].copy(), second, data, rtol, rtol * 1e-3)
            found[patient, : first.size - 1] = during[:-1, 0] * weights[patient]
            found[patient, first.size - 1 :] = after[1:, 0] * weights[patient]
        return found

    return lambda rates, outputs, rtol: np.asarray(many(rates, np.ascontiguousarray(outputs[:, 0, 0]), rtol))


def line(words: str, rate: float, limit: float | None = None, note: str = "") -> None:
    """Print one result against its limit."""
    verdict = "" if limit is None else f"  limit {limit:,.0f}: {'ok' if rate >= limit else 'TOO SLOW'}"
    print(f"{words:<58}{rate:>12,.0f}/s{verdict}{note}", flush=True)


def error_note(found: np.ndarray, right: np.ndarray) -> str:
    """The largest difference as a share of each patient's largest level."""
    return f"  error {(np.abs(found - right).max(axis=1) / right.max(axis=1)).max():.1e} of Cmax"


def peers(n: int, ours: float) -> None:
    """Time the ODE solvers on the same two-compartment problem and print how many times slower they are."""
    rates, outputs = two_compartments(n)
    right = solve(LinearProblem(rates, (Input(0, 0.0, AMOUNT_MG, DURATION_H),), TIMES, outputs=outputs)).values[:, :, 0]
    few = min(n, 100)
    by_lsoda(rates[:2], outputs[:2], 1e-6)  # imports
    for rtol in (1e-6, 1e-8):
        taken = seconds_of(lambda r=rtol: by_lsoda(rates[:few], outputs[:few], r), repeats=1, warm=0)
        note = error_note(by_lsoda(rates[:10], outputs[:10], rtol), right[:10])
        line(f"scipy LSODA, rtol {rtol:g}", few / taken, note=f"  ours is {ours * taken / few:,.0f} times faster{note}")
    try:
        run = by_diffrax(1e-6)
        some = min(n, 5000)
        began = time.process_time()
        found = run(rates[:some], outputs[:some])
        first = time.process_time() - began
        taken = seconds_of(lambda: run(rates[:some], outputs[:some]), repeats=1, warm=0)
        note = f"  ours is {ours * taken / some:,.0f} times faster; compiling {first - taken:.1f} s"
        line("diffrax Tsit5, rtol 1e-06", some / taken, note=note + error_note(found, right[:some]))
    except ImportError as missing:
        print(f"diffrax: not run ({missing})")
    try:
        compiled = by_compiled_lsoda()
    except ImportError as missing:
        print(f"compiled LSODA (numbalsoda): not run ({missing}; its build needs a Fortran compiler)")
        return
    some = min(n, 5000)
    for rtol in (1e-6, 1e-8):
        found = compiled(rates[:some], outputs[:some], rtol)
        taken = seconds_of(lambda r=rtol: compiled(rates[:some], outputs[:some], r), repeats=3, warm=0)
        note = f"  ours is {ours * taken / some:,.0f} times faster" + error_note(found, right[:some])
        line(f"compiled LSODA (numbalsoda), rtol {rtol:g}", some / taken, note=note)


def redraw(n: int) -> float:
    """Milliseconds to redraw the 5, 50 and 95 % band of a running infusion after a pause, modes kept."""
    rates, outputs = two_compartments(n)
    modes = decompose(rates)
    changed = DosePlan((Infusion(0.0, "central", amount_mg=AMOUNT_MG, duration_h=DURATION_H), Pause(0.25), Resume(0.5)))

    def draw() -> np.ndarray:
        inputs = changed.to_inputs({"central": 0})
        levels = solve_with(modes, inputs, TIMES, outputs=outputs).values[:, :, 0]
        return np.asarray(np.percentile(levels, [5, 50, 95], axis=0))

    return 1000 * seconds_of(draw)


def main(arguments: Sequence[str] | None = None) -> None:
    """Time everything and print the results against the limits."""
    parser = argparse.ArgumentParser(description="Time the linear kinetics engine and its peers on one core.")
    parser.add_argument("--patients", type=int, default=100_000, help="two-compartment patients (default 100,000)")
    parser.add_argument("--no-peers", action="store_true", help="leave out the ODE solvers")
    chosen = parser.parse_args(arguments)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    n = chosen.patients
    rates, outputs = two_compartments(n)
    problem = LinearProblem(rates, (Input(0, 0.0, AMOUNT_MG, DURATION_H),), TIMES, outputs=outputs)
    ours = n / seconds_of(lambda: solve(problem))
    print(f"NumPy {np.__version__}, one core, processor time; 35 mg over 40 min, 97 times, decomposition included")
    line("two compartments, NumPy", ours, LIMIT_NUMPY)
    modes = decompose(rates)
    line("  the same, modes kept", n / seconds_of(lambda: solve_with(modes, problem.inputs, TIMES, outputs=outputs)))
    try:
        import jax

        began = time.process_time()
        solve(problem, backend="jax")
        first = time.process_time() - began
        taken = seconds_of(lambda: solve(problem, backend="jax"))
        where = f"JAX {jax.__version__} on {jax.default_backend()}"
        line(f"two compartments, {where}", n / taken, LIMIT_JAX, f"  (compiling {first - taken:.1f} s)")
    except ImportError as missing:
        print(f"JAX: not run ({missing})")
    session = esketamine(max(n // 20, 100))
    count = session.rates.shape[0]
    line(
        "esketamine, eight states, 84 mg in three devices, NumPy",
        count / seconds_of(lambda: solve(session)),
        LIMIT_ESKETAMINE,
    )
    kept = decompose(session.rates)
    again = lambda: solve_with(kept, session.inputs, TIMES, outputs=session.outputs)  # noqa: E731
    line("  the same, modes kept", count / seconds_of(again))
    took = redraw(10_000)
    verdict = "ok" if took < LIMIT_REDRAW_MS else "TOO SLOW"
    words = "band of 10,000 infusion patients redrawn after a pause"
    print(f"{words:<58}{took:>12.0f} ms limit {LIMIT_REDRAW_MS:.0f}: {verdict}")
    if not chosen.no_peers:
        peers(n, ours)


if __name__ == "__main__":
    main()
