"""``euthymia tms letter``: a letter to a payer, criterion by criterion, from what the case holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson, CaseFile, load, warn_unread

if TYPE_CHECKING:
    from euthymia.therapies.tms.letter import Letter


def letter(
    case: CaseFile,
    payer: Annotated[str, typer.Option("--payer", help="Policy, e.g. l34522, ambetter, aetna, bcbs.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="letter.html or letter.md.")] = None,
    form: Annotated[str | None, typer.Option("--form", help="Form, e.g. tms_itbs.")] = None,
    protocol: Annotated[str | None, typer.Option("--protocol", help="One of the proposed protocols.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a payer letter: which criteria are met, not met, not known; nothing is claimed that the case lacks.

    Example: euthymia tms letter case.yaml --payer l34522 -o letter.html
    """
    from euthymia.cli.simulate_commands import one_proposal
    from euthymia.core.errors import InvalidInput
    from euthymia.therapies.registry import therapy
    from euthymia.therapies.tms.letter import payer_letter
    from euthymia.therapies.tms.letter_text import letter_markdown
    from euthymia.therapies.tms.payers import payer_row
    from euthymia.therapies.tms.prescription import as_tms

    if output is not None and output.suffix.lower() not in (".html", ".md"):
        raise InvalidInput("--output", output.name, "a file that ends in .html or .md")
    payer_row(payer)
    report = load(case)
    warn_unread(report)
    rx = as_tms(one_proposal(therapy("tms").propose(report.case), "tms", form, protocol))
    found = payer_letter(report.case, rx, payer)
    if output is not None:
        from euthymia.report.tms_letter import letter_html
        from euthymia.report.write import write_files

        text = letter_html(found) if output.suffix.lower() == ".html" else letter_markdown(found)
        write_files({output.name: text}, output.parent)
    if as_json:
        typer.echo(_document(found))
    elif output is not None:
        counts = ", ".join(f"{len(found.in_state(s))} {s}" for s in ("met", "not met", "not known"))
        typer.echo(f"{found.payer.version}: {counts}\nwrote {output}")
    else:
        typer.echo(letter_markdown(found), nl=False)


def _document(found: Letter) -> str:
    from euthymia.cli.documents import question_doc
    from euthymia.cli.tms_documents import CriterionItem, LetterDocument

    row = found.payer
    return LetterDocument(
        case_id=found.case_id, synthetic=found.synthetic, payer=row.payer, policy=row.policy, version=row.version,
        effective_on=row.effective_on.isoformat() if row.effective_on else None, as_of=row.as_of.isoformat(),
        verification=row.verification.value, facts=dict(found.facts), trials=list(found.trials),
        course=dict(found.course),
        criteria=[
            CriterionItem(
                code=f.code, statement=f.statement, state=f.state, evidence=f.evidence, source=f.source.text,
                questions=[question_doc(q) for q in f.questions],
            )
            for f in found.findings
        ],
        cautions=list(found.cautions),
    ).model_dump_json(indent=2)  # fmt: skip
