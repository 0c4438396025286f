"""States of genes in words: nothing is lost when they are written together."""

from __future__ import annotations

import itertools
import re

import pytest

from euthymia.engines.genome.advice_types import GeneState
from euthymia.report.genome_state_words import combination_words, state_words

D6 = [GeneState("CYP2D6", p, s) for p, s in (("PM", 0.0), ("IM", 0.25), ("IM", 1.0), ("NM", 2.0))]
C19 = [GeneState("CYP2C19", p) for p in ("PM", "NM", "UM")]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (D6, "PM (score 0) or IM (score 0.25 to 1) or NM (score 2)"),
        ([GeneState("HLA-A", "NORESULT")], "not tested"),
        ([GeneState("CYP2C19", "IND"), C19[0]], "indeterminate or PM"),
        ([], "not tested"),
    ],
)
def test_states_of_one_gene(states: list[GeneState], words: str) -> None:
    assert state_words(states) == words


def test_no_gene_gives_no_words() -> None:
    assert combination_words([()]) == "" and combination_words([]) == ""


@pytest.mark.parametrize("chosen", range(1, 64))
def test_every_combination_is_said_and_no_other(chosen: int) -> None:
    pairs = list(itertools.product(D6[::3], C19))
    held = [pair for number, pair in enumerate(pairs) if chosen >> number & 1]
    said = set()
    for part in combination_words(held).split("; "):
        first, second = part.split(" × ")
        one, two = (re.findall(r"\b(?:PM|NM|UM)\b", side) for side in (first, second))
        said |= set(itertools.product(one, two))
    assert said == {(a.phenotype, b.phenotype) for a, b in held}
