"""All of the fields benchmark in one run: exactness, peers and scaling, placements, random heads; every bar at the end.

    .venv/bin/python benchmarks/fields.py                  # everything; about an hour on two idle cores, 10 GB
    .venv/bin/python benchmarks/fields.py --quick          # coarse meshes and few placements: minutes; bars not binding
    .venv/bin/python benchmarks/fields.py --only peers

Runs on two cores also where the machine has more. Each part is a program of its own that can be run alone; a part that
fails does not stop the others. The bars are the lines in which the parts say pass, MISS or failed.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE, CORES = Path(__file__).parent, 2
BAR = re.compile(r"\b(pass|miss|failed)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A program beside this one, its arguments, and those of a quick run."""

    program: str
    full: tuple[str, ...]
    quick: tuple[str, ...]


PARTS = {
    "sphere": Part("fields_sphere.py", (), ("--edges", "12", "--block", "8")),
    "head": Part("fields_head.py", (), ("--cell-mm", "12")),
    "peers": Part("fields_peers.py", ("--basis", "--cells", "12", "9", "6"), ("--cells", "12", "--placements", "2")),
    "placements": Part(
        "fields_placements.py", ("--cell-mm", "6", "--placements", "1000"),
        ("--cell-mm", "12", "--placements", "20", "--points", "4000"),
    ),
    "collision": Part("fields_collision.py", ("--heads", "1000"), ("--heads", "20")),
}  # fmt: skip


def machine() -> str:
    """Processor, cores, memory and what else is running: without it a time means nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GB; load {load}; Python {platform.python_version()}"


def run(name: str, program: str, arguments: tuple[str, ...]) -> list[str]:
    """Run one part, show it as it goes, and return its bars."""
    print(f"\n== {name}: {program} {' '.join(arguments)}", flush=True)
    began, bars = time.perf_counter(), list[str]()
    command = [sys.executable, "-u", str(HERE / program), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as part:
        assert part.stdout is not None
        for line in part.stdout:
            print(line, end="", flush=True)
            if BAR.search(line):
                bars.append(f"{name}: {line.strip()}")
    if part.returncode:
        bars.append(f"{name}: MISS, ended with {part.returncode}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(f"== {name}: {time.perf_counter() - began:.0f} s; most memory of any part so far {peak:.1f} GB", flush=True)
    return bars


def main() -> None:
    """Run the parts and list the bars."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--quick", action="store_true", help="coarse meshes and few placements")
    chosen = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    print(machine())
    bars = []
    for name in chosen.only:
        part = PARTS[name]
        bars += run(name, part.program, part.quick if chosen.quick else part.full)
    print("\n== bars" + (" (quick run: not binding)" if chosen.quick else ""))
    print("\n".join(bars) if bars else "no part printed any")
    sys.exit(1 if any("MISS" in bar for bar in bars) else 0)  # what the parts call a miss


if __name__ == "__main__":
    main()
