"""Cases in and out of files: what is written is what is read, and no bytes make the reader fall over."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from generated_cases import AS_OF, cases, events
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from euthymia.case.events import Event
from euthymia.case.facts import KINDS, VITAL_LIMITS, Finding, Medication
from euthymia.case.files import (
    case_schema,
    case_text,
    parse_case,
    read_case,
    read_case_report,
    template_text,
    write_case,
)
from euthymia.case.model import Case, fold
from euthymia.case.strict_yaml import dump, load
from euthymia.core.errors import InvalidInput

MANY = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
ENDINGS = {"yaml": "case.yaml", "jsonl": "case.jsonl", "fhir": "case.json"}


def back(case: Case, kind: str) -> Case:
    return parse_case(case_text(case, kind), name=ENDINGS[kind], folder=Path()).case


@pytest.mark.parametrize("kind", sorted(ENDINGS))
@MANY
@given(case=cases())
def test_what_is_written_is_read_back(kind: str, case: Case) -> None:
    again = back(case, kind)
    assert again == case
    assert what_stands(again) == what_stands(case)


def what_stands(case: Case) -> Any:
    """What the newest word is, where two facts speak of the same moment."""
    findings = {e.fact.code: e.fact.present for e in case.of(Finding)}
    vitals = {name: (e := case.latest(name)) and e.fact for name in VITAL_LIMITS}
    newest = (case.demographics, case.episode, case.preferences, case.courses, findings, vitals)
    return (*newest, *(frozenset(map(str, f)) for f in (case.diagnoses, case.medications, case.open_alerts)))


@pytest.mark.parametrize("fact_kind", sorted(KINDS))
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_kind_of_fact_survives_every_format(fact_kind: str, data: st.DataObject) -> None:
    event = data.draw(events(fact_kind))
    if event is None:
        return
    case = fold("c", [event], as_of=AS_OF)
    for kind in ENDINGS:
        assert back(case, kind) == case, kind


def test_log_keeps_what_was_superseded_and_retracted() -> None:
    first = Event(Medication("lithium", 900), AS_OF, AS_OF, "dr-a", "form")
    better = Event(Medication("lithium", 600), AS_OF, AS_OF, "dr-a", "form", supersedes=first.id)
    wrong = Event(Medication("aspirin"), AS_OF, AS_OF, "dr-a", "form")
    gone = Event(Medication("aspirin"), AS_OF, AS_OF, "dr-a", "form", supersedes=wrong.id, retracts=True)
    case = fold("c", [first, better, wrong, gone], as_of=AS_OF, synthetic=True)
    again = back(case, "jsonl")
    assert again == case
    assert [e.id for e in again.log] == [e.id for e in case.log]
    assert [m.dose_mg_day for m in again.medications] == [600]
    assert [m.name for m in back(case, "yaml").medications] == ["lithium"]
    assert [m.dose_mg_day for m in back(case, "fhir").medications] == [600]


@MANY
@given(raw=st.binary(max_size=200), name=st.sampled_from(["a.yaml", "a.json", "a.jsonl", "a"]))
def test_any_bytes_give_a_case_or_one_clear_error(tmp_path: Path, raw: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(InvalidInput):
        read_case(path)


PIECES = ["euthymia: 1\n", "case_id: a\n", "as_of: 2026-11-20\n", "scales:\n", "- {scale: PHQ-9, ", "on: 2026-11-01,"]
PIECES += ["answers: [1]}\n", "history: ", "[[", "{", "}", "- ", ": ", "yes", "\n", "'", '"', "!!", "&a", "|\n ", "# "]
PIECES += ["vitals: [{on: 2026-11-01, weight: 81}]\n", "conditions: {pregnancy: no}\n", "\x85", "é", "?", "9" * 5000]


@MANY
@given(parts=st.lists(st.sampled_from(PIECES), max_size=12))
@example(parts=["euthymia: 1\n", "case_id: a\n", "as_of: 2026-11-20\n"])
def test_any_pieces_of_yaml_give_a_case_or_one_clear_error(parts: list[str]) -> None:
    try:
        parse_case("".join(parts), name="a.yaml", folder=Path())
    except InvalidInput as error:
        assert len(str(error)) < 2000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@MANY
@given(data=st.data())
def test_a_bundle_with_anything_in_it_gives_a_case_or_one_clear_error(data: st.DataObject) -> None:
    bundle = json.loads(case_text(parse_case(template_text(), name="t.yaml", folder=Path()).case, "fhir"))
    for _ in range(data.draw(st.integers(1, 4))):
        _break_something(data, bundle)
    try:
        parse_case(json.dumps(bundle), name="a.json", folder=Path())
    except InvalidInput as error:
        assert len(str(error)) < 2000


def _break_something(data: st.DataObject, value: Any) -> None:
    """Replace or remove one random part of a JSON value in place."""
    while isinstance(value, (dict, list)) and value:
        key = data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        if data.draw(st.integers(0, 5)) == 0 or not isinstance(value[key], (dict, list)) or not value[key]:
            if data.draw(st.booleans()):
                del value[key]
            else:
                value[key] = data.draw(JSON)
            return
        value = value[key]


@given(value=st.recursive(st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.floats(-1e9, 1e9)
                          | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
                          lambda inner: st.lists(inner, max_size=4)
                          | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), inner,
                                            max_size=4), max_leaves=10))  # fmt: skip
@MANY
def test_strict_yaml_reads_back_what_it_writes(value: Any) -> None:
    assert load(dump({"x": value}), "x").value == {"x": value}


# --- the schema -------------------------------------------------------------------------------------------------------


def schema_says_yes(text: str) -> bool:
    return jsonschema.Draft202012Validator(case_schema()).is_valid(load(text, "x").value)


def test_schema_is_a_schema_and_accepts_the_template() -> None:
    jsonschema.Draft202012Validator.check_schema(case_schema())
    assert schema_says_yes(template_text())


@MANY
@given(case=cases())
def test_schema_accepts_every_file_we_write(case: Case) -> None:
    validator = jsonschema.Draft202012Validator(case_schema())
    document = load(case_text(case, "yaml"), "x").value
    assert [f"{e.json_path}: {e.message}" for e in validator.iter_errors(document)] == []


@pytest.mark.parametrize(
    "line",
    [
        "episod: {started_on: 2026-01-01}",
        "medications: [{nmae: lithium}]",
        'history: [{drug: sertraline, dose_mg_day: "50"}]',
        "history: [{drug: sertraline, dose_mg_day: -50}]",
        "history: [{drug: sertraline, tms: x}]",
        "history: [{sessions: 3}]",
        "history: [{drug: }]",
        "history: [{drug: a, outcome: respons}]",
        "scales: [{scale: PHQ-9, total: 3}]",
        "scales: [{scale: PHQ-9, on: 2026-11-01}]",
        "vitals: [{on: 2026-11-01, systolic_bp: 1200}]",
        "vitals: [{on: 2026-11-01}]",
        "conditions: {sleep_apnoea: yes}",
        "conditions: {sleep_apnea: maybe}",
        "reviewed: [heart]",
        "implants: [toaster]",
        "birth_date: 1980/01/01",
        "country: US",
        "birth_date: 1980-01-01\ncountry: Norway",
        "attachments: [{kind: photo, path: x}]",
        "case_id: 7",
    ],
)
def test_schema_refuses_what_the_loader_refuses(line: str) -> None:
    head = "euthymia: 1\nas_of: 2026-11-20\n" + ("" if line.startswith("case_id") else "case_id: a\n")
    assert not schema_says_yes(head + line + "\n")
    with pytest.raises(InvalidInput):
        parse_case(head + line + "\n", name="a.yaml", folder=Path())


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a.json", "a.jsonl"])
def test_files_of_every_kind_are_written_and_read(tmp_path: Path, name: str) -> None:
    case = parse_case(template_text(), name="t.yaml", folder=Path()).case
    write_case(case, tmp_path / name)
    assert read_case(tmp_path / name) == case
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_case_file_may_be_json_and_a_name_without_ending_is_judged_by_content(tmp_path: Path) -> None:
    case = parse_case(template_text(), name="t.yaml", folder=Path()).case
    (tmp_path / "a.json").write_text(json.dumps(load(template_text(), "t").value))
    assert read_case_report(tmp_path / "a.json").format == "json"
    assert read_case(tmp_path / "a.json") == case
    for kind in ENDINGS:
        (tmp_path / "plain").write_text(case_text(case, kind))
        assert read_case(tmp_path / "plain") == case


def test_nothing_is_overwritten_unless_asked(tmp_path: Path) -> None:
    case = fold("c", [], as_of=AS_OF)
    path = tmp_path / "a.yaml"
    path.write_text("precious")
    with pytest.raises(InvalidInput, match="overwrite=True"):
        write_case(case, path)
    assert path.read_text() == "precious"
    write_case(case, path, overwrite=True)
    assert read_case(path) == case


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    case = fold("c", [Event(Medication("lith\ud800ium"), AS_OF, AS_OF)], as_of=AS_OF)
    with pytest.raises(InvalidInput):
        write_case(case, tmp_path / "a.jsonl")
    with pytest.raises(InvalidInput, match=r"\.yaml"):
        write_case(case, tmp_path / "a.docx")
    with pytest.raises(InvalidInput, match="folder that exists"):
        write_case(fold("c", [], as_of=AS_OF), tmp_path / "no" / "a.yaml")
    assert list(tmp_path.iterdir()) == []


def test_written_file_speaks_of_its_own_time_only() -> None:
    later = Event(Medication("lithium"), AS_OF, AS_OF + timedelta(days=2))
    case = fold("c", [later], as_of=AS_OF + timedelta(days=2)).at(AS_OF + timedelta(days=1))
    assert back(case, "yaml").medications == ()
    assert read_now_is_checked(case)


def read_now_is_checked(case: Case) -> bool:
    with pytest.raises(InvalidInput, match="not later than now"):
        parse_case(case_text(case, "yaml"), name="a.yaml", folder=Path(), now=datetime(2026, 1, 1, tzinfo=UTC))
    return True
