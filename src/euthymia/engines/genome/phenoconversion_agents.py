"""Which of the medicines act on an enzyme now: dated, with the activity that remains while it recovers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.phenoconversion_tables import (
    Effect,
    Kind,
    ModulatorClass,
    ModulatorRow,
    agent_key,
    modulators,
    modulators_of,
    recovery,
    washout,
)


@dataclass(frozen=True, slots=True)
class Medication:
    """A medicine on the list.

    Parameters
    ----------
    agent
        Ingredient, e.g. ``"fluoxetine"``; ``"tobacco smoking"`` counts too.
    stopped_days_ago
        Days since the last dose (0 or more), or None while it is taken.
    """

    agent: str
    stopped_days_ago: float | None = None

    def __post_init__(self) -> None:
        if not agent_key(self.agent):
            raise InvalidInput("agent", self.agent, "the name of an ingredient")
        days = self.stopped_days_ago
        if days is not None and (not math.isfinite(days) or days < 0):
            raise InvalidInput("stopped_days_ago", days, "0 or more days, or None while it is taken")


@dataclass(frozen=True, slots=True)
class ActingAgent:
    """A medicine that acts on one enzyme now, and by how much."""

    medication: Medication
    row: ModulatorRow
    activity_factor: float | None = None  # of the activity score, where the enzyme has one
    dated: str = ""  # why a stopped medicine still counts

    @property
    def changes_activity(self) -> bool:
        """Whether the agent alone would change the score or the expected class of a gene with activity left."""
        if self.activity_factor is not None:
            return self.activity_factor < 1
        return self.row.effect in (Effect.TO_PM, Effect.DOWN_ONE, Effect.UP_ONE)

    @property
    def words(self) -> str:
        """The agent with its class, as one phrase."""
        strength = self.row.strength.replace("_", " ")
        article = f"{self.row.agent} ({strength} {self.row.enzyme} {self.row.kind}"
        return f"{article}{f'; {self.dated}' if self.dated else ''})"


def medication_list(medications: Iterable[str | Medication]) -> tuple[Medication, ...]:
    """Return the list with plain names read as taken now, without repeats, in an order that is always the same.

    Of several entries of one agent the one with the latest dose counts.
    """
    if isinstance(medications, str):
        raise InvalidInput("medications", medications, "a list of names", f"Write [{medications!r}].")
    latest: dict[str, Medication] = {}
    for item in medications:
        one = item if isinstance(item, Medication) else Medication(item)
        key = identity(one.agent)
        held = latest.get(key)
        if held is None or _age(one) < _age(held):
            latest[key] = one
    return tuple(latest[key] for key in sorted(latest))


def identity(agent: str) -> str:
    """Return the comparison name of an agent, with synonyms of the modulator table read as one."""
    key = agent_key(agent)
    return _known_names().get(key, key)


@cache
def _known_names() -> dict[str, str]:
    names = ((name, row.agent) for row in modulators() for name in (row.agent, *row.synonyms))
    return {agent_key(name): agent_key(agent) for name, agent in names}


def acting_on(enzyme: str, medications: Iterable[Medication]) -> tuple[ActingAgent, ...]:
    """Return what acts on ``enzyme`` now, the strongest first."""
    found = [acting for one in medications for row in modulators_of(enzyme, one.agent) if (acting := _acting(one, row))]
    return tuple(sorted(found, key=lambda a: (a.row.kind is Kind.INDUCER, -a.row.counts_as.rank, a.row.agent)))


def takes(
    medications: Iterable[Medication], enzyme: str, kind: Kind, classes: Iterable[ModulatorClass]
) -> tuple[ActingAgent, ...]:
    """Return the agents of some classes that act on an enzyme now, as a label would name them.

    An agent whose effect is a course of recovery belongs to no class of a label; it acts through the activity alone.
    """
    wanted = set(classes)
    named = [a for a in acting_on(enzyme, medications) if a.row.effect is not Effect.RECOVERY]
    return tuple(a for a in named if a.row.kind is kind and a.row.counts_as in wanted)


def _acting(one: Medication, row: ModulatorRow) -> ActingAgent | None:
    days = one.stopped_days_ago
    if row.effect is Effect.RECOVERY:
        fraction = recovered_activity(row.agent, row.enzyme, days or 0.0)
        if fraction is None:
            return None
        when = "" if days is None else f"last dose {days:g} days ago"
        return ActingAgent(one, row, fraction, when)
    if days is None:
        return ActingAgent(one, row, row.score_factor)
    limit = washout(row.agent)
    if days >= limit.days:
        return None
    return ActingAgent(one, row, row.score_factor, f"stopped {days:g} days ago, counted for {limit.days:g}")


def recovered_activity(agent: str, enzyme: str, days: float) -> float | None:
    """Return the fraction of activity ``days`` after the last dose, or None once the table's course has ended.

    Between two rows the lost activity is taken to fall exponentially, as in the model behind the table; before the
    first row its value holds.
    """
    rows = recovery(agent, enzyme)
    if not rows or days > rows[-1].day:
        return None
    if days <= rows[0].day:
        return rows[0].activity_frac
    for before, after in pairwise(rows):
        if days <= after.day:
            share = (days - before.day) / (after.day - before.day)
            return 1 - math.exp(
                (1 - share) * math.log1p(-before.activity_frac) + share * math.log1p(-after.activity_frac)
            )
    return None


def _age(one: Medication) -> float:
    return -1.0 if one.stopped_days_ago is None else one.stopped_days_ago
