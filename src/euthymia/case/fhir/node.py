"""Looking into FHIR JSON: every element is checked for its shape when it is read, and an error names its path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from euthymia.case import codec
from euthymia.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object of a resource with its path, e.g. ``Observation/17.valueQuantity``; falsy when it is absent."""

    value: Mapping[str, Any]
    path: str

    def __bool__(self) -> bool:
        return bool(self.value)

    def at(self, key: str) -> str:
        """Return the path of an element."""
        return codec.join(self.path, key)

    def has(self, key: str) -> bool:
        """Whether an element is there."""
        return self.value.get(key) is not None

    def text(self, key: str) -> str:
        """Return a string element; empty when absent."""
        raw = self.value.get(key)
        return "" if raw is None else codec.text(raw, self.at(key))

    def number(self, key: str) -> float | None:
        """Return a number element."""
        raw = self.value.get(key)
        return None if raw is None else codec.number(raw, self.at(key))

    def flag(self, key: str) -> bool | None:
        """Return a true/false element."""
        raw = self.value.get(key)
        if raw is not None and not isinstance(raw, bool):
            raise InvalidInput(self.at(key), raw, "true or false")
        return raw

    def node(self, key: str) -> Node:
        """Return an object element; an empty node when absent."""
        raw = self.value.get(key)
        if raw is None:
            return Node({}, self.at(key))
        if not isinstance(raw, Mapping):
            raise InvalidInput(self.at(key), raw, "a JSON object")
        return Node(raw, self.at(key))

    def nodes(self, key: str) -> list[Node]:
        """Return the objects of a list element."""
        raw = self.value.get(key)
        if raw is None:
            return []
        if not isinstance(raw, list):
            raise InvalidInput(self.at(key), raw, "a JSON array")
        found = []
        for i, item in enumerate(raw):
            path = f"{self.at(key)}[{i}]"
            if not isinstance(item, Mapping):
                raise InvalidInput(path, item, "a JSON object")
            found.append(Node(item, path))
        return found

    def first(self, key: str) -> Node:
        """Return the first object of a list element; an empty node when there is none."""
        found = self.nodes(key)
        return found[0] if found else Node({}, f"{self.at(key)}[0]")


def codes(concept: Node) -> list[tuple[str, str]]:
    """Return the (system, code) pairs of a CodeableConcept."""
    return [(c.text("system"), c.text("code")) for c in concept.nodes("coding") if c.has("code")]


def code_in(concept: Node, system: str) -> str:
    """Return the first code of ``system`` in a CodeableConcept, or an empty string."""
    return next((code for found, code in codes(concept) if found == system), "")


def any_code(concept: Node) -> str:
    """Return the first code of a CodeableConcept whatever its system, or an empty string."""
    return next((code for _, code in codes(concept)), "")


def words(concept: Node) -> str:
    """Return what a CodeableConcept says to a person: its text, or the first display."""
    if concept.text("text").strip():
        return concept.text("text")
    return next((d for c in concept.nodes("coding") if (d := c.text("display")).strip()), "")


def concept(system: str, code: str, text: str = "", display: str = "") -> dict[str, Any]:
    """Build a CodeableConcept."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})
