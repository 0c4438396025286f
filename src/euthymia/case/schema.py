"""The JSON Schema (draft 2020-12) of a case file, made from the fact classes, so that the two cannot drift apart."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from euthymia.case import codec
from euthymia.case.facts import ATTACHMENT_KINDS, VITAL_LIMITS, Attachment, Demographics, Finding, TreatmentTrial, Vital
from euthymia.case.yaml_shape import (
    ENTRY_KEYS,
    NAMED_KINDS,
    PERSON_KEYS,
    SECTIONS,
    TRIAL_KEYS,
    VERSION,
    VERSION_KEY,
    Section,
)

URL = "urn:euthymia:schema:case:1"
_YES_NO: dict[str, Any] = {"enum": [True, False, "yes", "no", "true", "false"]}
_YES_NO_UNKNOWN: dict[str, Any] = {"enum": [True, False, "yes", "no", "true", "false", "unknown", None]}
_DAY: dict[str, Any] = {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_MOMENT: dict[str, Any] = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$",
    "description": "A date, or a date and time with a time zone.",
}
_TEXT: dict[str, Any] = {"type": "string"}
_FILLED: dict[str, Any] = {"type": "string", "pattern": r"\S"}

# What the constructors of the facts check and a type cannot say.
_NARROWER: Mapping[tuple[str, str], dict[str, Any]] = {
    ("Demographics", "country"): {"pattern": "^([A-Z]{2})?$"},
    ("Diagnosis", "code"): {"pattern": "^[A-Z][0-9].+$"},
    ("Episode", "previous_episodes"): {"minimum": 0, "maximum": 100},
    ("Episode", "first_onset_age_yr"): {"minimum": 0, "maximum": 110},
    ("Episode", "setting"): {"enum": ["", "outpatient", "inpatient", None]},
    ("TreatmentTrial", "dose_mg_day"): {"minimum": 0.001, "maximum": 20000},
    ("TreatmentTrial", "weeks_at_dose"): {"minimum": 0, "maximum": 3000},
    ("TreatmentTrial", "sessions"): {"minimum": 0, "maximum": 5000},
    ("TreatmentTrial", "improvement_pct"): {"minimum": -200, "maximum": 100},
    ("TreatmentTrial", "laterality"): {"enum": ["", "bilateral", "right_unilateral", "bifrontal", None]},
    ("ScaleRecord", "total"): {"minimum": 0, "maximum": 10000},
    ("ScaleRecord", "rater"): {"enum": ["", "self", "clinician", None]},
    ("LabResult", "value"): {"minimum": 0, "maximum": 1e9},
    ("Medication", "dose_mg_day"): {"minimum": 0.0001, "maximum": 50000},
    ("Substance", "use"): {"enum": ["none", "past", "occasional", "regular", "unknown", None]},
    ("Substance", "disorder"): {
        "enum": ["none", "active", "early_remission", "sustained_remission", "unknown", None]
    },
    ("Attachment", "kind"): {"enum": list(ATTACHMENT_KINDS)},
    ("Attachment", "sha256"): {"pattern": "^[0-9a-f]{64}$"},
    ("Attachment", "size_bytes"): {"minimum": 0},
    ("SessionDelivered", "number"): {"minimum": 1, "maximum": 10000},
    ("SessionDelivered", "status"): {"enum": ["completed", "stopped_early", "not_started"]},
    ("SideEffect", "severity"): {"enum": ["mild", "moderate", "severe", "unknown", None]},
    ("SafetyAlert", "level"): {"enum": ["high", "moderate", "low"]},
}  # fmt: skip


def build_schema() -> dict[str, Any]:
    """Return the schema as plain JSON values."""
    from euthymia.case.concepts import categories, concepts

    properties: dict[str, Any] = {
        VERSION_KEY: {"const": VERSION, "description": "Version of this format."},
        "case_id": _FILLED | {"description": "Internal id, never a name."},
        "synthetic": _or_null(_YES_NO) | {"description": "Yes for a made-up patient."},
        "as_of": _MOMENT | {"description": "The moment the file speaks of; nothing in it is later."},
        "author": _or_null(_TEXT) | {"description": "Role or internal id of whoever wrote the file."},
    }
    person = _fields(Demographics)
    properties |= {key: _or_null(person[key]) for key in PERSON_KEYS}
    for section in SECTIONS:
        if section.fact is Finding:
            properties[section.key] = _conditions(list(concepts()))
            continue
        entry = _entry(section)
        if section.key == "reviewed":
            entry["anyOf"][0] = {"enum": list(categories())}
            entry["anyOf"][1]["properties"]["category"] = {"enum": list(categories())}
        if section.key == "implants":
            codes = [c.code for c in concepts().values() if c.category == "implant"]
            entry["anyOf"][0] = {"enum": codes}
            entry["anyOf"][1]["properties"]["code"] = {"enum": codes}
        listed = {"type": "array", "items": entry}
        properties[section.key] = {"anyOf": [listed, entry] if section.single else [listed]}
        properties[section.key]["anyOf"].append({"type": "null"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": URL,
        "title": "Euthymia case file",
        "type": "object",
        "properties": properties,
        "required": [VERSION_KEY, "case_id", "as_of"],
        "additionalProperties": False,
        "dependentRequired": {key: ["birth_date"] for key in PERSON_KEYS if key != "birth_date"},
    }


def _entry(section: Section) -> dict[str, Any]:
    """Schema of one entry of a section."""
    if section.fact is TreatmentTrial:
        return _trial()
    if section.fact is Vital:
        fields = {name: {"type": "number", "minimum": low, "maximum": high} for name, (_, low, high) in _limits()}
        built = _object(fields, required=["on"])
        return built | {"minProperties": 2}
    required = [f.name for f in dataclasses.fields(section.fact) if _is_required(section.fact, f)]
    if section.fact is Attachment:
        required = ["kind", "path"]
    built = _object(_fields(section.fact), required=[*(["on"] if section.dated else []), *required])
    if section.key == "scales":
        built["anyOf"] = [{"required": ["answers"]}, {"required": ["total"]}]
    return {"anyOf": [_FILLED, built]} if section.bare else built


def _limits() -> list[tuple[str, tuple[str, float, float]]]:
    return list(VITAL_LIMITS.items())


def _is_required(cls: type, field: dataclasses.Field[Any]) -> bool:
    return codec.is_required(field) and (cls.__name__, field.name) not in codec.MAY_BE_EMPTY


def _object(fields: dict[str, Any], required: list[str]) -> dict[str, Any]:
    about = {"on": _or_null(_MOMENT), "recorded_at": _or_null(_MOMENT), "author": _or_null(_TEXT)}
    about["source"] = _or_null(_TEXT)
    if "on" in required:
        about["on"] = _MOMENT
    assert set(about) == set(ENTRY_KEYS)
    built = {"type": "object", "properties": fields | about, "additionalProperties": False}
    return built | ({"required": required} if required else {})


def _trial() -> dict[str, Any]:
    """An entry of the history: exactly one kind as its head, or ``kind`` with ``name``."""
    fields = _fields(TreatmentTrial)
    heads: dict[str, Any] = {kind: _FILLED if kind in NAMED_KINDS else _or_null(_FILLED) for kind in TRIAL_KEYS}
    built = _object(heads | fields, required=[])
    explicit = {"required": ["kind", "name"], "not": {"anyOf": [{"required": [k]} for k in TRIAL_KEYS]}}
    by_head = [
        {
            "required": [kind],
            "not": {"anyOf": [{"required": [k]} for k in ("kind", "name", *TRIAL_KEYS) if k != kind]},
        }
        for kind in TRIAL_KEYS
    ]
    return built | {"oneOf": [explicit, *by_head]}


def _conditions(codes: list[str]) -> dict[str, Any]:
    answer = _object({k: v for k, v in _fields(Finding).items() if k != "code"}, required=["present"])
    one = {"anyOf": [{"enum": ["yes", "no", "unknown", True, False]}, answer]}
    many = {"anyOf": [*one["anyOf"], {"type": "array", "items": one}]}
    return {
        "type": ["object", "null"],
        "properties": dict.fromkeys(codes, many),
        "additionalProperties": False,
    }


def _fields(cls: type) -> dict[str, Any]:
    hints = codec.field_types(cls)
    result = {}
    for field in dataclasses.fields(cls):
        schema = _of_type(hints[field.name], required=codec.is_required(field))
        narrower = _NARROWER.get((cls.__name__, field.name))
        result[field.name] = _narrowed(schema, narrower) if narrower else schema
    return result


def _narrowed(schema: dict[str, Any], narrower: dict[str, Any]) -> dict[str, Any]:
    return dict(narrower) if "enum" in narrower else schema | narrower


def _of_type(hint: Any, *, required: bool) -> dict[str, Any]:
    """Schema of a field; a field with a default may also be left empty."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = next(a for a in arguments if a is not type(None))
        return dict(_YES_NO_UNKNOWN) if inner is bool else _or_null(_of_type(inner, required=True))
    if origin is tuple:
        items = _TEXT if arguments[0] is str else _of_type(arguments[0], required=True)
        built: dict[str, Any] = {"type": "array", "items": items}
    elif origin is not None and issubclass(origin, Mapping):
        built = {"type": "object"} | (
            {} if arguments[1] is object else {"additionalProperties": _of_type(arguments[1], required=True)}
        )
    elif isinstance(hint, type) and issubclass(hint, StrEnum):
        built = {"enum": list(hint)}
    else:
        plain: dict[Any, dict[str, Any]] = {
            str: _FILLED if required else _TEXT,
            bool: _YES_NO,
            int: {"type": "integer"},
            float: {"type": "number"},
            date: _DAY,
        }
        built = dict(plain[hint])
    return built if required else _or_null(built)


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], *([] if None in schema["enum"] else [None])]}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return schema | {"type": [*dict.fromkeys([*kinds, "null"])]}
