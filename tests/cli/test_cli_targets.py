"""``euthymia tms beam-f3`` and ``euthymia tms targets``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.cli.fields_input import FieldHead, write_head
from euthymia.engines.fields.frames import MniTransform
from euthymia.engines.fields.msh_read import read_msh

from tests.cli.command_line import CommandLine

HEAD = ("--tt", 36, "--ni", 36, "--cf", 57)


def test_beam_f3_names_its_variant_and_shows_the_others(euthymia: CommandLine) -> None:
    ran = euthymia.ok("tms", "beam-f3", *HEAD)
    assert ran.out.startswith("F3 by website calculator: X 6.59 cm, Y 9.50 cm")
    assert "geometry: X 5.67, Y 9.63 cm" in ran.out and ran.out.count("NOT USABLE") == 2
    found = euthymia.document("tms-beam-f3", "tms", "beam-f3", *HEAD, "--variant", "geometry", "--side", "right")
    assert found["used"]["variant"] == "geometry" and found["side"] == "right"
    assert (round(found["used"]["x_cm"], 3), round(found["used"]["y_cm"], 3)) == (5.667, 9.629)
    assert {o["variant"] for o in found["others"] if not o["usable"]} == {"printed_manuscript", "printed_journal"}
    assert "measured the error of F4" in found["errors"][0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tt", 360, "--ni", 36, "--cf", 57), "millimeters"),
        (("--tt", 36, "--ni", 36, "--cf", 22.4), "inches"),
        ((*HEAD, "--variant", "printed_journal"), "Not to be used"),
        ((*HEAD, "--variant", "best"), "website"),
        ((*HEAD, "--side", "links"), "left or right"),
        (("--tt", "nan", "--ni", 36, "--cf", 57), "25 to 50"),
    ],
)
def test_what_cannot_be_used_is_refused_on_one_line(
    euthymia: CommandLine, arguments: tuple[object, ...], words: str
) -> None:
    ran = euthymia("tms", "beam-f3", *arguments)
    assert ran.code == 1 and words in ran.err and ran.out == "" and "Traceback" not in ran.err


def test_the_sheet_is_written_where_asked(euthymia: CommandLine, tmp_path: Path) -> None:
    ran = euthymia.ok("tms", "beam-f3", *HEAD, "-o", "sheet")
    assert sorted(p.name for p in (tmp_path / "sheet").iterdir()) == ["beam-f3.html", "beam-f3.svg"]
    assert ran.out.count("wrote ") == 2


def test_targets_with_provenance_and_a_point_of_ones_own(euthymia: CommandLine) -> None:
    found = euthymia.document("tms-targets", "tms", "targets", "--point", "-40,40,30", "--point", "-50 30 30")
    mine = [t for t in found["targets"] if t["code"].startswith("user")]
    assert [(t["x_mm"], t["y_mm"], t["z_mm"]) for t in mine] == [(-40, 40, 30), (-50, 30, 30)]
    assert all(t["source"] is None for t in mine) and found["fmri"] is None
    number = {t["code"]: t["number"] for t in found["targets"]}
    pairs = {(p["one"], p["other"]): p["distance_mm"] for p in found["pairs"]}
    assert pairs[number["fox_peak"], number["ba46"]] == pytest.approx(29**0.5)
    assert "r = 0.1, p = 0.39, n = 66" in found["connectivity_effect"]
    assert "often misquoted as 'the Fox target'" in euthymia.ok("tms", "targets").out


@pytest.mark.parametrize("text", ["-40,40", "here", "-400,40,30", "nan,0,0"])
def test_a_point_that_is_none_is_refused(euthymia: CommandLine, text: str) -> None:
    ran = euthymia("tms", "targets", "--point", text)
    assert ran.code == 1 and "point" in ran.err and "Traceback" not in ran.err


def test_a_connectivity_map_gives_a_site_its_firmness_and_its_worth(euthymia: CommandLine, tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel", reason="nibabel (extra `fields`) reads NIfTI")
    affine = np.array([[-3.0, 0, 0, 90], [0, 3, 0, -126], [0, 0, 3, -72], [0, 0, 0, 1]])
    place = np.stack(np.indices((61, 73, 61)), axis=-1) @ affine[:3, :3].T + affine[:3, 3]

    def bump(center: tuple[float, ...], size: float, width: float) -> np.ndarray:
        return np.asarray(size * np.exp(-((place - center) ** 2).sum(axis=-1) / (2 * width**2)))

    values = 0.05 + bump((6, 16, -10), 0.8, 10) + bump((-42, 36, 33), -0.5, 6)
    nibabel.save(nibabel.Nifti1Image(values, affine), tmp_path / "map.nii.gz")
    found = euthymia.document("tms-targets", "tms", "targets", "--fmri", "map.nii.gz")
    assert found["fmri"]["cluster_mm"] == pytest.approx([-42, 36, 33], abs=1.5)
    assert found["targets"][-1]["code"] == "fmri" and not found["fmri"]["masked_by_grey_matter"]
    said = euthymia.ok("tms", "targets", "--fmri", "map.nii.gz").out
    assert "NOT cut to grey matter" in said and "optional" in said
    nibabel.save(nibabel.Nifti1Image(-values, affine), tmp_path / "turned.nii.gz")
    ran = euthymia("tms", "targets", "--fmri", "turned.nii.gz")
    assert ran.code == 1 and "multiply it by -1" in ran.err
    alone = euthymia("tms", "targets", "--grey-matter", "map.nii.gz")
    assert alone.code == 1 and "--fmri" in alone.err


def sphere_head(folder: Path) -> np.ndarray:
    """A ball of grey matter under a scalp as ``head.msh``; returns its fiducials (mm)."""
    from euthymia.engines.fields.msh_write import write_msh
    from euthymia.engines.fields.sphere_mesh import layered_sphere

    write_msh(folder / "head.msh", layered_sphere((0.072, 0.0907), (2, 5), 0.012))
    half = 0.36 / 0.0907 / 2
    s, c = 90.7 * np.sin(half), 90.7 * np.cos(half)
    return np.array([[0, s, c], [0, -s, c], [-s, 0, c], [s, 0, c]])


def marked(folder: Path, points: np.ndarray, *more: str) -> str:
    names = ("nasion", "inion", "left_tragus", "right_tragus")
    rows = [f"{name},{x:.3f},{y:.3f},{z:.3f}" for name, (x, y, z) in zip(names, points, strict=True)]
    (folder / "marked.csv").write_text("\n".join(["name,x,y,z", *rows, *more]) + "\n", encoding="utf-8")
    return "marked.csv"


def test_every_rule_and_point_is_compared_on_one_head(euthymia: CommandLine, tmp_path: Path) -> None:
    table = marked(tmp_path, sphere_head(tmp_path), "hand_spot,-54.42,0,72.56")
    found = euthymia.document("tms-targets", "tms", "targets", "--head", "head.msh", "--fiducials", table)
    items = {t["code"]: t for t in found["targets"]}
    assert {"fox_peak", "beam_website", "beam_geometry", "ten_twenty", "left_anterior_dlpfc", "rule_5_5_cm"} <= set(
        items
    )
    assert all(t["space"] == "head" and t["depth_mm"] is not None for t in items.values())
    assert items["beam_website"]["depth_mm"] < 0.5 and items["beam_website"]["off_cortex_mm"] is None
    radius = float(np.linalg.norm([items["ba46"][f"{axis}_mm"] for axis in "xyz"]))
    assert items["ba46"]["off_cortex_mm"] == pytest.approx(abs(radius - 72), abs=1.5)
    number = {code: t["number"] for code, t in items.items()}
    pairs = {(p["one"], p["other"]): p for p in found["pairs"]}
    rules = pairs[number["rule_5_cm"], number["rule_5_5_cm"]]
    assert rules["on_scalp_mm"] == pytest.approx(5, abs=0.3)
    mixed = pairs[number["fox_peak"], number["beam_website"]]
    assert mixed["distance_mm"] is None and mixed["on_scalp_mm"] > 0
    assert "similarity through four fiducials" in found["assumption"]
    euthymia.ok("tms", "targets", "--head", "head.msh", "--fiducials", table, "-o", "out")
    mesh = read_msh(tmp_path / "head.msh").mesh
    here = FieldHead(mesh, "ball", "a ball", MniTransform(np.eye(4), quality="for the test"))
    write_head(here, tmp_path / "head.npz")
    mapped = euthymia.document("tms-targets", "tms", "targets", "--head", "head.npz", "--fiducials", table)
    assert "for the test" in mapped["assumption"] and len(mapped["targets"]) == len(found["targets"])
    page = (tmp_path / "out" / "targets.html").read_text(encoding="utf-8")
    assert "Depth, mm" in page and "Coil site from Beam F3" in page
    assert f"<td>{mixed['on_scalp_mm']:.0f}</td>" in page


def test_a_head_without_what_it_needs_is_refused_with_the_fix_named(euthymia: CommandLine, tmp_path: Path) -> None:
    points = sphere_head(tmp_path)
    swapped, stray, meters = points[[1, 0, 2, 3]], ("hand,1,2,3",), points / 1000
    for arguments, table, words in (
        (("--head", "head.msh"), None, "--in-mni"),
        ((), (points,), "--head HEAD.msh"),
        (("--head", "absent.msh", "--in-mni"), None, "`--head`"),
        (("--head", "head.msh", "--fiducials", "absent.csv"), None, "`--fiducials`"),
        (("--head", "head.msh"), (swapped,), "swapped"),
        (("--head", "head.msh"), (points, *stray), "hand_spot"),
        (("--head", "head.msh"), (meters,), "mm from the scalp"),
        (("--head", "marked.csv", "--in-mni"), None, "marked.csv"),
    ):
        if table is not None:
            arguments = (*arguments, "--fiducials", marked(tmp_path, *table))
        ran = euthymia("tms", "targets", *arguments)
        assert ran.code == 1 and words in ran.err and "Traceback" not in ran.err, arguments
