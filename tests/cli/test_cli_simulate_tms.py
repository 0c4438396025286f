"""``euthymia simulate tms``: saved table, a head of one's own (named or attached), pages, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from euthymia.engines.fields.msh_write import write_msh
from euthymia.engines.fields.sphere_mesh import layered_sphere

from tests.cli.command_line import COMPLETE, CommandLine

TMS = ("simulate", "tms", COMPLETE)
THRESHOLD = ("--threshold", 45, "--method", "emg")
SMALL = ("--order", 1, "--coil", "magstim_25mm_figure8", "--stimulator", "magstim_d70")


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ball") / "ball.msh"
    write_msh(path, layered_sphere([0.05, 0.078, 0.081, 0.087, 0.092], [1, 2, 3, 4, 5], 0.014))
    return path


@pytest.fixture(scope="module")
def points(ball: Path) -> Path:
    path = ball.parent / "points.csv"
    rows = ("nasion,0,85.4,-34.2", "inion,0,-85.4,-34.2", "left_tragus,-85.4,0,-34.2", "right_tragus,85.4,0,-34.2")
    more = ("hand_spot,-52,-9,75", "target,-41,41,37")
    path.write_text("\n".join(("name,x,y,z", *rows, *more)) + "\n", encoding="utf-8")
    return path


def attached(folder: Path, *lines: str) -> Path:
    """The complete case with these attachments instead of its own."""
    text = COMPLETE.read_text(encoding="utf-8").split("attachments:")[0]
    path = folder / "case.yaml"
    path.write_text("\n".join([text, "attachments:", *lines, ""]), encoding="utf-8")
    return path


def test_the_saved_table_needs_no_solve(euthymia: CommandLine, tmp_path: Path) -> None:
    found = euthymia.document("simulation", *TMS, "--fast", *THRESHOLD, "-o", "out")
    field = found["field"]
    assert field["is_template"] and field["sites"][0]["target_low_v_m_per_a_us"] is None
    assert {line["way"] for line in field["sites"][0]["doses"]} == {
        "flat", "stokes2007", "matched_p99_9", "matched_roi_mean",
    }  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["doses.csv", "simulation.html", "simulation.json"]
    page = (tmp_path / "out" / "simulation.html").read_text(encoding="utf-8")
    assert "nothing was computed now" in page and "no setting for this patient" in page
    assert json.loads((tmp_path / "out" / "simulation.json").read_text(encoding="utf-8")) == found


def test_the_field_on_a_head_of_ones_own_is_shown_and_dosed(
    euthymia: CommandLine, ball: Path, points: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    case = attached(
        tmp_path, f"  - {{kind: head_mesh, path: {ball}}}", f"  - {{kind: head_points, path: {points}}}"
    )  # fmt: skip
    ran = euthymia.ok("simulate", "tms", case, *SMALL, *THRESHOLD, "-o", "out")
    out = tmp_path / "out"
    assert "As prescribed: 54 % of machine output (62 A/us)" in ran.out and "no head of this patient" not in ran.err
    assert "preparing" in ran.err and "wrote out/field.html" in ran.out.replace(str(tmp_path) + "/", "")
    found = json.loads((out / "simulation.json").read_text(encoding="utf-8"))["field"]
    (site,) = found["sites"]
    assert not found["is_template"] and found["head"] == "ball.msh" and site["page"] == "field.html"
    assert site["target_mm"] == pytest.approx([-41, 41, 37])
    assert site["target_low_v_m_per_a_us"] < site["target_high_v_m_per_a_us"]
    shown = json.loads((out / "field.json").read_text(encoding="utf-8"))
    files = {"field.html", "field.csv", "field.msh", "field.nii.gz", "labels.nii.gz", "field.gii"}
    assert all((out / name).stat().st_size for name in files)
    flat = next(line for line in site["doses"] if line["way"] == "flat")
    assert shown["slope_a_us"] == pytest.approx(flat["didt_a_us"]) == pytest.approx(0.54 * 114.7)
    assert shown["target_v_m"] == pytest.approx(flat["target_v_m"], rel=1e-6)
    with (out / "doses.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["way"] for row in rows] == [line["way"] for line in site["doses"]]
    page = (out / "simulation.html").read_text(encoding="utf-8")
    assert 'href="field.html"' in page and "hot spot marked on this head" in page and "no setting for" not in page
    assert {"field_matched", "depth_adjusted"} <= {
        reason["code"]
        for reason in json.loads((out / "simulation.json").read_text(encoding="utf-8"))["simulated"]["prescription"][
            "reasons"
        ]
    }


@pytest.mark.slow
def test_both_sides_have_their_pages(euthymia: CommandLine, ball: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    found = euthymia.document(
        "simulation", *TMS, "--form", "tms_bilateral", "--head", ball, "--in-mni", *SMALL, "-o", "out"
    )
    pages = [site["page"] for site in found["field"]["sites"]]
    assert pages == ["site-1/field.html", "site-2/field.html"]
    assert all((tmp_path / "out" / page).is_file() for page in pages)
    assert [site["side"] for site in found["field"]["sites"]] == ["right", "left"]


def test_a_threshold_measured_later_doses_a_simulation_at_once(euthymia: CommandLine, tmp_path: Path) -> None:
    simulated = euthymia.document("simulation", *TMS, "--fast", "-o", "out")["field"]
    assert simulated["sites"][0]["doses"][0]["pct_mso"] is None, "no threshold yet"
    path = tmp_path / "out" / "simulation.json"
    found = euthymia.document("tms-dose", "tms", "dose", "--simulation", path, "--threshold", 45, "--method", "emg")
    at_once = euthymia.document("simulation", *TMS, "--fast", *THRESHOLD)["field"]["sites"][0]
    assert found["pct_mso"] == pytest.approx(54) and found["didt_a_us"] == pytest.approx(0.54 * 114.7)
    assert found["sites"][0]["doses"] == at_once["doses"]
    ran = euthymia.ok("tms", "dose", "--simulation", path, "--threshold", 45, "--method", "emg")
    assert "(as prescribed): 120 % rMT, 54.0 % MSO, 61.9 A/us" in ran.out and "no setting for this patient" in ran.out
    for more, words in (
        (("--threshold", 120), "another coil"), (("--threshold", 45, "--intensity", 110), "which holds it"),
        (("--threshold", 45, "--coil", "toaster"), "magstim_d70"), (("--threshold", 95), "measure the threshold again"),
    ):  # fmt: skip
        refused = euthymia("tms", "dose", "--simulation", path, "--method", "emg", *more)
        assert refused.code in (1, 3) and words in refused.err, refused.err
    for file in (tmp_path / "none.json", COMPLETE):
        refused = euthymia("tms", "dose", "--simulation", file, "--threshold", 45, "--method", "emg")
        assert refused.code == 1 and "euthymia simulate tms" in refused.err


def test_the_file_of_a_coil_names_its_own_machine(euthymia: CommandLine, ball: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    header = "# demo; dIdtmax=120;stimulator=Demo;brand=Maker;coilname=Two dipoles;"
    rows = ("-0.02 0 0.0 0 0 -0.01", "0.02 0 0.0 0 0 0.01")
    (tmp_path / "coil.ccd").write_text("\n".join((header, "2", "# x y z m", *rows)) + "\n", encoding="utf-8")
    more = ("--head", ball, "--in-mni", "--order", 1, "--coil", "coil.ccd", *THRESHOLD)
    found = euthymia.document("simulation", *TMS, *more, "-o", "out")["field"]
    flat = found["sites"][0]["doses"][0]
    assert flat["didt_a_us"] == pytest.approx(0.54 * 120) and found["machine_id"] is None
    path = tmp_path / "out" / "simulation.json"
    later = euthymia.document("tms-dose", "tms", "dose", "--simulation", path, "--threshold", 45, "--method", "emg")
    assert later["didt_a_us"] == pytest.approx(0.54 * 120) and later["coil"] is None
    assert any("no casing" in note for note in found["sites"][0]["notes"])


def test_an_h_coil_has_no_field_and_the_rest_is_there(euthymia: CommandLine, tmp_path: Path) -> None:
    ran = euthymia.ok(*TMS, "--form", "tms_deep_h1", "-o", "out")
    assert "not published" in ran.out and "meshing" not in ran.err
    assert (tmp_path / "out" / "simulation.html").is_file() and not (tmp_path / "out" / "field.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--threshold", 0, "--method", "emg"), "hunt it first"),
        (("--threshold", 120, "--method", "emg"), "another coil"),
        (("--threshold", "nan", "--method", "emg"), "motor_threshold"),
        (("--threshold", 90, "--method", "emg"), "measure the threshold again"),
        (("--threshold", 50), "emg or visual"),
        (("--method", "emg"), "--threshold"),
        (("--threshold", 50, "--method", "guess"), "emg | visual"),
        (("--coil", "spoon"), "magstim_70mm_figure8"),
        (("--stimulator", "toaster"), "magstim_d70"),
        (("--order", 3), "1 or 2"),
        (("--fast", "--coil", "magventure_cb60"), "Leave --fast out"),
        (("--fast", "--target=-40,40,30"), "table of the template"),
        (("--fiducials", "points.csv"), "--head"),
        (("--head", "none.msh"), "fields head"),
        (("--head", "labels.nii.gz"), "--scheme"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_solved(
    euthymia: CommandLine, tmp_path: Path, arguments: tuple[object, ...], words: str
) -> None:
    ran = euthymia(*TMS, *arguments, "-o", "out")
    assert ran.code != 0 and words in ran.err, ran.err
    assert "preparing" not in ran.err and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--target=-41,41,99",), "--nearest"),
        (("--target=41,41,37",), "other side"),
        (("--target=-41,41",), "three numbers"),
        (("--form", "tms_10hz"), "--in-mni"),
    ],
)
def test_a_target_that_is_not_there_is_refused_with_the_fix(
    euthymia: CommandLine, ball: Path, tmp_path: Path, arguments: tuple[object, ...], words: str
) -> None:
    ran = euthymia(*TMS, "--head", ball, *SMALL, *arguments, "-o", "out")
    assert ran.code == 1 and words in ran.err, ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("sheared", "Nearest rigid matrix"), ("mirrored", "mirrored"), ("in the head", "mm into the head"),
        ("on the right", "other side"), ("", ""),
    ],
)  # fmt: skip
def test_a_pose_that_was_saved_is_used_or_refused_with_the_fix(
    euthymia: CommandLine, ball: Path, tmp_path: Path, change: str, words: str
) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    c = 0.5**0.5  # from 45° above the left ear, 13 mm off a scalp of 92 mm
    matrix = np.array([[-c, 0, c, -105 * c], [0, 1, 0, 0], [-c, 0, -c, 105 * c], [0, 0, 0, 1]])
    if change == "sheared":
        matrix[0, 1] = 0.2
    elif change == "mirrored":
        matrix[:3, 0] *= -1
    elif change == "in the head":
        matrix[:3, 3] *= 0.8
    elif change == "on the right":
        matrix = np.diag([-1, 1, 1, 1]) @ matrix @ np.diag([-1, 1, 1, 1])
    np.savetxt(tmp_path / "pose.txt", matrix)
    ran = euthymia(*TMS, "--head", ball, "--in-mni", *SMALL, "--matrix", "pose.txt", "-o", "out")
    if words:
        assert ran.code == 1 and words in ran.err, ran.err
        assert not (tmp_path / "out").exists()
        return
    assert ran.code == 0, ran.err
    shown = json.loads((tmp_path / "out" / "field.json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(shown["pose_mm"], matrix, atol=1e-4)
    assert "at the pose that was given" in (tmp_path / "out" / "simulation.html").read_text(encoding="utf-8")


def test_an_attached_head_that_changed_is_refused(euthymia: CommandLine, ball: Path, tmp_path: Path) -> None:
    copy = tmp_path / "head.msh"
    copy.write_bytes(ball.read_bytes())
    case = attached(tmp_path, f"  - {{kind: head_mesh, path: head.msh, sha256: {'0' * 64}, size_bytes: 1}}")
    ran = euthymia("simulate", "tms", case)
    assert ran.code == 1 and "sha256" in ran.err


def test_options_of_the_field_belong_to_tms(euthymia: CommandLine) -> None:
    ran = euthymia("simulate", "ketamine", COMPLETE, "--threshold", 50)
    assert ran.code == 1 and "belongs to tms" in ran.err
