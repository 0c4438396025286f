"""The medication table: what genes and medicines say about psychiatric drugs, or what a test would add.

Genes come from the attached genome, outside calls and findings of the case, merged with their provenance. Beside the
guideline rows stand the drug options of precision psychiatry in order, with what was left out and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from euthymia.case import drugs
from euthymia.case.model import Case
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.plan.drug_options import LeftOut, OptionLine, drug_options
from euthymia.therapies.dated_medicines import dated_medicines, taken_now
from euthymia.therapies.genome_in_case import GenomeInCase, genome_in_case

if TYPE_CHECKING:
    from euthymia.engines.genome.advice_types import DrugAdvice
    from euthymia.engines.genome.phenoconversion import FunctionalPhenotype, Medication

_SHOWN_DRUGS = 8
_PSYCHIATRIC = ("antidepressant", "antipsychotic")


@dataclass(frozen=True, slots=True)
class GeneLine:
    """One gene: what it is by genotype, and what it does under the medicines that act on its enzyme."""

    gene: str
    diplotype: str
    phenotype: str
    functional: str  # empty where nothing acts on the enzyme
    agents: tuple[str, ...]
    provenance: str


@dataclass(frozen=True, slots=True)
class MedicineRow:
    """What one guideline says about one drug for this patient; ``reason`` holds its sources."""

    drug: str
    is_taken: bool
    guideline: str
    population: str
    action: str
    word: str  # use | adjust | avoid | no advice
    strength: str
    states: str
    agents: tuple[str, ...]
    is_certain: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class MedicineTable:
    """The table, with what was read for it; ``rows`` is empty when no gene is known."""

    statement: str
    genes: tuple[GeneLine, ...] = ()
    rows: tuple[MedicineRow, ...] = ()
    notes: tuple[Reason, ...] = ()  # sources of genes that contradict each other, and co-medication that acts
    options: tuple[OptionLine, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason of the table."""
        return (
            *(row.reason for row in self.rows), *self.notes, *(r for line in self.options for r in line.reasons),
            *(one.reason for one in self.left_out),
        )  # fmt: skip


def medicine_table(case: Case) -> MedicineTable:
    """Return the medication table of a case.

    Parameters
    ----------
    case
        The case; its genome, outside calls and findings on genes, its medicines with the days since the last dose,
        and its age are used.

    Returns
    -------
    MedicineTable
        Drugs the patient takes first, then by name; CPIC, DPWG and the US label as they stand, never merged.
    """
    from euthymia.engines.genome.phenoconversion import phenoconversion

    genome = genome_in_case(case)
    medicines = dated_medicines(case)
    taken = taken_now(case)
    shifts = phenoconversion(genome.calls, medicines)
    notes = tuple(dict.fromkeys(r for shift in shifts if shift.is_changed for r in shift.reasons))
    return MedicineTable(
        _statement(genome, taken, medicines),
        tuple(_gene_line(call, shifts) for call in _rows(genome)) if genome.calls else (),
        _advice_rows(case, genome, medicines, taken) if genome.calls else (),
        (*genome.conflicts, *notes),
        *drug_options(case),
    )


def _statement(genome: GenomeInCase, taken: Sequence[str], medicines: Sequence[Medication]) -> str:
    acting = sorted({m.agent for m in medicines if m.stopped_days_ago is None} - set(taken))
    known = f"after the medicines taken ({', '.join(taken)})" if taken else "no medicine recorded as taken"
    also = f", and {', '.join(acting)}" if acting else ""
    if not genome.has_files:
        words = f" {genome.words} Guideline rows below: {known}{also}." if genome.calls else ""
        return f"{_what_a_test_adds()}{words}"
    return f"{genome.words} Guideline rows: {known}{also}." if genome.calls else genome.words


def _rows(genome: GenomeInCase) -> list[tuple[str, str, str, str]]:
    from euthymia.engines.genome.call_rows import row

    cells = [(row(call), call.provenance) for call in genome.calls]
    return [(found[1], found[2], found[3], origin) for found, origin in cells]


def _gene_line(call: tuple[str, str, str, str], shifts: Sequence[FunctionalPhenotype]) -> GeneLine:
    gene, diplotype, phenotype, origin = call
    mine = [shift for shift in shifts if shift.gene == gene and shift.is_changed]
    functional = " or ".join(
        dict.fromkeys(str(s.state) + ("" if s.validated else " (expected, no validated method)") for s in mine)
    )
    agents = tuple(dict.fromkeys(agent for shift in mine for agent in shift.changing))
    return GeneLine(gene, diplotype, phenotype, functional, agents, origin)


def _advice_rows(
    case: Case, genome: GenomeInCase, medicines: tuple[Medication, ...], taken: Sequence[str]
) -> tuple[MedicineRow, ...]:
    from euthymia.engines.genome.advice import advice

    found = advice(genome.calls, medications=medicines, age=case.age_yr)
    rows = [_row(row, taken) for row in found if row.leads and _concerns(row, taken)]
    return tuple(sorted(rows, key=lambda r: (not r.is_taken, r.drug)))


def _concerns(row: DrugAdvice, taken: Sequence[str]) -> bool:
    """Whether a row belongs in the table: a drug that is taken, an antidepressant or an antipsychotic."""
    if row.drug in taken:
        return True
    classes = drugs.classes(row.drug)
    return classes is not None and any(name in classes for name in _PSYCHIATRIC)


def _row(found: DrugAdvice, taken: Sequence[str]) -> MedicineRow:
    from euthymia.engines.genome.advice_words import action_words
    from euthymia.therapies.precision.gene_effect import advice_word

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
        word=advice_word(found),
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
