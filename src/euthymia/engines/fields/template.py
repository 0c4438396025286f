"""The template head: an average brain in MNI space inside plain shells, for when there is no scan of the person."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from euthymia.engines.fields.frames import MniTransform
from euthymia.engines.fields.label_volume import LabelVolume

STATEMENT = (
    "Template head, not this person's: white and grey matter are the average of 152 people (ICBM152 2009a symmetric), "
    "the CSF over the gyri, skull (6 mm) and scalp (5.5 mm) have set thicknesses, face and neck are plain shapes. "
    "Fields show the order of size and the shape of a typical field; the distance from scalp to cortex of this person "
    "may differ by several millimetres."
)


@dataclass(frozen=True, slots=True, eq=False)
class TemplateHead:
    """Labels (1 mm), the mapping to MNI space (identity) and what has to be said wherever it is used."""

    labels: LabelVolume
    mni: MniTransform
    statement: str


@cache
def template_head() -> TemplateHead:
    """Load the packaged template.

    References
    ----------
    Fonov, Evans, McKinstry, Almli, Collins 2009, NeuroImage 47:S102. doi 10.1016/S1053-8119(09)70884-5
    """
    data = (resources.files("euthymia.engines.fields") / "data" / "template_head.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        labels = LabelVolume(stored["labels"], stored["affine"])
    return TemplateHead(labels, MniTransform(np.eye(4), quality="the template is in MNI space"), STATEMENT)
