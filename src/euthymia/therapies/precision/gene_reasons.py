"""What is known of the genes and of the medicines that act on their enzymes, as reasons of a test order."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.precision.exposure import expected
from euthymia.therapies.precision.gene_context import gene_context
from euthymia.therapies.precision.gene_effect import gene_effect
from euthymia.therapies.precision.option_rows import choices


def gene_reasons(case: Case) -> tuple[Reason, ...]:
    """Return where the genes come from, what co-medication does to them, and what follows for each drug.

    Genotype and functional phenotype stand side by side, the acting medicine named. Of each drug only what the first
    guideline says is told here, and only where it asks for anything but the usual; the drug options have all rows.
    """
    drugs = tuple(dict.fromkeys(choice.drug for choice in choices()))
    context = gene_context(case, drugs)
    genome = context.genome
    found: list[Reason] = []
    if genome.words:
        found.append(Reason(genome.words, grade=EvidenceGrade.CASE, direction=Direction.NEUTRAL, code="genes_read"))
    found += genome.conflicts
    found += [reason for shift in context.functional if shift.agents for reason in shift.reasons]
    changed = any(shift.is_changed for shift in context.functional)
    for drug in drugs if genome.calls or changed else ():
        effect = gene_effect(context, drug, "augment")  # as the list stands today, nothing stopped
        if effect.word in ("adjust", "avoid"):
            found += [reason for reason in effect.reasons if effect.lead and reason.code == effect.lead.first.row_id]
        found += [one.reason for one in expected(drug, context.flat_states, context.medicines)]
    return tuple(dict.fromkeys(found))
