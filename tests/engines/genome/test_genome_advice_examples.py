"""From a VCF of the shared examples to drug advice, and the places where calling and advice must agree."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from euthymia.engines.genome import GenomeCalls, call_vcf, parse_outside_calls
from euthymia.engines.genome.advice import advice
from euthymia.engines.genome.advice_input import PHENOTYPE_CODES, gene_states
from euthymia.engines.genome.advice_types import Guideline

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "pgx" / "examples"
needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared examples are not on this machine")


def _rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def _calls(case: str) -> dict[str, GenomeCalls]:
    path = next(p for p in (EXAMPLES / "vcf").iterdir() if p.name in (f"{case}.vcf", f"{case}.vcf.gz"))
    other = EXAMPLES / "vcf" / f"{case}.outside.tsv"
    outside = parse_outside_calls(other.read_text(encoding="utf-8").splitlines(), other.name) if other.exists() else ()
    return {calls.sample: calls for calls in call_vcf(path, outside=outside)}


@needs_examples
def test_the_example_files_lead_to_the_actions_of_the_truth_table() -> None:
    wanted = defaultdict(list)
    for r in _rows("actions_truth.csv"):
        wanted[r["case"], r["sample"]].append(r)
    for (case, sample), truth in wanted.items():
        found = advice(_calls(case)[sample], drugs=[r["drug"] for r in truth])
        for r in truth:
            rows = [a for a in found if a.drug == r["drug"] and a.guideline is Guideline(r["source"]) and a.leads]
            assert [set(a.actions) for a in rows] == [set(r["actions"].split())], r


@needs_examples
def test_a_missing_position_gives_the_advice_that_all_possibilities_share() -> None:
    """X11 lacks the site of *17: *1/*2 or *2/*17, both intermediate, so the advice is certain all the same."""
    (calls,) = _calls("X11").values()
    rows = [a for a in advice(calls, drugs=["escitalopram"]) if a.guideline is Guideline.CPIC]
    assert [(a.is_certain, a.actions) for a in rows] == [(True, ("STD_START", "MAINT_LOWER", "TITRATE_SLOW"))]


@needs_examples
def test_a_call_from_small_variants_says_that_copy_number_was_not_measured() -> None:
    def says(case: str) -> bool:
        (calls,) = _calls(case).values()
        rows = advice(calls, drugs=["nortriptyline"])
        return all(any(r.code == "copy_number_not_measured" for r in a.reasons) for a in rows)

    assert says("X01")
    assert not says("X13")  # from an outside call


@needs_examples
def test_every_called_gene_of_the_examples_can_be_read_for_advice() -> None:
    for r in _rows("truth.csv"):
        if r["status"] == "called":
            states = gene_states(_calls(r["case"])[r["sample"]])[r["gene"]]
            assert [s.phenotype for s in states] == [PHENOTYPE_CODES[r["phenotype"].casefold()]], r
