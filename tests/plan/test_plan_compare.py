"""Comparing: standing and order, the urgent path, standard care first, preferences, reasons."""

from __future__ import annotations

from datetime import date

import pytest

from euthymia.case import Case
from euthymia.case.facts import (
    Diagnosis,
    Episode,
    EpisodeSeverity,
    Finding,
    LabResult,
    ListReviewed,
    Preferences,
    SuicideScreen,
    TreatmentTrial,
)
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction
from euthymia.plan import Plan, compare
from euthymia.plan.criteria import criteria
from euthymia.plan.model import Standing
from euthymia.therapies.contract import Verdict
from euthymia.therapies.registry import names
from euthymia.therapies.registry import therapy as registered

from tests.contract.cases import COMPLETE, make_case
from tests.plan.plan_cases import ToOrder, case_with, case_without

CASE = make_case(*COMPLETE)
HIGH = SuicideScreen(True, True, True, True, False, False, False)


def episode(**features: bool) -> Episode:
    given = {"psychotic_features": False, "catatonic_features": False, "mixed_features": False, **features}
    return Episode(date(2024, 6, 1), EpisodeSeverity.SEVERE, previous_episodes=2, setting="inpatient", **given)  # type: ignore[arg-type]


def standings(plan: Plan) -> dict[str, Standing]:
    return {o.therapy: o.standing for o in plan.options}


@pytest.fixture(scope="module")
def whole() -> Plan:
    """The plan of the complete case over every registered therapy."""
    return compare(CASE)


# --- the comparison as a whole --------------------------------------------------------------------------------------


def test_every_registered_therapy_is_an_option_once(whole: Plan) -> None:
    assert sorted(o.therapy for o in whole.options) == sorted(names())


def test_every_option_has_a_reason_for_and_a_reason_against(whole: Plan) -> None:
    nearly_empty = compare(make_case(COMPLETE[0]))
    for plan in (whole, nearly_empty):
        for option in plan.options:
            assert option.reasons_for and option.reasons_against, option.therapy
            assert all(r.direction is Direction.FOR for r in option.reasons_for)
            assert all(r.direction is Direction.AGAINST for r in option.reasons_against)


def test_open_options_are_numbered_from_one_by_score_and_no_others_are(whole: Plan) -> None:
    ranked = [o for o in whole.options if o.rank is not None]
    assert [o.rank for o in ranked] == list(range(1, len(ranked) + 1))
    assert list(whole.options[: len(ranked)]) == ranked
    assert all(o.standing is Standing.OPEN for o in ranked)
    leaders = {s.favors for s in (*whole.urgent, *whole.first_steps)}
    free = [o.score.total for o in ranked if o.therapy not in leaders and o.score]
    assert free == sorted(free, reverse=True)
    assert all(o.rank is None for o in whole.options if o.standing is not Standing.OPEN)


def test_the_options_stand_in_order_of_standing(whole: Plan) -> None:
    ranks = [o.standing.rank for o in whole.options]
    assert ranks == sorted(ranks)


def test_shares_of_first_place_add_up_to_one_over_the_open_options(whole: Plan) -> None:
    shares = [o.score.first_share for o in whole.options if o.score]
    assert sum(shares) == pytest.approx(1.0)
    assert all(o.score.first_share == 0 for o in whole.options if o.rank is None and o.score)


def test_every_criterion_is_scored_with_its_weight(whole: Plan) -> None:
    for option in whole.options:
        if option.score is not None:
            assert [c.name for c in option.score.criteria] == [row.name for row in criteria()]
            assert {c.name: c.weight for c in option.score.criteria} == dict(whole.weights)
            assert option.score.total == pytest.approx(sum(c.weight * c.value for c in option.score.criteria))


def test_the_seed_reaches_every_forecast() -> None:
    asked = ToOrder("a")
    assert compare(CASE, seed=11, therapies=[asked]).seed == 11
    assert set(asked.seeds) == {11}


def test_tests_that_guide_treatment_stand_beside_the_ranking() -> None:
    plan = compare(CASE, therapies=[ToOrder("tests", is_companion=True, hours=0.0), ToOrder("a", hours=150.0)])
    option = plan.option("tests")
    assert option.standing is Standing.OPEN and option.rank is None and option.score and option.score.first_share == 0
    assert plan.first is not None and plan.first.therapy == "a" and plan.sensitivity == ()
    assert [o.therapy for o in plan.options if o.is_companion] == ["tests"]


def test_precision_is_such_a_companion(whole: Plan) -> None:
    assert [o.therapy for o in whole.options if o.is_companion] == ["precision"]


# --- standing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "standing"),
    [
        (Verdict.ELIGIBLE, Standing.OPEN), (Verdict.CAUTION, Standing.OPEN), (Verdict.UNKNOWN, Standing.ANSWER_FIRST),
        (Verdict.NOT_OUTSIDE_TRIAL, Standing.NOT_OUTSIDE_TRIAL), (Verdict.CONTRAINDICATED, Standing.CONTRAINDICATED),
    ],
)  # fmt: skip
def test_the_verdict_decides_the_standing(verdict: Verdict, standing: Standing) -> None:
    plan = compare(CASE, therapies=[ToOrder("a", (verdict,)), ToOrder("b")])
    assert standings(plan)["a"] is standing


