"""A second coil, several drives, sampled fields and bending at ``euthymia fields``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from euthymia.engines.fields.a_field import tabulate
from euthymia.engines.fields.coils import coil_model, dipoles_of
from euthymia.engines.fields.msh_write import write_msh
from euthymia.engines.fields.sphere_mesh import layered_sphere

from tests.cli.command_line import CommandLine

COIL = "magstim_25mm_figure8"
LEFT = "--target=-44,44,44"


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    path = tmp_path_factory.mktemp("ball") / "ball.msh"
    write_msh(path, layered_sphere([0.062, 0.078, 0.081, 0.087, 0.092], [1, 2, 3, 4, 5], 0.013))
    return path


def wing(side: int, drive: int) -> dict[str, object]:
    """A loop of wire around one wing, which turns about the edge between the wings."""
    phase = 2 * np.pi * np.arange(25) / 24
    corners = np.column_stack([side * 45 + 35 * np.cos(phase), side * 35 * np.sin(phase), np.full(25, -4.0)])
    return {
        "name": f"wing {side}", "type": 2, "stimulator": drive, "deformations": [0 if side > 0 else 1],
        "points": ((corners[1:] + corners[:-1]) / 2).tolist(), "values": np.diff(corners, axis=0).tolist(),
    }  # fmt: skip


@pytest.fixture(scope="module")
def hinged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .tcd of two drives and two wings that bend."""
    hinge = [{"type": "rot2p", "deformRange": 0, "point1": [0, 0, 0], "point2": [0, -s, 0]} for s in (1, -1)]
    content = {
        "name": "hinged", "coilElementList": [wing(1, 0), wing(-1, 1)],
        "stimulatorList": [{"name": "S", "maxdIdt": 1e8}, {"name": "T", "maxdIdt": 1e8}],
        "deformList": hinge, "deformRangeList": [{"initial": 0, "range": [0, 40]}],
    }  # fmt: skip
    path = tmp_path_factory.mktemp("coil") / "hinged.tcd"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_second_coil_adds_its_field_and_its_phase_matters(euthymia: CommandLine, ball: Path, tmp_path: Path) -> None:
    alone = euthymia.document("field", "fields", "solve", "--head", ball, "--coil", COIL, LEFT, "-o", "a", "--order", 1)
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[:3, 3] = (0, -10, 100)
    np.savetxt(tmp_path / "top.txt", pose)
    run = ("fields", "solve", "--head", ball, "--coil", COIL, LEFT, "-o", "b", "--order", 1, "--also")
    plus = euthymia.document("field", *run, f"{COIL}:{tmp_path / 'top.txt'}:1")
    minus = euthymia.document("field", *run, f"{COIL}:{tmp_path / 'top.txt'}:-1")
    assert plus["target_v_m"] != pytest.approx(minus["target_v_m"], rel=0.01)
    assert (plus["target_v_m"] + minus["target_v_m"]) / 2 == pytest.approx(alone["target_v_m"], rel=0.15)
    assert any("-1 A/µs" in note for note in minus["notes"])
    assert plus["coil"] == "Magstim 25 mm figure-8 and Magstim 25 mm figure-8"


@pytest.mark.parametrize(
    ("also", "words"),
    [
        ("nothing", "COIL:MATRIX:SLOPE"),
        ("magstim_25mm_figure8:top.txt:0", "COIL:MATRIX:SLOPE"),
        ("magstim_25mm_figure8:in.txt:1", "into the head"),
        ("magstim_25mm_figure8:near.txt:1", "casings do not meet"),
    ],
)
def test_second_coils_that_cannot_be_are_refused(
    euthymia: CommandLine, ball: Path, tmp_path: Path, also: str, words: str
) -> None:
    for name, height in (("top", 100.0), ("in", 80.0), ("near", 102.0)):
        pose = np.diag([1.0, -1.0, -1.0, 1.0])
        pose[:3, 3] = (5.0 if name == "near" else 0.0, 0, height)
        np.savetxt(tmp_path / f"{name}.txt", pose)
    position = ("--position=0,0,92", "--direction=0,-1,0")
    ran = euthymia("fields", "solve", "--head", ball, "--coil", COIL, *position, "-o", "o", "--also", also)
    assert ran.code == 1 and words in ran.err, ran.err


@pytest.mark.slow
def test_a_coil_of_two_drives_is_bent_to_the_head(euthymia: CommandLine, ball: Path, hinged: Path) -> None:
    run = ("fields", "solve", "--head", ball, "--coil", hinged, LEFT, "-o", "out", "--order", 1)
    flat = euthymia.document("field", *run)
    bent = euthymia.document("field", *run, "--fit")
    assert any("unbent" in note and "--fit" in note for note in flat["notes"])
    assert any(note.startswith("Bent to the head") for note in bent["notes"])
    assert bent["peak_v_m"] > 1.05 * flat["peak_v_m"]
    turned = euthymia.document("field", *run, "--shares", "1,-1")
    assert turned["target_v_m"] != pytest.approx(flat["target_v_m"], rel=0.2)
    ran = euthymia(*run, "--shares", "1")
    assert ran.code == 1 and "2 numbers" in ran.err


@pytest.mark.slow
def test_a_sampled_field_is_placed_searched_and_continued(euthymia: CommandLine, ball: Path, tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    source = dipoles_of(coil_model(COIL))
    table = tabulate(source, (-0.075, -0.075, 0.0), (0.075, 0.075, 0.09), 0.005, n_checked=5).source
    affine = np.vstack([table.affine[:3] * 1e3, [0, 0, 0, 1]])
    nibabel.save(nibabel.Nifti1Image(table.potential_per_ampere, affine), tmp_path / "coil.nii.gz")
    np.savetxt(tmp_path / "top.txt", np.array([[1, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 98.0], [0, 0, 0, 1]]))
    run = ("fields", "solve", "--head", ball, "--matrix", tmp_path / "top.txt", "-o", "out", "--order", 1, "--coil")
    sampled, whole = euthymia.document("field", *run, tmp_path / "coil.nii.gz"), euthymia.document("field", *run, COIL)
    assert sampled["peak_v_m"] == pytest.approx(whole["peak_v_m"], rel=0.01)
    assert any("Beyond its grid" in note for note in sampled["notes"])
    search = ("--radius-mm", 8, "--step-mm", 4, "--angle-deg", 30, "--order", 1, LEFT, "-o", "best")
    best = euthymia.document("field", "fields", "optimize", "--head", ball, "--coil", tmp_path / "coil.nii.gz", *search)
    assert best["target_v_m"] > 0
