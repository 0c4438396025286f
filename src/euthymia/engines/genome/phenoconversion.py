"""Phenoconversion: co-medication changes the activity of an enzyme, and so the phenotype drug advice is looked up with.

Inhibition is applied to the activity, never as a fixed factor to the exposure: the more active the genotype, the larger
the change of exposure. The strongest agent on an enzyme counts; two moderate inhibitors do not make a strong one.
CYP2D6 has an accepted rule (score times 0 or 0.5, as in ``modulators.csv``). CYP2C19 and CYP2B6 have none: what is
expected stands beside the genotype, marked as not validated. CYP1A2 and CYP3A4 are only named.

References
----------
Borges S et al. Journal of Clinical Pharmacology 2010, doi 10.1177/0091270009359182 (a score with co-medication).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.engines.genome.advice_input import CallsInput, States, gene_states
from euthymia.engines.genome.advice_scores import has_score, phenotype_of_score
from euthymia.engines.genome.advice_types import INDETERMINATE_CODE, NO_RESULT_CODE, GeneState
from euthymia.engines.genome.phenoconversion_agents import ActingAgent, Medication, acting_on, medication_list
from euthymia.engines.genome.phenoconversion_tables import (
    Effect,
    Kind,
    StepRow,
    modulated_enzymes,
    recovery,
    steps,
    washout,
)


class Method(StrEnum):
    """How the functional phenotype was reached."""

    NONE = "none"  # nothing on the list changes this enzyme
    ACTIVITY_SCORE = "activity score times the factor of the strongest inhibitor"
    RECOVERY = "activity score times the activity regained since the last dose (illustrative)"
    EXPECTED_STEP = "expected class; no validated method"
    UNRESOLVED = "inhibitor and inducer together: not resolved"
    FLAG = "named only: no rule for this enzyme"


@dataclass(frozen=True, slots=True)
class FunctionalPhenotype:
    """What a gene does under the medication list, beside what it does by genotype.

    Parameters
    ----------
    agents
        Medicines that act on the enzyme now, the strongest first; those without effect are named too.
    changing
        Those of them that alone would change the activity: the result holds while any of them acts.
    validated
        Whether the method is in accepted use. False: show it beside the genotype, never instead of it.
    """

    gene: str
    genotype_phenotype: str
    genotype_score: float | None
    functional_phenotype: str
    functional_score: float | None
    agents: tuple[str, ...]
    method: Method
    validated: bool
    changing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether the medication list changes the activity of the enzyme."""
        before, after = self.genotype_score, self.functional_score
        return self.genotype_phenotype != self.functional_phenotype or before != after

    @property
    def state(self) -> GeneState:
        """The functional state, for looking up advice."""
        return GeneState(self.gene, self.functional_phenotype, self.functional_score)


def functional_phenotype(
    state: GeneState, medications: Iterable[str | Medication] = (), *, validated_only: bool = False
) -> FunctionalPhenotype:
    """Return one possible state of a gene under a medication list.

    Parameters
    ----------
    state
        Phenotype and score by genotype.
    medications
        Names of medicines taken now, or :class:`Medication` with the days since the last dose.
    validated_only
        Leave out agents for which there is only an expectation.
    """
    acting = acting_on(state.gene, medication_list(medications))
    if has_score(state.gene):
        return _by_score(state, acting, validated_only)
    if steps(state.gene):
        return _by_steps(state, () if validated_only else acting)
    return _result(state, acting, state, Method.FLAG if acting else Method.NONE, validated=not acting)


def phenoconversion(calls: CallsInput, medications: Iterable[str | Medication]) -> tuple[FunctionalPhenotype, ...]:
    """Return the functional phenotype of every enzyme that was tested or that a medicine acts on.

    A gene with several possible states gives one result for each.
    """
    listed, states = medication_list(medications), gene_states(calls)
    found: list[FunctionalPhenotype] = []
    for enzyme in modulated_enzymes():
        if enzyme in states or acting_on(enzyme, listed):
            untested = (GeneState(enzyme, NO_RESULT_CODE),)
            found += [functional_phenotype(state, listed) for state in states.get(enzyme, untested)]
    return tuple(found)


def shifted_states(
    states: States, medications: Iterable[Medication], *, validated_only: bool
) -> tuple[dict[str, tuple[GeneState, ...]], tuple[FunctionalPhenotype, ...]]:
    """Return the states under a medication list, and the results that changed."""
    listed = tuple(medications)
    after: dict[str, tuple[GeneState, ...]] = dict(states)
    changed: list[FunctionalPhenotype] = []
    for enzyme in modulated_enzymes():
        before = states.get(enzyme, (GeneState(enzyme, NO_RESULT_CODE),))
        results = [functional_phenotype(s, listed, validated_only=validated_only) for s in before]
        if any(r.is_changed for r in results):
            after[enzyme] = tuple(dict.fromkeys(r.state for r in results))
            changed += [r for r in results if r.is_changed]
    return after, tuple(changed)


