"""The page of a segmentation: experimental in plain sight, borders to look at, every measure beside its range."""

from __future__ import annotations

import re

import numpy as np
import pytest
from html_checks import Page

from euthymia.engines.fields.segment_quality import quality_of
from euthymia.report.labels_document import LabelsDocument, labels_document
from euthymia.report.labels_page import labels_html
from euthymia.report.labels_picture import BORDERS, ZOOM, label_slices

from tests.engines.fields.segment_scene import ball_segmentation


@pytest.fixture(scope="module")
def document() -> LabelsDocument:
    found = ball_segmentation()
    return labels_document(found, quality_of(found), "T1 <a>.nii.gz", "TPM <b>.nii", ("labels.nii.gz",))


@pytest.fixture(scope="module")
def page(document: LabelsDocument) -> str:
    return labels_html(ball_segmentation(), document, "labels.nii.gz", "labels_mni.nii.gz")


def test_page_is_whole_and_loads_nothing(page: str) -> None:
    read = Page(page)
    assert read.problems == [] and len(read.ids) == len(set(read.ids))
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "TPM &lt;b&gt;.nii were the prior" in page
    assert "T1 &lt;a&gt;.nii.gz" in page and "T1 <a>" not in page
    assert len(read.all("img")) == 6 and all(image["alt"] for image in read.all("img"))


def test_page_says_that_it_is_experimental_and_names_the_recommended_road(page: str) -> None:
    words = Page(page).text
    assert "EXPERIMENTAL" in words and "charm" in words and "recommended road" in words
    assert "Doubtful: unusual are white matter" in words
    assert "The head goes on beyond the image at: neck" in words
    assert "euthymia fields head labels.nii.gz --mni labels_mni.nii.gz -o head.npz" in words


def test_every_measure_is_shown_with_its_range(page: str, document: LabelsDocument) -> None:
    words = Page(page).text
    for measure in document.measures:
        assert measure.title in words
    assert "350 to 800" in words and "at most 2.5" in words and "at least 0.6" in words
    assert {m.source.verification for m in document.measures} == {"unverified"}
    assert "marked unverified" in words


def test_slices_keep_left_on_the_left_and_up_above() -> None:
    found = ball_segmentation()
    values = found.image.values
    values[60:64, 40:48, 40:60] = 300.0  # bright, right of the middle
    by_plane = {s.plane: s for s in label_slices(found)}
    for plane in ("coronal", "axial"):
        assert by_plane[plane].letters == ("L", "R")
        bright = np.argwhere(by_plane[plane].plain[..., 0] > 200)
        assert bright.size and bright[:, 1].mean() > 0.55 * by_plane[plane].plain.shape[1]
    assert by_plane["axial"].plain.shape == (88 * ZOOM, 88 * ZOOM, 4)


def test_borders_lie_where_the_tissues_meet() -> None:
    drawn = label_slices(ball_segmentation())[2].drawn
    colors = {color for _, _, color in BORDERS}
    found = {tuple(int(v) for v in pixel) for pixel in drawn[..., :3].reshape(-1, 3)}
    assert colors <= found
    assert tuple(drawn[0, 0]) == (*drawn[0, 0, :1],) * 3 + (255,)
