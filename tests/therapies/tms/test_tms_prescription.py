"""Prescriptions: pulses follow from timing, and nothing beyond a limit can be made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.core.errors import EuthymiaError, InvalidInput, SafetyLimit
from euthymia.therapies.schedule import Phase, Schedule
from euthymia.therapies.tms import tables
from euthymia.therapies.tms.pattern import PulsePattern
from euthymia.therapies.tms.prescription import MotorThreshold, Stimulation, TmsPrescription
from euthymia.therapies.tms.propose import build
from euthymia.therapies.tms.safety import NOT_VERIFIED, TrainVerdict, governing, judge_gap, judge_train


def protocol(form: str, name: str = "standard") -> TmsPrescription:
    row = tables.protocol_row(form, name)
    assert row is not None
    return build(row)


def custom(**changes) -> TmsPrescription:
    values = {
        "form": "tms_10hz", "protocol": "custom",
        "stimulations": (Stimulation("beam_f3", PulsePattern(1, None, 40, 0.1, 75, 30.0), 120),),
        "sessions_per_day": 1, "gap_min": None, "schedule": Schedule((Phase("acute", 0, 30, 1.4, 60),)),
        "justification": "a test", "approved_by": "Dr. Test",
    } | changes  # fmt: skip
    return TmsPrescription(**values)


@pytest.mark.parametrize(
    ("form", "name", "pulses", "minutes", "sessions"),
    [
        ("tms_10hz", "standard", 3000, 37.07, 36),
        ("tms_10hz", "dash", 3000, 18.57, 36),
        ("tms_itbs", "standard", 600, 3.2, 36),
        ("tms_1hz_right", "standard", 900, 15.0, 36),
        ("tms_bilateral", "standard", 2100, 34.55, 36),
        ("tms_saint", "standard", 1800, 9.87, 50),
        ("tms_deep_h1", "standard", 1980, 19.83, 44),
        ("tms_deep_h7", "standard", 1980, 19.83, 24),
    ],
)
def test_pulses_minutes_and_sessions_follow_from_the_timing(form, name, pulses, minutes, sessions):
    rx = protocol(form, name)
    assert rx.pulses_per_session == pulses
    assert rx.session_minutes == pytest.approx(minutes, abs=0.01)
    assert rx.sessions == sessions
    assert dict(rx.details())["Session"].startswith(f"{pulses} pulses")


def test_saint_gives_18000_pulses_a_day_with_50_minutes_between():
    rx = protocol("tms_saint")
    assert rx.pulses_per_session * rx.sessions_per_day == 18_000
    assert rx.gap_min == 50
    assert rx.schedule.visits == 5


def test_every_protocol_row_builds_and_names_its_train_verdicts():
    for row in tables.protocols():
        rx = build(row)
        for findings in rx.train_findings:
            assert findings
            frequency = [f for f in findings if f.table in ("rossi2009", "chen1997_reduced")]
            assert all(NOT_VERIFIED in f.statement for f in frequency)


def test_standard_train_is_cleared_not_inside_and_says_which_table():
    (findings,) = protocol("tms_10hz").train_findings
    by_table = {f.table: f for f in findings}
    assert by_table["rossi2009"].verdict is TrainVerdict.CLEARED_BY_DEVICE
    assert "warning line of 3.15 s" in by_table["rossi2009"].statement
    assert "outside" in by_table["chen1997_reduced"].statement


def test_the_same_train_without_clearance_is_judged_by_each_table():
    pattern = PulsePattern(1, None, 40, 0.1, 75, 30.0)
    rossi, chen, gap = judge_train(pattern, 120)
    assert rossi.verdict is TrainVerdict.OVER_WARNING_LINE
    assert chen.verdict is TrainVerdict.OUTSIDE
    assert gap.verdict is TrainVerdict.NO_DATA


def test_deep_18_hz_is_outside_the_figure_8_tables_unless_cleared():
    h1, h7 = protocol("tms_deep_h1"), protocol("tms_deep_h7")
    assert governing(h1.train_findings[0]) is TrainVerdict.CLEARED_BY_DEVICE
    assert governing(h7.train_findings[0]) is TrainVerdict.OUTSIDE
    assert h7.supervision_class == 1 and h1.supervision_class == 2
    with pytest.raises(SafetyLimit, match="justification"):
        replace(h7, justification="")


def test_theta_burst_is_not_in_the_frequency_tables():
    pattern = PulsePattern(3, 0.02, 10, 0.2, 20, 10.0)
    first, *_ = judge_train(pattern, 120)
    assert (first.table, first.verdict) == ("theta_burst", TrainVerdict.NO_DATA)


def test_one_hertz_beyond_the_longest_tested_is_no_data_not_outside():
    first, *_ = judge_train(PulsePattern(1, None, 600, 1.0, 1, None), 120)
    assert first.verdict is TrainVerdict.NO_DATA


def test_short_pauses_above_threshold_are_refused_whatever_the_justification():
    fast = PulsePattern(1, None, 20, 0.05, 10, 1.9)
    finding = judge_gap(fast, 110)
    assert finding is not None and finding.verdict is TrainVerdict.OUTSIDE
    with pytest.raises(SafetyLimit, match="pause"):
        Stimulation("beam_f3", fast, 110)


def test_chen_1997_shown_safe_is_told_apart_from_recommended():
    pattern = PulsePattern(1, None, 32, 0.05, 10, 6.6)
    found = {f.table: f.verdict for f in judge_train(pattern, 110)}
    assert found["chen1997_gap"] is TrainVerdict.INSIDE
    assert found["chen1997_reduced"] is TrainVerdict.OUTSIDE


@pytest.mark.parametrize("rate", [1.2, 0.9])
def test_a_fraction_as_intensity_is_named_as_such(rate):
    with pytest.raises(InvalidInput, match="percent"):
        Stimulation("beam_f3", PulsePattern(1, None, 40, 0.1, 75, 30.0), rate)


def test_intensity_above_the_tables_cannot_be_written():
    with pytest.raises(SafetyLimit, match="130"):
        Stimulation("beam_f3", PulsePattern(1, None, 40, 0.1, 75, 30.0), 131)


def test_a_named_protocol_may_be_weaker_but_not_stronger_or_other():
    rx = protocol("tms_itbs")
    site = rx.stimulations[0]
    weaker = replace(rx, stimulations=(replace(site, intensity_pct_rmt=110),))
    assert weaker.stimulations[0].intensity_pct_rmt == 110
    with pytest.raises(SafetyLimit, match="intensity_pct_rmt"):
        replace(rx, stimulations=(replace(site, intensity_pct_rmt=121),))
    with pytest.raises(InvalidInput, match="custom"):
        replace(rx, stimulations=(replace(site, pattern=replace(site.pattern, trains=40)),))
    with pytest.raises(InvalidInput, match="a left site"):
        replace(rx, stimulations=(replace(site, target="f4_mirror"),))


def test_a_protocol_of_ones_own_needs_a_reason_and_a_name():
    assert custom().pulses_per_session == 3000
    for name in ("justification", "approved_by"):
        with pytest.raises(SafetyLimit, match=name):
            custom(**{name: " "})


def test_pulses_per_session_sessions_and_day_are_capped():
    many = Stimulation("beam_f3", PulsePattern(1, None, 40, 0.1, 120, 30.0), 110)
    with pytest.raises(SafetyLimit, match="pulses_per_session"):
        custom(stimulations=(many,))
    with pytest.raises(SafetyLimit, match="sessions_per_day"):
        custom(sessions_per_day=3, gap_min=60.0)
    with pytest.raises(SafetyLimit, match="gap_min"):
        custom(sessions_per_day=2, gap_min=10.0, schedule=Schedule((Phase("acute", 0, 30, 1.4, 120),)))
    with pytest.raises(SafetyLimit, match="whole course"):
        custom(stimulations=(Stimulation("beam_f3", PulsePattern(1, None, 40, 0.1, 2000, 30.0), 110),))
    with pytest.raises(SafetyLimit, match="sessions"):
        custom(schedule=Schedule((Phase("acute", 0, 61, 1.4, 60),)))


def test_theta_burst_outside_saint_is_once_a_day():
    rx = protocol("tms_itbs")
    with pytest.raises(SafetyLimit, match="sessions_per_day"):
        replace(rx, sessions_per_day=2, gap_min=50.0)


def test_output_beyond_the_machine_is_refused_and_a_visual_threshold_warns():
    rx = protocol("tms_10hz")
    with pytest.raises(SafetyLimit, match="output_pct_mso"):
        replace(rx, motor_threshold=MotorThreshold(90, "emg"))
    visual = replace(rx, motor_threshold=MotorThreshold(60, "visual"))
    assert any(r.code == "visual_threshold" for r in visual.safety_reasons())
    with pytest.raises(InvalidInput, match="method"):
        MotorThreshold(60, "guess")


@pytest.mark.parametrize(
    "values",
    [
        (1, 0.02, 40, 0.1, 75, 30.0), (3, None, 10, 0.2, 20, 10.0), (3, 0.1, 10, 0.2, 20, 10.0),
        (1, None, 40, 0.1, 75, 3.0), (1, None, 40, 0.1, 1, 30.0), (0, None, 40, 0.1, 75, 30.0),
        (1, None, True, 0.1, 75, 30.0), (1, None, 40, float("nan"), 75, 30.0),
    ],
)  # fmt: skip
def test_timing_that_does_not_nest_is_refused(values):
    with pytest.raises(InvalidInput):
        PulsePattern(*values)


@settings(max_examples=200, deadline=None)
@given(
    form=st.sampled_from([row.form for row in tables.forms()]),
    rate=st.floats(0.5, 30), bursts=st.integers(1, 80), trains=st.integers(1, 80), pause=st.floats(0, 30),
    intensity=st.floats(80, 140), per_day=st.integers(1, 4), gap=st.floats(40, 90), visits=st.integers(1, 70),
    threshold=st.floats(20, 95),
)  # fmt: skip
def test_no_prescription_that_exists_is_beyond_a_limit(
    form, rate, bursts, trains, pause, intensity, per_day, gap, visits, threshold
):
    try:
        interval = 1 / rate
        pattern = PulsePattern(1, None, bursts, interval, trains, bursts * interval + pause if trains > 1 else None)
        rx = custom(
            form=form,
            stimulations=(Stimulation("beam_f3", pattern, intensity),),
            sessions_per_day=per_day,
            gap_min=gap if per_day > 1 else None,
            schedule=Schedule((Phase("acute", 0, visits, 1.4, 1440),)),
            motor_threshold=MotorThreshold(threshold, "emg"),
        )
    except EuthymiaError:
        return  # refused: that is the other way to be safe
    most = tables.form_row(form)
    assert rx.pulses_per_session <= most.max_pulses_session
    assert rx.pulses_per_session * rx.sessions_per_day <= most.max_pulses_day
    assert rx.sessions <= most.max_sessions_course
    assert intensity <= 130
    assert intensity / 100 * threshold <= 100
    assert not (pattern.gap_s is not None and pattern.gap_s <= 1 and intensity > 100)
    assert per_day == 1 or gap >= most.min_gap_min
