"""The FHIR resources: valid R4, by the profiles of the genomics-reporting guide, with every reference resolved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from genome_samples import AMBIGUOUS_2B6, NORMAL_2C19, POOR_2C19, SITE_OF_17, calls_of, report_of

from euthymia.report.genome_content import GenomeReport
from euthymia.report.genome_fhir import genome_fhir

PROFILE = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/"


def codes(concept: dict[str, Any]) -> set[str]:
    return {coding["code"] for coding in concept.get("coding", ())}


def of_profile(bundle: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [resource for resource in found if PROFILE + name in resource["meta"]["profile"]]


def component(resource: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [one for one in resource["component"] if code in codes(one["code"])]


@pytest.fixture
def report(tmp_path: Path) -> GenomeReport:
    return report_of(
        calls_of(tmp_path, {**POOR_2C19, **AMBIGUOUS_2B6}, phased=False), "paroxetine", "citalopram", age=70
    )


@pytest.fixture
def bundle(report: GenomeReport) -> dict[str, Any]:
    return genome_fhir(report)


@pytest.mark.parametrize("words", ["S1", '<b>"&'])
def test_it_validates_as_fhir_r4(tmp_path: Path, words: str) -> None:
    bundle = pytest.importorskip("fhir.resources.R4B.bundle")
    for calls in (calls_of(tmp_path, sample=words), calls_of(tmp_path, NORMAL_2C19, without=SITE_OF_17, sample=words)):
        text = json.dumps(genome_fhir(report_of(calls, words, "paroxetine")))
        assert bundle.Bundle.model_validate_json(text).type == "collection"


def test_every_reference_is_an_entry_and_every_entry_is_referred_to(bundle: dict[str, Any]) -> None:
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    assert all(url == f"urn:uuid:{entry['resource']['id']}" for url, entry in zip(urls, bundle["entry"], strict=True))
    named = {
        reference["reference"]
        for entry in bundle["entry"]
        for reference in [*entry["resource"].get("result", ()), *entry["resource"].get("derivedFrom", ())]
    }
    assert named == set(urls[1:])


def test_the_report_comes_first_with_its_code_and_category(bundle: dict[str, Any]) -> None:
    head = bundle["entry"][0]["resource"]
    assert head["resourceType"] == "DiagnosticReport" and PROFILE + "genomic-report" in head["meta"]["profile"]
    assert codes(head["code"]) == {"51969-4"} and codes(head["category"][0]) == {"GE"}
    assert head["status"] == "preliminary" and "GUIDED missed its primary outcome" in head["conclusion"]


def test_there_is_one_genotype_a_gene_with_the_gene_studied(bundle: dict[str, Any], report: GenomeReport) -> None:
    genotypes = of_profile(bundle, "genotype")
    assert len(genotypes) == len(report.genes)
    for resource, entry in zip(genotypes, report.genes, strict=True):
        assert codes(resource["code"]) == {"84413-4"} and resource["valueCodeableConcept"]["text"]
        assert {code for one in resource["category"] for code in codes(one)} == {"laboratory", "GE"}
        (gene,) = component(resource, "48018-6")
        assert gene["valueCodeableConcept"]["coding"][0]["display"] == entry.call.gene
        assert entry.call.status.value in resource["note"][0]["text"]


def test_haplotypes_are_asserted_only_where_one_diplotype_remains(bundle: dict[str, Any]) -> None:
    names = {resource["valueCodeableConcept"]["text"] for resource in of_profile(bundle, "haplotype")}
    assert "CYP2C19 *2" in names and not any(name.startswith("CYP2B6") for name in names)
    assert all(codes(r["code"]) == {"84414-2"} for r in of_profile(bundle, "haplotype"))


def test_every_row_of_advice_is_an_implication_by_the_profile(bundle: dict[str, Any], report: GenomeReport) -> None:
    rows = [row for entry in report.medicines for row in entry.rows]
    implications = of_profile(bundle, "therapeutic-implication")
    with_gene = [row for row in rows if set(row.genes) & {gene.call.gene for gene in report.genes}]
    assert len(implications) == len(with_gene)
    for resource, row in zip(implications, with_gene, strict=True):
        assert codes(resource["code"]) == {"therapeutic-implication"} and resource["derivedFrom"]
        assert not any(name.startswith("value") for name in resource)  # the profile forbids a value
        (medication,) = component(resource, "51963-7")
        assert medication["valueCodeableConcept"]["text"] == row.drug
        (level,) = component(resource, "93044-6")
        assert row.guideline.value in level["valueCodeableConcept"]["text"]
        (base,) = component(resource, "knowledge-base")
        assert base["valueCodeableConcept"]["text"]
        cited = [e["valueRelatedArtifact"]["citation"] for e in resource["extension"]]
        assert cited == [str(source) for source in row.sources]


def test_a_row_without_a_gene_is_in_the_conclusion_and_none_is_lost(tmp_path: Path) -> None:
    report = report_of(calls_of(tmp_path), "omeprazole", age=70)
    bundle = genome_fhir(report)
    rows = [row for entry in report.medicines for row in entry.rows]
    lost = [row for row in rows if not set(row.genes) & {gene.call.gene for gene in report.genes}]
    conclusion = bundle["entry"][0]["resource"]["conclusion"]
    assert conclusion.count("Without a gene behind it") == len(lost)
    assert len(of_profile(bundle, "therapeutic-implication")) + len(lost) == len(rows)


def test_a_class_is_coded_only_where_one_class_decides(bundle: dict[str, Any]) -> None:
    found = {}
    for resource in of_profile(bundle, "therapeutic-implication"):
        words = component(resource, "conclusion-string")[0]["valueString"].split(":")[0]
        (implied,) = component(resource, "therapeutic-implication")
        found[words] = codes(implied["valueCodeableConcept"])
    assert found["citalopram, CPIC"] == {"LA9657-3"}  # poor metabolizer
    assert found["sertraline, CPIC"] == set()  # two genes: words only


def test_codes_of_drugs_are_given_only_where_they_were_verified(bundle: dict[str, Any]) -> None:
    coded = {
        one["valueCodeableConcept"]["text"]: codes(one["valueCodeableConcept"])
        for resource in of_profile(bundle, "therapeutic-implication")
        for one in component(resource, "51963-7")
        if codes(one["valueCodeableConcept"])
    }
    assert coded == {"amitriptyline": {"704"}, "citalopram": {"2556"}, "escitalopram": {"321988"}}


def test_a_conflict_is_said_in_words(bundle: dict[str, Any]) -> None:
    words = [component(r, "conclusion-string")[0]["valueString"] for r in of_profile(bundle, "therapeutic-implication")]
    assert any(w.startswith("citalopram, CPIC") and "Differs from DPWG" in w for w in words)


def test_the_subject_is_the_case_when_there_is_one(tmp_path: Path) -> None:
    calls = calls_of(tmp_path)
    for case_id, system in (("", "urn:euthymia:sample"), ("case-1", "urn:euthymia:case")):
        head = genome_fhir(report_of(calls, case_id=case_id))["entry"][0]["resource"]
        assert head["subject"]["identifier"] == {"system": system, "value": case_id or "S1"}


def test_the_same_report_gives_the_same_resources(bundle: dict[str, Any], report: GenomeReport) -> None:
    assert genome_fhir(report) == bundle
