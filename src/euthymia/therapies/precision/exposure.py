"""Expected exposure of a drug for the genes of a case: now, beside what acts, and later, by genotype alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.drug_tables import ingredient

if TYPE_CHECKING:
    from euthymia.engines.genome.advice_exposure import ExposureShift
    from euthymia.engines.genome.advice_types import GeneState
    from euthymia.engines.genome.phenoconversion import FunctionalPhenotype, Medication


@dataclass(frozen=True, slots=True)
class Expected:
    """Exposure of one analyte over every possible state of one gene, as a ratio to the normal metabolizer.

    ``value`` is that of the only state, or the middle of several; ``low`` and ``high`` span all of them with their
    intervals. ``without_row`` counts states for which no row is held: the span does not cover them.
    """

    drug: str
    analyte: str
    gene: str
    value: float
    low: float | None
    high: float | None
    states: tuple[str, ...]
    without_row: tuple[str, ...]
    agents: tuple[str, ...]
    reason: Reason


def expected(drug: str, states: tuple[GeneState, ...], medicines: tuple[Medication, ...]) -> tuple[Expected, ...]:
    """Return the expected exposure of ``drug``, one entry an analyte and a gene; empty where no row is held.

    The activity is changed by what acts on the enzyme (the drug itself left out), and the exposure of the functional
    state is looked up: nothing is multiplied onto an exposure. Rows come from ``engines.genome.advice_exposure``.
    """
    from euthymia.engines.genome.advice_exposure import exposure_rows
    from euthymia.engines.genome.phenoconversion import functional_phenotype
    from euthymia.engines.genome.phenoconversion_agents import identity

    name = ingredient(drug)
    genes = dict.fromkeys(row.gene for row in exposure_rows() if row.drug == name)
    others = tuple(m for m in medicines if identity(m.agent) != identity(name))
    made: list[Expected] = []
    for gene in genes:
        own = [state for state in states if state.gene == gene]
        made += _of_gene(name, [functional_phenotype(state, others) for state in own])
    return tuple(made)


def _of_gene(drug: str, found: list[FunctionalPhenotype]) -> list[Expected]:
    from euthymia.engines.genome.advice_exposure import expected_exposure, exposure_rows

    if not found:
        return []
    gene = found[0].gene
    distinct = list({f.state: f for f in found}.values())
    analytes = dict.fromkeys(r.analyte for r in exposure_rows() if r.drug == drug and r.gene == gene)
    made = []
    for analyte in analytes:
        shifts: list[ExposureShift] = []
        without = []
        for one in distinct:
            hit = [s for s in expected_exposure(drug, one.state) if s.analyte == analyte]
            shifts += hit
            if not hit and one.state.phenotype != "NM":
                without.append(str(one.state))
        normal = [str(f.state) for f in distinct if f.state.phenotype == "NM"]
        if shifts:
            made.append(_span(drug, gene, analyte, shifts, normal, without, distinct))
    return made


def _span(
    drug: str, gene: str, analyte: str, shifts: list[ExposureShift], normal: list[str], without: list[str],
    found: list[FunctionalPhenotype],
) -> Expected:  # fmt: skip
    has_reference = any(s.state.phenotype == "NM" for s in shifts)
    ratios = sorted([s.ratio for s in shifts] + ([1.0] if normal and not has_reference else []))
    middle = (ratios[(len(ratios) - 1) // 2] + ratios[len(ratios) // 2]) / 2
    ends = [e for s in shifts for e in (s.low, s.high) if e is not None] + ratios
    low, high = (min(ends), max(ends)) if len(set(ends)) > 1 else (None, None)
    agents = tuple(dict.fromkeys(agent for f in found for agent in f.changing))
    states = tuple(dict.fromkeys([str(s.state) for s in shifts] + normal))
    of = "" if analyte == "parent" else f" ({analyte})"
    words = f"{drug.capitalize()}{of}: expected exposure about {middle:.2g} times that of a normal metabolizer"
    words += f" ({low:.2g} to {high:.2g})" if low is not None and high is not None else " (no interval is held)"
    words += f" for {' or '.join(states)}"
    words += f", while {', '.join(agents)} acts" if agents else ""
    if len(states) > 1:
        words += "; the calls leave several states possible, and the span covers them"
    if without:
        words += f"; no row is held for {' or '.join(without)}"
    notes = dict.fromkeys(row.note for s in shifts for row in s.rows if row.note)
    words += f" [{'; '.join(notes)}]" if notes else ""
    unvalidated = any(f.is_changed and not f.validated for f in found)
    words += "; the shift by co-medication has no validated method" if unvalidated else ""
    sources = tuple(dict.fromkeys(source for s in shifts for r in s.reasons for source in r.sources))
    against = Direction.AGAINST if middle > 1 else Direction.NEUTRAL
    reason = Reason(
        f"{words}.", sources, EvidenceGrade.LOW, against, code=f"exposure_{drug}_{analyte.lower().replace(' ', '_')}",
        value=middle, low=low, high=high, unit="ratio",
    )  # fmt: skip
    return Expected(drug, analyte, gene, middle, low, high, states, tuple(without), agents, reason)


def exposure_reasons(
    drug: str, states: tuple[GeneState, ...], medicines: tuple[Medication, ...], stopped: tuple[str, ...]
) -> tuple[Reason, ...]:
    """Return the exposure now, and how it will be once what is stopped no longer acts; in words where none is held."""
    from euthymia.engines.genome.phenoconversion_agents import identity

    now = expected(drug, states, medicines)
    ends = {identity(ingredient(name)) for name in stopped}
    staying = tuple(m for m in medicines if m.stopped_days_ago is None and identity(m.agent) not in ends)
    later = expected(drug, states, staying)
    made = [one.reason for one in now]
    for one in later:
        before = next((n for n in now if (n.analyte, n.gene) == (one.analyte, one.gene)), None)
        if before is None or before.value != one.value:
            words = (
                f"After what was stopped no longer acts: {one.reason.statement[0].lower()}{one.reason.statement[1:]}"
            )
            made.append(
                Reason(
                    words, one.reason.sources, EvidenceGrade.LOW, Direction.NEUTRAL, code=f"{one.reason.code}_later",
                    value=one.value, low=one.low, high=one.high, unit="ratio",
                )
            )  # fmt: skip
    if not made:
        words = f"No published exposure of {drug} is held for the genes of this case: none is given."
        made.append(Reason(words, grade=EvidenceGrade.CASE, code="no_exposure"))
    return tuple(made)
