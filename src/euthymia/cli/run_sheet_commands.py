"""``euthymia tms sheet`` and ``euthymia tms checklist``: what to do in a session, and what to ask before the course."""

from __future__ import annotations

from typing import Annotated

import typer

from euthymia.cli.options import AsJson, CaseFile, load, warn_unread


def sheet(
    case: CaseFile,
    session: Annotated[int, typer.Option("--session", help="Number of the session, 1 for the first.")] = 1,
    form: Annotated[str | None, typer.Option("--form", help="Form, e.g. tms_itbs.")] = None,
    protocol: Annotated[str | None, typer.Option("--protocol", help="One of the proposed protocols.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the run sheet of one session, and what is due in the course.

    Example: euthymia tms sheet case.yaml --session 3
    """
    from euthymia.cli.simulate_commands import one_proposal
    from euthymia.therapies.registry import therapy
    from euthymia.therapies.tms.prescription import as_tms
    from euthymia.therapies.tms.run_sheet import milestones, run_sheet

    report = load(case)
    warn_unread(report)
    rx = as_tms(one_proposal(therapy("tms").propose(report.case), "tms", form, protocol))
    found, due = run_sheet(report.case, rx, session), milestones(rx)
    if as_json:
        from euthymia.cli.tms_documents import MilestoneItem, SheetDocument, SheetItem

        typer.echo(
            SheetDocument(
                case_id=report.case.case_id, protocol=rx.title, session=found.session, of=found.of, day=found.day,
                phase=found.phase, minutes=found.minutes,
                lines=[
                    SheetItem(
                        minute=line.minute, code=line.code, text=line.text,
                        source=line.source.text if line.source else "",
                        verification=line.source.verification.value if line.source else "",
                    )
                    for line in found.lines
                ],
                milestones=[MilestoneItem(day=m.day, code=m.code, text=m.text) for m in due],
            ).model_dump_json(indent=2)
        )  # fmt: skip
        return
    typer.echo(f"{rx.title}\nSession {found.session} of {found.of}, day {found.day}, {found.phase}")
    for line in found.lines:
        when = "     any" if line.minute is None else f"{line.minute:5.1f} min"
        state = "" if line.source is None or line.source.is_verified else f" [{line.source.verification.value}]"
        typer.echo(f"  {when}  {line.text}{state}")
    typer.echo("Due in the course")
    for mark in due:
        typer.echo(f"  day {mark.day:3.0f}  {mark.text}")


def checklist(case: CaseFile, as_json: AsJson = False) -> None:
    """Print the union of the screening lists for a case: present, absent, not known, or asked on the day.

    Example: euthymia tms checklist case.yaml
    """
    from euthymia.therapies.tms.checklist import checklist as lines_of

    report = load(case)
    warn_unread(report)
    lines = lines_of(report.case)
    if as_json:
        from euthymia.cli.tms_documents import ChecklistDocument, ChecklistItem

        typer.echo(
            ChecklistDocument(
                case_id=report.case.case_id,
                items=[
                    ChecklistItem(
                        code=x.code, section=x.section, question=x.question, state=x.state, evidence=x.evidence,
                        lists=list(x.lists), source=x.source.text, verification=x.source.verification.value,
                    )
                    for x in lines
                ],
            ).model_dump_json(indent=2)
        )  # fmt: skip
        return
    for line in lines:
        typer.echo(f"{line.state:16} {line.question}")
        if line.state == "present":
            typer.echo(f"{'':16} {line.evidence} ({line.source})")
