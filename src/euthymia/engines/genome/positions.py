"""The defined positions: where the engine looks, on either build, and which base means which allele state.

A *state* is build-free: 0 is the GRCh38 reference allele, ``i`` the i-th listed alternative. On GRCh37 four sites
have another reference base; because SNV states are looked up by base, they come out right without a special case.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from euthymia.core.tables import SourcedRow, load_table

PACKAGE = "euthymia.engines.genome"
OTHER = -1
"""State of an allele that changes the site but is not listed for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRow(SourcedRow):
    """One row of ``positions.csv``."""

    gene: str
    chrom: str
    pos38: int
    ref38: str
    alts38: tuple[str, ...]
    rsid: str = ""
    pos37: int
    ref37: str = ""
    pos37_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneRow(SourcedRow):
    """One row of ``genes.csv``: how a gene is called and what its call cannot say."""

    gene: str
    method: str
    chrom: str = ""
    start38: int | None = None
    end38: int | None = None
    start37: int | None = None
    end37: int | None = None
    deletion_allele: str = ""
    typed_allele: str = ""
    note: str = ""

    def region(self, build: str) -> tuple[int, int] | None:
        """First and last base of the gene on a build, where the table has them."""
        bounds = (self.start38, self.end38) if build == "GRCh38" else (self.start37, self.end37)
        return None if bounds[0] is None or bounds[1] is None else (bounds[0], bounds[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow(SourcedRow):
    """One row of ``tags.csv``: a variant that only screens for an HLA allele."""

    gene: str
    allele: str
    rsid: str
    chrom: str
    pos38: int
    ref: str
    alt: str
    note: str


@dataclass(frozen=True, slots=True)
class Site:
    """One defined position on the build of the file.

    ``is_checked`` tells whether the reference base is known for this build, so that a contradiction counts.
    """

    index: int
    gene: str
    chrom: str
    pos: int
    pos38: int
    ref: str
    ref38: str
    alts38: tuple[str, ...]
    rsid: str
    is_checked: bool

    @property
    def is_snv(self) -> bool:
        """Whether every listed allele is a single base."""
        return len(self.ref38) == 1 and all(len(alt) == 1 for alt in self.alts38)

    @property
    def ref_state(self) -> int:
        """State of the reference allele of the file's build."""
        return self.base_state(self.ref) if self.is_snv else 0

    def base_state(self, base: str) -> int:
        """State of one base at a single-base site."""
        if base == self.ref38:
            return 0
        return self.alts38.index(base) + 1 if base in self.alts38 else OTHER

    def atom_state(self, ref: str, alt: str) -> int | None:
        """State of a normalized variant anchored here, or None when it is not a listed one."""
        if self.is_snv:
            state = self.base_state(alt) if len(ref) == len(alt) == 1 else OTHER
            return state if state != OTHER else None
        return self.alts38.index(alt) + 1 if ref == self.ref38 and alt in self.alts38 else None

    def allele(self, state: int | None) -> str:
        """The bases of a state, for messages."""
        return "." if state is None else "other" if state == OTHER else (self.ref38, *self.alts38)[state]

    def __str__(self) -> str:
        return f"{self.chrom}:{self.pos}"


@dataclass(frozen=True, slots=True)
class Panel:
    """All sites of one build, indexed for a scan."""

    build: str
    sites: tuple[Site, ...]
    at: Mapping[tuple[str, int], Site] = field(repr=False)
    order: Mapping[str, tuple[tuple[int, ...], tuple[Site, ...]]] = field(repr=False)
    bases: Mapping[tuple[str, int], str] = field(repr=False)

    def spanned(self, chrom: str, first: int, last: int) -> tuple[Site, ...]:
        """Sites whose position lies in ``first``…``last``, both included."""
        if chrom not in self.order:
            return ()
        starts, sites = self.order[chrom]
        return sites[bisect_left(starts, first) : bisect_right(starts, last)]

    def of_gene(self, gene: str) -> tuple[Site, ...]:
        """Sites of a gene in order of position."""
        return tuple(sorted((s for s in self.sites if s.gene == gene), key=lambda s: s.pos38))


@cache
def position_rows() -> tuple[PositionRow, ...]:
    """The table of positions."""
    return load_table(PACKAGE, "positions.csv", PositionRow)


@cache
def gene_rows() -> tuple[GeneRow, ...]:
    """The table of genes, in the order in which calls are given."""
    return load_table(PACKAGE, "genes.csv", GeneRow, key="gene")


@cache
def deletion_allele(gene: str) -> str:
    """Name of the allele that lacks the whole gene, or an empty string."""
    return next((row.deletion_allele for row in gene_rows() if row.gene == gene), "")


@cache
def tag_rows() -> tuple[TagRow, ...]:
    """The table of tag variants."""
    return load_table(PACKAGE, "tags.csv", TagRow, key="rsid")


@cache
def panel(build: str) -> Panel:
    """Return the panel of ``"GRCh38"`` or ``"GRCh37"``."""
    sites = tuple(_site(i, row, build) for i, row in enumerate(position_rows()))
    order = {}
    for chrom in dict.fromkeys(s.chrom for s in sites):
        ordered = tuple(sorted((s for s in sites if s.chrom == chrom), key=lambda s: s.pos))
        order[chrom] = (tuple(s.pos for s in ordered), ordered)
    bases = {(s.chrom, s.pos + i): base for s in sites if s.is_checked for i, base in enumerate(s.ref)}
    return Panel(build, sites, {(s.chrom, s.pos): s for s in sites}, order, bases)


def _site(index: int, row: PositionRow, build: str) -> Site:
    """The row on one build; a GRCh37 base that the source lacks is taken as on GRCh38 and not checked."""
    on_38 = build == "GRCh38"
    return Site(
        index=index,
        gene=row.gene,
        chrom=row.chrom,
        pos=row.pos38 if on_38 else row.pos37,
        pos38=row.pos38,
        ref=row.ref38 if on_38 else (row.ref37 or row.ref38),
        ref38=row.ref38,
        alts38=row.alts38,
        rsid=row.rsid,
        is_checked=on_38 or bool(row.ref37),
    )
