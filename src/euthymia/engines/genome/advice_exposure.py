"""Expected exposure by phenotype against a normal metabolizer, only where a published row exists."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.advice_tables import PACKAGE
from euthymia.engines.genome.advice_types import GeneState
from euthymia.engines.genome.phenoconversion_tables import agent_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRow(SourcedRow):
    """Exposure of one analyte in one phenotype, as a ratio to the normal metabolizer."""

    drug: str
    analyte: str
    gene: str
    phenotype: str
    group: str = ""
    score: float | None = None
    ratio: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    may_scale_dose: bool = True
    note: str = ""

    def __post_init__(self) -> None:
        if not self.ratio > 0:
            raise InvalidInput("ratio", self.ratio, "above 0")
        if (self.low is None) != (self.high is None):
            raise InvalidInput("low", self.low, "both ends of the interval, or none")
        if self.low is not None and self.high is not None and not self.low <= self.ratio <= self.high:
            raise InvalidInput("ratio", self.ratio, f"from low ({self.low}) to high ({self.high})")


@dataclass(frozen=True, slots=True)
class ExposureShift:
    """Expected exposure of one analyte as a ratio to the normal metabolizer (dimensionless).

    ``low`` and ``high`` span the rows and the intervals they give; both are None where one row without an interval is
    all there is. ``dose_ratio`` is the dose that would give the usual exposure, and None where the rows must not be
    used for that; it never replaces a guideline.
    """

    drug: str
    analyte: str
    state: GeneState
    ratio: float
    low: float | None
    high: float | None
    dose_ratio: float | None
    rows: tuple[ExposureRow, ...]
    reasons: tuple[Reason, ...]


def exposure_rows() -> tuple[ExposureRow, ...]:
    """Return every row of the exposure table."""
    return load_table(PACKAGE, "exposures.csv", ExposureRow)


def expected_exposure(drug: str, state: GeneState) -> tuple[ExposureShift, ...]:
    """Return the expected shift for a drug in one state of a gene, one result an analyte; empty where no row exists.

    Give the functional state where co-medication inhibits the enzyme: inhibition lowers the activity and is not
    multiplied onto the exposure. Rows that are written for one activity score hold for that score only.
    """
    analytes: dict[str, list[ExposureRow]] = {}
    for row in exposure_rows():
        if agent_key(row.drug) == agent_key(drug) and row.gene == state.gene and _holds(row, state):
            analytes.setdefault(row.analyte, []).append(row)
    return tuple(_shift(drug, state, analyte, tuple(rows)) for analyte, rows in analytes.items())


def _holds(row: ExposureRow, state: GeneState) -> bool:
    if row.phenotype != state.phenotype:
        return False
    return row.score is None or state.score is None or row.score == state.score


def _shift(drug: str, state: GeneState, analyte: str, rows: tuple[ExposureRow, ...]) -> ExposureShift:
    """The row with an interval stands for all, else the one with the most people; the span is over all rows."""
    best = min(rows, key=lambda r: (r.verification.weight_rank, r.low is None, -(r.n or 0)))
    ends = [e for r in rows for e in (r.ratio, r.low, r.high) if e is not None]
    low, high = (min(ends), max(ends)) if len(ends) > 1 else (None, None)
    dose = 1 / best.ratio if all(r.may_scale_dose for r in rows) else None
    return ExposureShift(drug, analyte, state, best.ratio, low, high, dose, rows, tuple(_reason(r) for r in rows))


def _reason(row: ExposureRow) -> Reason:
    of = "" if row.analyte == "parent" else f" ({row.analyte})"
    who = f", {row.group}" if row.group else ""
    score = f", score {row.score:g}" if row.score is not None else ""
    note = f"; {row.note}" if row.note else ""
    words = f"{row.drug.capitalize()}{of}, {row.gene} {row.phenotype}{who}{score}: exposure {row.ratio:g} times{note}."
    return Reason(
        words,
        (row.cite(),),
        EvidenceGrade.LOW,
        value=row.ratio,
        low=row.low,
        high=row.high,
        unit="ratio",
        code=f"exposure_{row.drug}",
    )
