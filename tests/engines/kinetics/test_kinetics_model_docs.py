"""The reference page of kinetic models: its example runs, and it names every model and key."""

import doctest
from pathlib import Path

from euthymia.engines.kinetics.expressions import FUNCTIONS
from euthymia.engines.kinetics.models import load_model, model_names

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "kinetics-models.md"


def test_the_example_of_the_page_gives_what_it_prints() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 4 and result.failed == 0


def test_the_page_names_every_model_with_its_status_and_site() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in model_names():
        file = load_model(name).file
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}`"))
        assert f"| {file.status.value} | {file.sampling_site.value}" in row
        assert all(f"`{route}`" in row for route in file.routes)
    assert " ".join(FUNCTIONS) in text
