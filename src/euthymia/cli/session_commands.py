"""``euthymia session``: run one session of a therapy, live or simulated, recorded and resumable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson, CaseFile, Seed, load, warn_unread

if TYPE_CHECKING:
    from euthymia.cli.session_run import Wanted
    from euthymia.live.runner import Ended


def session(
    therapy: Annotated[str, typer.Argument(help="Therapy, as `euthymia therapies` lists it.")],
    case: CaseFile,
    form: Annotated[str | None, typer.Option("--form", help="Form of the therapy, e.g. esketamine_nasal.")] = None,
    protocol: Annotated[str | None, typer.Option("--protocol", help="One of the proposed protocols.")] = None,
    number: Annotated[int | None, typer.Option("-n", "--number", help="Which session; the next one if absent.")] = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="Let a simulated patient and staff answer.")] = False,
    seed: Seed = 0,
    speed: Annotated[
        str | None, typer.Option("--speed", help="Of a simulated session: 60, or inf for at once.")
    ] = None,
    script: Annotated[Path | None, typer.Option("--script", help="What happens in a simulated session (YAML).")] = None,
    vitals: Annotated[
        str | None, typer.Option("--vitals", help="File of vital signs that grows, or - (stdin).")
    ] = None,
    record: Annotated[Path | None, typer.Option("--record", help="New file for the record of this session.")] = None,
    resume: Annotated[Path | None, typer.Option("--resume", help="Go on with the session of this record.")] = None,
    by: Annotated[str, typer.Option("--by", help="Who runs the session (a role or internal id).")] = "",
    view: Annotated[
        str | None, typer.Option("--view", help="screen or lines; screen for a simulation to watch.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="New file for the events (.jsonl).")] = None,
    as_json: AsJson = False,
) -> None:
    """Session: what to do now, due times, gates, readings and alerts; every step on disk before the next.

    Example: euthymia session ketamine case.yaml --form esketamine_nasal --simulate --record s1.jsonl -o events.jsonl
    """
    from euthymia.cli.session_run import Wanted, run_session
    from euthymia.therapies.registry import therapy as registered

    chosen = registered(therapy)
    report = load(case)
    warn_unread(report)
    wanted = Wanted(
        therapy=chosen, case=report.case, case_path=case, form=form, protocol=protocol, number=number,
        simulate=simulate, seed=seed, speed=speed, script=script, vitals=vitals, record=record, resume=resume, by=by,
        view=view, output=output, as_json=as_json,
    )  # fmt: skip
    ran = run_session(wanted)
    if as_json:
        from euthymia.cli.session_documents import session_document

        document = session_document(ran.live, ran.ended, ran.told, ran.lines, ran.record_words, ran.resume_words)
        typer.echo(document.model_dump_json(indent=2))
    else:
        _tell(ran.ended, wanted, ran.resume_words)
    raise typer.Exit(_code(ran.ended))


def _code(ended: Ended) -> int:
    from euthymia.cli.app import FAILURE, OK, REFUSED

    return OK if ended.how in ("closed", "break") else REFUSED if ended.how == "gates_closed" else FAILURE


def _tell(ended: Ended, wanted: Wanted, resume_words: str | None) -> None:
    from euthymia.live.closing import delivered, form_fields, missing_fields

    fact = delivered(ended.events)
    if fact is not None:
        typer.echo(f"\nSession {fact.number}: {fact.status.replace('_', ' ')}, {len(ended.events)} events.")
        if "stopped_because" in fact.summary:
            typer.echo(f"Stopped: {fact.summary['stopped_because']}")
        fields = form_fields(ended.events)
        if fields:
            typer.echo("Monitoring form:")
            for name, value in fields.items():
                typer.echo(f"  {name.replace('_', ' ')}: {'(missing)' if value is None else value}")
        missing = missing_fields(ended.events)
        if missing:
            typer.echo(f"Missing: {', '.join(missing)}.")
        if wanted.output is not None:
            typer.echo(f"wrote {wanted.output}")
        return
    typer.secho(f"\nThe session is not closed ({ended.how.replace('_', ' ')}).", err=True)
    for gate in ended.gates:
        typer.secho(f"  closed: {gate}", err=True)
    typer.secho(f"Go on: {resume_words}" if resume_words else "No record was kept (--record FILE).", err=True)
    sys.stderr.flush()
