"""Navigation files: axes of each system, round trips, shear and mirror set apart with the nearest rigid matrix."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose, rotation
from euthymia.engines.fields.navigation import AXES, NavigatedPose, read_navigation, write_navigation

WRITABLE = ("simnibs", "localite", "brainsight", "navinibs", "ant")
SHARED = Path(__file__).parents[4] / "shared" / "data" / "tms" / "neuronav"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the exports of ../shared are not in this checkout")

TOP = CoilPose.from_mm([[1, 0, 0, 0], [0, -1, 0, 10], [0, 0, -1, 95], [0, 0, 0, 1]])
"""On top of the head: z down into it, handle (-y) to the front."""


def poses(seed: int, count: int = 5) -> list[NavigatedPose]:
    rng = np.random.default_rng(seed)
    return [
        NavigatedPose(
            f"pose {i} <&\"'>", CoilPose(rotation(rng.normal(size=3), rng.uniform(0, 3), rng.normal(size=3) / 10))
        )
        for i in range(count)
    ]


@pytest.mark.parametrize("system", WRITABLE)
@pytest.mark.parametrize("seed", range(5))
def test_poses_come_back_from_each_system(system, seed):
    given = poses(seed)
    back = read_navigation(write_navigation(given, system), system).require_all()
    assert [p.name for p in back] == [p.name for p in given]
    for one, other in zip(given, back, strict=True):
        assert np.abs(one.pose.matrix - other.pose.matrix).max() < 2e-6


@pytest.mark.parametrize("system", AXES)
def test_axes_of_every_system_are_a_rotation_of_ours(system):
    assert np.linalg.det(AXES[system]) == pytest.approx(1)
    assert np.abs(AXES[system].T @ AXES[system] - np.eye(3)).max() == 0


def test_axes_are_those_of_the_vendors():
    """Localite: x into the head, y to the handle. Brainsight, NaviNIBS: z out of the head, y away from the handle."""
    text = write_navigation([NavigatedPose("top", TOP)], "localite")
    assert 'data00="0"' in text and 'data20="-1"' in text  # x axis points down
    assert 'data11="1"' in text  # y axis points to the handle, which is in front
    target = json.loads(write_navigation([NavigatedPose("top", TOP)], "navinibs"))[0]["coilToMRITransf"]
    assert np.array(target)[:3, 2] == pytest.approx([0, 0, 1]) and np.array(target)[:3, 1] == pytest.approx([0, -1, 0])
    row = write_navigation([NavigatedPose("top", TOP)], "brainsight").splitlines()[-1].split("\t")
    assert [float(cell) for cell in row[10:13]] == pytest.approx([0, 0, 1])


def test_dicom_space_of_localite_is_turned_to_ras():
    text = write_navigation([NavigatedPose("top", TOP)], "localite")
    turned = read_navigation(text.replace('"RAS"', '"LPS"'), "localite").require_all()[0].pose
    assert turned.center == pytest.approx(TOP.center * (-1, -1, 1))
    assert turned.handle == pytest.approx(TOP.handle * (-1, -1, 1))
    with pytest.raises(InvalidInput, match="RAS or LPS"):
        read_navigation(text.replace('"RAS"', '"XYZ"'), "localite")


def test_a_sheared_and_a_mirrored_pose_are_set_apart_with_an_offer():
    good = TOP.in_mm()
    sheared, mirrored = good.copy(), good.copy()
    sheared[:3, 0] += 0.2 * good[:3, 1]
    mirrored[:3, 0] *= -1
    text = json.dumps({"good": good.tolist(), "sheared": sheared.tolist(), "mirrored": mirrored.tolist()})
    found = read_navigation(text, "simnibs")
    assert [p.name for p in found.poses] == ["good"]
    assert "sheared" in found.refused[0].reasons[1] and "mirrored" in found.refused[1].reasons[0]
    assert found.refused[1].nearest_mm == pytest.approx(good)
    assert found.refused[0].turn_deg == pytest.approx(np.degrees(np.arctan(0.1)), abs=1e-6)
    CoilPose.from_mm(found.refused[0].nearest_mm)
    with pytest.raises(InvalidInput, match="2 of 3 poses refused"):
        found.require_all()


def test_the_offer_is_in_our_axes_for_every_system():
    """The nearest rigid matrix of a scaled export is the pose itself, whatever the axes of the file."""
    content = json.loads(write_navigation([NavigatedPose("top", TOP)], "navinibs"))
    matrix = np.array(content[0]["coilToMRITransf"])
    matrix[:3, :3] *= 1.2
    content[0]["coilToMRITransf"] = matrix.tolist()
    refused = read_navigation(json.dumps(content), "navinibs").refused[0]
    assert refused.nearest_mm == pytest.approx(TOP.in_mm())


def test_an_untracked_pulse_is_no_pose_and_output_is_kept():
    cells = " ".join(f'data{i}{j}="{v}"' for i, row in enumerate(np.eye(4).tolist()) for j, v in enumerate(row))
    real = cells.replace('data03="0.0"', 'data03="-40.0"').replace('data23="0.0"', 'data23="90.0"')
    marker = (
        '<TriggerMarker description="" recordingTime="{t}"><ResponseValues><Value key="valueA" response="62.0"/>'
        '<Value key="amplitudeA" response="45.0"/></ResponseValues><Matrix4D {m}/></TriggerMarker>'
    )
    body = marker.format(t=10, m=cells) + marker.format(t=20, m=real)
    text = f'<TriggerMarkerList coordinateSpace="RAS">{body}</TriggerMarkerList>'
    found = read_navigation(text, "localite")
    assert len(found.refused) == 1 and "not tracked" in found.refused[0].reasons[0]
    assert found.poses[0].output_pct == 45 and found.poses[0].slope_a_s == pytest.approx(62e6)
    assert found.poses[0].group == "samples"


BRAINSIGHT = write_navigation([NavigatedPose("a", TOP)], "brainsight")


@pytest.mark.parametrize(
    ("text", "system", "words"),
    [
        ("<a", "localite", "not XML"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a/>', "localite", "entity"),
        ('<InstrumentMarkerList coordinateSpace="RAS"/>', "localite", "at least one coil pose"),
        ("{", "ant", "not JSON"),
        ("{}", "ant", "visor2"),
        (write_navigation([NavigatedPose("a", TOP)], "ant").replace('"mm"', '"cm"'), "ant", "PositionalUnit"),
        (write_navigation([NavigatedPose("a", TOP)], "ant").replace('"simnibs"', '"ant"'), "ant", "CoilAxesConvention"),
        ('[{"key": "a", "targetCoord": [1, 2, 3]}]', "navinibs", "save the target with its pose"),
        ("{}", "navinibs", "SessionConfig_Targets"),
        ("[[1, 2], [3, 4]]", "simnibs", r"\(4, 4\)"),
        (BRAINSIGHT.replace("NIfTI:Aligned", "Brainsight"), "brainsight", "NIfTI:Aligned or NIfTI:Scanner"),
        (BRAINSIGHT.replace("NIfTI:Aligned", "NIfTI:MNI-152"), "brainsight", "Export from Brainsight again"),
        (BRAINSIGHT.replace("95.000000", "high"), "brainsight", "line 8"),
        ("x", "polaris", "one of localite"),
    ],
)
def test_files_that_cannot_be_tied_to_the_image_are_refused(text, system, words):
    with pytest.raises(InvalidInput, match=words):
        read_navigation(text, system)


@pytest.mark.parametrize(
    ("given", "system", "words"),
    [
        ([], "ant", "at least one"),
        ([NavigatedPose("a", TOP), NavigatedPose("a", TOP)], "ant", "its own name"),
        ([NavigatedPose("a\tb", TOP)], "brainsight", "without tabs"),
        ([NavigatedPose("a", TOP)], "softaxic", "one of localite"),
    ],
)
def test_exports_that_would_be_ambiguous_are_refused(given, system, words):
    with pytest.raises(InvalidInput, match=words):
        write_navigation(given, system)


@needs_shared
@pytest.mark.parametrize("path", sorted(SHARED.glob("*")), ids=lambda p: p.name[:40])
def test_published_exports_are_read_and_look_into_the_head(path):
    found = read_navigation(path.read_text(), path.name.split("_")[0], name=path.name)
    if "TMSTrigger" in path.name:
        assert len(found.refused) == 8 and not found.poses
        return
    assert found.poses and not found.refused
    looks = [p.pose.into_head @ -p.pose.center / np.linalg.norm(p.pose.center) for p in found.poses]
    assert np.median(looks) > 0.6
