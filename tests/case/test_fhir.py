"""FHIR R4 in and out: what other systems write is read under stated rules, and nothing is dropped in silence."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from foreign_bundle import (
    ANSWERS,
    LOINC,
    PHQ9,
    SUBJECT,
    bundle,
    coded,
    condition,
    dosage,
    observation,
    quantity,
    questionnaire_response,
    statement,
)

from euthymia.case.facts import (
    Allergy,
    Demographics,
    Diagnosis,
    Finding,
    Implant,
    LabResult,
    ListReviewed,
    Medication,
    SafetyAlert,
    ScaleRecord,
    SessionDelivered,
    SideEffect,
    SuicideScreen,
    TreatmentTrial,
    Vital,
)
from euthymia.case.fhir import FhirImport, read_bundle
from euthymia.case.files import case_text, read_case_report


def facts(found: FhirImport, cls: type) -> list[Any]:
    return [event.fact for event in found.case.of(cls)]


def why(found: FhirImport) -> dict[str, str]:
    return {f"{u.type}/{u.id}": u.why for u in found.unread}


# --- from elsewhere ---------------------------------------------------------------------------------------------------


def _rich() -> dict[str, Any]:
    return bundle(
        condition("c1", "F33.2"),
        condition("c2", "F31.9", verification="refuted"),
        questionnaire_response([2, 2, 2, 2, 2, 2, 1, 1, 1]),
        observation("tsh", "3016-3", valueQuantity=quantity(2.1, "mIU/L", "m[IU]/L"), issued="2026-10-02T00:00:00Z"),
        observation("weight", "29463-7", valueQuantity=quantity(180, "lbs", "[lb_av]")),
        statement("m1", "sertraline 100 MG Oral Tablet", effectivePeriod={"start": "2026-01-05"},
                  dosage=dosage(50, "mg", frequency=2, period=1, periodUnit="d")),
        {"resourceType": "AllergyIntolerance", "id": "a1", "patient": SUBJECT, "code": {"text": "ketamine"},
         "criticality": "high", "reaction": [{"manifestation": [{"text": "rash"}]}]},
        {"resourceType": "Encounter", "id": "e1", "status": "finished", "subject": SUBJECT,
         "class": {"code": "AMB"}},
    )  # fmt: skip


def test_patient_gives_age_sex_and_country_and_no_name_is_kept() -> None:
    found = read_bundle(bundle())
    assert facts(found, Demographics) == [Demographics(date(1980, 2, 29), "female", "US")]
    assert found.case.case_id == "p1"
    kept = case_text(found.case, "yaml") + case_text(found.case, "fhir") + case_text(found.case, "jsonl")
    for secret in ("Mustermann", "Erika", "MRN-4711", "555", "Elm", "97475", "Springfield"):
        assert secret not in kept


def test_questionnaire_response_is_read_item_by_item_and_its_total_is_not_counted_twice() -> None:
    total = observation("t", "44261-6", valueQuantity=quantity(15, "score", "{score}"))
    total["derivedFrom"] = [{"reference": "QuestionnaireResponse/qr1"}]
    found = read_bundle(bundle(questionnaire_response([2, 2, 2, 2, 2, 2, 1, 1, 1]), total))
    assert facts(found, ScaleRecord) == [ScaleRecord("PHQ-9", (2, 2, 2, 2, 2, 2, 1, 1, 1))]
    assert found.case.of(ScaleRecord)[0].happened_at == datetime(2026, 10, 1, 14, tzinfo=UTC)
    assert found.warnings == ()
    total["valueQuantity"]["value"] = 16
    found = read_bundle(bundle(questionnaire_response([2, 2, 2, 2, 2, 2, 1, 1, 1]), total))
    assert "differs from its items" in found.warnings[0]


def test_items_as_single_observations_are_put_together_by_moment() -> None:
    items = [
        observation(f"i{n}", code, valueCodeableConcept=coded(LOINC, ANSWERS[1])) for n, code in enumerate(PHQ9[:8])
    ]
    found = read_bundle(bundle(*items, observation("g", "70274-6", valueInteger=9)))
    assert facts(found, ScaleRecord) == [
        ScaleRecord("PHQ-9", (1, 1, 1, 1, 1, 1, 1, 1, None)),
        ScaleRecord("GAD-7", total=9),
    ]


def test_suicide_screen_items_worst_ideation_and_risk_level_are_never_lost() -> None:
    yes, no = coded(LOINC, "LA33-6"), coded(LOINC, "LA32-8")
    found = read_bundle(
        bundle(
            observation("s1", "93246-7", valueCodeableConcept=yes),
            observation("s2", "93247-5", valueCodeableConcept=no),
            observation("w", "93293-9", valueCodeableConcept=coded(LOINC, "LA30373-7")),
            observation("r", "93374-7", valueCodeableConcept={"text": "High Risk"}),
        )
    )  # fmt: skip
    assert facts(found, SuicideScreen) == [SuicideScreen(True, False, None, True, False)]
    assert [a.level for a in found.case.open_alerts] == ["high"]
    assert isinstance(found.case.open_alerts[0], SafetyAlert)


def test_units_are_converted_for_vital_signs_and_kept_for_laboratory_values() -> None:
    found = read_bundle(
        bundle(
            observation("w", "29463-7", valueQuantity=quantity(180, "lb", "[lb_av]")),
            observation("t", "8310-5", valueQuantity=quantity(98.6, "F", "[degF]")),
            observation("h", "8867-4", valueQuantity=quantity(72, "beats/minute", "/min")),
            observation("crp", "1988-5", valueQuantity=quantity(0.4, "mg/dL", "mg/dL"),
                        referenceRange=[{"high": quantity(0.5, "mg/dL", "mg/dL")}]),
            observation("li", "14334-7", valueQuantity=quantity(0.8, "mEq/L", "meq/L")),
        )
    )  # fmt: skip
    vitals = {v.name: (v.value, v.unit) for v in facts(found, Vital)}
    assert vitals["weight"] == (pytest.approx(81.6466266), "kg")
    assert vitals["temperature"] == (pytest.approx(37.0), "degC")
    assert vitals["heart_rate"] == (72, "beats/min")
    labs = {lab.analyte: lab for lab in facts(found, LabResult)}
    assert (labs["crp"].value, labs["crp"].unit, labs["crp"].reference_high) == (0.4, "mg/dL", 0.5)
    assert labs["lithium"].unit == "mEq/L"


def test_blood_pressure_panel_gives_its_components() -> None:
    parts = [{"code": coded(LOINC, c), "valueQuantity": quantity(v, "mmHg", "mm[Hg]")}
             for c, v in (("8480-6", 142), ("8462-4", 91))]  # fmt: skip
    found = read_bundle(bundle(observation("bp", "85354-9", component=parts)))
    assert {v.name: v.value for v in facts(found, Vital)} == {"systolic_bp": 142, "diastolic_bp": 91}


def test_a_value_that_is_no_number_is_listed_not_guessed() -> None:
    found = read_bundle(
        bundle(
            observation("a", "3016-3", valueQuantity=quantity(0.01, "mIU/L", "m[IU]/L") | {"comparator": "<"}),
            observation("b", "3016-3", valueQuantity=quantity(2, "furlongs")),
            observation("c", "3016-3"),
            observation("d", "99999-9", valueInteger=1),
            observation("e", "3016-3") | {"status": "cancelled"},
            observation("f", "3016-3", valueQuantity=quantity(2, "mIU/L")) | {"effectiveDateTime": None},
        )
    )
    assert facts(found, LabResult) == []
    reasons = why(found)
    assert "comparator '<'" in reasons["Observation/a"]
    assert "unknown unit 'furlongs'" in reasons["Observation/b"]
    assert "no value" in reasons["Observation/c"]
    assert "99999-9" in reasons["Observation/d"]
    assert "cancelled" in reasons["Observation/e"]
    assert "no time" in reasons["Observation/f"]


def test_diagnoses_keep_their_standing_and_errors_are_no_facts() -> None:
    no_icd = condition("c5", "F33.2") | {"code": coded("http://snomed.info/sct", "370143000", "Major depression")}
    found = read_bundle(
        bundle(
            condition("c1", "F33.2"),
            condition("c2", "F31.9", verification="refuted"),
            condition("c3", "F41.1", clinical="remission"),
            condition("c4", "G40.9", verification="entered-in-error"),
            no_icd,
            condition("c6", "E03.9", verification="provisional"),
        )
    )
    assert {d.code: d.status.value for d in facts(found, Diagnosis)} == {
        "F33.2": "active", "F31.9": "refuted", "F41.1": "remission", "E03.9": "suspected",
    }  # fmt: skip
    assert why(found)["Condition/c4"] == "entered in error"
    assert "no ICD-10-CM code" in why(found)["Condition/c5"]
    assert found.case.of(Diagnosis)[0].day == date(2026, 9, 1)


def test_daily_dose_comes_from_dose_and_timing_or_stays_unknown() -> None:
    found = read_bundle(
        bundle(
            statement("m1", "lithium", dosage=dosage(300, "mg", frequency=3, period=1, periodUnit="d")),
            statement("m2", "fluoxetine", dosage=dosage(90, "mg", frequency=1, period=1, periodUnit="wk")),
            statement("m3", "quetiapine", dosage=dosage(2, "{tablet}", frequency=1, period=1, periodUnit="d")),
            statement("m4", "levothyroxine", dosage=[{"timing": {"code": coded("x", "QD")},
                      "doseAndRate": [{"doseQuantity": quantity(100, "ug", "ug")}]}]),
            statement("m5", "lorazepam", dosage=[{"asNeededBoolean": True}]),
            statement("m6", "bupropion", "stopped", effectivePeriod={"start": "2025-01", "end": "2025-06-01"}),
            statement("m7", "trazodone", "intended"),
        )
    )  # fmt: skip
    taken = {m.name: m for m in found.case.medications}
    assert taken["lithium"].dose_mg_day == 900
    assert taken["fluoxetine"].dose_mg_day == pytest.approx(90 / 7)
    assert taken["quetiapine"].dose_mg_day is None
    assert taken["levothyroxine"].dose_mg_day == pytest.approx(0.1)
    assert taken["lorazepam"].as_needed
    assert "bupropion" not in taken
    assert "intended" in why(found)["MedicationStatement/m7"]
    assert any("2025-01 is taken as 2025-01-01" in w for w in found.warnings)


def test_an_antidepressant_over_a_known_time_is_a_trial_with_unknown_outcome() -> None:
    found = read_bundle(
        bundle(
            statement("m1", "Sertraline", "stopped", effectivePeriod={"start": "2025-01-01", "end": "2025-03-26"},
                      dosage=dosage(100, "mg", frequency=1, period=1, periodUnit="d"),
                      statusReason=[{"text": "Lack of efficacy"}]),
            statement("m2", "amlodipine", effectivePeriod={"start": "2020-01-01"}),
        )
    )  # fmt: skip
    (trial,) = facts(found, TreatmentTrial)
    assert (trial.name, trial.dose_mg_day, trial.weeks_at_dose) == ("Sertraline", 100, 12)
    assert (trial.outcome.value, trial.stopped_reason.value) == ("unknown", "inefficacy")


def test_a_planned_end_is_no_end_and_a_stopped_entry_never_hides_an_active_one() -> None:
    once_a_day = dosage(100, "mg", frequency=1, period=1, periodUnit="d")
    ahead = {"start": "2026-10-04", "end": "2027-01-01"}
    found = read_bundle(
        bundle(
            statement("m1", "sertraline", effectivePeriod=ahead, dosage=once_a_day),
            statement("m2", "lithium"),
            statement("m3", "lithium", "completed"),
            statement("m4", "phenelzine"),
            statement("m5", "phenelzine", "stopped", effectivePeriod={"end": "2024-01-01"}, dateAsserted="2026-11-01"),
        )
    )
    assert {m.name for m in found.case.medications} == {"sertraline", "lithium", "phenelzine"}
    (trial,) = facts(found, TreatmentTrial)
    assert (trial.weeks_at_dose, trial.ended_on, trial.stopped_reason.value) == (4, None, "ongoing")


def test_requests_and_given_doses() -> None:
    request = {"resourceType": "MedicationRequest", "id": "r1", "status": "active", "intent": "order",
               "medicationReference": {"reference": "Medication/x"}, "subject": SUBJECT,
               "authoredOn": "2026-09-01", "requester": {"reference": "Practitioner/7"}}  # fmt: skip
    medication = {"resourceType": "Medication", "id": "x", "code": {"text": "venlafaxine XR"}}
    given = [
        {"resourceType": "MedicationAdministration", "id": f"g{n}", "status": "completed", "subject": SUBJECT,
         "medicationCodeableConcept": {"text": "Esketamine nasal spray"}, "effectiveDateTime": f"2026-10-0{n}"}
        for n in (2, 1)
    ]  # fmt: skip
    plan = {**request, "id": "r2", "intent": "plan"}
    found = read_bundle(bundle(request, plan, medication, *given))
    assert [m.name for m in found.case.medications] == ["venlafaxine XR"]
    assert found.case.of(Medication)[0].author == "Practitioner/7"
    sessions = [(e.fact.form, e.fact.number, e.day.day) for e in found.case.of(SessionDelivered)]
    assert sessions == [("esketamine", 1, 1), ("esketamine", 2, 2)]
    assert why(found) == {"MedicationRequest/r2": "intent plan: not an order"}


def test_procedures_of_one_kind_are_put_together_to_courses() -> None:
    def ect(name: str, day: str) -> dict[str, Any]:
        base = {"resourceType": "Procedure", "id": name, "status": "completed", "subject": SUBJECT}
        code = coded("http://www.cms.gov/Medicare/Coding/ICD10", "GZB2ZZZ", "ECT, bilateral-single seizure")
        return base | {"code": code, "performedDateTime": day}

    early = [ect(f"e{n}", f"2024-03-{n:02d}") for n in range(1, 9)]
    late = [ect("l1", "2026-01-05"), ect("l2", "2026-01-07")]
    tms = {"resourceType": "Procedure", "id": "t", "status": "completed", "subject": SUBJECT,
           "code": {"text": "Transcranial Magnetic Stimulation, 10 Hz"},
           "performedPeriod": {"start": "2025-01-02", "end": "2025-02-14"}}  # fmt: skip
    other = {"resourceType": "Procedure", "id": "o", "status": "completed", "subject": SUBJECT,
             "code": {"text": "appendectomy"}}  # fmt: skip
    found = read_bundle(bundle(*early, *late, tms, other))
    trials = sorted((t.kind.value, t.sessions, t.started_on) for t in facts(found, TreatmentTrial) if t.sessions)
    assert trials == [("ect", 2, date(2026, 1, 5)), ("ect", 8, date(2024, 3, 1))]
    assert next(t for t in found.case.trials if t.kind == "tms").ended_on == date(2025, 2, 14)
    assert "not one of the treatments" in why(found)["Procedure/o"]


def test_allergies_devices_and_side_effects() -> None:
    def allergy(name: str, text: str, **more: Any) -> dict[str, Any]:
        return {"resourceType": "AllergyIntolerance", "id": name, "patient": SUBJECT, "code": {"text": text}} | more

    device = {"resourceType": "Device", "id": "d1", "type": {"text": "Dual chamber pacemaker"}, "patient": SUBJECT,
              "serialNumber": "SECRET-1", "modelNumber": "M-9"}  # fmt: skip
    use = {"resourceType": "DeviceUseStatement", "id": "u1", "status": "active", "subject": SUBJECT,
           "device": {"reference": "Device/d1"}, "timingPeriod": {"start": "2020-05-01"}}  # fmt: skip
    cuff = {"resourceType": "Device", "id": "d2", "type": {"text": "BP cuff"}, "patient": SUBJECT}
    event = {"resourceType": "AdverseEvent", "id": "x", "actuality": "actual", "event": {"text": "headache"},
             "subject": SUBJECT, "date": "2026-10-10",
             "severity": coded("http://terminology.hl7.org/CodeSystem/adverse-event-severity", "mild")}  # fmt: skip
    found = read_bundle(
        bundle(allergy("a1", "penicillin", criticality="high"), allergy("a2", "No known allergies"),
               device, use, cuff, event)
    )  # fmt: skip
    assert facts(found, Allergy) == [Allergy("penicillin", severe=True)]
    assert facts(found, ListReviewed) == [ListReviewed("allergy")]
    assert facts(found, Implant) == [Implant("pacemaker", "M-9", implanted_on=date(2020, 5, 1))]
    assert facts(found, SideEffect) == [SideEffect("headache", "mild")]
    assert "not a device that the rules know" in why(found)["Device/d2"]
    assert "SECRET-1" not in case_text(found.case, "jsonl")


def test_pregnancy_status_answers_its_question() -> None:
    found = read_bundle(bundle(observation("p", "82810-3", valueCodeableConcept=coded(LOINC, "LA15173-0"))))
    assert facts(found, Finding) == [Finding("pregnancy", True)]


def test_everything_else_is_listed_with_its_reason() -> None:
    resources = [
        {"resourceType": "Encounter", "id": "e", "status": "finished"},
        {"resourceType": "Practitioner", "id": "pr"},
        {"resourceType": "DocumentReference", "id": "d", "status": "current", "content": [{"attachment": {}}]},
        {"resourceType": "Flag", "id": "f", "status": "active", "code": {"text": "fall risk"}, "subject": SUBJECT},
        {"resourceType": "Observation", "id": "m", "modifierExtension": [{"url": "x"}], "status": "final",
         "code": coded(LOINC, "3016-3")},
    ]  # fmt: skip
    found = read_bundle(bundle(*resources))
    assert set(why(found)) == {f"{r['resourceType']}/{r['id']}" for r in resources}
    assert "SHA-256" in why(found)["DocumentReference/d"]


def test_read_case_report_shows_what_was_not_read(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(json.dumps(_rich()))
    report = read_case_report(path, now=datetime(2026, 11, 2, tzinfo=UTC))
    assert (report.format, [u.type for u in report.unread]) == ("fhir", ["Encounter"])
    assert report.case.as_of == datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_recorded_time_is_when_it_was_issued_else_when_the_bundle_was_made() -> None:
    value = {"valueQuantity": quantity(2, "mIU/L", "m[IU]/L")}
    found = read_bundle(bundle(observation("a", "3016-3", **value, issued="2026-10-02T00:00:00Z"),
                               observation("b", "1988-5", valueQuantity=quantity(2, "mg/L", "mg/L"))))  # fmt: skip
    recorded = {e.fact.analyte: e.recorded_at for e in found.case.of(LabResult)}
    assert recorded == {"tsh": datetime(2026, 10, 2, tzinfo=UTC), "crp": found.case.as_of}
    assert found.case.at(datetime(2026, 10, 15, tzinfo=UTC)).latest("crp") is None


def test_bundle_read_from_elsewhere_survives_our_own_writing() -> None:
    first = read_bundle(_rich())
    again = read_bundle(json.loads(case_text(first.case, "fhir")))
    assert again.case == first.case
    assert again.unread == ()
