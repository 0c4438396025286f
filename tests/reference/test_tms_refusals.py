"""Everything the acceptance of fields and TMS says is refused, by the roads a user takes: named, explained, mended.

Each case runs through the command line where a command takes the thing, and through Python; the class of the error, the
argument, what was given and the fix in its words are held.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coils import coil_model
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.conductivity import tensors_from_diffusion
from euthymia.engines.fields.grey_region import grey_region
from euthymia.engines.fields.mesh import TetMesh
from euthymia.engines.fields.msh_read import read_msh
from euthymia.engines.fields.msh_write import write_msh
from euthymia.engines.fields.navigation import read_navigation
from euthymia.engines.fields.outside import require_outside
from euthymia.engines.fields.roi import roi_sphere
from euthymia.engines.fields.scalp_placement import Scalp
from euthymia.engines.fields.solve import prepare
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surfaces import scalp_surface
from euthymia.therapies.tms.dose import depth_adjusted, dose
from euthymia.therapies.tms.prescription import MotorThreshold
from euthymia.therapies.tms.threshold import BayesianHunt

from tests.cli.command_line import CommandLine

COIL, TARGET = "magstim_25mm_figure8", "--target=-44,44,44"
OVER_VERTEX = np.array([[1.0, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 97], [0, 0, 0, 1]])


@pytest.fixture(scope="module")
def ball() -> TetMesh:
    return layered_sphere([0.062, 0.078, 0.081, 0.087, 0.092], [1, 2, 3, 4, 5], 0.013)


@pytest.fixture(scope="module")
def heads(ball: TetMesh, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same head as it should be, with inverted elements, without tags, with unknown ones, without grey matter."""
    folder = tmp_path_factory.mktemp("heads")
    write_msh(folder / "good.msh", ball, binary=False)
    lines = (folder / "good.msh").read_text(encoding="utf-8").splitlines()
    at = [i for i, line in enumerate(lines) if line.split()[1:3] == ["4", "2"] and len(line.split()) == 9]
    changes: dict[str, Callable[[list[str]], list[str]]] = {
        "inverted": lambda w: [*w[:7], w[8], w[7]],
        "untagged": lambda w: [*w[:3], "0", "0", *w[5:]],
        "unknown": lambda w: [*w[:3], "100", "100", *w[5:]],
        "tagless": lambda w: [*w[:2], "0", *w[5:]],
        "flat": lambda w: [*w[:8], w[7]],
    }
    for name, change in changes.items():
        changed = list(lines)
        for i in at[:7]:
            changed[i] = " ".join(change(lines[i].split()))
        (folder / f"{name}.msh").write_text("\n".join(changed) + "\n", encoding="utf-8")
    no_grey = np.where(ball.tissue == 2, 1, ball.tissue)
    write_msh(folder / "no_grey.msh", TetMesh(ball.nodes, ball.tets, no_grey))
    np.savez(folder / "inverted.npz", nodes=ball.nodes, tets=ball.tets[:, [0, 1, 3, 2]], tissue=ball.tissue, name="x",
             statement="x")  # fmt: skip
    np.savez(folder / "tagless.npz", nodes=ball.nodes, tets=ball.tets, name="x", statement="x")
    return folder


@pytest.fixture
def euthymia(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(monkeypatch, capsys)


def refused(act: Callable[[], Any], kind: type[Exception], argument: str, *words: str) -> None:
    """The error is of this class, names the argument, and says what was given and the next step in these words."""
    with pytest.raises(kind) as raised:
        act()
    error = raised.value
    assert getattr(error, "argument", None) == argument
    assert getattr(error, "allowed", "")
    for word in words:
        assert word in str(error), str(error)


def field_refused(euthymia: CommandLine, head: Path, *arguments: object, words: tuple[str, ...]) -> None:
    """`fields solve` ends with 1, says these words on standard error, and has written nothing."""
    ran = euthymia("fields", "solve", "--head", head, "--coil", COIL, "-o", "out", *arguments)
    assert ran.code == 1 and not ran.out
    for word in words:
        assert word in ran.err, ran.err
    assert not Path("out").exists()


def changed_matrix(what: str) -> np.ndarray:
    matrix = OVER_VERTEX.copy()
    if what == "sheared":
        matrix[0, 1] = 0.2
    elif what == "mirrored":
        matrix[0, 0] = -1
    elif what == "scaled":
        matrix[:3, :3] *= 1000
    elif what == "singular":
        matrix[:3, 1] = matrix[:3, 0]
    else:
        matrix[0, 3] = np.nan
    return matrix


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("sheared", ("sheared", "instead of 90°", "Nearest rigid matrix")),
        ("mirrored", ("mirrored", "left-handed", "Nearest rigid matrix")),
        ("scaled", ("scaled", "instead of 1", "Nearest rigid matrix")),
        ("singular", ("singular", "three independent axes")),
        ("not finite", ("finite",)),
    ],
)
def test_a_matrix_that_no_coil_can_have(euthymia: CommandLine, heads: Path, what: str, words: tuple[str, ...]) -> None:
    matrix = changed_matrix(what)
    refused(lambda: CoilPose.from_mm(matrix), InvalidInput, "matrix", *words)
    np.savetxt("pose.txt", matrix)
    field_refused(euthymia, heads / "good.msh", "--matrix", "pose.txt", words=words)


