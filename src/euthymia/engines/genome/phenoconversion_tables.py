"""The tables of phenoconversion as typed rows: modulators, washout, recovery of activity, steps between classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.advice_tables import PACKAGE

ANY_AGENT = "*"


class Kind(StrEnum):
    """Which way an agent moves an enzyme."""

    INHIBITOR = "inhibitor"
    INDUCER = "inducer"


class ModulatorClass(StrEnum):
    """Class of an inhibitor or inducer."""

    WEAK = "weak"
    MODERATE = "moderate"
    STRONG = "strong"

    @property
    def rank(self) -> int:
        """Order from weak (0) to strong (2)."""
        return list(ModulatorClass).index(self)


class Effect(StrEnum):
    """What an agent does to the enzyme's activity in the calculation."""

    SCORE = "score"  # the activity score is multiplied by ``score_factor``
    RECOVERY = "recovery"  # the activity score is multiplied by the activity regained since the last dose
    TO_PM = "to_pm"
    DOWN_ONE = "down_one"
    UP_ONE = "up_one"
    NONE = "none"
    FLAG = "flag"  # named only: no rule changes the phenotype of this enzyme


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulatorRow(SourcedRow):
    """An agent and an enzyme. ``strength`` is what sources say, ``counts_as`` the stricter class where they differ."""

    enzyme: str
    kind: Kind
    strength: str
    counts_as: ModulatorClass
    agent: str
    synonyms: tuple[str, ...] = ()
    effect: Effect
    score_factor: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.effect is Effect.SCORE) != (self.score_factor is not None):
            raise InvalidInput("score_factor", self.score_factor, "a factor where effect is score, and only there")
        if self.score_factor is not None and not 0 <= self.score_factor <= 1:
            raise InvalidInput("score_factor", self.score_factor, "0 to 1")

    def is_agent(self, name: str) -> bool:
        """Whether ``name`` is this agent, whatever its case and punctuation."""
        return agent_key(name) in {agent_key(n) for n in (self.agent, *self.synonyms)}


@dataclass(frozen=True, slots=True, kw_only=True)
class WashoutRow(SourcedRow):
    """How many days after the last dose an agent is still counted as acting; agent ``*`` is every other one."""

    agent: str
    days: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRow(SourcedRow):
    """Fraction of the enzyme's activity a number of days after the last dose."""

    agent: str
    enzyme: str
    day: float
    activity_frac: float

    def __post_init__(self) -> None:
        if not 0 <= self.activity_frac < 1:
            raise InvalidInput("activity_frac", self.activity_frac, "from 0 to below 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow(SourcedRow):
    """The class one step down, one step up, or under a strong inhibitor, by convention."""

    gene: str
    phenotype: str
    down_one: str
    up_one: str
    to_pm: str


@cache
def agent_key(name: str) -> str:
    """Return a drug's name for comparison: lower case, letters and digits only, single spaces."""
    return " ".join(re.sub(r"[^a-z0-9 ]", "", re.sub(r"[_\-]", " ", name.casefold())).split())


@cache
def modulators() -> tuple[ModulatorRow, ...]:
    """Return every inhibitor and inducer."""
    return load_table(PACKAGE, "modulators.csv", ModulatorRow)


@cache
def modulated_enzymes() -> tuple[str, ...]:
    """Return the enzymes that any agent modulates, in table order."""
    return tuple(dict.fromkeys(row.enzyme for row in modulators()))


@cache
def modulators_of(enzyme: str, agent: str) -> tuple[ModulatorRow, ...]:
    """Return what one agent does to one enzyme (an agent may inhibit and induce it)."""
    return tuple(row for row in modulators() if row.enzyme == enzyme and row.is_agent(agent))


@cache
def washout(agent: str) -> WashoutRow:
    """Return the washout row of an agent, else the row for every other agent."""
    rows: tuple[WashoutRow, ...] = load_table(PACKAGE, "washouts.csv", WashoutRow, key="agent")
    named = {row.agent: row for row in rows}
    own = [row for row in rows if row.agent != ANY_AGENT and agent_key(row.agent) == agent_key(agent)]
    return own[0] if own else named[ANY_AGENT]


@cache
def recovery(agent: str, enzyme: str) -> tuple[RecoveryRow, ...]:
    """Return the course of activity after an agent, by day."""
    rows: tuple[RecoveryRow, ...] = load_table(PACKAGE, "recoveries.csv", RecoveryRow)
    return tuple(
        sorted(
            (r for r in rows if agent_key(r.agent) == agent_key(agent) and r.enzyme == enzyme),
            key=lambda row: row.day,
        )
    )


@cache
def steps(gene: str) -> dict[str, StepRow]:
    """Return the steps of a gene by phenotype; empty for a gene that is not moved in steps."""
    return {row.phenotype: row for row in load_table(PACKAGE, "phenotype_steps.csv", StepRow) if row.gene == gene}
