"""How fast cases are planned: cases per second over synthetic cases, the slowest plan, and where the time goes.

    .venv/bin/python benchmarks/plan.py             # 1,000 cases on 2 processes
    .venv/bin/python benchmarks/plan.py -n 100 --profile

The accepted limits are 1,000 cases in less than 300 s on 2 cores and less than 5 s for one plan. Making the synthetic
cases is timed apart and counts for neither.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

LIMIT_1000_CASES_S, LIMIT_ONE_PLAN_S = 300.0, 5.0


def plan_range(first: int, last: int, document: bool) -> tuple[float, list[float]]:
    """Return the seconds spent on making the cases ``first`` to ``last`` and the seconds each plan took."""
    from euthymia.case.synthetic import synthetic_case
    from euthymia.plan import compare
    from euthymia.plan.document import plan_document

    began = time.perf_counter()
    cases = [synthetic_case(seed) for seed in range(first, last)]
    making_s = time.perf_counter() - began
    seconds = []
    for case in cases:
        began = time.perf_counter()
        plan = compare(case)
        if document:
            plan_document(plan).model_dump_json()
        seconds.append(time.perf_counter() - began)
    return making_s, seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Time the plans and print the result against the limits."""
    parser = argparse.ArgumentParser(description="Time plans over synthetic cases.")
    parser.add_argument("-n", type=int, default=1000, help="number of cases (default 1000)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--document", action="store_true", help="also make plan.json for each case")
    parser.add_argument("--profile", action="store_true", help="one process, and print the dearest functions")
    chosen = parser.parse_args(arguments)
    if chosen.profile:
        profile = cProfile.Profile()
        profile.runcall(plan_range, 0, chosen.n, chosen.document)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return
    edges = [round(i * chosen.n / chosen.workers) for i in range(chosen.workers + 1)]
    began = time.perf_counter()
    with ProcessPoolExecutor(chosen.workers) as pool:
        jobs = [
            pool.submit(plan_range, edges[i], edges[i + 1], chosen.document)
            for i in range(chosen.workers)
        ]  # fmt: skip
        parts = [job.result() for job in jobs]
    wall_s = time.perf_counter() - began
    seconds = sorted(s for _, part in parts for s in part)
    print(f"{chosen.n} cases, {chosen.workers} processes: {wall_s:.1f} s wall, {chosen.n / wall_s:.1f} cases/s")
    print(f"making the cases: {sum(making for making, _ in parts):.1f} s of processor time")
    print(
        f"one plan: median {1000 * statistics.median(seconds):.0f} ms, "
        f"99 % {1000 * seconds[int(0.99 * (len(seconds) - 1))]:.0f} ms, slowest {1000 * seconds[-1]:.0f} ms"
    )
    per_1000 = wall_s / chosen.n * 1000
    for words, took, limit in (
        ("1,000 cases", per_1000, LIMIT_1000_CASES_S),
        ("slowest plan (cold start included)", seconds[-1], LIMIT_ONE_PLAN_S),
    ):
        print(f"{words}: {took:.1f} s (limit {limit:.0f} s): {'ok' if took < limit else 'TOO SLOW'}")


if __name__ == "__main__":
    main()
