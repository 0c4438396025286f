"""Timing judged pulse by pulse: every protocol gets a verdict with its table, and no train slips through."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.therapies.tms.library import library, library_protocol
from euthymia.therapies.tms.pattern import PulsePattern
from euthymia.therapies.tms.protocol_verdict import judge_pattern, judge_protocol, judge_times
from euthymia.therapies.tms.pulse_times import pulse_times_s, trains_of
from euthymia.therapies.tms.safety import NOT_VERIFIED, TrainVerdict

INSIDE, OVER, OUTSIDE = TrainVerdict.INSIDE, TrainVerdict.OVER_WARNING_LINE, TrainVerdict.OUTSIDE
NO_DATA, CLEARED = TrainVerdict.NO_DATA, TrainVerdict.CLEARED_BY_DEVICE


def train(rate, on_s, off_s=None, trains=1):
    count = round(rate * on_s)
    return PulsePattern(1, None, count, 1 / rate, trains, None if trains == 1 else count / rate + off_s)


@pytest.mark.parametrize(
    ("name", "verdict", "table"),
    [
        ("tms_10hz/standard", CLEARED, "rossi2009"), ("tms_10hz/dash", CLEARED, "rossi2009"),
        ("tms_10hz/five_second", OVER, "rossi2009"), ("tms_itbs/standard", CLEARED, "theta_burst"),
        ("tms_1hz_right/standard", INSIDE, "rossi2009"), ("tms_bilateral/standard", NO_DATA, "rossi2009"),
        ("tms_saint/standard", CLEARED, "theta_burst"), ("tms_deep_h1/standard", CLEARED, "rossi2009"),
        ("tms_deep_h7/standard", OUTSIDE, "rossi2009"), ("accelerated_itbs_duprat", NO_DATA, "theta_burst"),
        ("ctbs_right_600", NO_DATA, "theta_burst"), ("bilateral_tbs", NO_DATA, "theta_burst"),
        ("right_1hz_360", OVER, "rossi2009"), ("right_1hz_1800", OVER, "rossi2009"),
        ("right_1hz_trains", INSIDE, "rossi2009"), ("left_10hz_twice", OVER, "rossi2009"),
        ("left_10hz_1500", INSIDE, "rossi2009"),
    ],
)  # fmt: skip
def test_the_verdict_of_each_protocol(name, verdict, table):
    found = judge_protocol(library_protocol(name))
    assert (found.verdict, found.table) == (verdict, table)


def test_every_protocol_of_the_library_has_a_verdict_with_table_reason_and_what_was_not_read():
    for protocol in library():
        found = judge_protocol(protocol)
        assert found.table in {f.table for site in found.sites for f in site.findings}
        assert len(found.statement) > 40
        assert all(site.pulses == s.pattern.pulses for site, s in zip(found.sites, protocol.sites, strict=True))
        assert any(NOT_VERIFIED in words for words in found.unverified)
        assert all(f.source.text for site in found.sites for f in site.findings)


def test_names_are_unique_and_the_table_above_leaves_none_out():
    names = [p.name for p in library()]
    assert len(names) == len(set(names)) == 17


@pytest.mark.parametrize("protocol", library(), ids=lambda p: p.name)
def test_the_trains_seen_in_the_pulses_are_the_trains_as_written(protocol):
    for site in protocol.sites:
        seen = trains_of(pulse_times_s(site.pattern))
        assert len(seen) == site.pattern.trains
        for one in seen:
            assert one.pulses == site.pattern.pulses_per_train
            assert one.rate_hz == pytest.approx(site.pattern.rate_hz)
            assert one.train_duration_s == pytest.approx(site.pattern.train_duration_s)
            assert one.is_theta_burst == site.pattern.is_theta_burst
        gaps = [one.gap_s for one in seen[:-1]]
        assert gaps == pytest.approx([site.pattern.gap_s] * len(gaps))


def test_the_standard_protocol_says_that_the_two_tables_disagree():
    found = judge_protocol(library_protocol("tms_10hz/standard"))
    (words,) = found.disagreements
    assert words.startswith("rossi2009 says over warning line, chen1997_reduced says outside")
    assert found.silent == ("chen1997_gap",)


def test_policies_follow_from_the_verdict():
    codes = {p.name: {r.code for r in judge_protocol(p).policies} for p in library()}
    assert "osu_class_1" in codes["tms_deep_h7/standard"] and "osu_class_2" in codes["tms_10hz/standard"]
    assert "trento_emg" in codes["tms_10hz/standard"] and "trento_emg" not in codes["tms_1hz_right/standard"]
    assert "rossi_2021_day" in codes["tms_saint/standard"] and "rossi_2021_tbs" in codes["tms_saint/standard"]
    assert judge_protocol(library_protocol("tms_deep_h7/standard")).supervision_class == 1


# Thirty trains of one's own, each read by hand from table 10.1 of the project's TMS reference (Rossi 2009 after
# Wassermann 1998, from memory): rate, on, intensity; the limit of the row at or above both; 0.75 of it is the line.
BY_HAND = [
    (1, 300, 90, INSIDE), (1, 1800, 100, OVER), (1, 1801, 100, NO_DATA), (1, 1300, 110, INSIDE),
    (1, 200, 120, INSIDE), (1, 361, 120, NO_DATA), (1, 37, 130, INSIDE), (1, 51, 130, NO_DATA),
    (5, 7, 120, INSIDE), (5, 10, 130, OVER), (5, 11, 100, NO_DATA), (3, 7, 110, INSIDE), (10, 3, 120, INSIDE),
    (10, 4, 120, OVER), (10, 4.3, 120, OUTSIDE), (10, 2, 130, INSIDE), (10, 3, 130, OUTSIDE),
    (10, 5.1, 100, NO_DATA), (8, 4.25, 115, OUTSIDE), (20, 1.5, 100, INSIDE), (20, 2, 90, OVER),
    (20, 2.1, 100, OUTSIDE), (20, 1, 110, INSIDE), (20, 1.7, 110, OUTSIDE), (20, 1.05, 120, OUTSIDE),
    (20, 0.4, 130, INSIDE), (15, 1.2, 120, OUTSIDE), (25, 0.4, 120, OVER), (25, 0.44, 120, OUTSIDE),
    (30, 0.2, 90, NO_DATA),
]  # fmt: skip


@pytest.mark.parametrize(("rate", "on_s", "intensity", "verdict"), BY_HAND)
def test_a_train_of_ones_own_is_judged_as_the_table_reads(rate, on_s, intensity, verdict):
    pattern = train(rate, on_s)
    assert judge_pattern(pattern, intensity).verdict is verdict
    assert judge_times(pulse_times_s(pattern), intensity).verdict is verdict


def test_a_train_beyond_the_highest_row_is_no_data():
    assert judge_pattern(train(10, 1), 140).verdict is NO_DATA


def test_short_pauses_make_it_outside_whatever_the_train():
    assert judge_pattern(train(20, 0.5, 0.9, 10), 110).verdict is OUTSIDE
    assert judge_pattern(train(5, 1, 1.0, 10), 101).table == "chen1997_gap"


def test_a_token_pause_or_jitter_does_not_hide_a_long_train():
    long = train(20, 0.5, 1.5, 20)  # ten seconds of 20 Hz in pieces: no table knows pauses of 1.5 s
    assert judge_pattern(long, 100).verdict is OUTSIDE
    rng = np.random.default_rng(1)
    times = np.cumsum(0.05 + rng.uniform(0.0, 0.06, 200))
    assert judge_times(times, 120).verdict is OUTSIDE
    with_hole = np.delete(pulse_times_s(train(10, 8)), [35, 36, 37])
    assert judge_times(with_hole, 120).verdict is OUTSIDE


def test_one_bad_train_among_many_good_ones_is_found():
    good = pulse_times_s(train(10, 3, 27, 20))
    bad = good[-1] + 30 + pulse_times_s(train(20, 2))
    found = judge_times(np.concatenate((good, bad)), 120)
    assert found.verdict is OUTSIDE
    assert found.sites[0].seen.rate_hz == pytest.approx(20)
    assert found.sites[0].trains == 21


def test_theta_burst_is_seen_in_plain_pulse_times():
    found = judge_times(pulse_times_s(PulsePattern(3, 0.02, 10, 0.2, 20, 10.0)), 120)
    assert (found.verdict, found.table) == (NO_DATA, "theta_burst")


def test_single_pulses_far_apart_are_inside():
    assert judge_times(np.arange(50) * 5.0, 120).verdict is INSIDE


@pytest.mark.parametrize(
    "times", [[], [0.0, 0.1, 0.1], [0.0, -1.0], [0.0, float("nan")], [[0.0, 1.0]], list(range(200_001))]
)
def test_times_that_cannot_be_are_refused(times):
    with pytest.raises(InvalidInput, match="times_s"):
        judge_times(np.array(times, dtype=float), 100)


def test_an_intensity_as_fraction_is_named():
    with pytest.raises(InvalidInput, match="percent"):
        judge_times(np.arange(5.0), 1.2)


def test_an_unknown_protocol_lists_the_known_ones():
    with pytest.raises(InvalidInput, match="ctbs_right_600"):
        library_protocol("none")
