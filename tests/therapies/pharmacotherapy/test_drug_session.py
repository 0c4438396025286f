"""Pharmacotherapy: a visit, step by step, and the doses it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from euthymia.case import Event
from euthymia.case.facts import (
    Finding,
    LabResult,
    Medication,
    SafetyAlert,
    ScaleRecord,
    SessionDelivered,
    SuicideScreen,
    Vital,
)
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import ActionKind, Observation
from euthymia.therapies.pharmacotherapy import THERAPY

from tests.therapies.therapy_cases import NOW

SERTRALINE = Medication("sertraline", 150)
NO = dict.fromkeys(("wish", "thoughts", "behavior_lifetime", "behavior_3_months"), False)
CHECKS = [
    ("adherence", {"taken_pct": 100}),
    ("medicines", {"new": []}),
    ("suicidality", NO),
    ("side_effects", {"frequency": 1, "intensity": 1, "burden": 1}),
]


class Visit:
    def __init__(self, case, form, n=1):
        rx = next(p for p in THERAPY.propose(case) if p.form == form)
        self.session, self.at = THERAPY.session(case, rx, n), 0.0
        self.first = self.session.start()

    def see(self, kind, **values):
        return self.session.feed(Observation(kind, self.at, values))

    def checks(self, skip=()):
        for kind, values in CHECKS:
            if kind not in skip:
                actions = self.see(kind, **values)
        return actions


def delivered(form, doses, days_ago=10):
    when = NOW - timedelta(days=days_ago)
    return Event(SessionDelivered("pharmacotherapy", form, "p", 1, "completed", {"doses_mg_day": doses}), when, when)


def test_a_first_visit_starts_the_drug_and_writes_the_record(make_case):
    visit = Visit(make_case(SERTRALINE), "augment_aripiprazole")
    assert visit.checks()[0].code == "dose"
    visit.see("dose", drug="Abilify", mg_day=2)
    facts = [e.fact for e in visit.session.finish()]
    done = next(f for f in facts if isinstance(f, SessionDelivered))
    assert done.status == "completed" and done.summary["doses_mg_day"] == {"aripiprazole": 2}
    assert any(isinstance(f, ScaleRecord) and f.scale == "FIBSER" for f in facts)
    assert any(isinstance(f, SuicideScreen) for f in facts)


def test_no_dose_before_the_questions(make_case):
    visit = Visit(make_case(SERTRALINE), "augment_aripiprazole")
    visit.checks(skip=("suicidality",))
    with pytest.raises(SafetyLimit, match="suicidality"):
        visit.see("dose", drug="aripiprazole", mg_day=2)
    with pytest.raises(SafetyLimit, match="suicidality is not asked"):
        visit.session.finish()


def test_start_low_step_small_and_not_too_fast(make_case):
    visit = Visit(make_case(SERTRALINE), "augment_aripiprazole")
    visit.checks()
    with pytest.raises(SafetyLimit, match="to start with"):
        visit.see("dose", drug="aripiprazole", mg_day=10)
    later = Visit(
        make_case(SERTRALINE, delivered("augment_aripiprazole", {"aripiprazole": 5})), "augment_aripiprazole", 2
    )
    later.checks()
    with pytest.raises(SafetyLimit, match="steps of at most 5 mg"):
        later.see("dose", drug="aripiprazole", mg_day=15, days_since_change=14)
    with pytest.raises(SafetyLimit, match="days_since_change"):
        later.see("dose", drug="aripiprazole", mg_day=10, days_since_change=3)
    with pytest.raises(SafetyLimit, match="at most 15 mg"):
        later.see("dose", drug="aripiprazole", mg_day=20, days_since_change=14)
    later.see("dose", drug="aripiprazole", mg_day=10, days_since_change=14)
    later.see("dose", drug="aripiprazole", mg_day=2)  # a decrease is always possible
    with pytest.raises(SafetyLimit, match="aripiprazole"):
        later.see("dose", drug="olanzapine", mg_day=5)


def test_baseline_tests_open_the_gate(make_case):
    visit = Visit(make_case(SERTRALINE), "augment_lithium")
    visit.checks()
    with pytest.raises(SafetyLimit, match="creatinine, tsh"):
        visit.see("dose", drug="lithium", mg_day=300)
    visit.see("lab", analyte="creatinine", value=0.9, unit="mg/dL")
    visit.see("lab", analyte="tsh", value=2.1, unit="mIU/L")
    visit.see("dose", drug="lithium", mg_day=300)
    assert {f.fact.analyte for f in visit.session.finish() if isinstance(f.fact, LabResult)} == {"creatinine", "tsh"}


def test_a_toxic_lithium_level_stops(make_case):
    case = make_case(SERTRALINE, delivered("augment_lithium", {"lithium": 600}), LabResult("tsh", 2, "mIU/L"))
    visit = Visit(case, "augment_lithium", 2)
    visit.checks()
    assert visit.see("lab", analyte="lithium", value=1.1, unit="mmol/L")[0].kind is ActionKind.PAUSE
    with pytest.raises(SafetyLimit, match=r"above 1\.0"):
        visit.see("dose", drug="lithium", mg_day=900, days_since_change=10)
    visit.see("lab", analyte="lithium", value=0.7, unit="mmol/L")
    kinds = {a.kind for a in visit.see("lab", analyte="lithium", value=1.6, unit="mEq/L")}
    assert kinds == {ActionKind.ALERT, ActionKind.STOP}
    with pytest.raises(SafetyLimit):
        visit.see("dose", drug="lithium", mg_day=900, days_since_change=10)
    visit.see("dose", drug="lithium", mg_day=0)
    facts = [e.fact for e in visit.session.finish()]
    assert any(isinstance(f, SafetyAlert) and f.level == "high" for f in facts)


def test_an_maoi_waits_for_its_washout(make_case):
    visit = Visit(make_case(Medication("fluoxetine", 40)), "switch_tranylcypromine")
    assert any(a.code == "washout" for a in visit.first)
    visit.checks()
    visit.see("vital", name="systolic_bp", value=120)
    with pytest.raises(SafetyLimit, match="washout"):
        visit.see("dose", drug="tranylcypromine", mg_day=30)
    assert visit.see("washout", days=20)[0].kind is ActionKind.REFUSE
    with pytest.raises(SafetyLimit, match="35"):
        visit.see("dose", drug="tranylcypromine", mg_day=30)
    visit.see("washout", days=36)
    visit.see("dose", drug="tranylcypromine", mg_day=30)


def test_a_new_forbidden_medicine_is_an_alert(make_case):
    case = make_case(delivered("switch_tranylcypromine", {"tranylcypromine": 30}), Vital("systolic_bp", 120))
    visit = Visit(case, "switch_tranylcypromine", 2)
    assert visit.see("medicines", new=["dextromethorphan"])[0].kind is ActionKind.ALERT
    visit.checks(skip=("medicines",))
    with pytest.raises(SafetyLimit, match="hold"):
        visit.see("dose", drug="tranylcypromine", mg_day=40, days_since_change=10)
    visit.session.finish()


def test_high_burden_and_poor_adherence_hold_the_dose(make_case):
    case = make_case(SERTRALINE, delivered("augment_aripiprazole", {"aripiprazole": 5}))
    visit = Visit(case, "augment_aripiprazole", 2)
    visit.checks(skip=("side_effects", "adherence"))
    visit.see("adherence", taken_pct=50)
    assert visit.see("side_effects", frequency=5, intensity=5, burden=6)[0].kind is ActionKind.PAUSE
    with pytest.raises(SafetyLimit, match="FIBSER"):
        visit.see("dose", drug="aripiprazole", mg_day=10, days_since_change=14)
    visit.session.finish()


def test_high_risk_is_an_alert_that_is_kept(make_case):
    visit = Visit(make_case(SERTRALINE), "augment_aripiprazole")
    actions = visit.see("suicidality", wish=True, thoughts=True, method=True, intent=True, plan=True)
    assert actions[0].kind is ActionKind.ALERT
    visit.checks(skip=("suicidality",))
    visit.see("no_change", because="admission today")
    alerts = [e.fact for e in visit.session.finish() if isinstance(e.fact, SafetyAlert)]
    assert alerts and alerts[0].level == "high"


def test_long_qt_stops(make_case):
    visit = Visit(make_case(SERTRALINE), "augment_quetiapine")
    assert visit.see("vital", name="qtc", value=510)[0].kind is ActionKind.ALERT
    visit.checks()
    with pytest.raises(SafetyLimit):
        visit.see("dose", drug="quetiapine", mg_day=50)


def test_answers_must_be_answers(make_case):
    visit = Visit(make_case(SERTRALINE, Finding("sleep_apnea", False)), "augment_aripiprazole")
    with pytest.raises(InvalidInput, match="suicidality"):
        visit.see("suicidality", wish="no")
    with pytest.raises(InvalidInput, match="medicines"):
        visit.see("medicines", new="ibuprofen")
    with pytest.raises(InvalidInput, match="unit"):
        visit.see("lab", analyte="tsh", value=2)
