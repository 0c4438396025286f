"""Lines of vital signs: read, flagged with their number, refused with the fix, never fed when they are wrong."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.core.errors import InvalidInput
from euthymia.live.inputs import Malformed, Reading
from euthymia.live.record_file import read_record
from euthymia.live.record_line import Line
from euthymia.live.sources import Mailbox
from euthymia.live.vitals import VitalsFeed, parse_vitals_line, planned_vitals, vitals_taken

from tests.live.live_runs import simulate

GOOD = "125.0,blood_pressure,systolic_mmhg=138,diastolic_mmhg=84"


def test_a_line_is_a_reading_at_its_own_time() -> None:
    found = parse_vitals_line(GOOD, 1, 130.0)
    assert isinstance(found, Reading) and found.at_s == 125.0 and found.source == "vitals"
    assert found.observation.values == {"systolic_mmhg": 138.0, "diastolic_mmhg": 84.0}


def test_a_line_without_a_time_is_now() -> None:
    found = parse_vitals_line(" , oxygen_saturation , spo2_pct = 97\n", 3, 64.5)
    assert isinstance(found, Reading) and found.at_s == 64.5 and found.observation.kind == "oxygen_saturation"


def test_a_clock_a_little_ahead_is_taken_now_with_its_own_time_kept() -> None:
    found = parse_vitals_line(GOOD, 1, 123.0)
    assert isinstance(found, Reading) and (found.at_s, found.measured_at_s) == (123.0, 125.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("garbage", "time_s,kind,name=value"),
        ("12", "time_s,kind,name=value"),
        ("12,", "time_s,kind,name=value"),
        ("12,blood_pressure", "no value"),
        ("12,blood_pressure,systolic_mmhg", "name=value"),
        ("12,blood_pressure,systolic_mmhg=", "name=value"),
        ("12,blood_pressure,systolic_mmhg=1,systolic_mmhg=2", "each name once"),
        ("12,blood_pressure,systolic_mmhg=138mmHg", "without its unit"),
        ("12,blood_pressure,systolic_mmhg=nan", "finite"),
        ("12,blood_pressure,systolic_mmhg=-inf", "finite"),
        ("twelve,blood_pressure,systolic_mmhg=138", "time_s"),
        ("-1,blood_pressure,systolic_mmhg=138", "time_s"),
        ("9999,blood_pressure,systolic_mmhg=138", "monitor's clock"),
        ("\x00\x01\ufffd", "time_s,kind,name=value"),
    ],
)
def test_a_line_that_cannot_be_read_says_what_to_change(text: str, says: str) -> None:
    found = parse_vitals_line(text, 7, 20.0)
    assert isinstance(found, Malformed) and found.line == 7 and says in found.why, found


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=80))
def test_no_line_ever_raises_or_becomes_something_it_is_not(text: str) -> None:
    found = parse_vitals_line(text, 1, 50.0)
    assert isinstance(found, (Reading, Malformed))
    if isinstance(found, Reading):
        assert found.observation.values and 0 <= found.at_s <= 55


def test_in_a_session_a_bad_line_is_an_alert_and_is_not_fed(tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_text(
        "# monitor 3\n"
        "1500,blood_pressure,systolic_mmhg=131,diastolic_mmhg=80\n"
        "1560,blood_pressure,systolic_mmhg=13o,diastolic_mmhg=80\n"
        "1620,blood_pressure,systolic_mmhg=13.1,diastolic_mmhg=80\n"
        "1600,oxygen_saturation,spo2_pct=97\n",
        encoding="utf-8",
    )
    record = tmp_path / "r.jsonl"
    run = simulate("ketamine", "esketamine_nasal", path=record, sources=(planned_vitals(file),))
    assert run.ended.how == "closed"
    malformed = run.texts("malformed")
    assert [words.split(" (")[0] for words in malformed] == ["line 3", "line 5"]
    assert "13o" in malformed[0] and "put the lines in order" in malformed[1]
    (refused,) = run.texts("refused")
    assert "systolic_mmhg" in refused and "40 to 320" in refused
    codes = [a.code for a in run.live.alerts.alerts]
    assert codes.count("vitals_line") == 2 and codes.count("vitals_refused") == 1
    assert all(a.acknowledged_by for a in run.live.alerts.alerts)
    lines = read_record(record).lines
    assert [line.data["line"] for line in lines if line.type == "malformed"] == [3, 5]
    fed = [p[1] for p in run.live._session._bp.rows]  # type: ignore[attr-defined]
    assert (131.0, 80.0) in fed and all(systolic > 100 for systolic, _ in fed)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--vitals"):
        planned_vitals(tmp_path / "none.csv")
    with pytest.raises(InvalidInput, match="--vitals"):
        VitalsFeed(Mailbox()).follow(tmp_path / "none.csv")


def test_a_file_that_grows_is_followed_line_by_line(tmp_path: Path) -> None:
    file, mailbox, wake = tmp_path / "v.csv", Mailbox(), threading.Event()
    file.write_text("1,a,x=1\n2,b,", encoding="utf-8")
    mailbox.attach(wake)
    feed = VitalsFeed(mailbox)
    feed.follow(file)
    assert wake.wait(20)
    wake.clear()
    assert [i.at_s for i in mailbox.until(9, 9)] == [1.0]  # half a line is no line yet
    with file.open("a", encoding="utf-8") as more:
        more.write("y=2\n")
    assert wake.wait(20)
    feed.stop()
    (second,) = mailbox.until(9, 9)
    assert isinstance(second, Reading) and second.observation.values == {"y": 2.0}


def test_a_stream_ends_the_mailbox(tmp_path: Path) -> None:
    mailbox, wake = Mailbox(), threading.Event()
    mailbox.attach(wake)
    VitalsFeed(mailbox).read(["1,a,x=1\n", "\n", "# note\n"])
    while not mailbox.is_over:
        assert wake.wait(20)
        wake.clear()
        mailbox.until(9, 9)
    assert mailbox.is_over


def followed(file: Path, taken: list[Line], now_s: float, count: int) -> list[Any]:
    """What a feed that follows ``file`` gives first: ``count`` inputs."""
    mailbox, wake = Mailbox(), threading.Event()
    mailbox.attach(wake)
    feed = VitalsFeed(mailbox, taken)
    feed.follow(file)
    found: list[Any] = []
    while len(found) < count:
        assert wake.wait(20)
        wake.clear()
        found += mailbox.until(now_s, now_s)
    feed.stop()
    return found


def recorded(kind: str, data: dict[str, Any], source: str = "vitals") -> Line:
    """A line of a record."""
    return Line(1, kind, 5.0, "", "", "instrument", source, data)


def test_a_line_without_a_time_from_before_the_run_is_an_alert_and_not_a_reading_of_now(tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_text(",blood_pressure,systolic_mmhg=121,diastolic_mmhg=76\n4000,pulse,bpm=60\n", encoding="utf-8")
    old, timed = followed(file, [], 4000.0, 2)
    assert isinstance(old, Malformed) and "measure again" in old.why
    assert isinstance(timed, Reading) and timed.at_s == 4000.0


def test_what_the_record_holds_of_a_file_is_not_fed_again(tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_text(
        "# monitor 3\n,blood_pressure,systolic_mmhg=121,diastolic_mmhg=76\nnonsense\n90,oxygen_saturation,spo2_pct=97\n"
        "95,oxygen_saturation,spo2_pct=96\n",
        encoding="utf-8",
    )
    pressure = {"systolic_mmhg": 121.0, "diastolic_mmhg": 76.0}
    record = [
        recorded("observation", {"kind": "blood_pressure", "values": pressure}),
        recorded("actions", {}, "session"),
        recorded("observation", {"kind": "sedation", "values": {"moaas": 5.0}}, "typed"),
        recorded("malformed", {"text": "nonsense", "line": 3, "why": ""}),
        recorded("observation", {"kind": "oxygen_saturation", "values": {"spo2_pct": 97.0}}),
    ]
    (left,) = followed(file, vitals_taken(record), 200.0, 1)
    assert isinstance(left, Reading) and left.observation.values == {"spo2_pct": 96.0}


def test_another_file_on_resume_is_read_from_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "w.csv"
    file.write_text("100,oxygen_saturation,spo2_pct=95\n101,oxygen_saturation,spo2_pct=97\n", encoding="utf-8")
    record = [recorded("observation", {"kind": "oxygen_saturation", "values": {"spo2_pct": 97.0}})] * 2
    found = followed(file, vitals_taken(record), 200.0, 2)
    assert [r.observation.values["spo2_pct"] for r in found] == [95.0, 97.0]