def _by_score(state: GeneState, acting: tuple[ActingAgent, ...], validated_only: bool) -> FunctionalPhenotype:
    """The strongest inhibitor's factor on the score; an unknown score is known only when nothing is left of it."""
    used = [a for a in acting if a.row.effect is Effect.SCORE or not validated_only]
    factors = [(a.activity_factor, a.row.effect is Effect.RECOVERY, a) for a in used if a.activity_factor is not None]
    if not factors:
        return _result(state, tuple(used), state, Method.NONE, validated=True)
    factor, recovering, strongest = min(factors, key=lambda f: (f[0], f[1]))
    method = Method.RECOVERY if recovering else Method.ACTIVITY_SCORE
    if factor >= 1:
        return _result(state, tuple(used), state, Method.NONE, validated=True)
    if state.score is None and factor > 0:
        return _result(state, tuple(used), state, method, validated=not recovering, strongest=strongest)
    score = 0.0 if factor == 0 else (state.score or 0.0) * factor
    after = GeneState(state.gene, phenotype_of_score(state.gene, score), score)
    return _result(state, tuple(used), after, method, validated=not recovering, strongest=strongest)


def _by_steps(state: GeneState, acting: tuple[ActingAgent, ...]) -> FunctionalPhenotype:
    """The expected class: a strong inhibitor to poor, a moderate one or an inducer one step."""
    order = [Effect.TO_PM, Effect.DOWN_ONE, Effect.UP_ONE]
    moving = sorted((a for a in acting if a.row.effect in order), key=lambda a: order.index(a.row.effect))
    if not moving:
        return _result(state, acting, state, Method.NONE, validated=True)
    if {a.row.kind for a in moving} == {Kind.INHIBITOR, Kind.INDUCER}:
        return _result(state, acting, state, Method.UNRESOLVED, validated=False)
    strongest = moving[0]
    row = steps(state.gene).get(state.phenotype)
    if row is not None:
        phenotype = _step(row, strongest.row.effect)
    else:  # an unknown genotype is known only under an inhibitor that leaves no class but one
        targets = {_step(r, strongest.row.effect) for r in steps(state.gene).values()}
        phenotype = targets.pop() if len(targets) == 1 else state.phenotype
    after = GeneState(state.gene, phenotype, state.score)
    return _result(state, acting, after, Method.EXPECTED_STEP, validated=False, strongest=strongest)


def _step(row: StepRow, effect: Effect) -> str:
    return {Effect.TO_PM: row.to_pm, Effect.DOWN_ONE: row.down_one, Effect.UP_ONE: row.up_one}[effect]


def _result(
    state: GeneState,
    acting: tuple[ActingAgent, ...],
    after: GeneState,
    method: Method,
    *,
    validated: bool,
    strongest: ActingAgent | None = None,
) -> FunctionalPhenotype:
    agents = tuple(dict.fromkeys(a.row.agent for a in acting))
    changing = tuple(dict.fromkeys(a.row.agent for a in acting if a.changes_activity)) if state != after else ()
    reasons = tuple(_reason(state, after, method, agent, agent is strongest) for agent in acting)
    return FunctionalPhenotype(
        state.gene,
        state.phenotype,
        state.score,
        after.phenotype,
        after.score,
        agents,
        method,
        validated,
        changing,
        reasons,
    )


def _reason(state: GeneState, after: GeneState, method: Method, agent: ActingAgent, decides: bool) -> Reason:
    """Why one agent counts or does not."""
    gene, sources = state.gene, [agent.row.cite()]
    if agent.medication.stopped_days_ago is not None:
        limit = washout(agent.row.agent)
        sources += [r.cite() for r in recovery(agent.row.agent, gene)[:1]] or [limit.cite()]
    if method is Method.FLAG:
        words = f"{agent.words} acts on {gene}; no rule changes the phenotype, watch drugs that {gene} clears"
    elif method is Method.UNRESOLVED:
        words = f"{agent.words} acts against another agent on {gene}; the sum of both is not known"
    elif not decides:
        words = f"{agent.words} changes nothing in the phenotype of {gene}"
    elif state == after and state.phenotype in (INDETERMINATE_CODE, NO_RESULT_CODE):
        words = f"{agent.words} lowers {gene} by an amount that cannot be told without the genotype"
    elif state == after:
        words = f"{agent.words}: {state} stays as it is, nothing is left to change"
    else:
        doubt = "" if method is Method.ACTIVITY_SCORE else f" [{method.value}]"
        words = f"{agent.words}: {state} by genotype becomes {after.phenotype} by function{_scored(after)}{doubt}"
    against = Direction.AGAINST if decides and state != after else Direction.NEUTRAL
    grade = EvidenceGrade.RULE if method is Method.ACTIVITY_SCORE else EvidenceGrade.VERY_LOW
    code = f"phenoconversion_{gene.lower()}"
    return Reason(f"{words[0].upper()}{words[1:]}.", tuple(sources), grade, against, code=code)


def _scored(state: GeneState) -> str:
    return "" if state.score is None else f" (score {state.score:g})"


__all__ = ["FunctionalPhenotype", "Medication", "Method", "functional_phenotype", "phenoconversion", "shifted_states"]
