"""The illustrative MDMA set against the figures it was derived from and the one it was not fitted to.

Figures: Mas 1999 J Pharmacol Exp Ther 290:136 and Farre 2004 Psychopharmacology, as noted in the shared reference.
"""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.engines.kinetics.equations import auto_inhibition, enzyme_after_washout
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.nonlinear import NonlinearProblem, solve_nonlinear

VOLUME, KDEG = 408.6, float(np.log(2) / 46.6)
SET = {
    "ka": 1.495,
    "volume": VOLUME,
    "cl_other": 24.75,
    "cl_enzyme": 110.05,
    "kinact": 1.737,
    "ki": 500.0,
    "kdeg": KDEG,
}


def _states(times: FloatArray, *inputs: Input) -> FloatArray:
    return solve_nonlinear(NonlinearProblem(auto_inhibition, np.array([0.0, 0.0, 1.0]), times, SET, inputs)).states[0]


def _area(level: FloatArray, times: FloatArray) -> float:
    return float(((level[1:] + level[:-1]) / 2 * np.diff(times)).sum())


@pytest.mark.parametrize(
    ("dose_mg", "cmax", "auc", "half_life"), [(75.0, 124.5, 1162.0, 7.1), (125.0, 212.0, 2409.0, 8.9)]
)
def test_one_dose_gives_the_traced_peak_area_and_half_life(
    dose_mg: float, cmax: float, auc: float, half_life: float
) -> None:
    times = np.linspace(0, 24, 481)
    level = _states(times, Input(0, 0.0, dose_mg))[:, 1] / VOLUME * 1000
    assert level.max() == pytest.approx(cmax, rel=0.002)
    assert _area(level, times) == pytest.approx(auc, rel=0.002)
    late = (times >= 6) & (times <= 24)
    slope = np.polyfit(times[late], np.log(level[late]), 1)[0]
    assert np.log(2) / -slope == pytest.approx(half_life, rel=0.1)


def test_a_second_dose_after_a_day_meets_less_enzyme() -> None:
    """100 mg twice: published AUC +77 %, Cmax +29 %; the set, which was not fitted to this, gives +69 % and +35 %."""
    times = np.linspace(0, 48, 961)
    level = _states(times, Input(0, 0.0, 100.0), Input(0, 24.0, 100.0))[:, 1] / VOLUME * 1000
    first, second = times < 24, times >= 24
    assert level[second].max() / level[first].max() == pytest.approx(1.35, abs=0.01)
    # 24 h lies in both intervals, before and after the bolus into the depot, which does not jump the level.
    both = _area(level, times)
    alone = _area(level[times <= 24], times[times <= 24])
    assert (both - alone) / alone == pytest.approx(1.69, abs=0.02)


def test_enzyme_activity_comes_back_over_ten_days() -> None:
    """Reference after 120 mg: 9 % on day 1, 25 %, 62 %, 87 % and 96 % on days 2, 4, 7 and 10."""
    days = np.array([1.0, 2.0, 4.0, 7.0, 10.0])
    activity = _states(24 * days, Input(0, 0.0, 120.0))[:, 2]
    assert activity == pytest.approx([0.09, 0.25, 0.62, 0.87, 0.96], abs=0.006)
    from_day_four = enzyme_after_washout(float(activity[2]), KDEG, 24 * (days[3:] - 4))
    assert activity[3:] == pytest.approx(from_day_four, abs=0.001)
