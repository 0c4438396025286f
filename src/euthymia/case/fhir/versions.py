"""Recognizing Bundles of another FHIR version, so that nothing is read with the wrong meaning."""

from __future__ import annotations

from euthymia.case.fhir.node import Node
from euthymia.case.fhir.tables import version_marks
from euthymia.core.errors import InvalidInput

_URL_MARKS = {"/DSTU2": "DSTU2", "/STU3": "STU3", "/1.0/": "DSTU2", "/3.0/": "STU3", "/R5": "R5", "/5.0/": "R5"}
_HINT = "Export it as FHIR R4 (4.0.1), or convert it first."


def require_r4(bundle: Node, resources: list[Node], fhir_version: str | None) -> None:
    """Refuse a Bundle that says or shows that it is not FHIR R4.

    Parameters
    ----------
    bundle, resources
        The Bundle and the resources in it.
    fhir_version
        What the sender said (for example the ``fhirVersion`` parameter of the media type), or None.
    """
    stated = fhir_version or bundle.text("fhirVersion")
    if stated and not stated.startswith("4."):
        raise InvalidInput("fhirVersion", stated, "4.0.1 (FHIR R4)", _HINT)
    for resource in (bundle, *resources):
        profiles = resource.node("meta").value.get("profile") or []
        for profile in profiles if isinstance(profiles, list) else []:
            version = next((v for mark, v in _URL_MARKS.items() if mark in str(profile)), "")
            if version:
                raise InvalidInput(resource.at("meta.profile"), profile, "a profile of FHIR R4", f"{version}. {_HINT}")
    for resource in resources:
        _check_shape(resource)


def _check_shape(resource: Node) -> None:
    kind = resource.text("resourceType")
    for mark in version_marks():
        if mark.resource != kind:
            continue
        if not mark.element:
            raise InvalidInput(resource.path, f"a resource of FHIR {mark.version}", "resources of FHIR R4", _HINT)
        value = resource.value.get(mark.element)
        if value is None or (mark.shape == "text" and not isinstance(value, str)):
            continue
        path = resource.at(mark.element)
        raise InvalidInput(path, f"an element of FHIR {mark.version}", "elements of FHIR R4", _HINT)
