"""Absolute benefit and course: comparators apart, nobody counted twice, nulls plain, unverified rows out."""

from __future__ import annotations

import math

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification
from euthymia.engines.evidence import (
    Counts,
    Population,
    Therapy,
    absolute_benefit,
    apply_odds_ratio,
    forms,
    mean_difference,
    observed_rate,
    trajectory,
    wilson,
    with_baseline_risk,
)
from euthymia.engines.evidence.benefit import comparisons
from euthymia.engines.evidence.selection import usable_arms
from euthymia.engines.evidence.vocabulary import Outcome

EVERY = [(t, f) for t in Therapy if t is not Therapy.CONTROL for f in forms(t)]


def _one(therapy, form, outcome, comparator, **options):
    found = absolute_benefit(therapy, form, outcome, comparator_type=comparator, **options)
    assert found, (therapy, form, outcome, comparator)
    return found[0]


def test_transform_dose_arms_are_combined_and_the_pooled_row_stays_out():
    """TRANSFORM-1 (56 and 84 mg against one control) and TRANSFORM-2: 182 of 310 and 94 of 208, each once."""
    found = _one("ketamine", "esketamine_nasal", "response", "new_ad_placebo", population="trd")
    assert found.studies == ("TRANSFORM-2", "TRANSFORM-1")
    assert found.n_patients == 310 + 208
    studies = {s.study: s for s in comparisons(Therapy.KETAMINE, "esketamine_nasal", Outcome.RESPONSE)}
    assert studies["TRANSFORM-1"].active == Counts(60 + 52, 111 + 98)
    assert studies["TRANSFORM-1"].comparator == Counts(42, 108)


def test_a_pooled_row_stands_in_only_where_its_trials_have_no_numbers():
    means = [d for d in mean_difference("ketamine", "esketamine_nasal") if d.comparator == "new_ad_placebo"]
    adults = next(d for d in means if d.stratum.population is Population.TRD)
    assert adults.pooled.studies == ("TRANSFORM-1+2_pooled",)
    for outcome in Outcome:
        for unverified in (False, True):
            used = usable_arms(outcome, unverified)
            studies = {row.study for row in used}
            assert all(not studies & set(row.overlaps) for row in used)


def test_no_patient_is_counted_twice_within_an_estimate():
    for therapy, form in [*EVERY, *((t, None) for t in Therapy if t is not Therapy.CONTROL)]:
        for outcome in Outcome:
            for study_list in (comparisons(therapy, form, outcome, include_unverified=True),):
                seen: set[tuple[str, object]] = set()
                for item in study_list:
                    assert (item.study, item.stratum) not in seen
                    seen.add((item.study, item.stratum))
                    assert len({row.arm_id for row in item.arms}) == len(item.arms)
                    assert len({row.contrast_id for row in item.arms}) == 1


def test_comparators_populations_windows_and_designs_are_never_lumped():
    for therapy, form in EVERY:
        for outcome in Outcome:
            keys = [
                (e.comparator, e.population, e.randomized, e.window, e.rules if outcome == "response" else ())
                for e in absolute_benefit(therapy, form, outcome)
                if e.is_direct
            ]
            assert len(keys) == len(set(keys))
    psilocybin = absolute_benefit("psychedelic", "psilocybin", "response")
    assert {e.comparator for e in psilocybin} >= {"psilocybin_1mg", "niacin", "mannitol", "active_drug"}
    saint = absolute_benefit("tms", "tms_saint", "remission")
    assert [(e.studies, e.window) for e in saint] == [
        (("SNT_Kratter2026",), "at_timepoint"),
        (("SNT_Cole2022",), "any_time"),
    ]


def test_one_trial_shows_its_own_proportions():
    found = _one("psychedelic", "psilocybin", "response", "psilocybin_1mg", around_days=21)
    assert found.basis == "single_trial"
    assert found.active_probability == wilson(Counts(29, 79))
    assert found.comparator_probability == wilson(Counts(14, 79))
    assert found.risk_difference.value == pytest.approx(15 / 79)
    assert found.nnt.value == pytest.approx(79 / 15)
    assert found.pooled.tau2 is None


