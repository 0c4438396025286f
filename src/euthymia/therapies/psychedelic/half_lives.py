"""Half-lives of what has to be washed out: each drug with its active metabolites, and its depot form."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.facts import Medication
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.psychedelic.tables import PACKAGE

_DEPOT_WORDS = frozenset(
    {
        "depot", "lai", "injection", "injectable", "intramuscular", "im", "decanoate", "palmitate", "pamoate",
        "lauroxil", "maintena", "sustenna", "trinza", "consta", "long-acting",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfLifeRow(SourcedRow):
    """Elimination half-life (h) of one active part of a drug.

    Parameters
    ----------
    drug, formulation
        Ingredient; ``depot`` for the long-acting injection, empty for everything else.
    analyte, formed_from
        The active part, and the part it is formed from (empty for the drug itself).
    low_h, high_h
        Printed range.
    typical_h
        What a wash-out counts with where the source prints a mean; else the upper end counts.
    gene, exposure_analyte
        Enzyme whose poor metabolizers keep it longer, and the analyte of their published exposure ratio.
    poor_low_h, poor_high_h
        Printed half-life in poor metabolizers, where there is one.
    """

    drug: str
    formulation: str = ""
    analyte: str
    low_h: float
    high_h: float
    typical_h: float | None = None
    formed_from: str = ""
    gene: str = ""
    exposure_analyte: str = ""
    poor_low_h: float | None = None
    poor_high_h: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        middle = self.high_h if self.typical_h is None else self.typical_h
        if not 0 < self.low_h <= middle <= self.high_h:
            raise ValueError(f"{self.analyte}: half-lives go from low to typical to high, above 0")

    @property
    def counted_h(self) -> float:
        """The half-life a wash-out counts with."""
        return self.high_h if self.typical_h is None else self.typical_h


def is_depot(medication: Medication) -> bool:
    """Whether a medicine is a long-acting injection, by its name, route or detail."""
    words = f"{medication.name} {medication.route} {medication.detail}".casefold()
    return bool(_DEPOT_WORDS & set(words.replace(",", " ").replace(";", " ").split()))


def half_lives(ingredients: tuple[str, ...], *, depot: bool) -> tuple[HalfLifeRow, ...]:
    """Return the rows of a medicine's ingredients; empty where none is held, also for a depot form without a row."""
    rows: tuple[HalfLifeRow, ...] = load_table(PACKAGE, "half_lives.csv", HalfLifeRow)
    wanted = "depot" if depot else ""
    return tuple(row for row in rows if row.drug in ingredients and row.formulation == wanted)
