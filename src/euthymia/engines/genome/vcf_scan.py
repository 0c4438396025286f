"""One pass over a VCF: keep what touches the panel, skip the rest.

What is kept is one code a sample and site, spooled to disk beyond a fixed size, so that memory does not grow with the
number of samples. A structural record over CYP2D6 and the tag variants of HLA are kept in the same way.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from tempfile import SpooledTemporaryFile
from typing import IO

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.build import BUILDS, check_asked, contig_names, header_build
from euthymia.engines.genome.positions import Panel, gene_rows, panel, tag_rows
from euthymia.engines.genome.vcf_cells import CellReader
from euthymia.engines.genome.vcf_file import OpenVcf
from euthymia.engines.genome.vcf_genotypes import Evidence, Genotype, site_genotype
from euthymia.engines.genome.vcf_lines import Line, intervals, parts_around, wanted, windows
from euthymia.engines.genome.vcf_record import Record, check_reference, parse_record, touches

_SPOOL_BYTES = 1 << 20
_CODE_BYTES = array("I").itemsize
_CONTRARY_SITES = 3  # agreeing sites of the other build that outweigh a header
_MARGIN_BASES = 1000  # around what an index is asked for: room for indels that normalizing moves
_SHOWN_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Row:
    """Where the codes of one record about one site lie in the spool."""

    offset: int
    evidence: Evidence


@dataclass(slots=True)
class Scan:
    """What a file says about the panel, for all its samples."""

    name: str
    samples: tuple[str, ...]
    panel: Panel
    build_evidence: str
    part_read: str = ""
    rows: dict[int, list[Row]] = field(default_factory=dict)
    copy_number_rows: list[Row] = field(default_factory=list)
    tag_rows: dict[str, list[Row]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    genotypes: list[Genotype] = field(default_factory=list)
    copy_numbers: list[tuple[int, bool] | None] = field(default_factory=list)
    _codes: dict[Genotype, int] = field(default_factory=dict)
    _spool: IO[bytes] = field(default_factory=lambda: SpooledTemporaryFile(max_size=_SPOOL_BYTES))  # noqa: SIM115
    _end: int = 0

    def code(self, genotype: Genotype) -> int:
        """Return the number of a genotype, new if need be."""
        code = self._codes.get(genotype)
        if code is None:
            code = self._codes[genotype] = len(self.genotypes)
            self.genotypes.append(genotype)
        return code

    def keep(self, codes: array[int], evidence: Evidence) -> Row:
        """Append a row of codes to the spool."""
        self._spool.write(codes.tobytes())
        row = Row(self._end, evidence)
        self._end += len(codes) * _CODE_BYTES
        return row

    def read(self, row: Row, first: int, last: int) -> array[int]:
        """Return the codes of samples ``first``…``last`` (excluded) of a row."""
        self._spool.seek(row.offset + first * _CODE_BYTES)
        codes = array("I")
        codes.frombytes(self._spool.read((last - first) * _CODE_BYTES))
        return codes

    def note(self, gene: str, text: str) -> None:
        """Add a note to a gene, once."""
        found = self.notes.setdefault(gene, [])
        if text not in found:
            found.append(text)


def scan(vcf: OpenVcf, build: str = "GRCh38", only: str | None = None, *, by_index: bool = False) -> Scan:
    """Read the records of an open file, for all samples or for ``only`` one of them.

    Parameters
    ----------
    by_index
        Read where the index beside the file points, if there is one; all records otherwise.

    Raises
    ------
    InvalidInput
        For another build than asked for, a reference contradiction, or a malformed line (with its number, which is
        that of the line in the file only where all of it is read).
    UnusableIndex
        When there is an index that does not fit the file.
    """
    told, evidence = header_build(vcf.header.meta)
    check_asked(build, told)
    everyone = vcf.header.samples
    if only is not None and only not in everyone:
        shown = ", ".join(everyone[:_SHOWN_SAMPLES]) + ("…" if len(everyone) > _SHOWN_SAMPLES else "")
        raise InvalidInput("sample", only, f"a sample of the file: {shown}")
    chosen = slice(9, None) if only is None else slice(9 + everyone.index(only), 10 + everyone.index(only))
    indexed = vcf.indexed_pieces(_regions(build)) if by_index else None
    result = Scan(vcf.name, everyone if only is None else (only,), panel(build), evidence)
    result.part_read = vcf.part_read() if indexed is not None else ""
    n_tabs, number = 8 + len(everyone), vcf.header.n_lines
    hits = dict.fromkeys(BUILDS, 0)
    for piece in vcf.pieces() if indexed is None else indexed:
        n_lines, lines = wanted(piece, number, windows(build), n_tabs, vcf.name)
        number += n_lines
        for line in lines:
            _keep(result, line, hits, chosen)
    _check_hits(vcf.name, hits, build, told)
    return result


@cache
def _regions(build: str) -> tuple[tuple[str, int, int], ...]:
    """Regions to ask an index for, in every spelling of their contigs."""
    parts = {chrom: parts_around(build, chrom, _MARGIN_BASES, _MARGIN_BASES) for chrom, _, _ in intervals(build)}
    names = contig_names(build).items()
    return tuple((name, low, high) for name, chrom in names for low, high in parts.get(chrom, ()))


def _check_hits(name: str, hits: dict[str, int], build: str, told: str | None) -> None:
    other = next(b for b in BUILDS if b != build)
    if told is None and not any(hits.values()):
        raise InvalidInput(
            f"{name}: genome build", "not told", f"a header contig or reference of {build}, or records at its positions"
        )
    if hits[other] > hits[build] and (told is None or hits[other] >= hits[build] + _CONTRARY_SITES):
        raise InvalidInput(
            f"{name}: positions and reference bases",
            other,
            build,
            "Ask for it with --build GRCh37." if other == "GRCh37" else "Leave out --build.",
        )


def _keep(result: Scan, line: Line, hits: dict[str, int], chosen: slice) -> None:
    """Parse one line that may touch the panel and keep what it says."""
    chrom, pos, number = line.chrom, line.pos, line.number
    fields = line.text.rstrip(b"\r").decode("utf-8", "replace").split("\t")
    record = parse_record(fields, chrom, pos, number, result.name)
    for build in BUILDS:
        site = panel(build).at.get((chrom, pos))
        hits[build] += site is not None and site.is_checked and site.ref.startswith(record.ref[:1])
    reader, cells = CellReader(fields[8]), fields[chosen]
    if record.is_symbolic:
        _keep_copy_number(result, record, reader, cells)
        return
    if any("[" in alt or "]" in alt for alt in record.alts):
        _note_breakend(result, record)
    check_reference(record, result.panel, result.name)
    where = f"{result.name}: line {number}"
    done: dict[tuple[tuple[int | None, ...], frozenset[int]], array[int]] = {}
    for touch in touches(record, result.panel):
        shape = (touch.states, touch.spanned)
        if shape not in done:
            done[shape] = _encode(result, record, reader, cells, shape, where)
        evidence = Evidence(touch.is_primary, record.is_block, touch.alts, number)
        result.rows.setdefault(touch.site.index, []).append(result.keep(done[shape], evidence))
        if not record.is_passed:
            result.note(touch.site.gene, f"The record at {touch.site} has FILTER {record.filter}: not used.")
    for tag in tag_rows():
        if chrom == tag.chrom and pos == tag.pos38 and record.rsid == tag.rsid and result.panel.build == "GRCh38":
            if record.ref != tag.ref or not set(record.alts) <= {tag.alt, "."}:
                result.note(
                    tag.gene, f"{tag.rsid} at {chrom}:{pos} has other alleles than {tag.ref}>{tag.alt}: not used."
                )
                continue
            codes = _encode(result, record, reader, cells, ((0, 1), frozenset()), where)
            result.tag_rows.setdefault(tag.rsid, []).append(
                result.keep(codes, Evidence(True, False, frozenset(), number))
            )


def _note_breakend(result: Scan, record: Record) -> None:
    for gene in gene_rows():
        region = gene.region(result.panel.build)
        if region is not None and gene.chrom == record.chrom and region[0] <= record.pos <= region[1]:
            where = f"{record.chrom}:{record.pos}"
            result.note(gene.gene, f"A breakend at {where} lies in the gene and was not read: a hybrid is possible.")


def _encode(
    result: Scan,
    record: Record,
    reader: CellReader,
    cells: Sequence[str],
    shape: tuple[tuple[int | None, ...], frozenset[int]],
    where: str,
) -> array[int]:
    """Return one code a sample; equal cells are looked at once."""
    if not reader.has_genotype:
        return array("I", [result.code(Genotype(None, None, None, "no GT"))]) * len(cells)
    n_alleles = 1 if record.alts == (".",) else 1 + len(record.alts)

    class Codes(dict[str, int]):
        def __missing__(self, key: str) -> int:
            cell = reader.cell(key, n_alleles, where)
            found = site_genotype(cell, *shape)
            if not record.is_passed:
                found = Genotype(None, None, None, "filtered")
            code = self[key] = result.code(found)
            return code

    codes, key = Codes(), reader.key
    return array("I", map(codes.__getitem__, cells if key is None else map(key, cells)))


def _keep_copy_number(result: Scan, record: Record, reader: CellReader, cells: Sequence[str]) -> None:
    """Keep a structural record that spans a gene with a region; note one that covers a part of it."""
    for gene in gene_rows():
        region = gene.region(result.panel.build)
        if region is None or gene.chrom != record.chrom or record.last < region[0] or record.pos > region[1]:
            continue
        where = f"{record.chrom}:{record.pos} ({','.join(record.alts)} to {record.last})"
        if not record.is_passed:
            result.note(gene.gene, f"Structural record at {where} has FILTER {record.filter}: not used.")
        elif record.pos <= region[0] and record.last >= region[1]:
            codes = array("I")
            for cell in cells:
                copies = reader.copy_number(cell, record.alts)
                if copies not in result.copy_numbers:
                    result.copy_numbers.append(copies)
                codes.append(result.copy_numbers.index(copies))
            result.copy_number_rows.append(result.keep(codes, Evidence(True, False, frozenset(), record.line)))
        else:
            result.note(gene.gene, f"Structural record at {where} covers a part of the gene: a hybrid is possible.")


def sample_ranges(n_samples: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut the samples into ranges of at most ``size``."""
    for first in range(0, n_samples, size):
        yield first, min(first + size, n_samples)
