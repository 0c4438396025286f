"""``euthymia case labs``: every laboratory value beside its range, what it changes, and which tests to order next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson, CaseFile, load, warn_unread

if TYPE_CHECKING:
    from euthymia.case.model import Case
    from euthymia.plan.laboratory import LaboratoryTable


def labs(
    case: CaseFile,
    ranges: Annotated[
        Path | None, typer.Option("--ranges", help="Your own reference ranges (CSV, see docs/reference/laboratory.md).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the laboratory values of a case: range, what each changes and how strongly, what to order next.

    Example: euthymia case labs case.yaml
    """
    from euthymia.case.lab_ranges import read_ranges
    from euthymia.plan.laboratory import laboratory_table

    own = () if ranges is None else read_ranges(ranges)
    report = load(case)
    warn_unread(report)
    table = laboratory_table(report.case, ranges=own)
    if as_json:
        typer.echo(_document(report.case, table))
    else:
        _print(report.case, table)


def _document(case: Case, table: LaboratoryTable) -> str:
    from euthymia.cli.labs_document import LabsDocument
    from euthymia.plan.document import laboratory_with_sources

    found, sources = laboratory_with_sources(table)
    document = LabsDocument(case_id=case.case_id, as_of=case.as_of, laboratory=found, sources=sources)
    return document.model_dump_json(indent=2)


def _print(case: Case, table: LaboratoryTable) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"[bold]Laboratory of {escape(case.case_id)}[/bold], {case.as_of:%Y-%m-%d}")
    shown = Table(pad_edge=False)
    for name in ("Test", "Value", "", "Range", "Whose", "Day", "Age"):
        shown.add_column(name)
    for row in table.rows:
        r = row.reading
        ends = " to ".join("" if e is None else f"{e:.4g}" for e in (r.range.low, r.range.high))
        style = "red" if r.critical or r.is_abnormal else ""
        state = "CRITICAL" if r.critical else r.state.value.replace("_", " ")
        age = f"{r.age_days} d{' (old)' if r.is_stale else ''}"
        shown.add_row(
            escape(r.title), escape(f"{r.value:.4g} {r.unit}"), state, ends if r.range.is_known else "–",
            r.range.whose, r.day.isoformat(), age, style=style,
        )  # fmt: skip
    console.print(shown if table.rows else "No laboratory value in the case.")
    for row in table.rows:
        for words in (row.reading.time_note, *(q.text for q in row.reading.questions)):
            if words:
                console.print(f"[yellow]? {escape(row.reading.title)}: {escape(words)}[/yellow]")
    for change in table.changes:
        effect = f" ({change.effect})" if change.effect else ""
        console.print(escape(f"• {change.reason.statement}{effect} <{change.strength}>"))
    if table.next_tests:
        console.print("\n[bold]Next[/bold]")
    for i, test in enumerate(table.next_tests, start=1):
        console.print(escape(f"{i}. {test.reason.statement}"))
