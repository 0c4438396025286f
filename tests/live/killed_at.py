"""Runs one simulated session again and again in processes of its own and kills each with SIGKILL at another write.

``python -m tests.live.killed_at FOLDER THERAPY FORM SCRIPT`` prints, for every process, which record it left and the
signal that ended it. The process is killed before a line is written, in the middle of the line, or after it; the last
word says where: ``all`` three at every line, one of them by ``turn``, or by turn at every ``eighth`` line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from euthymia.live.recorder import DiskSink

from tests.live import live_runs

PHASES = ("before", "half", "after")


class CountingSink:
    """Counts lines and writes none."""

    def __init__(self) -> None:
        self.lines = 0

    def write(self, line: bytes) -> None:
        self.lines += 1

    def close(self) -> None:
        pass


class KillingSink:
    """Writes to the disk and kills its own process at one write."""

    def __init__(self, path: Path, at: int, phase: str) -> None:
        self._disk, self._left, self._phase = DiskSink(path, new=True), at, phase

    def write(self, line: bytes) -> None:
        self._left -= 1
        if self._left >= 0:
            self._disk.write(line)
            return
        if self._phase != "before":
            self._disk.write(line[: len(line) // 2] if self._phase == "half" else line)
        os.kill(os.getpid(), signal.SIGKILL)

    def close(self) -> None:
        self._disk.close()


def deaths(lines: int, where: str) -> list[tuple[int, str]]:
    """Lines and phases at which a process dies."""
    if where == "all":
        return [(at, phase) for at in range(lines) for phase in PHASES]
    return [(at, PHASES[at % len(PHASES)]) for at in range(0, lines, 8 if where == "eighth" else 1)]


def main(folder: Path, name: str, form: str, script: str, where: str) -> None:
    counted = CountingSink()
    live_runs.simulate(name, form, script=script, sink=counted)
    for at, phase in deaths(counted.lines, where):
        path = folder / f"{at:03d}-{phase}.jsonl"
        child = os.fork()
        if child == 0:
            live_runs.simulate(name, form, script=script, sink=KillingSink(path, at, phase))
            os._exit(0)  # not killed: the parent sees it
        _, status = os.waitpid(child, 0)
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        print(json.dumps({"path": str(path), "line": at, "phase": phase, "signal": ended}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5])
