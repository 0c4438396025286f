"""What a pharmacogenomics report holds: calls, advice, phenoconversion and exposure of one sample, sorted for reading.

The page, the JSON document and the FHIR resources are three forms of this one value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from euthymia import __version__
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.engines.genome import GeneCall, GenomeCalls
from euthymia.engines.genome.advice import advice, known_drugs
from euthymia.engines.genome.advice_exposure import ExposureShift, exposure_rows
from euthymia.engines.genome.advice_input import States, gene_states
from euthymia.engines.genome.advice_types import DrugAdvice
from euthymia.engines.genome.alleles import gene_alleles, star_genes
from euthymia.engines.genome.phenoconversion import FunctionalPhenotype, phenoconversion
from euthymia.engines.genome.phenoconversion_agents import Medication, medication_list
from euthymia.engines.genome.phenoconversion_tables import agent_key, modulators
from euthymia.engines.genome.positions import panel
from euthymia.engines.genome.table_editions import EditionRow, editions
from euthymia.report.genome_function import FunctionShift, exposures_of, function_shifts
from euthymia.report.genome_groups import Conflict, Group, conflicts, group_of, holds_always

NOT_FOR_USE = ("SLC6A4", "HTR2A", "MTHFR", "COMT")
"""Genes on commercial panels that no guideline uses to choose a drug; why stands in ``not_for_use.csv``."""

LIMITS = (
    "Pharmacokinetic genes change exposure. They do not find the antidepressant that works.",
    "Nothing here withholds urgent care. A drug without a row has no guideline here; that is not a clearance.",
    "CYP2D6 from small variants shows no gene copies: a deletion, a duplication or a hybrid allele is not excluded "
    "unless a copy-number-aware call was given.",
    "Only the listed positions were read. A rare or new variant elsewhere is not seen; a normal result is no proof of "
    "normal function.",
    "The rows hold for the medication list shown. Look again when it changes.",
    "CPIC's tricyclic advice is for doses used in depression.",
)
"""What every report says of itself."""


@dataclass(frozen=True, slots=True)
class GeneEntry:
    """One gene: its call, the positions that were read, and what it does under the medication list."""

    call: GeneCall
    sites_used: tuple[str, ...]
    functional: tuple[FunctionalPhenotype, ...]

    @property
    def phenotypes_differ(self) -> bool | None:
        """Whether the diplotypes that remain possible differ in phenotype; None where only one remains."""
        return None if self.call.n_possible <= 1 else len(self.call.phenotypes) > 1


@dataclass(frozen=True, slots=True)
class MedicineEntry:
    """One drug: every row about it, where it stands, where guidelines differ, and the published exposure.

    ``always`` is False when it stands there only for some of the genotypes that remain possible.
    """

    drug: str
    is_taken: bool
    group: Group
    always: bool
    rows: tuple[DrugAdvice, ...]
    conflicts: tuple[Conflict, ...]
    shifts: tuple[FunctionShift, ...]
    exposures: tuple[ExposureShift, ...]


@dataclass(frozen=True, slots=True)
class GenomeReport:
    """A report on one sample; ``medicines`` are in reading order, taken first."""

    calls: GenomeCalls
    made_at: datetime
    version: str
    case_id: str
    age: float | None
    context: tuple[str, ...]
    medications: tuple[Medication, ...]
    unknown_medications: tuple[str, ...]
    without_rows: tuple[str, ...]
    states: States
    genes: tuple[GeneEntry, ...]
    medicines: tuple[MedicineEntry, ...]
    evidence: tuple[Reason, ...]
    not_for_use: tuple[Reason, ...]
    editions: tuple[EditionRow, ...]
    limits: tuple[str, ...] = LIMITS

    @property
    def due(self) -> tuple[EditionRow, ...]:
        """Editions that must be compared with a newer one on the day of the report."""
        return tuple(row for row in self.editions if row.is_due(self.made_at.date()))


def genome_report(
    calls: GenomeCalls,
    *,
    made_at: datetime,
    medications: Iterable[str | Medication] = (),
    drugs: Iterable[str] | None = None,
    age: float | None = None,
    context: Collection[str] = (),
    case_id: str = "",
) -> GenomeReport:
    """Return the report on one sample.

    Parameters
    ----------
    calls
        Calls of one sample.
    made_at
        When the report is made, with its time zone; the age of the tables is counted to this day.
    medications
        What is taken, or was until lately.
    drugs
        Ingredients to report on; None for every drug of the tables.
    age, context
        As for :func:`euthymia.engines.genome.advice.advice`.
    case_id
        Internal id of the case, or an empty string.

    Raises
    ------
    InvalidInput
        For a time without a zone, and for whatever advice refuses.
    """
    if made_at.tzinfo is None:
        raise InvalidInput("made_at", made_at, "a time with its time zone")
    listed = medication_list(medications)
    now = [m.agent for m in listed if m.stopped_days_ago is None]
    wanted = None if drugs is None else [*drugs]
    states = gene_states(calls)
    rows = advice(calls, drugs=wanted, medications=listed, age=age, context=context)
    named = (*known_drugs(), *_exposure_drugs()) if wanted is None else tuple(agent_key(d) for d in wanted)
    entries = [
        _medicine(drug, [r for r in rows if r.drug == drug], now, states, listed) for drug in dict.fromkeys(named)
    ]
    entries = [e for e in entries if e.rows or e.exposures]
    held = {e.drug for e in entries if e.rows}
    unknown = tuple(m.agent for m in listed if not _is_known(m.agent))
    asked = dict.fromkeys(name for name in (*now, *(wanted or ())) if name not in unknown)
    functional = phenoconversion(calls, listed)
    return GenomeReport(
        calls=calls,
        made_at=made_at,
        version=__version__,
        case_id=case_id,
        age=age,
        context=tuple(context),
        medications=listed,
        unknown_medications=unknown,
        without_rows=tuple(name for name in asked if agent_key(name) not in held),
        states=states,
        genes=tuple(_gene(call, calls.build, functional) for call in calls.genes),
        medicines=tuple(sorted(entries, key=_reading_order)),
        evidence=_evidence(),
        not_for_use=_not_for_use(),
        editions=editions(),
    )


def sites_used(call: GeneCall, build: str) -> tuple[str, ...]:
    """Return the defining positions of a gene with a usable genotype; none for a call that came from elsewhere."""
    if not call.provenance.startswith("vcf"):
        return ()
    sites = panel(build).of_gene(call.gene)
    if call.gene in star_genes():
        core = gene_alleles(call.gene).core_sites
        sites = tuple(site for site in sites if site.index in core)
    missing = set(call.missing_positions)
    return tuple(f"{site} {site.rsid}".strip() for site in sites if str(site) not in missing)


def _gene(call: GeneCall, build: str, functional: Sequence[FunctionalPhenotype]) -> GeneEntry:
    return GeneEntry(call, sites_used(call, build), tuple(f for f in functional if f.gene == call.gene))


def _medicine(
    drug: str, rows: list[DrugAdvice], taken: Sequence[str], states: States, listed: Sequence[Medication]
) -> MedicineEntry:
    is_taken = agent_key(drug) in {agent_key(name) for name in taken}
    group = group_of(rows)
    genes = dict.fromkeys(gene for row in rows for gene in row.genes)
    return MedicineEntry(
        drug,
        is_taken,
        group,
        holds_always(rows, group),
        tuple(rows),
        conflicts(rows),
        function_shifts(drug, genes, states, listed),
        exposures_of(drug, states, listed),
    )


def _reading_order(entry: MedicineEntry) -> tuple[bool, int, str]:
    return not entry.is_taken, list(Group).index(entry.group), entry.drug


def _exposure_drugs() -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.drug for row in exposure_rows()))


def _is_known(agent: str) -> bool:
    """Whether any table knows a medicine; what nobody knows can not be checked for interactions."""
    from euthymia.case import drugs

    return drugs.drug(agent) is not None or any(row.is_agent(agent) for row in modulators())


def _evidence() -> tuple[Reason, ...]:
    from euthymia.therapies.precision.tables import statements

    return tuple(row.reason() for row in statements())


def _not_for_use() -> tuple[Reason, ...]:
    from euthymia.therapies.precision.tables import not_for_use

    found = [(gene, not_for_use(gene)) for gene in NOT_FOR_USE]
    return tuple(
        Reason(f"{gene}: {row.statement.rstrip('.')}.", (row.cite(),), EvidenceGrade.RULE, code=f"not_for_use_{gene}")
        for gene, row in found
        if row is not None
    )
