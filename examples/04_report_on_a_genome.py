"""Report on a genome: a small VCF, the medicines taken, and what the guidelines say about both together."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from euthymia.engines.genome import call_vcf, parse_outside_calls
from euthymia.engines.genome.advice_words import action_words
from euthymia.engines.genome.positions import panel
from euthymia.report import genome_report, write_genome_report

# Every position of CYP2C19 with its reference base, except what *2 changes on both strands.
CHANGED = {94775367: "G", 94781859: "A", 94842866: "G"}
lines = ["##fileformat=VCFv4.2", "##reference=GRCh38", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1"]
for site in panel("GRCh38").of_gene("CYP2C19"):
    alt, genotype = (CHANGED[site.pos], "1/1") if site.pos in CHANGED else (".", "0/0")
    lines.append(f"{site.chrom}\t{site.pos}\t.\t{site.ref}\t{alt}\t.\tPASS\t.\tGT\t{genotype}")

with tempfile.TemporaryDirectory() as folder:
    vcf = Path(folder) / "patient.vcf"
    vcf.write_text("\n".join(lines) + "\n", encoding="utf-8")
    laboratory = parse_outside_calls(["CYP2D6\t*1/*4"], "laboratory.tsv")
    (calls,) = call_vcf(vcf, outside=laboratory)
    report = genome_report(
        calls, made_at=datetime(2026, 11, 23, tzinfo=UTC), medications=["escitalopram", "bupropion"], age=44
    )
    files = write_genome_report(report, Path(folder) / "report")
    print(*(path.name for path in files))

for entry in report.medicines[:4]:
    print(f"{entry.drug} ({entry.group}{', taken' if entry.is_taken else ''})")
    for row in entry.rows:
        after = f", after {', '.join(row.agents)}" if row.agents else ""
        print(f"  {row.guideline}: {action_words(row.first)} [{row.strength}{after}]")
    for conflict in entry.conflicts:
        print(f"  {conflict.one} and {conflict.other} differ; both are shown")
