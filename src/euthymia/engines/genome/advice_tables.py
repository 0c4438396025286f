"""The tables of drug advice as typed rows: recommendations, caps, actions, populations, readings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.advice_types import DoseCap, GeneState, Guideline, Strength

PACKAGE = "euthymia.engines.genome"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationRow(SourcedRow):
    """One row of CPIC or DPWG advice. An empty ``score_high`` beside a ``score_low`` means no top."""

    row_id: str
    guideline: Guideline
    drug: str
    population: str
    score_gene: str = ""
    score_low: float | None = None
    score_high: float | None = None
    score_states: tuple[str, ...] = ()
    gene_a: str = ""
    phenotypes_a: tuple[str, ...] = ()
    gene_b: str = ""
    phenotypes_b: tuple[str, ...] = ()
    actions: tuple[str, ...]
    start_reduction_low_pct: float | None = None
    start_reduction_high_pct: float | None = None
    maintenance_reduction_pct: float | None = None
    dose_factor: float | None = None
    max_dose_factor: float | None = None
    target_raise_pct: float | None = None
    dose_note: str = ""
    strength: Strength

    def __post_init__(self) -> None:
        known = actions()
        for code in self.actions:
            if code not in known:
                raise InvalidInput("actions", code, f"one of {', '.join(known)}")

    @property
    def genes(self) -> tuple[str, ...]:
        """Genes that decide whether the row holds."""
        return tuple(g for g in (self.score_gene, self.gene_a, self.gene_b) if g)

    def holds(self, state: GeneState) -> bool:
        """Whether the row's condition on the gene of ``state`` is met; a score must lie on the grid of its gene."""
        if state.gene == self.score_gene:
            if state.phenotype in self.score_states:
                return True
            low, high, score = self.score_low, self.score_high, state.score
            return low is not None and score is not None and low <= score and (high is None or score <= high)
        return state.phenotype in (self.phenotypes_a if state.gene == self.gene_a else self.phenotypes_b)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCapRow(SourcedRow):
    """A highest dose that belongs to a row of advice or of a label."""

    row_id: str
    max_mg: float
    per: str
    form: str
    per_kg: bool = False
    age_from_yr: float | None = None
    age_below_yr: float | None = None
    is_usual_form: bool = True

    def cap(self) -> DoseCap:
        """Return the row without its provenance."""
        return DoseCap(
            self.max_mg, self.per, self.form, self.per_kg, self.age_from_yr, self.age_below_yr, self.is_usual_form
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow(SourcedRow):
    """An action code in plain words, where it points and how careful it is (1 is the most careful)."""

    code: str
    words: str
    direction: str  # avoid | alternative | lower | scale | cap | caution | slow | higher | level | none | usual
    care_rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationRow(SourcedRow):
    """A population a row is for, or a condition a label names; chosen by age where ages are given, else by its code."""

    code: str
    drug: str = ""
    words: str
    age_from_yr: float | None = None
    age_below_yr: float | None = None

    @property
    def is_by_age(self) -> bool:
        """Whether age decides."""
        return self.age_from_yr is not None or self.age_below_yr is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhenotypeReadingRow(SourcedRow):
    """How a guideline that lacks a phenotype class reads it."""

    guideline: Guideline
    gene: str
    phenotype: str
    read_as: str


@cache
def actions() -> dict[str, ActionRow]:
    """Return the action codes by name."""
    return {row.code: row for row in load_table(PACKAGE, "actions.csv", ActionRow, key="code")}


@cache
def recommendations() -> tuple[RecommendationRow, ...]:
    """Return every row of CPIC and DPWG advice."""
    return load_table(PACKAGE, "recommendations.csv", RecommendationRow, key="row_id")


@cache
def caps_of(row_id: str) -> tuple[DoseCap, ...]:
    """Return the highest doses that belong to a row."""
    return tuple(r.cap() for r in load_table(PACKAGE, "dose_caps.csv", DoseCapRow) if r.row_id == row_id)


@cache
def populations() -> dict[str, PopulationRow]:
    """Return the populations by code."""
    return {row.code: row for row in load_table(PACKAGE, "populations.csv", PopulationRow, key="code")}


@cache
def reading(guideline: Guideline, gene: str, phenotype: str) -> str:
    """Return the phenotype as the guideline knows it."""
    rows: tuple[PhenotypeReadingRow, ...] = load_table(PACKAGE, "phenotype_readings.csv", PhenotypeReadingRow)
    for row in rows:
        if (row.guideline, row.gene, row.phenotype) == (guideline, gene, phenotype):
            return row.read_as
    return phenotype
