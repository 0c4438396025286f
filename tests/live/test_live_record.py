"""The record: chained, never edited, refused when it was; a torn last line is set aside; another case is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from euthymia.case.facts import Vital
from euthymia.core.errors import EuthymiaError, InvalidInput
from euthymia.live.record_file import read_record
from euthymia.live.record_line import Line, parse_line
from euthymia.live.recorder import DiskSink, Recorder

from tests.live import live_runs
from tests.live.live_runs import go_on, live_case, simulate

CRASH = "euthymia_script: 1\nevents:\n  - {at_min: 60, crash: true}\n"


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """The record of an esketamine session that broke off after an hour."""
    path = tmp_path / "s.jsonl"
    run = simulate("ketamine", "esketamine_nasal", script=CRASH, path=path)
    assert run.ended.how == "crash" and run.ended.gates
    return path


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_the_header_says_whose_session_it_is(left: Path) -> None:
    what = read_record(left).identity
    assert (what.case_id, what.therapy, what.form) == ("contract", "ketamine", "esketamine_nasal")
    assert (what.protocol, what.number, what.seed) == ("esketamine_us_trd", 1, live_runs.SEED)
    assert what.software.startswith("euthymia ") and what.simulated and what.by == "N1"
    assert any("56 mg" in value for value in what.prescription.values())


def test_every_line_has_two_times_an_author_and_a_source(left: Path) -> None:
    for seq, raw in enumerate(lines_of(left)):
        line = json.loads(raw)
        assert line["seq"] == seq and line["author"] and line["source"] and len(line["hash"]) == 64
        assert line["happened_at"] <= line["recorded_at"]


def test_an_observation_is_on_disk_before_what_follows_from_it(left: Path) -> None:
    lines = read_record(left).lines
    for i, line in enumerate(lines):
        if line.type == "observation":
            assert lines[i + 1].type in ("actions", "refused")


def test_a_scripted_crash_happens_once(left: Path) -> None:
    whole = simulate("ketamine", "esketamine_nasal")
    run = go_on(left)
    assert run.ended.how == "closed"
    assert live_runs.as_data(run.ended.events) == live_runs.as_data(whole.ended.events)
    types = [line.type for line in read_record(left).lines]
    assert (types.count("left"), types.count("resumed"), types.count("closed")) == (1, 1, 1)


def test_a_closed_session_is_not_resumed(left: Path) -> None:
    go_on(left)
    before = left.read_bytes()
    with pytest.raises(InvalidInput, match="closed session"):
        go_on(left)
    assert left.read_bytes() == before


@pytest.mark.parametrize("seed", range(12))
def test_a_changed_byte_is_refused_and_the_line_named(left: Path, seed: int) -> None:
    draw = random.Random(seed)
    lines = lines_of(left)
    at = draw.randrange(len(lines))
    place = draw.randrange(len(lines[at]) - 1)
    old = lines[at][place]
    new = old ^ 1 if old ^ 1 != ord("\n") else old ^ 2
    lines[at] = lines[at][:place] + bytes([new]) + lines[at][place + 1 :]
    left.write_bytes(b"".join(lines))
    with pytest.raises(InvalidInput) as refused:
        read_record(left)
    named = f"line {at + 1}" in str(refused.value)
    assert named, str(refused.value)


@pytest.mark.parametrize("change", ["removed", "twice", "swapped"])
def test_a_line_removed_doubled_or_moved_breaks_the_chain(left: Path, change: str) -> None:
    lines = lines_of(left)
    if change == "removed":
        del lines[9]
    elif change == "twice":
        lines.insert(9, lines[9])
    else:
        lines[9], lines[10] = lines[10], lines[9]
    left.write_bytes(b"".join(lines))
    with pytest.raises(InvalidInput, match=r"line (10|11)"):
        go_on(left)


def test_a_rewritten_line_with_a_right_hash_of_its_own_breaks_the_next(left: Path) -> None:
    lines = lines_of(left)
    line = parse_line(lines[9].decode(), "x")
    before = parse_line(lines[8].decode(), "x")
    forged = Line(line.seq, line.type, line.at_s, line.happened_at, line.recorded_at, "Dr B", line.source, line.data)
    lines[9] = forged.sealed(before.hash).text().encode() + b"\n"
    left.write_bytes(b"".join(lines))
    with pytest.raises(InvalidInput, match="line 11"):
        read_record(left)


@pytest.mark.parametrize("cut", [1, 2, 40])
def test_a_torn_last_line_is_set_aside_and_the_session_goes_on(left: Path, cut: int) -> None:
    whole = simulate("ketamine", "esketamine_nasal")
    *kept_lines, crash = lines_of(left)
    assert b'"type":"left"' in crash
    content = b"".join(kept_lines)
    left.write_bytes(content[:-cut])
    record = read_record(left)
    assert bool(record.torn) == (cut > 1) and record.needs_newline == (cut == 1)
    assert go_on(left).ended.how == "crash"  # the script's crash is still to come
    run = go_on(left)
    assert live_runs.as_data(run.ended.events) == live_runs.as_data(whole.ended.events)
    kept = left.with_name("s.jsonl.torn")
    assert kept.exists() == (cut > 1)
    if cut > 1:
        assert content.endswith(kept.read_bytes().rstrip(b"\n") + content[-cut:])


def test_a_torn_line_in_the_middle_is_not_forgiven(left: Path) -> None:
    lines = lines_of(left)
    lines[5] = lines[5][:30] + b"\n"
    left.write_bytes(b"".join(lines))
    with pytest.raises(InvalidInput, match="line 6"):
        read_record(left)


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b'{"seq": 0', b"\x00\xff\n", b"no record\n"])
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        read_record(path)


def test_another_case_or_a_case_that_changed_is_refused(left: Path) -> None:
    before = left.read_bytes()
    with pytest.raises(InvalidInput, match="changed after the session began"):
        go_on(left, case=live_case(Vital("systolic_bp", 150)))
    assert left.read_bytes() == before


def test_a_record_that_exists_is_never_begun_again(left: Path) -> None:
    before = left.read_bytes()
    with pytest.raises(InvalidInput, match="--resume"):
        simulate("ketamine", "esketamine_nasal", path=left)
    assert left.read_bytes() == before


def test_two_programs_cannot_write_one_record(left: Path) -> None:
    first = DiskSink(left, new=False)
    with pytest.raises(InvalidInput, match="Another process"):
        DiskSink(left, new=False)
    first.close()
    DiskSink(left, new=False).close()


def test_a_program_that_now_says_something_else_is_found(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from euthymia.therapies.ketamine import monitored

    real = monitored.MonitoredSession._pressure_before

    def other(self: Any, pressure: Any) -> Any:
        return [*real(self, pressure), *real(self, pressure)]

    monkeypatch.setattr(monitored.MonitoredSession, "_pressure_before", other)
    with pytest.raises(InvalidInput, match=r"record: line \d+.*tables changed"):
        go_on(left)


def test_a_full_disk_or_a_broken_write_ends_the_record_there(tmp_path: Path) -> None:
    class FullDisk:
        """A disk with room for so many lines."""

        def __init__(self, path: Path, room: int) -> None:
            self.disk, self.room = DiskSink(path, new=True), room

        def write(self, line: bytes) -> None:
            self.room -= 1
            if self.room < 0:
                self.disk.write(line[:20])
                raise OSError(28, "No space left on device")
            self.disk.write(line)

        def close(self) -> None:
            self.disk.close()

    sink = FullDisk(tmp_path / "s.jsonl", 30)
    with pytest.raises(OSError, match="No space"):
        simulate("ketamine", "esketamine_nasal", sink=sink)
    sink.close()
    assert len(read_record(tmp_path / "s.jsonl").lines) == 29
    whole = simulate("ketamine", "esketamine_nasal")
    resumed = go_on(tmp_path / "s.jsonl")
    assert live_runs.as_data(resumed.ended.events) == live_runs.as_data(whole.ended.events)


def test_nothing_follows_a_line_that_was_broken_off(tmp_path: Path) -> None:
    class Breaking:
        def write(self, line: bytes) -> None:
            raise KeyboardInterrupt

        def close(self) -> None:
            pass

    path = tmp_path / "s.jsonl"
    simulate("ketamine", "esketamine_nasal", script=CRASH, path=path)
    record = read_record(path)
    recorder = Recorder(Breaking(), record.identity, record.last)
    for error in (KeyboardInterrupt, EuthymiaError):
        with pytest.raises(error):
            recorder.write("left", 1.0, {}, recorded_at=record.identity.begins_at)
