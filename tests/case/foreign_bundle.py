"""A Bundle as another system would write it: shapes and codes that Euthymia does not write itself."""

from __future__ import annotations

import copy
from typing import Any

LOINC = "http://loinc.org"
SUBJECT = {"reference": "Patient/p1"}
PHQ9 = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8"]
ANSWERS = ["LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9"]

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "http://hospital.example/mrn", "value": "MRN-4711"}],
    "name": [{"family": "Mustermann", "given": ["Erika"]}],
    "telecom": [{"system": "phone", "value": "+1 555 0100"}],
    "gender": "female",
    "birthDate": "1980-02-29",
    "address": [{"line": ["12 Elm Street"], "city": "Springfield", "postalCode": "97475", "country": "US"}],
}


def coded(system: str, code: str, display: str = "") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display or code}]}


def observation(name: str, code: str, **value: Any) -> dict[str, Any]:
    base = {"resourceType": "Observation", "id": name, "status": "final", "code": coded(LOINC, code)}
    return base | {"subject": SUBJECT, "effectiveDateTime": "2026-10-01T09:00:00-05:00"} | value


def quantity(value: float, unit: str, code: str = "") -> dict[str, Any]:
    return {"value": value, "unit": unit} | ({"system": "http://unitsofmeasure.org", "code": code} if code else {})


def condition(name: str, code: str, clinical: str = "active", verification: str = "confirmed") -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": name,
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", clinical),
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", verification),
        "code": coded("http://hl7.org/fhir/sid/icd-10-cm", code, f"name of {code}"),
        "subject": SUBJECT,
        "recordedDate": "2026-09-01",
    }


def statement(name: str, drug: str, status: str = "active", **more: Any) -> dict[str, Any]:
    medicine = {"medicationCodeableConcept": {"text": drug}, "subject": SUBJECT}
    return {"resourceType": "MedicationStatement", "id": name, "status": status} | medicine | more


def dosage(value: float, unit: str, **repeat: Any) -> list[dict[str, Any]]:
    return [{"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity(value, unit, unit)}]}]


def questionnaire_response(answers: list[int]) -> dict[str, Any]:
    items = [
        {"linkId": f"/{code}", "answer": [{"valueCoding": {"system": LOINC, "code": ANSWERS[a]}}]}
        for code, a in zip(PHQ9, answers, strict=True)
    ]
    form = {"questionnaire": "http://loinc.org/q/44249-1", "status": "completed", "subject": SUBJECT}
    authored = {"authored": "2026-10-01T09:00:00-05:00", "item": items}
    return {"resourceType": "QuestionnaireResponse", "id": "qr1"} | form | authored


def bundle(*resources: dict[str, Any], patient: dict[str, Any] | None = None) -> dict[str, Any]:
    entries = [patient or PATIENT, *resources]
    return copy.deepcopy(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "timestamp": "2026-11-01T12:00:00Z",
            "entry": [
                {"fullUrl": f"https://ehr.example/fhir/{r['resourceType']}/{r['id']}", "resource": r} for r in entries
            ],
        }
    )