def test_nothing_is_prescribed_for_what_is_forbidden() -> None:
    option = compare(CASE, therapies=[ToOrder("a", (Verdict.CONTRAINDICATED,))]).option("a")
    assert option.prescription is None and option.forecast is None and option.score is None
    mixed = compare(CASE, therapies=[ToOrder("a", (Verdict.CONTRAINDICATED, Verdict.CAUTION))]).option("a")
    assert mixed.prescription is not None and mixed.prescription.form == "a1" and not mixed.alternatives


def test_the_prescription_shown_first_is_of_an_open_form_when_there_is_one() -> None:
    careless = ToOrder("a", (Verdict.UNKNOWN, Verdict.ELIGIBLE), missing=(("ask",),))  # proposes a0 first
    option = compare(CASE, therapies=[careless]).option("a")
    assert option.prescription is not None and option.prescription.form == "a1"
    assert [a.prescription.form for a in option.alternatives] == ["a0"]
    assert option.standing is Standing.OPEN


def test_an_option_whose_open_form_cannot_be_prescribed_is_not_shown_as_open() -> None:
    only_the_unknown = ToOrder("a", (Verdict.ELIGIBLE, Verdict.UNKNOWN), missing=((), ("ask",)), proposes=("a1",))
    option = compare(CASE, therapies=[only_the_unknown]).option("a")
    assert option.standing is Standing.ANSWER_FIRST and option.rank is None


def test_what_a_dose_needs_is_a_reason_and_not_an_error() -> None:
    option = compare(CASE, therapies=[ToOrder("a", needs="weight_kg")]).option("a")
    assert option.standing is Standing.ANSWER_FIRST and option.prescription is None
    assert any("weight_kg" in r.statement for r in option.reasons_against)


def test_an_option_that_nothing_speaks_against_says_that_this_is_a_gap() -> None:
    class Silent(ToOrder):
        def propose(self, case: Case) -> list[object]:  # type: ignore[override]
            return []

    option = compare(CASE, therapies=[Silent("a", screened=())]).option("a")
    assert "gap in the tables" in option.reasons_against[0].statement
    assert "nothing sourced speaks for it" in option.reasons_for[0].statement


# --- the urgent path ------------------------------------------------------------------------------------------------

URGENT = {
    "psychosis_now": (episode(psychotic_features=True), "ect"),
    "suicide_high": (HIGH, "ect"),
    "catatonia": (episode(catatonic_features=True), "ect"),
    "mania_now": (episode(mixed_features=True), "pharmacotherapy"),
}
AGAINST_IT = ("burden", "cost", "harms", "access", "onset")


def urgent_plan(code: str, weights: dict[str, float] | None = None, declined: tuple[str, ...] = ()) -> Plan:
    fact, _ = URGENT[code]
    return compare(case_with(fact, Preferences(weights or {}, declined)))


@pytest.mark.parametrize("code", URGENT)
class TestTheUrgentPath:
    """It comes before any ranking, and no preference can move what it asks for."""

    def test_it_is_named_first(self, code: str) -> None:
        plan = urgent_plan(code)
        assert code in {step.code for step in plan.urgent}
        assert all(step.reason.sources for step in plan.urgent)

    @pytest.mark.parametrize("criterion", AGAINST_IT)
    def test_no_weight_displaces_what_it_asks_for(self, code: str, criterion: str) -> None:
        favored = URGENT[code][1]
        plan = urgent_plan(code, {**{row.name: 0.0 for row in criteria()}, criterion: 1000.0})
        option = plan.option(favored)
        assert option.standing is not Standing.CONTRAINDICATED
        if option.standing is Standing.OPEN:
            assert plan.first is not None and plan.first.therapy in {s.favors for s in plan.urgent}
            ahead = [o.therapy for o in plan.options if o.rank and option.rank and o.rank < option.rank]
            assert set(ahead) <= {s.favors for s in plan.urgent}
        else:  # it waits for an answer: it is the first of those that wait
            same = [o.therapy for o in plan.options if o.standing is option.standing]
            assert same[0] in {s.favors for s in plan.urgent}

    def test_a_refusal_is_respected_and_the_step_still_said(self, code: str) -> None:
        favored = URGENT[code][1]
        plan = urgent_plan(code, declined=(favored,))
        assert plan.option(favored).standing is Standing.DECLINED
        assert code in {step.code for step in plan.urgent}


def test_what_must_be_done_now_comes_before_what_must_be_done_today() -> None:
    plan = compare(case_with(HIGH, episode(psychotic_features=True)))
    assert [s.level for s in plan.urgent] == sorted((s.level for s in plan.urgent), key=lambda x: x != "now")
    assert plan.urgent[0].code == "suicide_high"


def test_moderate_suicide_risk_asks_for_a_review_and_favors_nothing() -> None:
    plan = compare(case_with(SuicideScreen(True, True, True, False, False, False, False)))
    (step,) = [s for s in plan.urgent if s.code.startswith("suicide")]
    assert (step.code, step.level, step.favors) == ("suicide_moderate", "today", "")


