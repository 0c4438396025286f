"""What a genome call says: one frozen value a gene, with everything that could not be told beside it.

These types carry the engine's results to advice, phenoconversion and reports. A call never hides an alternative: all
diplotypes that agree with the data are listed, and what the data cannot exclude is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

INDETERMINATE = "Indeterminate"
"""The phenotype of a call that rests on an allele without an assigned function, or on no data."""


class CallStatus(StrEnum):
    """How far a gene could be called, from certain to not at all."""

    CALLED = "called"  # one diplotype agrees with complete data
    AMBIGUOUS = "ambiguous"  # complete data, several diplotypes agree
    INCOMPLETE = "incomplete"  # positions that define alleles are missing
    NO_CALL = "no_call"  # no usable data, or a combination that no defined allele explains

    @property
    def certainty_rank(self) -> int:
        """Order from most certain (0) to least (3)."""
        return list(CallStatus).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diplotype:
    """Two haplotypes of one gene with what they mean together.

    Parameters
    ----------
    alleles
        The two sides as written, e.g. ``("*1", "*36x2+*10")``; for a single-variant gene the two bases.
    text
        The conventional notation, e.g. ``"*1/*36x2+*10"``.
    functions
        Clinical function of each side (``"No function"`` …), or None where none is assigned.
    copies
        Gene copies on each side; None where the number is open or not measured.
    phenotype
        Full name of the class, e.g. ``"Intermediate Metabolizer"``, or :data:`INDETERMINATE`.
    activity_score_low, activity_score_high
        Bounds of the activity score; equal when the score is known, both None when the gene has none or an allele
        has no value. ``activity_score_high`` alone is None when the number of copies has no known top.
    sites_explained
        Number of defining variants on both sides together.
    """

    alleles: tuple[str, str]
    text: str
    phenotype: str
    functions: tuple[str | None, str | None] = (None, None)
    copies: tuple[int | None, int | None] = (None, None)
    activity_score_low: float | None = None
    activity_score_high: float | None = None
    sites_explained: int = 0

    @property
    def activity_score(self) -> float | None:
        """The score where it is one number, else None."""
        return self.activity_score_low if self.activity_score_low == self.activity_score_high else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneCall:
    """What the data say about one gene of one sample.

    Parameters
    ----------
    diplotypes
        Every diplotype that agrees with the data, most defining variants first. Empty when nothing can be said, or
        when missing positions leave more than the engine lists (then ``n_possible`` counts them).
    phenotype
        The one phenotype all possibilities share, else the distinct ones parted by ``;``, or ``"Indeterminate"``.
    activity_score_low, activity_score_high
        Range over all possibilities; None when one of them has no score. ``activity_score_high`` alone is None when
        the top is open.
    phased
        True when the heterozygous sites are phased to each other, False when not, None where phase does not matter.
    missing_positions
        Defining positions without a usable genotype, as ``chr22:42126611``, on the build of the file.
    excluded_cannot
        Alleles that the missing positions leave possible beside those that full data at the reference would give.
    if_missing_were_reference
        Diplotypes that would follow if every missing position carried the reference base: context, not a call.
    copy_number_measured
        Whether gene copy number is known (structural record or outside call); None where it is not asked.
    provenance
        Where the call comes from: ``"vcf"``, ``"vcf + structural record"``, ``"outside call: <file>"``.
    """

    sample: str
    gene: str
    status: CallStatus
    diplotypes: tuple[Diplotype, ...] = ()
    phenotype: str = INDETERMINATE
    activity_score_low: float | None = None
    activity_score_high: float | None = None
    phased: bool | None = None
    missing_positions: tuple[str, ...] = ()
    excluded_cannot: tuple[str, ...] = ()
    if_missing_were_reference: tuple[str, ...] = ()
    n_possible: int = 0
    copy_number_measured: bool | None = None
    notes: tuple[str, ...] = ()
    provenance: str = "vcf"

    @property
    def diplotype_text(self) -> str:
        """All diplotypes as one cell, parted by ``;``."""
        return ";".join(d.text for d in self.diplotypes)

    @property
    def phenotypes(self) -> tuple[str, ...]:
        """The distinct phenotypes that remain possible."""
        return tuple(self.phenotype.split(";"))


@dataclass(frozen=True, slots=True, kw_only=True)
class GenomeCalls:
    """All gene calls of one sample, with what is needed to repeat them.

    ``input_sha256`` is of the bytes that were read: of the whole file where ``input_part`` is empty, else of the part
    that it names.
    """

    sample: str
    build: str
    input_sha256: str
    genes: tuple[GeneCall, ...]
    table_versions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    input_part: str = ""

    def gene(self, name: str) -> GeneCall | None:
        """Return the call of one gene, or None."""
        return next((g for g in self.genes if g.gene == name), None)
