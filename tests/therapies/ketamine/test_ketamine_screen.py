"""Screening of ketamine and esketamine: every rule represented, unknown never eligible, law by date."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from euthymia.case.events import Event
from euthymia.case.facts import Demographics, Finding, Medication, Substance, Vital
from euthymia.case.model import Case, fold
from euthymia.therapies.contract import Legality, Therapy, Verdict
from euthymia.therapies.form_screen import rules_of
from euthymia.therapies.ketamine import THERAPY
from euthymia.therapies.ketamine.tables import PACKAGE
from euthymia.therapies.screening import Level

TABLE = Path(__file__).parents[4] / "shared/data/evidence/contraindications.csv"
COVERED = {
    ("esketamine", "aneurysmal vascular disease (aorta, intracranial, peripheral)"): "esk_aneurysm",
    ("esketamine", "arteriovenous malformation"): "esk_avm",
    ("esketamine", "history of intracerebral haemorrhage"): "esk_intracerebral_hemorrhage",
    ("esketamine", "hypersensitivity to esketamine/ketamine/excipients"): "esk_hypersensitivity",
    ("esketamine", "pre-dose BP >140/90 mmHg"): "esk_predose_bp",
    ("esketamine", "cardiovascular or cerebrovascular disease, hypertensive encephalopathy history"): (
        "esk_cardiovascular"
    ),
    ("esketamine", "concurrent psychostimulant"): "esk_stimulant",
    ("esketamine", "concurrent MAOI"): "esk_maoi",
    ("esketamine", "concurrent CNS depressant (benzodiazepine, opioid, alcohol)"): "esk_cns_depressant",
    ("esketamine", "active or past substance use disorder"): "esk_substance_use",
    ("esketamine", "pregnancy"): "esk_pregnancy",
    ("esketamine", "breastfeeding"): "esk_breastfeeding",
    ("esketamine", "age <18"): "esk_age",
    ("esketamine", "history of psychosis"): "esk_psychosis",
    ("esketamine", "ulcerative/interstitial cystitis or urinary symptoms"): "esk_urinary",
    ("esketamine", "severe hepatic impairment"): "esk_severe_liver",
    ("esketamine", "no monitored setting or no escort (no driving until next day)"): "esk_no_escort",
    ("ketamine_iv", "uncontrolled hypertension"): "iv_uncontrolled_hypertension",
    ("ketamine_iv", "unstable angina, recent MI, decompensated heart failure"): "iv_unstable_cardiac",
    ("ketamine_iv", "raised intracranial pressure"): "iv_raised_icp",
    ("ketamine_iv", "active psychosis or schizophrenia"): "iv_psychosis",
    ("ketamine_iv", "ketamine allergy"): "iv_allergy",
    ("ketamine_iv", "current ketamine or other active substance use disorder"): "iv_substance_use",
    ("ketamine_iv", "pregnancy"): "iv_pregnancy",
    ("ketamine_iv", "severe liver disease"): "iv_severe_liver",
    ("ketamine_iv", "bladder disease/cystitis"): "iv_bladder",
    ("ketamine_iv", "untreated hyperthyroidism"): "iv_hyperthyroid",
    ("ketamine_iv", "mania or hypomania"): "iv_mania",
}
GATED = {"esk_predose_bp"}  # relative in the table; here a caution at screening and a gate of the session
ORDER = [Level.CAUTION, Level.RELATIVE, Level.ABSOLUTE]
ABSOLUTE_CONCEPTS = {
    "esketamine_nasal": ["aneurysmal_vascular_disease", "arteriovenous_malformation", "hypersensitivity_ketamine",
                         "intracerebral_hemorrhage_history", "raised_intracranial_pressure"],
    "ketamine_iv": ["uncontrolled_hypertension", "unstable_cardiac_disease", "raised_intracranial_pressure",
                    "psychosis_active", "schizophrenia_spectrum", "hypersensitivity_ketamine"],
}  # fmt: skip


def verdicts(case: Case) -> dict[str, Verdict]:
    return {s.form: s.verdict for s in THERAPY.screen(case).forms}


def test_it_is_a_therapy() -> None:
    assert isinstance(THERAPY, Therapy)


@pytest.mark.skipif(not TABLE.exists(), reason="the shared evidence tables are not beside this checkout")
def test_every_row_of_the_shared_table_is_a_rule_at_least_as_hard() -> None:
    own = {rule.code: rule for rule in rules_of(PACKAGE)}
    rows = [r for r in csv.DictReader(TABLE.open()) if r["therapy"] in ("esketamine", "ketamine_iv")]
    assert {(r["therapy"], r["condition"]) for r in rows} == set(COVERED)
    for row in rows:
        rule = own[COVERED[row["therapy"], row["condition"]]]
        if rule.code not in GATED:
            assert ORDER.index(rule.level) >= ORDER.index(Level(row["level"])), rule.code


def test_a_complete_case_without_problems_is_open(make_case: Callable[..., Case]) -> None:
    found = verdicts(make_case())
    assert found == {"esketamine_nasal": Verdict.ELIGIBLE, "ketamine_iv": Verdict.CAUTION}  # off-label is a caution


@pytest.mark.parametrize(("form", "code"), [(f, c) for f, codes in ABSOLUTE_CONCEPTS.items() for c in codes])
def test_absolute_concepts_forbid_their_form(make_case: Callable[..., Case], form: str, code: str) -> None:
    case = make_case(Finding(code, True))
    assert verdicts(case)[form] is Verdict.CONTRAINDICATED
    assert all(p.form != form for p in THERAPY.propose(case))


def test_escort_that_is_not_available_forbids(make_case: Callable[..., Case]) -> None:
    assert set(verdicts(make_case(Finding("escort_available", False))).values()) == {Verdict.CONTRAINDICATED}


def test_cardiovascular_event_within_six_weeks_depends_on_the_label(make_case: Callable[..., Case]) -> None:
    event = Finding("cardiovascular_event_6_weeks", True)
    assert verdicts(make_case(event, country="DE"))["esketamine_nasal"] is Verdict.CONTRAINDICATED
    assert verdicts(make_case(event, country="US"))["esketamine_nasal"] is Verdict.CAUTION


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (Medication("diazepam", 10.0), "benzodiazepine_dose"),
        (Medication("lorazepam", 2.0), "benzodiazepine_dose"),
        (Medication("lamotrigine", 200.0), "lamotrigine"),
        (Medication("tranylcypromine", 20.0), "esk_maoi"),
        (Medication("modafinil", 200.0), "esk_stimulant"),
        (Medication("haloperidol", 2.0), "dopamine_blocker"),
        (Medication("carbamazepine", 600.0), "cyp_modulator"),
        (Vital("systolic_bp", 151), "esk_predose_bp"),
        (Substance("alcohol", disorder="sustained_remission"), "esk_substance_use"),
    ],
)
def test_interactions_and_readings_are_told(make_case: Callable[..., Case], extra: object, code: str) -> None:
    form = next(s for s in THERAPY.screen(make_case(extra)).forms if s.form == "esketamine_nasal")
    assert code in {r.code for r in form.blocking}
    assert form.verdict is Verdict.CAUTION


def test_a_small_benzodiazepine_dose_is_no_dose_caution(make_case: Callable[..., Case]) -> None:
    form = next(s for s in THERAPY.screen(make_case(Medication("diazepam", 5.0))).forms if s.form == "ketamine_iv")
    assert "benzodiazepine_dose" not in {r.code for r in form.blocking}


@pytest.mark.parametrize(
    ("country", "moment", "status"),
    [
        ("US", datetime(2019, 1, 1, tzinfo=UTC), Legality.UNKNOWN),
        ("US", datetime(2019, 6, 1, tzinfo=UTC), Legality.APPROVED),
        ("DE", datetime(2019, 12, 17, tzinfo=UTC), Legality.UNKNOWN),
        ("DE", datetime(2020, 1, 1, tzinfo=UTC), Legality.APPROVED),
        ("BR", datetime(2026, 1, 1, tzinfo=UTC), Legality.UNKNOWN),
    ],
)
def test_legal_status_follows_country_and_date(country: str, moment: datetime, status: Legality) -> None:
    case = fold("k", [Event(Demographics(date(1980, 1, 1), country=country), moment, moment)], as_of=moment)
    form = next(s for s in THERAPY.screen(case).forms if s.form == "esketamine_nasal")
    assert form.legality is status


def test_monotherapy_label_exists_only_since_2025() -> None:
    for year, found in ((2024, False), (2026, True)):
        moment = datetime(year, 6, 1, tzinfo=UTC)
        case = fold("k", [Event(Demographics(date(1980, 1, 1), country="US"), moment, moment)], as_of=moment)
        form = next(s for s in THERAPY.screen(case).forms if s.form == "esketamine_nasal")
        assert any("alone" in f.scheme for f in form.label) is found


def test_nice_is_told_in_britain(make_case: Callable[..., Case]) -> None:
    form = next(s for s in THERAPY.screen(make_case(country="GB")).forms if s.form == "esketamine_nasal")
    assert [f.met for f in form.label if f.scheme == "NICE TA854"] == [False]


def test_an_empty_case_is_unknown_and_asks() -> None:
    now = datetime(2026, 11, 2, tzinfo=UTC)
    screening = THERAPY.screen(fold("k", [], as_of=now))
    assert not screening.verdict.is_open
    assert {q.code for q in screening.missing} >= {"birth_date", "country", "aneurysmal_vascular_disease"}


HARD = sorted({c for codes in ABSOLUTE_CONCEPTS.values() for c in codes} | {"pregnancy", "psychosis_history"})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(unknown=st.sets(st.sampled_from(HARD), min_size=1))
def test_an_open_question_never_reads_as_eligible(make_case: Callable[..., Case], unknown: set[str]) -> None:
    case = make_case(*[Finding(code, None) for code in sorted(unknown)])
    for form in THERAPY.screen(case).forms:
        asked = {q.code for q in form.missing}
        if asked & unknown:
            assert not form.verdict.is_open
