"""The fields of a genome ``report.json``, as pydantic models; ``euthymia schema genome-report`` is made from them.

``sources`` inside a part are indices into the list of sources at the end of the document.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from euthymia.plan.document_model import Document, ReasonDoc, SourceDoc

State = Literal["called", "ambiguous", "incomplete", "no_call"]
GuidelineName = Literal["CPIC", "DPWG", "FDA"]


class StateDoc(Document):
    """One possible state of a gene; ``score`` is its activity score, where it has one."""

    gene: str
    phenotype: str
    score: float | None


class DiplotypeDoc(Document):
    """One diplotype that agrees with the data."""

    text: str
    phenotype: str
    functions: list[str | None]
    copies: list[int | None]
    activity_score_low: float | None
    activity_score_high: float | None
    sites_explained: int


class FunctionalDoc(Document):
    """What a gene does under the medication list, for one of its possible states by genotype."""

    genotype: StateDoc
    functional: StateDoc
    is_changed: bool
    agents: list[str]
    changing_agents: list[str]
    method: str
    validated: bool
    reasons: list[ReasonDoc]


class GeneDoc(Document):
    """One gene: every diplotype that remains possible, what it rests on, and what could not be told."""

    gene: str
    status: State
    diplotypes: list[DiplotypeDoc]
    n_possible: int
    phenotype: str
    phenotypes_differ: bool | None
    activity_score_low: float | None
    activity_score_high: float | None
    phase: Literal["phased", "unphased", "not_asked"]
    copy_number: Literal["measured", "not_measured", "not_asked"]
    sites_used: list[str]
    sites_missing: list[str]
    alleles_not_excluded: list[str]
    if_missing_were_reference: list[str]
    provenance: str
    notes: list[str]
    functional: list[FunctionalDoc]


class OptionDoc(Document):
    """One row that remains possible, with the states of the genes it is for."""

    row_id: str
    states: list[str]
    actions: list[str]
    words: str
    strength: str
    dose_factor: float | None
    max_dose_mg: float | None
    is_contraindication: bool


class AdviceDoc(Document):
    """What one guideline says about one drug; ``actions`` are those of the most careful option."""

    drug: str
    guideline: GuidelineName
    version: str
    population: str
    basis: Literal["genotype", "functional", "expected", "condition"]
    leads: bool
    is_certain: bool
    genes: list[str]
    genotype_states: list[StateDoc]
    adjusted_states: list[StateDoc]
    agents: list[str]
    actions: list[str]
    words: str
    common_actions: list[str]
    strength: str
    options: list[OptionDoc]
    differs_from: list[GuidelineName]
    verification: Literal["read", "partial", "unverified"]
    reasons: list[ReasonDoc]
    sources: list[int]


class ConflictDoc(Document):
    """Two guidelines that ask for different things; not ``always``: only for some possible genotypes."""

    guidelines: list[GuidelineName]
    always: bool


class ExposureDoc(Document):
    """Published exposure as a ratio to a normal metabolizer; ``low`` and ``high`` span the rows and their intervals."""

    analyte: str
    state: StateDoc
    ratio: float
    low: float | None
    high: float | None
    reasons: list[ReasonDoc]


class ShiftDoc(Document):
    """What co-medication does to one gene of a drug; no states where it cannot be told."""

    gene: str
    standing: Literal["accepted", "expected", "unresolved", "named"]
    states: list[StateDoc]
    agents: list[str]


class MedicineDoc(Document):
    """One drug at a glance; its rows are in ``advice``.

    Not ``group_always``: it stands there only for some of the genotypes that remain possible.
    """

    drug: str
    is_taken: bool
    group: Literal["avoid", "adjust", "usual", "none"]
    group_always: bool
    conflicts: list[ConflictDoc]
    shifts: list[ShiftDoc]
    exposures: list[ExposureDoc]


class MedicationDoc(Document):
    """A medicine on the list; ``is_known`` is False when no table could check it."""

    agent: str
    stopped_days_ago: float | None
    is_known: bool


class EditionDoc(Document):
    """Edition of a guideline or table, and whether it is due for a comparison with a newer one."""

    name: str
    title: str
    tables: list[str]
    edition: str
    edition_on: date | None
    age_days: int | None
    superseded: str
    is_due: bool
    note: str
    source: int


class GenomeReportDoc(Document):
    """The report on one sample."""

    document: Literal["euthymia/genome-report"] = "euthymia/genome-report"
    schema_version: Literal["1.0"] = "1.0"
    made_at: datetime
    software: str
    sample: str
    case_id: str
    build: str
    input_sha256: str
    table_versions: list[str]
    warnings: list[str]
    age_yr: float | None
    context: list[str]
    medications: list[MedicationDoc]
    medicines: list[MedicineDoc]
    advice: list[AdviceDoc]
    without_rows: list[str]
    genes: list[GeneDoc]
    evidence: list[ReasonDoc]
    not_for_use: list[ReasonDoc]
    editions: list[EditionDoc]
    limits: list[str]
    sources: list[SourceDoc]
