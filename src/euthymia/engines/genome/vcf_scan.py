"""One pass over a VCF: keep what touches the panel, skip the rest by a look at contig and position.

What is kept is one code a sample and site, spooled to disk beyond a fixed size, so that memory does not grow with the
number of samples. A structural record over CYP2D6 and the tag variants of HLA are kept in the same way.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from tempfile import SpooledTemporaryFile
from typing import IO

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.build import BUILDS, check_asked, contig_names, header_build
from euthymia.engines.genome.positions import Panel, gene_rows, panel, tag_rows
from euthymia.engines.genome.vcf_cells import CellReader
from euthymia.engines.genome.vcf_file import OpenVcf
from euthymia.engines.genome.vcf_genotypes import Evidence, Genotype, site_genotype
from euthymia.engines.genome.vcf_record import Record, check_reference, parse_record, touches

_UPSTREAM_BASES = 5000  # how far before the panel a record may start and still reach it by its REF
_SPOOL_BYTES = 1 << 20
_CODE_BYTES = array("I").itemsize
_CONTRARY_SITES = 3  # agreeing sites of the other build that outweigh a header
_MOST_NEEDLES = 4
_SHOWN_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a contig that may matter, and how lines with such positions begin."""

    chrom: str
    low: int
    high: int
    needles: tuple[bytes, ...]


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


@cache
def _windows(build: str) -> dict[bytes, Window]:
    """Contig name as in a file -> what of it may matter (on both builds)."""
    bounds: dict[str, tuple[int, int]] = {}
    for name in BUILDS:
        for chrom, (starts, sites) in panel(name).order.items():
            low, high = bounds.get(chrom, (starts[0], starts[-1]))
            bounds[chrom] = (min(low, starts[0]), max(high, starts[-1] + max(len(s.ref) for s in sites)))
    if build == "GRCh38":
        for tag in tag_rows():
            bounds[tag.chrom] = (tag.pos38, tag.pos38)
    for gene in gene_rows():
        region = gene.region(build)
        if region is not None:
            low, high = bounds[gene.chrom]
            bounds[gene.chrom] = (min(low, region[0]), max(high, region[1]))
    return {
        spelling.encode(): Window(chrom, low - _UPSTREAM_BASES, high, _needles(spelling, low - _UPSTREAM_BASES, high))
        for spelling, chrom in contig_names(build).items()
        if chrom in bounds
        for low, high in (bounds[chrom],)
    }


