"""Adequacy of trials and the count of failures: worked examples, three values, and properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from history_cases import case_of, failed
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.adequacy import adequacy, adequacy_all, history, history_all, rule_sets
from euthymia.case.drugs import all_drugs
from euthymia.case.facts import Adherence, StoppedReason, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification

CODES = [row.code for row in rule_sets()]
ORDER = {False: 0, None: 1, True: 2}


# --- worked examples of the MGH-ATRQ authors (clinical.md §2) ---------------------------------------------------------


@pytest.mark.parametrize(
    ("trial", "adequate"),
    [
        (failed("citalopram", 20, 30 / 7), False),  # one month: too short
        (failed("venlafaxine", 75, 7), False),  # too low
        (failed("aripiprazole", 5, 4, kind=TrialKind.AUGMENTATION, added_to="sertraline"), True),  # counted
        (failed("sertraline", 100, 13), True),  # three months: counted
    ],
)
def test_worked_example_of_the_atrq_authors(trial: TreatmentTrial, adequate: bool) -> None:
    rated = adequacy(trial, "MGH-ATRQ")
    assert rated.adequate is adequate
    assert rated.counts_as_failure is adequate
    assert rated.role == "failed_trial"


def test_the_same_month_of_citalopram_is_long_enough_under_athf_sf() -> None:
    trial = failed("citalopram", 20, 30 / 7)
    assert adequacy(trial, "ATHF-SF").counts_as_failure is True
    assert adequacy(trial, "regulators").counts_as_failure is False


@pytest.mark.parametrize(("weeks", "adequate"), [(4, False), (29 / 7, True)])
def test_the_register_model_asks_for_more_than_28_days_at_any_dose(weeks: float, adequate: bool) -> None:
    assert adequacy(failed("citalopram", 5, weeks), "Karolinska").adequate is adequate


@pytest.mark.parametrize(("dose", "adequate"), [(149, False), (150, True)])
def test_minimum_dose_is_reached_exactly_at_the_table_value(dose: float, adequate: bool) -> None:
    assert adequacy(failed("Effexor XR", dose), "MGH-ATRQ").adequate is adequate


# --- what is not known ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"dose_mg_day": None}, "daily dose"),
        ({"weeks_at_dose": None}, "how many weeks"),
        ({"adherence": Adherence.UNKNOWN}, "taken as prescribed"),
        ({"outcome": TrialOutcome.UNKNOWN}, "achieve"),
    ],
)
def test_an_unknown_gives_none_and_its_question(changes: dict[str, object], word: str) -> None:
    rated = adequacy(replace(failed("sertraline", 100), **changes), "ATHF-SF")  # type: ignore[arg-type]
    assert rated.counts_as_failure is None
    assert len(rated.missing) == 1 and word in rated.missing[0].text


def test_an_unknown_drug_is_never_counted_for_certain_under_any_rule_set() -> None:
    for code in CODES:
        rated = adequacy(failed("wonderdrug", 100), code)
        assert rated.counts_as_failure is None, code
        assert any("wonderdrug" in q.text for q in rated.missing), code


def test_dates_can_show_a_trial_too_short_but_never_long_enough() -> None:
    short = failed("sertraline", 100, None, started_on=date(2026, 1, 1), ended_on=date(2026, 1, 14))
    long = replace(short, ended_on=date(2026, 5, 1))
    assert adequacy(short).adequate is False
    assert adequacy(long).adequate is None


def test_a_trial_that_is_too_short_asks_for_nothing_more() -> None:
    rated = adequacy(failed("sertraline", None, 1, adherence=Adherence.UNKNOWN))
    assert rated.counts_as_failure is False
    assert rated.missing == ()


def test_outcome_and_improvement_that_disagree_are_a_question() -> None:
    rated = adequacy(failed("sertraline", 100, outcome=TrialOutcome.RESPONSE, improvement_pct=10), "MGH-ATRQ")
    assert rated.failed is None
    assert "Which is right" in rated.missing[0].text


def test_a_rating_the_rule_set_does_not_decide_on_stays_open() -> None:
    trial = failed("sertraline", 100, outcome=TrialOutcome.PARTIAL)
    assert adequacy(trial, "CP.MP.172").failed is None
    assert adequacy(trial, "MGH-ATRQ").failed is True


# --- adherence, intolerance, kinds ------------------------------------------------------------------------------------


def test_poor_adherence_is_no_adequate_trial_where_adherence_is_asked() -> None:
    trial = failed("sertraline", 100, adherence=Adherence.POOR)
    assert adequacy(trial, "ATHF-SF").adequate is False
    assert adequacy(trial, "NeuroStar").adequate is True


def test_intolerance_is_not_failure_except_in_the_register_model() -> None:
    trial = failed("sertraline", 50, 1, outcome=TrialOutcome.UNKNOWN, stopped_reason=StoppedReason.INTOLERANCE)
    counted = {code: adequacy(trial, code).counts_as_failure for code in CODES}
    assert counted == dict.fromkeys(CODES, False) | {"Karolinska": True}


def test_an_adequate_trial_without_benefit_fails_whatever_it_was_stopped_for() -> None:
    trial = failed("sertraline", 100, 12, stopped_reason=StoppedReason.INTOLERANCE)
    assert adequacy(trial, "regulators").counts_as_failure is True


@pytest.mark.parametrize("kind", [TrialKind.ECT, TrialKind.TMS, TrialKind.PSYCHOTHERAPY])
def test_athf_sf_session_counts_are_shown_as_unverified(kind: TrialKind) -> None:
    rated = adequacy(failed("a course", None, None, kind=kind, sessions=40), "ATHF-SF")
    assert rated.adequate is True and rated.role == "separate"
    assert rated.reasons[0].verification is Verification.UNVERIFIED


def test_ect_without_a_session_count_is_not_known() -> None:
    assert adequacy(failed("ECT", None, None, kind=TrialKind.ECT), "ATHF-SF").adequate is None


def test_a_drug_that_is_no_antidepressant_is_not_counted_alone() -> None:
    rated = adequacy(failed("diazepam", 10), "regulators")
    assert rated.role == "not_rated" and rated.counts_as_failure is False


def test_an_unknown_rule_set_is_refused_with_the_names() -> None:
    with pytest.raises(InvalidInput, match="MGH-ATRQ"):
        adequacy(failed("sertraline", 100), "ATHF")


def test_all_rule_sets_are_shown_side_by_side() -> None:
    ((trial, ratings),) = adequacy_all([failed("sertraline", 100)])
    assert trial.name == "sertraline" and list(ratings) == CODES


def test_every_rating_names_its_sources() -> None:
    for _, ratings in adequacy_all([failed("sertraline", 100), failed("ECT", None, kind=TrialKind.ECT)]):
        for rated in ratings.values():
            assert rated.reasons and all(reason.sources for reason in rated.reasons)


# --- counting ---------------------------------------------------------------------------------------------------------


def test_a_repeated_drug_counts_once_whatever_its_formulation() -> None:
    trials = [failed("venlafaxine", 225), failed("Effexor XR", 225), failed("Trevilor", 150)]
    assert history(trials, "MGH-ATRQ").failed == 1


def test_each_adequately_dosed_part_of_a_combination_counts() -> None:
    parts = [failed("venlafaxine XR", 225), failed("mirtazapine", 30, kind=TrialKind.AUGMENTATION)]
    assert history(parts, "ATHF-SF").failed == 2
    low = [parts[0], replace(parts[1], dose_mg_day=7.5)]
    assert history(low, "ATHF-SF").failed == 1


def test_augmentation_counts_apart_in_athf_sf_and_as_a_trial_in_atrq() -> None:
    trials = [failed("sertraline", 100), failed("aripiprazole", 5, 8, kind=TrialKind.AUGMENTATION)]
    athf, atrq = history(trials, "ATHF-SF"), history(trials, "MGH-ATRQ")
    assert (athf.failed, athf.augmentation) == (1, 1)
    assert (atrq.failed, atrq.antidepressants_low) == (2, 1)


def test_trials_of_earlier_episodes_are_left_out_and_said_so() -> None:
    trials = [failed("sertraline", 100), failed("fluoxetine", 20, current_episode=False)]
    tally = history(trials)
    assert tally.failed == 1
    assert any("fluoxetine" in reason.statement for reason in tally.reasons)
    assert history(trials, current_episode_only=False).failed == 2


def test_an_unknown_episode_raises_the_upper_end_only() -> None:
    tally = history([failed("sertraline", 100), failed("fluoxetine", 20, current_episode=None)])
    assert (tally.failed, tally.failed_low, tally.failed_high) == (None, 1, 2)
    assert any("current episode" in question.text for question in tally.missing)


@pytest.mark.parametrize(
    ("start", "end", "low", "high"),
    [
        (date(2024, 1, 1), date(2024, 6, 1), 1, 1),  # inside the episode that began 2023-12-01
        (date(2020, 1, 1), date(2020, 6, 1), 0, 0),  # before it
        (date(2023, 1, 1), date(2023, 12, 1), 0, 1),  # ended on the day it began: not told apart
        (date(2023, 1, 1), None, 0, 1),  # begun before it, end not recorded
    ],
)
def test_dates_tell_the_episode_of_a_case(start: date, end: date | None, low: int, high: int) -> None:
    trial = failed("sertraline", 100, current_episode=None, started_on=start, ended_on=end)
    tally = history(case_of(trial))
    assert (tally.failed_low, tally.failed_high) == (low, high)


def test_classes_and_intolerances_are_of_distinct_drugs() -> None:
    intolerant = failed("paroxetine", 20, 1, stopped_reason=StoppedReason.INTOLERANCE)
    tally = history([failed("sertraline", 100), failed("nortriptyline", 100), intolerant, intolerant])
    assert sorted(tally.classes_failed) == ["ssri", "tca"]
    assert (tally.failed, tally.intolerances, tally.distinct_drugs) == (2, 1, 3)


def test_no_trials_at_all_count_as_none_recorded() -> None:
    tally = history([])
    assert (tally.failed, tally.distinct_drugs, tally.reviewed) == (0, 0, False)


# --- properties -------------------------------------------------------------------------------------------------------

NAMES = [*sorted(d.name for d in all_drugs() if d.is_antidepressant), "wonderdrug", "lithium", "aripiprazole"]
TRIALS = st.builds(
    TreatmentTrial,
    kind=st.sampled_from([TrialKind.DRUG, TrialKind.AUGMENTATION, TrialKind.ECT, TrialKind.TMS, TrialKind.KETAMINE]),
    name=st.sampled_from(NAMES),
    dose_mg_day=st.none() | st.floats(1, 600),
    weeks_at_dose=st.none() | st.floats(0, 60),
    sessions=st.none() | st.integers(0, 60),
    adherence=st.sampled_from(Adherence),
    outcome=st.sampled_from(TrialOutcome),
    improvement_pct=st.none() | st.floats(-50, 100),
    stopped_reason=st.sampled_from(StoppedReason),
    current_episode=st.none() | st.booleans(),
)


@given(TRIALS, st.floats(0, 60), st.floats(0, 60), st.sampled_from(CODES))
def test_more_weeks_never_make_a_trial_less_adequate(trial: TreatmentTrial, a: float, b: float, code: str) -> None:
    shorter, longer = (adequacy(replace(trial, weeks_at_dose=w), code) for w in sorted((a, b)))
    assert ORDER[longer.adequate] >= ORDER[shorter.adequate]


@given(TRIALS, st.sampled_from(CODES), st.sampled_from(["dose_mg_day", "weeks_at_dose", "sessions"]))
def test_forgetting_a_number_never_makes_an_answer_certain(trial: TreatmentTrial, code: str, field: str) -> None:
    known, forgotten = adequacy(trial, code), adequacy(replace(trial, **{field: None}), code)
    if known.adequate is not True:
        assert forgotten.adequate is not True
    if known.counts_as_failure is not True:
        assert forgotten.counts_as_failure is not True


@given(st.lists(TRIALS, max_size=6), st.sampled_from(CODES))
def test_unknowns_are_never_counted_for_certain(trials: list[TreatmentTrial], code: str) -> None:
    tally = history(trials, code)
    assert tally.failed_low <= tally.failed_high
    assert (tally.failed is None) == (tally.failed_low != tally.failed_high)
    sure = {
        r.treatment for r in tally.rows if r.in_scope and r.rating.counts_as_failure and r.rating.role == "failed_trial"
    }
    assert tally.failed_low == len(sure)
    blurred = [replace(t, dose_mg_day=None, outcome=TrialOutcome.UNKNOWN, improvement_pct=None) for t in trials]
    assert history(blurred, "ATHF-SF").failed_low == 0


@given(st.lists(TRIALS, min_size=1, max_size=6), st.sampled_from(CODES))
def test_repeating_a_trial_never_raises_the_count(trials: list[TreatmentTrial], code: str) -> None:
    once, twice = history(trials, code), history([*trials, trials[0]], code)
    assert (once.failed_low, once.failed_high) == (twice.failed_low, twice.failed_high)


@given(st.lists(TRIALS, max_size=5), TRIALS, st.sampled_from(CODES))
def test_one_more_trial_never_lowers_the_count(trials: list[TreatmentTrial], extra: TreatmentTrial, code: str) -> None:
    before, after = history(trials, code), history([*trials, extra], code)
    assert after.failed_low >= before.failed_low and after.failed_high >= before.failed_high


def test_history_all_gives_every_rule_set() -> None:
    assert list(history_all(iter([failed("sertraline", 100)]))) == CODES
