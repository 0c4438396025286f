"""Coil files: .ccd, .tcd and NIfTI in; .ccd out; what is wrong is named."""

from __future__ import annotations

import base64
import copy
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.a_field import read_a_field
from euthymia.engines.fields.ccd import format_ccd, parse_ccd
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coils import coil_model, coil_names, dipoles_of, geometry, read_coil
from euthymia.engines.fields.tcd import parse_tcd
from euthymia.engines.fields.vector_potential import potential_per_ampere, total_dA_dt

CCD = """# demo; dIdtmax=120.5;x=-1,1;stimulator=Demo;brand=Maker;coilname=Two dipoles;
2
# centers and moments
0.01 0 -0.005 0 0 1e-4
-0.01 0 -0.005 0 0 -1e-4
"""
SHARED = Path(__file__).parents[4] / "shared" / "data" / "tms" / "coils"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the coil files of ../shared are not in this checkout")


def packed(values, kind="<f8"):
    return base64.b64encode(zlib.compress(np.asarray(values, dtype=kind).tobytes())).decode()


FACES = [[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]
TETRA = {
    "points": [[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, -10]],
    "faces": packed(FACES, "<i8"),
}
TCD = {
    "name": "all kinds",
    "brand": "Maker",
    "coilCasing": 0,
    "coilElementList": [
        {"name": "d", "type": 1, "stimulator": 0, "points": [[0, 0, -5]], "values": [[0, 0, 1e-4]]},
        {
            "name": "w", "type": 2, "stimulator": 1, "elementCasing": 0, "deformations": [0, 1],
            "points": packed([[5.0, 0, -5], [0, 5, -5]]), "values": packed([[0, 2.0, 0], [-2, 0, 0]]),
        },
        {
            "name": "g", "type": 3, "stimulator": 0,
            "affine": [[10, 0, 0, -20], [0, 10, 0, -20], [0, 0, 10, 10], [0, 0, 0, 1]],
            "data": (np.ones((5, 5, 5, 3)) * 1e-8).tolist(),
        },
    ],
    "stimulatorList": [{"name": "S", "maxdIdt": 1e8}, {"name": "T", "maxdIdt": 2e8}],
    "deformList": [
        {"deformRange": 0, "type": "z"},
        {"deformRange": 1, "type": "rot2p", "point1": [0, 0, 0], "point2": [0, 10, 0]},
    ],
    "deformRangeList": [{"initial": 0, "range": [-5, 5]}, {"initial": 0, "range": [-90, 90]}],
    "coilModels": [TETRA],
    "selfIntersectionTest": [[0, 1]],
}  # fmt: skip


def test_ccd_reads_units_names_and_the_largest_slope():
    coil = parse_ccd(CCD, "demo.ccd")
    assert coil.name == "Maker Two dipoles" and coil.drives[0].name == "Demo"
    assert coil.drives[0].slope_max_a_s == pytest.approx(120.5e6)
    assert dipoles_of(coil).positions[0] == pytest.approx([0.01, 0, -0.005])


@pytest.mark.parametrize("coil", coil_names())
def test_our_coils_go_to_ccd_and_back_bit_for_bit(coil):
    model = coil_model(coil)
    again = dipoles_of(parse_ccd(format_ccd(model), "again.ccd"))
    assert np.array_equal(again.positions, dipoles_of(model).positions)
    assert np.array_equal(again.moments_per_ampere, dipoles_of(model).moments_per_ampere)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a .ccd file"),
        (CCD.replace("\n2\n", "\n3\n"), "2 rows under a count of 3"),
        (CCD.replace("0 0 -1e-4", "0 0"), "line 5"),
        (CCD.replace("-0.01 0", "x 0"), "six numbers"),
        (CCD.replace("0.01 0 -0.005", "10 0 -5"), "in mm"),
        (CCD.replace("120.5", "-3"), "A/µs"),
        (CCD.replace("1e-4", "nan"), "not finite"),
        (CCD.replace("\n2\n", "\n"), "number of dipoles"),
    ],
)
def test_broken_ccd_is_refused(text, words):
    with pytest.raises(InvalidInput, match=words):
        parse_ccd(text, "broken.ccd")


