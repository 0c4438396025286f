"""What did not help once is said against offering it again, by every therapy that can be tried twice."""

from __future__ import annotations

from datetime import date

import pytest

from euthymia.case.facts import StoppedReason, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.therapies.contract import Verdict
from euthymia.therapies.registry import therapy

from tests.contract.cases import COMPLETE, make_case

PAIRS = [
    ("tms", TrialKind.TMS),
    ("ketamine", TrialKind.KETAMINE),
    ("ketamine", TrialKind.ESKETAMINE),
    ("ect", TrialKind.ECT),
    ("neurofeedback", TrialKind.NEUROFEEDBACK),
    ("psychedelic", TrialKind.PSILOCYBIN),
]


@pytest.mark.parametrize(("name", "kind"), PAIRS)
@pytest.mark.parametrize("outcome", [TrialOutcome.NONE, TrialOutcome.RESPONSE])
def test_a_course_without_benefit_is_a_relative_contraindication_and_a_helpful_one_is_not(
    name: str, kind: TrialKind, outcome: TrialOutcome
) -> None:
    trial = TreatmentTrial(
        kind, kind.value, sessions=10, started_on=date(2025, 1, 1), ended_on=date(2025, 3, 1), outcome=outcome,
        stopped_reason=StoppedReason.COMPLETED,
    )  # fmt: skip
    found = therapy(name).screen(make_case(*COMPLETE, trial))
    said = any("earlier_course" in code for form in found.forms for code in form.relative)
    assert said is (outcome is TrialOutcome.NONE)
    assert found.verdict is not Verdict.ELIGIBLE or outcome is TrialOutcome.RESPONSE
