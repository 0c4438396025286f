"""``euthymia fields basis`` and ``fields place``: a small head solved once, a field at once, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.cli import app as root
from euthymia.engines.fields.basis_file import read_basis
from euthymia.engines.fields.msh_write import write_msh
from euthymia.engines.fields.sphere_mesh import layered_sphere

from tests.cli.command_line import CommandLine

pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
COIL = "magventure_cb60"


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ball") / "ball.msh"
    write_msh(path, layered_sphere([0.062, 0.078, 0.081, 0.087, 0.092], [1, 2, 3, 4, 5], 0.013))
    return path


@pytest.fixture(scope="module")
def built(ball: Path) -> Path:
    path = ball.parent / "ball.basis.npz"
    monkey = pytest.MonkeyPatch()
    few = ("--solved", "130", "--check", "4", "--points", "300")
    monkey.setattr(
        "sys.argv", ["euthymia", "fields", "basis", "--head", str(ball), "-o", str(path), "--order", "1", *few]
    )
    with pytest.raises(SystemExit) as ended:
        root.main()
    monkey.undo()
    assert not ended.value.code
    return path


def test_the_error_is_measured_and_kept(built: Path) -> None:
    held = read_basis(built)
    assert held.errors.size == 4 and 0 < held.errors.max() < 0.25, "130 solutions are few"
    assert held.order == 1 and held.basis.rank == 130 and held.seconds > 0 and held.memory_mb > 0


def test_what_is_printed_follows_its_schema(euthymia: CommandLine, ball: Path, tmp_path: Path) -> None:
    few = ("--solved", 30, "--check", 2, "--points", 100, "--order", 1)
    found = euthymia.document("fields-basis", "fields", "basis", "--head", ball, "-o", "b.npz", *few)
    assert (tmp_path / "b.npz").is_file() and found["points"] == 100 and found["modes"] == 30
    assert found["checked"] == 2 and found["worst_error_pct"] >= found["mean_error_pct"] > 0
    assert sum(item["placements"] for item in found["coils"]) == 2


def test_a_placement_agrees_with_a_direct_solution(
    euthymia: CommandLine, ball: Path, built: Path, tmp_path: Path
) -> None:
    where = ("--coil", COIL, "--target=-44,44,44", "--didt", 2)
    found = euthymia.document("fields-place", "fields", "place", "--basis", built, *where, "-o", "e.csv")
    direct = euthymia.document("field", "fields", "solve", "--head", ball, *where, "--order", 1, "-o", "out")
    np.testing.assert_allclose(found["pose_mm"], direct["pose_mm"], atol=0.5)
    assert found["peak_v_m"] == pytest.approx(direct["peak_v_m"], rel=0.25), "other points, the same field"
    table = np.loadtxt(tmp_path / "e.csv", delimiter=",", skiprows=1)
    assert table.shape == (300, 7) and table[:, 6].max() == pytest.approx(found["highest_v_m"], rel=1e-3)
    np.testing.assert_allclose(np.linalg.norm(table[:, 3:6], axis=1), table[:, 6], rtol=1e-3)
    assert found["worst_error_pct"] > 0 and found["checked"] == 4
    spoken = euthymia.ok("fields", "place", "--basis", built, *where)
    assert "held-out placements" in spoken.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--position x,y,z"),
        (("--target", "weigand"), "nothing maps this basis"),
        (("--position", "0,0,92", "--matrix", "pose.txt"), "one of --position"),
        (("--matrix", "pose.txt"), "mm into the head"),
        (("--position", "0,0,92", "-o", "e.txt"), ".csv"),
    ],
)
def test_what_the_basis_cannot_show_is_refused(
    euthymia: CommandLine, built: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    np.savetxt(tmp_path / "pose.txt", [[1, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 80], [0, 0, 0, 1]])
    ran = euthymia("fields", "place", "--basis", built, "--coil", COIL, *arguments)
    assert ran.code == 1 and words in ran.err, ran.err


def test_files_that_are_no_basis_and_settings_are_refused(euthymia: CommandLine, ball: Path, tmp_path: Path) -> None:
    ran = euthymia("fields", "place", "--basis", ball, "--coil", COIL, "--target", "0,0,80")
    assert ran.code == 1 and "fields basis" in ran.err
    for given, words in (("-o b.msh", ".npz"), ("-o b.npz --order 3", "1 or 2"), ("-o b.npz --check 0", "at least 1")):
        ran = euthymia("fields", "basis", "--head", ball, *given.split())
        assert ran.code == 1 and words in ran.err, ran.err
    assert not list(tmp_path.glob("b.*"))