def test_a_sheared_pose_of_a_navigation_file_is_named_and_the_others_are_not_used_silently() -> None:
    rows = ["\t".join([name, *map(str, values)]) for name, values in (
        ("good", (0, 0, 97, 1, 0, 0, 0, -1, 0, 0, 0, -1)), ("bent", (0, 0, 97, 1, 0, 0, 0.3, -1, 0, 0, 0, -1)),
    )]  # fmt: skip
    columns = "Loc. X\tLoc. Y\tLoc. Z\tm0n0\tm0n1\tm0n2\tm1n0\tm1n1\tm1n2\tm2n0\tm2n1\tm2n2"
    text = "\n".join(("# Version: 12", "# Coordinate system: NIfTI:Scanner", f"# Target Name\t{columns}", *rows, ""))
    found = read_navigation(text, "brainsight", name="targets.txt")
    assert [p.name for p in found.poses] == ["good"]
    assert [p.name for p in found.refused] == ["bent"]
    refused(found.require_all, InvalidInput, "brainsight file", "bent", "sheared", "rigid matrices only")


def test_a_target_outside_grey_matter(euthymia: CommandLine, heads: Path, ball: TetMesh) -> None:
    words = ("mm outside grey matter", "nearest grey matter lies at", "--nearest")
    refused(
        lambda: grey_region(ball, np.array([0.005, 0, 0]), title="point", head="ball"), InvalidInput, "--target", *words
    )
    field_refused(euthymia, heads / "good.msh", "--target", "5,0,0", words=words)
    refused(lambda: roi_sphere(ball, (0.0, 0.0, 0.3)), InvalidInput, "center", "mm")


def test_a_head_without_grey_matter(euthymia: CommandLine, heads: Path) -> None:
    field_refused(euthymia, heads / "no_grey.msh", TARGET, words=("`--head`", "tag 2", "Map your labels"))


def test_a_coil_in_the_head(euthymia: CommandLine, heads: Path, ball: TetMesh) -> None:
    inside = OVER_VERTEX.copy()
    inside[2, 3] = 80
    np.savetxt("pose.txt", inside)
    words = ("`--matrix`", "mm into the head", "Move it out along its axis", "--position and --direction")
    field_refused(euthymia, heads / "good.msh", "--matrix", "pose.txt", words=words)
    scalp, shape = Scalp.of(scalp_surface(ball)), casing_shape(coil_model(COIL))
    words = ("mm into the head", "to a center of about")
    refused(lambda: require_outside(shape, CoilPose.from_mm(inside), scalp.distance), InvalidInput, "pose", *words)
    assert 0 < require_outside(shape, CoilPose.from_mm(OVER_VERTEX), scalp.distance) < 0.006
    field_refused(
        euthymia, heads / "good.msh", "--position", "0,0,0", words=("`--position`", "from the scalp", "--target")
    )


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (0.0, InvalidInput, ("0 means that none was measured", "tms threshold --interactive")),
        (120.0, SafetyLimit, ("100 % of machine output", "another coil")),
        (-5.0, InvalidInput, ("1 to 100 %",)),
        (float("nan"), InvalidInput, ("motor_threshold.value_pct_mso",)),
    ],
)
def test_a_motor_threshold_of_nothing_or_above_the_machine(
    euthymia: CommandLine, value: float, kind: type[Exception], words: tuple[str, ...]
) -> None:
    refused(lambda: MotorThreshold(value, "emg"), kind, "motor_threshold.value_pct_mso", *words)
    ran = euthymia("tms", "dose", "--threshold", value, "--method", "emg")
    assert ran.code == (3 if kind is SafetyLimit else 1) and not ran.out
    assert all(word in ran.err for word in words), ran.err


def test_a_dose_or_a_test_pulse_above_the_machine() -> None:
    """The adjusted threshold may leave the machine's range although the measured one lies in it."""
    above = depth_adjusted(MotorThreshold(90, "emg"), 14, 22)
    refused(lambda: dose(above, 120.0), SafetyLimit, "output_pct_mso", "100 %")
    refused(lambda: BayesianHunt("emg").feed(True, pct_mso=120), SafetyLimit, "pct_mso", "1 to 100 %")
    refused(lambda: BayesianHunt("emg").feed(True, pct_mso=0), InvalidInput, "pct_mso", "1")


@pytest.mark.parametrize(
    ("name", "argument", "words"),
    [
        ("inverted", "inverted.msh", ("7 inverted tetrahedra", "--repair-orientation", "repair_orientation=True")),
        ("flat", "tets", ("7 inverted or flat", "remeshed")),
        ("untagged", "untagged.msh", ("without tissue tag in 7", "physical group")),
        ("tagless", "tagless.msh", ("tag", "physical group")),
        ("unknown", "tissue", ("tags [100]", "Map the labels")),
    ],
)  # fmt: skip
def test_a_mesh_with_bad_elements_or_tags(
    euthymia: CommandLine, heads: Path, name: str, argument: str, words: tuple[str, ...]
) -> None:
    path = heads / f"{name}.msh"
    refused(lambda: read_msh(path), InvalidInput, argument, *words)
    field_refused(euthymia, path, TARGET, words=words)


