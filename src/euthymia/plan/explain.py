"""Explain a plan in sentences: what comes first, why this order, what would change it."""

from __future__ import annotations

from euthymia.plan.criteria import criteria
from euthymia.plan.model import Option, Plan, Standing

_STANDING_WORDS = {
    Standing.OPEN: "open",
    Standing.ANSWER_FIRST: "waits for an answer",
    Standing.DECLINED: "declined by the patient",
    Standing.NOT_OUTSIDE_TRIAL: "not outside a trial",
    Standing.CONTRAINDICATED: "contraindicated",
}


def explain(plan: Plan) -> tuple[str, ...]:
    """Return the plan's explanation as sentences, most important first."""
    sentences: list[str] = []
    for step in plan.urgent:
        sentences.append(f"{'Now' if step.level == 'now' else 'Today'}: {step.reason.statement}")
    for signal in plan.signals:
        sentences.append(signal.statement)
    for first in plan.first_steps:
        sentences.append(f"First: {first.reason.statement}")
    leader = plan.first
    if leader is None:
        sentences.append("No option is open now: see what is missing and what is forbidden.")
    elif leader.score is not None:
        sentences.append(_leading(plan, leader))
    sentences += _changes(plan)
    best = plan.best_question
    if best is not None:
        titles = [plan.option(name).title for name in best.settles or best.options]
        names = ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
        verb = "It alone would settle" if best.settles else "Verdicts that wait for it:"
        sentences.append(f"The most useful answer now: {best.question.text} {verb} {names}.")
    sentences.append("This informs a clinician's decision; it does not make it.")
    return tuple(sentences)


def explain_option(plan: Plan, therapy: str) -> tuple[str, ...]:
    """Return why one option stands where it stands."""
    option = plan.option(therapy)
    sentences = [f"{option.title}: {_STANDING_WORDS[option.standing]}."]
    if option.score is not None:
        parts = sorted(option.score.criteria, key=lambda c: -c.weight * c.value)
        sentences.append(
            f"Score {option.score.total:.2f} (range {option.score.low:.2f}–{option.score.high:.2f}), most from "
            + ", ".join(f"{c.title.lower()} ({c.basis})" for c in parts[:3])
            + "."
        )
    sentences += [f"For: {r.statement}" for r in option.reasons_for]
    sentences += [f"Against: {r.statement}" for r in option.reasons_against]
    return tuple(sentences)


def standing_words(standing: Standing) -> str:
    """Return the words for a standing."""
    return _STANDING_WORDS[standing]


def _leading(plan: Plan, leader: Option) -> str:
    assert leader.score is not None
    rivals = [o for o in plan.options if o.rank is not None and o.rank > 1 and o.score is not None]
    words = f"{leader.title} comes first among {len(rivals) + 1} open options"
    if leader.therapy in {step.favors for step in plan.urgent}:
        return f"{words}, because an urgent step asks for it; the weights do not decide here."
    if leader.therapy in {step.favors for step in plan.first_steps}:
        under_way = any(s.code == f"under_way_{leader.therapy}" for s in plan.first_steps)
        why = "it is under way and goes on" if under_way else "standard care comes first here"
        return f"{words}, because {why}; the weights do not decide."
    words += f" (score {leader.score.total:.2f}, first in {100 * leader.score.first_share:.0f} % of draws)"
    if rivals and rivals[0].score is not None:
        rival = rivals[0]
        gaps = [
            (ours.weight * (ours.value - theirs.value), ours)
            for ours, theirs in zip(leader.score.criteria, rival.score.criteria, strict=True)  # type: ignore[union-attr]
        ]
        best, worst = max(gaps, key=lambda g: g[0]), min(gaps, key=lambda g: g[0])
        words += f"; over {rival.title} mainly by {best[1].title.lower()} ({best[1].basis})"
        if worst[0] < -1e-9:
            words += f", in spite of {worst[1].title.lower()} ({worst[1].basis})"
    return f"{words}."


def _changes(plan: Plan) -> list[str]:
    """Say what would change the first place."""
    steps = {step.favors for step in plan.urgent} | {step.favors for step in plan.first_steps}
    if plan.first is not None and plan.first.therapy in steps:
        return []  # the first place does not rest on weights
    titles = {row.name: row.title.lower() for row in criteria()}
    names = {option.therapy: option.title for option in plan.options}
    sentences = []
    for change in plan.sensitivity[:2]:
        if change.weight_needed is None:
            continue
        verb = "above" if change.weight_needed > change.weight_now else "below"
        sentences.append(
            f"What would change the order: a weight of {titles[change.criterion]} {verb} "
            f"{100 * change.weight_needed:.0f} % (now {100 * change.weight_now:.0f} %) puts {names[change.then_first]} "
            "first."
        )
    if plan.sensitivity and not sentences:
        sentences.append("No change of a single weight puts another option first.")
    return sentences
