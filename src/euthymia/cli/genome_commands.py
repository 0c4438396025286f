"""``euthymia genome call``: star alleles and phenotypes from a VCF."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from euthymia.engines.genome import GenomeCalls

app = typer.Typer(help="Read a genome: star alleles, phenotypes, drug advice.", no_args_is_help=True)
_SHOWN_SAMPLES = 5


@app.callback()
def _group() -> None:
    """Keep ``call`` a subcommand."""


@app.command()
def call(
    vcf: Annotated[Path, typer.Argument(metavar="FILE", help="VCF 4.x: plain, gzip or bgzip; one sample or many.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write the calls as CSV.")] = None,
    outside_calls: Annotated[
        Path | None, typer.Option("--outside-calls", help="Calls of a laboratory or caller: gene TAB diplotype.")
    ] = None,
    sample: Annotated[str | None, typer.Option("--sample", help="Call this one sample of the file.")] = None,
    build: Annotated[str, typer.Option("--build", help="Build of the file: GRCh38, or GRCh37 on purpose.")] = "GRCh38",
    absent_is_reference: Annotated[
        bool, typer.Option("--absent-is-reference", help="Take positions without a record as reference.")
    ] = False,
    whole_file: Annotated[
        bool,
        typer.Option("--whole-file", help="Read and hash all of the file, even where it has an index (.tbi, .csi)."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of an earlier call.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the calls as JSON for machines.")] = False,
) -> None:
    """Call star alleles and phenotypes; what cannot be told is said, never guessed.

    Example: euthymia genome call patient.vcf.gz --outside-calls cyp2d6.tsv -o calls.csv
    """
    from euthymia.cli.genome_input import outside_calls_of, progress
    from euthymia.engines.genome import call_vcf

    if output is not None:
        _check_output(output, force)
    outside = outside_calls_of(outside_calls)
    with progress(vcf) as on_bytes:
        calls = call_vcf(
            vcf,
            build=build,
            sample=sample,
            outside=outside,
            absent_is_reference=absent_is_reference,
            on_bytes=on_bytes,
            use_index=not whole_file,
        )
        calls = _warned(calls)
        if as_json:
            calls = _printed(calls)
        if output is not None:
            n_samples = _write(calls, output)
        else:
            n_samples = sum(1 for _ in (calls if as_json else _shown(calls)))
    if output is not None and not as_json:
        typer.echo(f"wrote {output}: {n_samples} sample{'s' if n_samples != 1 else ''}")


def _check_output(output: Path, force: bool) -> None:
    from euthymia.core.errors import InvalidInput

    if not output.parent.is_dir() or output.is_dir():
        raise InvalidInput("output", str(output), "a file in an existing folder")
    if output.exists() and not force:
        raise InvalidInput("output", str(output), "a file that is not there yet", "Use --force to replace it.")


def _warned(calls: Iterable[GenomeCalls]) -> Iterator[GenomeCalls]:
    said: set[str] = set()
    for one in calls:
        for warning in one.warnings:
            if warning not in said:
                typer.secho(f"note: {warning}", err=True, fg=typer.colors.YELLOW)
                said.add(warning)
        yield one


def _write(calls: Iterable[GenomeCalls], output: Path) -> int:
    """Write the table beside its place and move it there when it is whole: a refused file leaves nothing behind."""
    from euthymia.engines.genome.call_rows import COLUMNS, row

    n_samples = 0
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".calls-") as folder:
        made = Path(folder) / output.name
        with made.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(COLUMNS)
            for one in calls:
                table.writerows(row(gene) for gene in one.genes)
                n_samples += 1
        made.replace(output)
    return n_samples


def _printed(calls: Iterable[GenomeCalls]) -> Iterator[GenomeCalls]:
    """Print the calls as one JSON document while they pass."""
    from euthymia.engines.genome.call_rows import record

    opened = False
    for one in calls:
        start = "," if opened else '{"document": "euthymia/genome-calls", "schema_version": "1.0", "samples": ['
        typer.echo(start + json.dumps(record(one), ensure_ascii=False))
        opened = True
        yield one
    typer.echo("]}")


def _shown(calls: Iterable[GenomeCalls]) -> Iterator[GenomeCalls]:
    """Show the first samples as tables for a person."""
    from rich.console import Console
    from rich.table import Table

    from euthymia.engines.genome.call_rows import COLUMNS, row

    console, n_samples = Console(), 0
    for n_samples, one in enumerate(calls, start=1):
        if n_samples <= _SHOWN_SAMPLES:
            table = Table(*COLUMNS[1:], title=f"{one.sample} ({one.build})")
            for gene in one.genes:
                table.add_row(*row(gene)[1:])
            console.print(table)
        yield one
    if n_samples > _SHOWN_SAMPLES:
        typer.echo(f"{n_samples - _SHOWN_SAMPLES} more samples; write them with -o calls.csv")
