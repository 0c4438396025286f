"""``euthymia plan``, ``screen``, ``follow``, ``therapies`` and ``schema``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson, CaseFile, Seed, load, warn_unread

if TYPE_CHECKING:
    from euthymia.therapies.contract import Therapy


def plan(
    case: CaseFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for plan.json and plan.html.")],
    weight: Annotated[
        list[str] | None, typer.Option("--weight", help="Weight of a criterion, e.g. --weight burden=5 (repeatable).")
    ] = None,
    fhir: Annotated[bool, typer.Option("--fhir", help="Also write a FHIR R4 CarePlan (careplan.json).")] = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Plan: screen, propose, forecast and compare all therapies for one case, with the reasons.

    Example: euthymia plan case.yaml -o plan/ --weight benefit=8 --weight burden=1
    """
    from euthymia.cli import render
    from euthymia.cli.documents import WrittenDocument
    from euthymia.cli.written import written_plan
    from euthymia.plan import compare
    from euthymia.report import write_plan

    report = load(case)
    warn_unread(report)
    found = compare(report.case, seed=seed, stated_weights=_weights(weight or []))
    files = write_plan(found, report.case, output, fhir=fhir)
    if as_json:
        typer.echo(WrittenDocument(plans=[written_plan(found, files)]).model_dump_json(indent=2))
        return
    render.plan(found)
    for path in files:
        typer.echo(f"wrote {path}")


def screen(
    case: CaseFile,
    therapy: Annotated[str | None, typer.Option("--therapy", help="One therapy only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Screen: may each therapy be used for this patient, why, and what to ask.

    Example: euthymia screen case.yaml --therapy tms
    """
    report = load(case)
    warn_unread(report)
    chosen = _chosen(therapy)
    screenings = [t.screen(report.case) for t in chosen]
    if not as_json:
        from euthymia.cli import render

        render.screenings(screenings, detailed=therapy is not None)
        return
    from euthymia.cli import documents as d

    document = d.ScreenDocument(
        case_id=report.case.case_id,
        therapies=[
            d.TherapyScreening(
                therapy=s.therapy, title=s.title, verdict=s.verdict.value,
                forms=[
                    d.FormScreening(
                        form=f.form, title=f.title, verdict=f.verdict.value, legality=f.legality.value,
                        reasons=[d.cited(r) for r in f.reasons], label=[d.cited(x.reason) for x in f.label],
                        missing=[d.question_doc(q) for q in f.missing],
                    )
                    for f in (s.forms or (s,))
                ],
            )
            for s in screenings
        ],
    )  # fmt: skip
    typer.echo(document.model_dump_json(indent=2))


def follow(
    case: CaseFile,
    therapy: Annotated[str | None, typer.Option("--therapy", help="One therapy only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Follow the courses under way: continue, adjust, stop, maintain or plan again.

    Example: euthymia follow case.yaml
    """
    from euthymia.cli import documents as d
    from euthymia.plan.under_way import follow_courses, follow_therapy

    report = load(case)
    warn_unread(report)
    chosen = _chosen(therapy)
    followed = follow_courses(report.case, chosen) if therapy is None else [follow_therapy(report.case, chosen[0])]
    if not as_json:
        from euthymia.cli import render

        render.advice(followed)
        return
    document = d.FollowDocument(
        case_id=report.case.case_id,
        advice=[
            d.AdviceItem(
                therapy=f.therapy.name, decision=f.advice.decision.value,
                form=f.prescription.form if f.prescription else "",
                protocol=f.prescription.protocol if f.prescription else "",
                reasons=[d.cited(r) for r in f.advice.reasons], review_in_days=f.advice.review_in_days,
                missing=[d.question_doc(q) for q in f.advice.missing], would_change=list(f.advice.would_change),
            )
            for f in followed
        ],
    )  # fmt: skip
    typer.echo(document.model_dump_json(indent=2))


def therapies(as_json: AsJson = False) -> None:
    """List the registered therapies and the package each comes from.

    Example: euthymia therapies
    """
    from euthymia.cli import render
    from euthymia.cli.documents import TherapiesDocument, TherapyItem
    from euthymia.therapies.registry import therapies as registered

    items = [
        TherapyItem(
            name=t.name, title=t.title, is_reference=t.is_reference, provided_by=type(t).__module__.split(".")[0]
        )
        for t in registered()
    ]
    if as_json:
        typer.echo(TherapiesDocument(therapies=items).model_dump_json(indent=2))
    else:
        render.therapies(items)


def schema(
    name: Annotated[str | None, typer.Argument(help="Document: plan, case, score, stage, screen, …")] = None,
) -> None:
    """Print the JSON Schema of a document, or list the documents.

    Example: euthymia schema plan
    """
    from euthymia.case.files import case_schema
    from euthymia.cli.documents import DOCUMENTS, schema_of
    from euthymia.core.errors import InvalidInput
    from euthymia.plan.document import plan_schema

    if name is None:
        typer.echo("\n".join(["case", "plan", *DOCUMENTS]))
        return
    if name not in ("case", "plan", *DOCUMENTS):
        raise InvalidInput("name", name, " | ".join(["case", "plan", *DOCUMENTS]))
    made = case_schema() if name == "case" else plan_schema() if name == "plan" else schema_of(name)
    typer.echo(json.dumps(made, indent=2))


def _chosen(name: str | None) -> tuple[Therapy, ...]:
    from euthymia.therapies.registry import therapies as registered
    from euthymia.therapies.registry import therapy

    return registered() if name is None else (therapy(name),)


def _weights(texts: list[str]) -> dict[str, float]:
    from euthymia.core.errors import InvalidInput

    found = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise InvalidInput("--weight", text, "criterion=number, e.g. burden=5") from None
        if not 0 <= found[name.strip()] <= 1000:
            raise InvalidInput("--weight", text, "a number from 0 to 1000")
    return found
