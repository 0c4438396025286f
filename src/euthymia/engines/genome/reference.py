"""Published cases for the engine: consensus CYP2D6 diplotypes of reference materials, with score and phenotype."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.positions import PACKAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceMaterial(SourcedRow):
    """A Coriell sample with its consensus diplotype; the score is None where an allele has no assigned value."""

    sample: str
    diplotype: str
    activity_score: float | None = None
    phenotype: str


@cache
def reference_materials() -> tuple[ReferenceMaterial, ...]:
    """The GeT-RM samples: 54, of which 29 hold a deletion, a duplication or a hybrid."""
    return load_table(PACKAGE, "getrm_cyp2d6.csv", ReferenceMaterial, key="sample")
