"""Other callers on the files of ``benchmarks/genome.py``: their calls against the drawn alleles, and their times."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

PYPGX_GENES = ("CYP2C19", "CYP2B6", "CYP2C9", "CYP3A5", "CYP2D6")
Calls = Mapping[tuple[str, str], str]


def version_of(tool: str, *arguments: str) -> str:
    """First line of what a tool says of itself, or that it is absent."""
    if shutil.which(tool) is None:
        return f"no {tool}"
    return subprocess.run([tool, *arguments], capture_output=True, text=True).stdout.splitlines()[0]


def same_regions(path: Path) -> Path:
    """Write the regions that an index is asked for, as bcftools reads them."""
    from euthymia.engines.genome.vcf_scan import _regions

    rows = [f"{chrom}\t{low}\t{high}\n" for chrom, low, high in _regions("GRCh38") if chrom.startswith("chr")]
    path.write_text("".join(rows), encoding="utf-8")
    return path


def compared(name: str, theirs: Calls, truth: Calls, seconds: float, our_seconds: float) -> None:
    """Print how many calls are the truth, which are not, and the ratio of times."""
    apart = [f"{s} {g}: {theirs[s, g]}, drawn {truth[s, g]}" for s, g in theirs if theirs[s, g] != truth[s, g]]
    print(f"{name}: {len(theirs) - len(apart)} of {len(theirs)} phased calls are the alleles that were drawn; "
          f"{seconds:.1f} s, {seconds / our_seconds:,.0f} times ours (with its start)")  # fmt: skip
    for text in apart[:12]:
        print(f"  {text}")


def pypgx(path: Path, folder: Path, python: str, truth: Calls, our_seconds: float) -> None:
    """Run PyPGx gene by gene on a bgzip file with an index, as it asks."""
    program = Path(python).with_name("pypgx") if python else None
    if program is None or not program.is_file() or not shutil.which("bgzip") or not shutil.which("tabix"):
        print("PyPGx: not compared (give --pypgx a Python that has it; bgzip and tabix are needed too)")
        return
    packed = folder / "pypgx.vcf.gz"
    with packed.open("wb") as file:
        subprocess.run(["bgzip", "-c", str(path)], stdout=file, check=True)
    subprocess.run(["tabix", "-p", "vcf", str(packed)], check=True)
    code = "from importlib.metadata import version; print(version('pypgx'))"
    version = subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip()
    theirs: dict[tuple[str, str], str] = {}
    began = time.perf_counter()
    for gene in PYPGX_GENES:
        output = folder / f"pypgx-{gene}"
        command = [program, "run-ngs-pipeline", gene, output, "--variants", packed, "--assembly", "GRCh38"]
        ran = subprocess.run(command, capture_output=True, text=True)
        if ran.returncode:
            print(f"PyPGx {gene}: exit code {ran.returncode}: {ran.stderr.strip().splitlines()[-1:]}")
            continue
        with zipfile.ZipFile(output / "results.zip") as zipped:
            name = next(n for n in zipped.namelist() if n.endswith("data.tsv"))
            text = zipped.read(name).decode()
        for row in csv.DictReader(io.StringIO(text), delimiter="\t"):
            theirs[row[""], gene] = row["Genotype"]
    compared(f"PyPGx {version}, {len(PYPGX_GENES)} genes", theirs, truth, time.perf_counter() - began, our_seconds)


def pharmcat(path: Path, folder: Path, jar: str, our_seconds: float) -> None:
    """Run PharmCAT's matcher and phenotyper where its jar is given."""
    if not jar or not shutil.which("java"):
        print("PharmCAT: not compared (give --pharmcat its jar; Java is needed too)")
        return
    command = ["java", "-jar", jar, "-matcher", "-phenotyper", "-vcf", str(path), "-o", str(folder / "pharmcat")]
    began = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True)
    print(f"PharmCAT: exit code {ran.returncode}, {time.perf_counter() - began:.1f} s, calls in {folder / 'pharmcat'}, "
          f"{(time.perf_counter() - began) / our_seconds:,.0f} times ours (with its start)")  # fmt: skip