def test_a_calm_case_has_no_urgent_step(whole: Plan) -> None:
    assert whole.urgent == ()


def test_what_is_not_known_raises_no_urgent_step() -> None:
    assert compare(make_case(COMPLETE[0])).urgent == ()


# --- standard care first --------------------------------------------------------------------------------------------


def test_without_two_failed_trials_standard_care_comes_first() -> None:
    plan = compare(case_without(lambda f: isinstance(f, TreatmentTrial)))
    assert "not_trd" in {s.code for s in plan.first_steps}
    assert plan.first is not None and plan.first.therapy == "pharmacotherapy"


@pytest.mark.parametrize("criterion", [row.name for row in criteria()])
def test_no_weight_displaces_standard_care(criterion: str) -> None:
    calm = case_without(lambda f: isinstance(f, TreatmentTrial))
    plan = compare(calm, stated_weights={**{row.name: 0.0 for row in criteria()}, criterion: 1.0})
    assert plan.first is not None and plan.first.therapy == "pharmacotherapy"


def test_an_unread_history_is_not_taken_for_too_few_trials() -> None:
    case = case_without(
        lambda f: isinstance(f, TreatmentTrial) or (isinstance(f, ListReviewed) and f.category == "history")
    )
    assert "not_trd" not in {s.code for s in compare(case).first_steps}


def test_urgent_outranks_first_steps() -> None:
    calm = case_without(lambda f: isinstance(f, (TreatmentTrial, Episode)))
    plan = compare(calm.with_events(*make_case(episode(psychotic_features=True)).events))
    assert plan.option("ect").standing is Standing.OPEN
    assert plan.first is not None and plan.first.therapy == "ect"


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (LabResult("tsh", 14.0, "mIU/L"), "thyroid"),
        (Finding("sleep_apnea", True), "sleep_apnea"),
        (Diagnosis("F31.81", "Bipolar II disorder"), "bipolar"),
        (Finding("substance_use_disorder_active", True), "substance"),
    ],
)
def test_what_could_mimic_resistance_is_asked_for_first(fact: object, code: str) -> None:
    step = next(s for s in compare(case_with(fact)).first_steps if s.code == code)
    assert step.reason.sources and step.reason.statement.endswith(").")


# --- preferences ----------------------------------------------------------------------------------------------------


def test_a_declined_therapy_stands_behind_every_open_one_and_keeps_its_forecast(whole: Plan) -> None:
    leader = whole.first
    assert leader is not None
    plan = compare(case_with(Preferences({}, (leader.therapy,))))
    option = plan.option(leader.therapy)
    assert option.standing is Standing.DECLINED and option.rank is None and option.forecast is not None
    assert plan.first is not None and plan.first.therapy != leader.therapy


def test_declining_what_is_forbidden_leaves_it_forbidden() -> None:
    plan = compare(
        case_with(Preferences({}, ("a",))), therapies=[ToOrder("a", (Verdict.CONTRAINDICATED,)), ToOrder("b")]
    )
    assert standings(plan)["a"] is Standing.CONTRAINDICATED


def test_declining_a_therapy_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"preferences\.declined.*acupuncture"):
        compare(case_with(Preferences({}, ("acupuncture",))))


def test_an_unknown_criterion_among_the_preferences_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"preferences\.weights\.charm"):
        compare(case_with(Preferences({"charm": 3.0})))


def test_weights_of_the_case_count_and_weights_stated_now_outrank_them() -> None:
    case = case_with(Preferences({"benefit": 0.0, "burden": 10.0}))
    pair = [ToOrder("slow", hours=150.0), ToOrder("quick", hours=5.0)]
    from_case = compare(case, therapies=pair)
    assert from_case.weights["benefit"] == 0 and from_case.weights_from == "stated"
    now = compare(case, therapies=pair, stated_weights={"benefit": 10.0})
    assert now.weights["benefit"] == now.weights["burden"] > 0
    assert compare(CASE, therapies=pair).weights_from == "default"


def test_what_matters_to_the_patient_changes_the_order() -> None:
    from euthymia.therapies.forecast import Interval

    pair = [
        ToOrder("strong", hours=150.0, difference=Interval(0.35, 0.3, 0.4)),
        ToOrder("light", hours=5.0, difference=Interval(0.05, 0.0, 0.1)),
    ]
    benefit, burden = (
        compare(CASE, therapies=pair, stated_weights={**{r.name: 0.0 for r in criteria()}, name: 1.0, "evidence": 0.1})
        for name in ("benefit", "burden")
    )
    assert benefit.first is not None and benefit.first.therapy == "strong"
    assert burden.first is not None and burden.first.therapy == "light"
    change = next(c for c in benefit.sensitivity if c.criterion == "burden")
    assert change.weight_needed is not None and change.then_first == "light"


# --- a choice of therapies ------------------------------------------------------------------------------------------


def test_chosen_therapies_are_compared_alone() -> None:
    plan = compare(CASE, therapies=[registered("tms"), registered("ect")])
    assert {o.therapy for o in plan.options} == {"tms", "ect"}
