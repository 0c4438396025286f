"""ECT: proposals and the limits that no prescription can pass."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.facts import Episode, EpisodeSeverity, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Prescription
from euthymia.therapies.ect import THERAPY, EctPrescription
from euthymia.therapies.ect.tables import limit


def course(**changes):
    values = {
        "protocol": "x", "title": "x", "placement": "right_unilateral", "pulse_width_ms": 0.3,
        "threshold_multiple": 6.0,
        "sessions_per_week": 3, "sessions": 10, "minutes": 40.0, "charge_max_mc": 576.0,
    }  # fmt: skip
    return EctPrescription(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"sessions_per_week": 4}, "sessions_per_week"),
        ({"sessions": 21}, "sessions"),
        ({"threshold_multiple": 9.0}, "threshold_multiple"),
        ({"threshold_multiple": 0.9}, "threshold_multiple"),
        ({"placement": "bitemporal", "pulse_width_ms": 0.5}, "threshold_multiple"),
        ({"placement": "bitemporal", "threshold_multiple": 1.5}, "pulse_width_ms"),
        ({"pulse_width_ms": 300.0}, "pulse_width_ms"),
        ({"charge_max_mc": 1500.0}, "charge_max_mc"),
    ],
)
def test_a_limit_cannot_be_passed(changes, name):
    with pytest.raises(SafetyLimit, match=name):
        course(**changes)


def test_slips_are_named():
    with pytest.raises(SafetyLimit, match="microseconds"):
        course(pulse_width_ms=300.0)
    with pytest.raises(InvalidInput, match="placement"):
        course(placement="left")


@given(
    st.sampled_from(["right_unilateral", "bitemporal", "bifrontal"]),
    st.floats(0.01, 5),
    st.floats(0.1, 20),
    st.integers(1, 10),
    st.integers(1, 60),
    st.floats(1, 3000),
)
def test_whatever_can_be_written_is_inside_the_limits(placement, width, multiple, weekly, sessions, charge):
    try:
        made = course(
            placement=placement, pulse_width_ms=width, threshold_multiple=multiple, sessions_per_week=weekly,
            sessions=sessions, charge_max_mc=charge,
        )  # fmt: skip
    except SafetyLimit:
        return
    assert made.sessions_per_week <= limit("sessions_per_week_max").value
    assert made.sessions <= limit("sessions_max").value
    assert made.charge_max_mc <= limit("charge_max").value
    side = "unilateral" if placement == "right_unilateral" else "bilateral"
    assert 1 <= made.threshold_multiple <= limit(f"multiple_max_{side}").value
    assert side == "unilateral" or made.pulse_width_ms > limit("ultrabrief_max").value


def test_without_urgency_the_gentlest_comes_first(make_case):
    first, *_ = THERAPY.propose(make_case())
    assert isinstance(first, Prescription)
    assert first.protocol == "ect_rul_ultrabrief_3w" and first.charge_max_mc == limit("charge_max_us").value
    assert first.schedule.visits == 10 and dict(first.details())["Pulse width"] == "0.3 ms"
    assert {r.direction.value for r in first.reasons} >= {"for", "against"}


def test_urgency_asks_for_speed_and_britain_for_twice_a_week(make_case):
    psychotic = Episode(date(2026, 1, 1), EpisodeSeverity.SEVERE, psychotic_features=True)
    assert THERAPY.propose(make_case(psychotic))[0].protocol == "ect_bitemporal_brief_3w"
    assert THERAPY.propose(make_case(country="GB"))[0].sessions_per_week == 2


def test_a_failed_placement_goes_last(make_case):
    failed = TreatmentTrial(TrialKind.ECT, "ECT", sessions=12, outcome=TrialOutcome.NONE, laterality="right_unilateral")
    offers = THERAPY.propose(make_case(failed))
    assert offers[0].placement != "right_unilateral" and offers[-1].placement == "right_unilateral"
    assert "earlier_ect" in {r.code for r in offers[0].reasons}


def test_the_forecast_carries_relapse_and_is_reproducible(make_case):
    case = make_case()
    rx = THERAPY.propose(case)[0]
    one, two = (THERAPY.simulate(case, rx, seed=3) for _ in range(2))
    assert one == two and one.burden.anesthesia and one.burden.visits >= 10
    assert {"relapse_year", "mod_inpatient"} <= {r.code for r in one.reasons}
