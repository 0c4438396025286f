"""Screening from tables: which verdict follows from which rules and which legal standing."""

from __future__ import annotations

from datetime import date

import pytest

from euthymia.case import Case
from euthymia.case.facts import Demographics, Finding, ListReviewed, Sex
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction
from euthymia.core.source import Verification
from euthymia.therapies.contract import Legality, Screening, Verdict
from euthymia.therapies.screening import (
    LabelRow,
    LegalRow,
    Level,
    Rule,
    RuleKind,
    combine,
    open_forms,
    screen_form,
    sources_of,
)

from tests.contract.cases import make_case

READ, PARTIAL, UNVERIFIED = Verification.READ, Verification.PARTIAL, Verification.UNVERIFIED
WHO = Demographics(date(1980, 5, 1), Sex.FEMALE, "US")
AS_OF = date(2026, 11, 1)
ANSWERS = {
    truth: (WHO, *([] if truth is None else [Finding("raised_intraocular_pressure", truth)]))
    for truth in (True, False, None)
}


def rule(
    level: Level,
    criterion: str = "has(raised_intraocular_pressure)",
    *,
    verification: Verification = READ,
    forms: tuple[str, ...] = ("*",),
    code: str = "r",
    kind: RuleKind = RuleKind.CONTRAINDICATION,
) -> Rule:
    return Rule(
        code=code, forms=forms, kind=kind, level=level, criterion=criterion, statement="Pressure in the eye",
        source="A label", verification=verification, as_of=AS_OF,
    )  # fmt: skip


def legal(
    status: Legality = Legality.APPROVED, *, verification: Verification = READ, country: str = "US",
    from_date: date = date(2020, 1, 1), forms: tuple[str, ...] = ("*",),
) -> LegalRow:  # fmt: skip
    return LegalRow(
        forms=forms, country=country, from_date=from_date, status=status, statement="As the agency says",
        source="The agency", verification=verification, as_of=AS_OF,
    )  # fmt: skip


def screened(
    case: Case, *rules: Rule, law: tuple[LegalRow, ...] = (legal(),), label: tuple[LabelRow, ...] = ()
) -> Screening:
    return screen_form(case, therapy="t", form="f", title="Form F", rules=rules, legality=law, label=label)


# --- rules ----------------------------------------------------------------------------------------------------------

TABLE = [
    (Level.ABSOLUTE, True, Verdict.CONTRAINDICATED),
    (Level.ABSOLUTE, None, Verdict.UNKNOWN),
    (Level.ABSOLUTE, False, Verdict.ELIGIBLE),
    (Level.RELATIVE, True, Verdict.CAUTION),
    (Level.RELATIVE, None, Verdict.UNKNOWN),
    (Level.RELATIVE, False, Verdict.ELIGIBLE),
    (Level.CAUTION, True, Verdict.CAUTION),
    (Level.CAUTION, None, Verdict.CAUTION),
    (Level.CAUTION, False, Verdict.ELIGIBLE),
]


@pytest.mark.parametrize("verification", [READ, PARTIAL, UNVERIFIED])
@pytest.mark.parametrize(("level", "truth", "verdict"), TABLE)
def test_the_verdict_follows_from_level_and_answer_whatever_the_verification(
    level: Level, truth: bool | None, verdict: Verdict, verification: Verification
) -> None:
    found = screened(make_case(*ANSWERS[truth]), rule(level, verification=verification))
    assert found.verdict is verdict
    assert bool(found.missing) is (truth is None)
    hit = (*found.absolute, *found.relative, *found.cautions)
    assert hit == (("r",) if truth else ())


def test_without_rules_a_verdict_rests_on_the_law_alone() -> None:
    assert screened(make_case(WHO)).verdict is Verdict.ELIGIBLE


def test_the_worst_of_several_rules_counts() -> None:
    case = make_case(WHO, Finding("raised_intraocular_pressure", True), Finding("pregnancy", True))
    rules = (rule(Level.CAUTION, code="c"), rule(Level.ABSOLUTE, "has(pregnancy)", code="a"))
    for order in (rules, rules[::-1]):
        found = screened(case, *order)
        assert found.verdict is Verdict.CONTRAINDICATED
        assert (found.absolute, found.cautions) == (("a",), ("c",))


def test_an_unknown_never_hides_what_forbids() -> None:
    rules = (rule(Level.ABSOLUTE, "has(pregnancy)", code="open"), rule(Level.ABSOLUTE, code="hit"))
    assert screened(make_case(*ANSWERS[True]), *rules).verdict is Verdict.CONTRAINDICATED


def test_a_rule_about_another_form_says_nothing() -> None:
    found = screened(make_case(*ANSWERS[True]), rule(Level.ABSOLUTE, forms=("other",)))
    assert found.verdict is Verdict.ELIGIBLE and not found.absolute


