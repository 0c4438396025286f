"""Bundle → Case: one patient, FHIR R4, every resource either read or listed with the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from euthymia.case import chronology, codec
from euthymia.case.fhir import (
    allergy,
    condition,
    device,
    document,
    forms,
    medication,
    observation,
    patient,
    procedure,
    safety,
)
from euthymia.case.fhir.intake import Intake, UnreadResource
from euthymia.case.fhir.moments import read_moment
from euthymia.case.fhir.node import Node, any_code
from euthymia.case.fhir.versions import require_r4
from euthymia.case.model import Case, fold
from euthymia.core.errors import InvalidInput

_TIMES = ("issued", "recordedDate", "dateAsserted", "authoredOn", "authored", "recordedOn", "date", "effectiveDateTime")
_READERS = {
    "Condition": condition.read,
    "AllergyIntolerance": allergy.read,
    "MedicationStatement": medication.read_statement,
    "MedicationRequest": medication.read_request,
    "DeviceUseStatement": device.read_use,
    "DocumentReference": document.read,
    "AdverseEvent": safety.read_adverse_event,
    "Flag": safety.read_flag,
}


@dataclass(frozen=True, slots=True)
class FhirImport:
    """What a Bundle gave: the case, what was not read, and what was read under a rule worth knowing."""

    case: Case
    unread: tuple[UnreadResource, ...]
    warnings: tuple[str, ...]


def read_bundle(
    bundle: Mapping[str, Any],
    *,
    now: datetime | None = None,
    case_id: str | None = None,
    fhir_version: str | None = None,
) -> FhirImport:
    """Read a FHIR R4 Bundle about one patient.

    Parameters
    ----------
    bundle
        The parsed JSON.
    now
        Timezone-aware. A Bundle that speaks of a later moment is refused; a Bundle without a ``timestamp`` counts as
        made at ``now`` (or, without ``now``, at the latest time that stands in it).
    case_id
        Internal id to use; by default the one Euthymia wrote, else ``Patient.id``.
    fhir_version
        What the sender said, e.g. ``"4.0.1"``.

    Raises
    ------
    InvalidInput
        For anything but a FHIR R4 Bundle about one patient, and for values that cannot be true.
    """
    root = Node(bundle, "Bundle")
    if root.text("resourceType") != "Bundle":
        raise InvalidInput("resourceType", bundle.get("resourceType"), "Bundle", "Put the resources into one Bundle.")
    root = Node(bundle, "")
    resources = [_named(entry) for entry in root.nodes("entry") if entry.has("resource")]
    _require_distinct(resources)
    require_r4(root, resources, fhir_version)
    who = _the_patient(resources)
    as_of = _as_of(root, who, resources, now)
    into = Intake(as_of, _by_reference(root, who))
    _require_same_patient(resources, who, into)
    patient.read(who, into)
    others = [r for r in resources if r.path != who.path]
    _read_all(others, into)
    placed = into.in_order([*(r.path for r in others), who.path])  # the Patient holds the newest demographics
    for entry in root.nodes("entry"):
        if not entry.has("resource"):
            into.unread.append(UnreadResource("entry", "", f"{entry.path} holds no resource"))
    chronology.check_events(placed, as_of)
    synthetic = patient.case_extension(who)[1]
    if synthetic is None:
        synthetic = patient.is_test_data(who) or patient.is_test_data(root)
    name = case_id or patient.case_id(who)
    if not name.strip():
        raise InvalidInput(who.at("id"), "absent", "an id", "Or pass case_id.")
    case = fold(name, [event for _, event in placed], as_of=as_of, synthetic=synthetic)
    return FhirImport(case, tuple(into.unread), tuple(dict.fromkeys(into.warnings)))


def _named(entry: Node) -> Node:
    """Return the resource of an entry, with a path that names it."""
    resource = entry.node("resource")
    kind = resource.text("resourceType")
    if not kind:
        raise InvalidInput(resource.at("resourceType"), "absent", "the type of the resource")
    identifier = resource.text("id")
    return Node(resource.value, f"{kind}/{identifier}" if identifier else f"{entry.path}.{kind}")


def _require_distinct(resources: list[Node]) -> None:
    """Refuse two versions of one resource: which of them stands is not ours to guess."""
    seen: set[str] = set()
    for resource in resources:
        if resource.path in seen and resource.text("resourceType") != "Patient":
            raise InvalidInput(resource.path, "in the Bundle twice", "each resource once", "Export the newest version.")
        seen.add(resource.path)


def _the_patient(resources: list[Node]) -> Node:
    patients = [r for r in resources if r.text("resourceType") == "Patient"]
    if len(patients) != 1:
        hint = "A case is one patient: export one patient a Bundle." if patients else "Add the Patient to the Bundle."
        raise InvalidInput("entry.resource (Patient)", f"{len(patients)} patients", "exactly one Patient", hint)
    return patients[0]


def _as_of(root: Node, who: Node, resources: list[Node], now: datetime | None) -> datetime:
    """The moment the Bundle speaks of."""
    own, _ = patient.case_extension(who)
    if own:
        as_of = codec.moment(own, who.at("extension"))
    elif root.has("timestamp"):
        as_of = read_moment(root.text("timestamp"), "timestamp").start
    elif now is not None:
        as_of = now
    else:
        stated = [(r, key) for r in resources for key in _TIMES if isinstance(r.value.get(key), str)]
        found = [read_moment(r.text(key), r.at(key)).start for r, key in stated]
        if not found:
            raise InvalidInput("timestamp", "absent", "the time at which the Bundle was made", "Or pass now.")
        as_of = max(found)
    chronology.check_as_of(as_of, now, whole_day=False, path="timestamp")
    return as_of


def _by_reference(root: Node, who: Node) -> dict[str, Node]:
    """Every resource by the names a reference may use: fullUrl, Type/id, and the URL's last two parts."""
    found: dict[str, Node] = {}
    for entry in root.nodes("entry"):
        if not entry.has("resource"):
            continue
        resource = _named(entry)
        names = [entry.text("fullUrl"), f"{resource.text('resourceType')}/{resource.text('id')}"]
        for name in names:
            if name and not name.endswith("/"):
                found.setdefault(name, resource)
    return found


