"""The run sheet agrees with the session machine and the schedule; milestones agree with the follow-up rules."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tms_cases import tms_case

from euthymia.case.events import Event
from euthymia.case.facts import CourseStarted, ScaleRecord, SessionDelivered
from euthymia.core.errors import InvalidInput
from euthymia.therapies.tms import THERAPY, tables
from euthymia.therapies.tms.prescription import MotorThreshold
from euthymia.therapies.tms.propose import build
from euthymia.therapies.tms.run_sheet import milestones, ramp_pct, run_sheet

from tests.therapies.therapy_cases import NOW


def rx_of(form, protocol="standard"):
    row = tables.protocol_row(form, protocol)
    assert row is not None
    return build(row)


def codes(sheet):
    return [line.code for line in sheet.lines]


@pytest.mark.parametrize("row", tables.protocols(), ids=lambda r: f"{r.form}-{r.protocol}")
def test_a_sheet_of_every_protocol_starts_with_the_day_checks_and_ends_when_the_pulses_do(row):
    rx = build(row)
    sheet = run_sheet(tms_case(), rx, 1)
    checks = [c.check for c in tables.day_checks()]
    assert codes(sheet)[: len(checks) + 3] == [*checks, "mood_check", "ear_protection", "motor_threshold"]
    assert sheet.minutes == pytest.approx(tables.limit("setup_min") + rx.session_minutes)
    assert codes(sheet).count("trains") == len(rx.stimulations)
    minutes = [line.minute for line in sheet.lines if line.minute is not None]
    assert minutes == sorted(minutes)


def test_sessions_fall_on_the_days_of_the_schedule():
    rx = rx_of("tms_10hz")
    assert [run_sheet(tms_case(), rx, n).day for n in (1, 2, 5, 6, 30, 31, 34, 36)] == [0, 1, 5, 7, 40, 42, 49, 56]
    assert [run_sheet(tms_case(), rx, n).phase for n in (30, 31, 36)] == ["acute course", "taper", "taper"]
    saint = rx_of("tms_saint")
    assert [run_sheet(tms_case(), saint, n).day for n in (1, 10, 11, 50)] == [0, 0, 1, 4]
    assert "gap" in codes(run_sheet(tms_case(), saint, 9)) and "gap" not in codes(run_sheet(tms_case(), saint, 10))


@pytest.mark.parametrize("n", [0, 37, True])
def test_a_session_that_is_not_prescribed_has_no_sheet(n):
    with pytest.raises(InvalidInput, match="n"):
        run_sheet(tms_case(), rx_of("tms_10hz"), n)


def test_the_ramp_rises_evenly_and_never_beyond_the_prescription():
    assert [ramp_pct(120, n) for n in (1, 3, 5, 9)] == [80, 100, 120, 120]
    assert [ramp_pct(70, n) for n in (1, 2, 5)] == [70, 70, 70]


def test_the_threshold_line_is_that_of_the_session_machine():
    at = NOW - timedelta(days=14)
    summary = {"motor_threshold_pct_mso": 50, "motor_threshold_method": "emg", "threshold_measured": True}
    past = Event(SessionDelivered("tms", "tms_itbs", "standard", 1, "completed", summary), at, at)
    for case, n in ((tms_case(), 1), (tms_case(past), 2)):
        rx = next(p for p in THERAPY.propose(case) if p.form == "tms_itbs")
        asked = "motor_threshold" in [a.code for a in THERAPY.session(case, rx, n).start()]
        assert asked and "motor_threshold" in codes(run_sheet(case, rx, n))
    from dataclasses import replace

    given = replace(rx_of("tms_itbs"), motor_threshold=MotorThreshold(50, "emg"))
    assert "motor_threshold" not in codes(run_sheet(tms_case(), given, 1))


@pytest.mark.parametrize(("form", "early", "decision"), [("tms_10hz", 21, 42), ("tms_saint", 14, 28)])
def test_milestones_are_those_of_the_follow_up_rules(form, early, decision):
    days = {m.code: m.day for m in milestones(rx_of(form))}
    assert (days["early_check"], days["decision"]) == (early, decision)
    ratings = [m.day for m in milestones(rx_of("tms_10hz")) if m.code == "rating"]
    assert ratings == [7, 14, 21, 28, 35, 42, 49, 56]
    assert [m.text for m in milestones(rx_of("tms_10hz")) if m.code == "taper"] == [
        f"taper: {k} sessions this week." for k in (3, 2, 1)
    ]


@pytest.mark.parametrize(
    ("day", "words"), [(5, "acute course. Next: early check on day 21"), (50, "taper. Next: taper")]
)
def test_follow_says_where_the_course_is(day, words):
    start = NOW - timedelta(days=day)
    begun = Event(CourseStarted("tms", "tms_itbs", "standard", start.date(), None), start, start)
    case = tms_case(begun, Event(ScaleRecord("PHQ-9", total=20.0), start, start))
    rx = next(p for p in THERAPY.propose(case) if p.form == "tms_itbs")
    (reason,) = [r for r in THERAPY.follow(case, rx).reasons if r.code == "course_phase"]
    assert words in reason.statement
