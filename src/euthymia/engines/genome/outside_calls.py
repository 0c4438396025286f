"""Outside calls: diplotypes that another caller or a laboratory made, as ``gene TAB diplotype`` lines.

The columns are those of PharmCAT's outside-call file (gene, diplotype, phenotype, activity score; the last two
optional). A first line ``sample TAB gene TAB diplotype`` says that every line starts with the sample's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.phenotype import parse_haplotype
from euthymia.engines.genome.positions import gene_rows

_TYPED = re.compile(r"\*?\d+(:\d+){0,3}[A-Z]?( (positive|negative))?(/\*?\d+(:\d+){0,3}[A-Z]?)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """One line of an outside-call file; ``sample`` is empty when the file names none."""

    sample: str
    gene: str
    diplotype: str
    phenotype: str
    activity_score: str
    source: str


def parse_outside_calls(lines: Iterable[str], name: str) -> tuple[OutsideCall, ...]:
    """Parse an outside-call file.

    Raises
    ------
    InvalidInput
        For a line that is no outside call, a gene given twice, or a diplotype that is not star notation; with the line.
    """
    methods = {row.gene: row.method for row in gene_rows()}
    calls: list[OutsideCall] = []
    with_sample = False
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r\n").removeprefix("\ufeff")
        cells = [cell.strip() for cell in line.split("\t")]
        where = f"{name}: line {number}"
        heading = [cell.lstrip("#").strip().lower() for cell in cells]
        if heading[:2] == ["sample", "gene"]:
            with_sample = True
            continue
        if not line.strip() or line.startswith("#") or heading[:1] == ["gene"]:
            continue
        if len(cells) == 1 and " " in line.strip() and not with_sample:
            cells = line.strip().split(None, 1)
        sample = cells.pop(0) if with_sample else ""
        if len(cells) < 2 or len(cells) > 4 or not cells[0] or not any(cells[1:]):
            raise InvalidInput(
                where, line, "gene, diplotype and optionally phenotype and activity score, parted by tabs"
            )
        gene, text, phenotype, score = (*cells, "", "")[:4]
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(gene)}(?=\*)", "", text)
        method = methods.get(gene)
        if method == "star" and text:
            sides = text.split("/")
            if len(sides) != 2:
                raise InvalidInput(where, text, "two haplotypes parted by /, such as *1/*4 or *36+*10/*41")
            for side in sides:
                try:
                    parse_haplotype(side)
                except InvalidInput:
                    raise InvalidInput(where, side, "star alleles such as *1, *1x2, *4x>=3 or *36+*10") from None
            text = "/".join(side.replace(" ", "").replace(">=", "≥") for side in sides)
        elif method == "typed" and not _TYPED.match(text):
            raise InvalidInput(where, text, "a typed allele such as *31:01 positive, *15:02 negative or *15:02/*40:01")
        if any(c.gene == gene and c.sample == sample for c in calls):
            raise InvalidInput(where, gene, "every gene once for a sample")
        calls.append(OutsideCall(sample, gene, text, phenotype, score, name))
    if not calls:
        raise InvalidInput("outside calls", name, "at least one line with gene and diplotype")
    return tuple(calls)
