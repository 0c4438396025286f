"""A pharmacogenomics report as a document: ``report.json``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from euthymia.core.reason import Reason
from euthymia.core.source import Source
from euthymia.engines.genome.advice_exposure import ExposureShift
from euthymia.engines.genome.advice_types import Basis, DrugAdvice, GeneState, Option
from euthymia.engines.genome.advice_words import action_words
from euthymia.engines.genome.call_types import Diplotype
from euthymia.engines.genome.phenoconversion import FunctionalPhenotype
from euthymia.engines.genome.table_editions import EditionRow, guideline_edition
from euthymia.plan.document_model import ReasonDoc, SourceDoc
from euthymia.report import genome_document_model as d
from euthymia.report.genome_content import GeneEntry, GenomeReport, MedicineEntry
from euthymia.report.genome_groups import common_actions


def genome_report_document(report: GenomeReport) -> d.GenomeReportDoc:
    """Return the report as a document."""
    return _Writer(report).write()


class _Writer:
    """Turns the parts of one report into documents; sources become indices, in the order in which they are met."""

    def __init__(self, report: GenomeReport) -> None:
        self._report = report
        self._index: dict[Source, int] = {}

    def write(self) -> d.GenomeReportDoc:
        report, calls = self._report, self._report.calls
        unknown = set(report.unknown_medications)
        parts: dict[str, Any] = {
            "medicines": [self._medicine(m) for m in report.medicines],
            "advice": [self._advice(row) for m in report.medicines for row in m.rows],
            "genes": [self._gene(g) for g in report.genes],
            "evidence": self._reasons(report.evidence),
            "not_for_use": self._reasons(report.not_for_use),
            "editions": [self._edition(row) for row in report.editions],
        }
        return d.GenomeReportDoc(
            made_at=report.made_at, software=f"Euthymia {report.version}", sample=calls.sample, case_id=report.case_id,
            build=calls.build, input_sha256=calls.input_sha256, table_versions=list(calls.table_versions),
            warnings=list(calls.warnings), age_yr=report.age, context=list(report.context),
            medications=[
                d.MedicationDoc(agent=m.agent, stopped_days_ago=m.stopped_days_ago, is_known=m.agent not in unknown)
                for m in report.medications
            ],
            without_rows=list(report.without_rows), limits=list(report.limits),
            sources=[source_doc(source) for source in self._index], **parts,
        )  # fmt: skip

    def _sources(self, sources: Iterable[Source]) -> list[int]:
        return [self._index.setdefault(source, len(self._index)) for source in dict.fromkeys(sources)]

    def _reasons(self, reasons: Iterable[Reason]) -> list[ReasonDoc]:
        return [
            ReasonDoc(
                statement=r.statement, direction=r.direction.value, grade=r.grade.value,
                verification=r.verification.value, sources=self._sources(r.sources), value=r.value, low=r.low,
                high=r.high, unit=r.unit, code=r.code,
            )
            for r in reasons
        ]  # fmt: skip

    def _medicine(self, entry: MedicineEntry) -> d.MedicineDoc:
        return d.MedicineDoc(
            drug=entry.drug, is_taken=entry.is_taken, group=entry.group.value, group_always=entry.always,
            conflicts=[
                d.ConflictDoc(guidelines=[c.one.value, c.other.value], always=c.always) for c in entry.conflicts
            ],
            shifts=[
                d.ShiftDoc(
                    gene=s.gene, standing=s.standing.value, states=[_state(one) for one in s.states],
                    agents=list(s.agents),
                )
                for s in entry.shifts
            ],
            exposures=[self._exposure(shift) for shift in entry.exposures],
        )  # fmt: skip

    def _exposure(self, shift: ExposureShift) -> d.ExposureDoc:
        return d.ExposureDoc(
            analyte=shift.analyte, state=_state(shift.state), ratio=shift.ratio, low=shift.low, high=shift.high,
            reasons=self._reasons(shift.reasons),
        )  # fmt: skip

    def _advice(self, row: DrugAdvice) -> d.AdviceDoc:
        states = self._report.states
        adjusted = row.basis in (Basis.FUNCTIONAL, Basis.EXPECTED)
        found = [state for option in row.options for combination in option.states for state in combination]
        return d.AdviceDoc(
            drug=row.drug, guideline=row.guideline.value, version=guideline_edition(row.guideline).edition,
            population=row.population, basis=row.basis.value, leads=row.leads, is_certain=row.is_certain,
            genes=list(row.genes),
            genotype_states=[_state(s) for gene in row.genes for s in states.get(gene, ())],
            adjusted_states=[_state(s) for s in dict.fromkeys(found)] if adjusted else [],
            agents=list(row.agents), actions=list(row.actions), words=action_words(row.first),
            common_actions=list(common_actions(row)), strength=row.strength.value,
            options=[_option(option) for option in row.options],
            differs_from=[g.value for g in row.differs_from], verification=row.verification.value,
            reasons=self._reasons(row.reasons), sources=self._sources(row.sources),
        )  # fmt: skip

    def _gene(self, entry: GeneEntry) -> d.GeneDoc:
        call = entry.call
        copies = {None: "not_asked", True: "measured", False: "not_measured"}[call.copy_number_measured]
        phase = {None: "not_asked", True: "phased", False: "unphased"}[call.phased]
        return d.GeneDoc.model_validate(
            {
                "gene": call.gene, "status": call.status.value, "n_possible": call.n_possible,
                "diplotypes": [_diplotype(one) for one in call.diplotypes], "phenotype": call.phenotype,
                "phenotypes_differ": entry.phenotypes_differ, "activity_score_low": call.activity_score_low,
                "activity_score_high": call.activity_score_high, "phase": phase, "copy_number": copies,
                "sites_used": list(entry.sites_used), "sites_missing": list(call.missing_positions),
                "alleles_not_excluded": list(call.excluded_cannot),
                "if_missing_were_reference": list(call.if_missing_were_reference), "provenance": call.provenance,
                "notes": list(call.notes), "functional": [self._functional(f) for f in entry.functional],
            }
        )  # fmt: skip

    def _functional(self, one: FunctionalPhenotype) -> d.FunctionalDoc:
        return d.FunctionalDoc(
            genotype=d.StateDoc(gene=one.gene, phenotype=one.genotype_phenotype, score=one.genotype_score),
            functional=_state(one.state), is_changed=one.is_changed, agents=list(one.agents),
            changing_agents=list(one.changing), method=one.method.value, validated=one.validated,
            reasons=self._reasons(one.reasons),
        )  # fmt: skip

    def _edition(self, row: EditionRow) -> d.EditionDoc:
        day = self._report.made_at.date()
        (number,) = self._sources([row.cite()])
        return d.EditionDoc(
            name=row.name, title=row.title, tables=list(row.tables), edition=row.edition, edition_on=row.edition_on,
            age_days=row.age_days(day), superseded=row.superseded, is_due=row.is_due(day), note=row.note, source=number,
        )  # fmt: skip


def source_doc(source: Source) -> SourceDoc:
    """Return a source as a document."""
    as_of = source.as_of.isoformat() if source.as_of else None
    return SourceDoc(
        text=source.text, doi=source.doi, url=source.url, verification=source.verification.value, as_of=as_of
    )


def _state(state: GeneState) -> d.StateDoc:
    return d.StateDoc(gene=state.gene, phenotype=state.phenotype, score=state.score)


def _diplotype(one: Diplotype) -> d.DiplotypeDoc:
    return d.DiplotypeDoc(
        text=one.text, phenotype=one.phenotype, functions=list(one.functions), copies=list(one.copies),
        activity_score_low=one.activity_score_low, activity_score_high=one.activity_score_high,
        sites_explained=one.sites_explained,
    )  # fmt: skip


def _option(option: Option) -> d.OptionDoc:
    return d.OptionDoc(
        row_id=option.row_id, states=[text for text in option.combinations if text], actions=list(option.actions),
        words=action_words(option), strength=option.strength.value, dose_factor=option.dose_factor,
        max_dose_mg=option.max_dose_mg, is_contraindication=option.is_contraindication,
    )  # fmt: skip