def test_pooled_benefit_is_baseline_risk_times_relative_effect():
    found = _one("ketamine", "esketamine_nasal", "response", "new_ad_placebo", population="trd")
    base, ratio = found.comparator_probability.value, found.odds_ratio
    assert found.basis == "pooled_counts"
    assert found.active_probability.value == pytest.approx(apply_odds_ratio(base, ratio.value))
    assert found.risk_difference.low == pytest.approx(apply_odds_ratio(base, ratio.low) - base)
    assert 94 / 208 - 0.05 < base < 94 / 208 + 0.05


@pytest.mark.parametrize("around,expected", [(21, 29), (84, 26), (120, 26), (14, 29)])
def test_the_asked_time_picks_the_nearest_visit(around, expected):
    found = _one("psychedelic", "psilocybin", "response", "psilocybin_1mg", around_days=around)
    assert found.active_probability.value == pytest.approx(expected / 79)


def test_nothing_is_shown_far_from_the_asked_time():
    assert not absolute_benefit("psychedelic", "psilocybin", "response", around_days=365, comparator_type="niacin")
    assert not absolute_benefit("dbs", "dbs_scc", "response", around_days=14)


def test_intervals_nulls_and_nnt_are_coherent_everywhere():
    for therapy, form in EVERY:
        for outcome in Outcome:
            for e in absolute_benefit(therapy, form, outcome, include_unverified=True):
                for p in (e.active_probability, e.comparator_probability):
                    assert p is None or 0 <= p.value <= 1
                if e.is_direct:
                    assert e.is_null is (e.odds_ratio.includes(1.0) or e.risk_difference.includes(0.0))
                if e.nnt is not None:
                    assert e.is_null is False and e.risk_difference.includes(0.0) is False
                    assert e.nnt.value == pytest.approx(1 / e.risk_difference.value)
                    assert math.copysign(1, e.nnt.low) == math.copysign(1, e.nnt.high)
                if e.is_null:
                    assert e.nnt is None
                assert e.sources and e.comparator_label
                assert e.verification is max((s.verification for s in e.sources), key=lambda v: v.weight_rank)
                if e.k_studies < 3:
                    assert e.prediction_odds_ratio is None


def test_unverified_rows_are_out_by_default_and_greyed_when_asked_for():
    for therapy, form in EVERY:
        for outcome in Outcome:
            assert all(not e.is_greyed for e in absolute_benefit(therapy, form, outcome))
    murrough = absolute_benefit("ketamine", "ketamine_iv_single", "response", include_unverified=True)
    assert any(e.studies == ("Murrough2013",) and e.is_greyed for e in murrough)
    assert not any("Murrough2013" in e.studies for e in absolute_benefit("ketamine", "ketamine_iv_single", "response"))


def test_a_published_figure_never_doubles_a_counted_trial():
    for therapy, form in EVERY:
        for outcome in Outcome:
            found = absolute_benefit(therapy, form, outcome, include_unverified=True)
            counted = {(s, e.comparator) for e in found if e.is_direct for s in e.studies}
            assert not counted & {(s, e.comparator) for e in found if not e.is_direct for s in e.studies}


def test_crossover_arms_never_enter():
    found = absolute_benefit("ketamine", "ketamine_iv_single", "response", include_unverified=True)
    assert not any("Zarate2006" in e.studies for e in found)


def test_head_to_head_trials_are_seen_from_both_sides():
    ketamine = _one("ketamine", "ketamine_iv", "response", "ect")
    ect = _one("ect", "ect", "response", "ketamine_iv")
    assert not ect.is_control
    assert ect.risk_difference.value == pytest.approx(-ketamine.risk_difference.value)
    assert ect.odds_ratio.value == pytest.approx(1 / ketamine.odds_ratio.value)


