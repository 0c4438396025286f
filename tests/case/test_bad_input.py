"""Bad input gives one clear error that names the field; nothing is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from foreign_bundle import PATIENT, bundle, condition, dosage, statement

from euthymia.case.attachments import attach
from euthymia.case.files import case_text, parse_case, read_case, template_text
from euthymia.core.errors import InvalidInput

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HEAD = "euthymia: 1\ncase_id: a\nas_of: 2026-11-20\n"
LOG = '{"euthymia_log": 1, "case_id": "a", "synthetic": true, "as_of": "2026-11-20T00:00:00Z"}\n'
LINE = (
    '{"kind": "note", "happened_at": "2026-11-01T00:00:00Z", "recorded_at": "2026-11-02T00:00:00Z", '
    '"fact": {"text": "x"}}\n'
)
TWO = bundle({**PATIENT, "id": "p2"})
OLD = bundle(condition("c", "F33.2") | {"clinicalStatus": "active"})
NEGATIVE = bundle(statement("m", "lithium", dosage=dosage(-9, "mg", frequency=1, period=1, periodUnit="d")))

BAD: dict[str, tuple[str, bytes, str, str]] = {
    # what: (file name, content, field named, words in the error)
    "empty file": ("case.yaml", b"", "case.yaml", "an empty file"),
    "blank file": ("case.json", b" \n\n", "case.json", "an empty file"),
    "only a byte-order mark": ("case.jsonl", b"\xef\xbb\xbf", "case.jsonl", "an empty file"),
    "not UTF-8": ("case.yaml", HEAD.encode() + "author: M\xfcller\n".encode("latin-1"), "case.yaml", "on line 4"),
    "UTF-16": ("case.yaml", HEAD.encode("utf-16"), "case.yaml", "a binary file"),
    "binary": ("case.json", b"\x1f\x8b\x08\x00\x00", "case.json", "a binary file"),
    "wrong FHIR version": ("b.json", json.dumps(OLD).encode(), "Condition/c.clinicalStatus", "STU3"),
    "two patients": ("b.json", json.dumps(TWO).encode(), "entry.resource (Patient)", "2 patients"),
    "negative dose in FHIR": ("b.json", json.dumps(NEGATIVE).encode(), "MedicationStatement/m.dose_mg_day", "-9"),
    "a resource alone": ("b.json", b'{"resourceType": "Patient"}', "resourceType", "Bundle"),
    "cut-off JSON": ("b.json", b'{"resourceType": "Bun', "b.json", "line 1, column"),
    "a key twice in JSON": ("b.json", b'{"a": 1, "a": 2}', "b.json", "'a' twice"),
    "NaN in JSON": ("b.json", b'{"resourceType": NaN}', "b.json", "NaN"),
    "endless nesting": ("b.json", b"[" * 100000, "b.json", "nesting"),
    "some other JSON": ("b.json", b'{"hello": 1}', "b.json", "euthymia: 1"),
    "negative dose": ("c.yaml", (HEAD + "medications: [{name: a, dose_mg_day: -5}]\n").encode(),
                      "medications[0].dose_mg_day", "-5"),
    "a date in the future": ("c.yaml", (HEAD + "notes: [{text: a, on: 2026-11-21}]\n").encode(),
                             "notes[0].on", "not after as_of"),
    "a file from the future": ("c.yaml", HEAD.replace("11-20", "12-20").encode(), "as_of", "not later than now"),
    "dates out of order": ("c.yaml", (HEAD + "courses: [{therapy: t, started_on: 2026-05-01, ended_on: 2026-04-01}]\n")
                           .encode(), "courses[0].ended_on", "2026-05-01"),
    "unknown scale": ("c.yaml", (HEAD + "scales: [{scale: MADRSS, on: 2026-11-01, total: 3}]\n").encode(),
                      "scales[0].scale", "Did you mean MADRS?"),
    "ten answers for PHQ-9": ("c.yaml", (HEAD + f"scales: [{{scale: PHQ-9, on: 2026-11-01, answers: {[1] * 10}}}]\n")
                              .encode(), "scales[0].answers", "exactly 9"),
    "an absent attachment": ("c.yaml", (HEAD + "attachments: [{kind: nifti, path: scans/3gb.nii.gz}]\n").encode(),
                             "attachments[0].path", "scans/3gb.nii.gz"),
    "a folder as attachment": ("c.yaml", (HEAD + "attachments: [{kind: eeg, path: .}]\n").encode(),
                               "attachments[0].path", "not a folder"),
    "a log without header": ("a.jsonl", LINE.encode(), "a.jsonl: line 1.euthymia_log", "The first line"),
    "a log cut off": ("a.jsonl", (LOG + LINE + LINE[:70]).encode(), "a.jsonl: line 3", "cut off"),
    "a log with an unknown kind": ("a.jsonl", (LOG + LINE.replace("note", "gossip")).encode(),
                                   "a.jsonl: line 2.kind", "treatment_trial"),
    "a log that supersedes nothing": ("a.jsonl", (LOG + LINE[:-2] + ', "supersedes": "00"}\n').encode(),
                                      "a.jsonl: line 2.supersedes", "an event in this file"),
    "recorded before it happened": ("a.jsonl", (LOG + LINE.replace("2026-11-01", "2026-11-09")).encode(),
                                    "a.jsonl: line 2.recorded_at", "at or after happened_at"),
    "a log with a stray key": ("a.jsonl", (LOG + LINE[:-2] + ', "mood": 1}\n').encode(), "a.jsonl: line 2.mood",
                               "unknown key"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(BAD))
def test_one_clear_error_names_the_field_and_nothing_is_written(tmp_path: Path, what: str) -> None:
    name, content, argument, message = BAD[what]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_case(tmp_path / name, now=NOW)
    assert caught.value.argument == argument
    assert message in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == content


def test_a_file_that_is_not_there_or_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a file that exists"):
        read_case(tmp_path / "nothing.yaml")
    with pytest.raises(InvalidInput, match="a folder"):
        read_case(tmp_path)
    with pytest.raises(InvalidInput):
        read_case("a\0b.yaml")


def test_a_large_attachment_is_streamed_and_an_absent_one_named(tmp_path: Path) -> None:
    sparse = tmp_path / "big.nii"
    with sparse.open("wb") as stream:
        stream.truncate(64 * 2**20)
    assert attach("nifti", sparse).size_bytes == 64 * 2**20
    with pytest.raises(InvalidInput, match="No such file"):
        attach("nifti", tmp_path / "absent.nii")


def test_error_never_prints_a_whole_file() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_case(HEAD + "notes: " + "x" * 100000 + "\n", name="c.yaml", folder=Path())
    assert len(str(caught.value)) < 400


def test_log_without_as_of_speaks_of_its_last_entry() -> None:
    log = LOG.replace(', "as_of": "2026-11-20T00:00:00Z"', "") + LINE
    case = parse_case(log, name="a.jsonl", folder=Path()).case
    assert case.as_of == datetime(2026, 11, 2, tzinfo=UTC)
    assert case.synthetic


def test_the_template_in_every_format_passes_the_clock() -> None:
    case = parse_case(template_text(), name="t.yaml", folder=Path(), now=NOW).case
    for kind, name in (("yaml", "a.yaml"), ("fhir", "a.json"), ("jsonl", "a.jsonl")):
        assert parse_case(case_text(case, kind), name=name, folder=Path(), now=NOW).case == case
