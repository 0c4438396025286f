"""The union list: every item is carried by a rule or a day check, and says what the case holds."""

from __future__ import annotations

import pytest
from tms_cases import tms_case

from euthymia.case.facts import Finding, Implant, Medication
from euthymia.therapies.contract import Verdict
from euthymia.therapies.form_screen import rules_of
from euthymia.therapies.tms import THERAPY, tables
from euthymia.therapies.tms.checklist import checklist, implant_rows, list_rows, medicine_rows

RULES = {rule.code for rule in rules_of(tables.PACKAGE)}
CHECKS = {row.check for row in tables.day_checks()}
ROSSI_2011 = {
    "seizure", "fainting", "head_injury", "hearing", "cochlear", "pregnancy", "metal", "neurostimulator", "pacemaker",
    "pump", "medicines", "earlier_tms", "earlier_mri",
}  # fmt: skip


def lines(case):
    return {line.code: line for line in checklist(case)}


def test_every_item_is_carried_by_rules_or_checks_that_exist():
    for row in (*list_rows(), *implant_rows()):
        assert set(row.rules) <= RULES
    for row in list_rows():
        assert set(row.day_checks) <= CHECKS
        assert row.rules or row.day_checks
    assert {c for row in list_rows() for c in row.day_checks} == CHECKS


def test_the_thirteen_items_of_2011_are_all_there():
    assert {row.item for row in list_rows() if "rossi2011" in row.lists} == ROSSI_2011


def test_an_empty_case_is_not_known_and_a_reviewed_one_absent():
    assert {line.state for line in lines(tms_case(complete=False)).values()} <= {"not known", "asked on the day"}
    reviewed = lines(tms_case())
    assert reviewed["seizure"].state == reviewed["metal"].state == reviewed["dbs"].state == "absent"
    assert reviewed["caffeine"].state == "asked on the day"


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (Finding("past_seizure", True), "seizure"), (Finding("syncope_history", True), "fainting"),
        (Implant("vagus_nerve_stimulator"), "vns"), (Implant("deep_brain_stimulator"), "neurostimulator"),
        (Implant("medication_pump"), "spinal_or_pump"), (Medication("clozapine", 200.0), "strong_list"),
        (Medication("lithium", 900.0), "relative_list"), (Medication("quetiapine", 300.0), "reported"),
        (Finding("sedative_withdrawal", True), "withdrawal"), (Finding("csf_shunt", True), "head_surgery"),
    ],
)  # fmt: skip
def test_what_the_case_holds_is_present(fact, code):
    line = lines(tms_case(fact))[code]
    assert line.state == "present" and line.evidence and line.source.text


def test_implants_show_both_positions_and_stay_blocked():
    for implant in ("deep_brain_stimulator", "vagus_nerve_stimulator"):
        case = tms_case(Implant(implant))
        (line,) = [x for x in checklist(case) if x.section == "implant" and x.state == "present"]
        assert "Labels: barred" in line.question and "Rossi 2021 as quoted by Tendler 2023" in line.question
        assert THERAPY.screen(case).verdict is Verdict.CONTRAINDICATED


@pytest.mark.parametrize("name", ["ritonavir", "sodium oxybate", "mdma", "psilocybin"])
def test_medicines_of_the_strong_list_and_psychedelics_are_cautions(name):
    found = THERAPY.screen(tms_case(Medication(name)))
    assert {"seizure_drugs_strong", "ketamine_dosing_day"} & set(found.cautions)


def test_medicine_groups_are_four_with_their_verification():
    assert {row.group: row.verification.value for row in medicine_rows()} == {
        "strong": "unverified", "relative": "unverified", "reported": "read", "withdrawal": "unverified",
    }  # fmt: skip