def test_a_reviewed_list_clears_a_rule_and_silence_does_not() -> None:
    from euthymia.case.concepts import concepts

    reviewed = make_case(WHO, ListReviewed(concepts()["raised_intraocular_pressure"].category))
    assert screened(reviewed, rule(Level.ABSOLUTE)).verdict is Verdict.ELIGIBLE
    assert screened(make_case(WHO), rule(Level.ABSOLUTE)).verdict is Verdict.UNKNOWN


def test_every_rule_that_applies_is_told_with_its_source_and_its_evidence() -> None:
    found = screened(make_case(*ANSWERS[True]), rule(Level.ABSOLUTE))
    (against,) = found.blocking
    assert against.statement.startswith("Forbidden: Pressure in the eye (")
    assert against.sources[0].text == "A label" and against.code == "r"


def test_an_interaction_is_called_one() -> None:
    found = screened(make_case(*ANSWERS[True]), rule(Level.RELATIVE, kind=RuleKind.INTERACTION))
    assert found.blocking[0].statement.startswith("Relative contraindication (interaction): ")


def test_rules_that_were_checked_and_do_not_apply_are_counted_as_a_reason_for() -> None:
    found = screened(make_case(*ANSWERS[False]), rule(Level.ABSOLUTE), rule(Level.CAUTION, code="c"))
    (cleared,) = [r for r in found.reasons if r.code == "rules_cleared"]
    assert cleared.direction is Direction.FOR and cleared.value == 2
    assert cleared.statement == "2 screening rules were checked and do not apply (1 of them absolute)."


def test_reasons_against_come_first_and_reasons_for_last() -> None:
    case = make_case(WHO, Finding("raised_intraocular_pressure", True), Finding("seizure_disorder", False))
    found = screened(
        case, rule(Level.CAUTION), rule(Level.CAUTION, "has(pregnancy)", code="open"),
        rule(Level.ABSOLUTE, "has(seizure_disorder)", code="clear"),
    )  # fmt: skip
    order = [Direction.AGAINST, Direction.NEUTRAL, Direction.FOR]
    places = [order.index(r.direction) for r in found.reasons]
    assert places == sorted(places) and set(places) == {0, 1, 2}


def test_the_question_behind_an_absolute_rule_comes_before_that_behind_a_caution() -> None:
    found = screened(
        make_case(WHO), rule(Level.CAUTION, code="c"), rule(Level.RELATIVE, "has(seizure_disorder)", code="b"),
        rule(Level.ABSOLUTE, "has(pregnancy)", code="a"),
    )  # fmt: skip
    assert [q.code for q in found.missing] == ["pregnancy", "seizure_disorder", "raised_intraocular_pressure"]


def test_a_question_is_asked_once_at_its_most_decisive_place() -> None:
    found = screened(
        make_case(WHO), rule(Level.CAUTION, code="c"), rule(Level.RELATIVE, "has(pregnancy)", code="b"),
        rule(Level.ABSOLUTE, code="a"),
    )  # fmt: skip
    assert [q.code for q in found.missing] == ["raised_intraocular_pressure", "pregnancy"]


def test_a_criterion_that_cannot_be_read_never_becomes_a_rule() -> None:
    with pytest.raises(InvalidInput, match="criterion"):
        rule(Level.ABSOLUTE, "has(pregnancy")
    with pytest.raises(InvalidInput, match="concept"):
        rule(Level.ABSOLUTE, "has(pregnansy)")


# --- law ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "verification", "verdict"),
    [
        (Legality.APPROVED, READ, Verdict.ELIGIBLE),
        (Legality.APPROVED, PARTIAL, Verdict.CAUTION),
        (Legality.APPROVED, UNVERIFIED, Verdict.CAUTION),  # an "allowed" rests on what was read
        (Legality.AVAILABLE, READ, Verdict.ELIGIBLE),
        (Legality.AVAILABLE, UNVERIFIED, Verdict.CAUTION),
        (Legality.RESTRICTED, READ, Verdict.ELIGIBLE),
        (Legality.OFF_LABEL, READ, Verdict.CAUTION),
        (Legality.OFF_LABEL, UNVERIFIED, Verdict.CAUTION),
        (Legality.INVESTIGATIONAL, READ, Verdict.NOT_OUTSIDE_TRIAL),
        (Legality.INVESTIGATIONAL, UNVERIFIED, Verdict.NOT_OUTSIDE_TRIAL),  # a "no" applies unverified too
        (Legality.UNKNOWN, READ, Verdict.NOT_OUTSIDE_TRIAL),
    ],
)
def test_the_law_sets_the_best_verdict(status: Legality, verification: Verification, verdict: Verdict) -> None:
    found = screened(make_case(WHO), law=(legal(status, verification=verification),))
    assert (found.verdict, found.legality) == (verdict, status)
    (reason,) = [r for r in found.reasons if r.code == "legality_f"]
    assert ("Confirm the status" in reason.statement) is (verification is not READ)
    if verdict is Verdict.NOT_OUTSIDE_TRIAL:
        assert reason.direction is Direction.AGAINST


