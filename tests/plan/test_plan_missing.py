"""What is missing: the order of the questions, and that the answer to the one that settles really settles."""

from __future__ import annotations

from datetime import timedelta

import pytest

from euthymia.case import Case, Event
from euthymia.case.concepts import concepts
from euthymia.case.facts import Finding, ListReviewed
from euthymia.case.synthetic import synthetic_cases
from euthymia.plan import compare
from euthymia.plan.missing import missing_answers
from euthymia.therapies.contract import Verdict
from euthymia.therapies.registry import therapies, therapy

from tests.contract.cases import COMPLETE, make_case
from tests.plan.plan_cases import ToOrder, case_without

CASE = make_case(*COMPLETE)
UNKNOWN = Verdict.UNKNOWN


def told(case: Case, code: str, present: bool) -> Case:
    """The case with one more answer, given a minute later."""
    moment = case.as_of + timedelta(minutes=1)
    return case.with_events(Event(Finding(code, present), moment, moment))


def asked(*options: ToOrder) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(m.question.code, m.options, m.settles) for m in missing_answers([t.screen(CASE) for t in options])]


def test_what_settles_alone_comes_before_what_many_wait_for() -> None:
    found = asked(
        ToOrder("a", (UNKNOWN,), missing=(("wide", "other"),)), ToOrder("b", (UNKNOWN,), missing=(("wide", "other"),)),
        ToOrder("c", (UNKNOWN,), missing=(("narrow",),)),
    )  # fmt: skip
    assert found == [("narrow", ("c",), ("c",)), ("wide", ("a", "b"), ()), ("other", ("a", "b"), ())]


def test_among_questions_that_settle_nothing_the_one_most_wait_for_comes_first() -> None:
    found = asked(
        ToOrder("a", (UNKNOWN,), missing=(("x", "y"),)), ToOrder("b", (UNKNOWN,), missing=(("z", "y"),)),
    )  # fmt: skip
    assert [code for code, _, _ in found] == ["y", "x", "z"]


def test_a_forbidden_form_asks_nothing() -> None:
    assert asked(ToOrder("a", (Verdict.CONTRAINDICATED,), missing=(("x",),))) == []


def test_a_question_about_a_caution_settles_no_verdict() -> None:
    assert asked(ToOrder("a", (Verdict.CAUTION,), missing=(("x",),))) == [("x", ("a",), ())]


def test_a_therapy_open_through_another_form_is_not_settled_by_a_question() -> None:
    found = asked(ToOrder("a", (Verdict.ELIGIBLE, UNKNOWN), missing=((), ("x",))))
    assert found == [("x", ("a",), ())]


def test_the_best_question_is_the_first() -> None:
    plan = compare(CASE, therapies=[ToOrder("a", (UNKNOWN,), missing=(("x",),))])
    assert plan.best_question is plan.missing[0] and plan.missing[0].settles == ("a",)
    assert compare(CASE, therapies=[ToOrder("a")]).best_question is None


@pytest.mark.parametrize(
    "code", ["support_person", "escort_available", "can_attend_daily", "monitored_setting_available"]
)
def test_a_question_that_settles_a_therapy_alone_really_does(code: str) -> None:
    category = concepts()[code].category
    case = case_without(
        lambda f: getattr(f, "code", "") == code or (isinstance(f, ListReviewed) and f.category == category)
    )
    others = [c for c in concepts() if concepts()[c].category == category and c != code]
    case = make_case(*[e.fact for e in case.events], *(
        Finding(c, False) for c in others if not any(getattr(e.fact, "code", "") == c for e in case.events)
    ))  # fmt: skip
    answer = next((m for m in compare(case).missing if m.question.code == code), None)
    assert answer is not None and answer.options
    for name in answer.settles:
        before = therapy(name).screen(case).verdict
        after = {therapy(name).screen(told(case, code, present)).verdict for present in (True, False)}
        assert before is UNKNOWN and UNKNOWN not in after


def test_some_therapy_is_settled_by_one_answer() -> None:
    case = case_without(lambda f: isinstance(f, ListReviewed) and f.category == "implant")
    known = {c for c in concepts() if concepts()[c].category == "implant"} - {"cochlear_implant"}
    case = make_case(*[e.fact for e in case.events], *(Finding(c, False) for c in sorted(known)))
    (best, *_) = compare(case).missing
    assert best.question.code == "cochlear_implant" and "tms" in best.settles
    assert therapy("tms").screen(case).verdict is UNKNOWN
    assert therapy("tms").screen(told(case, "cochlear_implant", False)).verdict.is_open
    assert therapy("tms").screen(told(case, "cochlear_implant", True)).verdict is Verdict.CONTRAINDICATED


def test_answers_that_settle_do_so_in_synthetic_cases_too() -> None:
    tried = 0
    for case in synthetic_cases(60, completeness=0.9):
        for missing in missing_answers([t.screen(case) for t in therapies()]):
            code = missing.question.code
            if code not in concepts():
                continue
            for name in missing.settles:
                verdicts = {therapy(name).screen(told(case, code, present)).verdict for present in (True, False)}
                assert verdicts != {UNKNOWN}, (case.case_id, code, name)
                tried += 1
    assert tried >= 3, "too few cases in which one answer settles a therapy: the test proves nothing"
