"""What a planning command says it wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from euthymia.cli.documents import WrittenPlan
from euthymia.plan.model import Plan


def written_plan(plan: Plan, files: Sequence[Path]) -> WrittenPlan:
    """Summarize one written plan."""
    best = plan.best_question
    return WrittenPlan(
        case_id=plan.case_id,
        first=plan.first.therapy if plan.first else None,
        urgent=[step.code for step in plan.urgent],
        open=[option.therapy for option in plan.options if option.rank is not None],
        most_useful_question=best.question.text if best else None,
        files=[str(path) for path in files],
    )
