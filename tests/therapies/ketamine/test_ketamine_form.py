"""The 40-minute check, serious events and the fields of the monitoring form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, Observation
from euthymia.therapies.ketamine import THERAPY
from euthymia.therapies.ketamine.prescription import InfusionPrescription
from euthymia.therapies.ketamine.tables import schedule_of

MakeCase = Callable[..., Case]
NO = {"wish_to_be_dead": False, "nonspecific_thoughts": False, "behavior_lifetime": False}
LEAVE = {"escort_present": True, "alert_and_oriented": True, "told_not_to_drive": True}


def feed(session: Any, minute: float, kind: str, **values: Any) -> list[Action]:
    found: list[Action] = session.feed(Observation(kind, minute * 60.0, values))
    return found


def bp(session: Any, minute: float, systolic: float = 124) -> list[Action]:
    return feed(session, minute, "blood_pressure", systolic_mmhg=systolic, diastolic_mmhg=78)


def dosed(case: Case) -> Any:
    """A spray session with both devices given, the last at minute 7."""
    rx = next(p for p in THERAPY.propose(case) if p.form == "esketamine_nasal")
    session = THERAPY.session(case, rx, 1)
    session.start()
    feed(session, 0, "checklist", consent=True, escort=True, trained_staff=True, rems_enrolled=True)
    feed(session, 0, "fasting", hours_since_food=3, minutes_since_liquid=45)
    feed(session, 0, "nasal_products", used_today=False)
    bp(session, 0)
    feed(session, 2, "dose_given", mg=28, lot="A1")
    feed(session, 7, "dose_given", mg=28, lot="A2")
    return session


def done(session: Any, minute: float = 128) -> dict[str, Any]:
    feed(session, minute, "sedation", moaas=5)
    feed(session, minute, "dissociation", cadss_total=1)
    bp(session, minute)
    feed(session, minute, "suicide_screen", **NO)
    feed(session, minute, "discharge", **LEAVE)
    fact = next(e.fact for e in session.finish() if isinstance(e.fact, SessionDelivered))
    return dict(fact.summary)


@pytest.mark.parametrize(("minute", "counts"), [(36.9, False), (37.1, True), (47, True), (56.9, True), (57.1, False)])
def test_the_forty_minute_check_counts_from_35_to_50_minutes(make_case: MakeCase, minute: float, counts: bool) -> None:
    """From 35 minutes after the first device (minute 2) to 50 minutes after the last (minute 7)."""
    session = dosed(make_case())
    flagged = [a for a in bp(session, minute, 131) if a.code == "check_window"]
    assert bool(flagged) is not counts
    if flagged:
        assert "35 to 50 minutes" in flagged[0].text
    summary = done(session)
    assert (summary["monitoring_form"]["pressure_at_40_min"] == "131/78") is counts
    assert ("no blood pressure at about 40 minutes" in summary["deviations"]) is not counts


def test_later_readings_are_not_flagged_once_the_check_was_made(make_case: MakeCase) -> None:
    session = dosed(make_case())
    bp(session, 45)
    assert not [a for a in bp(session, 80) if a.code == "check_window"]


def test_every_field_of_the_form_is_there(make_case: MakeCase) -> None:
    session = dosed(make_case())
    feed(session, 8, "form_details", provider="P1", setting="clinic", address="A1", enrollment_id="E1")
    feed(session, 30, "symptom", name="fall", severity="severe", serious=True, seriousness="hospitalization")
    bp(session, 45)
    feed(session, 100, "fit_to_leave")
    summary = done(session)
    form = summary["monitoring_form"]
    assert summary["monitoring_form_missing"] == []
    asked = {
        "birth_date", "sex", "first_treatment", "enrolled", "enrollment_id", "concomitant", "provider", "setting",
        "address", "date", "dose_mg", "lot", "minutes_watched", "minutes_to_fit_to_leave", "pressure_before",
        "pressure_at_40_min", "pressure_at_end", "vital_signs_acceptable_before", "vital_signs_acceptable_at_end",
        "sedation", "dissociation", "respiratory_depression", "serious_adverse_event", "serious_adverse_events",
    }  # fmt: skip
    assert asked <= set(form)
    assert form["serious_adverse_events"] == [{"onset_min": 28.0, "name": "fall", "seriousness": "hospitalization"}]
    assert form["enrolled"] is True and form["lot"] == "A1, A2" and form["minutes_to_fit_to_leave"] == 98.0
    assert set(form["concomitant"]) == {
        "benzodiazepines", "sedative_hypnotics", "psychostimulants", "mao_inhibitors", "opioids",
    }  # fmt: skip


def test_a_seriousness_is_one_of_the_forms_words(make_case: MakeCase) -> None:
    session = dosed(make_case())
    with pytest.raises(InvalidInput, match="life_threatening"):
        feed(session, 30, "symptom", name="fall", severity="severe", serious=True, seriousness="bad")
    with pytest.raises(InvalidInput, match="serious"):
        feed(session, 30, "symptom", name="fall", severity="mild", seriousness="disability")


def test_a_dose_whose_predicted_peak_needs_a_second_name_does_not_start_without_it(make_case: MakeCase) -> None:
    protocol = "ketamine_iv_twice_weekly"
    for name in ("", "Dr B"):
        rx = InfusionPrescription(protocol, schedule_of(protocol), 1.0, 70.0, 2400.0, name)
        session = THERAPY.session(make_case(), rx, 1)
        session.start()
        feed(session, 0, "checklist", consent=True, escort=True, trained_staff=True)
        feed(session, 0, "oxygen_saturation", spo2_pct=98)
        bp(session, 0)
        if name:
            assert feed(session, 1, "infusion_started", pump_mg=70, pump_min=40)
        else:
            with pytest.raises(SafetyLimit, match="predicted venous peak 355"):
                feed(session, 1, "infusion_started", pump_mg=70, pump_min=40)