def _require_same_patient(resources: list[Node], who: Node, into: Intake) -> None:
    for resource in resources:
        for key in ("subject", "patient"):
            if not isinstance(resource.value.get(key), Mapping):
                continue
            name = resource.node(key).text("reference")
            found = into.resources.get(name) or into.resources.get("/".join(name.rsplit("/", 2)[-2:]))
            if not name or (found is not None and found.path == who.path):
                continue
            if found is not None and found.text("resourceType") != "Patient":
                continue  # a Group, a Location: not about a patient at all
            hint = "A case is one patient: export one patient a Bundle."
            raise InvalidInput(resource.at(f"{key}.reference"), name, f"the Patient of this Bundle ({who.path})", hint)


def _read_all(resources: list[Node], into: Intake) -> None:
    """Read resource by resource; forms, courses and infusions need all of theirs at once."""
    live = [r for r in resources if _is_live(r, into)]
    of_type: dict[str, list[Node]] = {}
    for resource in live:
        of_type.setdefault(resource.text("resourceType"), []).append(resource)
    items = forms.FormItems()
    for resource in of_type.pop("QuestionnaireResponse", []):
        forms.read_response(resource, into, items)
    for resource in of_type.pop("Observation", []):
        observation.read(resource, into, items)
    items.finish(into)
    procedure.read_all(of_type.pop("Procedure", []), into)
    for kind, reader in _READERS.items():
        for resource in of_type.pop(kind, []):
            reader(resource, into)
    medication.read_administrations(of_type.pop("MedicationAdministration", []), into)
    for resource in of_type.pop("Device", []):
        if resource.path not in into.used:
            device.read_device(resource, into)
    for kind, rest in of_type.items():
        for resource in rest:
            if resource.path not in into.used:
                into.leave(resource, f"{kind} is no part of a case")
    order = {r.path: i for i, r in enumerate(resources)}
    into.unread.sort(key=lambda u: order.get(f"{u.type}/{u.id}", len(order)))


def _is_live(resource: Node, into: Intake) -> bool:
    """Set aside what was entered in error and what may not be read without understanding its modifiers."""
    verification = resource.value.get("verificationStatus")
    wrong = resource.value.get("status") == "entered-in-error" or (
        isinstance(verification, Mapping) and any_code(resource.node("verificationStatus")) == "entered-in-error"
    )
    if wrong:
        into.leave(resource, "entered in error")
    elif resource.value.get("modifierExtension") or resource.has("implicitRules"):
        into.leave(resource, "it carries a modifierExtension or implicitRules that change its meaning")
    else:
        return True
    return False
