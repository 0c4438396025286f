"""``euthymia fields solve``: a coil on a small head of shells, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from euthymia.cli.fields_outputs import wanted_files
from euthymia.engines.fields.mesh import Surface, tet_volumes
from euthymia.engines.fields.msh_read import read_msh
from euthymia.engines.fields.msh_write import write_msh
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surface_files import write_gifti
from euthymia.engines.fields.surfaces import tissue_surface

from tests.cli.command_line import CommandLine

COIL = "magstim_25mm_figure8"
TARGET = "--target=-44,44,44"


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ball") / "ball.msh"
    write_msh(path, layered_sphere([0.062, 0.078, 0.081, 0.087, 0.092], [1, 2, 3, 4, 5], 0.013))
    return path


def test_a_field_is_shown_as_page_numbers_and_mesh(euthymia: CommandLine, ball: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    arguments = ("--head", ball, "--coil", COIL, TARGET, "-o", "out", "--didt", 2)
    found = euthymia.document("field", "fields", "solve", *arguments)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "field.csv",
        "field.gii",
        "field.html",
        "field.json",
        "field.msh",
        "field.nii.gz",
        "labels.nii.gz",
    ]
    assert found["grid_mm"] == 2 and found["space"] == "own"
    assert json.loads((tmp_path / "out" / "field.json").read_text(encoding="utf-8")) == found
    assert 0 < found["target_v_m"] <= found["highest_v_m"] and found["peak_v_m"] <= found["highest_v_m"]
    assert 0 < found["estimated_grey_error"] < 0.3 and found["order"] == 2
    assert abs(found["target_depth_mm"] - (92 - 44 * 3**0.5)) < 1.5
    pose = np.array(found["pose_mm"])
    assert pose[:3, 2] @ [1, -1, -1] > 1.6, "the face looks to the center"
    assert np.linalg.norm(pose[:3, 3]) > 92 + 3
    content = read_msh(tmp_path / "out" / "field.msh")
    strength = np.linalg.norm(content.element_data["E"], axis=1)
    grey = content.mesh.tissue == 2
    assert strength[grey].max() == pytest.approx(found["highest_v_m"], rel=1e-9)
    with (tmp_path / "out" / "field.csv").open(encoding="utf-8", newline="") as stream:
        table = {row["quantity"]: row for row in csv.DictReader(stream)}
    assert float(table["Peak in grey matter"]["value"]) == pytest.approx(found["peak_v_m"], rel=0.01)
    assert found["target_v_m_per_a_us"] == pytest.approx(found["target_v_m"] / 2)


def test_the_best_placement_is_at_least_as_good_as_the_plain_one(
    euthymia: CommandLine, ball: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    common = ("--head", ball, "--coil", COIL, TARGET, "-o", "out", "--order", 1)
    plain = euthymia.document("field", "fields", "solve", *common)
    search = ("--radius-mm", 12, "--step-mm", 4, "--angle-deg", 30)
    best = euthymia.document("field", "fields", "optimize", *common, *search)
    assert best["target_v_m"] >= 0.99 * plain["target_v_m"]
    assert any(note.startswith("Best of ") for note in best["notes"])
    assert np.linalg.norm(np.array(best["pose_mm"])[:3, 3]) > 92 + 3
    assert (tmp_path / "out" / "field.html").is_file()


def test_surfaces_are_painted_and_labels_mesh_again(euthymia: CommandLine, ball: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    pytest.importorskip("nibabel", reason="nibabel (extra fields) is not installed")
    mesh = read_msh(ball).mesh
    pial = tissue_surface(mesh, (1, 2))
    write_gifti(tmp_path / "lh.pial.surf.gii", pial)
    write_gifti(tmp_path / "lh.white.surf.gii", Surface(pial.nodes * 0.062 / 0.078, pial.triangles))
    pair = "lh.white.surf.gii,lh.pial.surf.gii"
    common = ("--head", ball, "--coil", COIL, TARGET, "--order", 1, "--in-mni")
    arguments = (*common, "-o", "out", "--grid-mm", 2, "--surface", pair, "--surface", "lh.pial.surf.gii")
    found = euthymia.document("field", "fields", "solve", *arguments)
    assert [s["file"] for s in found["surfaces"]] == ["field.lh.pial-middle.gii", "field.lh.pial.gii"]
    assert found["space"] == "MNI" and found["surfaces"][0]["without_value"] == 0
    assert all((tmp_path / "out" / s["file"]).is_file() for s in found["surfaces"])
    labels = tmp_path / "out" / "labels.nii.gz"
    head = euthymia.document("fields-head", "fields", "head", labels, "-o", "again.npz", "--edge-mm", 12)
    for tissue in head["tissues"]:
        volume = tet_volumes(mesh.nodes, mesh.tets)[mesh.tissue == tissue["tag"]].sum()
        assert tissue["labels_ml"] == pytest.approx(1e6 * volume, rel=0.03)
    assert wanted_files(0, None).grid_m is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--grid-mm", "0.1"), "0.5 to 10, or 0"),
        (("--surface", "absent.gii"), "--surface lh.white,lh.pial"),
        (("--surface", "ball.msh"), "GIFTI (.gii) or FreeSurfer"),
        (("--surface", "a.gii", "--surface", "a.gii"), "Rename a copy"),
        (("--surface", "a.gii,b.gii"), "one hemisphere"),
    ],
)
def test_outputs_that_cannot_be_made_are_refused_before_the_work(
    euthymia: CommandLine, ball: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    pytest.importorskip("nibabel", reason="nibabel (extra fields) is not installed")
    mesh = read_msh(ball).mesh
    write_gifti(tmp_path / "a.gii", tissue_surface(mesh, (1,)))
    write_gifti(tmp_path / "b.gii", tissue_surface(mesh, (1, 2)))
    (tmp_path / "ball.msh").write_bytes(ball.read_bytes())
    ran = euthymia("fields", "solve", "--head", ball, "--coil", COIL, TARGET, "-o", "out", *arguments)
    assert ran.code == 1 and words in ran.err, ran.err
    assert "preparing" not in ran.err and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--beam-f3"),
        (("--target", "5,0,0"), "outside grey matter"),
        (("--target", "weigand"), "--in-mni"),
        (("--target", "nowhere", "--in-mni"), "weigand"),
        (("--target", "okamoto_f3_scalp", "--in-mni"), "--position=-43.3,58.3,40.2"),
        ((TARGET, "--position", "0,0,92", "--electrode", "F3"), "one of --position"),
        ((TARGET, "--position", "0,0,300"), "mm from the scalp"),
        ((TARGET, "--mso", "60"), "--stimulator"),
        ((TARGET, "--mso", "120", "--stimulator", "MagStim D70"), "at most 100 %"),
        ((TARGET, "--didt", "-1"), "above 0"),
        ((TARGET, "--order", "3"), "1 or 2"),
        ((TARGET, "--direction", "1,-1,-1"), "10° off its normal"),
        (("--beam-f3",), "landmarks"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_the_fix(
    euthymia: CommandLine, ball: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    ran = euthymia("fields", "solve", "--head", ball, "--coil", COIL, "-o", "out", *arguments)
    assert ran.code == 1 and words in ran.err, ran.err
    assert not (tmp_path / "out").exists()


def test_an_unknown_coil_and_no_head_are_refused(euthymia: CommandLine, ball: Path) -> None:
    ran = euthymia("fields", "solve", "--head", ball, "--coil", "spoon", TARGET, "-o", "out")
    assert ran.code == 1 and COIL in ran.err
    assert "--template" in euthymia("fields", "solve", "--coil", COIL, TARGET, "-o", "out").err
    both = euthymia("fields", "solve", "--head", ball, "--template", "--coil", COIL, TARGET, "-o", "out")
    assert both.code == 1 and "one of them" in both.err


@pytest.mark.parametrize(
    ("change", "words"),
    [("in the head", "mm into the head"), ("sheared", "Nearest rigid matrix"), ("mirrored", "mirrored")],
)
def test_a_matrix_in_the_head_or_not_rigid_is_refused(
    euthymia: CommandLine, ball: Path, tmp_path: Path, change: str, words: str
) -> None:
    matrix = np.array([[1.0, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 97], [0, 0, 0, 1]])
    if change == "in the head":
        matrix[2, 3] = 80
    elif change == "sheared":
        matrix[0, 1] = 0.2
    else:
        matrix[0, 0] = -1
    np.savetxt(tmp_path / "pose.txt", matrix)
    ran = euthymia("fields", "solve", "--head", ball, "--coil", COIL, "--matrix", "pose.txt", "-o", "out")
    assert ran.code == 1 and words in ran.err, ran.err
