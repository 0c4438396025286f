"""One suite over every registered therapy, built in or from another package."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from euthymia.case import Case
from euthymia.case.concepts import concepts
from euthymia.case.facts import CourseStarted, Demographics, Finding, Sex
from euthymia.core.errors import EuthymiaError, InvalidInput, MissingData
from euthymia.core.reason import EvidenceGrade
from euthymia.core.source import Verification
from euthymia.therapies.contract import (
    Action,
    ActionKind,
    Advice,
    Decision,
    Observation,
    Prescription,
    Screening,
    Therapy,
    Verdict,
)
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.registry import names, therapies, therapy

from tests.contract.cases import COMPLETE, make_case

ALL = therapies()
BUILT_IN = {
    "tms", "ketamine", "dbs", "vns", "psychedelic", "neurofeedback", "precision", "ect", "pharmacotherapy",
}  # fmt: skip


def test_the_seven_and_the_two_references_are_registered() -> None:
    assert set(names()) >= BUILT_IN
    assert {t.name for t in ALL if t.is_reference} >= {"ect", "pharmacotherapy"}


def test_an_unknown_therapy_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="tms"):
        therapy("acupuncture")


@pytest.mark.parametrize("option", ALL, ids=lambda t: t.name)
class TestEveryTherapy:
    """What the contract asks of each."""

    def test_it_is_a_therapy(self, option: Therapy) -> None:
        assert isinstance(option, Therapy)
        assert option.name in names() and option.title

    def test_screening_a_complete_case_leaves_nothing_essential_open(
        self, option: Therapy, complete_case: Case
    ) -> None:
        found = option.screen(complete_case)
        assert isinstance(found, Screening) and found.therapy == option.name
        assert found.forms and all(f.form for f in found.forms)
        assert found.verdict is not Verdict.UNKNOWN, [q.code for q in found.missing]

    def test_what_is_not_known_never_reads_as_eligible(self, option: Therapy, empty_case: Case) -> None:
        found = option.screen(empty_case)
        for form in found.forms:
            if form.verdict is Verdict.ELIGIBLE:
                assert not form.missing, f"{form.form} is eligible although {form.missing} are open"
        if option.name in BUILT_IN - {"precision"}:
            assert found.verdict is not Verdict.ELIGIBLE
            assert found.missing, "an empty case must raise questions"

    def test_every_question_says_how_to_supply_the_answer(self, option: Therapy, empty_case: Case) -> None:
        for question in option.screen(empty_case).missing:
            assert question.text.rstrip().endswith(("?", ".", "open", ")")) and question.supply and question.code

    def test_the_therapy_takes_the_verdict_of_its_best_form(self, option: Therapy, complete_case: Case) -> None:
        found = option.screen(complete_case)
        assert found.verdict is min((f.verdict for f in found.forms), key=lambda v: v.rank)

    def test_a_rule_that_forbids_applies_whatever_its_verification(self, option: Therapy) -> None:
        for code in concepts():
            case = make_case(*[f for f in COMPLETE if getattr(f, "code", "") != code], Finding(code, True))
            for form in option.screen(case).forms:
                if form.absolute:
                    assert form.verdict is Verdict.CONTRAINDICATED, f"{form.form}: {form.absolute}"

    def test_nothing_is_proposed_for_a_forbidden_form(self, option: Therapy) -> None:
        for code in concepts():
            case = make_case(*[f for f in COMPLETE if getattr(f, "code", "") != code], Finding(code, True))
            forbidden = {f.form for f in option.screen(case).forms if f.verdict is Verdict.CONTRAINDICATED}
            if forbidden:
                assert not forbidden & {p.form for p in option.propose(case)}, code

    def test_proposals_are_complete_prescriptions(self, option: Therapy, complete_case: Case) -> None:
        proposed = option.propose(complete_case)
        assert proposed, "a complete case without contraindications must get a proposal"
        for rx in proposed:
            assert isinstance(rx, Prescription)
            assert rx.therapy == option.name and rx.form and rx.protocol and rx.title and rx.reasons
            assert rx.schedule.visits >= 1
            details = rx.details()
            assert details and all(label and value for label, value in details)
            assert is_dataclass(rx) and rx.__dataclass_params__.frozen  # type: ignore[attr-defined]

    def test_protocols_are_told_apart(self, option: Therapy, complete_case: Case) -> None:
        keys = [(p.form, p.protocol, p.title) for p in option.propose(complete_case)]
        assert len(keys) == len(set(keys))

    def test_forecasts_are_deterministic_sourced_and_bounded(self, option: Therapy, complete_case: Case) -> None:
        for rx in option.propose(complete_case):
            first, again = (option.simulate(complete_case, rx, seed=7) for _ in range(2))
            assert first == again
            assert isinstance(first, Forecast) and first.therapy == option.name and first.form == rx.form
            for outcome in first.outcomes:
                assert 0 <= outcome.probability.value <= 1
                assert outcome.comparator and outcome.reason.sources
                if outcome.relevant:  # a claim of benefit rests on verified rows only
                    assert (
                        outcome.reason.verification is Verification.READ or "Baseline risk" in outcome.reason.statement
                    )
            assert first.burden.visits >= 1
            for reason in (*first.reasons, *(h.reason for h in first.harms)):
                assert reason.sources or reason.grade is EvidenceGrade.CASE

    def test_a_session_starts_with_checks_and_cannot_be_closed_at_once_and_called_done(
        self, option: Therapy, complete_case: Case
    ) -> None:
        rx = option.propose(complete_case)[0]
        session = option.session(complete_case, rx, 1)
        with pytest.raises(EuthymiaError):
            session.feed(Observation("clock", 0.0, {}))  # not started
        actions = session.start()
        assert actions and all(isinstance(a, Action) and a.text and a.code for a in actions)
        assert any(a.kind in (ActionKind.MEASURE, ActionKind.DO, ActionKind.INFORM, ActionKind.REFUSE) for a in actions)
        with pytest.raises(EuthymiaError):
            session.start()
        try:
            events = session.finish()
        except EuthymiaError:
            return  # gates are closed: that is what they are for
        assert {e.fact.status for e in events if hasattr(e.fact, "status")} <= {"not_started", "stopped_early"}

    def test_a_session_refuses_nonsense(self, option: Therapy, complete_case: Case) -> None:
        rx = option.propose(complete_case)[0]
        session = option.session(complete_case, rx, 1)
        session.start()
        with pytest.raises(EuthymiaError, match="kind"):
            session.feed(Observation("dance", 1.0, {}))
        with pytest.raises(EuthymiaError):
            option.session(complete_case, rx, 0)
        with pytest.raises(InvalidInput):
            Observation("clock", -1.0, {})

    def test_follow_before_the_start_says_so(self, option: Therapy, complete_case: Case) -> None:
        rx = option.propose(complete_case)[0]
        advice = option.follow(complete_case, rx)
        assert isinstance(advice, Advice) and advice.therapy == option.name and advice.reasons
        assert advice.decision in (Decision.START, Decision.URGENT, Decision.CONTINUE)

    def test_high_suicide_risk_makes_any_advice_urgent(self, option: Therapy, complete_case: Case) -> None:
        from euthymia.case.facts import SuicideScreen

        rx = option.propose(complete_case)[0]
        facts = [f for f in COMPLETE if not isinstance(f, SuicideScreen)]
        started = CourseStarted(option.name, rx.form, rx.protocol, date(2026, 10, 1))
        case = make_case(*facts, started, SuicideScreen(True, True, True, True, True, True, True))
        assert option.follow(case, rx).decision is Decision.URGENT

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_forgetting_an_answer_never_makes_a_verdict_better(self, option: Therapy, data: st.DataObject) -> None:
        kept = data.draw(st.lists(st.sampled_from(range(len(COMPLETE))), unique=True))
        whole = option.screen(make_case(*COMPLETE))
        part = option.screen(make_case(*[COMPLETE[i] for i in kept]))
        before = {f.form: f.verdict for f in whole.forms}
        for form in part.forms:
            if form.verdict is Verdict.ELIGIBLE:
                assert before[form.form] is Verdict.ELIGIBLE
            if before[form.form] is Verdict.CONTRAINDICATED:
                assert form.verdict in (Verdict.CONTRAINDICATED, Verdict.UNKNOWN, Verdict.NOT_OUTSIDE_TRIAL)


def test_dosing_without_what_it_needs_is_missing_data_not_a_guess() -> None:
    for option in ALL:
        case = make_case(Demographics(date(1980, 5, 1), Sex.FEMALE, "US"))
        try:
            proposed = option.propose(case)
        except MissingData as error:
            assert error.how_to_supply
            continue
        for rx in proposed:
            for field in fields(rx):  # type: ignore[arg-type]
                assert getattr(rx, field.name) == getattr(rx, field.name)  # no NaN anywhere


def test_the_clock_is_the_case_not_the_machine() -> None:
    earlier = make_case(*COMPLETE).at(datetime(2026, 11, 20, tzinfo=UTC))
    for option in ALL:
        assert option.screen(earlier) == option.screen(make_case(*COMPLETE))
