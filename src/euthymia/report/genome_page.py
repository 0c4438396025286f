"""The page of a pharmacogenomics report: one self-contained HTML file, printable, without JavaScript and network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from euthymia.core.source import Verification, weakest
from euthymia.engines.genome.advice_exposure import ExposureShift
from euthymia.engines.genome.advice_tables import actions, populations
from euthymia.engines.genome.advice_types import Basis, DrugAdvice, GeneState, Guideline
from euthymia.engines.genome.advice_words import action_words
from euthymia.engines.genome.table_editions import guideline_edition
from euthymia.report.citations import Citations, CitedReason
from euthymia.report.figures.exposure import ExposureMark, exposure_figure, span_words
from euthymia.report.figures.svg import NARROW, WIDE
from euthymia.report.genome_content import GenomeReport, MedicineEntry
from euthymia.report.genome_document import genome_report_document
from euthymia.report.genome_function import FunctionShift, Standing
from euthymia.report.genome_gene_view import gene_view
from euthymia.report.genome_groups import Conflict, Group, common_actions
from euthymia.report.genome_state_words import combination_words, state_words
from euthymia.report.wording import VERIFICATION_MARKS, plain, sentence_case

GROUP_WORDS = {
    Group.AVOID: ("✕", "avoid or choose another"),
    Group.ADJUST: ("!", "adjust or watch"),
    Group.USUAL: ("✓", "use as usual"),
    Group.NONE: ("–", "no guidance"),
}
"""Mark and words of each group; the color of a chip only repeats them."""

_HEADINGS = {
    Group.AVOID: "Avoid, or choose another drug",
    Group.ADJUST: "Adjust or watch",
    Group.USUAL: "Use as usual",
    Group.NONE: "No guidance",
}
_GUIDELINE_NAMES = {Guideline.CPIC: "CPIC", Guideline.DPWG: "DPWG", Guideline.FDA: "US label"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of one guideline, ready to be shown; ``options`` are all that remains possible when several do."""

    words: str
    population: str
    states: str
    strength: str
    numbers: tuple[int, ...]
    mark: str
    state: str
    is_checked: bool
    version: str
    basis: str
    agents: tuple[str, ...]
    common: str
    options: tuple[tuple[str, str], ...]
    is_beside: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One drug in the table of medicines."""

    drug: str
    is_taken: bool
    mark: str
    group_words: str
    depends: str
    css: str
    conflicts: tuple[str, ...]
    columns: tuple[tuple[str, tuple[Line, ...]], ...]
    genes: tuple[str, ...]
    shifted: tuple[str, ...]
    exposures: tuple[tuple[str, str, tuple[int, ...], tuple[str, str, bool]], ...]
    notes: tuple[CitedReason, ...]


def genome_html(report: GenomeReport) -> str:
    """Return the report as one HTML page: a whole document that loads nothing and needs no script."""
    from euthymia.report.page import environment

    cited = Citations(genome_report_document(report).sources)
    rows = [_row(entry, report, cited) for entry in report.medicines]
    marks = _marks(report.medicines)
    context: dict[str, Any] = {
        "report": report,
        "calls": report.calls,
        "day": report.made_at.date().isoformat(),
        "sections": _sections(rows, report.medicines),
        "n_conflicts": sum(1 for entry in report.medicines if entry.conflicts),
        "exposure_figures": _both(exposure_figure, marks, "exposure") if marks else (),
        "exposure_rows": [row for row in rows if row.exposures],
        "genes": [gene_view(entry, cited) for entry in report.genes],
        "evidence": cited.reasons(report.evidence),
        "not_for_use": cited.reasons(report.not_for_use),
        "editions": [_edition(row, report, cited) for row in report.editions],
    }
    found = environment()
    context["sources"] = cited.listing()
    context["styles"] = f"{found.globals['styles']}\n{_styles()}"
    return found.get_template("genome.html.j2").render(context)


@cache
def _styles() -> str:
    folder = resources.files("euthymia.report") / "templates"
    return (folder / "genome.css").read_text(encoding="utf-8")


def _both(draw: Callable[..., str], data: Any, key: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, draw(data, width=width, key=f"{key}-{name}")) for name, width in (("narrow", NARROW), ("wide", WIDE))
    )


def _sections(rows: list[Row], entries: Iterable[MedicineEntry]) -> list[tuple[str, str, list[Row]]]:
    """Taken now first, then a section a group; each with an id, a heading and its rows."""
    pairs = list(zip(rows, entries, strict=True))
    found = [("taken", "Taken now", [row for row, entry in pairs if entry.is_taken])]
    for group, heading in _HEADINGS.items():
        held = [row for row, entry in pairs if not entry.is_taken and entry.group is group]
        found.append((group.value, heading, held))
    return [section for section in found if section[2]]


def _row(entry: MedicineEntry, report: GenomeReport, cited: Citations) -> Row:
    mark, words = GROUP_WORDS[entry.group]
    genes = tuple(dict.fromkeys(gene for row in entry.rows for gene in row.genes))
    by_guideline = [
        (_GUIDELINE_NAMES[g], tuple(_line(row, genes, cited) for row in entry.rows if row.guideline is g))
        for g in Guideline
    ]
    return Row(
        drug=entry.drug,
        is_taken=entry.is_taken,
        mark=mark,
        group_words=words,
        depends="" if entry.always else "for some possible genotypes",
        css=entry.group.value,
        conflicts=tuple(_conflict_words(c) for c in entry.conflicts),
        columns=tuple(by_guideline),
        genes=tuple(f"{gene}: {state_words(report.states.get(gene, ()))}" for gene in genes),
        shifted=tuple(map(_shifted, entry.shifts)),
        exposures=tuple(_exposure(shift, cited) for shift in entry.exposures),
        notes=_notes(entry.rows, cited),
    )


def _line(row: DrugAdvice, genes: tuple[str, ...], cited: Citations) -> Line:
    """One row; its genes are named where the drug has others too."""
    mark, state = VERIFICATION_MARKS[row.verification]
    shared = [actions()[code].words for code in common_actions(row)]
    return Line(
        words=sentence_case(action_words(row.first)) if not row.first.is_silent else "No row for some genotypes",
        population="" if row.population == "general" else populations()[row.population].words,
        states=""
        if set(row.genes) == set(genes)
        else combination_words(c for option in row.options for c in option.states),
        strength=plain(row.strength.value),
        numbers=cited.numbers(row.sources),
        mark=mark,
        state=state,
        is_checked=row.verification is Verification.READ,
        version=guideline_edition(row.guideline).edition,
        basis=_basis(row),
        agents=row.agents,
        common="" if row.is_certain else (", ".join(shared) or "nothing"),
        options=() if row.is_certain else _options(row),
        is_beside=not row.leads,
    )


def _combinations(row: DrugAdvice) -> list[tuple[GeneState, ...]]:
    return [combination for option in row.options for combination in option.states]


def _options(row: DrugAdvice) -> tuple[tuple[str, str], ...]:
    """All that remains possible: the genotypes and what to do, the same words once."""
    found: dict[str, list[tuple[GeneState, ...]]] = {}
    for option in row.options:
        found.setdefault(action_words(option), []).extend(option.states)
    return tuple((combination_words(states) or "no gene", words) for words, states in found.items())


def _basis(row: DrugAdvice) -> str:
    if row.basis is Basis.FUNCTIONAL:
        return f"after {', '.join(row.agents)}"
    if row.basis is Basis.EXPECTED:
        return f"expected after {', '.join(row.agents)}; no validated method"
    if row.basis is Basis.CONDITION:
        return f"with {', '.join(row.agents)}" if row.agents else "age or liver function"
    return "" if row.leads else "by genotype alone"


def _shifted(shift: FunctionShift) -> str:
    """What a gene becomes under the medication list, with the drugs that do it named."""
    agents = ", ".join(shift.agents)
    if shift.standing is Standing.UNRESOLVED:
        return f"{shift.gene}: {agents} act against each other; not resolved"
    if shift.standing is Standing.NAMED:
        return f"{shift.gene}: {agents} acts on it; no rule changes the phenotype"
    doubt = "" if shift.standing is Standing.ACCEPTED else " (expected; no validated method)"
    return f"→ {shift.gene} {state_words(shift.states)} with {agents}{doubt}"


def _conflict_words(conflict: Conflict) -> str:
    one, other = _GUIDELINE_NAMES[conflict.one], _GUIDELINE_NAMES[conflict.other]
    return f"{one} and {other} differ" + ("" if conflict.always else " for some possible genotypes")


def _exposure(shift: ExposureShift, cited: Citations) -> tuple[str, str, tuple[int, ...], tuple[str, str, bool]]:
    """The ratio, what it is for, its sources, and how far they were read."""
    of = "" if shift.analyte == "parent" else f", {shift.analyte}"
    numbers = cited.numbers(source for reason in shift.reasons for source in reason.sources)
    checked = _verification(shift)
    return span_words(_mark("", shift)), f"{shift.state}{of}", numbers, (
        *VERIFICATION_MARKS[checked], checked is Verification.READ,
    )  # fmt: skip


def _verification(shift: ExposureShift) -> Verification:
    return weakest(tuple(source for reason in shift.reasons for source in reason.sources))


def _mark(drug: str, shift: ExposureShift) -> ExposureMark:
    of = "" if shift.analyte == "parent" else f": {shift.analyte}"
    is_read = _verification(shift) is Verification.READ
    return ExposureMark(f"{drug}{of}", str(shift.state), shift.ratio, shift.low, shift.high, is_read)


def _marks(entries: Iterable[MedicineEntry]) -> list[ExposureMark]:
    return [_mark(entry.drug, shift) for entry in entries for shift in entry.exposures]


def _notes(rows: Iterable[DrugAdvice], cited: Citations) -> tuple[CitedReason, ...]:
    """Reasons that are not the rule itself: phenoconversion, what is not known, conditions of a label."""
    shown = {option.row_id for row in rows for option in row.options} | {"advice_ambiguous", "guidelines_differ"}
    found = dict.fromkeys(reason for row in rows for reason in row.reasons if reason.code not in shown)
    return cited.reasons(found)


def _edition(row: Any, report: GenomeReport, cited: Citations) -> dict[str, Any]:
    day = report.made_at.date()
    age = row.age_days(day)
    words = "no one date" if age is None else f"{age / 30.4375:.0f} months old"
    return {"row": row, "age": words, "is_due": row.is_due(day), "numbers": cited.numbers([row.cite()])}
