"""The medication table: what an attached genome says about psychiatric drugs, or what a test would add.

The file is read where it lies, after its SHA-256 was compared with the attachment's; a file that is absent, changed or
refused is said so in words, and the plan goes on without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from euthymia.case import drugs
from euthymia.case.attachments import sha256_of
from euthymia.case.facts import Attachment
from euthymia.case.model import Case
from euthymia.core.errors import EuthymiaError
from euthymia.core.reason import EvidenceGrade, Reason

if TYPE_CHECKING:
    from euthymia.engines.genome import GenomeCalls
    from euthymia.engines.genome.advice_types import DrugAdvice

_SHOWN_DRUGS = 8
_PSYCHIATRIC = ("antidepressant", "antipsychotic")


@dataclass(frozen=True, slots=True)
class MedicineRow:
    """What one guideline says about one drug for this patient; ``reason`` holds its sources."""

    drug: str
    is_taken: bool
    guideline: str
    population: str
    action: str
    strength: str
    states: str
    agents: tuple[str, ...]
    is_certain: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class MedicineTable:
    """The table, with what was read for it; ``rows`` is empty when no genome could be read."""

    statement: str
    genes: tuple[tuple[str, str, str], ...]  # gene, diplotype, phenotype
    rows: tuple[MedicineRow, ...]


def medicine_table(case: Case) -> MedicineTable:
    """Return the medication table of a case.

    Parameters
    ----------
    case
        The case; its newest attachment of kind ``vcf``, its medicines and its age are used.

    Returns
    -------
    MedicineTable
        Drugs the patient takes first, then by name; CPIC, DPWG and the US label as they stand, never merged.
    """
    files = [e.fact for e in case.of(Attachment) if e.fact.kind == "vcf"]
    if not files:
        return MedicineTable(_what_a_test_adds(), (), ())
    try:
        calls = _called(files[-1])
    except EuthymiaError as error:
        return MedicineTable(f"The attached genome could not be used: {error}", (), ())
    from euthymia.engines.genome.advice import advice
    from euthymia.engines.genome.call_rows import row

    names = [(m.name, drugs.drug(m.name)) for m in case.medications]
    taken = [known.ingredient if known else name for name, known in names]
    rows = [
        _row(r, taken) for r in advice(calls, medications=taken, age=case.age_yr) if r.leads and _concerns(r, taken)
    ]
    genes = tuple((cells[1], cells[2], cells[3]) for cells in (row(gene) for gene in calls.genes))
    words = f"From the attached genome ({calls.build}, sample {calls.sample}), after the medicines taken"
    words += f" ({', '.join(taken)})." if taken else " (none recorded)."
    return MedicineTable(words, genes, tuple(sorted(rows, key=lambda r: (not r.is_taken, r.drug))))


def _called(file: Attachment) -> GenomeCalls:
    """Call the one sample of an attached file; raise our own error when it is not the file that was attached."""
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.genome import call_vcf

    path = Path(file.path)
    if not path.is_file():
        raise InvalidInput("attachments.path", file.path, "a file that is here", "Attach it again.")
    if sha256_of(path)[0] != file.sha256:
        raise InvalidInput("attachments.sha256", path.name, "the file that was attached, unchanged", "Attach it again.")
    samples = list(call_vcf(path))
    if len(samples) != 1:
        raise InvalidInput(
            "attachments", f"{len(samples)} samples", "a file of one sample", "Attach the patient's own."
        )
    return samples[0]


def _concerns(row: DrugAdvice, taken: Sequence[str]) -> bool:
    """Whether a row belongs in the table: a drug that is taken, an antidepressant or an antipsychotic."""
    if row.drug in taken:
        return True
    classes = drugs.classes(row.drug)
    return classes is not None and any(name in classes for name in _PSYCHIATRIC)


def _row(found: DrugAdvice, taken: Sequence[str]) -> MedicineRow:
    from euthymia.engines.genome.advice_words import action_words

    action = action_words(found.first)
    states = " or ".join(dict.fromkeys(s for o in found.options for s in o.combinations))
    words = f"{found.drug} ({found.guideline.value}): {action}"
    words += f" for {states}" if states else ""
    words += f", after {', '.join(found.agents)}" if found.agents else ""
    sources = found.sources
    grade = EvidenceGrade.RULE if sources else EvidenceGrade.CASE
    return MedicineRow(
        drug=found.drug,
        is_taken=found.drug in taken,
        guideline=found.guideline.value,
        population=found.population,
        action=action,
        strength=found.strength.value.replace("_", " "),
        states=states,
        agents=found.agents,
        is_certain=found.is_certain,
        reason=Reason(f"{words}.", sources, grade, code=f"pgx_{found.drug}_{found.guideline.value}"),
    )


def _what_a_test_adds() -> str:
    from euthymia.engines.genome.advice import known_drugs

    held = [name for name in known_drugs() if (found := drugs.drug(name)) is not None and found.is_antidepressant]
    shown = ", ".join(held[:_SHOWN_DRUGS])
    return (
        f"No genome is attached. With one, guideline rows on dose or choice would be shown for {len(held)} "
        f"antidepressants ({shown} …), after the medicines actually taken. A test changes exposure and side "
        "effects more than remission; it never delays urgent care."
    )
