"""Effect models: figures of the papers, sites, ranges, and that nothing speaks of mood."""

from __future__ import annotations

import re
from importlib import resources

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput, OutOfRange, TableError
from euthymia.core.source import Verification
from euthymia.engines.kinetics.effect_file import parse_effect
from euthymia.engines.kinetics.effect_types import FROM_LEVEL, Form, Outcome
from euthymia.engines.kinetics.effects import (
    course_without_level,
    effect_at_dose,
    effect_at_peak,
    effect_names,
    effect_of_level,
    load_effect,
    rows,
)
from euthymia.engines.kinetics.model_types import ModelStatus, SamplingSite

VENOUS, ARTERIAL = SamplingSite.VENOUS, SamplingSite.ARTERIAL
MOOD = re.compile(r"respon(d|se)|remission|remit|relapse|antidepress|mood|madrs|ham-?d|benefit|efficacy", re.IGNORECASE)


@pytest.mark.parametrize("name", effect_names())
def test_every_effect_says_where_it_comes_from_and_where_it_stops(name: str) -> None:
    effect = load_effect(name)
    assert effect.population and effect.words and effect.limits
    assert all(source.text and source.as_of for source in effect.sources)
    if any(m.form in FROM_LEVEL for m in effect.outcomes.values()):
        assert effect.site in (VENOUS, ARTERIAL) and effect.valid is not None
    if effect.status is not ModelStatus.PUBLISHED:
        text = " ".join([*effect.limits, effect.words, effect.title])
        assert re.search("derived|illustrative|assum|mean of", text, re.IGNORECASE)


def test_no_effect_file_claims_anything_of_mood() -> None:
    """A level of these drugs has no known relation to the change of mood, so no file may say so in any line."""
    folder = resources.files("euthymia.engines.kinetics").joinpath("data/effects")
    for file in folder.iterdir():
        assert not MOOD.search(file.read_text(encoding="utf-8")), file.name
    assert not [o for o in Outcome if MOOD.search(o.value)]


MINIMAL = """
name = "Own2026"
title = "TITLE"
drug = "ketamine"
status = "derived"
source = "A report"
verification = "read"
as_of = 2026-11-23
population = "ten people"
valid = [0.0, 100.0]
valid_unit = "ng/mL"
words = "own"
limits = ["one"]
[sampling]
site = "venous"
[outcome.OUTCOME]
form = "emax"
unit = "mmHg"
meaning = "MEANING"
[outcome.OUTCOME.number.largest]
value = 30.0
unit = "mmHg"
[outcome.OUTCOME.number.half]
value = 50.0
unit = "ng/mL"
"""


