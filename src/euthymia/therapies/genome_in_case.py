"""What a case says about the genes: the attached genome, outside calls and typed findings, merged with provenance.

Files are read where they lie, after their SHA-256 was compared with the attachment's; one that is absent, changed or
refused is said so in words, and the rest goes on without it. Sources that contradict each other are all kept: the
gene then has several possible phenotypes, and the most careful advice leads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from euthymia.case.attachments import sha256_of
from euthymia.case.facts import Attachment
from euthymia.case.model import Case
from euthymia.core.errors import EuthymiaError, InvalidInput
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.gene_findings import Stated, stated_genes

if TYPE_CHECKING:
    from euthymia.engines.genome import GeneCall, GenomeCalls, OutsideCall

GENOME_KINDS = ("vcf", "outside_calls")


@dataclass(frozen=True, slots=True)
class GenomeInCase:
    """The genes of a case.

    Parameters
    ----------
    calls
        One call a gene; empty when nothing is known.
    origins
        Where they come from, one phrase a source.
    problems
        Files that could not be used, in words.
    conflicts
        Sources that contradict each other, as reasons.
    has_files
        Whether a genome or outside calls are attached, readable or not.
    """

    calls: tuple[GeneCall, ...] = ()
    origins: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    conflicts: tuple[Reason, ...] = ()
    has_files: bool = False

    @property
    def words(self) -> str:
        """The sources and what could not be used, as one or more sentences."""
        said = [f"From {'; '.join(self.origins)}."] if self.origins else []
        said += self.problems
        return " ".join(said)


def has_genome_file(case: Case) -> bool:
    """Whether a genome or outside calls are attached; nothing is read."""
    return any(event.fact.kind in GENOME_KINDS for event in case.of(Attachment))


def genome_in_case(case: Case) -> GenomeInCase:
    """Return the genes of a case.

    Parameters
    ----------
    case
        Its newest attachment of kind ``vcf``, its attachments of kind ``outside_calls``, its findings such as
        ``cyp2d6_poor_metabolizer`` and laboratory values such as ``cyp2d6_activity_score`` are read.

    Returns
    -------
    GenomeInCase
        Outside calls replace those of the genome file, as in ``euthymia genome call``; of two outside files the newer
        counts for a gene. A finding fills a gene that no file tells, and never silently gives way to one.
    """
    files = [event.fact for event in case.of(Attachment)]
    problems: list[str] = []
    conflicts: list[Reason] = []
    outside, outside_names = _outside([f for f in files if f.kind == "outside_calls"], problems, conflicts)
    genomes = [f for f in files if f.kind == "vcf"]
    found, origins = _from_files(genomes[-1] if genomes else None, outside, problems)
    origins += [f"outside calls {name}" for name in outside_names]
    calls = {call.gene: call for call in found}
    used = False
    for stated in stated_genes(case):
        held = calls.get(stated.gene)
        if held is None or not _tells(held):
            calls[stated.gene] = stated.call
            used = True
        elif not _agree(held, stated):
            calls[stated.gene] = _either(held, stated)
            conflicts.append(_conflict(held, stated))
    if used:
        origins.append("findings typed into the case")
    return GenomeInCase(
        tuple(calls.values()), tuple(origins), tuple(problems), tuple(conflicts), bool(genomes or outside_names)
        or any(f.kind in GENOME_KINDS for f in files),
    )  # fmt: skip


def _outside(
    files: list[Attachment], problems: list[str], conflicts: list[Reason]
) -> tuple[tuple[OutsideCall, ...], list[str]]:
    """Return the outside calls of all files, a gene from the newest file that has it."""
    held: dict[tuple[str, str], OutsideCall] = {}
    names = []
    for file in files:
        try:
            made = _read_outside(*_checked(file))
        except EuthymiaError as error:
            problems.append(f"The outside calls {Path(file.path).name} could not be used: {error}")
            continue
        names.append(Path(file.path).name)
        for call in made:
            before = held.get((call.sample, call.gene))
            if before is not None and (before.diplotype, before.phenotype) != (call.diplotype, call.phenotype):
                words = (
                    f"{call.gene}: {before.source} says {before.diplotype or before.phenotype}, the newer "
                    f"{call.source} says {call.diplotype or call.phenotype}; the newer is used. Settle which is right."
                )
                conflicts.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code=_CONFLICT))
            held[call.sample, call.gene] = call
    return tuple(held.values()), names


def _from_files(
    genome: Attachment | None, outside: tuple[OutsideCall, ...], problems: list[str]
) -> tuple[tuple[GeneCall, ...], list[str]]:
    if genome is not None:
        try:
            calls = _called(*_checked(genome), outside)
        except EuthymiaError as error:
            problems.append(f"The attached genome {Path(genome.path).name} could not be used: {error}")
        else:
            strange = sorted({c.sample for c in outside} - {"", calls.sample})
            if strange:
                problems.append(
                    f"Outside calls of {', '.join(strange)} could not be used: the genome is of {calls.sample}."
                )
            return calls.genes, [f"the attached genome ({calls.build}, sample {calls.sample})"]
    samples = sorted({c.sample for c in outside} - {""})
    if len(samples) > 1:
        problems.append(f"Outside calls could not be used: of {len(samples)} samples ({', '.join(samples)}).")
        return (), []
    return _outside_alone(outside), []


def _checked(file: Attachment) -> tuple[Path, str, int]:
    """Return the path, its hash and its time of change, or raise when it is not the file that was attached."""
    path = Path(file.path)
    if not path.is_file():
        raise InvalidInput("attachments.path", file.path, "a file that is here", "Attach it again.")
    changed = path.stat().st_mtime_ns
    if _hash(path, path.stat().st_size, changed) != file.sha256:
        raise InvalidInput("attachments.sha256", path.name, "the file that was attached, unchanged", "Attach it again.")
    return path, file.sha256, changed


@lru_cache(maxsize=16)
def _hash(path: Path, size_bytes: int, changed_ns: int) -> str:
    """Hash a file once for each state of it."""
    return sha256_of(path)[0]


@lru_cache(maxsize=8)
def _called(path: Path, sha256: str, changed_ns: int, outside: tuple[OutsideCall, ...]) -> GenomeCalls:
    """Call the one sample of a file, once for each content."""
    from euthymia.engines.genome import call_vcf

    samples = list(call_vcf(path, outside=outside))
    if len(samples) != 1:
        words = f"{len(samples)} samples"
        raise InvalidInput("attachments", words, "a file of one sample", "Attach the patient's own.")
    return samples[0]


@lru_cache(maxsize=16)
def _read_outside(path: Path, sha256: str, changed_ns: int) -> tuple[OutsideCall, ...]:
    from euthymia.engines.genome import parse_outside_calls

    try:
        return parse_outside_calls(path.read_text(encoding="utf-8").splitlines(), path.name)
    except UnicodeDecodeError:
        raise InvalidInput("attachments", path.name, "a text file in UTF-8") from None


def _outside_alone(outside: tuple[OutsideCall, ...]) -> tuple[GeneCall, ...]:
    """Outside calls without a genome, each with its phenotype by our rules."""
    from euthymia.engines.genome.call_other import call_outside
    from euthymia.engines.genome.positions import gene_rows

    rows = {row.gene: row for row in gene_rows()}
    return tuple(call_outside(one, rows.get(one.gene), None) for one in outside)


def _tells(call: GeneCall) -> bool:
    """Whether a call says anything about the phenotype."""
    from euthymia.engines.genome import INDETERMINATE, CallStatus

    return call.status is not CallStatus.NO_CALL and call.phenotypes != (INDETERMINATE,)


def _codes(call: GeneCall) -> frozenset[str]:
    from euthymia.engines.genome.advice_input import gene_states

    return frozenset(state.phenotype for state in gene_states((call,))[call.gene])


def _agree(call: GeneCall, stated: Stated) -> bool:
    """Whether at least one phenotype is possible by both."""
    return bool(_codes(call) & _codes(stated.call))


def _either(call: GeneCall, stated: Stated) -> GeneCall:
    """The call with the stated phenotypes as further possibilities, so that the most careful of all leads."""
    from euthymia.engines.genome import CallStatus, Diplotype

    own = stated.call
    further = tuple(
        Diplotype(
            alleles=("", ""), text=f"stated: {phenotype}", phenotype=phenotype,
            activity_score_low=own.activity_score_low, activity_score_high=own.activity_score_high,
        )
        for phenotype in own.phenotypes
    )  # fmt: skip
    kept = call.diplotypes or tuple(
        Diplotype(
            alleles=("", ""), text=f"called: {phenotype}", phenotype=phenotype,
            activity_score_low=call.activity_score_low, activity_score_high=call.activity_score_high,
        )
        for phenotype in call.phenotypes
    )  # fmt: skip
    return replace(
        call,
        status=CallStatus.AMBIGUOUS,
        diplotypes=(*kept, *further),
        phenotype=";".join(dict.fromkeys((*call.phenotypes, *own.phenotypes))),
        activity_score_low=None,
        activity_score_high=None,
        n_possible=len(kept) + len(further),
        notes=(*call.notes, f"Contradicted by {stated.words}."),
        provenance=f"{call.provenance}; {own.provenance}",
    )


_CONFLICT = "gene_sources_conflict"


def _conflict(call: GeneCall, stated: Stated) -> Reason:
    words = (
        f"{call.gene}: the file says {call.diplotype_text or call.phenotype} ({call.phenotype.replace(';', ' or ')}), "
        f"the case says {stated.words}. Both are taken as possible, and the most careful advice leads; settle which "
        "is right."
    )
    return Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code=_CONFLICT)
