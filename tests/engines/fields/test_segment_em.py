"""The mixture finds the tissues of a head whose labels are known, takes the bias out, and refuses other contrasts."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.segment_em import CSF_BELOW_GREY, Mixture, fit_mixture, posterior
from euthymia.engines.fields.segment_mrf import smoothed
from euthymia.engines.fields.segment_prior import TISSUES, prior_of_maps, template_prior
from euthymia.engines.fields.segment_quality import dice
from euthymia.engines.fields.template import template_head

from tests.engines.fields.segment_scene import bias_at, drawn

AIR = (1.0, 1.0)


@cache
def head() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Tags, prior, places and bias of voxels of the template; the prior lies 2 mm beside them."""
    volume = template_head().labels
    index = np.argwhere(volume.labels[::4, ::4, ::4] > 0) * 4
    tags = volume.labels[tuple(index.T)]
    points = index @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    prior = template_prior().at((points + np.array((0.0012, -0.001, 0.0012))).astype(np.float32))
    return tags, prior, points, bias_at(points).astype(np.float32)


@cache
def fitted() -> tuple[np.ndarray, Mixture, np.ndarray]:
    """Intensities, the mixture, and the most likely tags."""
    tags, prior, points, bias = head()
    values = drawn(tags, seed=7) * bias
    mixture = fit_mixture(values, prior, points, AIR)
    return values, mixture, np.array(TISSUES)[posterior(mixture, values, prior, points).argmax(axis=0)]


@pytest.mark.parametrize(("tag", "least"), [(1, 0.95), (2, 0.94), (3, 0.80), (4, 0.80), (5, 0.93)])
def test_each_tissue_is_found(tag: int, least: float) -> None:
    found, truth = fitted()[2], head()[0]
    assert dice(found == tag, truth == tag) > least


def test_image_adds_to_what_the_template_says() -> None:
    truth, prior, _, _ = head()
    guessed = np.array(TISSUES)[prior.argmax(axis=0)]
    brain = np.isin(truth, (1, 2, 3))
    wrong_before, wrong_after = ((v != truth)[brain].mean() for v in (guessed, fitted()[2]))
    assert wrong_after < 0.4 * wrong_before


def test_bias_is_recovered_over_the_brain() -> None:
    tags, _, points, bias = head()
    brain = np.isin(tags, (1, 2))
    ratio = fitted()[1].bias.at(points[brain]) / bias[brain]
    assert ratio.std() / ratio.mean() < 0.01
    assert (bias[brain] / bias[brain].mean()).std() > 0.06


def test_intensities_keep_their_order_and_csf_stays_dark() -> None:
    mixture = fitted()[1]
    white, grey, csf = (mixture.tissue_mean(tag) for tag in (1, 2, 3))
    assert csf < grey < white
    assert (mixture.mean[mixture.owner == 2] <= CSF_BELOW_GREY * mixture.mean[1] + 1e-6).all()
    assert grey / white == pytest.approx(82 / 110, abs=0.02)
    assert csf / white == pytest.approx(32 / 110, abs=0.08)


def test_without_the_limit_on_csf_an_image_without_csf_would_lose_grey_matter() -> None:
    tags, prior, points, _ = head()
    without = np.where(tags == 3, 2, tags)
    mixture = fit_mixture(drawn(without, seed=2), prior, points, AIR)
    found = np.array(TISSUES)[posterior(mixture, drawn(without, seed=2), prior, points).argmax(axis=0)]
    assert dice(found == 2, without == 2) > 0.9


@pytest.mark.parametrize("scale", [1e-3, 40.0])
def test_scale_of_the_intensities_does_not_matter(scale: float) -> None:
    _, prior, points, _ = head()
    values, mixture, found = fitted()
    other = fit_mixture((values * scale).astype(np.float32), prior, points, (scale * AIR[0], scale * AIR[1]))
    assert other.tissue_mean(1) == pytest.approx(scale * mixture.tissue_mean(1), rel=0.01)
    again = np.array(TISSUES)[posterior(other, (values * scale).astype(np.float32), prior, points).argmax(axis=0)]
    assert (again != found).mean() < 0.01


@pytest.mark.parametrize("kind", ["t2", "flat"])
def test_images_without_t1_contrast_are_refused(kind: str) -> None:
    tags, prior, points, _ = head()
    means = {"t2": (0, 60, 90, 200, 20, 60), "flat": (0, 90, 90, 40, 20, 95)}[kind]
    values = np.array(means, dtype=np.float32)[tags] + np.random.default_rng(1).normal(0, 3, tags.size)
    with pytest.raises(InvalidInput, match=r"T2, PD or FLAIR.*give the T1-weighted one"):
        fit_mixture(values.astype(np.float32), prior, points, AIR)


def test_a_place_without_brain_is_refused() -> None:
    _, prior, points, _ = head()
    scalp = np.zeros_like(prior[:, :2000])
    scalp[4] = 1.0
    with pytest.raises(InvalidInput, match="hardly any voxel"):
        fit_mixture(np.linspace(1, 9, 2000, dtype=np.float32), scalp[:, :50], points[:50], AIR)


def test_priors_sum_to_one_and_leave_nothing_impossible() -> None:
    prior = template_prior()
    some = prior.shares[:, ::7, ::7, ::7]
    assert np.allclose(some.sum(axis=0), 1, atol=1e-5) and some.min() > 1e-5
    deep = prior.at(np.array([[0.025, -0.02, 0.025], [0.0, 0.0, 0.09], [0.3, 0.3, 0.3]], dtype=np.float32))
    assert TISSUES[int(deep[:, 0].argmax())] == 1 and TISSUES[int(deep[:, 2].argmax())] == 0


def test_maps_of_another_program_are_put_in_order_and_wrong_ones_refused() -> None:
    maps = np.zeros((4, 4, 4, 6))
    maps[..., 0] = 1.0  # grey matter comes first in SPM
    maps[2:, ..., 0], maps[2:, ..., 1] = 0.0, 1.0
    prior = prior_of_maps(maps, np.diag((0.01, 0.01, 0.01, 1.0)))
    found = prior.at(np.array([[0.0, 0.01, 0.01], [0.03, 0.01, 0.01]], dtype=np.float32))
    assert [TISSUES[i] for i in found.argmax(axis=0)] == [2, 1]
    for wrong, words in ((maps[..., :5], "six maps"), (maps * 255, "0 to 1"), (maps * 0.5, "sum to 1")):
        with pytest.raises(InvalidInput, match=words):
            prior_of_maps(wrong, np.eye(4))


def test_neighbors_outvote_a_lone_voxel_but_not_a_certain_one() -> None:
    shares = np.full((2, 7, 7, 7), 0.1, dtype=np.float32)
    shares[0] = 0.9
    shares[:, 3, 3, 3] = (0.4, 0.6)
    assert smoothed(shares, strength=0.5)[0, 3, 3, 3] > 0.8
    assert np.allclose(smoothed(shares, strength=0.0), shares)
    shares[:, 3, 3, 3] = (0.0001, 0.9999)
    assert smoothed(shares, strength=0.5)[1, 3, 3, 3] > 0.9
    assert np.allclose(smoothed(shares).sum(axis=0), 1, atol=1e-5)
    with pytest.raises(InvalidInput, match="strength"):
        smoothed(shares, strength=-1.0)