def _own(title: str = "x", outcome: str = "systolic_rise", meaning: str = "x", **swaps: str) -> str:
    text = MINIMAL.replace("TITLE", title).replace("OUTCOME", outcome).replace("MEANING", meaning)
    for old, new in swaps.items():
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_own(outcome="response_probability"), "no known relation"),
        (_own(outcome="madrs_change"), "no known relation"),
        (_own(title="Probability of remission"), "no known relation"),
        (_own(meaning="Chance of antidepressant benefit"), "no known relation"),
        (_own(outcome="happiness"), "unknown outcome"),
        (_own().replace('[sampling]\nsite = "venous"\n', ""), "sampling"),
        (_own().replace("valid = [0.0, 100.0]", ""), "valid"),
        (_own().replace("half]", "ec50]"), "lacks"),
        (_own().replace('unit = "ng/mL"\n', 'unit = "furlong"\n', 1), "furlong"),
        (_own().replace('verification = "read"', 'verification = "sure"'), "verification"),
        (_own() + "\n[number.ke0]\nvalue = 0.0\nunit = '1/h'\n", "ke0"),
        (_own() + "\n[[row]]\noutcome = 'systolic_rise'\ngroup = 'a'\nunit = 'mmHg'\n", "value"),
        (_own().replace("value = 50.0", "value = 0.0"), "above 0"),
        (_own().replace('value = 50.0\nunit = "ng/mL"', 'value = 50.0\nunit = "mg/L"'), "mg/L"),
        (_own().replace("words =", "wordz ="), "words"),
        ("name = ", "own.toml"),
    ],
)
def test_a_file_that_breaks_its_rules_is_refused(text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        parse_effect(text, "own.toml")


def test_emax_and_sigmoid_follow_their_formulas() -> None:
    effect = parse_effect(_own(), "own.toml")
    levels = np.array([[0.0, 25.0, 50.0, 100.0]])
    found = effect_of_level(effect, Outcome.SYSTOLIC_RISE, levels, site=VENOUS)
    assert found.values[0] == pytest.approx([0.0, 10.0, 15.0, 20.0])
    steep = _own().replace('"emax"', '"sigmoid"') + "[outcome.systolic_rise.number.hill]\nvalue = 3.0\nunit = '1'\n"
    found = effect_of_level(parse_effect(steep, "own.toml"), Outcome.SYSTOLIC_RISE, levels, site=VENOUS)
    assert found.values[0] == pytest.approx([0.0, 30 / 9, 15.0, 30 * 8 / 9])


def test_occupancy_gives_the_figures_of_the_paper_with_its_band_and_words() -> None:
    found = effect_of_level(
        load_effect("Madsen2019"), Outcome.RECEPTOR_OCCUPANCY, np.array([0.0, 2.3, 20.9, 500.0]), site=VENOUS
    )
    assert found.values[1:3] == pytest.approx([41.26, 70.0], abs=0.05)
    assert found.low is not None and found.high is not None
    assert found.low[1] == pytest.approx(found.values[1] - 20) and found.high[1] == pytest.approx(found.values[1] + 20)
    assert found.low[0] == 0.0 and found.high.max() <= 100.0
    assert found.words == "agonist-tracer estimate"
    assert any("not verified" in w and "half" in w for w in found.warnings)
    assert any("outside" in w for w in found.warnings)
    second = [r for r in rows(found.effect, Outcome.RECEPTOR_OCCUPANCY) if "disagrees" in r.group]
    assert (second[0].value, second[0].sd, second[0].source.verification) == (39.5, 10.9, Verification.READ)


def test_dissociation_speaks_only_between_the_levels_that_were_studied() -> None:
    levels = np.array([[10.0, 49.9, 50.0, 125.0, 200.0, 200.1]])
    found = effect_of_level(load_effect("Bowdle1998"), Outcome.DISSOCIATION_RANGE, levels, site=VENOUS)
    assert np.isnan(found.values[0, [0, 1, 5]]).all()
    assert found.values[0, 2:5] == pytest.approx([0.0, 0.5, 1.0])
    assert any("not computed there" in w for w in found.warnings)
    within = effect_of_level(load_effect("Bowdle1998"), Outcome.DISSOCIATION_RANGE, levels[:, 2:5], site=VENOUS)
    assert not any("outside" in w for w in within.warnings)


def test_another_sampling_site_warns_both_ways_and_the_same_does_not() -> None:
    levels = np.array([[60.0, 100.0]])
    dissociation, output = load_effect("Bowdle1998"), load_effect("Sigtermans2009")
    for effect, outcome, right, wrong in (
        (dissociation, Outcome.DISSOCIATION_RANGE, VENOUS, ARTERIAL),
        (output, Outcome.CARDIAC_OUTPUT_RISE, ARTERIAL, VENOUS),
    ):
        mismatch = effect_of_level(effect, outcome, levels, site=wrong).warnings
        assert any("was fitted to" in w for w in mismatch)
        assert any(
            "was fitted to" in w for w in effect_of_level(effect, outcome, levels, site=SamplingSite.UNKNOWN).warnings
        )
        assert not any("was fitted to" in w for w in effect_of_level(effect, outcome, levels, site=right).warnings)


def test_levels_of_another_drug_warn() -> None:
    effect, levels = load_effect("Bowdle1998"), np.array([[60.0, 100.0]])
    other = effect_of_level(effect, Outcome.DISSOCIATION_RANGE, levels, site=VENOUS, drug="esketamine").warnings
    same = effect_of_level(effect, Outcome.DISSOCIATION_RANGE, levels, site=VENOUS, drug="ketamine").warnings
    assert any("levels of ketamine and is given those of esketamine" in w for w in other)
    assert not any("is given" in w for w in same)


def test_cardiac_output_lies_in_the_reported_range_at_the_reported_level() -> None:
    effect = load_effect("Sigtermans2009")
    found = effect_of_level(effect, Outcome.CARDIAC_OUTPUT_RISE, np.array([320.0]), site=ARTERIAL)
    assert 40 <= found.values[0] <= 50


def test_qtc_gives_its_rows_an_upper_bound_below_them_and_nothing_above() -> None:
    effect = load_effect("Dahmane2021")
    found = effect_at_peak(effect, Outcome.QTCF_RISE, np.array([10.0, 18.7, 60.0, 61.0]), site=VENOUS)
    assert found.values[:3] == pytest.approx([2.1, 2.1, 9.1])
    assert np.isnan(found.values[3])
    assert found.high is not None and found.high[:3] == pytest.approx([6.6, 6.6, 17.9])
    assert found.low is None
    assert any("at most this" in w for w in found.warnings)
    assert any("outside" in w for w in found.warnings)


def test_strength_and_duration_of_psilocybin_by_dose() -> None:
    effect = load_effect("Holze2023")
    for dose, peak, sd, hours in ((15, 58, 25, 5.6), (25, 73, 27, 5.5), (30, 80, 18, 6.4)):
        strength = effect_at_dose(effect, Outcome.DRUG_EFFECT_PEAK, dose)
        assert strength.values[0] == pytest.approx(peak) and strength.high is not None
        assert strength.high[0] == pytest.approx(peak + sd)
        assert effect_at_dose(effect, Outcome.DRUG_EFFECT_DURATION, dose).values[0] == pytest.approx(hours)
    between = effect_at_dose(effect, Outcome.DRUG_EFFECT_PEAK, 20.0)
    assert between.values[0] == pytest.approx(65.5)
    assert any("was not studied" in w for w in between.warnings)
    for dose in (10.0, 50.0):
        with pytest.raises(OutOfRange, match="15 to 30 mg"):
            effect_at_dose(effect, Outcome.DRUG_EFFECT_PEAK, dose)


def test_esketamine_pressure_peaks_at_forty_minutes_and_lasts_as_long_as_the_longer_source_says() -> None:
    effect = load_effect("EsketaminePressure2020")
    times = np.array([0.0, 1 / 3, 2 / 3, 1.5, 3.9, 4.0, 6.0])
    found = course_without_level(effect, Outcome.SYSTOLIC_RISE, "18-64 years", times)
    assert found.values[2] == pytest.approx(13.3) == found.values.max()
    assert found.values[3] > 0 and found.values[4] > 0
    assert found.values[[0, 5, 6]] == pytest.approx(0.0)
    assert any("1.5 h" in w and "4 h" in w for w in found.warnings)
    older = course_without_level(effect, Outcome.DIASTOLIC_RISE, "65 years and over", times)
    assert older.values.max() == pytest.approx(9.5)
    with pytest.raises(InvalidInput, match="18-64 years"):
        course_without_level(effect, Outcome.SYSTOLIC_RISE, "children", times)


def test_the_label_shares_are_held_and_their_time_course_is_said_not_to_be() -> None:
    effect = load_effect("EsketamineLabel")
    held = {o: (r.low, r.high) for o in effect.outcomes for r in rows(effect, o) if r.group == "esketamine"}
    assert held[Outcome.SEDATION_INCIDENCE] == (48.0, 61.0)
    assert held[Outcome.DISSOCIATION_INCIDENCE] == (61.0, 84.0)
    assert held[Outcome.UNCONSCIOUS_INCIDENCE] == (0.3, 0.4)
    assert held[Outcome.PRESSURE_INCIDENCE] == (8.0, 19.0)
    assert any("sedation" in text for text in effect.not_modelled)
    with pytest.raises(InvalidInput, match="form"):
        effect_of_level(effect, Outcome.SEDATION_INCIDENCE, np.ones((1, 2)), site=VENOUS)


@pytest.mark.parametrize("name", effect_names())
def test_an_effect_refuses_the_question_it_cannot_answer(name: str) -> None:
    effect = load_effect(name)
    absent = next(o for o in Outcome if o not in effect.outcomes)
    with pytest.raises(InvalidInput, match="outcome"):
        effect_of_level(effect, absent, np.ones((1, 2)), site=VENOUS)
    for outcome, model in effect.outcomes.items():
        if model.form in FROM_LEVEL:
            with pytest.raises(InvalidInput, match="zero or more"):
                effect_of_level(effect, outcome, np.array([[-1.0]]), site=VENOUS)
        else:
            with pytest.raises(InvalidInput, match="form"):
                effect_of_level(effect, outcome, np.ones((1, 2)), site=VENOUS)
        if model.form is not Form.PEAK_ROWS:
            with pytest.raises(InvalidInput, match="form"):
                effect_at_peak(effect, outcome, np.ones(2), site=VENOUS)


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="Madsen2019"):
        load_effect("Nobody1900")
