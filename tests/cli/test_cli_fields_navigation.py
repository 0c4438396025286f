"""Poses of navigation systems at the command line: any export in, a file to import out, distortions refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from euthymia.cli.fields_navigation import EXPORTS, read_pose, system_of, write_pose
from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose, rotation
from euthymia.engines.fields.msh_write import write_msh
from euthymia.engines.fields.navigation import NavigatedPose, write_navigation
from euthymia.engines.fields.sphere_mesh import layered_sphere

from tests.cli.command_line import CommandLine

COIL = "magstim_25mm_figure8"
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "tms" / "neuronav"


def pose() -> CoilPose:
    """A coil 12 mm above the left front of a ball of 92 mm."""
    z = -np.array([-0.6, 0.5, 0.62])
    z /= np.linalg.norm(z)
    y = np.array([0.7, 0.7, 0.1])
    y -= (y @ z) * z
    y /= np.linalg.norm(y)
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([np.cross(y, z), y, z])
    matrix[:3, 3] = -0.104 * z
    return CoilPose(matrix)


@pytest.mark.parametrize("system", EXPORTS)
def test_every_export_reads_back_as_the_same_pose(system: str, tmp_path: Path) -> None:
    path = write_pose(pose(), system, "left\tDLPFC; day 1", tmp_path)
    assert path.name == EXPORTS[system]
    assert system_of(path.read_text(encoding="utf-8")) == system
    back, notes = read_pose(path, None)
    np.testing.assert_allclose(back.matrix, pose().matrix, atol=2e-6)
    assert len(notes) == 1 and system in notes[0]
    named, _ = read_pose(path, "left DLPFC day 1")
    np.testing.assert_array_equal(named.matrix, back.matrix)


def test_a_pose_is_written_beside_its_field(euthymia: CommandLine, tmp_path: Path) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    write_msh(tmp_path / "ball.msh", layered_sphere([0.062, 0.078, 0.081, 0.087, 0.092], [1, 2, 3, 4, 5], 0.013))
    common = ("--head", "ball.msh", "--coil", COIL, "--order", 1)
    first = euthymia.document(
        "field", "fields", "solve", *common, "--target=-44,44,44", "-o", "one", "--export", "localite"
    )
    assert any("localite" in note and "no other" in note for note in first["notes"])
    back, _ = read_pose(tmp_path / "one" / EXPORTS["localite"], None)
    np.testing.assert_allclose(back.in_mm(), first["pose_mm"], atol=1e-3)


def test_distorted_and_unnamed_poses_are_refused_with_the_nearest_rigid_one(tmp_path: Path) -> None:
    sheared = pose().in_mm()
    sheared[:3, 0] += 0.2 * sheared[:3, 1]
    mirrored = pose().in_mm()
    mirrored[:3, 0] *= -1
    for matrix, fault in ((sheared, "sheared"), (mirrored, "mirrored")):
        for name, content in (
            ("bad.json", json.dumps({"target": matrix.tolist()})),
            ("bad.txt", "\n".join(" ".join(f"{v:.9g}" for v in row) for row in matrix)),
        ):
            (tmp_path / name).write_text(content, encoding="utf-8")
            with pytest.raises(InvalidInput, match=rf"(?s){fault}.*Nearest rigid matrix"):
                read_pose(tmp_path / name, None)
    turned = CoilPose(rotation((0, 0, 1), 0.1) @ pose().matrix)
    two = write_navigation([NavigatedPose("one", pose()), NavigatedPose("two", turned)], "navinibs")
    (tmp_path / "two.json").write_text(two, encoding="utf-8")
    with pytest.raises(InvalidInput, match="one, two"):
        read_pose(tmp_path / "two.json", None)
    with pytest.raises(InvalidInput, match="three"):
        read_pose(tmp_path / "two.json", "three")
    np.testing.assert_allclose(read_pose(tmp_path / "two.json", "two")[0].matrix, turned.matrix, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--target=-44,44,44", "--export", "polaris"), "localite, brainsight"),
        (("--target=-44,44,44", "--pose", "one"), "together with --matrix"),
        (("--matrix", "missing.xml"), "--matrix"),
        (("--matrix", "words.txt"), "4 x 4"),
        (("--matrix", "three.txt"), "shape (3, 3)"),
    ],
)
def test_what_makes_no_sense_is_refused(
    euthymia: CommandLine, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    write_msh(tmp_path / "ball.msh", layered_sphere([0.078, 0.081, 0.087, 0.092], [2, 3, 4, 5], 0.03))
    (tmp_path / "words.txt").write_text("not a matrix", encoding="utf-8")
    (tmp_path / "three.txt").write_text("1 0 0\n0 1 0\n0 0 1\n", encoding="utf-8")
    ran = euthymia("fields", "solve", "--head", "ball.msh", "--coil", COIL, "-o", "out", *arguments)
    assert ran.code == 1 and words in ran.err, ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the navigation exports of ../shared are not there")
def test_real_exports_are_recognized_and_read() -> None:
    for path in sorted(SHARED.iterdir()):
        text = path.read_text(encoding="utf-8-sig")
        system = system_of(text)
        assert system is not None and path.name.startswith(system), path.name
        try:
            read_pose(path, None)
        except InvalidInput as error:
            assert "--pose" in str(error), error
