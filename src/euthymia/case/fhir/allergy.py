"""AllergyIntolerance ↔ Allergy."""

from __future__ import annotations

from typing import Any

from euthymia.case.events import AnyEvent
from euthymia.case.facts import Allergy, ListReviewed
from euthymia.case.fhir.extensions import extensions, is_ours
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.node import Node, any_code, codes, concept, words
from euthymia.case.fhir.systems import ALLERGY_CLINICAL, ALLERGY_VERIFICATION, SNOMED

_NO_KNOWN_ALLERGY = (SNOMED, "716186003")


def read(resource: Node, into: Intake) -> None:
    """Read one allergy; "no known allergies" says that the list was reviewed."""
    coded = resource.node("code")
    recorded = into.moment(resource, "recordedDate")
    substance = words(coded)
    if is_ours(resource):
        record = {"substance": coded.text("text"), "reaction": _reaction(resource), "severe": _severe(resource)}
        into.keep(Allergy, record, resource)
    elif any_code(resource.node("verificationStatus")) == "refuted":
        into.leave(resource, "refuted")
    elif any_code(resource.node("clinicalStatus")) in ("inactive", "resolved"):
        into.leave(resource, "no longer active")
    elif _NO_KNOWN_ALLERGY in codes(coded) or substance.casefold().startswith(("no known allerg", "nka")):
        into.keep(ListReviewed, {"category": "allergy"}, resource, recorded=recorded)
    elif not substance:
        into.leave(resource, "no name of the substance")
    else:
        record = {"substance": substance, "reaction": _reaction(resource), "severe": _severe(resource)}
        into.keep(Allergy, record, resource, recorded=recorded)


def _reaction(resource: Node) -> str:
    return words(resource.first("reaction").first("manifestation"))


def _severe(resource: Node) -> bool | None:
    if any(reaction.text("severity") == "severe" for reaction in resource.nodes("reaction")):
        return True
    return {"high": True, "low": False}.get(resource.text("criticality"))


def write(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the AllergyIntolerance of an allergy."""
    fact = event.fact
    assert isinstance(fact, Allergy)
    resource: dict[str, Any] = {
        "resourceType": "AllergyIntolerance",
        "extension": extensions(event, ("substance", "reaction", "severe")),
        "clinicalStatus": concept(ALLERGY_CLINICAL, "active"),
        "verificationStatus": concept(ALLERGY_VERIFICATION, "confirmed"),
    }
    if fact.severe is not None:
        resource["criticality"] = "high" if fact.severe else "low"
    resource |= {"code": {"text": fact.substance}, "patient": subject, "recordedDate": event.recorded_at.isoformat()}
    if fact.reaction:
        resource["reaction"] = [{"manifestation": [{"text": fact.reaction}]}]
    return [resource]
