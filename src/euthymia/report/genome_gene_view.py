"""One gene as the page shows it: what it reads, what it rests on, and what could not be told."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.engines.genome import CallStatus
from euthymia.engines.genome.advice_types import GeneState
from euthymia.engines.genome.call_rows import score_text
from euthymia.report.citations import Citations, CitedReason
from euthymia.report.genome_content import GeneEntry
from euthymia.report.genome_state_words import state_words

STATUS_WORDS = {
    CallStatus.CALLED: ("✓", "called", "open"),
    CallStatus.AMBIGUOUS: ("?", "several fit", "caution"),
    CallStatus.INCOMPLETE: ("?", "positions missing", "caution"),
    CallStatus.NO_CALL: ("–", "no call", ""),
}
"""Mark, words and style class of each status."""

_SHOWN_DIPLOTYPES = 8


@dataclass(frozen=True, slots=True)
class GeneView:
    """One row of the table of genes."""

    gene: str
    diplotypes: str
    phenotype: str
    difference: str
    score: str
    mark: str
    status: str
    css: str
    sites_used: tuple[str, ...]
    sites_missing: tuple[str, ...]
    cannot_exclude: str
    phase: str
    provenance: str
    functional: tuple[str, ...]
    notes: tuple[str, ...]
    reasons: tuple[CitedReason, ...]


def gene_view(entry: GeneEntry, cited: Citations) -> GeneView:
    """Return one gene ready to be shown."""
    call = entry.call
    mark, words, css = STATUS_WORDS[call.status]
    names = [one.text for one in call.diplotypes]
    listed = " or ".join(names[:_SHOWN_DIPLOTYPES])
    if len(names) > _SHOWN_DIPLOTYPES:
        listed += f" and {len(names) - _SHOWN_DIPLOTYPES} more (in report.json)"
    if not names:
        listed = f"{call.n_possible} possible, not listed" if call.n_possible else "not called"
    differ = {None: "", True: "phenotypes differ", False: "one phenotype whatever holds"}[entry.phenotypes_differ]
    unmeasured = call.copy_number_measured is False and not any("opy number" in note for note in call.notes)
    return GeneView(
        gene=call.gene,
        diplotypes=listed,
        phenotype=call.phenotype.replace(";", " or "),
        difference=differ,
        score=score_text(call.activity_score_low, call.activity_score_high),
        mark=mark,
        status=words,
        css=css,
        sites_used=entry.sites_used,
        sites_missing=call.missing_positions,
        cannot_exclude=", ".join(call.excluded_cannot),
        phase={None: "", True: "phased", False: "not phased"}[call.phased],
        provenance="" if call.provenance == "vcf" else call.provenance,
        functional=_functional(entry),
        notes=(*(("Copy number was not measured.",) if unmeasured else ()), *(note for note in call.notes if note)),
        reasons=cited.reasons(dict.fromkeys(r for f in entry.functional for r in f.reasons)),
    )


def _functional(entry: GeneEntry) -> tuple[str, ...]:
    found = []
    for one in entry.functional:
        if one.is_changed:
            before = GeneState(one.gene, one.genotype_phenotype, one.genotype_score)
            doubt = "" if one.validated else " (expected; no validated method)"
            after = f"{state_words([before])} → {state_words([one.state])} with {', '.join(one.changing)}{doubt}"
            found.append(after)
    return tuple(dict.fromkeys(found))
