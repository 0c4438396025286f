"""The plan as a FHIR R4 CarePlan: a draft proposal with one activity for each open option, in order.

What cannot be chosen is kept as a DetectedIssue, expected response as a RiskAssessment, the aim as Goals, all of them
contained, so that one resource carries the whole proposal.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from euthymia.case.facts import DiagnosisStatus
from euthymia.case.fhir.systems import (
    ACT_REASON,
    CASE_ID,
    CONDITION_CLINICAL,
    CONDITION_VERIFICATION,
    ICD10CM,
    TEST_DATA,
    UCUM,
)
from euthymia.case.model import Case
from euthymia.core.reason import Reason
from euthymia.plan.explain import explain
from euthymia.plan.model import Option, Plan, Standing
from euthymia.report.effect import compared_outcome, outcome_words
from euthymia.report.figures.svg import safe
from euthymia.report.wording import STANDING_WORDS, sentence_case

Resource = dict[str, Any]

_CLINICAL = {DiagnosisStatus.REMISSION: "remission", DiagnosisStatus.RESOLVED: "resolved"}


def care_plan(plan: Plan, case: Case) -> Resource:
    """Return the plan as JSON values of a FHIR R4 CarePlan (status ``draft``, intent ``proposal``).

    Parameters
    ----------
    plan, case
        The plan and the case it was made for. The patient appears under the case's internal id only.

    Returns
    -------
    dict
        Urgent steps and first steps come before the options; reasons are notes with their sources in words.
    """
    subject = {"type": "Patient", "identifier": {"system": CASE_ID, "value": plan.case_id}}
    ranked = sorted((o for o in plan.options if o.rank is not None), key=lambda o: o.rank or 0)
    conditions = _conditions(case, subject)
    goals = _goals(subject)
    beside = [o for o in plan.options if o.is_companion and o.standing is Standing.OPEN]
    requests = [_request(o, subject, number) for number, o in enumerate([*ranked, *beside], start=1)]
    risks = _risks(ranked, subject)
    issues = _issues(plan, case)
    steps = [("Now" if s.level == "now" else "Today", s.reason) for s in plan.urgent]
    steps += [("First", s.reason) for s in plan.first_steps]
    activities: list[Resource] = [
        {
            "detail": {
                "kind": "Task",
                "code": {"text": f"{word}: {reason.statement}"},
                "status": "not-started",
                "description": _words(reason),
            }
        }
        for word, reason in steps
    ]
    activities += [{"reference": {"reference": f"#{r['id']}", "display": r["code"]["text"]}} for r in requests]
    resource: Resource = {"resourceType": "CarePlan", "id": "plan"}
    if plan.synthetic:
        resource["meta"] = {"security": [{"system": ACT_REASON, "code": TEST_DATA, "display": "test health data"}]}
    resource |= {
        "text": _narrative(plan),
        "contained": [*conditions, *goals, *requests, *risks, *issues],
        "status": "draft",
        "intent": "proposal",
        "category": [{"text": "Treatment-resistant depression: comparison of therapies"}],
        "title": f"Plan for case {plan.case_id}",
        "description": "Informs a clinician's decision; it does not decide. Open options in order of the comparison.",
        "subject": subject,
        "created": plan.as_of.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "addresses": _references(conditions),
        "supportingInfo": _references([*risks, *issues]),
        "goal": _references(goals),
        "activity": activities,
        "note": [{"text": text} for text in _notes(plan)],
    }
    return {name: value for name, value in resource.items() if value not in ([], {})}


def _conditions(case: Case, subject: Resource) -> list[Resource]:
    found = []
    for index, diagnosis in enumerate(case.diagnoses, start=1):
        code: Resource = {"system": ICD10CM, "code": diagnosis.code}
        if diagnosis.display.strip():
            code["display"] = diagnosis.display
        sure = "provisional" if diagnosis.status is DiagnosisStatus.SUSPECTED else "confirmed"
        found.append(
            {
                "resourceType": "Condition",
                "id": f"condition-{index}",
                "clinicalStatus": _coded(CONDITION_CLINICAL, _CLINICAL.get(diagnosis.status, "active")),
                "verificationStatus": _coded(CONDITION_VERIFICATION, sure),
                "code": {"coding": [code]},
                "subject": subject,
            }
        )
    return found


def _goals(subject: Resource) -> list[Resource]:
    return [
        {
            "resourceType": "Goal",
            "id": f"goal-{name}",
            "lifecycleStatus": "proposed",
            "description": {"text": words},
            "subject": subject,
        }
        for name, words in (
            ("remission", "Remission of the depressive episode on the scale that is followed"),
            ("safety", "Safety: suicide risk assessed at every contact, harms of treatment asked for"),
        )
    ]


def _request(option: Option, subject: Resource, number: int) -> Resource:
    words = f"Beside a treatment: {option.title}" if option.rank is None else f"{option.rank}. {option.title}"
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "id": f"request-{number}",
        "status": "draft",
        "intent": "proposal",
        "code": {"text": words},
        "subject": subject,
    }
    if option.prescription is not None:
        resource["code"] = {"text": f"{words}: {option.prescription.title}"}
        resource["orderDetail"] = [{"text": f"{name}: {value}"} for name, value in option.prescription.details()]
    resource["note"] = [{"text": f"For: {_words(r)}"} for r in option.reasons_for]
    resource["note"] += [{"text": f"Against: {_words(r)}"} for r in option.reasons_against]
    return {name: value for name, value in resource.items() if value != []}


def _risks(ranked: list[Option], subject: Resource) -> list[Resource]:
    predictions = []
    for option in ranked:
        outcome = compared_outcome(option.forecast)
        if outcome is None:
            continue
        chance = outcome.probability
        low = chance.value if chance.low is None else chance.low
        high = chance.value if chance.high is None else chance.high
        predictions.append(
            {
                "outcome": {"text": f"{sentence_case(outcome.name)} with {option.title}"},
                "probabilityRange": {"low": _percent(low), "high": _percent(high)},
                "rationale": f"{sentence_case(outcome_words(outcome))}. {_words(outcome.reason)}",
            }
        )
    if not predictions:
        return []
    return [
        {
            "resourceType": "RiskAssessment",
            "id": "expected-response",
            "status": "preliminary",
            "subject": subject,
            "prediction": predictions,
        }
    ]


def _issues(plan: Plan, case: Case) -> list[Resource]:
    """What forbids an option or asks for action: contraindications, trial-only options, safety signals."""
    severity = {"high": "high", "moderate": "moderate"}
    found = [("Safety signal", s.statement, severity.get(s.level, "low")) for s in plan.signals]
    for option in plan.options:
        if option.standing in (Standing.CONTRAINDICATED, Standing.NOT_OUTSIDE_TRIAL):
            hard = "high" if option.standing is Standing.CONTRAINDICATED else "moderate"
            why = " ".join(_words(r) for r in option.reasons_against)
            found.append((f"{option.title}: {STANDING_WORDS[option.standing]}", why, hard))
    patient = {"type": "Patient", "identifier": {"system": CASE_ID, "value": case.case_id}}
    return [
        {
            "resourceType": "DetectedIssue",
            "id": f"issue-{index}",
            "status": "preliminary",
            "code": {"text": title},
            "severity": hard,
            "patient": patient,
            "detail": words,
        }
        for index, (title, words, hard) in enumerate(found, start=1)
    ]


def _notes(plan: Plan) -> list[str]:
    waiting = [o for o in plan.options if o.standing in (Standing.ANSWER_FIRST, Standing.DECLINED)]
    notes = list(explain(plan))
    notes += [f"{o.title}: {STANDING_WORDS[o.standing]}." for o in waiting]
    titles = {o.therapy: o.title for o in plan.options}
    for answer in plan.missing:
        names = ", ".join(titles.get(name, name) for name in answer.options)
        notes.append(f"To ask: {answer.question.text} (waited for by {names})")
    return notes


def _words(reason: Reason) -> str:
    sources = "; ".join(str(s) for s in reason.sources)
    return f"{reason.statement} ({sources})" if sources else reason.statement


def _narrative(plan: Plan) -> Resource:
    head = "SYNTHETIC CASE. " if plan.synthetic else ""
    lines = "".join(f"<p>{safe(line)}</p>" for line in explain(plan))
    title = f"<p>{head}Plan for case {safe(plan.case_id)}</p>"
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{title}{lines}</div>'}


def _references(resources: list[Resource]) -> list[Resource]:
    return [{"reference": f"#{r['id']}"} for r in resources]


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _percent(share: float) -> Resource:
    return {"value": round(100 * share, 1), "unit": "%", "system": UCUM, "code": "%"}
