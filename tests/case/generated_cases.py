"""Hypothesis strategies for cases that hold every kind of fact."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from euthymia.case.codec import field_types
from euthymia.case.concepts import categories, concepts
from euthymia.case.events import Event
from euthymia.case.facts import KINDS, VITAL_LIMITS, Diagnosis, ScaleRecord
from euthymia.case.model import Case, fold
from euthymia.case.scales import scales
from euthymia.core.errors import InvalidInput

AS_OF = datetime(2026, 11, 20, 18, 30, 5, 250000, tzinfo=UTC)
BORN = date(1950, 1, 1)
DAYS = st.dates(BORN, AS_OF.date())
TEXTS = st.one_of(
    st.sampled_from(["sertraline", "yes", "no", "NO", "on", "1:30", "012", "1e5", "~", "null", "true", "- a", "a: b"]),
    st.sampled_from(
        ["2026-11-01", "# note", "{x}", "é𝛼", 'say "no"', "line\nline", " led", "trail ", "\t", "&a", "*a"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
).filter(lambda t: bool(t.strip()))
NUMBERS = st.one_of(st.integers(1, 300), st.floats(0.5, 300, allow_nan=False))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e6, 1e6) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)

WORDS: Mapping[tuple[str, str], st.SearchStrategy[Any]] = {
    ("demographics", "birth_date"): st.just(BORN),
    ("demographics", "country"): st.sampled_from(["", "NO", "US", "DE"]),
    ("diagnosis", "code"): st.sampled_from(["F33.2", "F41.1", "E03.9", "F20"]),
    ("episode", "setting"): st.sampled_from(["", "outpatient", "inpatient"]),
    ("episode", "previous_episodes"): st.none() | st.integers(0, 20),
    ("episode", "first_onset_age_yr"): st.none() | st.integers(0, 90),
    ("finding", "code"): st.sampled_from(sorted(concepts())),
    ("list_reviewed", "category"): st.sampled_from(categories()),
    ("treatment_trial", "laterality"): st.sampled_from(["", "bilateral", "right_unilateral"]),
    ("treatment_trial", "improvement_pct"): st.none() | st.integers(-200, 100) | st.floats(-200, 100),
    ("lab", "unit"): st.sampled_from(["mIU/L", "mg/L", "µmol/L", "10^9/L", "10*9/L", "%", "mL/min/1.73m2", "U/L"]),
    ("lab", "analyte"): TEXTS | st.sampled_from(["tsh", "crp", "lithium", "vitamin_d"]),
    ("lab", "loinc"): st.sampled_from(["", "3016-3", "1988-5"]),
    ("substance", "use"): st.sampled_from(["none", "past", "regular", "unknown"]),
    ("substance", "disorder"): st.sampled_from(["none", "active", "unknown"]),
    ("implant", "code"): st.sampled_from([c.code for c in concepts().values() if c.category == "implant"]),
    ("attachment", "kind"): st.sampled_from(["vcf", "eeg"]),
    ("attachment", "sha256"): st.text("0123456789abcdef", min_size=64, max_size=64),
    ("attachment", "path"): st.text("abc /é%.#", min_size=1, max_size=9).map(lambda t: f"/no/such/{t}x"),
    ("attachment", "size_bytes"): st.integers(0, 2**40),
    ("session_delivered", "therapy"): TEXTS,
    ("session_delivered", "number"): st.integers(1, 60),
    ("session_delivered", "status"): st.sampled_from(["completed", "stopped_early", "not_started"]),
    ("side_effect", "severity"): st.sampled_from(["mild", "moderate", "severe", "unknown"]),
    ("safety_alert", "level"): st.sampled_from(["high", "moderate", "low"]),
}


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return st.none() | of_type(arguments[0])
    if origin is tuple:
        return st.lists(of_type(arguments[0]), max_size=3).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(TEXTS, PLAIN if arguments[1] is object else NUMBERS, max_size=3)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    return {str: TEXTS | st.just(""), bool: st.booleans(), int: st.integers(0, 60), float: NUMBERS, date: DAYS}[hint]


@st.composite
def scale_records(draw: st.DrawFn) -> ScaleRecord:
    """A record of a scale by items (as complete as the form wants) or by total."""
    definition = draw(st.sampled_from([s for s in scales() if s.maximum is not None and s.name != "C-SSRS"]))
    rater = draw(st.sampled_from(["", "self", "clinician"]))
    if draw(st.booleans()):
        answers = tuple(draw(st.none() | st.integers(i.minimum, i.maximum)) for i in definition.items)
        if answers:
            return ScaleRecord(definition.name, answers=answers, rater=rater)
    assert definition.minimum is not None and definition.maximum is not None
    return ScaleRecord(definition.name, total=draw(st.integers(definition.minimum, definition.maximum)), rater=rater)


@st.composite
def facts(draw: st.DrawFn, kind: str) -> Any:
    """One fact of a kind, or None where the drawn values contradict one another."""
    if kind == "scale":
        return draw(scale_records())
    if kind == "vital":
        name = draw(st.sampled_from(sorted(VITAL_LIMITS)))
        _, low, high = VITAL_LIMITS[name]
        return KINDS[kind](name, draw(st.integers(int(low), int(high)) | st.floats(low, high)))
    cls = KINDS[kind]
    hints = field_types(cls)
    values = {
        f.name: draw(WORDS[kind, f.name] if (kind, f.name) in WORDS else of_type(hints[f.name]))
        for f in dataclasses.fields(cls)
        if f.init
    }
    for start, end in (("started_on", "ended_on"), ("implanted_on", "removed_on"), ("onset", "resolved_on")):
        if values.get(start) and values.get(end) and values[end] < values[start]:
            values[start], values[end] = values[end], values[start]
    try:
        return cls(**values)
    except InvalidInput:
        return None


@st.composite
def events(draw: st.DrawFn, kind: str) -> Event[Any] | None:
    """One event of a kind that a reader accepts."""
    from euthymia.case.edge_checks import checked

    fact = draw(facts(kind))
    try:
        if fact is None or checked(fact, "fact") != fact:
            return None
    except InvalidInput:
        return None
    happened = AS_OF - draw(st.timedeltas(timedelta(0), timedelta(days=3000)))
    recorded = draw(st.sampled_from([AS_OF, happened]))
    if draw(st.booleans()):
        happened = happened.replace(hour=0, minute=0, second=0, microsecond=0)
    author = draw(st.sampled_from(["unknown", "dr-a", "Practitioner/7"]))
    return Event(fact, happened, recorded, author, draw(st.sampled_from(["case.yaml", "fhir", "form"])))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A case with some events of some kinds."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=8))
    log = [e for kind in kinds if (e := draw(events(kind))) is not None]
    as_of = draw(st.sampled_from([AS_OF, AS_OF + timedelta(days=1)]))
    return fold(draw(st.sampled_from(["c-1", "case 7/é"])), log, as_of=as_of, synthetic=draw(st.booleans()))


__all__ = ["AS_OF", "BORN", "Diagnosis", "cases", "events", "facts"]
