"""All pairs of alleles that agree with the genotypes of one gene.

Sites whose strands are known relative to each other form a group (a phase set; an unphased heterozygous site is a
group of its own). A pair agrees when every group has an orientation in which both alleles permit what stands on
their strand. Missing sites constrain nothing, so taking a site away can only add pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from euthymia.engines.genome.alleles import GeneAlleles
from euthymia.engines.genome.positions import OTHER
from euthymia.engines.genome.vcf_genotypes import Genotype


@dataclass(frozen=True, slots=True)
class Match:
    """Pairs of allele numbers, most defining variants first, and the phase state of the heterozygous sites."""

    pairs: tuple[tuple[int, int], ...]
    phased: bool | None


def match(alleles: GeneAlleles, genotypes: Mapping[int, Genotype]) -> Match:
    """Enumerate the pairs of alleles that agree with the data.

    Parameters
    ----------
    alleles
        The gene's alleles.
    genotypes
        Genotype of each site (by index) that has one; absent sites are missing.

    Returns
    -------
    Match
        Pairs ordered by number of defining variants (more first), then by name; empty for a novel combination.
    """
    possible = alleles.everyone
    groups: dict[object, tuple[int, int]] = {}
    n_heterozygous = 0
    phases: set[object] = set()
    for index, genotype in genotypes.items():
        permits = alleles.permits[index]
        first = _permitted(alleles, permits, genotype.first)
        if genotype.first == genotype.second:
            possible &= first
            continue
        second = _permitted(alleles, permits, genotype.second)
        if genotype.first is not None:
            n_heterozygous += 1
            phases.add(index if genotype.phase is None else genotype.phase)
        key: object = index if genotype.phase is None else ("phase", genotype.phase)
        known = groups.get(key, (alleles.everyone, alleles.everyone))
        groups[key] = (known[0] & first, known[1] & second)
    pairs: list[tuple[int, int]] = []
    for a in alleles.members(possible):
        partners = possible & ~((1 << a) - 1)
        for left, right in groups.values():
            partners &= (right if left >> a & 1 else 0) | (left if right >> a & 1 else 0)
        pairs.extend((a, b) for b in alleles.members(partners))
    pairs.sort(key=lambda p: (-alleles.n_core[p[0]] - alleles.n_core[p[1]], p))
    return Match(tuple(pairs), None if n_heterozygous < 2 else len(phases) == 1)


def _permitted(alleles: GeneAlleles, permits: Mapping[int, int], state: int | None) -> int:
    """The alleles that allow a state; an unknown one is allowed by all, an unlisted one by none."""
    if state is None:
        return alleles.everyone
    return 0 if state == OTHER else permits.get(state, 0)
