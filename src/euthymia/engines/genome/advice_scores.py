"""Activity score and phenotype of a gene: from one to the other, and back onto the grid the guidelines are written on.

References
----------
Caudle KE et al. Clinical and Translational Science 2020;13:116, doi 10.1111/cts.12692 (CYP2D6 classes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.advice_tables import recommendations
from euthymia.engines.genome.advice_types import PHENOTYPE_CODES
from euthymia.engines.genome.alleles import allele_rows
from euthymia.engines.genome.phenotype import PhenotypeRow, score_rules

_TOLERANCE = 1e-9  # of a score, against rounding in sums of quarters


@dataclass(frozen=True, slots=True)
class ScoreClass:
    """The activity scores of one phenotype (its code); ``step`` is their grid, ``high`` None means no top."""

    phenotype: str
    low: float
    low_included: bool
    high: float | None
    step: float
    rule: PhenotypeRow

    def includes(self, score: float) -> bool:
        """Whether ``score`` belongs to the class."""
        return self.rule.meets(score, score)


@cache
def score_classes(gene: str) -> tuple[ScoreClass, ...]:
    """Return the score classes of a gene, by the rules that calls go by; empty where no advice asks for its score.

    The grid is the smallest activity above 0 that an allele of the gene has.
    """
    if gene not in {row.score_gene for row in recommendations()}:
        return ()
    step = min(row.activity_value for row in allele_rows() if row.gene == gene and row.activity_value)
    made = []
    for rule in score_rules(gene):
        low = rule.score_over if rule.score_from is None else rule.score_from
        high = rule.score_under if rule.score_to is None else rule.score_to
        code = PHENOTYPE_CODES[rule.phenotype.casefold()]
        made.append(ScoreClass(code, low or 0.0, rule.score_from is not None, high, step, rule))
    return tuple(made)


def has_score(gene: str) -> bool:
    """Whether advice on this gene is looked up by its activity score."""
    return bool(score_classes(gene))


def phenotype_of_score(gene: str, score: float) -> str:
    """Return the phenotype code of an activity score.

    Raises
    ------
    InvalidInput
        For a negative or infinite score, or a gene without score classes.
    """
    return _class_of(gene, score).phenotype


def scores_of_phenotype(gene: str, phenotype: str) -> tuple[float, ...]:
    """Return the scores of a class on the grid; for a class without a top its lowest score stands for all."""
    found: list[float] = []
    for row in score_classes(gene):
        if row.phenotype != phenotype:
            continue
        score = row.low if row.low_included else row.low + row.step
        while row.includes(score):
            found.append(score)
            if row.high is None:
                break
            score += row.step
    return tuple(found)


def scores_between(gene: str, low: float, high: float | None) -> tuple[float, ...]:
    """Return the scores on the grid from ``low`` to ``high`` (None: no known top)."""
    rows = score_classes(gene)
    if high is None:
        high = max(low, *(s for row in rows if row.high is None for s in scores_of_phenotype(gene, row.phenotype)))
    step = rows[0].step
    count = math.floor((high - low) / step + _TOLERANCE)
    return tuple(low + i * step for i in range(count + 1)) + (() if _near(low + count * step, high) else (high,))


def on_grid(gene: str, score: float) -> float:
    """Return the score of the guideline's grid that stands for ``score``: the next lower of the same phenotype.

    Inhibition halves scores, so a score may fall between two rows of a table (1.125 between 1 and 1.25). The lower
    neighbor is taken unless that would change the phenotype; then the next higher one.
    """
    row = _class_of(gene, score)
    lower = math.floor(score / row.step + _TOLERANCE) * row.step
    return lower if row.includes(lower) else lower + row.step


def _class_of(gene: str, score: float) -> ScoreClass:
    if not math.isfinite(score) or score < 0:
        raise InvalidInput("score", score, "a finite activity score of 0 or more")
    for row in score_classes(gene):
        if row.includes(score):
            return row
    raise InvalidInput("gene", gene, "a gene with an activity score in phenotype_rules.csv that advice asks for")


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= _TOLERANCE
