"""Star alleles: their defining sites, and for every site which alleles permit which base.

A defining (core) site must carry its variant, an optional one may, every other site of the gene carries the GRCh38
reference. Alleles are numbered within a gene, so that "which alleles permit this" is one integer used as a set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from euthymia.core.errors import TableError
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.positions import PACKAGE, gene_rows, panel


@dataclass(frozen=True, slots=True, kw_only=True)
class AlleleRow(SourcedRow):
    """One row of ``alleles.csv``; variants are written ``pos:ref>alt`` on GRCh38."""

    gene: str
    allele: str
    function: str = ""
    activity_value: float | None = None
    is_reference: bool
    structural: bool
    core: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    pharmgkb_id: str = ""


@dataclass(frozen=True, slots=True)
class GeneAlleles:
    """The alleles of a gene that small variants define, ready for matching.

    ``permits[site][state]`` is the set (bit ``i`` for allele ``i``) of alleles that allow the state at the site;
    ``everyone`` has all bits. ``core_sites`` are the indices of sites that define an allele.
    """

    gene: str
    names: tuple[str, ...]
    n_core: tuple[int, ...]
    everyone: int
    permits: Mapping[int, Mapping[int, int]] = field(repr=False)
    core_sites: frozenset[int] = field(repr=False)

    def members(self, bits: int) -> list[int]:
        """The numbers of the alleles in a set."""
        found = []
        while bits:
            low = bits & -bits
            found.append(low.bit_length() - 1)
            bits ^= low
        return found


@cache
def allele_rows() -> tuple[AlleleRow, ...]:
    """The table of alleles."""
    return load_table(PACKAGE, "alleles.csv", AlleleRow)


@cache
def allele_row(gene: str, allele: str) -> AlleleRow | None:
    """Return the row of an allele, or None when the table does not have it."""
    return _by_name().get((gene, allele))


@cache
def _by_name() -> dict[tuple[str, str], AlleleRow]:
    return {(row.gene, row.allele): row for row in allele_rows()}


@cache
def star_genes() -> tuple[str, ...]:
    """Genes called by star alleles, in the order of the table of genes."""
    return tuple(row.gene for row in gene_rows() if row.method == "star")


def allele_order(allele: str) -> tuple[int, str]:
    """Sort key of an allele's name: by number, then by text."""
    match = re.match(r"\*?(\d+)", allele)
    return (int(match.group(1)) if match else 9999, allele)


@cache
def gene_alleles(gene: str) -> GeneAlleles:
    """Return the matching structure of a gene.

    Raises
    ------
    TableError
        When an allele names a variant that the table of positions does not list.
    """
    rows = sorted(
        (r for r in allele_rows() if r.gene == gene and not r.structural), key=lambda r: allele_order(r.allele)
    )
    sites = {site.pos38: site for site in panel("GRCh38").of_gene(gene)}
    everyone = (1 << len(rows)) - 1
    permits = {site.index: {0: everyone, **dict.fromkeys(range(1, 1 + len(site.alts38)), 0)} for site in sites.values()}
    core_sites = set()
    for number, row in enumerate(rows):
        for variants, is_core in ((row.core, True), (row.optional, False)):
            for variant in variants:
                pos, _, change = variant.partition(":")
                ref, _, alt = change.partition(">")
                site = sites.get(int(pos))
                if site is None or site.ref38 != ref or alt not in site.alts38:
                    raise TableError(
                        f"alleles.csv: {gene}{row.allele} has {variant}, which positions.csv does not list"
                    )
                permits[site.index][site.alts38.index(alt) + 1] |= 1 << number
                if is_core:
                    permits[site.index][0] &= ~(1 << number)
                    core_sites.add(site.index)
    return GeneAlleles(
        gene=gene,
        names=tuple(row.allele for row in rows),
        n_core=tuple(len(row.core) for row in rows),
        everyone=everyone,
        permits=permits,
        core_sites=frozenset(core_sites),
    )
