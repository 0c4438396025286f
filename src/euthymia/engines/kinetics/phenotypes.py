"""Exposure of antidepressants by metabolizer phenotype, against a normal metabolizer, as published; and the CYP2D6
activity that MDMA leaves behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.models import load_model
from euthymia.engines.kinetics.prepared import prepare
from euthymia.engines.kinetics.routes import Doses

MDMA_MODEL = "Mas1999Illustrative"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhenotypeExposure(SourcedRow):
    """Exposure of a group over that of normal metabolizers.

    ``may_apply`` says whether the ratio may be used by itself to change an expected level: False where the groups are
    tiny, the difference is not significant, the drug inhibits its own enzyme, or the sum hides a shift.
    """

    paper: str
    drug: str
    analyte: str
    gene: str
    phenotype: str
    group: str = ""
    activity_score: float | None = None
    ratio: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    may_apply: bool
    note: str = ""

    def __post_init__(self) -> None:
        if self.ratio <= 0:
            raise ValueError("ratio must be above 0")
        if (self.low is None) != (self.high is None) or (
            self.low is not None and self.high is not None and not self.low <= self.ratio <= self.high
        ):
            raise ValueError("low and high come together and hold the ratio")


def phenotype_exposures(drug: str, phenotype: str | None = None) -> tuple[PhenotypeExposure, ...]:
    """Return the published ratios of a drug, for one phenotype (``PM``, ``IM``, ``NM``, ``RM``, ``UM``) or all.

    Several rows for one phenotype are several studies or groups; they are shown side by side and never averaged. An
    empty answer means that no published ratio is held for the phenotype.

    Raises
    ------
    InvalidInput
        For a drug without any row.
    """
    table = load_table("euthymia.engines.kinetics", "phenotype_exposures.csv", PhenotypeExposure)
    drugs = tuple(dict.fromkeys(row.drug for row in table))
    if drug not in drugs:
        raise InvalidInput("drug", drug, f"one of {', '.join(drugs)}")
    known = ("PM", "IM", "NM", "RM", "UM")
    if phenotype is not None and phenotype not in known:
        raise InvalidInput("phenotype", phenotype, f"one of {', '.join(known)}")
    return tuple(row for row in table if row.drug == drug and phenotype in (None, row.phenotype))


def cyp2d6_activity_after_mdma(doses: Doses, times_h: FloatArray) -> FloatArray:
    """Return the CYP2D6 activity ``(t,)`` that is left after MDMA, as a share of the activity before it.

    From the illustrative set ``Mas1999Illustrative`` (its recovery half-life is not verified). It multiplies the
    activity of the genotype; it is no fold change of another drug's exposure.
    """
    model = load_model(MDMA_MODEL)
    states = prepare(model, model.individuals()).states(doses, np.asarray(times_h, dtype=np.float64))
    return np.asarray(states[0, :, model.states.index("E")])
