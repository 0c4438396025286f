"""``euthymia genome report``: calls, advice and what they rest on as a page, a document and FHIR resources."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def report(
    vcf: Annotated[Path, typer.Argument(metavar="FILE", help="VCF 4.x: plain, gzip or bgzip.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder for report.html, report.json, report.fhir.json.")
    ],
    case: Annotated[Path | None, typer.Option("--case", help="Case file: its medicines and age are used.")] = None,
    medication: Annotated[
        list[str] | None, typer.Option("--medication", "--taking", help="A medicine taken (repeatable).")
    ] = None,
    drug: Annotated[list[str] | None, typer.Option("--drug", help="Report on this drug only (repeatable).")] = None,
    age: Annotated[float | None, typer.Option("--age", help="Age in years; else that of the case.")] = None,
    context: Annotated[
        list[str] | None, typer.Option("--context", help="E.g. cbz_naive or hepatic_impairment (repeatable).")
    ] = None,
    outside_calls: Annotated[Path | None, typer.Option("--outside-calls", help="Calls of a laboratory.")] = None,
    sample: Annotated[str | None, typer.Option("--sample", help="Sample of a file with several.")] = None,
    build: Annotated[str, typer.Option("--build", help="Build of the file: GRCh38, or GRCh37 on purpose.")] = "GRCh38",
    absent_is_reference: Annotated[
        bool, typer.Option("--absent-is-reference", help="Take positions without a record as reference.")
    ] = False,
    date: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Date of the report; else today.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files of an earlier report.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON too.")] = False,
) -> None:
    """Report on genes and medicines: one page, one JSON document, FHIR genomics resources.

    Example: euthymia genome report patient.vcf.gz --case case.yaml -o report/
    """
    from datetime import UTC

    from euthymia.cli.genome_input import ingredient, medicines_of, one_sample
    from euthymia.cli.options import load, now
    from euthymia.report.genome_content import genome_report
    from euthymia.report.genome_document import genome_report_document
    from euthymia.report.genome_write import refuse_existing, write_genome_report

    if not force:
        refuse_existing(output)
    found = load(case).case if case else None
    calls = one_sample(
        vcf, build=build, sample=sample, outside_calls=outside_calls, absent_is_reference=absent_is_reference
    )
    made = genome_report(
        calls,
        made_at=now() if date is None else date.replace(tzinfo=UTC),
        medications=[*medicines_of(found), *map(ingredient, medication or ())],
        drugs=[ingredient(name) for name in drug] if drug else None,
        age=age if age is not None or found is None else found.age_yr,
        context=context or (),
        case_id="" if found is None else found.case_id,
    )
    files = write_genome_report(made, output, replace=force)
    if as_json:
        typer.echo(genome_report_document(made).model_dump_json(indent=2))
        return
    for warning in calls.warnings:
        typer.secho(f"note: {warning}", err=True, fg=typer.colors.YELLOW)
    for name in made.unknown_medications:
        typer.secho(f"note: {name} is not known; its interactions were not checked", err=True, fg=typer.colors.YELLOW)
    for path in files:
        typer.echo(f"wrote {path}")
