"""What is missing, and which single answer would help most."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.case.concepts import Question
from euthymia.plan.model import MissingAnswer
from euthymia.therapies.contract import Screening, Verdict


def missing_answers(screenings: Sequence[Screening]) -> tuple[MissingAnswer, ...]:
    """Return the open questions over all therapies, the most useful first.

    A question is the more useful the more therapies it would settle alone, then the more verdicts wait for it, then
    the earlier the therapies ask for it. A form that is forbidden anyway asks nothing. A question settles a therapy
    alone when the therapy's verdict is ``unknown`` and nothing else is open for one of its forms.
    """
    questions: dict[str, Question] = {}
    waiting: dict[str, dict[str, None]] = {}
    settles: dict[str, dict[str, None]] = {}
    order: dict[str, int] = {}
    for screening in screenings:
        for form in screening.forms or (screening,):
            if form.verdict is Verdict.CONTRAINDICATED:
                continue
            for position, question in enumerate(form.missing):
                questions.setdefault(question.code, question)
                order[question.code] = min(order.get(question.code, position), position)
                waiting.setdefault(question.code, {})[screening.therapy] = None
                waits = screening.verdict is Verdict.UNKNOWN and form.verdict is Verdict.UNKNOWN
                if waits and len(form.missing) == 1:
                    settles.setdefault(question.code, {})[screening.therapy] = None
    answers = [MissingAnswer(q, tuple(waiting[c]), tuple(settles.get(c, {}))) for c, q in questions.items()]
    return tuple(
        sorted(answers, key=lambda a: (-len(a.settles), -len(a.options), order[a.question.code], a.question.code))
    )