def test_non_randomized_comparisons_say_so():
    tau = [e for e in absolute_benefit("vns", "vns", "response") if e.comparator == "tau"]
    assert tau and all(not e.randomized for e in tau)
    assert any("Not randomized" in note for e in tau for note in e.notes)


def test_a_review_gets_probabilities_only_from_a_stated_baseline():
    review = _one("ect", "ect", "response", "placebo_or_sham")
    assert review.active_probability is None and review.odds_ratio.value == pytest.approx(12.86)
    shown = with_baseline_risk(review, 0.10, "assumed for this test")
    assert shown.active_probability.value == pytest.approx(apply_odds_ratio(0.10, 12.86))
    assert shown.notes[-1].endswith("assumed for this test")
    with pytest.raises(InvalidInput, match="baseline_risk"):
        with_baseline_risk(review, 1.0, "no")


def test_observed_rates_are_kept_apart_by_population():
    sham = observed_rate("control", "sham_device", "response")
    assert {(r.studies, r.population) for r in sham} == {
        (("RECLAIM_Dougherty2015",), Population.TRD),
        (("BROADEN",), Population.TRD),
        (("VNS_D02_Rush2005",), Population.MIXED),
    }
    open_series = observed_rate("neurofeedback", "eeg_neurofeedback", "response")
    assert open_series[0].probability.value == pytest.approx(7 / 12)


def test_bad_questions_are_refused():
    for call in (
        lambda: absolute_benefit("leeches", "leeches"),
        lambda: absolute_benefit("tms", "tms_itbs", "joy"),
        lambda: absolute_benefit("tms", "tms_itbs", around_days=-1),
        lambda: absolute_benefit("tms", "tms_itbs", around_days=math.nan),
        lambda: absolute_benefit("tms", "tms_itbs", population="everyone"),
    ):
        with pytest.raises(InvalidInput):
            call()


def test_psilocybin_course_falls_early_and_fades_with_the_control_drawn_too():
    means = {p.day: p for p in trajectory("psychedelic", "psilocybin") if p.mid is not None}
    control = {p.day: p for p in trajectory("control", "psilocybin_1mg") if p.mid is not None}
    assert set(means) == set(control) == {2, 7, 21, 42, 63, 84}
    assert means[2].mid == pytest.approx(-15.026 / 31.9)
    assert means[2].low < means[2].mid < means[2].high
    assert means[84].mid > means[2].mid
    assert all(means[day].mid < control[day].mid for day in means)
    assert all(p.studies == ("COMP001_Goodwin2022",) for p in means.values())


def test_esketamine_course_uses_the_pooled_means_but_not_its_counts_beside_the_trials():
    points = trajectory("ketamine", "esketamine_nasal")
    last = next(p for p in points if p.day == 28 and p.mid is not None)
    assert last.mid == pytest.approx(-19.69 / 37.45)
    counted = next(p for p in points if p.day == 28 and p.responder_fraction is not None)
    assert set(counted.studies) == {"TRANSFORM-1", "TRANSFORM-2"}
    assert counted.n_patients == 310


def test_vns_course_is_flat_for_months_and_rises_late():
    points = trajectory("vns", "vns")
    assert any(p.day >= 90 and p.fraction_of_peak == 0 for p in points)
    assert max(p.day for p in points if p.fraction_of_peak == 1) == 730
    rates = [(p.day, p.responder_fraction) for p in points if p.responder_fraction is not None]
    assert rates == sorted(rates)


def test_a_course_is_only_of_verified_rows_unless_asked():
    for therapy, form in EVERY:
        assert all(p.verification is Verification.READ for p in trajectory(therapy, form))
        for p in trajectory(therapy, form, include_unverified=True):
            assert p.sources and p.basis in ("arm_means", "response_counts", "open_follow_up", "onset_and_peak")
