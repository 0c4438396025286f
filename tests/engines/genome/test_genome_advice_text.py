"""Advice in plain words: the figures of the row are said, and silence is said too."""

from __future__ import annotations

from euthymia.engines.genome.advice import advice, known_drugs
from euthymia.engines.genome.advice_words import action_words

POOR = {"CYP2D6": "PM", "CYP2C19": "PM", "CYP2B6": "PM", "CYP2C9": "PM", "CYP3A4": "PM"}


def test_every_row_has_words_and_says_its_figures() -> None:
    for row in advice(POOR, drugs=known_drugs()):
        words = action_words(row.first)
        assert words and words == words.strip() and "_" not in words
        if row.dose_factor is not None:
            assert f"{row.dose_factor:g}" in words
        if row.max_dose_mg is not None:
            assert f"{row.max_dose_mg:g} mg" in words


def test_a_cap_is_named_in_milligrams() -> None:
    rows = {r.guideline.value: action_words(r.first) for r in advice({"CYP2C19": "PM"}, drugs=["citalopram"], age=40)}
    assert "20 mg per day" in rows["FDA"]
