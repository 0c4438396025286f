"""Proposing and forecasting TMS: order for the case, reasons for and against, nothing for a closed form."""

from __future__ import annotations

import pytest
from tms_cases import tms_case

from euthymia.case.facts import Finding, Implant, Medication, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction
from euthymia.therapies.contract import Prescription, Therapy
from euthymia.therapies.tms import THERAPY


def ids(case):
    return [(p.form, p.protocol) for p in THERAPY.propose(case)]


def test_it_is_a_therapy():
    assert isinstance(THERAPY, Therapy)
    assert THERAPY.name == "tms" and not THERAPY.is_reference


def test_every_protocol_is_offered_to_an_eligible_case_theta_burst_first():
    found = THERAPY.propose(tms_case())
    assert all(isinstance(p, Prescription) for p in found)
    assert found[0].form == "tms_itbs"
    assert {p.form for p in found} == {
        "tms_10hz", "tms_itbs", "tms_1hz_right", "tms_bilateral", "tms_saint", "tms_deep_h1", "tms_deep_h7",
    }  # fmt: skip
    assert ("tms_10hz", "dash") in ids(tms_case())


def test_each_prescription_has_a_reason_for_and_the_weak_spots_against():
    for rx in THERAPY.propose(tms_case(Medication("lorazepam", 1.0))):
        assert any(r.direction is Direction.FOR for r in rx.reasons)
        assert any(r.code == "benzodiazepine" and r.direction is Direction.AGAINST for r in rx.reasons)


def test_a_seizure_in_the_history_puts_low_frequency_first_and_h_coils_last():
    order = [form for form, _ in ids(tms_case(Finding("past_seizure", True)))]
    assert order[0] == "tms_1hz_right"
    assert order.index("tms_deep_h1") > order.index("tms_10hz")


def test_who_cannot_come_daily_is_shown_saint_first():
    assert ids(tms_case(Finding("can_attend_daily", False)))[0][0] == "tms_saint"


def test_after_tms_the_same_side_and_pattern_moves_down():
    order = [form for form, _ in ids(tms_case(TreatmentTrial(TrialKind.TMS, "10 Hz left")))]
    assert order[0] not in ("tms_itbs", "tms_10hz")


def test_after_tms_that_helped_the_same_kind_of_course_stays_first():
    helped = TreatmentTrial(TrialKind.TMS, "iTBS left", outcome=TrialOutcome.REMISSION)
    first = THERAPY.propose(tms_case(helped))[0]
    assert first.form == "tms_itbs"
    assert any(r.code == "earlier_response" and r.direction is Direction.FOR for r in first.reasons)


def test_a_raised_seizure_risk_asks_for_a_physician_on_site():
    plain, at_risk = (THERAPY.propose(c)[0] for c in (tms_case(), tms_case(Medication("clozapine", 200.0))))
    assert (plain.supervision_class, at_risk.supervision_class) == (2, 1)


def test_forms_without_a_known_status_come_after_the_open_ones():
    order = [form for form, _ in ids(tms_case(country="DE"))]
    assert order.index("tms_saint") > order.index("tms_bilateral")


def test_nothing_for_a_closed_case():
    assert ids(tms_case(Implant("cochlear_implant"))) == []


def test_the_forecast_is_the_same_for_the_same_seed_and_carries_the_train_verdicts():
    case = tms_case()
    for rx in THERAPY.propose(case):
        one, two = (THERAPY.simulate(case, rx, seed=7) for _ in range(2))
        assert one == two
        assert one.burden.visits == rx.schedule.visits_until(365)
        assert any(r.code.startswith("train_") for r in one.reasons)


def test_a_prescription_of_another_kind_is_refused():
    with pytest.raises(InvalidInput, match="TmsPrescription"):
        THERAPY.session(tms_case(), object(), 1)
