"""Markers: each row fires just beyond its threshold, not just inside it, in every unit, and never beyond its weight."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from euthymia.case import Event
from euthymia.case.analytes import analytes
from euthymia.case.facts import Demographics, LabResult, Medication, Sex, Vital
from euthymia.case.lab_ranges import range_for
from euthymia.core.units import convert
from euthymia.therapies.contract import Decision
from euthymia.therapies.precision import THERAPY
from euthymia.therapies.precision.markers import marker_reasons
from euthymia.therapies.precision.next_tests import PURPOSES, next_tests, rank_of
from euthymia.therapies.precision.tables import markers, measured_by
from euthymia.therapies.precision.tables import tests as all_tests

from tests.therapies.therapy_cases import NOW, case_of, depressed_case, failed

CUT = re.compile(r"(lab|vital)\((\w+)(?:, '([^']+)')?\) (<=|>=|<|>) ([\d.]+)")
TRIALS = (failed("sertraline", 200), failed("venlafaxine", 225), failed("mirtazapine", 45))
MAN = Event(Demographics(NOW.date().replace(year=1980), Sex.MALE, "US"), NOW - timedelta(hours=1), NOW)
BESIDE = {"ferritin_inflamed": (LabResult("hs_crp", 5, "mg/L"),), "t3_euthyroid": TRIALS}
CUTS = [(row, cut) for row in markers() if row.criterion for cut in CUT.findall(row.criterion)]
BEYOND = [(row, name) for row in markers() if row.beyond for name in measured_by(row) if name in analytes()]


def codes(case):
    return {row.code for row, _ in marker_reasons(case)}


def fact(kind, name, value, unit):
    return Vital(name, value) if kind == "vital" else LabResult(name, value, unit)


@pytest.mark.parametrize(("row", "cut"), CUTS, ids=[f"{r.code}-{c[1]}{c[3]}{c[4]}" for r, c in CUTS])
def test_a_row_fires_just_beyond_its_threshold_and_not_just_inside_it(row, cut):
    kind, name, unit, sign, limit = cut
    edge, step = float(limit), max(1e-3, 1e-4 * float(limit))
    if (row.code, name) in {("ferritin_inflamed", "hs_crp"), ("ferritin_inflamed", "crp")}:
        beside = (LabResult("ferritin", 50, "ng/mL"),)
    else:
        beside = BESIDE.get(row.code, ())
    holds_at = sign in ("<=", ">=")
    outward = 1 if sign.startswith(">") else -1
    inside = edge if holds_at else edge + outward * step
    outside = edge - outward * step if holds_at else edge
    assert row.code in codes(depressed_case(*beside, fact(kind, name, inside, unit)))
    if outside >= 0:
        assert row.code not in codes(depressed_case(*beside, fact(kind, name, outside, unit)))


@pytest.mark.parametrize(("row", "name"), BEYOND, ids=[f"{r.code}-{n}" for r, n in BEYOND])
def test_a_row_beyond_the_range_fires_just_beyond_it_whoever_gave_the_range(row, name):
    found = analytes()[name]
    base = depressed_case(MAN)
    used = range_for(base, found, LabResult(name, found.seen_low, found.unit))
    edge = used.low if row.beyond == "low" else used.high
    assert edge is not None, f"{row.code}: no default range to be beyond"
    out = edge * (0.999 if row.beyond == "low" else 1.001)
    when = NOW.replace(hour=8) - timedelta(days=1)

    def case(*lab):
        return depressed_case(MAN, Event(LabResult(name, *lab), when, when))

    assert row.code in codes(case(out, found.unit))
    assert row.code not in codes(case(edge, found.unit))
    own = (edge * 0.5, edge * 2) if row.beyond == "low" else (None, edge * 2)
    assert row.code not in codes(case(out, found.unit, *own))  # the laboratory's own range goes first


@pytest.mark.parametrize(
    ("name", "value"),
    [("tsh", 12), ("vitamin_b12", 150), ("vitamin_d", 12), ("hba1c", 6.8), ("ferritin", 12), ("hs_crp", 4.5),
     ("folate", 1.0), ("calcium", 11.5), ("hemoglobin", 9.0), ("creatinine", 2.0), ("free_t4", 3.0), ("lithium", 1.3),
     ("morning_cortisol", 2.0), ("prolactin", 60.0)],
)  # fmt: skip
def test_every_accepted_unit_gives_the_same_finding(name, value):
    row = analytes()[name]
    seen = []
    for unit in row.units:
        there = convert(value, row.unit, unit, analyte=name)
        seen.append(codes(depressed_case(LabResult(name, there, unit))))
    assert seen[0] and all(found == seen[0] for found in seen)


def test_a_factor_of_ten_is_not_lost():
    assert "crp_acute" in codes(depressed_case(LabResult("crp", 1.2, "mg/dL")))
    assert "crp_acute" not in codes(depressed_case(LabResult("crp", 1.2, "mg/L")))


def test_a_plain_crp_never_chooses_a_drug():
    held = codes(depressed_case(LabResult("crp", 0.5, "mg/L"))) | codes(depressed_case(LabResult("crp", 5, "mg/L")))
    assert not {code for code in held if code.startswith("crp_choice")}


def test_effects_are_those_of_the_trials():
    rows = {row.code: row for row in markers()}
    uher = rows["crp_choice_high"]
    assert (uher.value, uher.low, uher.high, uher.value_unit, uher.patients) == (3.27, 1.65, 4.89, "points", 241)
    assert (rows["crp_choice_bupropion"].value, rows["crp_choice_bupropion"].patients) == (0.531, 106)
    assert "p = 0.19" in rows["crp_infliximab"].effect and rows["crp_infliximab"].patients == 60
    assert "24.7 % against 15.9 %" in rows["t3_euthyroid"].effect and "not significant" in rows["t3_euthyroid"].effect
    for row in markers():
        if row.strength == "investigational":
            (reason,) = [r for m, r in _all_reasons() if m.code == row.code][:1]
            assert "investigational" in reason.statement and not row.is_acted_on


def _all_reasons():
    values = (0.5, 4.0, 8.0)
    cases = [depressed_case(LabResult("hs_crp", v, "mg/L"), Vital("bmi", 31)) for v in values]
    return [pair for case in cases for pair in marker_reasons(case)]


def test_investigational_rows_and_rows_without_a_rule_leave_advice_alone():
    for lab in (LabResult("hs_crp", 5, "mg/L"), LabResult("morning_cortisol", 15, "ug/dL")):
        case = depressed_case(lab)
        (order,) = [p for p in THERAPY.propose(case) if p.form == "lab_workup"]
        assert THERAPY.follow(case, order).decision is not Decision.ADJUST
        assert marker_reasons(case)


def test_an_old_result_and_a_doubted_unit_are_said_before_they_are_acted_on():
    ((_, reason),) = marker_reasons(case_of(LabResult("vitamin_d", 12, "ng/mL"), days_ago=500))
    assert "500 days old: repeat before acting" in reason.statement
    found = {row.code: r.statement for row, r in marker_reasons(case_of(LabResult("creatinine", 30, "mg/dL")))}
    assert "confirm the unit of creatinine first" in found["creatinine_high"]  # 30 umol/L would be ordinary
    sure = {row.code: r.statement for row, r in marker_reasons(case_of(LabResult("creatinine", 3, "mg/dL")))}
    assert "confirm" not in sure["creatinine_high"]


class TestNextTests:
    def test_treatable_causes_come_first_and_every_purpose_has_words(self):
        listed = next_tests(depressed_case(Medication("lithium", 900)))
        ranks = [rank_of(test.purpose) for test in listed]
        assert ranks == sorted(ranks) and listed[0].purpose == "treatable_cause"
        assert {test.purpose for test in all_tests().values()} <= set(PURPOSES)
        assert list(PURPOSES) == sorted(PURPOSES, key=rank_of)
        assert all(test.reason.sources for test in listed)

    @pytest.mark.parametrize("code", [c for c, t in all_tests().items() if t.kind == "lab" and not t.reflex])
    def test_what_is_in_hand_and_recent_is_not_repeated(self, code):
        test = all_tests()[code]
        row = analytes()[test.analytes[0]]
        low, high = row.seen_low, row.seen_high
        lab = LabResult(row.code, low + 0.02 * (high - low), row.unit)
        drugs = (Medication("lithium", 900), Medication("nortriptyline", 100), Medication("sertraline", 100),
                 Medication("quetiapine", 100))  # fmt: skip
        wanted = {t.code for t in next_tests(depressed_case(*drugs))}
        assert code in wanted
        assert code not in {t.code for t in next_tests(depressed_case(*drugs, lab)) if t.purpose != "confirm"}
        long_ago = NOW - timedelta(days=test.repeat_days + 2)
        old = depressed_case(*drugs, Event(lab, long_ago, long_ago))
        (again,) = [t for t in next_tests(old) if t.code == code]
        assert "older than" in again.reason.statement

    @pytest.mark.parametrize(
        ("lab", "reflex"),
        [
            (LabResult("vitamin_b12", 250, "pg/mL"), "mma"),
            (LabResult("ferritin", 20, "ng/mL"), "transferrin_saturation"),
            (LabResult("calcium", 10.9, "mg/dL"), "parathyroid_hormone"),
            (LabResult("tsh", 0.1, "mIU/L"), "free_t3"),
        ],
    )
    def test_a_result_asks_for_the_next_one(self, lab, reflex):
        assert reflex not in {t.code for t in next_tests(depressed_case())}
        (asked,) = [t for t in next_tests(depressed_case(lab)) if t.code == reflex]
        assert all_tests()[reflex].reflex and f"asked for by {lab.analyte}" in asked.reason.statement

    def test_a_low_morning_testosterone_of_a_man_is_confirmed(self):
        lab = LabResult("morning_testosterone", 180, "ng/dL")
        listed = [t for t in next_tests(depressed_case(MAN, lab)) if t.code == "morning_testosterone"]
        assert [t.purpose for t in listed] == ["confirm"]
        assert "testosterone_low" not in codes(depressed_case(lab))  # a woman's

    def test_an_abnormal_value_is_repeated_when_due(self):
        case = case_of(LabResult("hs_crp", 15, "mg/L"), days_ago=7)
        (again,) = [t for t in next_tests(case) if t.purpose == "confirm"]
        assert (again.code, again.due_in_days) == ("hs_crp", 14) and "repeat in 14 days" in again.reason.statement

    def test_under_lithium_thyroid_kidney_and_calcium_are_due_sooner(self):
        day = NOW - timedelta(days=200)
        labs = [Event(LabResult(n, v, u), day, day) for n, v, u in
                (("tsh", 2, "mIU/L"), ("creatinine", 0.9, "mg/dL"), ("calcium", 9.5, "mg/dL"))]  # fmt: skip
        due = {"tsh", "creatinine", "calcium"}
        assert not due & {t.code for t in next_tests(depressed_case(*labs))}
        assert due <= {t.code for t in next_tests(depressed_case(*labs, Medication("lithium", 900)))}


def test_tests_and_analytes_agree_on_how_long_a_result_serves():
    for test in all_tests().values():
        for name in test.analytes:
            if test.kind == "lab" and name in analytes():
                assert analytes()[name].stale_days == test.repeat_days, (test.code, name)
                analytes()[name].value_of(1.0, test.unit)
