"""Call a VCF: one scan of the file, then one value a sample, in the order of the file.

Samples with the same genotypes at a gene share one call, which is what makes cohorts fast.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.alleles import allele_rows
from euthymia.engines.genome.build import contig_rows
from euthymia.engines.genome.call_other import call_outside, call_typed, call_variants
from euthymia.engines.genome.call_star import call_star
from euthymia.engines.genome.call_types import GeneCall, GenomeCalls
from euthymia.engines.genome.outside_calls import OutsideCall
from euthymia.engines.genome.phenotype import phenotype_rows
from euthymia.engines.genome.positions import GeneRow, Site, TagRow, gene_rows, position_rows, tag_rows
from euthymia.engines.genome.vcf_file import open_vcf
from euthymia.engines.genome.vcf_genotypes import Genotype, combine
from euthymia.engines.genome.vcf_index import UnusableIndex, find_index
from euthymia.engines.genome.vcf_scan import Scan, sample_ranges, scan

_SAMPLES_AT_ONCE = 512
_KEPT_CALLS = 2_000  # remembered calls a gene; forgotten together when full, so that memory stays flat


def call_vcf(
    path: str | Path,
    *,
    build: str = "GRCh38",
    sample: str | None = None,
    outside: Sequence[OutsideCall] = (),
    absent_is_reference: bool = False,
    on_bytes: Callable[[int], None] | None = None,
    use_index: bool = True,
) -> Iterator[GenomeCalls]:
    """Call every sample of a VCF, or one of them.

    Parameters
    ----------
    path
        VCF 4.x: plain, gzip or bgzip.
    build
        ``"GRCh38"``, or ``"GRCh37"`` when the file is on it; a file on another build is refused.
    sample
        Name of the one sample to call; None calls all.
    outside
        Calls of other callers or laboratories; they replace those from the file.
    absent_is_reference
        Take positions without a record as reference. Off unless asked for: an absent record is not evidence.
    on_bytes
        Called with the number of bytes read, for a progress bar.
    use_index
        Where a bgzip file has its ``.tbi`` or ``.csi`` beside it, read only the parts that may touch a position. The
        hash is then of what was read, and ``input_part`` says so. An index that does not fit is passed over with a
        warning.

    Yields
    ------
    GenomeCalls
        One a sample. All that is read of the file is checked before the first is given.

    Raises
    ------
    InvalidInput
        For a file that cannot be read as what it claims to be; nothing has been given then.
    """
    found, digest, warning = _scanned(Path(path), build, sample, on_bytes, use_index)
    _check_outside(outside, found.samples)
    yield from _call_all(found, digest, warning, outside, absent_is_reference)


def _scanned(
    path: Path, build: str, sample: str | None, on_bytes: Callable[[int], None] | None, use_index: bool
) -> tuple[Scan, str, str]:
    """Scan by index where that works, else the whole file; with the hash of what was read and a warning."""
    warning = ""
    if use_index and find_index(path) is not None:
        try:
            with open_vcf(path, on_bytes) as vcf:
                return scan(vcf, build, sample, by_index=True), vcf.raw.hexdigest(), ""
        except UnusableIndex as reason:
            warning = f"The index was not used, the whole file was read: {reason}."
        except InvalidInput:
            pass  # only a pass over the whole file knows the number of the line, and whether the index was at fault
    with open_vcf(path, on_bytes) as vcf:
        return scan(vcf, build, sample), vcf.raw.hexdigest(), warning


def _check_outside(outside: Sequence[OutsideCall], samples: Sequence[str]) -> None:
    unnamed = any(not call.sample for call in outside)
    if unnamed and len(samples) > 1:
        raise InvalidInput(
            "outside calls",
            f"no sample names for {len(samples)} samples",
            "a first line sample, gene, diplotype parted by tabs, or one sample",
            "Choose one with --sample.",
        )


def _call_all(
    found: Scan, digest: str, warning: str, outside: Sequence[OutsideCall], absent_is_reference: bool
) -> Iterator[GenomeCalls]:
    versions = table_versions()
    unsaid = "" if found.build_evidence else f"The header names no build; {found.panel.build} by reference bases."
    warnings = tuple(text for text in (unsaid, warning) if text)
    sites = {row.gene: found.panel.of_gene(row.gene) for row in gene_rows()}
    memory: dict[str, dict[object, GeneCall]] = {row.gene: {} for row in gene_rows()}
    for first, last in sample_ranges(len(found.samples), _SAMPLES_AT_ONCE):
        columns = [
            _gene_calls(found, row, sites[row.gene], (first, last), memory[row.gene], absent_is_reference)
            for row in gene_rows()
        ]
        for name, calls in zip(found.samples[first:last], zip(*columns, strict=True), strict=True):
            mine = [c for c in outside if c.sample in ("", name)]
            yield GenomeCalls(
                sample=name,
                build=found.panel.build,
                input_sha256=digest,
                input_part=found.part_read,
                genes=tuple(dataclasses.replace(c, sample=name) for c in _merge(calls, mine)),
                table_versions=versions,
                warnings=warnings,
            )


def _gene_calls(
    found: Scan,
    gene: GeneRow,
    sites: Sequence[Site],
    span: tuple[int, int],
    memory: dict[object, GeneCall],
    absent_is_reference: bool,
) -> list[GeneCall]:
    """Call one gene for a range of samples; equal codes get the remembered call."""
    first, last = span
    columns = [_site_codes(found, site, first, last) for site in sites]
    rows = [column for column in columns if column is not None]
    copies = [found.read(row, first, last) for row in found.copy_number_rows] if gene.region("GRCh38") else []
    tags = [(tag, row) for tag in tag_rows() if tag.gene == gene.gene for row in found.tag_rows.get(tag.rsid, [])]
    keys = [*rows, *copies, *(found.read(row, first, last) for _, row in tags)]
    made = []
    for key in zip(*keys, strict=True) if keys else [()] * (last - first):
        call = memory.get(key)
        if call is None:
            codes = iter(key)
            genotypes = [None if column is None else found.genotypes[next(codes)] for column in columns]
            numbers = {found.copy_numbers[next(codes)] for _ in copies}
            tagged = [(tag, found.genotypes[next(codes)]) for tag, _ in tags]
            call = _one_call(gene, sites, genotypes, numbers, tagged, absent_is_reference)
            call = dataclasses.replace(call, notes=(*call.notes, *found.notes.get(gene.gene, ())))
            if len(memory) >= _KEPT_CALLS:
                memory.clear()
            memory[key] = call
        made.append(call)
    return made


def _one_call(
    gene: GeneRow,
    sites: Sequence[Site],
    genotypes: Sequence[Genotype | None],
    numbers: set[tuple[int, bool] | None],
    tagged: Sequence[tuple[TagRow, Genotype]],
    absent_is_reference: bool,
) -> GeneCall:
    if gene.method == "variant":
        return call_variants(gene, sites, genotypes, absent_is_reference=absent_is_reference)
    if gene.method == "typed":
        return call_typed(gene, tagged)
    stated = [number for number in numbers if number is not None]
    copies = stated[0] if len(stated) == 1 else None
    call = call_star(gene, sites, genotypes, copies, absent_is_reference=absent_is_reference)
    if len(stated) > 1:
        return dataclasses.replace(call, notes=(*call.notes, "Structural records contradict each other: not used."))
    return call


def _site_codes(found: Scan, site: Site, first: int, last: int) -> Sequence[int] | None:
    """One genotype code a sample at a site, its records combined; None when no record touches the site."""
    rows = found.rows.get(site.index)
    if rows is None:
        return None
    columns = [found.read(row, first, last) for row in rows]
    if len(columns) == 1:
        return columns[0]
    merged: dict[tuple[int, ...], int] = {}
    codes = []
    for key in zip(*columns, strict=True):
        if key not in merged:
            evidence = [(found.genotypes[c], row.evidence) for c, row in zip(key, rows, strict=True)]
            merged[key] = found.code(combine(evidence, is_snv=site.is_snv))
        codes.append(merged[key])
    return codes


def _merge(calls: Sequence[GeneCall], outside: Sequence[OutsideCall]) -> list[GeneCall]:
    """Put outside calls in place of the file's; genes that only the outside file has come last."""
    rows = {row.gene: row for row in gene_rows()}
    given = {call.gene: call for call in outside}
    merged = [call_outside(given.pop(c.gene), rows[c.gene], c) if c.gene in given else c for c in calls]
    return merged + [call_outside(call, rows.get(call.gene), None) for call in given.values()]


@cache
def table_versions() -> tuple[str, ...]:
    """The tables behind a call with the newest date in each."""
    tables = {
        "positions.csv": position_rows(),
        "alleles.csv": allele_rows(),
        "phenotype_rules.csv": phenotype_rows(),
        "genes.csv": gene_rows(),
        "tags.csv": tag_rows(),
        "contigs.csv": contig_rows(),
    }
    return tuple(f"{name} {max(row.as_of for row in rows)}" for name, rows in tables.items())
