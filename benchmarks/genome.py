"""How fast genomes are called: one panel, a cohort, a whole genome against reading the file, and memory by samples.

    .venv/bin/python benchmarks/genome.py                 # 1 million records, 8,000 samples
    .venv/bin/python benchmarks/genome.py --records 5000000 --samples 20000

All files are made here from the packaged tables, so that every tool reads the same ones. bcftools, PyPGx and PharmCAT
(set PHARMCAT_JAR) run beside ours where they are installed; a line says so where they are not. The accepted limits:
one panel < 50 ms after import, a cohort >= 1,000 genomes/s on one core, a whole genome within 1.5 times reading it.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LIMIT_PANEL_MS, LIMIT_COHORT_PER_S, LIMIT_RATIO, LIMIT_MEMORY_RATIO = 50.0, 1000.0, 1.5, 1.3
_WORKER = """
import sys, time
from pathlib import Path
from euthymia.engines.genome import call_vcf
began = time.perf_counter()
n_samples = sum(1 for _ in call_vcf(Path(sys.argv[1])))
seconds = time.perf_counter() - began
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(n_samples, seconds, *peak)
"""


def header(samples: Sequence[str]) -> str:
    """Header of a GRCh38 file."""
    from euthymia.engines.genome.build import contig_rows

    contigs = [f"##contig=<ID={r.chrom},length={r.length}>" for r in contig_rows() if r.build == "GRCh38"]
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
    return "\n".join(["##fileformat=VCFv4.2", *contigs, "\t".join(columns)]) + "\n"


def panel_lines(n_samples: int, seed: int) -> list[str]:
    """One record a site, each sample with two random alleles a gene; one strand in two is the reference allele."""
    from euthymia.engines.genome.alleles import allele_rows, star_genes
    from euthymia.engines.genome.positions import panel

    rng = random.Random(seed)
    lines = []
    for gene in star_genes():
        rows = [r for r in allele_rows() if r.gene == gene and not r.structural]
        plain = next(r for r in rows if r.is_reference)
        draw = [tuple(plain if rng.random() < 0.5 else rng.choice(rows) for _ in "ab") for _ in range(n_samples)]
        carried = {r.allele: dict(v.split(":") for v in r.core) for r in rows}
        for site in panel("GRCh38").of_gene(gene):
            numbers = {
                r.allele: str(site.alts38.index(carried[r.allele][str(site.pos38)].split(">")[1]) + 1)
                if str(site.pos38) in carried[r.allele]
                else "0"
                for r in rows
            }
            cells = [f"{numbers[a.allele]}|{numbers[b.allele]}" for a, b in draw]
            fixed = [site.chrom, str(site.pos), site.rsid or ".", site.ref, ",".join(site.alts38), ".", "PASS", "."]
            lines.append("\t".join([*fixed, "GT", *cells]))
    return lines


def write_panel(path: Path, n_samples: int, seed: int = 1) -> Path:
    """A panel file of ``n_samples``."""
    names = [f"S{i}" for i in range(n_samples)]
    path.write_text(header(names) + "\n".join(panel_lines(n_samples, seed)) + "\n", encoding="utf-8")
    return path


def _noise(rng: random.Random) -> str:
    """The rest of a record as a caller writes it, with numbers that do not compress to nothing."""
    ref, alt = rng.sample("ACGT", 2)
    depth, other = rng.randrange(9, 60), rng.randrange(1, 30)
    info = f"AC=1;AF=0.500;AN=2;BaseQRankSum={rng.gauss(0, 1):.3f};DP={depth + other};FS={rng.expovariate(1):.3f}"
    info += f";MQ={rng.uniform(40, 60):.2f};QD={rng.uniform(2, 35):.2f};SOR={rng.expovariate(1):.3f}"
    cell = f"0/1:{depth},{other}:{depth + other}:{rng.randrange(99)}:{rng.randrange(999)},0,{rng.randrange(999)}"
    return f".\t{ref}\t{alt}\t{rng.uniform(30, 999):.2f}\tPASS\t{info}\tGT:AD:DP:GQ:PL\t{cell}"


def write_genome(path: Path, n_records: int) -> Path:
    """A whole genome of one sample: records spread over all contigs by length, the panel's among them."""
    from euthymia.engines.genome.build import contig_rows

    rng = random.Random(2)
    contigs = [(r.chrom, r.length) for r in contig_rows() if r.build == "GRCh38"]
    total = sum(length for _, length in contigs)
    known: dict[str, list[str]] = {}
    for text in panel_lines(1, 3):
        known.setdefault(text.split("\t", 1)[0], []).append(text)
    taken = {(t.split("\t")[0], int(t.split("\t")[1]) + i) for v in known.values() for t in v for i in range(-1, 25)}
    with path.open("w", encoding="utf-8") as file:
        file.write(header(["S0"]))
        for chrom, length in contigs:
            step = max(2, total // n_records)
            for pos in range(10_000, length, step):
                at = pos + rng.randrange(step)
                if (chrom, at) not in taken:
                    file.write(f"{chrom}\t{at}\t{_noise(rng)}\n")
            file.writelines(f"{text}\n" for text in known.get(chrom, []))
    return path


def timed(work: Callable[[], object], repeats: int = 3) -> float:
    """Best of some runs, in seconds."""
    best = float("inf")
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def in_fresh_process(path: Path) -> tuple[int, float, float]:
    """Samples, seconds after import and peak memory in MB of calling a file in a process of its own.

    The peak is read from /proc, because ``ru_maxrss`` of a child starts from that of its parent.
    """
    ran = subprocess.run([sys.executable, "-c", _WORKER, str(path)], capture_output=True, text=True, check=True)
    n_samples, seconds, kilobytes = ran.stdout.split()
    return int(n_samples), float(seconds), int(kilobytes) / 1024


def verdict(words: str, value: float, unit: str, limit: float, *, at_least: bool = False) -> None:
    """Print a number against its limit."""
    good = value >= limit if at_least else value <= limit
    print(f"{words}: {value:,.2f} {unit} (limit {limit:,g}): {'ok' if good else 'MISSED'}", flush=True)


def whole_genome(folder: Path, n_records: int) -> None:
    """Time the scan of a whole genome against reading the same file line by line, plain and compressed."""
    from euthymia.engines.genome import call_vcf

    plain = write_genome(folder / "genome.vcf", n_records)
    packed = folder / "genome.vcf.gz"
    with plain.open("rb") as source, gzip.open(packed, "wb", compresslevel=4) as target:
        shutil.copyfileobj(source, target, 1 << 20)

    def read(opener: Callable[..., object], path: Path) -> int:
        with opener(path, "rb") as file:  # type: ignore[attr-defined]
            return sum(1 for _ in file)

    for path, opener in ((plain, open), (packed, gzip.open)):
        reading_s = timed(lambda p=path, o=opener: read(o, p))
        calling_s = timed(lambda p=path: list(call_vcf(p)))
        size = path.stat().st_size / 1e6
        print(f"{path.name}, {n_records:,} records, {size:.0f} MB: read {reading_s:.2f} s, call {calling_s:.2f} s")
        verdict(f"{path.name} call / read", calling_s / reading_s, "times", LIMIT_RATIO)
    if shutil.which("bcftools") is None:
        print("bcftools: not installed, not compared")
        return
    region = "chr7:99652000-99785000,chr10:94760000-94990000,chr15:74745000-74756000,chr19:40991000-41017000"
    command = ["bcftools", "view", "-t", f"{region},chr22:42126000-42131000", str(packed)]
    print(f"bcftools view -t on the gzip file: {timed(lambda: subprocess.run(command, capture_output=True)):.2f} s")


def peers(folder: Path) -> None:
    """Run PyPGx and PharmCAT on one panel where they are installed."""
    panel_file = write_panel(folder / "peer.vcf", 1)
    jar = os.environ.get("PHARMCAT_JAR", "")
    commands = {
        "PyPGx, CYP2C19 alone": ["pypgx", "run-ngs-pipeline", "CYP2C19", str(folder / "pypgx"), "--variants",
                                 str(panel_file), "--assembly", "GRCh38"] if shutil.which("pypgx") else [],
        "PharmCAT": ["java", "-jar", jar, "-vcf", str(panel_file), "-o", str(folder)] if jar else [],
    }  # fmt: skip
    for name, command in commands.items():
        if not command:
            print(f"{name}: not installed, not compared")
            continue
        began = time.perf_counter()
        ran = subprocess.run(command, capture_output=True, text=True)
        print(f"{name}: {time.perf_counter() - began:.1f} s for one panel, exit code {ran.returncode}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Time everything and print the result against the limits."""
    parser = argparse.ArgumentParser(description="Time genome calls.")
    parser.add_argument("--records", type=int, default=1_000_000, help="records of the whole genome")
    parser.add_argument("--samples", type=int, default=8000, help="samples of the cohort")
    chosen = parser.parse_args(arguments)
    from euthymia.engines.genome import call_vcf

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = write_panel(folder / "one.vcf", 1)
        verdict("one panel, first call after import", 1000 * in_fresh_process(one)[1], "ms", LIMIT_PANEL_MS)
        verdict("one panel, warm", 1000 * timed(lambda: list(call_vcf(one)), 10), "ms", LIMIT_PANEL_MS)
        small = in_fresh_process(write_panel(folder / "small.vcf", max(1, chosen.samples // 4)))
        large = in_fresh_process(write_panel(folder / "large.vcf", chosen.samples))
        verdict(f"cohort of {large[0]:,}", large[0] / large[1], "genomes/s", LIMIT_COHORT_PER_S, at_least=True)
        print(f"peak memory: {small[2]:.0f} MB for {small[0]:,} samples, {large[2]:.0f} MB for {large[0]:,}")
        verdict("memory of four times the samples", large[2] / small[2], "times", LIMIT_MEMORY_RATIO)
        peers(folder)
        whole_genome(folder, chosen.records)


if __name__ == "__main__":
    main()
