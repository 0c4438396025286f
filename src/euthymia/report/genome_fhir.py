"""A pharmacogenomics report as FHIR R4 resources by the HL7 genomics-reporting guide.

A Bundle (collection) of one DiagnosticReport (Genomic Report), one Observation a gene (Genotype) with its Haplotypes,
and one Observation a guideline row (Therapeutic Implication). A metabolizer class is no value of a Genotype in the
guide: it stands in the component ``therapeutic-implication``. Nothing here was signed by a laboratory: status is
``preliminary``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC
from typing import Any

from euthymia.case.fhir.systems import CASE_ID
from euthymia.core.source import Source
from euthymia.engines.genome import INDETERMINATE, CallStatus, GeneCall
from euthymia.engines.genome.advice_types import DrugAdvice, GeneState
from euthymia.engines.genome.advice_words import action_words
from euthymia.engines.genome.table_editions import guideline_edition
from euthymia.report import genome_fhir_codes as c
from euthymia.report.figures.svg import safe
from euthymia.report.genome_content import GeneEntry, GenomeReport
from euthymia.report.genome_groups import common_actions
from euthymia.report.genome_state_words import combination_words

Resource = dict[str, Any]
_SAMPLE = "urn:euthymia:sample"
_STATUS = "preliminary"


def genome_fhir(report: GenomeReport) -> Resource:
    """Return the report as JSON values of a FHIR R4 Bundle.

    Parameters
    ----------
    report
        The subject appears under the case's internal id, or the name of the sample when there is no case.

    Returns
    -------
    dict
        The DiagnosticReport first; every reference is the ``fullUrl`` of an entry.
    """
    return _Bundle(report).write()


class _Bundle:
    """Collects the entries of one report; ids follow from the input, the time and the place in the report."""

    def __init__(self, report: GenomeReport) -> None:
        self._report = report
        self._entries: list[Resource] = []
        self._genotypes: dict[str, str] = {}
        self._without_finding: list[str] = []
        words = f"{report.calls.input_sha256} {report.calls.sample} {report.case_id} {report.made_at.isoformat()}"
        self._space = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:euthymia:genome-report:{words}")
        self._issued = report.made_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        system, value = (CASE_ID, report.case_id) if report.case_id else (_SAMPLE, report.calls.sample)
        self._subject = {"type": "Patient", "identifier": {"system": system, "value": value}}

    def write(self) -> Resource:
        for gene in self._report.genes:
            self._genotype(gene)
        for entry in self._report.medicines:
            for number, row in enumerate(entry.rows, start=1):
                self._implication(row, f"implication {row.drug} {row.guideline} {row.population} {number}")
        results = [entry["fullUrl"] for entry in self._entries]
        head = self._entry("report", self._diagnostic_report(results))
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": self._issued,
            "entry": [head, *self._entries],
        }

    def _entry(self, name: str, resource: Resource) -> Resource:
        number = str(uuid.uuid5(self._space, name))
        kept = {"resourceType": resource["resourceType"], "id": number, **resource}
        return {"fullUrl": f"urn:uuid:{number}", "resource": kept}

    def _add(self, name: str, resource: Resource) -> str:
        self._entries.append(self._entry(name, resource))
        return str(self._entries[-1]["fullUrl"])

    def _observation(self, profile: str, code: Resource, words: str) -> Resource:
        return {
            "resourceType": "Observation",
            "meta": {"profile": [c.PROFILE + profile]},
            "text": _narrative([words]),
            "status": _STATUS,
            "category": [c.LABORATORY, c.GENETICS],
            "code": code,
            "subject": self._subject,
            "issued": self._issued,
        }

    def _diagnostic_report(self, results: Iterable[str]) -> Resource:
        report = self._report
        calls = report.calls
        taken = ", ".join(m.agent for m in report.medications) or "none given"
        lines = [
            f"Pharmacogenomics of sample {calls.sample} on {calls.build}; input SHA-256 {calls.input_sha256}.",
            f"Medicines: {taken}.",
            f"Tables: {'; '.join(calls.table_versions)}.",
            *(f"{row.title}: {row.edition}; due for a comparison with a newer one." for row in report.due),
            *(f"Without a gene behind it: {words}" for words in self._without_finding),
            *(reason.statement for reason in report.evidence),
            *report.limits,
        ]
        return {
            "resourceType": "DiagnosticReport",
            "meta": {"profile": [c.PROFILE + "genomic-report"]},
            "text": _narrative(lines),
            "status": _STATUS,
            "category": [c.GENETICS],
            "code": c.REPORT_CODE,
            "subject": self._subject,
            "issued": self._issued,
            "result": [{"reference": url} for url in results],
            "conclusion": " ".join(lines),
        }

    def _genotype(self, entry: GeneEntry) -> None:
        call = entry.call
        haplotypes = self._haplotypes(call)
        resource = self._observation("genotype", c.GENOTYPE_NAME, f"{call.gene}: {_genotype_words(call)}")
        resource["valueCodeableConcept"] = {"text": f"{call.gene} {_genotype_words(call)}"}
        notes = [*call.notes, f"Status: {call.status}.", f"Source: {call.provenance}."]
        if call.missing_positions:
            notes.append(f"Missing positions: {', '.join(call.missing_positions)}.")
        if call.excluded_cannot:
            notes.append(f"Alleles that are not excluded: {', '.join(call.excluded_cannot)}.")
        resource["note"] = [{"text": " ".join(notes)}]
        if haplotypes:
            resource["derivedFrom"] = [{"reference": url} for url in haplotypes]
        resource["component"] = [*self._place(call.gene), _words(c.CONCLUSION, _conclusion(call))]
        self._genotypes[call.gene] = self._add(f"genotype {call.gene}", resource)

    def _haplotypes(self, call: GeneCall) -> list[str]:
        """Haplotypes are asserted only where one diplotype remains: an alternative is no finding."""
        if call.status is not CallStatus.CALLED or len(call.diplotypes) != 1 or not call.diplotypes[0].alleles[1]:
            return []
        made = []
        for number, allele in enumerate(call.diplotypes[0].alleles, start=1):
            if not allele.startswith("*"):
                return []
            resource = self._observation("haplotype", c.HAPLOTYPE_NAME, f"{call.gene} {allele}")
            resource["valueCodeableConcept"] = {"text": f"{call.gene} {allele}"}
            resource["component"] = self._place(call.gene)
            made.append(self._add(f"haplotype {call.gene} {number}", resource))
        return made

    def _place(self, gene: str) -> list[Resource]:
        return [
            {"code": c.GENE_STUDIED, "valueCodeableConcept": c.coded("gene", gene)},
            {"code": c.ASSEMBLY, "valueCodeableConcept": c.coded("assembly", self._report.calls.build)},
        ]

    def _implication(self, row: DrugAdvice, name: str) -> None:
        words = _advice_words(row)
        resource = self._observation("therapeutic-implication", c.THERAPEUTIC_IMPLICATION, words)
        derived = [self._genotypes[gene] for gene in row.genes if gene in self._genotypes]
        if not derived:  # the guide asks for a finding behind every implication: age and co-medication are none
            self._without_finding.append(words)
            return
        resource["extension"] = [_artifact(source) for source in row.sources]
        resource["derivedFrom"] = [{"reference": url} for url in derived]
        strength = f"{row.guideline.value}: {row.strength.value.replace('_', ' ')}; source {row.verification.value}"
        edition = guideline_edition(row.guideline)
        resource["component"] = [
            {"code": c.MEDICATION_ASSESSED, "valueCodeableConcept": c.coded("medication", row.drug)},
            {"code": c.THERAPEUTIC_IMPLICATION, "valueCodeableConcept": _class_of(row)},
            {"code": c.EVIDENCE_LEVEL, "valueCodeableConcept": {"text": strength}},
            {"code": c.KNOWLEDGE_BASE, "valueCodeableConcept": {"text": f"{edition.title}, {edition.edition}"}},
            {"code": c.PIPELINE, "valueCodeableConcept": {"text": f"Euthymia {self._report.version}"}},
            _words(c.CONCLUSION, words),
        ]
        self._add(name, resource)


def _genotype_words(call: GeneCall) -> str:
    if call.diplotypes:
        return " or ".join(d.text for d in call.diplotypes)
    return f"not listed: {call.n_possible} diplotypes possible" if call.n_possible else "not called"


def _conclusion(call: GeneCall) -> str:
    phenotype = call.phenotype.replace(";", " or ")
    return phenotype if phenotype == INDETERMINATE else f"{phenotype} by genotype"


def _advice_words(row: DrugAdvice) -> str:
    """The row as one text: what it was looked up with, what to do, what is common to all that remains possible."""
    states = combination_words(combination for option in row.options for combination in option.states)
    words = f"{row.drug}, {row.guideline.value}: {action_words(row.first)}."
    words += f" For {states} ({row.basis.value})." if states else f" ({row.basis.value})"
    if row.agents:
        words += f" With {', '.join(row.agents)}."
    if not row.is_certain:
        shared = ", ".join(common_actions(row)) or "none"
        words += f" The calls leave {len(row.options)} rows open; the most careful is given. Common to all: {shared}."
    if not row.leads:
        words += " Shown beside the leading row, not instead of it."
    if row.differs_from:
        words += f" Differs from {', '.join(g.value for g in row.differs_from)}."
    return words


def _class_of(row: DrugAdvice) -> Resource:
    """The metabolizer class behind a row: coded where one gene in one class decides, in words otherwise."""
    states: tuple[GeneState, ...] = tuple(
        dict.fromkeys(state for option in row.options for combination in option.states for state in combination)
    )
    classes = {(state.gene, state.phenotype) for state in states}
    words = " or ".join(map(str, states)) or "no gene: age, liver function or co-medication"
    return c.coded("phenotype", states[0].phenotype, words) if len(classes) == 1 else {"text": words}


def _artifact(source: Source) -> Resource:
    artifact: Resource = {"type": "citation", "citation": str(source)}
    if source.url:
        artifact["url"] = source.url
    return {"url": c.RELATED_ARTIFACT, "valueRelatedArtifact": artifact}


def _words(code: Resource, text: str) -> Resource:
    return {"code": code, "valueString": text}


def _narrative(lines: Iterable[str]) -> Resource:
    words = "".join(f"<p>{safe(line)}</p>" for line in lines)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'}
