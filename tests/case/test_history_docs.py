"""The reference page of history and staging: its examples run, and it names every rule set and definition."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from euthymia.case import drug_names, drugs, staging, trial_adequacy
from euthymia.case.history import definitions, rule_sets

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "history.md"


def test_the_examples_of_the_page_give_what_they_print() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 10 and result.failed == 0


@pytest.mark.parametrize("module", [drugs, drug_names, staging, trial_adequacy])
def test_the_examples_of_the_docstrings_give_what_they_print(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted >= 1 and result.failed == 0


def test_the_page_names_every_rule_set_and_definition() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for code in (*(row.code for row in rule_sets()), *(row.code for row in definitions())):
        assert f"`{code}`" in text, code
