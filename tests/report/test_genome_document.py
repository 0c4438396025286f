"""``report.json``: by its schema, with input, build, versions, positions, alternatives, and a source for every line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from genome_samples import NORMAL_2C19, POOR_2C19, SITE_OF_17, calls_of, report_of

from euthymia.cli.documents import schema_of
from euthymia.report.genome_document import genome_report_document

SAMPLES: list[tuple[dict[str, tuple[str, str]], dict[str, Any], tuple[str, ...]]] = [
    ({}, {}, ()),
    (POOR_2C19, {}, ("paroxetine", "omeprazole")),
    ({"CYP2D6": ("*4", "*41"), "CYP2B6": ("*6", "*6")}, {}, ("carbamazepine",)),
    ({"CYP2D6": ("*1", "*4"), "CYP2B6": ("*1", "*6")}, {"phased": False}, ("fluvoxamine", "quetiapine")),
    (NORMAL_2C19, {"without": SITE_OF_17}, ("bupropion",)),
]


@pytest.fixture(params=SAMPLES, ids=range(len(SAMPLES)))
def document(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    haplotypes, options, taken = request.param
    report = report_of(calls_of(tmp_path, haplotypes, **options), *taken)
    found: dict[str, Any] = json.loads(genome_report_document(report).model_dump_json())
    return found


def test_it_follows_its_schema(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(schema_of("genome-report")).validate(document)


def test_every_advice_line_has_source_version_and_strength(document: dict[str, Any]) -> None:
    assert document["advice"]
    for row in document["advice"]:
        assert row["sources"] and row["version"] and row["strength"] and row["verification"]
        assert all(0 <= number < len(document["sources"]) for number in row["sources"])
        assert all(source["text"] for source in document["sources"])


def test_every_line_can_be_traced_to_its_input(document: dict[str, Any]) -> None:
    assert len(document["input_sha256"]) == 64 and document["build"] == "GRCh38" and document["table_versions"]
    genes = {gene["gene"]: gene for gene in document["genes"]}
    for row in document["advice"]:
        for gene in set(row["genes"]) & set(genes):
            held = genes[gene]
            assert held["provenance"] and held["phase"] and held["copy_number"]
            assert held["sites_used"] or held["status"] == "no_call" or "HLA" in gene
            assert any(state["gene"] == gene for state in row["genotype_states"])


def test_a_row_after_co_medication_holds_both_states_and_the_agents(document: dict[str, Any]) -> None:
    shifted = [row for row in document["advice"] if row["basis"] in ("functional", "expected")]
    assert all(row["agents"] and row["adjusted_states"] and row["genotype_states"] for row in shifted)
    assert all(not row["adjusted_states"] for row in document["advice"] if row["basis"] == "genotype")
    if any(one["agent"] in ("paroxetine", "bupropion") for one in document["medications"]):
        assert shifted


def test_only_one_row_leads_for_a_guideline_and_population_of_the_same_genes(document: dict[str, Any]) -> None:
    leading = [
        (row["drug"], row["guideline"], row["population"], *row["genes"], row["options"][0]["row_id"])
        for row in document["advice"]
        if row["leads"]
    ]
    assert len(leading) == len(set(leading))
