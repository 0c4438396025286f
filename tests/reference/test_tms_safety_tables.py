"""The two train tables against one another and against what the abstract of Chen 1997 says, digit by digit.

Chen 1997 (doi 10.1016/S0924-980X(97)00036-2): single-train durations cut by 25 % from the group's earlier table; ten
trains of 20 Hz, 1.6 s, 110 % safe at 5 s; a pause of 1 s or less unsafe above 100 %. Rossi 2009 after Wassermann 1998.
"""

from __future__ import annotations

import pytest

from euthymia.therapies.tms.pattern import PulsePattern
from euthymia.therapies.tms.protocol_verdict import judge_pattern
from euthymia.therapies.tms.safety import TrainVerdict, judge_gap
from euthymia.therapies.tms.tables import train_limits

TABLE = {(r.table, r.rate_hz, r.intensity_pct_rmt): r for r in train_limits()}
ROSSI_2009 = {  # seconds at 100, 110, 120, 130 % (table 10.1 of the project's TMS reference)
    10: (5, 5, 4.2, 2.9), 20: (2.05, 1.6, 1.0, 0.55), 25: (1.28, 0.84, 0.4, 0.24), 1: (1800, 1800, 360, 50),
    5: (10, 10, 10, 10),
}  # fmt: skip


@pytest.mark.parametrize("rate", ROSSI_2009)
def test_the_rows_of_rossi_2009_are_those_of_the_reference(rate):
    assert tuple(TABLE["rossi2009", rate, pct].max_train_s for pct in (100, 110, 120, 130)) == ROSSI_2009[rate]


@pytest.mark.parametrize(
    ("rate", "pct"), [(r, p) for r in (10, 20, 25) for p in (100, 110, 120, 130) if r > 10 or p > 110]
)
def test_the_reduced_table_is_a_strict_quarter_less(rate, pct):
    """Rounding up past the cut, as the remembered table does in six places, would be the milder reading."""
    full, reduced = TABLE["rossi2009", rate, pct].max_train_s, TABLE["chen1997_reduced", rate, pct].max_train_s
    assert reduced <= 0.75 * full + 1e-9


def test_ten_trains_shown_safe_at_five_seconds_are_still_longer_than_the_recommendation():
    found = judge_pattern(PulsePattern(1, None, 32, 0.05, 10, 6.6), 110)
    by_table = {f.table: f.verdict for f in found.sites[0].findings}
    assert by_table["chen1997_gap"] is TrainVerdict.INSIDE
    assert by_table["chen1997_reduced"] is TrainVerdict.OUTSIDE
    assert any("chen1997_reduced says outside" in words for words in found.disagreements)


@pytest.mark.parametrize(("pause_s", "pct", "verdict"), [
    (1.0, 110, TrainVerdict.OUTSIDE), (0.25, 101, TrainVerdict.OUTSIDE), (1.0, 100, TrainVerdict.NO_DATA),
    (3.0, 110, TrainVerdict.NO_DATA), (5.0, 120, TrainVerdict.NO_DATA), (5.0, 110, TrainVerdict.INSIDE),
])  # fmt: skip
def test_what_the_abstract_says_on_pauses_and_what_it_does_not(pause_s, pct, verdict):
    pattern = PulsePattern(1, None, 10, 0.05, 10, 0.5 + pause_s)
    gap = judge_gap(pattern, pct)
    assert gap is not None and gap.verdict is verdict
    if verdict is TrainVerdict.OUTSIDE:
        assert judge_pattern(pattern, pct).verdict is TrainVerdict.OUTSIDE
