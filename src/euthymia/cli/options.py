"""Arguments and options that several commands share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from euthymia.case.files import CaseReport

CaseFile = Annotated[
    Path, typer.Argument(help="Case file: case.yaml, a FHIR R4 Bundle (.json) or an event log (.jsonl).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines (schema: euthymia schema NAME).")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of everything drawn.")]


def now() -> datetime:
    """The present time (the only place where the command line looks at the clock)."""
    return datetime.now(UTC)


def load(path: Path) -> CaseReport:
    """Read a case as of now."""
    from euthymia.case.files import read_case_report

    return read_case_report(path, now=now())


def warn_unread(report: CaseReport) -> None:
    """Say on standard error what a file held that no part of the case holds."""
    for item in report.unread:
        typer.secho(f"not read: {item.type} {item.id or ''}: {item.why}", err=True, fg=typer.colors.YELLOW)
    for warning in report.warnings:
        typer.secho(f"note: {warning}", err=True, fg=typer.colors.YELLOW)
