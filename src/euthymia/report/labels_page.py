"""The page of a segmentation: contours to look at, the verdict, every measure beside its range."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from euthymia import __version__
from euthymia.engines.fields.segment import Segmentation
from euthymia.engines.fields.segment_quality import quality_of
from euthymia.report.field_picture import data_uri
from euthymia.report.labels_document import OWN_PRIOR, LabelsDocument, labels_document
from euthymia.report.labels_picture import BORDERS, label_slices
from euthymia.report.write import write_files


def write_labels_page(
    found: Segmentation, image: str, labels: Path, way: Path, page: Path, prior: str = OWN_PRIOR
) -> LabelsDocument:
    """Write the page of a segmentation and return its document.

    Parameters
    ----------
    found
        The segmentation.
    image
        Name of the image it was made from.
    labels
        Where the labels lie; named on the page.
    way
        Where the MNI coordinates of the head lie.
    page
        Where the page goes.
    prior
        What the prior was made from.
    """
    document = labels_document(found, quality_of(found), image, prior, (str(labels), str(way), str(page)))
    write_files({page.name: labels_html(found, document, labels.name, way.name)}, page.parent)
    return document


def labels_html(found: Segmentation, document: LabelsDocument, labels_name: str, way_name: str) -> str:
    """The page as one file that loads nothing."""
    from euthymia.report.page import environment

    styles = (resources.files("euthymia.report") / "templates" / "labels.css").read_text(encoding="utf-8")
    slices = [(s, data_uri(s.plain), data_uri(s.drawn)) for s in label_slices(found)]
    return environment().get_template("labels.html.j2").render(
        labels=document,
        labels_name=labels_name,
        way_name=way_name,
        slices=slices,
        shown=_shown,
        borders=[(name, "#{:02x}{:02x}{:02x}".format(*color)) for name, _, color in BORDERS],
        unusual=[m for m in document.measures if not m.usual],
        ranges=[_range(m.low, m.high) for m in document.measures],
        styles=f"{environment().globals['styles']}\n{styles}",
        version=__version__,
    )  # fmt: skip


def _shown(value: float) -> str:
    """Three digits, without powers of ten for what is counted in hundreds."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"
