"""What drug advice says: one guideline's rows for one drug, with every action that remains possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from euthymia.core.reason import Reason
from euthymia.core.source import Source, Verification, weakest

INDETERMINATE_CODE = "IND"
"""Guideline code of a gene that was tested and whose phenotype cannot be told."""

NO_RESULT_CODE = "NORESULT"
"""Guideline code of a gene that was not tested."""


PHENOTYPE_CODES: dict[str, str] = {
    "poor metabolizer": "PM", "likely poor metabolizer": "LPM", "intermediate metabolizer": "IM",
    "likely intermediate metabolizer": "LIM", "normal metabolizer": "NM", "rapid metabolizer": "RM",
    "ultrarapid metabolizer": "UM", "indeterminate": INDETERMINATE_CODE, "no result": NO_RESULT_CODE,
}  # fmt: skip
"""Full names of the metabolizer classes and their codes."""


class Guideline(StrEnum):
    """Who gives the advice, in the order it is shown."""

    CPIC = "CPIC"
    DPWG = "DPWG"
    FDA = "FDA"

    @property
    def rank(self) -> int:
        """Place in the order shown, from 0."""
        return list(Guideline).index(self)


class Basis(StrEnum):
    """What the advice was looked up with."""

    GENOTYPE = "genotype"  # the phenotype of the genes alone
    FUNCTIONAL = "functional"  # after co-medication, by a method in accepted use
    EXPECTED = "expected"  # after co-medication, where no validated method exists: beside the genotype, never instead
    CONDITION = "condition"  # no gene: age, liver function or a co-medication that the label itself names

    @property
    def rank(self) -> int:
        """Place in the order shown, from 0."""
        return list(Basis).index(self)


class Strength(StrEnum):
    """How strongly the guideline puts it."""

    STRONG = "strong"
    MODERATE = "moderate"
    OPTIONAL = "optional"
    NO_RECOMMENDATION = "no_recommendation"
    NOT_GRADED = "not_graded"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class GeneState:
    """One possible state of a gene.

    Parameters
    ----------
    gene
        HGNC symbol, e.g. ``"CYP2D6"``.
    phenotype
        Code: ``PM``, ``LPM``, ``IM``, ``LIM``, ``NM``, ``RM``, ``UM``, ``IND``, ``NORESULT``, or for HLA and disease
        genes the wording of the table (``"*15:02 positive"``, ``"pathogenic variant"``).
    score
        Activity score (dimensionless, 0 or more), or None where the gene has none or it is not known.
    """

    gene: str
    phenotype: str
    score: float | None = None

    def __str__(self) -> str:
        score = "" if self.score is None else f" (score {self.score:g})"
        return f"{self.gene} {self.phenotype}{score}"


@dataclass(frozen=True, slots=True)
class DoseCap:
    """A highest dose, with the form and the age it holds for."""

    max_mg: float
    per: str  # day | 2 weeks | month
    form: str
    per_kg: bool = False
    age_from_yr: float | None = None
    age_below_yr: float | None = None
    is_usual_form: bool = True

    def __str__(self) -> str:
        ages = [f"from {self.age_from_yr:g}" if self.age_from_yr is not None else ""]
        ages.append(f"below {self.age_below_yr:g}" if self.age_below_yr is not None else "")
        age = " ".join(a for a in ages if a)
        unit = "mg/kg" if self.per_kg else "mg"
        return f"{self.max_mg:g} {unit} per {self.per} ({self.form}{f', {age} years' if age else ''})"


@dataclass(frozen=True, slots=True)
class Option:
    """The row of a guideline that holds for one or more of the possible states of the genes.

    ``actions`` is empty, and ``row_id`` too, where the guideline has no row for these states: it is then silent, which
    is not the same as ``NO_ACTION``. Percentages are of the usual dose.
    """

    states: tuple[tuple[GeneState, ...], ...]
    row_id: str = ""
    actions: tuple[str, ...] = ()
    strength: Strength = Strength.NOT_GRADED
    start_reduction_low_pct: float | None = None
    start_reduction_high_pct: float | None = None
    maintenance_reduction_pct: float | None = None
    dose_factor: float | None = None
    max_dose_factor: float | None = None
    target_raise_pct: float | None = None
    caps: tuple[DoseCap, ...] = ()
    dose_note: str = ""
    is_contraindication: bool = False
    source: Source | None = None

    @property
    def is_silent(self) -> bool:
        """Whether the guideline has no row for these states."""
        return not self.row_id

    @property
    def max_dose_mg(self) -> float | None:
        """Highest daily dose in mg of the usual oral form; the lowest where several ages are possible."""
        found = [c.max_mg for c in self.caps if c.is_usual_form and not c.per_kg and c.per == "day"]
        return min(found, default=None)

    @property
    def combinations(self) -> tuple[str, ...]:
        """The states of the genes as text, one item a combination."""
        return tuple(" × ".join(map(str, combination)) for combination in self.states)


@dataclass(frozen=True, slots=True)
class DrugAdvice:
    """What one guideline says about one drug for one patient.

    Parameters
    ----------
    drug, guideline, population
        What the rows are about; ``population`` is a code of ``populations.csv``.
    genes
        Genes the rows are looked up with.
    basis
        Genotype alone, or after co-medication; see :class:`Basis`.
    options
        Every row that remains possible, the most careful first. More than one: the calls do not decide.
    leads
        False for the genotype row that stands behind a functional one, and for an expected row without a validated
        method.
    agents
        Co-medication that changed what was looked up, or that the label names itself.
    differs_from
        Guidelines whose leading row for the same drug points elsewhere; both are shown, never merged.
    reasons
        Why, with sources.
    """

    drug: str
    guideline: Guideline
    population: str
    genes: tuple[str, ...]
    basis: Basis
    options: tuple[Option, ...]
    leads: bool = True
    agents: tuple[str, ...] = ()
    differs_from: tuple[Guideline, ...] = ()
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def first(self) -> Option:
        """The most careful option."""
        return self.options[0]

    @property
    def is_certain(self) -> bool:
        """Whether one row holds whatever the calls leave open."""
        return len(self.options) == 1

    @property
    def actions(self) -> tuple[str, ...]:
        """Action codes of the most careful option."""
        return self.first.actions

    @property
    def strength(self) -> Strength:
        """Strength of the most careful option."""
        return self.first.strength

    @property
    def dose_factor(self) -> float | None:
        """Factor on the usual dose of the most careful option, where the guideline gives one."""
        return self.first.dose_factor

    @property
    def max_dose_mg(self) -> float | None:
        """Highest daily dose in mg of the most careful option."""
        return self.first.max_dose_mg

    @property
    def sources(self) -> tuple[Source, ...]:
        """The distinct sources of all options."""
        return tuple(dict.fromkeys(option.source for option in self.options if option.source is not None))

    @property
    def verification(self) -> Verification:
        """The weakest state among the sources."""
        return weakest(self.sources)
