"""Which trials belong to the current episode: by what was recorded, else by dates, else not known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from euthymia.case.concepts import Question
from euthymia.case.facts import ListReviewed, TreatmentTrial
from euthymia.case.model import Case

CaseOrTrials = Case | Iterable[TreatmentTrial]


def trials_of(source: CaseOrTrials) -> tuple[TreatmentTrial, ...]:
    """Return the trials of a case, or the trials given."""
    return source.trials if isinstance(source, Case) else tuple(source)


def episode_start(source: CaseOrTrials) -> date | None:
    """Return the day the current episode began, where a case is given and says so."""
    return source.episode.started_on if isinstance(source, Case) and source.episode is not None else None


def history_reviewed(source: CaseOrTrials) -> bool:
    """Whether somebody went through the whole treatment history: only then is an unlisted trial absent."""
    return isinstance(source, Case) and any(e.fact.category == "history" for e in source.of(ListReviewed))


def in_current_episode(trial: TreatmentTrial, started_on: date | None) -> bool | None:
    """Return whether ``trial`` was in the episode that began on ``started_on``; None when that is not known."""
    if trial.current_episode is not None or started_on is None:
        return trial.current_episode
    if trial.ended_on is not None and trial.ended_on < started_on:
        return False
    return True if trial.started_on is not None and trial.started_on >= started_on else None


def episode_question(trial: TreatmentTrial) -> Question:
    """Return the question that settles whether a trial was in the current episode."""
    return Question(
        f"history:{trial.name}:current_episode",
        f"Was {trial.name} tried in the current episode?",
        f"`current_episode: yes|no`, or `started_on`, of {trial.name} under `history:`",
    )


REVIEW_QUESTION = Question(
    "history",
    "Is the treatment history complete: every drug, dose, weeks at the dose, adherence and outcome?",
    "complete `history:`, and add `history` to `reviewed:`",
)
