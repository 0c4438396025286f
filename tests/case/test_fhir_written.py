"""FHIR R4 out and back: every kind of fact is carried, in the structure of the standard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fhir.resources.R4B.bundle import Bundle as R4Bundle
from foreign_bundle import (
    PHQ9,
)
from generated_cases import AS_OF, cases
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from euthymia.case.events import Event
from euthymia.case.facts import (
    KINDS,
    Medication,
)
from euthymia.case.fhir import FhirImport, read_bundle, write_bundle
from euthymia.case.files import parse_case, template_text
from euthymia.case.model import Case, fold


def facts(found: FhirImport, cls: type) -> list[Any]:
    return [event.fact for event in found.case.of(cls)]


def why(found: FhirImport) -> dict[str, str]:
    return {f"{u.type}/{u.id}": u.why for u in found.unread}


# --- our own ----------------------------------------------------------------------------------------------------------


def template_case() -> Case:
    return parse_case(template_text(), name="t.yaml", folder=Path()).case


def test_template_is_carried_whole_and_nothing_is_left_unread() -> None:
    case = template_case()
    found = read_bundle(json.loads(json.dumps(write_bundle(case))))
    assert found.case == case
    assert (found.unread, found.warnings) == ((), ())


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_every_bundle_we_write_has_the_structure_of_r4(case: Case) -> None:
    """``fhir.resources`` (R4B models) is the referee; its own string rules on code and id are among its checks."""
    written = json.loads(json.dumps(write_bundle(case)))
    try:
        R4Bundle.model_validate(written)
    except ValidationError as errors:  # a generated name with odd blanks is no FHIR code; structure counts here
        assert {error["type"] for error in errors.errors()} <= {"string_pattern_mismatch"}, errors


def test_bundle_of_the_template_is_valid_r4_with_resolving_references() -> None:
    written = write_bundle(template_case())
    R4Bundle.model_validate(written)
    urls = {entry["fullUrl"] for entry in written["entry"]}
    assert len(urls) == len(written["entry"])
    references = [v for r in written["entry"] for v in _references(r["resource"])]
    assert set(references) <= urls


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for v in value.values() for found in _references(v)]
    return [found for v in value for found in _references(v)] if isinstance(value, list) else []


def test_blood_pressure_is_a_panel_and_phq9_has_its_loinc_items_and_total() -> None:
    resources = [e["resource"] for e in write_bundle(template_case())["entry"]]
    panel = next(r for r in resources if "85354-9" in json.dumps(r.get("code", {})))
    assert [c["valueQuantity"]["code"] for c in panel["component"]] == ["mm[Hg]", "mm[Hg]"]
    form = next(r for r in resources if r["resourceType"] == "QuestionnaireResponse")
    assert [item["linkId"] for item in form["item"]] == PHQ9
    assert form["item"][0]["answer"][0]["valueCoding"]["code"] == "LA6571-9"
    total = next(r for r in resources if "44261-6" in json.dumps(r.get("code", {})))
    assert total["valueQuantity"]["value"] == 19
    assert total["derivedFrom"] == [
        {"reference": next(e["fullUrl"] for e in write_bundle(template_case())["entry"] if e["resource"] == form)}
    ]


def test_a_synthetic_case_carries_the_label_of_test_data() -> None:
    case = template_case()
    assert "HTEST" in json.dumps(write_bundle(case))
    real = fold("c", case.log, as_of=case.as_of, synthetic=False)
    assert "HTEST" not in json.dumps(write_bundle(real))


def test_editing_a_standard_element_edits_the_fact() -> None:
    """No field stands twice, so a receiver that changes the dose in FHIR has changed it."""
    case = fold("c", [Event(Medication("lithium", 900), AS_OF, AS_OF)], as_of=AS_OF)
    written = write_bundle(case)
    written["entry"][1]["resource"]["dosage"][0]["doseAndRate"][0]["doseQuantity"]["value"] = 600
    assert [m.dose_mg_day for m in read_bundle(written).case.medications] == [600]


def test_every_kind_of_fact_has_a_way_into_a_bundle() -> None:
    """Guards against a new kind of fact that nobody thought of here: it falls back to an Observation, whole."""
    case = template_case()
    kinds = {e.kind for e in case.events}
    assert len(kinds) >= 12
    assert kinds <= set(KINDS)
