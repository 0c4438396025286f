"""Reports made in code from the packaged tables, for the tests of the pharmacogenomics report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from euthymia.engines.genome import GenomeCalls, OutsideCall, call_vcf
from euthymia.report.genome_content import GenomeReport, MedicineEntry, genome_report

from tests.engines.genome.made_vcf import header, records, write

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POOR_2C19 = {"CYP2C19": ("*2", "*2")}
NORMAL_2C19 = {"CYP2C19": ("*1", "*1")}
SITE_OF_17 = "chr10:94761900"
"""Without it *17 is not excluded: normal, rapid and ultrarapid stay possible."""
AMBIGUOUS_2B6 = {"CYP2B6": ("*1", "*6")}


def calls_of(
    folder: Path,
    haplotypes: dict[str, tuple[str, str]] | None = None,
    *,
    phased: bool = True,
    without: str = "",
    outside: tuple[OutsideCall, ...] = (),
    sample: str = "S1",
) -> GenomeCalls:
    """Call a made VCF; ``without`` names the position to leave out, e.g. ``chr10:94761900``."""
    lines = [line for site, line in records(haplotypes, phased=phased).items() if site != without]
    (calls,) = call_vcf(write(folder / "made.vcf", lines, header(samples=(sample,))), outside=outside)
    return calls


def report_of(calls: GenomeCalls, *medications: str, **options: object) -> GenomeReport:
    """Report on the calls at the time of all tests."""
    return genome_report(calls, made_at=NOW, medications=medications, **options)  # type: ignore[arg-type]


def entry_of(report: GenomeReport, drug: str) -> MedicineEntry:
    """What the report says of one drug."""
    return next(entry for entry in report.medicines if entry.drug == drug)
