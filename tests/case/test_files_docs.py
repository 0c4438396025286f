"""The reference pages of case files and FHIR: their examples run, and they name every key, field and code."""

from __future__ import annotations

import dataclasses
import doctest
from pathlib import Path

import pytest

from euthymia.case.facts import VITAL_LIMITS, Vital
from euthymia.case.fhir.tables import loinc
from euthymia.case.files import FORMATS
from euthymia.case.yaml_shape import ENTRY_KEYS, SECTIONS, TOP_KEYS, TRIAL_KEYS

PAGES = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("page", ["case-file.md", "fhir.md"])
def test_the_examples_of_the_page_give_what_they_print(page: str) -> None:
    result = doctest.testfile(str(PAGES / page), module_relative=False)
    assert result.attempted >= 4 and result.failed == 0


def test_the_page_names_every_key_and_field_of_a_case_file() -> None:
    text = (PAGES / "case-file.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1]: line for line in text.splitlines() if line.startswith("| `")}
    for key in (*TOP_KEYS, *ENTRY_KEYS, *TRIAL_KEYS, *VITAL_LIMITS, *(f for f in FORMATS if f != ".ndjson")):
        assert f"`{key}" in text, key
    for section in SECTIONS:
        if section.fact is Vital or section.key in ("demographics", "conditions"):
            continue
        row = next(line for head, line in rows.items() if f"`{section.key}`" in head)
        for field in dataclasses.fields(section.fact):
            assert f"`{field.name}`" in row or f"`{field.name}:" in row, (section.key, field.name)


def test_the_page_lists_every_loinc_code() -> None:
    text = (PAGES / "fhir.md").read_text(encoding="utf-8")
    for code, row in loinc().items():
        assert f"| {code} | {row.kind.value} `{row.name}` |" in text, code
