"""Bad input at the command line: one clear line that names the field, the right exit code, and nothing written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from euthymia.cli.app import FAILURE, OK, REFUSED, USAGE, _report
from euthymia.core.errors import EuthymiaError, InvalidInput, MissingData, SafetyLimit

from tests.cli.command_line import BUNDLE, COMPLETE, CommandLine

HEAD = """euthymia: 1
case_id: x
as_of: 2026-11-20
birth_date: 1980-05-11
"""


def snapshot(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def fails(euthymia: CommandLine, tmp_path: Path, field: str, *arguments: object) -> str:
    """The command fails with one line that names the field, and leaves the folder as it was."""
    before = snapshot(tmp_path)
    ran = euthymia(*arguments)
    assert ran.code == FAILURE, (ran.code, ran.out, ran.err)
    lines = ran.err.splitlines()
    assert len(lines) == 1, ran.err
    assert lines[0].startswith("euthymia: ") and field in lines[0], lines[0]
    assert "Traceback" not in ran.err and len(lines[0]) < 900
    assert ran.out == "" and snapshot(tmp_path) == before
    return lines[0]


# --- files ----------------------------------------------------------------------------------------------------------


def bundle(change: Callable[[dict[str, Any]], object]) -> str:
    made = json.loads(BUNDLE.read_text(encoding="utf-8"))
    change(made)
    return json.dumps(made)


def second_patient(made: dict[str, Any]) -> None:
    patient = next(e for e in made["entry"] if e["resource"]["resourceType"] == "Patient")
    other = json.loads(json.dumps(patient))
    other["resource"]["id"] = "somebody-else"
    other["fullUrl"] = "urn:uuid:00000000-0000-4000-8000-000000000002"
    made["entry"].append(other)


def alias_bomb() -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    return HEAD + "\n".join(lines)


FILES: dict[str, tuple[str, bytes | str, str]] = {
    "an empty file": ("case.yaml", "", "empty file"),
    "only white space": ("case.yaml", "  \n\t\n", "empty file"),
    "only comments": ("case.yaml", "# nothing yet\n", "case.yaml"),
    "an empty FHIR file": ("case.json", "", "empty file"),
    "text that is not UTF-8": ("case.yaml", HEAD.encode() + b"country: \xff\xfe\n", "line 5"),
    "a binary": ("case.yaml", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
    "YAML that is none": ("case.yaml", HEAD + "labs: [1, 2\n", "case.yaml"),
    "an alias bomb": ("case.yaml", alias_bomb(), "alias"),
    "deeply nested YAML": ("case.yaml", HEAD + "labs: " + "[" * 50_000, "levels"),
    "deeply nested maps": ("case.yaml", HEAD + "labs: " + "{a: " * 20_000, "levels"),
    "deeply nested JSON": ("case.json", "[" * 100_000, "case.json"),
    "JSON that is none": ("case.json", '{"resourceType": "Bundle",', "case.json"),
    "NaN in JSON": ("case.json", '{"resourceType": "Bundle", "type": NaN}', "NaN"),
    "a list": ("case.yaml", "- 1\n- 2\n", "case.yaml"),
    "a case file of another version": ("case.yaml", HEAD.replace("euthymia: 1", "euthymia: 9"), "euthymia"),
    "no case id": ("case.yaml", HEAD.replace("case_id: x\n", ""), "case_id"),
    "an unknown field": ("case.yaml", HEAD + "shoe_size: 42\n", "shoe_size"),
    "a field given twice": ("case.yaml", HEAD + "country: US\ncountry: DE\n", "country"),
    "a negative dose": ("case.yaml", HEAD + "medications:\n  - {name: sertraline, dose_mg_day: -50}\n",
                        "medications[0].dose_mg_day"),
    "a dose that is no number": ("case.yaml", HEAD + "medications:\n  - {name: sertraline, dose_mg_day: .nan}\n",
                                 "medications[0].dose_mg_day"),
    "a negative dose in the history": ("case.yaml", HEAD + "history:\n  - {drug: sertraline, dose_mg_day: -50}\n",
                                       "history[0].dose_mg_day"),
    "a date in the future": ("case.yaml", HEAD + "scales:\n  - {scale: MADRS, on: 2027-01-01, total: 20}\n",
                             "scales[0].on"),
    "a file from the future": ("case.yaml", HEAD.replace("2026-11-20", "2030-01-01"), "as_of"),
    "a birth after the file": ("case.yaml", HEAD.replace("1980-05-11", "2027-05-11"), "birth_date"),
    "dates out of order": ("case.yaml", HEAD + "history:\n  - {drug: sertraline, started_on: 2026-05-01, "
                           "ended_on: 2026-01-01}\n", "history[0].ended_on"),
    "a day that does not exist": ("case.yaml", HEAD + "scales:\n  - {scale: MADRS, on: 2026-02-30, total: 20}\n",
                                  "scales[0].on"),
    "an unknown scale": ("case.yaml", HEAD + "scales:\n  - {scale: MOOD-3, on: 2026-11-01, total: 20}\n",
                         "scales[0].scale"),
    "ten answers for PHQ-9": ("case.yaml", HEAD + "scales:\n  - {scale: PHQ-9, on: 2026-11-01, "
                              "answers: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}\n", "scales[0].answers"),
    "an answer out of range": ("case.yaml", HEAD + "scales:\n  - {scale: PHQ-9, on: 2026-11-01, "
                               "answers: [1, 1, 1, 1, 1, 1, 1, 1, 7]}\n", "scales[0].answers"),
    "a total out of range": ("case.yaml", HEAD + "scales:\n  - {scale: MADRS, on: 2026-11-01, total: 61}\n",
                             "scales[0].total"),
    "a country that is none": ("case.yaml", HEAD + "country: usa\n", "country"),
    "an unknown unit": ("case.yaml", HEAD + "labs:\n  - {analyte: tsh, value: 2, unit: bananas, on: 2026-11-01}\n",
                        "labs[0].unit"),
    "an absent attachment": ("case.yaml", HEAD + "attachments:\n  - {kind: nifti, path: scans/three-gigabytes.nii}\n",
                             "attachments[0].path"),
    "an unknown weight": ("case.yaml", HEAD + "preferences: {weights: {charm: 3}}\n", "charm"),
    "a negative weight": ("case.yaml", HEAD + "preferences: {weights: {benefit: -1}}\n", "preferences.weights.benefit"),
    "an unknown therapy declined": ("case.yaml", HEAD + "preferences: {declined: [yoga]}\n", "preferences.declined"),
    "another FHIR version": ("case.json", bundle(lambda b: b.update(fhirVersion="5.0.0", meta={"profile": [
        "http://hl7.org/fhir/5.0/StructureDefinition/Bundle"]})), "5.0"),
    "a Bundle with two patients": ("case.json", bundle(second_patient), "Patient"),
    "a Bundle without a patient": ("case.json", bundle(lambda b: b.update(entry=[])), "atient"),
    "a resource that is no Bundle": ("case.json", '{"resourceType": "Patient", "id": "p"}', "resourceType"),
    "an event log that is none": ("case.jsonl", '{"kind": "dance"}\n', "line 1"),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_cannot_be_used_is_refused_by_name(what: str, euthymia: CommandLine, tmp_path: Path) -> None:
    name, content, field = FILES[what]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    fails(euthymia, tmp_path, field, "plan", name, "-o", "out")


@pytest.mark.parametrize("command", [("screen",), ("follow",), ("stage",), ("case", "show"), ("case", "validate")])
def test_every_command_that_reads_a_case_refuses_it_in_the_same_words(
    command: tuple[str, ...], euthymia: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "case.yaml").write_text(HEAD + "shoe_size: 42\n", encoding="utf-8")
    fails(euthymia, tmp_path, "shoe_size", *command, "case.yaml")


@pytest.mark.parametrize(
    "command", [("case", "import", "case.yaml", "new.json"), ("case", "export", "case.yaml", "-o", "new.json")]
)
def test_nothing_is_converted_from_a_bad_file(command: tuple[str, ...], euthymia: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(HEAD + "medications:\n  - {name: x, dose_mg_day: -1}\n", encoding="utf-8")
    fails(euthymia, tmp_path, "medications[0].dose_mg_day", *command)


def test_a_file_that_is_not_there_and_a_folder_are_refused(euthymia: CommandLine, tmp_path: Path) -> None:
    assert "No such file" in fails(euthymia, tmp_path, "absent.yaml", "plan", "absent.yaml", "-o", "out")
    (tmp_path / "folder.yaml").mkdir()
    assert "a folder" in fails(euthymia, tmp_path, "folder.yaml", "plan", "folder.yaml", "-o", "out")


def test_a_huge_case_file_is_refused_unread(euthymia: CommandLine, tmp_path: Path) -> None:
    with (tmp_path / "case.yaml").open("wb") as stream:
        os.truncate(stream.fileno(), 3 * 2**30)  # sparse: takes no room
    fails(euthymia, tmp_path, "at most", "plan", "case.yaml", "-o", "out")


def test_an_output_that_is_a_file_is_refused(euthymia: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    fails(euthymia, tmp_path, "out", "plan", COMPLETE, "-o", "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_an_export_to_an_unknown_format_or_an_absent_folder_is_refused(euthymia: CommandLine, tmp_path: Path) -> None:
    fails(euthymia, tmp_path, "path", "case", "export", COMPLETE, "-o", "case.docx")
    fails(euthymia, tmp_path, "path", "case", "export", COMPLETE, "-o", "absent/case.yaml")


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "field"),
    [
        ("nonsense=1", "nonsense"), ("benefit=-1", "--weight"), ("benefit=1001", "--weight"),
        ("benefit=nan", "--weight"), ("benefit=inf", "--weight"), ("benefit", "--weight"),
        ("benefit=", "--weight"), ("=1", "preferences.weights"), ("benefit=many", "--weight"),
    ],
)  # fmt: skip
def test_a_weight_that_cannot_be_is_refused(weight: str, field: str, euthymia: CommandLine, tmp_path: Path) -> None:
    fails(euthymia, tmp_path, field, "plan", COMPLETE, "-o", "out", "--weight", weight)


def test_weights_that_are_all_zero_are_refused(euthymia: CommandLine, tmp_path: Path) -> None:
    from euthymia.plan.criteria import criteria

    zeros = [part for row in criteria() for part in ("--weight", f"{row.name}=0")]
    fails(euthymia, tmp_path, "preferences.weights", "plan", COMPLETE, "-o", "out", *zeros)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("PHQ-9", *"1111111111"), "exactly 9"), (("PHQ-9", *"11111111"), "exactly 9"),
        (("PHQ-9", *"111111114"), "answers[9]"), (("PHQ-9", *"11111111x"), "answers[9]"),
        (("PHQ-9", *"11111111", "1.5"), "answers[9]"), (("PHQ-9",), "answers"),
        (("MOOD-3", "1"), "scale"), (("MADRS", "--total", "61"), "total"), (("MADRS", "--total", "nan"), "total"),
        (("PHQ-9", *"111111111", "--total", "9"), "total"),
        (("PHQ-9", "--total", "9", "--band-set", "mine"), "band_set"),
    ],
)  # fmt: skip
def test_answers_that_cannot_be_scored_are_refused(
    arguments: tuple[str, ...], field: str, euthymia: CommandLine, tmp_path: Path
) -> None:
    fails(euthymia, tmp_path, field, "score", *arguments)


def test_an_unknown_therapy_or_document_is_refused_with_the_known_ones(euthymia: CommandLine, tmp_path: Path) -> None:
    assert "ketamine" in fails(euthymia, tmp_path, "therapy", "screen", COMPLETE, "--therapy", "yoga")
    assert "ketamine" in fails(euthymia, tmp_path, "therapy", "follow", COMPLETE, "--therapy", "yoga")
    assert "stage" in fails(euthymia, tmp_path, "name", "schema", "poem")


# --- errors for machines --------------------------------------------------------------------------------------------


def test_with_json_an_error_is_a_document_on_standard_output(euthymia: CommandLine, tmp_path: Path) -> None:
    ran = euthymia("score", "PHQ-9", *"1111111111", "--json")
    assert ran.code == FAILURE and ran.err == ""
    jsonschema.Draft202012Validator(euthymia.schema("error")).validate(ran.json)
    assert (ran.json["argument"], ran.json["error"], ran.json["exit_code"]) == ("answers", "InvalidInput", FAILURE)


def test_exit_codes_are_as_documented() -> None:
    assert (OK, FAILURE, USAGE, REFUSED) == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SafetyLimit("charge_density", 45, "at most 30"), REFUSED), (InvalidInput("dose", -1, "0 or more"), FAILURE),
        (MissingData("weight_kg", "add a vital."), FAILURE), (EuthymiaError("something else"), FAILURE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("as_json", [True, False])
def test_what_is_refused_for_safety_exits_with_three(
    error: EuthymiaError, code: int, as_json: bool, euthymia: CommandLine
) -> None:
    euthymia.monkeypatch.setattr("sys.argv", ["euthymia", "plan", *(["--json"] if as_json else [])])
    assert _report(error) == code
    shown = euthymia.capsys.readouterr()
    if as_json:
        told = json.loads(shown.out)
        assert (told["exit_code"], told["error"], told["message"]) == (code, type(error).__name__, str(error))
        jsonschema.Draft202012Validator(euthymia.schema("error")).validate(told)
    else:
        assert shown.err == f"euthymia: {error}\n" and shown.out == ""


def test_a_safety_limit_on_the_way_ends_the_command_with_three(
    euthymia: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SafetyLimit("dose_mg_kg", 5, "at most 1")

    monkeypatch.setattr("euthymia.plan.compare", refuse)
    ran = euthymia("plan", COMPLETE, "-o", "out")
    assert ran.code == REFUSED and "refused for safety: `dose_mg_kg`" in ran.err
    assert snapshot(tmp_path) == []


@pytest.mark.parametrize(
    "arguments",
    [("fly",), ("plan",), ("plan", "a.yaml"), ("plan", "a.yaml", "-o", "out", "--loud"), ("score",), ("case", "fly"),
     ("plan", "a.yaml", "-o", "out", "--seed", "x")],
)  # fmt: skip
def test_a_command_that_does_not_exist_or_lacks_an_argument_exits_with_two(
    arguments: tuple[str, ...], euthymia: CommandLine, tmp_path: Path
) -> None:
    ran = euthymia(*arguments)
    assert ran.code == USAGE and "Usage:" in ran.err and snapshot(tmp_path) == []
