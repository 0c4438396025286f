"""From the kinetics engine to figures: covariates of a case, bands, and sources that say what is not verified."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from euthymia.case.facts import Demographics, Finding, Sex, Vital
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification
from euthymia.engines.kinetics import ModelStatus, load_model
from euthymia.engines.kinetics.effects import load_effect
from euthymia.therapies.kinetic_curves import (
    band_curve,
    band_rows,
    case_covariates,
    engine_reason,
    not_run,
    people,
    plain_notes,
    quantile_band,
)

from tests.therapies.therapy_cases import case_known_since_yesterday

MODEL = load_model("PerezRuixo2021")
WHO = Demographics(date(1976, 5, 1), Sex.FEMALE, "JP")


def test_age_and_weight_come_from_the_case_and_descent_never_from_a_country() -> None:
    found = case_covariates(MODEL, case_known_since_yesterday(WHO, Vital("weight", 61)))
    assert dict(found.values) == {"age_yr": 50.0, "weight_kg": 61.0, "asian": 0.0, "japanese": 0.0}
    assert found.is_enough and len(found.notes) == 1 and "Japanese descent" in found.notes[0]


def test_japanese_descent_carries_both_effects() -> None:
    found = case_covariates(MODEL, case_known_since_yesterday(WHO, Finding("japanese_descent", True)))
    assert dict(found.values)["asian"] == 1.0 == dict(found.values)["japanese"] and found.notes == ()


def test_what_a_model_needs_and_the_case_lacks_is_named() -> None:
    found = case_covariates(MODEL, case_known_since_yesterday(Vital("weight", 61)))
    assert not found.is_enough and found.missing == ("age_yr",)
    assert "age_yr" in not_run(MODEL, found).statement


def test_the_same_people_are_drawn_once() -> None:
    values = (("age_yr", 50.0),)
    assert people("PerezRuixo2021", values, 20, 1) is people("PerezRuixo2021", values, 20, 1)
    assert people("PerezRuixo2021", values, 0, 0).individuals.n == 1


def test_a_band_is_the_quantiles_over_people() -> None:
    values = np.arange(101.0)[:, None] * np.array([1.0, 2.0, 0.0])
    low, middle, high = quantile_band(values)
    assert (
        low == pytest.approx([5, 10, 0])
        and middle == pytest.approx([50, 100, 0])
        and high == pytest.approx([95, 190, 0])
    )
    rows = band_rows(np.array([0.0, 60.0, 120.0]), values)
    assert (rows[1].at_s, rows[1].low, rows[1].median, rows[1].high) == pytest.approx((60.0, 10.0, 100.0, 190.0))


def test_a_line_has_no_band_and_what_is_not_finite_is_refused() -> None:
    why, times = engine_reason("Because.", MODEL), np.array([0.0, 1.0])
    line = band_curve("c", "C", "mg", times, np.array([1.0, 2.0]), why, ModelStatus.DERIVED, notes=("a", "a"))
    assert line.low == line.median == line.high and line.notes == ("a",) and line.status == "derived"
    with pytest.raises(InvalidInput, match="finite"):
        band_curve("c", "C", "mg", times, np.array([1.0, np.nan]), why, ModelStatus.DERIVED)
    with pytest.raises(InvalidInput, match="values"):
        band_curve("c", "C", "mg", times, np.ones((3, 4)), why, ModelStatus.DERIVED)


def test_a_reason_shows_what_is_not_verified() -> None:
    reason = engine_reason("Levels.", MODEL, code="x", values=np.arange(101.0), unit="ng/mL")
    assert (reason.low, reason.value, reason.high) == pytest.approx((5, 50, 95))
    assert reason.sources[0] == MODEL.file.source and reason.verification is Verification.UNVERIFIED
    weaker = engine_reason("Rise.", MODEL, load_effect("KetaminePressureDerived"))
    assert weaker.grade.value == "very_low" and reason.grade.value == "low"


def test_notes_read_as_sentences_without_the_name_of_the_model() -> None:
    assert plain_notes(MODEL, ("PerezRuixo2021: levels were held.", "one more")) == ("Levels were held.", "One more.")
