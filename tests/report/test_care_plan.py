"""The FHIR CarePlan: valid R4, a draft proposal, open options in order, nothing forbidden among its activities."""

from __future__ import annotations

import json
from typing import Any

import pytest
from report_plans import made_up_case, made_up_plan

from euthymia.case import Case
from euthymia.plan import Plan
from euthymia.report import care_plan


@pytest.fixture(scope="module")
def resource(plan: Plan, case: Case) -> dict[str, Any]:
    return care_plan(plan, case)


@pytest.mark.parametrize("words", ["", '<b>"&\u202e'])
def test_it_validates_as_fhir(words: str) -> None:
    careplan = pytest.importorskip("fhir.resources.R4B.careplan")
    case = made_up_case(words)
    text = json.dumps(care_plan(made_up_plan(case, words), case))
    again = careplan.CarePlan.model_validate_json(text)
    assert again.status == "draft" and again.intent == "proposal"


def test_open_options_are_activities_in_order_and_no_other_option_is(resource: dict[str, Any], plan: Plan) -> None:
    contained = {f"#{r['id']}": r for r in resource["contained"]}
    orders = [contained[a["reference"]["reference"]] for a in resource["activity"] if "reference" in a]
    ranked = sorted((o for o in plan.options if o.rank is not None), key=lambda o: o.rank or 0)
    wanted = [f"{o.rank}. {o.title}: " for o in ranked] + ["Beside a treatment: Tests that guide treatment: "]
    assert all(order["code"]["text"].startswith(words) for order, words in zip(orders, wanted, strict=True))
    assert all(o["status"] == "draft" and o["intent"] == "proposal" for o in orders)
    notes = [note["text"] for note in orders[0]["note"]]
    assert any(n.startswith("For:") for n in notes) and any(n.startswith("Against:") for n in notes)


def test_urgent_and_first_steps_come_before_the_options(resource: dict[str, Any]) -> None:
    kinds = ["detail" if "detail" in a else "reference" for a in resource["activity"]]
    assert kinds == sorted(kinds)
    assert resource["activity"][0]["detail"]["code"]["text"].startswith("Now: Suicide risk is high")


def test_what_is_forbidden_is_a_detected_issue(resource: dict[str, Any]) -> None:
    issues = {r["code"]["text"]: r["severity"] for r in resource["contained"] if r["resourceType"] == "DetectedIssue"}
    assert issues["Deep brain stimulation: contraindicated"] == "high"
    assert issues["Psilocybin with support: trial only"] == "moderate"
    assert issues["Safety signal"] == "high"


def test_expected_response_is_a_risk_assessment_in_percent(resource: dict[str, Any]) -> None:
    risk = next(r for r in resource["contained"] if r["resourceType"] == "RiskAssessment")
    span = risk["prediction"][0]["probabilityRange"]
    assert (span["low"]["value"], span["high"]["value"], span["low"]["unit"]) == (40.0, 60.0, "%")


def test_every_contained_resource_is_referred_to(resource: dict[str, Any]) -> None:
    text = json.dumps({name: value for name, value in resource.items() if name != "contained"})
    assert all(f'"#{r["id"]}"' in text for r in resource["contained"])


def test_a_synthetic_case_carries_the_label_of_test_data(resource: dict[str, Any]) -> None:
    assert resource["meta"]["security"][0]["code"] == "HTEST"
    assert resource["subject"]["identifier"]["value"] == "case-1"