def test_without_a_country_the_verdict_is_unknown_and_the_country_is_asked_for_first() -> None:
    found = screened(make_case(Demographics(date(1980, 5, 1), Sex.FEMALE)), rule(Level.RELATIVE))
    assert (found.verdict, found.legality) == (Verdict.UNKNOWN, Legality.UNKNOWN)
    assert found.missing[0].code == "country"


def test_a_country_without_a_row_is_not_outside_a_trial() -> None:
    found = screened(make_case(WHO), law=(legal(country="DE"),))
    assert (found.verdict, found.legality) == (Verdict.NOT_OUTSIDE_TRIAL, Legality.UNKNOWN)


def test_a_rule_that_forbids_outranks_the_law() -> None:
    for status in (Legality.APPROVED, Legality.INVESTIGATIONAL):
        found = screened(make_case(*ANSWERS[True]), rule(Level.ABSOLUTE), law=(legal(status),))
        assert found.verdict is Verdict.CONTRAINDICATED


def test_the_law_of_the_day_counts_and_not_that_of_tomorrow() -> None:
    law = (
        legal(Legality.INVESTIGATIONAL, from_date=date(2000, 1, 1)),
        legal(Legality.APPROVED, from_date=date(2026, 11, 20)),
    )
    today = make_case(WHO)  # as of 20 November 2026
    assert screened(today, law=law).legality is Legality.APPROVED
    later = (law[0], legal(Legality.APPROVED, from_date=date(2026, 11, 21)))
    assert screened(today, law=later).legality is Legality.INVESTIGATIONAL


def test_a_country_of_its_own_row_is_not_judged_by_the_row_for_all() -> None:
    law = (
        legal(Legality.APPROVED, country="*", from_date=date(2025, 1, 1)),
        legal(Legality.INVESTIGATIONAL, from_date=date(2001, 1, 1)),
    )
    assert screened(make_case(WHO), law=law).legality is Legality.INVESTIGATIONAL
    german = make_case(Demographics(date(1980, 5, 1), Sex.FEMALE, "DE"))
    assert screened(german, law=law).legality is Legality.APPROVED


def test_the_row_of_another_form_does_not_count() -> None:
    assert screened(make_case(WHO), law=(legal(forms=("g",)),)).verdict is Verdict.NOT_OUTSIDE_TRIAL


# --- label ----------------------------------------------------------------------------------------------------------


def label_row(country: str = "US", criterion: str = "has(raised_intraocular_pressure)") -> LabelRow:
    return LabelRow(
        code="l", forms=("*",), country=country, scheme="US label", criterion=criterion, statement="Eyes were checked",
        source="The label", verification=READ, as_of=AS_OF,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("truth", "direction", "word"),
    [(True, Direction.FOR, "met"), (False, Direction.AGAINST, "not met"), (None, Direction.NEUTRAL, "not known")],
)
def test_label_criteria_are_findings_and_change_no_verdict(truth: bool | None, direction: Direction, word: str) -> None:
    found = screened(make_case(*ANSWERS[truth]), label=(label_row(),))
    (finding,) = found.label
    assert finding.met is truth and finding.reason.direction is direction
    assert f": {word} (" in finding.reason.statement
    assert found.verdict is Verdict.ELIGIBLE and not found.missing


def test_the_label_of_another_country_is_not_shown() -> None:
    assert screened(make_case(WHO), label=(label_row("DE"),)).label == ()
    assert len(screened(make_case(WHO), label=(label_row("*"),)).label) == 1


# --- several forms --------------------------------------------------------------------------------------------------


def form(name: str, verdict: Verdict, *codes: str) -> Screening:
    from euthymia.case.concepts import Question

    return Screening("t", verdict, (), tuple(Question(c, f"{c}?", c) for c in codes), form=name)


def test_a_therapy_stands_as_its_best_form() -> None:
    worst_first = [form(v.value, v) for v in reversed(Verdict)]
    found = combine("t", "T", worst_first)
    assert found.verdict is Verdict.ELIGIBLE and found.form == "" and found.title == "T"
    assert [s.verdict for s in found.forms] == list(Verdict)


def test_a_forbidden_form_asks_nothing_and_may_not_be_prescribed() -> None:
    found = combine("t", "T", [form("a", Verdict.CONTRAINDICATED, "x"), form("b", Verdict.UNKNOWN, "y")])
    assert [q.code for q in found.missing] == ["y"]
    assert open_forms(found) == ("b",)


def test_forms_of_the_same_verdict_keep_their_order() -> None:
    found = combine("t", "T", [form("z", Verdict.CAUTION), form("a", Verdict.CAUTION)])
    assert [s.form for s in found.forms] == ["z", "a"]


def test_sources_are_listed_once_in_order_of_use() -> None:
    found = screened(make_case(*ANSWERS[True]), rule(Level.CAUTION), rule(Level.ABSOLUTE, code="b"))
    assert [s.text for s in sources_of(found.reasons)] == ["A label", "The agency"]
