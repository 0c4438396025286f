"""A real process is killed with SIGKILL at every write of a session; resumed, it ends in the same events."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.live.record_file import read_record

from tests.live import live_runs
from tests.live.killed_at import CountingSink, deaths

ROOT = Path(__file__).parents[2]
SLOW = pytest.mark.slow
SESSIONS = [
    pytest.param("vns", "vns", "", "all", id="vns, three times at every write"),
    pytest.param("ketamine", "esketamine_nasal", live_runs.HIGH_AT_FORTY, "turn", id="esketamine, high at 40 min"),
    pytest.param("ketamine", "ketamine_iv", live_runs.HIGH_AT_TWENTY, "turn", id="infusion, paused twice", marks=SLOW),
    pytest.param("psychedelic", "psilocybin", "", "eighth", id="psilocybin", marks=SLOW),
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a killed process leaves the same file, thousands of syncs cost less."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as made:
        yield Path(made)


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
@pytest.mark.parametrize(("name", "form", "script", "where"), SESSIONS)
def test_killed_at_every_write_nothing_is_lost(name: str, form: str, script: str, where: str, folder: Path) -> None:
    whole = live_runs.simulate(name, form, script=script)
    assert whole.ended.how == "closed"
    command = [sys.executable, "-m", "tests.live.killed_at", str(folder), name, form, script, where]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    left = [json.loads(line) for line in ran.stdout.splitlines()]
    counted = CountingSink()
    live_runs.simulate(name, form, script=script, sink=counted)
    assert len(left) == len(deaths(counted.lines, where)) and counted.lines > 20
    assert {entry["signal"] for entry in left} == {signal.SIGKILL}
    for entry in left:
        path = Path(entry["path"])
        if entry["line"] == 0 and entry["phase"] != "after":  # killed before there was a session
            with pytest.raises(InvalidInput, match="record"):
                read_record(path)
            continue
        before = read_record(path)
        assert len(before.lines) == entry["line"] - (entry["phase"] != "after")
        assert bool(before.torn) == (entry["phase"] == "half")
        if before.is_closed:
            assert before.lines[-1].data["events"] == live_runs.as_data(whole.ended.events)
            continue
        resumed = live_runs.go_on(path)
        assert resumed.ended.how == "closed", entry
        assert live_runs.as_data(resumed.ended.events) == live_runs.as_data(whole.ended.events), entry
        after = read_record(path)
        assert after.is_closed and after.lines[: len(before.lines)] == before.lines
        if before.torn:
            (torn,) = [line for line in after.lines if line.type == "torn"]
            assert torn.data["text"] == before.torn
            assert path.with_name(f"{path.name}.torn").read_text(encoding="utf-8") == before.torn + "\n"
