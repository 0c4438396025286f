"""Calls that are not star alleles from small variants: single-variant genes, HLA typing and tags, outside calls."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.engines.genome.call_types import INDETERMINATE, CallStatus, Diplotype, GeneCall
from euthymia.engines.genome.outside_calls import OutsideCall
from euthymia.engines.genome.phenotype import diplotype, unknown_alleles
from euthymia.engines.genome.positions import GeneRow, Site, TagRow
from euthymia.engines.genome.vcf_genotypes import Genotype


def call_variants(
    gene: GeneRow, sites: Sequence[Site], genotypes: Sequence[Genotype | None], *, absent_is_reference: bool = False
) -> GeneCall:
    """Return the bases at the sites of a gene that is reported by variant; no guideline reads them."""
    shown: list[tuple[Site, Genotype]] = []
    missing: list[Site] = []
    notes = []
    for site, genotype in zip(sites, genotypes, strict=True):
        if genotype is None and absent_is_reference:
            genotype = Genotype(site.ref_state, site.ref_state)
            notes.append(f"{site.rsid} without a record was taken as reference, as asked.")
        if genotype is None or genotype.fault or genotype.first is None or genotype.second is None:
            missing.append(site)
            if genotype is not None and genotype.fault:
                notes.append(f"Not used ({genotype.fault}): {site}.")
        else:
            shown.append((site, genotype))
    pairs = [(s.rsid, s.allele(g.first), s.allele(g.second)) for s, g in shown]
    made = Diplotype(
        alleles=(",".join(a for _, a, _ in pairs), ",".join(b for _, _, b in pairs)),
        text=", ".join(f"{rsid} {a}/{b}" for rsid, a, b in pairs),
        phenotype=INDETERMINATE,
    )
    status = CallStatus.NO_CALL if not shown else CallStatus.INCOMPLETE if missing else CallStatus.CALLED
    return GeneCall(
        sample="",
        gene=gene.gene,
        status=status,
        diplotypes=(made,) if shown else (),
        missing_positions=tuple(str(site) for site in missing),
        n_possible=1 if shown else 0,
        notes=(*notes, gene.note),
    )


def call_typed(gene: GeneRow, tags: Sequence[tuple[TagRow, Genotype]]) -> GeneCall:
    """Return an HLA call from tag variants alone: a screen that never becomes a call."""
    notes = []
    for tag, genotype in tags:
        if genotype.fault or genotype.first is None or genotype.second is None:
            continue
        carried = 1 in (genotype.first, genotype.second)
        state = "present" if carried else "absent"
        notes.append(f"Tag {tag.rsid} {tag.alt} for {tag.allele} is {state}. {tag.note}")
    return GeneCall(
        sample="",
        gene=gene.gene,
        status=CallStatus.INCOMPLETE if notes else CallStatus.NO_CALL,
        notes=(*notes, gene.note),
        provenance=f"vcf (tag {', '.join(t.rsid for t, _ in tags)})" if notes else "vcf",
    )


def call_outside(outside: OutsideCall, gene: GeneRow | None, from_vcf: GeneCall | None) -> GeneCall:
    """Return an outside call with its phenotype by our rules; it takes the place of the call from the VCF."""
    notes: list[str] = []
    made: tuple[Diplotype, ...] = ()
    if gene is None:
        notes.append("The gene is not in the panel: kept as given.")
        made = (Diplotype(alleles=(outside.diplotype, ""), text=outside.diplotype, phenotype=outside.phenotype),)
    elif gene.method == "star" and outside.diplotype:
        first, second = outside.diplotype.split("/")
        made = (diplotype(gene.gene, first, second),)
        unknown = unknown_alleles(gene.gene, first) + unknown_alleles(gene.gene, second)
        if unknown:
            notes.append(f"Not in our table: {', '.join(unknown)}.")
    elif gene.method == "typed":
        meaning = _typed(gene.typed_allele, outside.diplotype)
        made = (Diplotype(alleles=(outside.diplotype, ""), text=outside.diplotype, phenotype=meaning),)
    elif outside.diplotype:
        made = (Diplotype(alleles=(outside.diplotype, ""), text=outside.diplotype, phenotype=INDETERMINATE),)
    phenotype = (made[0].phenotype if made else outside.phenotype) or INDETERMINATE
    if outside.phenotype and outside.phenotype != phenotype:
        notes.append(f"The outside file says {outside.phenotype}; our rules say {phenotype}.")
    score = made[0].activity_score if made else None
    if outside.activity_score and str(score) != outside.activity_score:
        notes.append(f"The outside file says activity score {outside.activity_score}; our tables say {score}.")
    if from_vcf is not None and from_vcf.diplotypes and made and made[0].text not in from_vcf.diplotype_text.split(";"):
        notes.append(f"The small variants alone would read {from_vcf.diplotype_text}.")
    return GeneCall(
        sample="",
        gene=outside.gene,
        status=CallStatus.CALLED if made or outside.phenotype else CallStatus.NO_CALL,
        diplotypes=made,
        phenotype=phenotype,
        activity_score_low=made[0].activity_score_low if made else None,
        activity_score_high=made[0].activity_score_high if made else None,
        n_possible=len(made),
        copy_number_measured=True if gene is not None and gene.region("GRCh38") is not None else None,
        notes=tuple(notes),
        provenance=f"outside call: {outside.source}",
    )


def _typed(asked: str, text: str) -> str:
    """Read a typing as the presence of the allele that guidelines ask for."""
    if "/" in text:
        carried = any(f"*{side.lstrip('*')}".startswith(asked) for side in text.split("/"))
        return f"{asked} {'positive' if carried else 'negative'}"
    allele, _, state = text.partition(" ")
    return f"*{allele.lstrip('*')} {state.lower() or 'positive'}"
