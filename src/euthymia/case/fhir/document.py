"""DocumentReference ↔ Attachment. R4 has a SHA-1 in ``attachment.hash``; our SHA-256 travels in the extension."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from euthymia.case.events import AnyEvent
from euthymia.case.facts import Attachment
from euthymia.case.fhir.extensions import extensions, is_ours
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.node import Node, code_in, concept
from euthymia.case.fhir.systems import ATTACHMENT

_MAX_SIZE = 2**31 - 1


def read(resource: Node, into: Intake) -> None:
    """Read an attachment that carries a SHA-256; others cannot be known by their content."""
    if not is_ours(resource):
        into.leave(resource, "no SHA-256 of the content; attach the file through `attachments` of a case file")
        return
    attached = resource.first("content").node("attachment")
    record = {"kind": code_in(resource.node("type"), ATTACHMENT), "path": unquote(attached.text("url"))}
    into.keep(Attachment, record, resource)


def write(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the DocumentReference of an attachment."""
    fact = event.fact
    assert isinstance(fact, Attachment)
    attached: dict[str, Any] = {"url": quote(fact.path)}
    if fact.size_bytes <= _MAX_SIZE:
        attached["size"] = fact.size_bytes
    return [
        {
            "resourceType": "DocumentReference",
            "extension": extensions(event, ("kind", "path")),
            "status": "current",
            "type": concept(ATTACHMENT, fact.kind, fact.kind.replace("_", " ")),
            "subject": subject,
            "date": event.recorded_at.isoformat(),
            "content": [{"attachment": attached}],
        }
    ]
