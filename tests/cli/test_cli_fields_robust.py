"""``euthymia fields optimize --robust``: the placement that bears errors, beside the best one without."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from euthymia.cli.documents import schema_of
from euthymia.engines.fields.msh_write import write_msh
from euthymia.engines.fields.sphere_mesh import layered_sphere

from tests.cli.command_line import CommandLine

COIL = "magstim_25mm_figure8"
TARGET = "--target=-44,44,44"


def test_the_robust_placement_has_its_page_its_numbers_and_its_field(euthymia: CommandLine, tmp_path: Path) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    write_msh(tmp_path / "ball.msh", layered_sphere([0.062, 0.078, 0.081, 0.087, 0.092], [1, 2, 3, 4, 5], 0.013))
    field = euthymia.document(
        "field", "fields", "optimize", "--head", "ball.msh", "--coil", COIL, TARGET, "-o", "out", "--order", 1,
        "--radius-mm", 12, "--step-mm", 4, "--angle-deg", 30, "--robust", "--method", "cap_marks", "--method",
        "beam_f3", "--draws", 40, "--seed", 5,
    )  # fmt: skip
    assert any(
        note.startswith("Robust placement under the placement error of marks on a cap") for note in field["notes"]
    )
    assert any("raise --radius-mm" in note for note in field["notes"]), "shifts of 10 mm in a search of 12"
    found = json.loads((tmp_path / "out" / "robust.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema_of("fields-robust")).validate(found)
    robust, nominal = found["robust"], found["nominal"]
    assert robust["expected_v_m"] >= nominal["expected_v_m"]
    assert nominal["without_error_v_m"] >= robust["without_error_v_m"]
    assert robust["interval_v_m"] == sorted(robust["interval_v_m"])
    assert robust["expected_v_m"] < robust["without_error_v_m"] and 0 < robust["near_best"] < 1
    assert found["shift_sd_mm"] == pytest.approx(np.hypot(10.66 / np.sqrt(np.pi / 2), 6.5 / np.sqrt(2 * np.log(2))))
    assert {row["method"] for row in found["methods"]} == {"cap_marks", "beam_f3"}
    assert len(found["conductivities"]) == 3, "grey matter, CSF and bone; white matter and scalp have no row"
    best = max(found["points"], key=lambda point: point["expected_v_m"])
    assert np.hypot(best["x_mm"], best["y_mm"]) <= 12 + 1e-6
    np.testing.assert_allclose(field["pose_mm"], robust["pose_mm"], atol=1e-3)
    page = (tmp_path / "out" / "robust.html").read_text(encoding="utf-8")
    assert "not a better outcome" in page and "Beam F3" in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--method", "beam_f3"), "--robust"),
        (("--robust", "--method", "by_eye"), "navigated"),
        (("--robust", "--method", "beam_f3", "--method", "beam_f3"), "each method once"),
        (("--robust", "--aim", "highest"), "expected or low"),
        (("--robust", "--draws", "5"), "20 or more"),
    ],
)
def test_robust_options_that_make_no_sense_are_refused_before_any_work(
    euthymia: CommandLine, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    ran = euthymia("fields", "optimize", "--head", "none.npz", "--coil", COIL, TARGET, "-o", "out", *arguments)
    assert ran.code == 1 and words in ran.err, ran.err
