"""A therapy from another package: installed with pip, found by its entry point, held to the same contract."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "packages" / "light_therapy"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Install the package into a folder of its own; give the environment that sees it."""
    target = tmp_path_factory.mktemp("site")
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation",
        "--disable-pip-version-check", "--target", str(target), str(PACKAGE),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, text=True)
    return {**os.environ, "PYTHONPATH": str(target)}


def _run(environment: dict[str, str], *arguments: str) -> str:
    code = "from euthymia.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_listed_with_its_package(installed: dict[str, str]) -> None:
    listed = json.loads(_run(installed, "therapies", "--json"))["therapies"]
    assert {"name": "light", "title": "Bright light", "is_reference": False, "provided_by": "euthymia_light"} in listed
    assert [item["name"] for item in listed][:2] == ["tms", "ketamine"]  # house order first


def test_it_appears_in_the_plan_with_its_reasons(installed: dict[str, str], tmp_path: Path) -> None:
    case = Path(__file__).parents[2] / "src/euthymia/cli/cases/1-three-failed-trials.yaml"
    _run(installed, "plan", str(case), "-o", str(tmp_path))
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    (light,) = [o for o in plan["options"] if o["therapy"] == "light"]
    assert light["standing"] == "open" and light["reasons_for"] and light["reasons_against"]
    assert "Bright light" in (tmp_path / "plan.html").read_text(encoding="utf-8")


def test_it_passes_the_contract_suite(installed: dict[str, str]) -> None:
    suite = Path(__file__).parent / "test_therapies.py"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(suite), "-k", "light"],
        env=installed, capture_output=True, text=True, timeout=300, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
