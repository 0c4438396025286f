"""Call one star-allele gene of one sample: all diplotypes that agree, what is missing, what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from euthymia.engines.genome.alleles import GeneAlleles, gene_alleles
from euthymia.engines.genome.call_types import INDETERMINATE, CallStatus, Diplotype, GeneCall
from euthymia.engines.genome.match import Match, match
from euthymia.engines.genome.phenotype import ordered_diplotype
from euthymia.engines.genome.positions import GeneRow, Site, deletion_allele
from euthymia.engines.genome.vcf_genotypes import CONTRADICTORY, Genotype

LISTED_DIPLOTYPES = 64
"""More possible diplotypes than this are counted and summed up, not listed."""
_LISTED_POSITIONS = 8


def call_star(
    gene: GeneRow,
    sites: Sequence[Site],
    genotypes: Sequence[Genotype | None],
    copies: tuple[int, bool] | None = None,
    *,
    absent_is_reference: bool = False,
) -> GeneCall:
    """Return the call of a gene (with an empty sample name).

    Parameters
    ----------
    gene
        Its row of the table of genes.
    sites, genotypes
        The gene's sites and, in the same order, what the file says; None where no record touches the site.
    copies
        Gene copies from a structural record and whether they are a lower bound; None when not measured.
    absent_is_reference
        Take a site without any record as the reference; the call says so.
    """
    alleles = gene_alleles(gene.gene)
    known, missing, notes = _sort_out(sites, genotypes, alleles, copies, absent_is_reference)
    if any(g is not None and g.fault == CONTRADICTORY for g in genotypes):
        return _no_call(gene, missing, notes)
    if not any(_is_observed(g) for g in genotypes) and not (absent_is_reference and known):
        return _no_call(gene, missing, (*notes, "No usable genotype at any position of the gene."))
    found = _match(alleles, known, copies)
    if isinstance(found, str):
        return _no_call(gene, missing, (*notes, found))
    measured = copies is not None if gene.region("GRCh38") is not None else None
    notes = (*notes, *_copy_notes(gene, copies))
    if not found.pairs:
        return _no_call(gene, missing, (*notes, _novel(sites, known)))
    made = _diplotypes(gene.gene, alleles, found.pairs, copies)
    listed = made if len(made) <= LISTED_DIPLOTYPES else ()
    phenotypes = tuple(dict.fromkeys(p for d in made for p in d.phenotype.split(";")))
    low, high = _score_range(made)
    cannot: tuple[str, ...] = ()
    as_reference: tuple[str, ...] = ()
    if missing:
        filled = {**known, **{s.index: Genotype(s.ref_state, s.ref_state) for s in missing}}
        plain = _match(alleles, filled, copies)
        pairs = () if isinstance(plain, str) else plain.pairs
        as_reference = tuple(d.text for d in _diplotypes(gene.gene, alleles, pairs, copies))
        at_reference = {number for pair in pairs for number in pair}
        others = {number for pair in found.pairs for number in pair} - at_reference
        cannot = tuple(alleles.names[number] for number in sorted(others))
        status = CallStatus.INCOMPLETE
        notes = (_missing_note(sites, missing, alleles, cannot, len(made)), *notes)
    else:
        status = CallStatus.CALLED if len(made) == 1 else CallStatus.AMBIGUOUS
        if len(made) > 1:
            differ = "their phenotypes differ" if len(phenotypes) > 1 else "all have the same phenotype"
            notes = (f"{len(made)} diplotypes agree with the data; {differ}.", *notes)
    return GeneCall(
        sample="",
        gene=gene.gene,
        status=status,
        diplotypes=listed,
        phenotype=";".join(phenotypes) or INDETERMINATE,
        activity_score_low=low,
        activity_score_high=high,
        phased=found.phased,
        missing_positions=tuple(str(site) for site in missing),
        excluded_cannot=cannot,
        if_missing_were_reference=as_reference,
        n_possible=len(made),
        copy_number_measured=measured,
        notes=notes,
        provenance="vcf" if copies is None else "vcf + structural record",
    )


def _is_observed(genotype: Genotype | None) -> bool:
    return genotype is not None and not (genotype.first is None and genotype.second is None)


def _sort_out(
    sites: Sequence[Site],
    genotypes: Sequence[Genotype | None],
    alleles: GeneAlleles,
    copies: tuple[int, bool] | None,
    absent_is_reference: bool,
) -> tuple[dict[int, Genotype], list[Site], tuple[str, ...]]:
    """Part the sites into usable genotypes and missing ones, and name the faults."""
    known: dict[int, Genotype] = {}
    missing: list[Site] = []
    faults: dict[str, list[Site]] = {}
    n_absent = 0
    for site, genotype in zip(sites, genotypes, strict=True):
        if genotype is None and absent_is_reference:
            genotype, n_absent = Genotype(site.ref_state, site.ref_state), n_absent + 1
        if genotype is not None and genotype.fault == "haploid" and copies == (1, False):
            genotype = Genotype(genotype.first, genotype.first)
        if genotype is not None and genotype.fault:
            faults.setdefault(genotype.fault, []).append(site)
            genotype = None
        if genotype is not None and not (genotype.first is None and genotype.second is None):
            known[site.index] = genotype
        is_core = site.index in alleles.core_sites
        if is_core and (genotype is None or genotype.is_missing):
            missing.append(site)
    notes = [f"Not used ({fault}): {_positions(where)}." for fault, where in sorted(faults.items())]
    if n_absent:
        notes.append(f"{n_absent} positions without a record were taken as reference, as asked.")
    return known, missing, tuple(notes)


def _match(alleles: GeneAlleles, known: Mapping[int, Genotype], copies: tuple[int, bool] | None) -> Match | str:
    """Match as the copy number allows, or say why it contradicts the genotypes."""
    if copies == (1, False):
        if any(g.first != g.second and not g.is_missing for g in known.values()):
            return "The structural record says one gene copy, but there are heterozygous sites: contradiction."
        found = match(alleles, known)
        return Match(tuple(pair for pair in found.pairs if pair[0] == pair[1]), None)
    return match(alleles, known)


def _diplotypes(
    gene: str, alleles: GeneAlleles, pairs: Sequence[tuple[int, int]], copies: tuple[int, bool] | None
) -> tuple[Diplotype, ...]:
    """Write the pairs as diplotypes; extra copies may lie on either side, so every division is listed."""
    made: list[Diplotype] = []
    deleted = deletion_allele(gene)
    if copies == (0, False):
        return (ordered_diplotype(gene, deleted, deleted),)
    for a, b in pairs:
        first, second, n_core = alleles.names[a], alleles.names[b], alleles.n_core[a] + alleles.n_core[b]
        if copies is None or copies == (2, False):
            made.append(ordered_diplotype(gene, first, second, n_core))
        elif copies == (1, False):
            made.append(ordered_diplotype(gene, first, deleted, alleles.n_core[a]))
        else:
            total, is_open = copies
            for on_first in range(1, total):
                if is_open:
                    sides = (
                        _times(first, on_first, on_first > 1),
                        _times(second, total - on_first, on_first < total - 1),
                    )
                else:
                    sides = (_times(first, on_first, False), _times(second, total - on_first, False))
                made.append(ordered_diplotype(gene, *sides, n_core))
    return tuple({d.text: d for d in made}.values())


def _times(allele: str, n_copies: int, is_open: bool) -> str:
    return allele if n_copies == 1 and not is_open else f"{allele}x{'≥' if is_open else ''}{n_copies}"


def _copy_notes(gene: GeneRow, copies: tuple[int, bool] | None) -> tuple[str, ...]:
    if gene.region("GRCh38") is None or copies is None:
        return (gene.note,) if gene.note else ()
    n, is_open = copies
    return (f"{'At least ' if is_open else ''}{n} gene copies by structural record; hybrid alleles are not excluded.",)


def _score_range(made: Sequence[Diplotype]) -> tuple[float | None, float | None]:
    lows = [d.activity_score_low for d in made]
    if not made or any(low is None for low in lows):
        return None, None
    highs = [d.activity_score_high for d in made]
    top = None if any(high is None for high in highs) else max(h for h in highs if h is not None)
    return min(low for low in lows if low is not None), top


def _no_call(gene: GeneRow, missing: Sequence[Site], notes: tuple[str, ...]) -> GeneCall:
    return GeneCall(
        sample="",
        gene=gene.gene,
        status=CallStatus.NO_CALL,
        missing_positions=tuple(str(site) for site in missing),
        copy_number_measured=None if gene.region("GRCh38") is None else False,
        notes=notes,
    )


def _missing_note(
    sites: Sequence[Site], missing: Sequence[Site], alleles: GeneAlleles, cannot: Sequence[str], n_possible: int
) -> str:
    n_core = sum(site.index in alleles.core_sites for site in sites)
    text = f"{len(missing)} of {n_core} defining positions missing: {_positions(missing)}"
    if cannot:
        text += f"; cannot exclude {_first(cannot)}"
    if n_possible > LISTED_DIPLOTYPES:
        text += f"; {n_possible} diplotypes stay possible"
    return text + "."


def _novel(sites: Sequence[Site], known: Mapping[int, Genotype]) -> str:
    carried = [
        f"{site} {site.allele(g.first)}{'/' if g.phase is None else '|'}{site.allele(g.second)}"
        for site in sites
        if (g := known.get(site.index)) is not None and (g.first, g.second) != (0, 0)
    ]
    return f"No pair of defined alleles explains the variants: {_first(carried)}."


def _positions(sites: Sequence[Site]) -> str:
    return _first([f"{site}" + (f" ({site.rsid})" if site.rsid else "") for site in sites])


def _first(items: Sequence[str]) -> str:
    more = len(items) - _LISTED_POSITIONS
    return ", ".join(items[:_LISTED_POSITIONS]) + (f" and {more} more" if more > 0 else "")
