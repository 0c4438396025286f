"""Which genome build a file is on: told by its header, else by its reference bases; contradiction refuses it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table

BUILDS = ("GRCh38", "GRCh37")
# Words that tools write for one build; they are names, not measurements.
_WORDS = {"GRCh38": r"grch38|hg38|hs38|(?<![a-z0-9])b38", "GRCh37": r"grch37|hg19|hs37|(?<![a-z0-9])b37"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContigRow(SourcedRow):
    """One row of ``contigs.csv``."""

    chrom: str
    build: str
    length: int
    accession: str


@cache
def contig_rows() -> tuple[ContigRow, ...]:
    """Contig lengths and RefSeq names of both builds."""
    return load_table("euthymia.engines.genome", "contigs.csv", ContigRow)


@cache
def contig_names(build: str) -> dict[str, str]:
    """Map every accepted spelling of a contig (``22``, ``chr22``, ``NC_000022.11``) to ours."""
    names: dict[str, str] = {}
    for row in contig_rows():
        if row.build == build:
            bare = row.chrom.removeprefix("chr")
            names.update({row.chrom: row.chrom, bare: row.chrom, f"Chr{bare}": row.chrom, f"CHR{bare}": row.chrom})
            names[row.accession] = row.chrom
    return names


def header_build(meta: Sequence[str]) -> tuple[str | None, str]:
    """Return the build that the header names and the evidence, or ``(None, "")`` when it names none.

    Raises
    ------
    InvalidInput
        When the header speaks for both builds, or a contig of a known name has the length of neither.
    """
    found: dict[str, str] = {}
    lengths = {(row.chrom, row.length): row.build for row in contig_rows()}
    accessions = {row.accession: row.build for row in contig_rows()}
    known = {name: chrom for build in BUILDS for name, chrom in contig_names(build).items()}
    for line in meta:
        if line.startswith("##contig="):
            name = _field(line, "ID")
            build = accessions.get(name)
            if build is not None:
                found.setdefault(build, line)
            length = _field(line, "length")
            if name in known and length.isdigit():
                build = lengths.get((known[name], int(length)))
                if build is None:
                    raise InvalidInput(
                        f"header contig {name}", int(length), "the length on GRCh38 (or GRCh37)", "Another genome?"
                    )
                found.setdefault(build, line)
            _by_word(_field(line, "assembly"), line, found)
        elif line.startswith(("##reference=", "##assembly=")):
            _by_word(line.split("=", 1)[1], line, found)
    if len(found) > 1:
        raise InvalidInput("header", list(found), "contigs and reference of one build", "Check how the file was made.")
    return next(((b, evidence) for b, evidence in found.items()), (None, ""))


def _by_word(text: str, line: str, found: dict[str, str]) -> None:
    for build, words in _WORDS.items():
        if re.search(words, text, re.IGNORECASE):
            found.setdefault(build, line)


def _field(line: str, key: str) -> str:
    match = re.search(rf'[<,]{key}="?([^,">]*)', line)
    return match.group(1) if match else ""


def check_asked(asked: str, told: str | None) -> None:
    """Refuse when the header's build is not the one asked for.

    Raises
    ------
    InvalidInput
        With the next step: ``--build GRCh37`` where the file says so.
    """
    if asked not in BUILDS:
        raise InvalidInput("build", asked, " or ".join(BUILDS))
    if told is not None and told != asked:
        hint = (
            "Lift the file over with its alleles, or ask for it: --build GRCh37 (our own position table)."
            if told == "GRCh37"
            else "Leave out --build."
        )
        raise InvalidInput("genome build in the header", told, asked, hint)
