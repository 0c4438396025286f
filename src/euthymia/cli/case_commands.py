"""``euthymia case new|show|import|export|schema|validate``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson, CaseFile, load, warn_unread

if TYPE_CHECKING:
    from euthymia.case.files import CaseReport

app = typer.Typer(help="Make, check, convert and show case files.", no_args_is_help=True)

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")]


@app.command()
def new(
    path: Annotated[Path, typer.Argument(help="Where to write the commented template.")] = Path("case.yaml"),
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write a commented case.yaml to fill in.

    Example: euthymia case new case.yaml
    """
    from euthymia.case.files import template_text
    from euthymia.case.text_file import write_text

    write_text(path, template_text(), overwrite=overwrite)
    if as_json:
        _echo_file(path, None)
    else:
        typer.echo(f"wrote {path}; fill it in, then: euthymia plan {path} -o plan/")


@app.command()
def show(case: CaseFile, as_json: AsJson = False) -> None:
    """Show what a case holds, in time order.

    Example: euthymia case show case.yaml
    """
    report = load(case)
    warn_unread(report)
    if as_json:
        from euthymia.case.yaml_write import case_to_document

        typer.echo(json.dumps(case_to_document(report.case), indent=2, default=str))
        return
    from euthymia.cli import render

    render.case(report.case)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="What to read (FHIR Bundle, event log, case file).")],
    target: Annotated[Path, typer.Argument(help="What to write: .yaml, .jsonl or .json (FHIR).")],
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Read a case from elsewhere and write it as a file of ours; what could not be read is listed.

    Example: euthymia case import bundle.json case.yaml
    """
    from euthymia.case.files import write_case

    report = load(source)
    write_case(report.case, target, overwrite=overwrite)
    if as_json:
        _echo_file(target, report)
        return
    warn_unread(report)
    typer.echo(f"wrote {target}: {len(report.case.events)} facts; {len(report.unread)} resources not read")


@app.command()
def export(
    case: CaseFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write; its ending gives the format.")],
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write a case as FHIR R4 Bundle (.json), event log (.jsonl) or case file (.yaml).

    Example: euthymia case export case.yaml -o bundle.json
    """
    from euthymia.case.files import write_case

    report = load(case)
    write_case(report.case, output, overwrite=overwrite)
    if as_json:
        _echo_file(output, report)
        return
    warn_unread(report)
    typer.echo(f"wrote {output}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of case.yaml.

    Example: euthymia case schema > case.schema.json
    """
    from euthymia.case.files import case_schema

    typer.echo(json.dumps(case_schema(), indent=2))


@app.command()
def validate(case: CaseFile, as_json: AsJson = False) -> None:
    """Check a case file; say what it holds, or the one thing that is wrong.

    Example: euthymia case validate case.yaml
    """
    report = load(case)
    counts = Counter(event.kind for event in report.case.events)
    if as_json:
        from euthymia.cli.documents import ValidationDocument

        document = ValidationDocument(
            valid=True,
            case_id=report.case.case_id,
            format=report.format,
            events=dict(sorted(counts.items())),
            unread=[{"type": u.type, "id": u.id, "why": u.why} for u in report.unread],
            warnings=list(report.warnings),
        )
        typer.echo(document.model_dump_json(indent=2))
        return
    warn_unread(report)
    held = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(counts.items()))
    typer.echo(f"{case}: valid ({report.format}); {held}")


def _echo_file(path: Path, report: CaseReport | None) -> None:
    """Print what was written as JSON; a template holds no case yet."""
    from euthymia.cli.documents import CaseFileDocument

    document = CaseFileDocument(
        path=str(path),
        case_id=report.case.case_id if report else None,
        events=len(report.case.events) if report else 0,
        unread=[{"type": u.type, "id": u.id, "why": u.why} for u in report.unread] if report else [],
        warnings=list(report.warnings) if report else [],
    )
    typer.echo(document.model_dump_json(indent=2))
