"""``euthymia fields compare``: rules, electrodes, targets and own points by the field a coil there makes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from euthymia.engines.fields.msh_write import write_msh
from euthymia.engines.fields.sphere_mesh import layered_sphere

from tests.cli.command_line import CommandLine

COIL = "magstim_25mm_figure8"


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ball") / "ball.msh"
    write_msh(path, layered_sphere([0.062, 0.078, 0.081, 0.087, 0.092], [1, 2, 3, 4, 5], 0.013))
    return path


def connectivity_map(path: Path) -> Path:
    """A map of correlation with the subgenual seed (MNI, 3 mm): anticorrelated around -42 36 33."""
    nibabel = pytest.importorskip("nibabel", reason="nibabel (extra `fields`) reads NIfTI")
    affine = np.array([[-3.0, 0, 0, 90], [0, 3, 0, -126], [0, 0, 3, -72], [0, 0, 0, 1]])
    index = np.stack(np.indices((61, 73, 61)), axis=-1).astype(float)
    mm = index @ affine[:3, :3].T + affine[:3, 3]
    values = np.full(mm.shape[:3], 0.02)
    for center, height in (((6, 16, -10), 0.9), ((-42, 36, 33), -0.6)):
        values += height * np.exp(-((mm - np.array(center)) ** 2).sum(axis=-1) / (2 * 8.0**2))
    nibabel.save(nibabel.Nifti1Image(values.astype(np.float32), affine), path)  # type: ignore[attr-defined]
    return path


def test_sites_are_compared_by_field_with_intervals_page_and_table(
    euthymia: CommandLine, ball: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
    marked = tmp_path / "marked.csv"  # the head lies in no known space: points of MNI space go through the fiducials
    marked.write_text(
        "name,x,y,z\nnasion,0,86,-33\ninion,0,-86,-33\nleft_tragus,-80,-20,-41\nright_tragus,80,-20,-41\n"
        "hand_spot,-55,-10,73\n", encoding="utf-8",
    )  # fmt: skip
    found = euthymia.document(
        "fields-compare", "fields", "compare", "--head", ball, "--coil", COIL, "--order", 1, "--target",
        "weigand", "--point=-40,50,30", "--electrode", "F5", "--fiducials", marked, "--fmri",
        connectivity_map(tmp_path / "map.nii.gz"), "--draws", 20, "--seed", 3, "-o",
        "out",
    )  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["sites.csv", "sites.html", "sites.json"]
    assert json.loads((tmp_path / "out" / "sites.json").read_text(encoding="utf-8")) == found
    rows = {row["code"]: row for row in found["sites"]}
    assert "similarity through four fiducials" in found["assumption"]
    assert rows["fmri"]["scatter"]["method"] == "fmri" and "grey matter was not given" in rows["fmri"]["note"]
    assert {"weigand", "user_1", "eeg_f5", "beam_website", "beam_geometry", "ten_twenty", "rule_5_cm"} <= set(rows)
    fields = [row["goal_v_m"] for row in found["sites"]]
    assert fields == sorted(fields, reverse=True)
    assert [row["number"] for row in found["sites"]] == list(range(1, len(rows) + 1))
    assert rows["weigand"]["goal_v_m"] == pytest.approx(rows["weigand"]["own_v_m"], rel=0.02), "its own goal"
    assert rows["weigand"]["from_goal_site_mm"] < 1 < rows["beam_website"]["from_goal_site_mm"]
    assert rows["rule_5_cm"]["goal_v_m"] < rows["beam_website"]["goal_v_m"]
    for row in rows.values():
        low, high = row["goal_interval_v_m"]
        assert low <= high and 0.3 * row["goal_v_m"] < low < 1.02 * row["goal_v_m"]
        pose = np.array(row["pose_mm"])
        assert np.linalg.norm(pose[:3, 3]) > 92 + 3, "outside the head"
        assert row["coil_to_own_mm"] > row["scalp_to_own_mm"] >= row["scalp_to_cortex_mm"] - 1
    taped, navigated = rows["beam_website"], rows["weigand"]
    assert taped["scatter"]["shift_mm"] == 6.5 and rows["eeg_f5"]["scatter"] is None
    assert np.ptp(taped["goal_interval_v_m"]) > 3 * np.ptp(navigated["goal_interval_v_m"])
    assert any("shares" in words for words in rows["beam_linear"]["warnings"])
    with (tmp_path / "out" / "sites.csv").open(encoding="utf-8", newline="") as stream:
        table = {row["site"]: row for row in csv.DictReader(stream)}
    assert float(table["weigand"]["goal_V_m"]) == pytest.approx(rows["weigand"]["goal_v_m"], rel=1e-3)
    assert table["eeg_f5"]["scatter"] == "not known" and set(table) == set(rows)
    page = (tmp_path / "out" / "sites.html").read_text(encoding="utf-8")
    assert "not a better outcome" in page and "r = 0.1" in page and "http://" not in page.replace("http://www.w3", "")
    assert all(row["title"] in page for row in rows.values() if "'" not in row["title"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--in-mni", "--goal", "nowhere"), "weigand"),
        (("--in-mni", "--target", "nowhere"), "clinical_38_44_26"),
        (("--in-mni", "--method", "by_eye"), "navigated"),
        (("--in-mni", "--electrode", "X9"), "AF3"),
        (("--in-mni", "--side", "middle"), "left or right"),
        (("--in-mni", "--draws", "3"), "20 or more"),
        (("--in-mni", "--order", "3"), "1 or 2"),
        (("--in-mni", "--sigma", "4=-1"), "--sigma"),
        (("--in-mni", "--point", "1,2"), "x,y,z"),
        (("--in-mni", "--grey-matter", "grey.nii"), "--fmri"),
        ((), "--in-mni"),
        (("--goal=-42,44,30",), "fiducials"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_fix(
    euthymia: CommandLine, ball: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    ran = euthymia("fields", "compare", "--head", ball, "--coil", COIL, "-o", "out", *arguments)
    assert ran.code == 1 and words in ran.err, ran.err
    assert not (tmp_path / "out").exists()
