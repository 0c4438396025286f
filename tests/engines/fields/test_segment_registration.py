"""The template is brought onto an image; a whole image is labelled, and its labels are close to the known ones."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from euthymia.core.errors import InvalidInput, MissingExtra
from euthymia.engines.fields import registration
from euthymia.engines.fields.label_volume import LabelVolume
from euthymia.engines.fields.registration import Registration, first_guess, register
from euthymia.engines.fields.segment import segment_t1
from euthymia.engines.fields.segment_quality import dice, quality_of
from euthymia.engines.fields.t1_image import T1Image
from euthymia.engines.fields.template import template_head

from tests.engines.fields.segment_scene import bias_at, drawn, small_registration


def test_a_shift_is_added_after_the_affine() -> None:
    affine = np.diag((1.1, 1.0, 0.9, 1.0))
    shift = np.zeros((5, 5, 5, 3), dtype=np.float32)
    shift[..., 1] = 0.004
    found = Registration(affine, shift, np.diag((0.05, 0.05, 0.05, 1.0)), (0.5, 0.9))
    assert np.allclose(found.to_template(np.array([[0.1, 0.1, 0.1]])), [[0.11, 0.104, 0.09]], atol=1e-6)
    assert found.jacobian_range() == pytest.approx((1.0, 1.0))


def test_folding_shows_in_the_local_change_of_volume() -> None:
    assert small_registration().jacobian_range() == pytest.approx((1.0, 1.0))
    grid = small_registration().shift_affine
    at = np.indices((23, 23, 23)).transpose(1, 2, 3, 0) * 0.004
    stretched = Registration(np.eye(4), (0.5 * at).astype(np.float32), grid, (0.5, 0.9))
    assert stretched.jacobian_range()[0] == pytest.approx(1.5**3, rel=1e-3)
    folded = Registration(np.eye(4), (at * (-1.5, 0, 0)).astype(np.float32), grid, (0.5, 0.9))
    assert folded.jacobian_range()[0] < 0


def moved_template(size: float, offset: np.ndarray) -> T1Image:
    """The template as an image of a head of another size and place, on a 2 mm grid."""
    volume = template_head().labels
    tags = volume.labels[::2, ::2, ::2]
    affine = volume.affine.copy()
    affine[:3, :3] *= 2 * size
    affine[:3, 3] = size * volume.affine[:3, 3] + offset
    return T1Image(drawn(tags, seed=1), affine, tags > 0, (1.0, 1.0), ())


def test_first_guess_finds_size_and_place() -> None:
    offset = np.array((0.03, -0.02, 0.05))
    found = first_guess(moved_template(0.95, offset), template_head().labels)
    middle = np.array((0.0, -0.02, 0.02))
    back = found[:3, :3] @ (0.95 * middle + offset) + found[:3, 3]
    assert back == pytest.approx(middle, abs=0.004)
    assert found[0, 0] == pytest.approx(1 / 0.95, abs=0.02)


def test_without_dipy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dipy.align", None)
    with pytest.raises(MissingExtra, match=r"dipy.*euthymia\[imaging\]"):
        register(moved_template(1.0, np.zeros(3)), template_head().labels)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.diag((1.0, 1.0, 2.0, 1.0)), "stretched 1.00 to 2.00"),
        (np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]), "tilted 90°"),
        (np.diag((-1.0, 1.0, 1.0, 1.0)), "whether up is up"),
    ],
)
def test_a_template_that_does_not_fit_is_refused(matrix: np.ndarray, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        registration._check_affine(matrix)


def person(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A head made from the template: turned, stretched, deformed by up to 5 mm; its tags, T1 and affine (m)."""
    random = np.random.default_rng(seed)
    volume = template_head().labels
    shape = volume.labels.shape
    index = np.indices(shape).astype(np.float32)
    for axis in range(3):
        wave = gaussian_filter(random.standard_normal([s // 8 + 2 for s in shape]), 3)
        wave *= 5 / np.abs(wave).max()
        index[axis] += map_coordinates(wave, np.indices(shape).astype(np.float32) / 8, order=1)
    middle = (np.array(shape) / 2)[:, None, None, None]
    angle = 0.15
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    index = np.tensordot(turn @ np.diag((1.05, 0.95, 1.02)), index - middle, 1) + middle
    tags = map_coordinates(volume.labels, index, order=0)
    points = np.indices(shape).reshape(3, -1).T @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    image = gaussian_filter(drawn(tags, seed, noise=0.0), 0.5) * bias_at(points).reshape(shape)
    image = np.hypot(image + 3 * random.standard_normal(shape), 3 * random.standard_normal(shape))
    affine = volume.affine.copy()
    affine[:3, 3] += (0.02, 0.03, -0.04)
    return tags, image, affine


@pytest.mark.slow
def test_labels_of_a_whole_head_are_found() -> None:
    pytest.importorskip("dipy", reason="dipy (extra imaging) is not installed")
    tags, image, affine = person(5)
    said: list[str] = []
    found = segment_t1(image, affine, say=said.append)
    volume = found.labels
    places = np.argwhere(volume.labels >= 0) @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    truth = LabelVolume(tags, affine).at(places).reshape(volume.labels.shape)
    overlap = {tag: dice(volume.labels == tag, truth == tag) for tag in (1, 2, 3, 4, 5)}
    for tag, least in ((1, 0.92), (2, 0.90), (3, 0.70), (4, 0.75), (5, 0.85)):
        assert overlap[tag] > least, overlap
    assert dice(np.isin(volume.labels, (1, 2, 3)), np.isin(truth, (1, 2, 3))) > 0.95
    quality = quality_of(found)
    assert quality.verdict == "plausible", [(m.row.measure, m.value) for m in quality.unusual]
    assert len(said) == 5 and "deformation" in said[2]
