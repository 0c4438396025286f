"""A segmentation's quality report as data: what ``euthymia fields labels --json`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from euthymia.plan.document_model import Document, SourceDoc

if TYPE_CHECKING:
    from euthymia.engines.fields.segment import Segmentation
    from euthymia.engines.fields.segment_quality import SegmentationQuality

OWN_PRIOR = "the packaged template head"
TISSUE_NAMES = {1: "White matter", 2: "Grey matter", 3: "CSF", 4: "Bone", 5: "Scalp and other soft tissue"}


class MeasureItem(Document):
    """One measure beside the range in which it is usual; absent bounds are open."""

    measure: str
    title: str
    value: float | None
    shown_in: str
    low: float | None
    high: float | None
    usual: bool
    advice: str
    source: SourceDoc


class LabelledTissue(Document):
    """One tissue: volume, intensity (mean and spread without bias), overlap (Dice) with the template's expectation."""

    tag: int
    tissue: str
    volume_ml: float
    mean: float
    spread: float
    expected_overlap: float | None


class ThicknessItem(Document):
    """Percentiles of the thickness of a layer over the vault, mm."""

    layer: Literal["csf", "skull", "scalp"]
    p5_mm: float | None
    p25_mm: float | None
    p50_mm: float | None
    p75_mm: float | None
    p95_mm: float | None


class LabelsDocument(Document):
    """``euthymia fields labels --json``."""

    document: Literal["euthymia/fields-labels"] = "euthymia/fields-labels"
    schema_version: Literal["1.0"] = "1.0"
    experimental: Literal[True] = True
    statement: str
    verdict: Literal["plausible", "doubtful"]
    verdict_words: str
    image: str
    prior: str
    measures: list[MeasureItem]
    tissues: list[LabelledTissue]
    thickness: list[ThicknessItem]
    bias_least: float
    bias_largest: float
    cut: list[str]
    steps: int
    files: list[str]


def labels_document(
    found: Segmentation, quality: SegmentationQuality, image: str, prior: str = OWN_PRIOR, files: tuple[str, ...] = ()
) -> LabelsDocument:
    """The quality report of a segmentation; ``image`` and ``prior`` name what it was made from."""
    from euthymia.engines.fields.segment import STATEMENT

    return LabelsDocument(
        statement=STATEMENT,
        verdict=quality.verdict,
        verdict_words=verdict_words(quality),
        image=image,
        prior=prior,
        measures=[
            MeasureItem(
                measure=m.row.measure, title=m.row.title, value=_known(m.value), shown_in=m.row.shown_in,
                low=m.row.low, high=m.row.high, usual=m.usual, advice=m.row.advice,
                source=SourceDoc(
                    text=m.row.source, doi=m.row.doi, url=m.row.cite().url, verification=m.row.verification.value,
                    as_of=m.row.as_of.isoformat(),
                ),
            )
            for m in quality.measures
        ],
        tissues=[
            LabelledTissue(
                tag=t.tag, tissue=TISSUE_NAMES[t.tag], volume_ml=t.volume_ml, mean=t.mean, spread=t.spread,
                expected_overlap=_known(t.expected_overlap),
            )
            for t in quality.tissues
        ],
        thickness=[
            ThicknessItem.model_validate(
                {"layer": name, **{f"p{p}_mm": _known(v) for p, v in zip((5, 25, 50, 75, 95), values, strict=True)}}
            )
            for name, values in quality.thickness_mm.items()
        ],
        bias_least=quality.bias_range[0],
        bias_largest=quality.bias_range[1],
        cut=list(quality.cut),
        steps=found.mixture.steps,
        files=list(files),
    )  # fmt: skip


def verdict_words(quality: SegmentationQuality) -> str:
    """The verdict in a sentence; it never says that the labels are right."""
    if quality.verdict == "plausible":
        return "Plausible: no measure is unusual. That does not show that the borders are right: look at the contours."
    titles = (m.row.title for m in quality.unusual)
    names = ", ".join(t if t[:2].isupper() else t[:1].lower() + t[1:] for t in titles)
    return f"Doubtful: unusual are {names}. Do not use these labels before the cause is known."


def _known(value: float) -> float | None:
    return float(value) if value == value and abs(value) != float("inf") else None
