"""Genes as typed into the case: ``cyp2d6_poor_metabolizer`` and its like, and activity scores among the labs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from euthymia.case.facts import Finding, LabResult
from euthymia.case.model import Case

if TYPE_CHECKING:
    from euthymia.engines.genome import GeneCall

_CLASSES: dict[str, tuple[str, ...]] = {
    "CYP2D6": ("Poor Metabolizer", "Intermediate Metabolizer", "Normal Metabolizer", "Ultrarapid Metabolizer"),
    "CYP2C19": (
        "Poor Metabolizer", "Intermediate Metabolizer", "Normal Metabolizer", "Rapid Metabolizer",
        "Ultrarapid Metabolizer",
    ),
    "CYP2B6": (
        "Poor Metabolizer", "Intermediate Metabolizer", "Normal Metabolizer", "Rapid Metabolizer",
        "Ultrarapid Metabolizer",
    ),
}  # fmt: skip
_MEANS = {
    "poor_metabolizer": ("Poor Metabolizer",),
    "ultrarapid_metabolizer": ("Rapid Metabolizer", "Ultrarapid Metabolizer"),
}


@dataclass(frozen=True, slots=True)
class Stated:
    """What the case states about one gene, as a call, with the words it was stated in."""

    gene: str
    call: GeneCall
    words: str


def stated_genes(case: Case) -> tuple[Stated, ...]:
    """Return what findings and activity scores say, one entry a gene.

    A finding that is denied excludes its class only: a patient who is no poor metabolizer may be of any other. A score
    among the labs says more than a finding and is used instead of it where the gene has scores.
    """
    made = (_of_score(case, gene) or _of_findings(case, gene) for gene in _CLASSES)
    return tuple(one for one in made if one is not None)


def _of_score(case: Case, gene: str) -> Stated | None:
    from euthymia.engines.genome.advice_scores import has_score, phenotype_of_score
    from euthymia.engines.genome.advice_types import PHENOTYPE_CODES

    event = case.latest(f"{gene.lower()}_activity_score")
    if event is None or not isinstance(event.fact, LabResult) or not has_score(gene):
        return None
    score = event.fact.value
    code = phenotype_of_score(gene, score)
    name = next(full for full, short in PHENOTYPE_CODES.items() if short == code).title()
    return _stated(gene, (name,), f"activity score {score:g} of {event.day}", score)


def _of_findings(case: Case, gene: str) -> Stated | None:
    prefix = f"{gene.lower()}_"
    newest = {e.fact.code: e for e in case.of(Finding) if e.fact.code.startswith(prefix)}
    known = {code.removeprefix(prefix): e for code, e in newest.items() if e.fact.present is not None}
    known = {word: e for word, e in known.items() if word in _MEANS}
    if not known:
        return None
    left = list(_CLASSES[gene])
    said = []
    for word, event in known.items():
        named = _MEANS[word]
        left = [name for name in left if (name in named) is event.fact.present]
        what = f"{word.replace('_', ' ')}: {'yes' if event.fact.present else 'no'} ({event.day})"
        said.append(what + (f", {event.fact.detail}" if event.fact.detail else ""))
    if not left:  # poor and ultrarapid at once: nothing is known
        return None
    return _stated(gene, tuple(left), f"{gene} {'; '.join(said)}", None)


def _stated(gene: str, phenotypes: tuple[str, ...], words: str, score: float | None) -> Stated:
    from euthymia.engines.genome import CallStatus, GeneCall

    call = GeneCall(
        sample="",
        gene=gene,
        status=CallStatus.CALLED if len(phenotypes) == 1 else CallStatus.AMBIGUOUS,
        phenotype=";".join(phenotypes),
        activity_score_low=score,
        activity_score_high=score,
        n_possible=len(phenotypes),
        notes=(f"Typed into the case, no diplotype: {words}.",),
        provenance="finding in the case",
    )
    return Stated(gene, call, words)
