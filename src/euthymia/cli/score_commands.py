"""``euthymia score`` and ``euthymia stage``."""

from __future__ import annotations

from typing import Annotated

import typer

from euthymia.cli.options import AsJson, CaseFile, load, warn_unread


def score(
    scale: Annotated[str, typer.Argument(help="Scale, e.g. PHQ-9, QIDS-SR16, MADRS, C-SSRS.")],
    answers: Annotated[
        list[str] | None,
        typer.Argument(
            help="Item answers in order; - for unanswered; yes/no (C-SSRS); factor=sum or factor=1,2,3 (MEQ-30, CEQ …)."
        ),
    ] = None,
    total: Annotated[float | None, typer.Option("--total", help="Total, where items are not kept.")] = None,
    band_set: Annotated[str | None, typer.Option("--band-set", help="Which published severity bands to use.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score a rating scale: total, severity band, domains, safety alerts.

    Example: euthymia score PHQ-9 2 2 2 2 2 2 1 1 1
    """
    from euthymia.case.scales import score as score_scale

    found = score_scale(scale, _given(answers or []) or None, total=total, band_set=band_set)
    if not as_json:
        typer.echo(str(found))
        return
    from euthymia.cli.documents import AlertItem, ScoreDocument, source_doc

    document = ScoreDocument(
        scale=found.scale,
        total=found.total,
        minimum=found.minimum,
        maximum=found.maximum,
        band=found.band,
        band_set=found.band_set,
        domains=dict(found.domains),
        flags=list(found.flags),
        alerts=[AlertItem(level=a.level.value, code=a.code, statement=a.statement) for a in found.alerts],
        source=source_doc(found.source),
    )
    typer.echo(document.model_dump_json(indent=2))


def stage(case: CaseFile, as_json: AsJson = False) -> None:
    """Rate every treatment trial, stage the resistance, and check what could mimic it.

    Example: euthymia stage case.yaml
    """
    from euthymia.case.history import adequacy_all, pseudo_resistance, resistant, stage_all

    report = load(case)
    warn_unread(report)
    found = report.case
    trials, staging = adequacy_all(found), stage_all(found)
    verdicts, checklist = resistant(found), pseudo_resistance(found)
    if as_json:
        from euthymia.cli import documents as d

        document = d.StageDocument(
            case_id=found.case_id,
            trials=[
                d.TrialRow(
                    trial=trial.name, rule_set=name, adequate=r.adequate, failed=r.failed,
                    counts_as_failure=r.counts_as_failure, reasons=[d.cited(x) for x in r.reasons],
                )
                for trial, ratings in trials
                for name, r in ratings.items()
            ],
            staging=[
                d.StagingItem(
                    method=s.method, applicable=s.applicable, score=s.score, low=s.low, high=s.high, stage=s.stage,
                    missing=list(s.missing), reasons=[d.cited(x) for x in s.reasons],
                )
                for s in staging
            ],
            resistance=[
                d.ResistanceItem(
                    code=v.code, label=v.label, rule_set=v.rule_set, is_trd=v.is_trd, resistant=v.resistant,
                    failed_for_certain=v.count.failed_low, failed_at_most=v.count.failed_high,
                    missing=[d.question_doc(q) for q in v.missing],
                )
                for v in verdicts
            ],
            pseudo_resistance=[
                d.ChecklistEntry(
                    code=i.code, question=i.question, state=i.state.value, statement=i.statement,
                    source=d.source_doc(i.source),
                )
                for i in checklist
            ],
        )  # fmt: skip
        typer.echo(document.model_dump_json(indent=2))
        return
    from euthymia.cli import render

    render.stage(found, trials, staging, verdicts, checklist)


def _given(answers: list[str]) -> list[int | None] | dict[str, list[int | None] | int]:
    """Read answers in order, or by factor: ``fear=20`` is a sum, ``fear=4,4,4,4,4`` the answers."""
    from euthymia.core.errors import InvalidInput

    if not any("=" in answer for answer in answers):
        return [_answer(part, i) for i, part in enumerate(_parts(answers), start=1)]
    found: dict[str, list[int | None] | int] = {}
    for answer in answers:
        name, equals, text = answer.partition("=")
        if not (equals and name.strip() and text.strip()) or name in found:
            raise InvalidInput("answers", answer, "factor=sum or factor=1,2,3 for every part, each factor once")
        numbers = [_answer(part, i) for i, part in enumerate(_parts([text]), start=1)]
        found[name] = numbers[0] if len(numbers) == 1 and numbers[0] is not None else numbers
    return found


def _parts(answers: list[str]) -> list[str]:
    """Allow ``2,2,1`` as well as ``2 2 1``."""
    return [part for answer in answers for part in answer.replace(",", " ").split()]


def _answer(text: str, position: int) -> int | None:
    word = text.casefold()
    if word in ("-", "?", "na", "unanswered"):
        return None
    if word in ("yes", "y", "no", "n"):
        return int(word.startswith("y"))
    try:
        return int(text)
    except ValueError:
        from euthymia.core.errors import InvalidInput

        raise InvalidInput(f"answers[{position}]", text, "a whole number, yes, no, or - for unanswered") from None
