"""Published genotypes: GeT-RM consensus diplotypes, 1000 Genomes panels read by a peer, and the shared example cases.

Sources: Gaedigk 2019 J Mol Diagn 21:1034 (doi 10.1016/j.jmoldx.2019.06.007) for the CYP2D6 consensus; calls of
PharmCAT 3.1.1 on 1000 Genomes 30x data (shared/data/pgx/getrm/peer_calls.tsv); shared/data/pgx/examples.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome import CallStatus, call_vcf, diplotype, parse_outside_calls
from euthymia.engines.genome.reference import reference_materials

SHARED = Path(__file__).parents[3] / "shared" / "data" / "pgx"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pgx examples are not on this machine")


@pytest.mark.parametrize("material", reference_materials(), ids=lambda m: m.sample)
def test_consensus_diplotypes_of_reference_materials_give_their_score_and_phenotype(material):
    made = diplotype("CYP2D6", *material.diplotype.split("/"))
    assert made.activity_score == material.activity_score
    assert made.phenotype == material.phenotype


def test_the_reference_materials_cover_structural_alleles_and_unassigned_ones():
    materials = reference_materials()
    structural = [m for m in materials if any(mark in m.diplotype for mark in ("x", "+", "*5", "*13"))]
    assert len(materials) == 54 and len(structural) >= 25
    assert sum(m.phenotype == "Indeterminate" for m in materials) == 16


def peer_calls() -> list[dict[str, str]]:
    path = SHARED / "getrm" / "peer_calls.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@needs_shared
@pytest.mark.parametrize("row", peer_calls(), ids=lambda r: f"{r['sample']}-{r['gene']}")
def test_1000_genomes_panels_hold_the_peers_call_and_are_not_called_bare(row):
    """The files lack newer positions: the peer's call must stay possible, and be the reading at the reference."""
    (calls,) = call_vcf(SHARED / "getrm" / f"{row['sample']}.vcf")
    call = calls.gene(row["gene"])
    assert call is not None
    if row["gene"] == "CYP2D6":
        assert call.copy_number_measured is False
        small = {"NA18526": "*1/*10", "NA18565": "*10/*10", "NA18861": "*29/*29"}[row["sample"]]
        assert call.status is CallStatus.INCOMPLETE and small in call.if_missing_were_reference
        return
    assert call.status is CallStatus.INCOMPLETE and call.missing_positions
    assert call.if_missing_were_reference == (row["call"],)
    assert not call.diplotypes or row["call"] in {d.text for d in call.diplotypes}


@needs_shared
def test_the_example_cases_agree_and_none_is_unsafe(tmp_path: Path):
    folder = SHARED / "examples"
    results = tmp_path / "results.csv"
    with results.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["case", "sample", "gene", "diplotype", "phenotype", "status"])
        for path in sorted((folder / "vcf").glob("*.vcf*")):
            case = path.name.split(".")[0]
            outside_file = folder / "vcf" / f"{case}.outside.tsv"
            outside = ()
            if outside_file.is_file():
                outside = parse_outside_calls(outside_file.read_text().splitlines(), outside_file.name)
            try:
                calls = list(call_vcf(path, outside=outside))
            except InvalidInput:
                table.writerow([case, "", "*", "", "", "refuse"])
                continue
            for one in calls:
                for gene in one.genes:
                    table.writerow([case, one.sample, gene.gene, gene.diplotype_text, gene.phenotype, gene.status])
    ran = subprocess.run(
        [sys.executable, str(folder / "check.py"), str(results), "-v"], capture_output=True, text=True, check=True
    )
    assert "MISS" not in ran.stdout, ran.stdout
    assert "all 77/77" in ran.stdout
    assert "refused): 0 []" in ran.stdout
    assert scores_agree(results, folder / "truth.csv")


def scores_agree(results: Path, truth: Path) -> bool:
    """Recompute the activity score of each called row of the truth table from its diplotype."""
    with truth.open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["activity_score"]]
    wrong = [
        r for r in rows if diplotype(r["gene"], *r["diplotype"].split("/")).activity_score != float(r["activity_score"])
    ]
    return bool(rows) and not wrong and results.is_file()
