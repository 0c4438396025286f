"""``euthymia session``: simulated, typed, broken off, resumed; its files, its document and its exit codes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from euthymia.case.files import read_case
from euthymia.cli.app import FAILURE, REFUSED, USAGE
from euthymia.live.record_file import read_record

from tests.cli.command_line import COMPLETE, NOW, URGENT, CommandLine

ESK = ("ketamine", COMPLETE, "--form", "esketamine_nasal")
CRASH = "euthymia_script: 1\nevents:\n  - {at_min: 60, crash: true}\n"
NOBODY = "euthymia_script: 1\nevents:\n  - {at_min: 0, nobody_acknowledges: true}\n"


def script(folder: Path, text: str) -> Path:
    """Write a script."""
    path = folder / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def events_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[1:]]


def test_a_simulated_session_prints_the_same_lines_for_the_same_seed(euthymia: CommandLine) -> None:
    first, again, other = (euthymia.ok("session", *ESK, "--simulate", "--seed", seed).out for seed in (4, 4, 5))
    assert first == again and first != other
    assert "0:05:00  <        dose_given mg=28" in first
    assert "Session 1: completed" in first and "Monitoring form:" in first and "pressure at 40 min" in first


def test_the_events_are_an_event_log_that_can_be_read(euthymia: CommandLine, tmp_path: Path) -> None:
    ran = euthymia.ok("session", *ESK, "--simulate", "-o", "events.jsonl")
    assert "wrote events.jsonl" in ran.out
    case = read_case(tmp_path / "events.jsonl", now=NOW)
    assert {e.kind for e in case.log} >= {"session_delivered", "safety_alert", "suicide_screen"}
    assert case.case_id == read_case(COMPLETE).case_id


def test_the_document_holds_to_its_schema(euthymia: CommandLine) -> None:
    found = euthymia.document("session", "session", *ESK, "--simulate")
    assert (found["closed"], found["status"], found["ended"]) == (True, "completed", "closed")
    assert found["alerts"][0]["acknowledged_by"] == "simulated staff"
    assert found["monitoring_form"]["dose_mg"] == 56 and found["missing"] == []
    assert found["record"] is None and len(found["events"]) > 3


def test_the_next_session_is_the_one_after_the_last_in_the_case(euthymia: CommandLine) -> None:
    assert euthymia.ok("session", *ESK, "--simulate", "--json").json["number"] == 1
    assert euthymia.ok("session", *ESK, "--simulate", "-n", 3, "--json").json["number"] == 3


def test_a_session_that_broke_off_says_how_to_go_on_and_ends_the_same(euthymia: CommandLine, tmp_path: Path) -> None:
    euthymia.ok("session", *ESK, "--simulate", "-o", "whole.jsonl")
    ran = euthymia("session", *ESK, "--simulate", "--script", script(tmp_path, CRASH), "--record", "s.jsonl")
    assert ran.code == FAILURE and "not closed (crash)" in ran.err and "--resume s.jsonl" in ran.err
    assert "closed: watched for" in ran.err
    euthymia.ok("session", "ketamine", COMPLETE, "--resume", "s.jsonl", "-o", "events.jsonl")
    assert events_of(tmp_path / "events.jsonl") == events_of(tmp_path / "whole.jsonl")
    ran = euthymia("session", "ketamine", COMPLETE, "--resume", "s.jsonl")
    assert ran.code == FAILURE and "closed session" in ran.err


def test_a_session_with_closed_gates_is_refused_for_safety(euthymia: CommandLine, tmp_path: Path) -> None:
    ran = euthymia("session", *ESK, "--simulate", "--script", script(tmp_path, NOBODY))
    assert ran.code == REFUSED and "monitoring_form_due" in ran.err and "escalated" in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("esketamine", COMPLETE, "--simulate"), "tms | ketamine"),
        ((*ESK[:2], "--form", "oral", "--simulate"), "--form esketamine_nasal --protocol"),
        ((*ESK[:2], "--protocol", "mine", "--simulate"), "--protocol"),
        ((*ESK,), "--by"),
        ((*ESK, "--by", "N1", "--speed", "60"), "runs at the speed of time"),
        ((*ESK, "--by", "N1", "--script", "x.yaml"), "--simulate"),
        ((*ESK, "--simulate", "--speed", "fast"), "--speed"),
        ((*ESK, "--simulate", "--speed", "-1"), "--speed"),
        ((*ESK, "--simulate", "--view", "3d"), "screen | lines"),
        ((*ESK, "--simulate", "-n", "0"), "-n"),
        ((*ESK, "--simulate", "--record", "a", "--resume", "b"), "one of --record"),
        ((*ESK, "--resume", "none.jsonl"), "none.jsonl"),
        ((*ESK, "--simulate", "--script", "none.yaml"), "none.yaml"),
        ((*ESK, "--simulate", "-o", "none/events.jsonl"), "folder that exists"),
        ((*ESK, "--simulate", "--vitals", "none.csv"), "--vitals"),
        (("tms", URGENT, "--simulate", "-n", "500"), "n"),
    ],
)
def test_what_cannot_be_run_says_what_to_change(
    euthymia: CommandLine, tmp_path: Path, arguments: tuple[object, ...], says: str
) -> None:
    ran = euthymia("session", *arguments)
    assert ran.code in (FAILURE, REFUSED) and says in ran.err, ran.err
    assert "Traceback" not in ran.err and list(tmp_path.iterdir()) == []


def test_nothing_of_a_session_is_overwritten(euthymia: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_text("kept", encoding="utf-8")
    for option in ("-o", "--record"):
        ran = euthymia("session", *ESK, "--simulate", option, "old.jsonl")
        assert ran.code == FAILURE and "does not exist yet" in ran.err
    assert (tmp_path / "old.jsonl").read_text(encoding="utf-8") == "kept"


def test_help_has_an_example(euthymia: CommandLine) -> None:
    assert "Example: euthymia session ketamine" in euthymia.ok("session", "--help").out
    assert euthymia("session").code == USAGE


def test_a_record_of_another_therapy_or_case_is_refused(euthymia: CommandLine, tmp_path: Path) -> None:
    euthymia("session", *ESK, "--simulate", "--script", script(tmp_path, CRASH), "--record", "s.jsonl")
    before = (tmp_path / "s.jsonl").read_bytes()
    assert "ketamine" in euthymia("session", "tms", COMPLETE, "--resume", "s.jsonl").err
    assert "case of the record" in euthymia("session", "ketamine", URGENT, "--resume", "s.jsonl").err
    assert (tmp_path / "s.jsonl").read_bytes() == before


# --- typed ------------------------------------------------------------------------------------------------------------


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_typed_session_is_recorded_left_and_resumed(
    euthymia: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(
        monkeypatch, "checklist consent=true; escort=true, trained_staff=true; rems_enrolled=true",
        "blood_pressure systolic_mmhg=184; diastolic_mmhg=100", "what is this", "finish", "?", "break",
    )  # fmt: skip
    ran = euthymia.ok("session", *ESK, "--by", "N1")
    assert "no dose; treat and look for the cause" in ran.out
    assert "ALERT    (moderate) predose_pressure" in ran.out
    assert "refused for safety" in ran.out and "kinds: " in ran.out and "cannot be read" in ran.out
    (path,) = tmp_path.glob("session-*.jsonl")
    assert f"--resume {path.name}" in ran.err
    assert {line.author for line in read_record(path).lines if line.type == "observation"} >= {"N1"}
    typed(monkeypatch, "ack predose_pressure Dr A", "finish")
    ran = euthymia.ok("session", "ketamine", COMPLETE, "--resume", path.name, "--by", "N2", "-o", "events.jsonl")
    assert "predose_pressure taken on by Dr A" in ran.out and "Session 1: not started" in ran.out
    alerts = [e["fact"] for e in events_of(tmp_path / "events.jsonl") if e["kind"] == "safety_alert"]
    assert [a.get("acknowledged_by") for a in alerts] == [None, "Dr A"]


def test_the_events_of_a_typed_session_bear_the_time_at_which_it_was_held(
    euthymia: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "finish")
    euthymia.ok("session", *ESK, "--by", "N1", "-o", "events.jsonl", "--record", "s.jsonl")
    (event,) = events_of(tmp_path / "events.jsonl")
    assert event["happened_at"].startswith(NOW.isoformat()[:16]) and event["fact"]["status"] == "not_started"


def test_vital_signs_from_standard_input_are_fed_and_bad_ones_are_alerts(
    euthymia: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, ",oxygen_saturation,spo2_pct=97", ",oxygen_saturation,spo2_pct=970", "nonsense")
    ran = euthymia("session", *ESK, "--by", "N1", "--vitals", "-", "--json")
    assert ran.code == FAILURE and ran.json["ended"] == "sources_over"
    assert [a["code"] for a in ran.json["alerts"]] == ["vitals_refused", "vitals_line"]
    assert "30 to 100" in ran.json["refused"][0] and ran.json["resume"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT and SIGKILL")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL], ids=["ctrl_c", "killed"])
def test_a_running_program_that_is_ended_leaves_a_record_to_resume(
    euthymia: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: signal.Signals
) -> None:
    command = [sys.executable, "-u", "-c", "from euthymia.cli.app import main; main()", "session", *map(str, ESK)]
    process = subprocess.Popen(
        [*command, "--by", "N1", "--record", "s.jsonl"], cwd=tmp_path, text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("oxygen_saturation spo2_pct=98\nsedation moaas=5\n")
    process.stdin.flush()
    for line in process.stdout:
        if "sedation moaas=5" in line:
            break
    process.send_signal(by)
    _, err = process.communicate(timeout=60)
    record = read_record(tmp_path / "s.jsonl")
    assert not record.torn
    assert [x.data["kind"] for x in record.lines if x.type == "observation"] == ["oxygen_saturation", "sedation"]
    if by is signal.SIGINT:
        assert process.returncode == FAILURE and "interrupted" in err and "--resume s.jsonl" in err
        assert record.last.type == "left"
    else:
        assert process.returncode == -signal.SIGKILL
    typed(monkeypatch, "sedation moaas=5", "break")
    real_now = datetime.now(UTC)  # the program above ran by the real clock
    monkeypatch.setattr("euthymia.cli.options.now", lambda: real_now)
    ran = euthymia.ok("session", "ketamine", COMPLETE, "--resume", "s.jsonl", "--by", "N2")
    assert "resumed  resumed by N2" in ran.out and "still to do: checklist: Confirm: consent" in ran.out
    lines = read_record(tmp_path / "s.jsonl").lines
    assert lines[: len(record.lines)] == record.lines
    assert [x.author for x in lines if x.type == "observation"] == ["N1", "N1", "N2"]


def test_the_screen_shows_steps_gates_readings_alerts_and_the_band() -> None:
    from rich.console import Console

    from euthymia.cli.session_view import screen
    from euthymia.live.board import Board
    from euthymia.live.clock import SteppedClock
    from euthymia.live.identity import identity_of
    from euthymia.live.inputs import Reading
    from euthymia.live.resume import begin
    from euthymia.therapies.contract import Observation
    from euthymia.therapies.registry import therapy
    from euthymia.therapies.simulation import BandRow

    class Band:
        title, unit, note = "a level", "ng/mL", "a model; 90 % band; unverified"

        def took(self, observation: Observation) -> None:
            pass

        def rows(self) -> list[BandRow]:
            return [BandRow(60.0 * i, 10.0 * i, 5.0 * i, 20.0 * i) for i in range(30)]

    case = read_case(COMPLETE)
    rx = next(p for p in therapy("ketamine").propose(case) if p.form == "esketamine_nasal")
    board, clock = Board(Band()), SteppedClock(case.as_of)
    live = begin(
        therapy("ketamine").session(case, rx, 1), identity_of(case, rx, 1), None, clock.moment, [board.listen]
    )  # fmt: skip
    board.live = live
    for at_s, systolic in ((0, 120), (60, 150), (120, 184)):
        values = {"systolic_mmhg": systolic, "diastolic_mmhg": 100}
        live.take(Reading(Observation("blood_pressure", at_s, values), "N1"))
    console = Console(file=io.StringIO(), width=110, color_system=None)
    console.print(screen(board, 600.0))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for words in ("Alerts", "MODERATE  predose_pressure", "To do", "Gates", "closed  the alert", "▁▄█", "systolic_mmhg",
                  "Predicted band", "a level (ng/mL); now 100 (50 to 200)", "Log"):  # fmt: skip
        assert words in shown, words