def test_tcd_reads_every_kind_of_element():
    coil = parse_tcd(json.dumps(TCD), "all.tcd")
    assert [d.slope_max_a_s for d in coil.drives] == [1e8, 2e8]
    assert coil.casing is not None and coil.casing.nodes.max() == pytest.approx(0.01)
    assert coil.clashing == ((0, 1),)
    kinds = [(n, type(s).__name__) for n, s in coil.sources()]
    assert kinds == [(0, "DipoleSource"), (0, "SampledSource"), (1, "SegmentSource")]
    assert coil.ranges[1].high == pytest.approx(np.pi / 2) and coil.ranges[0].low == pytest.approx(-0.005)


def test_moving_parts_are_moved_in_their_order():
    """First 2 mm along z, then 90° about the y axis: (5, 0, -3) mm becomes (-3, 0, -5) mm."""
    coil = parse_tcd(json.dumps(TCD), "all.tcd")
    wires = coil.sources((0.002, np.pi / 2))[2][1]
    assert wires.centers[0] == pytest.approx([-0.003, 0, -0.005])
    assert coil.casings((0.002, np.pi / 2))[1].nodes[0] == pytest.approx([0.002, 0, 0])
    with pytest.raises(InvalidInput, match=r"settings\[0\]"):
        coil.sources((0.02, 0))


def test_each_drive_has_its_own_slope():
    coil = parse_tcd(json.dumps(TCD | {"coilElementList": TCD["coilElementList"][:2]}), "two.tcd")
    points = [[0.0, 0.001, 0.04]]
    pose = CoilPose(np.eye(4))
    first, second, both = (total_dA_dt(coil.excitations(pose, s), points) for s in ((1e6, 0), (0, 1e6), (2e6, -3e6)))
    assert both == pytest.approx(2 * first - 3 * second, rel=1e-12)
    with pytest.raises(InvalidInput, match="one for each"):
        coil.excitations(pose, (1e6,))


def breaking(path: str, value):
    content = copy.deepcopy(TCD)
    target = content
    *keys, last = path.split("/")
    for key in keys:
        target = target[int(key) if key.isdigit() else key]
    target[last] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "a JSON object"),
        (breaking("wings", 2), "wings"),
        (breaking("coilElementList/0/type", 4), "1 .dipoles."),
        (breaking("coilElementList/0/stimulator", 5), "index into stimulatorList"),
        (breaking("coilElementList/0/values", [[0, 0, 1], [0, 0, 1]]), "as many rows"),
        (breaking("coilElementList/1/points", "####"), "base64"),
        (breaking("coilElementList/1/points", base64.b64encode(b"no zlib").decode()), "base64"),
        (breaking("coilElementList/1/elementCasing", 3), "an index from 0 to 0"),
        (breaking("coilElementList/1/deformations", [7]), "an index from 0 to 1"),
        (breaking("coilElementList/2/data", packed(np.zeros(375))), "pickle"),
        (breaking("coilElementList/2/affine", [[1]]), r"\(4, 4\)"),
        (breaking("deformList/0/type", "twist"), "rot2p"),
        (breaking("deformRangeList/0/range", [5, -5]), "low < high"),
        (breaking("stimulatorList/0/maxdIdt", 0), "positive"),
        (breaking("coilElementList", []), "at least one"),
    ],
)
def test_broken_tcd_is_refused_with_its_path(text, words):
    with pytest.raises(InvalidInput, match=words):
        parse_tcd(text, "broken.tcd")


