"""FHIR R4 refused: what cannot be read is named, and the code tables hold."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from foreign_bundle import (
    PATIENT,
    bundle,
    condition,
    dosage,
    observation,
    quantity,
    questionnaire_response,
    statement,
)

from euthymia.case.fhir import FhirImport, read_bundle
from euthymia.case.fhir.tables import loinc
from euthymia.core.errors import InvalidInput
from euthymia.core.units import canonical_unit


def facts(found: FhirImport, cls: type) -> list[Any]:
    return [event.fact for event in found.case.of(cls)]


def why(found: FhirImport) -> dict[str, str]:
    return {f"{u.type}/{u.id}": u.why for u in found.unread}


# --- refused ----------------------------------------------------------------------------------------------------------


def _with(resource: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(resource), **changes}


@pytest.mark.parametrize(
    ("content", "argument", "message"),
    [
        ({"resourceType": "Patient"}, "resourceType", "Bundle"),
        (bundle(_with(PATIENT, id="p2")), "entry.resource (Patient)", "2 patients"),
        ({"resourceType": "Bundle", "type": "collection", "entry": []}, "entry.resource (Patient)", "0 patients"),
        (bundle(condition("c", "F33.2") | {"subject": {"reference": "Patient/p9"}}),
         "Condition/c.subject.reference", "one patient"),
        (bundle(condition("c", "F33.2"), condition("c", "F33.1")), "Condition/c", "twice"),
        (bundle(condition("c", "F33.2") | {"clinicalStatus": "active"}), "Condition/c.clinicalStatus", "STU3"),
        (bundle({"resourceType": "MedicationStatement", "id": "m", "status": "recorded",
                 "medication": {"concept": {"text": "lithium"}}}), "MedicationStatement/m.medication", "R5"),
        (bundle({"resourceType": "DeviceUsage", "id": "d"}), "DeviceUsage/d", "R5"),
        (bundle({"resourceType": "MedicationOrder", "id": "d"}), "MedicationOrder/d", "DSTU2"),
        (bundle() | {"fhirVersion": "3.0.2"}, "fhirVersion", "4.0.1"),
        (bundle(observation("w", "29463-7", valueQuantity=quantity(-80, "kg", "kg"))),
         "Observation/w.valueQuantity.weight", "20 to 400"),
        (bundle(observation("w", "29463-7", valueQuantity=quantity(80, "cm", "cm"))),
         "Observation/w.valueQuantity", "converts to kg"),
        (bundle(statement("m", "lithium", dosage=dosage(-300, "mg", frequency=1, period=1, periodUnit="d"))),
         "MedicationStatement/m.dose_mg_day", "50000"),
        (bundle(observation("t", "3016-3", valueQuantity=quantity(2, "mIU/L", "m[IU]/L"))
                | {"effectiveDateTime": "2027-01-01"}), "Observation/t.valueQuantity", "not after the Bundle's time"),
        (bundle(observation("t", "3016-3", valueQuantity=quantity(2, "mIU/L", "m[IU]/L"))
                | {"issued": "2026-09-01T00:00:00Z"}), "Observation/t.valueQuantity", "recorded at or after"),
        (bundle(observation("t", "3016-3", valueQuantity=quantity(2, "mIU/L", "m[IU]/L"))
                | {"effectiveDateTime": "2026-13-01"}), "Observation/t.effectiveDateTime", "exists"),
        (bundle(observation("t", "3016-3") | {"valueQuantity": {"value": "2.1"}}),
         "Observation/t.valueQuantity.value", "a number"),
        (bundle(statement("m", "lithium", effectivePeriod={"start": "2026-05-01", "end": "2026-04-01"})),
         "MedicationStatement/m.ended_on", "on or after"),
        (bundle(_with(questionnaire_response([0] * 9), item="x")), "QuestionnaireResponse/qr1.item", "array"),
        (bundle(patient=_with(PATIENT, birthDate="2030-01-01")), "Patient/p1.birth_date", "not after as_of"),
        (bundle(patient=_with(PATIENT, gender="F")), "Patient/p1.sex", "female"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(content: dict[str, Any], argument: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_bundle(content)
    assert caught.value.argument == argument
    assert message in str(caught.value)


def test_version_may_be_said_by_the_sender_or_by_a_profile() -> None:
    with pytest.raises(InvalidInput, match="fhirVersion"):
        read_bundle(bundle(), fhir_version="5.0.0")
    read_bundle(bundle(), fhir_version="4.0.1")
    marked = bundle(patient=_with(PATIENT, meta={"profile": ["http://hl7.org/fhir/STU3/patient.html"]}))
    with pytest.raises(InvalidInput, match="STU3"):
        read_bundle(marked)


def test_a_bundle_from_the_future_is_refused() -> None:
    with pytest.raises(InvalidInput, match="timestamp"):
        read_bundle(bundle(), now=datetime(2026, 10, 1, tzinfo=UTC))


# --- the tables -------------------------------------------------------------------------------------------------------


def test_every_loinc_code_has_a_right_check_digit_a_unit_and_one_preferred_row() -> None:
    preferred: dict[tuple[str, str], int] = {}
    for row in loinc().values():
        digits, check = row.code.split("-")
        assert int(check) == _mod10(digits), row.code
        if row.unit:
            canonical_unit(row.unit)
        key = (row.kind.value, row.name)
        preferred[key] = preferred.get(key, 0) + row.preferred
    assert set(preferred.values()) == {1}


def _mod10(digits: str) -> int:
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))]
    return -sum(n - 9 if n > 9 else n for n in doubled) % 10
