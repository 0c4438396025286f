"""The laboratory part of a plan: what it says, whom it reaches, and that it weighs no more than it may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from euthymia.case import Event, fold
from euthymia.case.facts import Demographics, LabResult, Sex
from euthymia.plan import compare
from euthymia.plan.document import laboratory_with_sources, plan_document
from euthymia.plan.laboratory import critical_steps, laboratory_table
from euthymia.report.page import plan_html

from tests.plan.plan_cases import case_with as complete_case

NOW = datetime(2026, 11, 20, tzinfo=UTC)
WOMAN = Demographics(date(1980, 1, 1), Sex.FEMALE, "US")


def case_with(*labs, days_ago=10):
    when = NOW - timedelta(days=days_ago)
    return fold("lab", [Event(f, when, when) for f in (WOMAN, *labs)], as_of=NOW)


def with_labs(*labs):
    case = complete_case()
    when = case.as_of - timedelta(hours=2)
    return case.with_events(*(Event(lab, when, when) for lab in labs))


@pytest.fixture(scope="module")
def plans():
    """The same case without CRP, and with a CRP at which investigational rows hold."""
    return compare(complete_case()), compare(with_labs(LabResult("hs_crp", 5, "mg/L")))


def test_an_investigational_finding_moves_no_rank_and_no_score(plans):
    without, with_crp = plans
    assert {c.strength for c in with_crp.laboratory.changes} >= {"investigational"}
    for ours, theirs in zip(without.options, with_crp.options, strict=True):
        assert (ours.therapy, ours.rank, ours.standing) == (theirs.therapy, theirs.rank, theirs.standing)
        assert (ours.score is None) == (theirs.score is None)
        if ours.score is not None and not ours.is_companion:
            assert ours.score.total == theirs.score.total


def test_a_finding_reaches_the_therapies_it_is_about():
    plan = compare(with_labs(LabResult("tsh", 0.05, "mIU/L", 0.4, 4.0), LabResult("hs_crp", 5, "mg/L")))
    for name in ("ketamine", "ect", "pharmacotherapy"):
        assert "tsh_low" in {r.code for r in plan.option(name).reasons_against}
    assert "tsh_low" not in {r.code for r in plan.option("vns").reasons_against}
    for option in plan.options:
        if not option.is_companion:
            assert not {r.code for r in (*option.reasons_for, *option.reasons_against) if r.code.startswith("crp_")}


def test_a_critical_value_is_urgent_however_old_until_a_later_one():
    (step,) = critical_steps(case_with(LabResult("potassium", 6.9, "mEq/L"), days_ago=400))
    assert step.level == "now" and "400 days ago" in step.reason.statement and not step.favors
    later = Event(LabResult("K", 4.2, "mmol/L"), NOW - timedelta(days=1), NOW)
    assert not critical_steps(case_with(LabResult("potassium", 6.9, "mEq/L")).with_events(later))
    (doubted,) = critical_steps(case_with(LabResult("calcium", 2.3, "mg/dL")))
    assert "was it measured in mmol/L" in doubted.reason.statement


def test_the_document_holds_every_value_and_cites_what_it_says():
    table = laboratory_table(case_with(LabResult("B12", 180, "pmol/L"), LabResult("zinc", 90, "ug/dL")))
    found, sources = laboratory_with_sources(table)
    b12, zinc = found.values
    assert (b12.analyte, b12.unit, b12.reported, b12.range_from) == ("vitamin_b12", "pg/mL", "180 pmol/L", "default")
    assert [c.code for c in b12.changes] == ["b12_border"] and zinc.state == "not_judged"
    assert "mma" in {t.code for t in found.next_tests}
    counted = [b12.range_reason, *(c.reason for c in b12.changes), *(t.reason for t in found.next_tests)]
    assert all(r.sources and max(r.sources) < len(sources) for r in counted)
    assert {"not_used_mthfr", "not_used_slc6a4"} <= {r.code for r in found.never_used}


def test_the_plan_and_its_page_show_the_laboratory(plans):
    _, plan = plans
    document = plan_document(plan)
    assert document.laboratory is not None
    assert "hs_crp" in {v.analyte for v in document.laboratory.values}
    page = plan_html(plan, with_labs(LabResult("hs_crp", 5, "mg/L")))
    start = page.index('id="laboratory"')
    part = page[start : page.index("</section>", start)]
    for words in (
        "hsCRP",
        "investigational, no weight",
        "interaction of drug and CRP 3.27",
        "range-bar",
        "Tests to order",
    ):
        assert words in part
    assert '<a href="#laboratory">' in page
