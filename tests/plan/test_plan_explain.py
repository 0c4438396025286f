"""The plan in sentences."""

from __future__ import annotations

from euthymia.case.facts import ScaleRecord, SuicideScreen, TreatmentTrial
from euthymia.plan import compare, explain
from euthymia.plan.criteria import criteria
from euthymia.plan.explain import explain_option, standing_words
from euthymia.plan.model import Standing
from euthymia.therapies.contract import Verdict
from euthymia.therapies.forecast import Interval

from tests.contract.cases import COMPLETE, make_case
from tests.plan.plan_cases import ToOrder, case_with, case_without

CASE = make_case(*COMPLETE)
LAST = "This informs a clinician's decision; it does not make it."
PAIR = (
    ToOrder("strong", hours=150.0, difference=Interval(0.35, 0.3, 0.4)),
    ToOrder("light", hours=5.0, difference=Interval(0.05, 0.0, 0.1)),
)


def test_urgent_steps_and_signals_are_said_before_anything_is_ranked() -> None:
    plan = compare(case_with(SuicideScreen(True, True, True, True, False, False, False)))
    said = explain(plan)
    assert said[0].startswith("Now: Suicide risk is high")
    assert "C-SSRS screener" in said[len(plan.urgent)]
    ranked = next(i for i, s in enumerate(said) if "comes first among" in s)
    assert ranked >= len(plan.urgent) + len(plan.signals)


def test_a_suicide_item_on_a_scale_is_said_first_though_the_screener_is_older() -> None:
    case = case_with(ScaleRecord("PHQ-9", (2, 2, 2, 2, 2, 2, 2, 1, 2)))
    case = make_case(*[e.fact for e in case.events if not isinstance(e.fact, SuicideScreen)])
    assert "PHQ-9" in explain(compare(case))[0]


def test_the_first_option_is_explained_by_what_it_is_better_and_worse_at() -> None:
    plan = compare(CASE, therapies=PAIR, stated_weights={"benefit": 20.0})
    sentence = next(s for s in explain(plan) if s.startswith("Strong comes first among 2 open options"))
    assert "over Light mainly by benefit" in sentence and "in spite of burden" in sentence
    assert "of draws" in sentence


def test_what_would_change_the_order_is_said_with_both_weights() -> None:
    plan = compare(CASE, therapies=PAIR, stated_weights={"benefit": 20.0})
    said = [s for s in explain(plan) if s.startswith("What would change the order")]
    assert said and "puts Light first" in said[0]
    change = plan.sensitivity[0]
    assert change.weight_needed is not None
    assert f"{100 * change.weight_needed:.0f} % (now {100 * change.weight_now:.0f} %)" in said[0]


def test_an_order_that_no_single_weight_changes_says_so() -> None:
    pair = [ToOrder("better"), ToOrder("worse", hours=150.0)]
    assert "No change of a single weight puts another option first." in explain(compare(CASE, therapies=pair))


def test_standard_care_is_said_to_lead_without_the_weights() -> None:
    said = explain(compare(case_without(lambda f: isinstance(f, TreatmentTrial))))
    assert any(s.startswith("First: Fewer than two adequate") for s in said)
    assert any("because standard care comes first here; the weights do not decide" in s for s in said)
    assert not any(s.startswith("What would change the order") for s in said)


def test_with_nothing_open_the_plan_says_so() -> None:
    said = explain(compare(CASE, therapies=[ToOrder("a", (Verdict.CONTRAINDICATED,))]))
    assert "No option is open now: see what is missing and what is forbidden." in said


def test_the_most_useful_answer_is_named_with_what_it_settles() -> None:
    def said(*codes: str) -> str:
        waiting = ToOrder("acupressure", (Verdict.UNKNOWN,), missing=(codes,))
        sentences = explain(compare(CASE, therapies=[waiting]))
        return next(s for s in sentences if s.startswith("The most useful answer now: ask?"))

    assert "would settle Acupressure" in said("ask")
    assert "settle" not in said("ask", "more") and "Acupressure" in said("ask", "more")


def test_it_always_ends_with_who_decides() -> None:
    for case in (CASE, make_case(COMPLETE[0])):
        assert explain(compare(case))[-1] == LAST


def test_an_option_is_explained_with_every_reason_for_and_against() -> None:
    plan = compare(CASE)
    for option in plan.options:
        said = explain_option(plan, option.therapy)
        assert said[0] == f"{option.title}: {standing_words(option.standing)}."
        assert sum(s.startswith("For: ") for s in said) == len(option.reasons_for) >= 1
        assert sum(s.startswith("Against: ") for s in said) == len(option.reasons_against) >= 1


def test_every_standing_has_words() -> None:
    assert all(standing_words(s) for s in Standing)


def test_sentences_are_finished_and_readable() -> None:
    for weights in ({}, {"benefit": 1.0, **{r.name: 0.0 for r in criteria() if r.name != "benefit"}}):
        for sentence in explain(compare(CASE, stated_weights=weights)):
            assert sentence == sentence.strip() and sentence[0].isupper() and sentence[-1] in ".?"
            assert ".." not in sentence and "  " not in sentence and "None" not in sentence
