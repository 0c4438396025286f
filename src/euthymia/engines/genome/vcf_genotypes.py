"""One sample's genotype at one defined site, and how several records about the same site become one genotype."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.engines.genome.positions import OTHER


@dataclass(frozen=True, slots=True)
class Cell:
    """One sample cell of one record: allele numbers (None for ``.``), phase set (None when unphased), and a fault.

    ``fault`` is why the genotype must not be used: ``"haploid"``, ``"not diploid"``, ``"no depth"``, ``"filtered"``.
    """

    alleles: tuple[int | None, ...]
    phase: str | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Genotype:
    """Allele states on two strands; None is an unknown allele.

    ``phase`` names the phase set of a phased heterozygous genotype and is None otherwise, since a homozygous site is
    free. ``fault`` tells why a genotype is unknown; ``is_spanned`` that a strand's base lies in a called deletion.
    """

    first: int | None
    second: int | None
    phase: str | None = None
    fault: str = ""
    is_spanned: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether at least one strand is unknown for another reason than a deletion that spans the site."""
        return (self.first is None or self.second is None) and not self.is_spanned


MISSING = Genotype(None, None)
CONTRADICTORY = "contradictory records"


def genotype(first: int | None, second: int | None, phase: str | None, *, is_spanned: bool = False) -> Genotype:
    """Make a genotype in its normal form: phase only where it matters, unphased alleles in order."""
    if first == second or phase is None:
        phase = None
        if first is None or (second is not None and second < first):
            first, second = second, first
    return Genotype(first, second, phase, "", is_spanned)


def site_genotype(cell: Cell, states: Sequence[int | None], spanned: frozenset[int] = frozenset()) -> Genotype:
    """Translate a cell's allele numbers into states of a site.

    Parameters
    ----------
    states
        State of each allele number of the record (reference first).
    spanned
        Allele numbers that delete the site as a part of a longer listed deletion, or ``*``.
    """
    if cell.fault == "haploid":
        number = cell.alleles[0]
        return Genotype(None if number is None else states[number], None, None, cell.fault)
    if cell.fault:
        return Genotype(None, None, None, cell.fault)
    first, second = (None if n is None else states[n] for n in cell.alleles)
    missing = any(n is None or (states[n] is None and n not in spanned) for n in cell.alleles)
    return genotype(first, second, cell.phase, is_spanned=not missing and any(n in spanned for n in cell.alleles))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one record may say about a site.

    ``is_primary``: the record stands at the site or carries one of its variants; others only span it.
    ``is_block``: it states the reference and names no variant, so it denies every one.
    ``alts``: the alternative states that the record names, of which a reference genotype is the denial.
    """

    is_primary: bool
    is_block: bool
    alts: frozenset[int]
    line: int


def combine(found: Sequence[tuple[Genotype, Evidence]], *, is_snv: bool) -> Genotype:
    """Merge all records about one site of one sample.

    Records that split a multi-allelic site complete each other. Records that cannot all be true give a genotype with
    the fault :data:`CONTRADICTORY`; nothing is chosen among them.
    """
    if len(found) == 1:
        return found[0][0]
    if any(e.is_primary for _, e in found):
        found = [(g, e) for g, e in found if e.is_primary or OTHER in (g.first, g.second)]
    genotypes = [g for g, _ in found]
    if all(g == genotypes[0] for g in genotypes):
        return genotypes[0]
    faulty = next((g for g in genotypes if g.fault or g.is_missing), None)
    if faulty is not None:
        return faulty
    if _denied(found, is_snv=is_snv):
        return Genotype(None, None, None, CONTRADICTORY)
    carried = [g for g in genotypes if (g.first, g.second) != (0, 0)]
    if len(carried) == 1:
        return carried[0]
    return _merged(carried)


def _denied(found: Sequence[tuple[Genotype, Evidence]], *, is_snv: bool) -> bool:
    """Whether one record calls an allele that another one, which also speaks of it, calls otherwise."""
    for genotype_, evidence in found:
        for other, other_evidence in found:
            if other_evidence is evidence:
                continue
            shared = evidence.alts & other_evidence.alts
            if any(_dose(genotype_, s) != _dose(other, s) for s in shared):
                return True
            plain = other_evidence.is_block and is_snv
            if plain and (genotype_.first, genotype_.second) != (other.first, other.second):
                return True
    return False


def _dose(genotype_: Genotype, state: int) -> int:
    return (genotype_.first == state) + (genotype_.second == state)


def _merged(carried: Sequence[Genotype]) -> Genotype:
    """Lay the called alleles of several records on two strands, if there is room for them."""
    phases = {g.phase for g in carried}
    if len(phases) == 1 and None not in phases:
        strands: list[int] = []
        for side in ("first", "second"):
            called = {s for g in carried if (s := getattr(g, side)) != 0}
            if len(called) > 1:
                return Genotype(None, None, None, CONTRADICTORY)
            strands.append(called.pop() if called else 0)
        return genotype(strands[0], strands[1], carried[0].phase)
    called_all = [s for g in carried for s in (g.first, g.second) if s != 0]
    if len(called_all) > 2:
        return Genotype(None, None, None, CONTRADICTORY)
    return genotype(called_all[0], called_all[1] if len(called_all) > 1 else 0, None)
