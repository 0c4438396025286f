"""What the genes do to one drug option: points, doses, the lowest cap, and the reasons with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.drug_tables import ingredient
from euthymia.therapies.precision.drug_option import lowest_cap
from euthymia.therapies.precision.gene_context import GeneContext
from euthymia.therapies.precision.option_rows import PointRow, Role, points
from euthymia.therapies.precision.ranking import Line, line

if TYPE_CHECKING:
    from euthymia.engines.genome.advice_types import DrugAdvice, Option


@dataclass(frozen=True, slots=True)
class GeneEffect:
    """What leads for one drug.

    Parameters
    ----------
    lead
        The row that decides the points: CPIC, else DPWG, else the label; None when nothing is held or said.
    word
        ``use``, ``adjust`` or ``avoid`` by that row, ``no advice`` without one; with the stricter word of today behind
        it while a drug that will be stopped still acts.
    start_factor, dose_factor
        Smallest factors on the starting and on the usual dose of any leading row; 1 where none gives one. A factor
        above 1 is told and never applied.
    cap_mg_day
        Lowest daily maximum of any leading row.
    check
        What the leading rows ask to watch.
    """

    drug: str
    rows: tuple[DrugAdvice, ...]
    lead: DrugAdvice | None
    word: str
    lines: tuple[Line, ...]
    start_factor: float
    dose_factor: float
    cap_factor: float
    cap_mg_day: float | None
    check: tuple[str, ...]
    reasons: tuple[Reason, ...]
    forbidden: str


def gene_effect(context: GeneContext, drug: str, role: Role) -> GeneEffect:
    """Return what guidelines and the label make of ``drug`` for the genes and medicines of a case.

    A change of antidepressant ends what is taken now: the place in the order is that of the time after the washout,
    with a point less where a drug that still acts asks for more care; doses and limits are those of today.
    """
    name = ingredient(drug)
    rows = context.advice.get(name, ())
    leading = [row for row in rows if row.leads]
    lead = _lead(rows)
    lines: list[Line] = []
    later = context.advice_later.get(name, ()) if role == "switch" else rows
    lasting = _lead(later)
    held = _points(lasting)
    if held is not None and lasting is not None:
        lines.append(line(held.code, f"{lasting.guideline}: {action_words_of(lasting)}"))
    if lead is not None and (lasting is None or _care(lead) < _care(lasting)):
        words = f"{lead.guideline}, only while {', '.join(lead.agents)} acts: {action_words_of(lead)}"
        lines.append(line("gene_while", words))
    expected = [row for row in rows if not row.leads and row.basis == "expected" and not row.first.is_silent]
    apart = [row for row in expected if lead is not None and _care(row) < _care(lead)]
    if apart:
        words = f"{apart[0].guideline} under {', '.join(apart[0].agents)}: {action_words_of(apart[0])}"
        lines.append(line("gene_expected", f"{words} (expected, no validated method)"))
    cap, _ = lowest_cap(tuple(rows))
    options = [row.first for row in leading]
    return GeneEffect(
        drug,
        rows,
        lasting,
        _word(held, lasting, lead),
        tuple(lines),
        min([1.0, *(_start_factor(o) for o in options)]),
        min([1.0, *(o.dose_factor for o in options if o.dose_factor is not None)]),
        min([1.0, *(o.max_dose_factor for o in options if o.max_dose_factor is not None)]),
        cap,
        _checks(leading),
        _reasons(context, rows),
        _forbidden(rows),
    )


def _lead(rows: tuple[DrugAdvice, ...]) -> DrugAdvice | None:
    """The leading row of the first guideline that says something; of several the most careful."""
    said = [row for row in rows if row.leads and not row.first.is_silent]
    return min(said, key=lambda r: (r.guideline.rank, _care(r)), default=None)


def _points(row: DrugAdvice | None) -> PointRow | None:
    """The row of points for the most careful action of a guideline's row."""
    from euthymia.engines.genome.advice_tables import actions

    if row is None or not row.actions:
        return None
    first = min(row.actions, key=lambda code: actions()[code].care_rank)
    return next(found for found in points().values() if first in found.actions)


def _word(held: PointRow | None, lasting: DrugAdvice | None, lead: DrugAdvice | None) -> str:
    """The lasting word, and today's beside it where a drug that still acts asks for more care."""
    word = held.word if held is not None else "no advice"
    now = _points(lead)
    if lead is None or now is None or now.word == word or (lasting is not None and _care(lead) >= _care(lasting)):
        return word
    return f"{word}; {now.word} while {', '.join(lead.agents)} acts"


def advice_word(row: DrugAdvice) -> str:
    """Return what a row comes to: ``use``, ``adjust``, ``avoid`` or ``no advice``, by its most careful option."""
    if any(option.is_contraindication for option in row.options):
        return "avoid"
    held = _points(row)
    return held.word if held is not None else "no advice"


def action_words_of(row: DrugAdvice) -> str:
    """Return the actions of a row's most careful option in words."""
    from euthymia.engines.genome.advice_words import action_words

    return action_words(row.first)


def _forbidden(rows: tuple[DrugAdvice, ...]) -> str:
    """Why a label forbids the drug in any possible state of the genes, or an empty string."""
    return next(
        (
            f"{r.guideline}: contraindicated for {' or '.join(o.combinations) or 'age or co-medication'}"
            + (f", with {', '.join(r.agents)}" if r.agents else "")
            for r in rows
            for o in r.options
            if o.is_contraindication
        ),
        "",
    )


def _care(row: DrugAdvice) -> int:
    """How careful a row is: the smallest rank of care of its actions."""
    from euthymia.engines.genome.advice_tables import actions

    return min((actions()[code].care_rank for code in row.actions), default=99)


def _start_factor(option: Option) -> float:
    cut = option.start_reduction_high_pct
    start = 1.0 if cut is None else 1 - cut / 100
    return min(start, option.dose_factor if option.dose_factor is not None else 1.0)


def _checks(leading: list[DrugAdvice]) -> tuple[str, ...]:
    """What leading rows ask to measure or to do slowly, each once."""
    from euthymia.engines.genome.advice_tables import actions

    wanted = [
        f"{actions()[code].words} ({row.guideline})"
        for row in leading
        for code in row.actions
        if actions()[code].direction in ("level", "slow", "caution")
    ]
    return tuple(dict.fromkeys(wanted))


def _reasons(context: GeneContext, rows: tuple[DrugAdvice, ...]) -> tuple[Reason, ...]:
    """Guideline rows side by side, the phenoconversion behind them, and sources of genes that disagree."""
    told = [reason for row in rows for reason in row.reasons]
    if not rows:
        words = "No row of CPIC, DPWG or the US label is held for this drug: genes say nothing about it here."
        told.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.NEUTRAL, code="no_gene_row"))
    return tuple(dict.fromkeys((*told, *context.genome.conflicts)))