def test_inverted_elements_are_turned_only_when_that_is_asked_for(
    euthymia: CommandLine, heads: Path, ball: TetMesh
) -> None:
    turned = read_msh(heads / "inverted.msh", repair_orientation=True).mesh
    assert turned.tets.shape == ball.tets.shape
    field_refused(
        euthymia, heads / "inverted.msh", "--repair-orientation", "--target", "5,0,0", words=("outside grey matter",)
    )


def test_a_saved_head_with_bad_elements_or_without_tags(euthymia: CommandLine, heads: Path, ball: TetMesh) -> None:
    words = ("inverted", "Swap two nodes")
    refused(lambda: TetMesh(ball.nodes, ball.tets[:, [0, 1, 3, 2]], ball.tissue), InvalidInput, "tets", *words)
    field_refused(euthymia, heads / "inverted.npz", TARGET, words=words)
    field_refused(euthymia, heads / "tagless.npz", TARGET, words=("`--head`", "euthymia fields head"))
    refused(lambda: TetMesh(ball.nodes, ball.tets, ball.tissue[:-1]), InvalidInput, "tissue", "one tag per tetrahedron")


def bad_conductivities(mesh: TetMesh) -> dict[str, tuple[Any, tuple[str, ...]]]:
    values = np.full(mesh.tets.shape[0], 0.3)
    one_nan = values.copy()
    one_nan[11] = np.nan
    tensors = values[:, None, None] * np.eye(3)
    tensor_nan, skew = tensors.copy(), tensors.copy()
    tensor_nan[11, 0, 0] = np.nan
    skew[11, 0, 1] = 0.1
    fix = "Fill or remove"
    return {
        "mapping with NaN": ({2: float("nan")}, ("not finite", "(tag 2)", fix)),
        "array with NaN": (one_nan, ("not finite in 1 elements, first 11", fix)),
        "array with infinity": (np.where(np.arange(values.size) == 11, np.inf, values), ("not finite", fix)),
        "tensor with NaN": (tensor_nan, ("not finite in 1 elements, first 11", fix)),
        "zero": ({4: 0.0}, ("zero or negative", "(tag 4)", "small value")),
        "skew tensor": (skew, ("not symmetric", "order of components")),
        "wrong length": (values[:-1], ("of shape", "per element")),
    }


@pytest.mark.parametrize(
    "case",
    ["mapping with NaN", "array with NaN", "array with infinity", "tensor with NaN", "zero", "skew tensor",
     "wrong length"],
)  # fmt: skip
def test_conductivities_that_are_none(ball: TetMesh, case: str) -> None:
    given, words = bad_conductivities(ball)[case]
    refused(lambda: prepare(ball, given, order=1), InvalidInput, "conductivity", *words)


def test_a_diffusion_tensor_with_nan(ball: TetMesh) -> None:
    diffusion = np.tile(np.eye(3), (ball.tets.shape[0], 1, 1))
    first = int(np.flatnonzero(ball.tissue == 2)[0])
    diffusion[first] = np.nan
    refused(lambda: tensors_from_diffusion(ball, diffusion), InvalidInput, "diffusion", "not finite", f"first {first}")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("2=nan", ("finite conductivity above 0", "--sigma 4=0.01")),
        ("2=inf", ("finite conductivity above 0",)),
        ("4=0", ("finite conductivity above 0", "air is left out of the mesh")),
        ("4=-0.01", ("finite conductivity above 0",)),
        ("2=330", ("at most 100 S/m",)),
        ("bone=0.01", ("TAG=S/M", "--sigma 4=0.01")),
        ("4", ("TAG=S/M",)),
        ("17=0.3", ("SimNIBS volume tag", "11 and 12")),
    ],
)
def test_a_conductivity_of_the_command_line(
    euthymia: CommandLine, heads: Path, given: str, words: tuple[str, ...]
) -> None:
    field_refused(euthymia, heads / "good.msh", TARGET, "--sigma", given, words=("`--sigma`", *words))


def test_a_tag_without_conductivity_is_refused_until_one_is_given(ball: TetMesh) -> None:
    fat = TetMesh(ball.nodes, ball.tets, np.where(ball.tissue == 5, 12, ball.tissue))
    refused(lambda: prepare(fat, order=1), InvalidInput, "values_s_m", "tag 12", "values_s_m={12: 0.3}")
    assert prepare(fat, {12: 0.04}, order=1).sigma[fat.tissue == 12] == pytest.approx(0.04)


def test_one_tag_twice_is_refused(euthymia: CommandLine, heads: Path) -> None:
    both = ("--sigma", "4=0.01", "--sigma", "4=0.02")
    field_refused(euthymia, heads / "good.msh", TARGET, *both, words=("one value for tag 4",))
