"""The reference page: its examples give what it prints, and it names everything that can be imported."""

from __future__ import annotations

import doctest
from pathlib import Path

import euthymia.case.scales as package

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "scales.md"


def test_the_examples_of_the_reference_page_give_what_it_prints(tmp_path: Path) -> None:
    blocks = PAGE.read_text(encoding="utf-8").split("```python\n")[1:]
    examples = tmp_path / "examples.txt"
    examples.write_text("\n\n".join(block.split("```")[0] for block in blocks), encoding="utf-8")
    result = doctest.testfile(str(examples), module_relative=False, encoding="utf-8")
    assert result.attempted > 20 and result.failed == 0


def test_the_reference_page_names_every_public_name() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in package.__all__ if name not in text] == []


def test_docstring_examples_hold() -> None:
    import sys

    for module in ("registry", "change"):
        assert doctest.testmod(sys.modules[f"{package.__name__}.{module}"]).failed == 0
