"""How much longer a drug stays in this patient: metabolizer phenotype, and inhibitors that are still on board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from euthymia.case.model import Case
from euthymia.core.source import Source
from euthymia.therapies.dated_medicines import dated_medicines
from euthymia.therapies.genome_in_case import genome_in_case
from euthymia.therapies.psychedelic.half_lives import HalfLifeRow

if TYPE_CHECKING:
    from euthymia.engines.genome.advice_types import GeneState
    from euthymia.engines.genome.phenoconversion import Medication

_POOR = "PM"


@dataclass(frozen=True, slots=True)
class Slowing:
    """Factors on the half-life of one active part; never below 1: a fast metabolizer waits as long as anyone.

    Attributes
    ----------
    factor
        For this patient, as far as the phenotype is known.
    if_poor
        Were the patient a poor metabolizer: the end of the range while the phenotype is not known.
    words
        Why, for people; empty when nothing slows it and nothing is open.
    sources
        What the factors rest on.
    """

    factor: float = 1.0
    if_poor: float = 1.0
    words: str = ""
    sources: tuple[Source, ...] = ()


NONE = Slowing()


class Metabolism:
    """The genes and dated medicines of a case, read once for a whole wash-out plan."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._states: dict[str, tuple[GeneState, ...]] | None = None
        self._medicines: tuple[Medication, ...] = ()

    def slowing(self, row: HalfLifeRow, ingredients: tuple[str, ...]) -> Slowing:
        """Return how much longer than printed one part of the drug stays.

        The published exposure ratio of a phenotype stands for the ratio of half-lives. For a drug taken by mouth that
        is an upper bound: a poor metabolizer absorbs at least as much. The drug's own inhibition is left out, since
        printed half-lives hold under it.
        """
        if not row.gene:
            return NONE
        poor, sources = _factor(row, _POOR)
        if poor <= 1.0:
            return NONE
        codes, agents = self._phenotypes(row.gene, ingredients)
        if not codes:
            words = f"{row.gene} not known: {poor:.2g} times as long in a poor metabolizer"
            return Slowing(1.0, poor, words, sources)
        found = {code: _factor(row, code)[0] for code in codes}
        worst = max(found, key=lambda code: found[code])
        because = f" expected under {', '.join(agents)}" if agents else ""
        named = " or ".join(sorted(codes))
        words = f"{row.gene} {named}{because}: {found[worst]:.2g} times as long" if found[worst] > 1 else ""
        return Slowing(found[worst], max(found.values()), words, sources)

    def _phenotypes(self, gene: str, ingredients: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
        """Return the possible classes now (empty: not known) and what changed them."""
        from euthymia.engines.genome.advice_types import NO_RESULT_CODE, GeneState
        from euthymia.engines.genome.phenoconversion import functional_phenotype

        own = {name.casefold() for name in ingredients}
        others = [m for m in self._dated() if m.agent.casefold() not in own]
        states = (self._states or {}).get(gene) or (GeneState(gene, NO_RESULT_CODE),)
        results = [functional_phenotype(state, others) for state in states]
        classes = [_class(r.functional_phenotype) for r in results]
        if any(not one for one in classes):
            return frozenset(), ()
        agents = dict.fromkeys(a for r in results if r.is_changed for a in r.changing)
        return frozenset(classes), tuple(agents)

    def _dated(self) -> tuple[Medication, ...]:
        if self._states is None:
            from euthymia.engines.genome.advice_input import gene_states

            self._states = dict(gene_states(genome_in_case(self._case).calls))
            self._medicines = dated_medicines(self._case)
        return self._medicines


def _class(code: str) -> str:
    """Return PM, IM, NM, RM or UM of a code (a likely class counts as the class), or nothing when it is not known."""
    return code[-2:] if code[-2:] in ("PM", "IM", "NM", "RM", "UM") else ""


def _factor(row: HalfLifeRow, code: str) -> tuple[float, tuple[Source, ...]]:
    """Return the largest published factor for a class, at least 1."""
    if code == _POOR and row.poor_high_h is not None:
        return max(1.0, row.poor_high_h / row.counted_h), (row.cite(),)
    if not row.exposure_analyte:
        return 1.0, ()
    from euthymia.engines.kinetics.phenotypes import phenotype_exposures

    rows = [r for r in phenotype_exposures(row.drug, code) if r.analyte == row.exposure_analyte]
    if not rows:
        return 1.0, ()
    return max(1.0, *(r.ratio for r in rows)), tuple(dict.fromkeys(r.cite() for r in rows))
