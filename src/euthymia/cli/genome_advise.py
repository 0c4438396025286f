"""``euthymia genome advise``: what the guidelines say about each drug for these genes and this medication list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from euthymia.engines.genome import GenomeCalls
    from euthymia.engines.genome.advice_types import DrugAdvice
    from euthymia.engines.genome.phenoconversion_agents import Medication

LIMITS = (
    "Pharmacokinetic genes change exposure. The gain in remission in trials of guided prescribing was small and brief.",
    "Nothing here withholds urgent care. A drug without a row has no guideline here; that is not a clearance.",
)


def advise(
    vcf: Annotated[Path, typer.Argument(metavar="FILE", help="VCF 4.x: plain, gzip or bgzip.")],
    case: Annotated[Path | None, typer.Option("--case", help="Case file: its medicines and age are used.")] = None,
    medication: Annotated[list[str] | None, typer.Option("--medication", help="A medicine taken (repeatable).")] = None,
    drug: Annotated[list[str] | None, typer.Option("--drug", help="Advise on this drug only (repeatable).")] = None,
    outside_calls: Annotated[Path | None, typer.Option("--outside-calls", help="Calls of a laboratory.")] = None,
    sample: Annotated[str | None, typer.Option("--sample", help="Sample of a file with several.")] = None,
    build: Annotated[str, typer.Option("--build", help="Build of the file: GRCh38, or GRCh37 on purpose.")] = "GRCh38",
    absent_is_reference: Annotated[
        bool, typer.Option("--absent-is-reference", help="Take positions without a record as reference.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the advice as JSON for machines.")] = False,
) -> None:
    """Advise on drugs: CPIC first, DPWG and the US label beside it, after the medicines actually taken.

    Example: euthymia genome advise patient.vcf.gz --case case.yaml --drug sertraline
    """
    from euthymia.cli.genome_input import ingredient, medicines_of, one_sample
    from euthymia.cli.options import load
    from euthymia.engines.genome.advice import advice
    from euthymia.engines.genome.phenoconversion_agents import medication_list

    found_case = load(case).case if case else None
    calls = one_sample(
        vcf, build=build, sample=sample, outside_calls=outside_calls, absent_is_reference=absent_is_reference
    )
    medicines = medication_list([*medicines_of(found_case), *map(ingredient, medication or ())])
    age = None if found_case is None else found_case.age_yr
    rows = advice(calls, drugs=drug or None, medications=medicines, age=age)
    if as_json:
        typer.echo(_document(calls, medicines, rows))
    else:
        _print(calls, medicines, rows)


def _document(calls: GenomeCalls, medicines: Sequence[Medication], rows: Sequence[DrugAdvice]) -> str:
    from euthymia.cli.documents import source_doc
    from euthymia.cli.genome_documents import AdviceRow, GenomeAdviceDocument
    from euthymia.cli.genome_input import medicine_words
    from euthymia.engines.genome.call_rows import COLUMNS, row

    return GenomeAdviceDocument(
        sample=calls.sample,
        build=calls.build,
        medications=[medicine_words(one) for one in medicines],
        calls=[dict(zip(COLUMNS, row(gene), strict=True)) for gene in calls.genes],
        advice=[
            AdviceRow(
                drug=r.drug, guideline=r.guideline.value, population=r.population, basis=r.basis.value, leads=r.leads,
                certain=r.is_certain, actions=list(r.actions), states=[s for o in r.options for s in o.combinations],
                dose_factor=r.dose_factor, max_dose_mg=r.max_dose_mg, strength=r.strength.value, agents=list(r.agents),
                differs_from=[g.value for g in r.differs_from], verification=r.verification.value,
                reasons=[reason.statement for reason in r.reasons], sources=[source_doc(s) for s in r.sources],
            )
            for r in rows
        ],
        limits=list(LIMITS),
    ).model_dump_json(indent=2)  # fmt: skip


def _print(calls: GenomeCalls, medicines: Sequence[Medication], rows: Sequence[DrugAdvice]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from euthymia.cli.genome_input import medicine_words
    from euthymia.engines.genome.advice_words import action_words

    console = Console(highlight=False)
    taken = ", ".join(map(medicine_words, medicines)) or "none given"
    console.print(f"[bold]{escape(calls.sample)}[/bold] ({calls.build}); medicines: {escape(taken)}")
    table = Table(pad_edge=False)
    for name in ("Drug", "Guideline", "For", "Action", "Strength", "State"):
        table.add_column(name)
    for r in (row for row in rows if row.leads):
        agents = f" (after {', '.join(r.agents)})" if r.agents else ""
        certain = "" if r.is_certain else " (the most careful of several)"
        states = " or ".join(dict.fromkeys(s for o in r.options for s in o.combinations))
        table.add_row(
            escape(r.drug), r.guideline.value, escape(r.population), escape(f"{action_words(r.first)}{certain}"),
            r.strength.value.replace("_", " "), escape(f"{states}{agents}"),
        )  # fmt: skip
    console.print(table)
    for line in LIMITS:
        console.print(line)
