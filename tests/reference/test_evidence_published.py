"""Published results: the BCG data set, and the directions that every honest TRD evidence engine must show.

Sources: Viechtbauer 2010 J Stat Softw 36(3) for BCG; anchors/clinical.md §3 bar 4 for the directions, each against
the trial named in the test.
"""

from __future__ import annotations

import pytest

from euthymia.engines.evidence import Measure, absolute_benefit, contrasts, mean_difference, pool, problem_of_counts
from euthymia.engines.evidence.reference import bcg_tables, computed, published_results


@pytest.mark.parametrize("result", published_results(), ids=lambda r: f"{r.case}-{r.quantity}")
def test_bcg_trials_reproduce_the_printed_analysis(result):
    """Tolerance: half of the last printed digit."""
    assert computed(result) == pytest.approx(result.value, abs=result.tolerance)


def test_paule_mandel_and_reml_agree_on_bcg_within_two_percent():
    found = {
        m: pool(problem_of_counts(bcg_tables(), Measure.RISK_RATIO, tau2_method=m)) for m in ("reml", "paule_mandel")
    }
    assert found["paule_mandel"].tau2 == pytest.approx(found["reml"].tau2, rel=0.02)
    assert all(p.interval_method == "hartung_knapp" for p in found.values())


def test_psilocybin_25_against_1_mg_is_minus_6_6_at_week_3():
    """COMP001 (Goodwin 2022): LS difference -6.6 (-10.2 to -2.9); arm data give the same point, Wald width +-3.8."""
    found = next(
        d for d in mean_difference("psychedelic", "psilocybin", around_days=21) if d.comparator == "psilocybin_1mg"
    )
    assert found.pooled.estimate.value == pytest.approx(-6.6, abs=0.05)
    assert found.pooled.estimate.low == pytest.approx(-10.2, abs=0.3)
    assert found.pooled.estimate.high == pytest.approx(-2.9, abs=0.3)


def test_escitalopram_trial_difference_and_null_are_reproduced():
    """Carhart-Harris 2021: -2.0 (-5.0 to 0.9) on QIDS-SR16, not significant; SEs are rounded to one digit there."""
    found = next(d for d in mean_difference("psychedelic", "psilocybin") if d.comparator == "active_drug")
    assert found.pooled.estimate.value == pytest.approx(-2.0, abs=0.05)
    assert found.is_null


def test_raison_difference_is_reproduced():
    """Raison 2023: -12.3 (-17.5 to -7.2) against niacin."""
    found = next(d for d in mean_difference("psychedelic", "psilocybin") if d.comparator == "niacin")
    assert found.pooled.estimate.value == pytest.approx(-12.3, abs=0.05)
    assert found.pooled.estimate.low == pytest.approx(-17.5, abs=0.6)


def _estimates(therapy, form, outcome, comparator):
    return absolute_benefit(therapy, form, outcome, comparator_type=comparator)


def test_ect_is_above_control():
    """Saelens 2024 network: response OR 12.86 (4.07 to 40.63)."""
    found = _estimates("ect", "ect", "response", "placebo_or_sham")[0]
    assert found.odds_ratio.low > 1 and found.is_null is False


def test_saint_and_10_hz_are_above_sham():
    """Kratter 2026: 54.2 v 25.0 % and 50.0 v 20.8 %; OPT-TMS: 14.1 v 5.1 %."""
    for form, outcome in (("tms_saint", "response"), ("tms_saint", "remission"), ("tms_10hz", "remission")):
        direct = [e for e in _estimates("tms", form, outcome, "sham_tms") if e.is_direct]
        assert direct and all(e.odds_ratio.value > 1 and e.is_null is False for e in direct)


def test_conventional_rtms_is_above_sham():
    """70 trials: response RR 2.35 (1.70 to 3.25), remission RR 2.24 (1.53 to 3.27)."""
    for outcome in ("response", "remission"):
        assert _estimates("tms", "tms_rtms", outcome, "sham_tms")[0].risk_ratio.low > 1


def test_esketamine_is_above_a_new_antidepressant_with_placebo():
    """TRANSFORM-1 and -2 together: 58.7 v 45.2 % response."""
    found = _estimates("ketamine", "esketamine_nasal", "response", "new_ad_placebo")[0]
    assert found.odds_ratio.low > 1 and found.risk_difference.low > 0 and found.nnt.value > 0


def test_transform_3_in_older_people_includes_no_effect():
    """TRANSFORM-3 missed its primary end point (-3.6, -7.20 to 0.07)."""
    older = [
        e
        for e in _estimates("ketamine", "esketamine_nasal", "response", "new_ad_placebo")
        if e.population == "trd_older"
    ]
    assert older[0].is_null is True


def test_ketamine_is_not_worse_than_ect_in_outpatients_but_ect_remits_more_inpatients():
    """ELEKT-D: difference 14.2 points (3.9 to 24.2); KetECT: 46 v 63 % remission (P=.026)."""
    elekt = _estimates("ketamine", "ketamine_iv", "response", "ect")[0]
    assert elekt.risk_difference.value == pytest.approx(0.142, abs=0.001)
    assert elekt.risk_difference.low == pytest.approx(0.039, abs=0.003)
    ket_ect = _estimates("ect", "ect", "remission", "ketamine_iv")[0]
    assert ket_ect.risk_difference.low > 0


def test_sham_controlled_dbs_and_vns_include_no_effect():
    """BROADEN 20 v 17 %, RECLAIM 20 v 14 %, D-02 15.2 v 10.0 %."""
    for therapy, form in (("dbs", "dbs_scc"), ("dbs", "dbs_vcvs"), ("vns", "vns")):
        found = _estimates(therapy, form, "response", "sham_device")
        assert found and all(e.is_null is True and e.nnt is None for e in found)
    together = _estimates("dbs", None, "response", "sham_device")
    assert all(e.is_null is True for e in together)


def test_recover_missed_its_primary_end_point():
    primary = contrasts(therapy="vns", study="RECOVER", outcome="time_in_response")[0]
    assert primary.primary_endpoint and primary.is_null is True


def test_pharmacogenetic_guidance_is_null_at_24_weeks():
    """PRIME Care: 17.2 v 16.0 % remission at week 24; 16.5 v 11.2 % at week 12."""
    late = absolute_benefit("precision", "pgx_guided", "remission", around_days=168)
    trials = [e for e in late if e.basis == "published_trial" and e.timepoint_days == 168]
    assert [e.studies for e in trials] == [("PRIME_Care",)]
    assert trials[0].is_null is True


def test_masked_ketamine_under_anesthesia_shows_no_effect():
    """Lii 2023: 12 of 20 v 10 of 20."""
    assert _estimates("ketamine", "ketamine_iv_anesthesia", "response", "saline_anesthesia")[0].is_null is True


def test_aripiprazole_augmentation_is_above_placebo():
    """Marcus 2008 and Berman 2009 together; the third trial (Berman 2007) gave no remission counts."""
    found = _estimates("pharmacotherapy", "augment_aripiprazole", "remission", "placebo_ad")[0]
    assert set(found.studies) == {"Marcus2008_CN138-139", "Berman2009_CN138-165"}
    assert found.odds_ratio.low > 1
