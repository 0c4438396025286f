"""VCF files made in code from the packaged tables: chosen alleles on chosen strands, in the shape a test asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from euthymia.engines.genome import GeneCall, GenomeCalls, call_vcf
from euthymia.engines.genome.alleles import AlleleRow, allele_rows
from euthymia.engines.genome.build import contig_rows
from euthymia.engines.genome.positions import Site, panel

Haplotypes = Mapping[str, tuple[str, str]]
PANEL_GENES = ("CYP2D6", "CYP2C19", "CYP2B6", "CYP2C9", "CYP3A4", "CYP3A5", "CYP1A2")
REFERENCE = {row.gene: row.allele for row in allele_rows() if row.is_reference}


def allele(gene: str, name: str) -> AlleleRow:
    return next(r for r in allele_rows() if r.gene == gene and r.allele == name)


def defined_alleles(gene: str) -> list[AlleleRow]:
    return [r for r in allele_rows() if r.gene == gene and not r.structural]


def carried(site: Site, variants: Iterable[str]) -> str:
    """The GRCh38 allele that a haplotype of these variants has at a site."""
    for variant in variants:
        pos, change = variant.split(":")
        if int(pos) == site.pos38:
            return change.split(">")[1]
    return site.ref38


def header(build: str | None = "GRCh38", samples: Iterable[str] = ("S1",), extra: Iterable[str] = ()) -> str:
    lines = ["##fileformat=VCFv4.2"]
    if build is not None:
        lines += [
            f"##contig=<ID={r.chrom},assembly={build},length={r.length}>" for r in contig_rows() if r.build == build
        ]
    lines += [*extra, "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples])]
    return "\n".join(lines) + "\n"


def line(chrom: str, pos: int, ref: str, alt: str, *cells: str, info: str = ".", fmt: str = "GT", flt: str = "PASS",
         rsid: str = ".") -> str:  # fmt: skip
    return "\t".join([chrom, str(pos), rsid, ref, alt, ".", flt, info, fmt, *cells])


def site_line(site: Site, strands: Iterable[tuple[str, str]], phased: bool = True) -> str:
    """One record at a site for one or more samples, on the build of the site; bases of GRCh38 names."""
    alts: list[str] = []
    cells = []
    for pair in strands:
        numbers = []
        for bases in pair:
            if bases == site.ref:
                numbers.append("0")
                continue
            if bases not in alts:
                alts.append(bases)
            numbers.append(str(alts.index(bases) + 1))
        cells.append("|".join(numbers) if phased else "/".join(sorted(numbers)))
    return line(site.chrom, site.pos, site.ref, ",".join(alts) or ".", *cells)


def records(
    haplotypes: Haplotypes | None = None,
    *,
    phased: bool = True,
    build: str = "GRCh38",
    genes: Iterable[str] = PANEL_GENES,
    optional: bool = False,
) -> dict[str, str]:
    """One record a site (by its name): the alleles asked for, the reference allele of each other gene."""
    made = {}
    for gene in genes:
        names = (haplotypes or {}).get(gene, (REFERENCE[gene], REFERENCE[gene]))
        strands = [allele(gene, n) for n in names]
        variants = [(*s.core, *(s.optional if optional else ())) for s in strands]
        for site in panel(build).of_gene(gene):
            pair = (carried(site, variants[0]), carried(site, variants[1]))
            made[str(site)] = site_line(site, [pair], phased)
    return made


def write(path: Path, lines: Iterable[str], head: str | None = None) -> Path:
    path.write_text((head if head is not None else header()) + "".join(f"{one}\n" for one in lines), encoding="utf-8")
    return path


def call_one(path: Path, **options: object) -> GenomeCalls:
    (calls,) = call_vcf(path, **options)  # type: ignore[arg-type]
    return calls


def gene_of(tmp_path: Path, gene: str, lines: Iterable[str], head: str | None = None, **options: object) -> GeneCall:
    """Write the lines, call the file and return one gene."""
    found = call_one(write(tmp_path / "made.vcf", lines, head), **options).gene(gene)
    assert found is not None
    return found


def texts(call: GeneCall) -> set[str]:
    return {d.text for d in call.diplotypes}


def pair_text(gene: str, first: str, second: str) -> str:
    from euthymia.engines.genome.phenotype import ordered_diplotype

    return ordered_diplotype(gene, first, second).text
