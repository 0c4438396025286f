"""Writing a report: three files, all or none, and an earlier report is replaced only when asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from genome_samples import calls_of, report_of

from euthymia.core.errors import InvalidInput
from euthymia.report.genome_write import GENOME_FILES, write_genome_report


def test_three_files_are_written_and_an_earlier_report_stays_unless_replaced(tmp_path: Path) -> None:
    report, folder = report_of(calls_of(tmp_path)), tmp_path / "out"
    assert tuple(path.name for path in write_genome_report(report, folder)) == GENOME_FILES
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["sample"] == "S1"
    assert json.loads((folder / "report.fhir.json").read_text(encoding="utf-8"))["resourceType"] == "Bundle"
    (folder / "report.json").write_text("kept", encoding="utf-8")
    with pytest.raises(InvalidInput, match="--force"):
        write_genome_report(report, folder)
    assert (folder / "report.json").read_text(encoding="utf-8") == "kept"
    write_genome_report(report, folder, replace=True)
    assert (folder / "report.json").read_text(encoding="utf-8") != "kept"
    assert sorted(path.name for path in folder.iterdir()) == sorted(GENOME_FILES)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(InvalidInput, match="directory"):
        write_genome_report(report_of(calls_of(tmp_path)), tmp_path / "out")
