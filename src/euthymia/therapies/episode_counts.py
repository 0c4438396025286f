"""Concepts about the number of episodes, answered from the episode itself where it says how many came before."""

from __future__ import annotations

from collections.abc import Mapping

from euthymia.case.events import Event
from euthymia.case.facts import Finding
from euthymia.case.model import Case


def with_episode_counts(case: Case, least_episodes: Mapping[str, int]) -> Case:
    """Return the case with a finding for each concept that nobody has answered.

    Parameters
    ----------
    case
        The case; without an episode, or without its number of earlier ones, it is returned as it is.
    least_episodes
        Episodes in life that a concept asks for, by its code.

    Returns
    -------
    Case
        Answers that were told are never replaced.
    """
    episode = case.episode
    if episode is None or episode.previous_episodes is None:
        return case
    told = {event.fact.code for event in case.of(Finding)}
    lifetime = episode.previous_episodes + 1
    derived = [
        Event(
            Finding(code, lifetime >= count, f"{lifetime} episodes in life, the present one counted"),
            case.as_of, case.as_of, author="euthymia", source="derived from the episode",
        )
        for code, count in least_episodes.items()
        if code not in told
    ]  # fmt: skip
    return case.with_events(*derived, as_of=case.as_of) if derived else case
