"""From two haplotypes to a phenotype: functions or activity scores, by the rows of ``phenotype_rules.csv``.

A haplotype may hold several copies (``*2x2``), an open number (``*4x>=3``, ``*1xN``) or genes in tandem
(``*36x2+*10``); every copy is summed. An allele without an assigned value makes the pair indeterminate: nothing
defaults to normal.

References
----------
Caudle 2020, Clin Transl Sci 13:116 (doi 10.1111/cts.12692) for the CYP2D6 score; CPIC tables for the other genes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.alleles import allele_order, allele_row
from euthymia.engines.genome.call_types import INDETERMINATE, Diplotype
from euthymia.engines.genome.positions import PACKAGE, deletion_allele

_UNIT = re.compile(r"(\*\d+[A-Z]?)(?:\.(\d+))?(?:\((\*\d+[A-Z]?)\))?(?:x(≥|>=)?(\d+|N))?\Z")
_NO_FUNCTION = "No function"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhenotypeRow(SourcedRow):
    """One row of ``phenotype_rules.csv``: a range of the score, or two lists of functions in either order."""

    gene: str
    body: str
    basis: str
    score_over: float | None = None
    score_from: float | None = None
    score_to: float | None = None
    score_under: float | None = None
    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    phenotype: str

    def meets(self, low: float, high: float) -> bool:
        """Whether any score from ``low`` to ``high`` falls under the row."""
        above = (self.score_over is None or high > self.score_over) and (
            self.score_from is None or high >= self.score_from
        )
        below = (self.score_under is None or low < self.score_under) and (self.score_to is None or low <= self.score_to)
        return above and below

    def holds(self, functions: tuple[str, str]) -> bool:
        """Whether the two functions fall under the row."""
        one, two = functions
        return (one in self.first and two in self.second) or (two in self.first and one in self.second)


@dataclass(frozen=True, slots=True)
class Unit:
    """Some copies of one allele; ``alternative`` is a second name that the source could not tell apart."""

    allele: str
    copies: int
    is_open: bool
    alternative: str = ""


@cache
def phenotype_rows() -> tuple[PhenotypeRow, ...]:
    """The rules, those of one guideline body only included."""
    return load_table(PACKAGE, "phenotype_rules.csv", PhenotypeRow)


@cache
def _rules(gene: str) -> tuple[PhenotypeRow, ...]:
    return tuple(row for row in phenotype_rows() if row.gene == gene and row.body != "DPWG_ONLY")


@cache
def score_rules(gene: str) -> tuple[PhenotypeRow, ...]:
    """The rules of a gene that go by its activity score."""
    return tuple(row for row in _rules(gene) if row.basis == "activity_score")


@cache
def is_scored(gene: str) -> bool:
    """Whether the gene's phenotype goes by an activity score."""
    return bool(score_rules(gene))


def parse_haplotype(text: str) -> tuple[Unit, ...]:
    """Parse one side of a diplotype.

    Raises
    ------
    InvalidInput
        When it is not star-allele notation.

    Examples
    --------
    >>> [(u.allele, u.copies, u.is_open) for u in parse_haplotype("*36x2+*10")]
    [('*36', 2, False), ('*10', 1, False)]
    """
    units = []
    for part in text.replace(" ", "").split("+"):
        found = _UNIT.match(part)
        if found is None or found.group(5) == "0":
            raise InvalidInput("haplotype", text, "star alleles such as *1, *1x2, *4x>=3 or *36+*10")
        allele, _, alternative, at_least, copies = found.groups()
        is_open = bool(at_least) or copies == "N"
        units.append(Unit(allele, 2 if copies == "N" else int(copies or 1), is_open, alternative or ""))
    return tuple(units)


@lru_cache(maxsize=4096)
def diplotype(gene: str, first: str, second: str, sites_explained: int = 0) -> Diplotype:
    """Return a diplotype with its functions, activity score and phenotype.

    Parameters
    ----------
    gene
        E.g. ``"CYP2D6"``.
    first, second
        The haplotypes as written; they keep their order.
    """
    sides = (parse_haplotype(first), parse_haplotype(second))
    functions = (_function(gene, sides[0]), _function(gene, sides[1]))
    low, high = _score(gene, sides[0] + sides[1])
    copies = tuple(None if any(u.is_open for u in side) else _copies(gene, side) for side in sides)
    return Diplotype(
        alleles=(first, second),
        text=f"{first}/{second}",
        functions=functions,
        copies=(copies[0], copies[1]),
        phenotype=_phenotype(gene, functions, low, high),
        activity_score_low=low,
        activity_score_high=None if high is None or math.isinf(high) else high,
        sites_explained=sites_explained,
    )


def ordered_diplotype(gene: str, first: str, second: str, sites_explained: int = 0) -> Diplotype:
    """Return a diplotype with the lower allele number first."""
    one, two = sorted((first, second), key=allele_order)
    return diplotype(gene, one, two, sites_explained)


def unknown_alleles(gene: str, text: str) -> list[str]:
    """The alleles of a haplotype that the table does not have."""
    units = parse_haplotype(text)
    return [u.allele for u in units if allele_row(gene, u.allele) is None]


def _copies(gene: str, side: tuple[Unit, ...]) -> int:
    """Copies of the gene on a strand; a deleted gene counts none."""
    return sum(0 if u.allele == deletion_allele(gene) else u.copies for u in side)


def _values(gene: str, unit: Unit) -> list[float] | None:
    names = [unit.allele] + ([unit.alternative] if unit.alternative else [])
    values = []
    for name in names:
        row = allele_row(gene, name)
        if row is None or row.activity_value is None:
            return None
        values.append(row.activity_value)
    return values


def _score(gene: str, units: tuple[Unit, ...]) -> tuple[float | None, float | None]:
    """Bounds of the summed activity (``inf`` when open), or None twice when a value is not assigned."""
    if not is_scored(gene):
        return None, None
    low = high = 0.0
    for unit in units:
        values = _values(gene, unit)
        if values is None:
            return None, None
        low += min(values) * unit.copies
        high += math.inf if unit.is_open and max(values) > 0 else max(values) * unit.copies
    return low, high


def _function(gene: str, side: tuple[Unit, ...]) -> str | None:
    """The function of a side: of its one allele, or none at all when no copy has any."""
    functions = {row.function if (row := allele_row(gene, u.allele)) is not None else "" for u in side}
    if len(side) == 1 and side[0].copies == 1 and not side[0].is_open:
        return functions.pop() or None
    return _NO_FUNCTION if functions == {_NO_FUNCTION} else None


def _phenotype(gene: str, functions: tuple[str | None, str | None], low: float | None, high: float | None) -> str:
    if is_scored(gene):
        if low is None or high is None:
            return INDETERMINATE
        met = [row.phenotype for row in _rules(gene) if row.meets(low, high)]
    elif functions[0] is None or functions[1] is None:
        return INDETERMINATE
    else:
        both = (functions[0], functions[1])
        met = [row.phenotype for row in _rules(gene) if row.holds(both)]
    return ";".join(dict.fromkeys(met)) or INDETERMINATE
