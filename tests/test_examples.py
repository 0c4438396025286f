"""Every example runs, and says what it is there to show."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SHOWN = {
    "01_score_and_stage.py": ["PHQ-9: 15", "moderate", "18 to 19", "MSM 9"],
    "02_plan_a_case.py": ["does not make it", "for:", "against:"],
    "03_run_a_session.py": ["Blood pressure before the dose", "refused for safety"],
    "04_report_on_a_genome.py": ["report.html", "escitalopram (adjust, taken)", "CPIC and DPWG differ", "bupropion"],
}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("[0-9]*.py")), ids=lambda p: p.name)
def test_example_runs_and_prints_what_it_promises(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr().out
    for words in SHOWN[path.name]:
        assert words in printed