def _needles(contig: str, low: int, high: int) -> tuple[bytes, ...]:
    """Beginnings of lines that every position from ``low`` to ``high`` has one of; few rather than sharp."""
    unit = 1
    while high // unit - low // unit >= _MOST_NEEDLES:
        unit *= 10
    return tuple(f"\n{contig}\t{start}".encode() for start in range(low // unit, high // unit + 1))


@lru_cache(maxsize=1024)
def _foreign_line(contig: bytes) -> re.Pattern[bytes]:
    """Find the end of a line that a line of another contig follows."""
    return re.compile(rb"\n(?!" + re.escape(contig) + rb"\t|\Z)")


def is_off_panel(chunk: bytes, windows: Mapping[bytes, Window]) -> bool:
    """Whether no line of a piece can touch the panel; False also where only a look at each line could tell.

    All lines of the piece must be on one contig, which is looked at for every line; then either the contig does not
    matter, or no line begins like a position of its window and none may be a block.
    """
    contig = chunk[: chunk.find(b"\t")]
    if b"\n" in contig or _foreign_line(contig).search(chunk):
        return False
    window = windows.get(contig)
    if window is None:
        return True
    first = b"\n" + chunk[: chunk.find(b"\n") + 1]
    return b"END=" not in chunk and not any(n in chunk or first.startswith(n) for n in window.needles)


def scan(vcf: OpenVcf, build: str = "GRCh38", only: str | None = None) -> Scan:
    """Read all records of an open file, for all samples or for ``only`` one of them.

    Raises
    ------
    InvalidInput
        For another build than asked for, a reference contradiction, or a malformed line (with its number).
    """
    told, evidence = header_build(vcf.header.meta)
    check_asked(build, told)
    everyone = vcf.header.samples
    if only is not None and only not in everyone:
        shown = ", ".join(everyone[:_SHOWN_SAMPLES]) + ("…" if len(everyone) > _SHOWN_SAMPLES else "")
        raise InvalidInput("sample", only, f"a sample of the file: {shown}")
    chosen = slice(9, None) if only is None else slice(9 + everyone.index(only), 10 + everyone.index(only))
    result = Scan(vcf.name, everyone if only is None else (only,), panel(build), evidence)
    windows, n_tabs = _windows(build), 8 + len(everyone)
    hits = dict.fromkeys(BUILDS, 0)
    number, last = vcf.header.n_lines, b""
    for chunk in vcf.chunks():
        last = chunk[chunk.rfind(b"\n", 0, -1) + 1 :]
        if is_off_panel(chunk, windows):
            number += chunk.count(b"\n")
            continue
        for line in chunk.removesuffix(b"\n").split(b"\n"):
            number += 1
            tab = line.find(b"\t")
            window = windows.get(line[:tab])
            if window is None:
                continue
            try:
                pos = int(line[tab + 1 : line.find(b"\t", tab + 1)])
            except ValueError:
                raise _malformed(vcf.name, number, line, n_tabs) from None
            if pos > window.high or (pos < window.low and b"END=" not in line):
                if line.count(b"\t") != n_tabs:
                    raise _malformed(vcf.name, number, line, n_tabs)
                continue
            _keep(result, line, (window.chrom, pos, number), hits, n_tabs, chosen)
    if last.strip(b"\r\n") and last.count(b"\t") != n_tabs:
        raise _malformed(vcf.name, number, last, n_tabs)
    _check_hits(vcf.name, hits, build, told)
    return result


def _malformed(name: str, number: int, line: bytes, n_tabs: int) -> InvalidInput:
    return InvalidInput(
        f"{name}: line {number}",
        line[:60].decode("utf-8", "replace"),
        f"{n_tabs + 1} columns parted by tabs with a position in the second",
        "The line is malformed or cut.",
    )


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


def _keep(
    result: Scan, line: bytes, at: tuple[str, int, int], hits: dict[str, int], n_tabs: int, chosen: slice
) -> None:
    """Parse one line that may touch the panel and keep what it says."""
    chrom, pos, number = at
    fields = line.rstrip(b"\r\n").decode("utf-8", "replace").split("\t")
    if len(fields) != n_tabs + 1:
        raise _malformed(result.name, number, line, n_tabs)
    record = parse_record(fields, chrom, pos, number, result.name)
    for build in BUILDS:
        site = panel(build).at.get((chrom, pos))
        hits[build] += site is not None and site.is_checked and site.ref.startswith(record.ref[:1])
    reader, cells = CellReader(fields[8]), fields[chosen]
    if record.is_symbolic:
        _keep_copy_number(result, record, reader, cells)
        return
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
            result.note(touch.site.gene, f"Line {number} ({touch.site}) has FILTER {record.filter}: not used.")
    for tag in tag_rows():
        if chrom == tag.chrom and pos == tag.pos38 and record.rsid == tag.rsid and result.panel.build == "GRCh38":
            if record.ref != tag.ref or not set(record.alts) <= {tag.alt, "."}:
                result.note(
                    tag.gene, f"{tag.rsid} on line {number} has other alleles than {tag.ref}>{tag.alt}: not used."
                )
                continue
            codes = _encode(result, record, reader, cells, ((0, 1), frozenset()), where)
            result.tag_rows.setdefault(tag.rsid, []).append(
                result.keep(codes, Evidence(True, False, frozenset(), number))
            )


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
        where = f"line {record.line} ({','.join(record.alts)} to {record.last})"
        if not record.is_passed:
            result.note(gene.gene, f"Structural record on {where} has FILTER {record.filter}: not used.")
        elif record.pos <= region[0] and record.last >= region[1]:
            codes = array("I")
            for cell in cells:
                copies = reader.copy_number(cell, record.alts)
                if copies not in result.copy_numbers:
                    result.copy_numbers.append(copies)
                codes.append(result.copy_numbers.index(copies))
            result.copy_number_rows.append(result.keep(codes, Evidence(True, False, frozenset(), record.line)))
        else:
            result.note(gene.gene, f"Structural record on {where} covers a part of the gene: a hybrid is possible.")


def sample_ranges(n_samples: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut the samples into ranges of at most ``size``."""
    for first in range(0, n_samples, size):
        yield first, min(first + size, n_samples)
