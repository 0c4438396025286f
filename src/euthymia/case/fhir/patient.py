"""Patient ↔ Demographics. Names, addresses, telephone numbers and record numbers are never read."""

from __future__ import annotations

from typing import Any

from euthymia.case.events import AnyEvent, plain
from euthymia.case.facts import Demographics, Sex
from euthymia.case.fhir.extensions import extensions, find
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.node import Node
from euthymia.case.fhir.systems import ACT_REASON, CASE_EXTENSION, CASE_ID, TEST_DATA
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput


def read(patient: Node, into: Intake) -> None:
    """Read birth date, sex and country."""
    if not patient.has("birthDate"):
        into.warn(patient.path, "no birthDate: age and sex are not known to the case")
        return
    gender = patient.text("gender") or Sex.UNKNOWN.value
    record: dict[str, Any] = {"birth_date": into.day(patient, "birthDate"), "sex": gender}
    country = patient.first("address").text("country").strip()
    if len(country) == 2 and country.isalpha() and country.isupper():
        record["country"] = country
    elif country:
        into.warn(patient.path, "the country of the address is not a two-letter ISO code and was not read")
    if patient.value.get("deceasedBoolean") or patient.has("deceasedDateTime"):
        into.warn(patient.path, "the patient is recorded as deceased")
    into.keep(Demographics, record, patient)


def case_id(patient: Node) -> str:
    """Return our own identifier, or the logical id of the resource."""
    for identifier in patient.nodes("identifier"):
        if identifier.text("system") == CASE_ID:
            return identifier.text("value")
    return patient.text("id")


def case_extension(patient: Node) -> tuple[str, bool | None]:
    """Return ``as_of`` and ``synthetic`` as we wrote them; empty and None when we did not."""
    parts = {part.text("url"): part for part in find(patient, CASE_EXTENSION).nodes("extension")}
    as_of = parts["asOf"].text("valueDateTime") if "asOf" in parts else ""
    return as_of, parts["synthetic"].flag("valueBoolean") if "synthetic" in parts else None


def is_test_data(resource: Node) -> bool:
    """Whether a resource carries the security label of test data."""
    labels = resource.node("meta").nodes("security")
    return any(s.text("code") == TEST_DATA and s.text("system") == ACT_REASON for s in labels)


def write(case: Case, event: AnyEvent | None, resource_id: str) -> dict[str, Any]:
    """Return the Patient of a case; ``event`` holds the newest demographics."""
    about = {
        "url": CASE_EXTENSION,
        "extension": [
            {"url": "asOf", "valueDateTime": plain(case.as_of)},
            {"url": "synthetic", "valueBoolean": case.synthetic},
        ],
    }
    resource: dict[str, Any] = {"resourceType": "Patient", "id": resource_id}
    if case.synthetic:
        resource["meta"] = {"security": [{"system": ACT_REASON, "code": TEST_DATA, "display": "test health data"}]}
    resource["extension"] = [about]
    resource["identifier"] = [{"system": CASE_ID, "value": case.case_id}]
    if event is None:
        return resource
    fact = event.fact
    if not isinstance(fact, Demographics):
        raise InvalidInput("event", event.kind, "demographics")
    resource["extension"] += extensions(event, ("birth_date", "sex", "country"))
    resource["gender"] = fact.sex.value
    resource["birthDate"] = fact.birth_date.isoformat()
    if fact.country:
        resource["address"] = [{"country": fact.country}]
    return resource
