"""Gene calls, or plain phenotypes and scores, read as the possible states of each gene."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TypeAlias

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.advice_scores import (
    has_score,
    phenotype_of_score,
    scores_between,
    scores_of_phenotype,
)
from euthymia.engines.genome.advice_tables import recommendations
from euthymia.engines.genome.advice_types import INDETERMINATE_CODE, NO_RESULT_CODE, PHENOTYPE_CODES, GeneState
from euthymia.engines.genome.call_types import CallStatus, GeneCall, GenomeCalls

GeneInput: TypeAlias = str | float | GeneState | tuple[GeneState, ...]
"""A phenotype, an activity score, or the possible states of one gene."""

CallsInput: TypeAlias = GenomeCalls | Iterable[GeneCall] | Mapping[str, GeneInput]
"""What advice can be asked for."""

States: TypeAlias = Mapping[str, tuple[GeneState, ...]]
"""Every possible state of every gene that was tested."""


@cache
def _metabolizer_genes() -> frozenset[str]:
    """Genes whose rows of advice are written in metabolizer classes; others are passed on in their own words."""
    return frozenset(gene for row in recommendations() for gene in row.genes if gene not in _HLA_ALLELES)


_HLA_ALLELES = {"HLA-A": "*31:01", "HLA-B": "*15:02"}


def phenotype_code(gene: str, text: str) -> str:
    """Return the code of a phenotype written as a code or in full; HLA and disease genes keep the table's wording.

    Raises
    ------
    InvalidInput
        For a metabolizer class nobody knows, or an HLA result that is neither positive nor negative.
    """
    words = " ".join(text.split())
    plain = words.casefold().replace("metaboliser", "metabolizer")
    if plain in PHENOTYPE_CODES:
        return PHENOTYPE_CODES[plain]
    if words.upper() in PHENOTYPE_CODES.values():
        return words.upper()
    if gene in _HLA_ALLELES:
        result = plain.removeprefix(gene.casefold()).removeprefix(_HLA_ALLELES[gene]).strip()
        if result in ("positive", "negative"):
            return f"{_HLA_ALLELES[gene]} {result}"
        raise InvalidInput(f"calls[{gene}]", text, f"'{_HLA_ALLELES[gene]} positive', '… negative' or Indeterminate")
    if gene in _metabolizer_genes():
        allowed = ", ".join(PHENOTYPE_CODES.values())
        raise InvalidInput(f"calls[{gene}]", text, f"a phenotype ({allowed}) or its full name")
    return plain


def gene_states(calls: CallsInput) -> States:
    """Return the possible states of each gene of ``calls``.

    A gene that is absent was not tested. A call without a result is indeterminate, which is not the same: guidelines
    give advice for an untested gene, and none for one that could not be told. An HLA gene that was not typed counts as
    untested, so that a positive typing of the other one keeps its row.
    """
    read = one_call_a_gene(calls)
    if isinstance(read, Mapping):
        return {gene: _distinct(_states_of_input(gene, value)) for gene, value in read.items()}
    return {call.gene: _distinct(_states_of_call(call)) for call in read}


def one_call_a_gene(calls: CallsInput) -> tuple[GeneCall, ...] | Mapping[str, GeneInput]:
    """Return the calls as a tuple, or the mapping as it is.

    Raises
    ------
    InvalidInput
        When a gene is called twice: which call holds is not for advice to choose.
    """
    if isinstance(calls, Mapping):
        return calls
    read = calls.genes if isinstance(calls, GenomeCalls) else tuple(calls)
    twice = [call.gene for i, call in enumerate(read) if call.gene in {c.gene for c in read[:i]}]
    if twice:
        raise InvalidInput("calls", twice[0], "one call a gene", "Merge calls from several sources first.")
    return read


def copy_number_unmeasured(calls: CallsInput) -> frozenset[str]:
    """Return the genes called without their copy number: a deletion or duplication is not excluded."""
    read = one_call_a_gene(calls)
    if isinstance(read, Mapping):
        return frozenset()
    return frozenset(call.gene for call in read if call.copy_number_measured is False)


def _states_of_call(call: GeneCall) -> list[GeneState]:
    if call.gene in _HLA_ALLELES:
        return _states_of_typing(call)
    if call.status is CallStatus.NO_CALL:
        return [GeneState(call.gene, INDETERMINATE_CODE)]
    if not call.diplotypes:
        return _states_of_range(call.gene, call.phenotypes, call.activity_score_low, call.activity_score_high)
    return [
        state
        for one in call.diplotypes
        for state in _states_of_range(
            call.gene, tuple(one.phenotype.split(";")), one.activity_score_low, one.activity_score_high
        )
    ]


def _states_of_range(gene: str, phenotypes: tuple[str, ...], low: float | None, high: float | None) -> list[GeneState]:
    if has_score(gene) and low is not None:
        return [_scored(gene, score) for score in scores_between(gene, low, high)]
    return [state for text in phenotypes for state in _states_of_input(gene, text)]


def _states_of_typing(call: GeneCall) -> list[GeneState]:
    """HLA: a typing says positive or negative; a tag variant, or a typing of another allele, leaves it untested."""
    asked = _HLA_ALLELES[call.gene]
    read = [t for d in call.diplotypes for t in d.phenotype.split(";")] or list(call.phenotypes)
    typed = [text for text in read if text.startswith(asked) and call.status is not CallStatus.NO_CALL]
    return [state for text in typed for state in _states_of_input(call.gene, text)] or [
        GeneState(call.gene, NO_RESULT_CODE)
    ]


def _states_of_input(gene: str, value: GeneInput) -> list[GeneState]:
    if isinstance(value, GeneState):
        value = (value,)
    if isinstance(value, tuple):
        if not value or any(state.gene != gene for state in value):
            raise InvalidInput(f"calls[{gene}]", value, f"one or more states of {gene}")
        return [expanded for state in value for expanded in _expanded(state)]
    if isinstance(value, str):
        return _expanded(GeneState(gene, phenotype_code(gene, value)))
    return [_scored(gene, float(value))]


def _expanded(state: GeneState) -> list[GeneState]:
    """States with a score where advice asks for one: a phenotype alone stands for every score of its class."""
    code = phenotype_code(state.gene, state.phenotype)
    if not has_score(state.gene):
        return [GeneState(state.gene, code, state.score)]
    if state.score is not None:
        scored = _scored(state.gene, state.score)
        if code not in (scored.phenotype, INDETERMINATE_CODE):
            raise InvalidInput(f"calls[{state.gene}]", str(state), f"{scored.phenotype} for a score of {state.score:g}")
        return [scored]
    return [_scored(state.gene, s) for s in scores_of_phenotype(state.gene, code)] or [GeneState(state.gene, code)]


def _scored(gene: str, score: float) -> GeneState:
    return GeneState(gene, phenotype_of_score(gene, score), score)


def _distinct(states: list[GeneState]) -> tuple[GeneState, ...]:
    return tuple(dict.fromkeys(states))