def test_nifti_potential_is_read_and_interpolated(tmp_path):
    nibabel = pytest.importorskip("nibabel")
    affine = np.diag([5.0, 5, 5, 1])
    affine[:3, 3] = (-40, -40, 15)
    index = np.stack(np.meshgrid(*[np.arange(17)] * 3, indexing="ij"), -1)
    points = (index @ affine[:3, :3].T + affine[:3, 3]) * 1e-3
    source = dipoles_of(coil_model("magstim_70mm_figure8", order=4))
    grid = potential_per_ampere(source, points.reshape(-1, 3)).reshape(points.shape)
    image = nibabel.Nifti1Image(grid.astype(np.float64), affine)
    image.header["descrip"] = b"dIdtmax=100.0;coilname=Test coil"
    nibabel.save(image, tmp_path / "coil.nii.gz")
    coil = read_coil(tmp_path / "coil.nii.gz")
    assert coil.name == "Test coil" and coil.drives[0].slope_max_a_s == 100e6
    at = np.random.default_rng(1).uniform((-0.02, -0.02, 0.03), (0.02, 0.02, 0.08), (50, 3))
    ((_, read),) = coil.sources()
    exact = potential_per_ampere(source, at)
    assert np.abs(potential_per_ampere(read, at) - exact).max() < 5e-3 * np.abs(exact).max()
    nibabel.save(nibabel.Nifti1Image(grid * 1e6, affine), tmp_path / "pulse.nii")
    with pytest.raises(InvalidInput, match="for 1 A"):
        read_a_field(tmp_path / "pulse.nii")
    nibabel.save(nibabel.Nifti1Image(grid[..., 0], affine), tmp_path / "one.nii")
    with pytest.raises(InvalidInput, match="three components"):
        read_a_field(tmp_path / "one.nii")


def test_a_coil_that_is_not_held_says_why_and_what_to_do():
    with pytest.raises(InvalidInput, match=r"path of the wire is not public.*\.tcd"):
        geometry("brainsway_h1")
    with pytest.raises(InvalidInput, match="one of magstim"):
        coil_model("unknown")
    with pytest.raises(InvalidInput, match="ends in"):
        read_coil("coil.stl")


@pytest.mark.parametrize("coil", coil_names())
def test_every_number_of_a_coil_has_a_source_and_guesses_say_so(coil):
    held = geometry(coil)
    for row in held.rows:
        if not row.cite().is_verified:
            assert any(word in row.source for word in ("derived here", "assumed", "measured here")), row.name
    assert held.verification.value == "unverified"


@needs_shared
@pytest.mark.parametrize("path", sorted(SHARED.glob("*.[ct]cd")), ids=lambda p: p.name)
def test_published_coil_files_are_read(path):
    coil = read_coil(path)
    assert all(source.n_elements for _, source in coil.sources())
    known = {"Magstim_70mm_Fig8.ccd", "MagVenture_MC_B70_legacy.ccd"}
    assert path.name in known or all(d.slope_max_a_s and d.slope_max_a_s > 5e7 for d in coil.drives)


@needs_shared
@pytest.mark.parametrize(
    ("ours", "file", "most"),
    [
        ("magstim_70mm_figure8", "MagStim_D70.ccd", 0.13),
        ("magventure_cb60", "MagVenture_C-B60.ccd", 0.08),
        ("b65_class_figure8", "MagVenture_MCF-B65.ccd", 0.1),
    ],
)
def test_our_windings_make_the_measured_field(ours, file, most):
    """Against the dipole models that Drakaki 2022 fitted to measured fields, 15 to 60 mm in front of the face."""
    rng = np.random.default_rng(4)
    points = rng.uniform((-0.06, -0.05, 0.015), (0.06, 0.05, 0.06), (400, 3))
    measured = potential_per_ampere(dipoles_of(read_coil(SHARED / file)), points)
    model = potential_per_ampere(dipoles_of(coil_model(ours)), points)
    assert np.linalg.norm(model - measured) / np.linalg.norm(measured) < most


@needs_shared
@pytest.mark.parametrize(
    ("ours", "file"),
    [
        ("magstim_70mm_figure8", "MagStim_D70.ccd"),
        ("magventure_cb60", "MagVenture_C-B60.ccd"),
        ("magventure_mcb70", "MagVenture_MC-B70.ccd"),
        ("magstim_double_cone", "MagStim_DCC.ccd"),
        ("b65_class_figure8", "MagVenture_Cool-B65.ccd"),
    ],
)
def test_the_current_runs_the_way_it_does_in_the_device(ours, file):
    """The potential under the middle points the same way as in the measured model of the coil."""
    points = [[0, 0, z] for z in (0.02, 0.03, 0.05)]
    measured = potential_per_ampere(dipoles_of(read_coil(SHARED / file)), points)
    model = potential_per_ampere(dipoles_of(coil_model(ours)), points)
    cosine = (measured * model).sum(axis=1) / np.linalg.norm(measured, axis=1) / np.linalg.norm(model, axis=1)
    assert cosine.min() > 0.99
