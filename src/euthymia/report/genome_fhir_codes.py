"""Codes of the FHIR genomics-reporting guide: those of its profiles, and those of genes, drugs and classes as a table.

What the guide leaves without a code, or what we could not verify, is written as text.

References
----------
HL7 Genomics Reporting Implementation Guide, http://hl7.org/fhir/uv/genomics-reporting (profiles read in the source of
30 January 2026, version 4.0.0-cibuild, for FHIR 4.0.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from euthymia.case.fhir.systems import HL7, LOINC, OBSERVATION_CATEGORY
from euthymia.core.tables import SourcedRow, load_table

GUIDE = "http://hl7.org/fhir/uv/genomics-reporting/"
PROFILE = GUIDE + "StructureDefinition/"
TBD_CODES = GUIDE + "CodeSystem/tbd-codes-cs"
RELATED_ARTIFACT = "http://hl7.org/fhir/StructureDefinition/workflow-relatedArtifact"

Coded = dict[str, Any]

# Fixed by the profiles of the guide.
REPORT_CODE = {"coding": [{"system": LOINC, "code": "51969-4", "display": "Genetic analysis report"}]}
GENETICS = {"coding": [{"system": HL7 + "v2-0074", "code": "GE"}]}
LABORATORY = {"coding": [{"system": OBSERVATION_CATEGORY, "code": "laboratory"}]}
GENOTYPE_NAME = {"coding": [{"system": LOINC, "code": "84413-4", "display": "Genotype display name"}]}
HAPLOTYPE_NAME = {"coding": [{"system": LOINC, "code": "84414-2", "display": "Haplotype name"}]}
GENE_STUDIED = {"coding": [{"system": LOINC, "code": "48018-6", "display": "Gene studied [ID]"}]}
ASSEMBLY = {"coding": [{"system": LOINC, "code": "62374-4"}]}
MEDICATION_ASSESSED = {"coding": [{"system": LOINC, "code": "51963-7", "display": "Medication assessed"}]}
EVIDENCE_LEVEL = {"coding": [{"system": LOINC, "code": "93044-6"}]}
THERAPEUTIC_IMPLICATION = {
    "coding": [{"system": TBD_CODES, "code": "therapeutic-implication", "display": "Therapeutic Implication"}]
}
CONCLUSION = {"coding": [{"system": TBD_CODES, "code": "conclusion-string", "display": "Conclusion Text"}]}
KNOWLEDGE_BASE = {"coding": [{"system": TBD_CODES, "code": "knowledge-base", "display": "Knowledge Base"}]}
PIPELINE = {"coding": [{"system": TBD_CODES, "code": "annotation-pipeline", "display": "Annotation Pipeline"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow(SourcedRow):
    """One verified code."""

    kind: Literal["gene", "medication", "phenotype", "assembly"]
    name: str
    system: str
    code: str
    display: str


@cache
def _codes() -> dict[tuple[str, str], CodeRow]:
    return {(row.kind, row.name): row for row in load_table("euthymia.report", "fhir_codes.csv", CodeRow)}


def coded(kind: str, name: str, text: str = "") -> Coded:
    """Return a CodeableConcept: the verified code where the table has one, and the words."""
    row = _codes().get((kind, name))
    words: Coded = {"text": text or name}
    if row is None:
        return words
    return {"coding": [{"system": row.system, "code": row.code, "display": row.display}], **words}
