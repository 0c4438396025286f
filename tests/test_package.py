"""The package as a whole: light to import, complete when built, silent towards the network."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "euthymia"


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print('\\n'.join(sorted(m.split('.')[0] for m in sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"numpy", "scipy", "jax", "pydantic", "yaml", "jinja2", "rich", "typer"}
    assert not heavy & _loaded_by("import euthymia")


def test_the_command_line_starts_without_the_engines() -> None:
    heavy = {"numpy", "scipy", "jax", "pydantic", "yaml", "jinja2"}
    loaded = _loaded_by("from euthymia.cli import app, register; register.commands(app.app)")
    assert not heavy & loaded


def test_screening_needs_neither_numpy_nor_scipy() -> None:
    statement = (
        "from euthymia.case.synthetic import synthetic_case; from euthymia.therapies import screen; "
        "screen(synthetic_case(1))"
    )
    assert not {"scipy", "jax"} & _loaded_by(statement)


def test_no_machine_path_and_no_address_but_doi_and_standards_in_the_source() -> None:
    allowed = re.compile(
        r"https?://(doi\.org|json-schema\.org|loinc\.org|unitsofmeasure\.org|hl7\.org|terminology\.hl7\.org|snomed\.info"
        r"|www\.cms\.gov/Medicare/Coding|www\.nlm\.nih\.gov/research/umls|www\.w3\.org|clinicaltrials\.gov)"
    )
    for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.j2")]:
        text = path.read_text(encoding="utf-8")
        for address in re.findall(r"https?://[^\s\"'`<>)]+", text):
            assert allowed.match(address) or "{" in address, f"{path}: {address}"
        assert "/work/" not in text and "/root/" not in text, path


def test_no_network_library_is_imported() -> None:
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found = re.findall(
            r"^\s*(?:import|from) (requests|httpx|urllib\.request|socket|http\.client|aiohttp)\b", text, re.M
        )
        assert not found, f"{path} imports {found}"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_file_holds_one_idea_and_says_which(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    assert text.lstrip().startswith('"""') or not text.strip(), f"{path} has no module docstring"


@pytest.mark.slow
def test_the_wheel_carries_every_table_template_and_demo_case(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
        "--disable-pip-version-check", "-w", str(tmp_path), str(ROOT),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    for path in SOURCE.rglob("*"):
        if path.is_file() and path.suffix in (".csv", ".toml", ".yaml", ".json", ".j2", ".css", ".typed"):
            assert f"euthymia/{path.relative_to(SOURCE)}" in inside
    assert "euthymia/py.typed" in inside
