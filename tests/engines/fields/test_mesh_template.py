"""The packaged template head: made from the ICBM152 maps, small, in MNI space, ready to be meshed and measured."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from euthymia.engines.fields.electrodes import ten_ten
from euthymia.engines.fields.head_mesh import HeadMeshing, mesh_labels
from euthymia.engines.fields.mni_fiducials import estimate_fiducials
from euthymia.engines.fields.scalp_rules import measure_head
from euthymia.engines.fields.surfaces import closest_points, scalp_surface
from euthymia.engines.fields.template import template_head

DATA = resources.files("euthymia.engines.fields") / "data"


def test_template_is_small_and_carries_the_notice_of_the_maps() -> None:
    assert len((DATA / "template_head.npz").read_bytes()) < 2_000_000
    assert "Permission to use, copy, modify, and distribute" in (DATA / "template_head.NOTICE.txt").read_text()
    assert "not this person" in template_head().statement


def test_tissues_of_the_template_have_the_volumes_of_a_head() -> None:
    liters = {tag: volume * 1e3 for tag, volume in template_head().labels.volumes_m3().items()}
    assert sorted(liters) == [1, 2, 3, 4, 5]
    for tag, low, high in ((1, 0.4, 0.8), (2, 0.7, 1.2), (3, 0.15, 0.5), (4, 0.4, 0.9)):
        assert low < liters[tag] < high


@pytest.mark.parametrize(
    ("point_mm", "tags"),
    [
        ((-38, 44, 26), (1, 2)), ((0, 0, 0), (2, 3)), ((25, -20, 25), (1,)), ((-25, -20, 25), (1,)),
        ((15, -30, 20), (3,)), ((0, 76, 10), (3, 4)), ((0, 0, -100), (5,)), ((0, 0, 104), (0,)),
    ],
)  # fmt: skip
def test_known_places_of_mni_space_hold_their_tissue(point_mm: tuple[int, ...], tags: tuple[int, ...]) -> None:
    head = template_head()
    where = head.mni.to_head(np.array(point_mm) * 1e-3)
    assert int(head.labels.at(where)[0]) in tags


def test_shells_lie_inside_one_another_with_skull_and_scalp_of_the_stated_thickness() -> None:
    labels = template_head().labels
    column = labels.at(np.column_stack((np.zeros(150), np.full(150, 0.04), np.arange(150) * 1e-3 - 0.03)))
    outer = [int(np.flatnonzero(np.isin(column, inside)).max()) for inside in ((1, 2, 3), (4,), (5,))]
    assert 5 <= outer[1] - outer[0] <= 9
    assert 4 <= outer[2] - outer[1] <= 9


def test_template_can_be_meshed_and_its_scalp_measured() -> None:
    head = template_head()
    meshed = mesh_labels(head.labels, HeadMeshing(coarse_m=0.010, fine_tissues=()))
    assert meshed.quality.components == 1
    assert max(abs(error) for error in meshed.volume_error.values()) < 0.05
    scalp = scalp_surface(meshed.mesh)
    found = estimate_fiducials(scalp, head.mni)
    assert max(found.moved_m.values()) < 0.012
    positions = ten_ten(measure_head(scalp, found.fiducials))
    f3 = head.mni.to_mni(positions["F3"])[0]
    assert np.linalg.norm(f3 - np.array((-0.050, 0.052, 0.039))) < 0.015
    assert closest_points(scalp, np.array(list(positions.values()))).distance_m.max() < 1e-4
