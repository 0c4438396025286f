"""Sample cells: from the text of FORMAT and cell to allele numbers, phase set and copy number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.vcf_genotypes import Cell

_GENOTYPE = re.compile(r"[/|]?(\.|\d+)(?:[/|](\.|\d+))*\Z")
_PASSED = ("PASS", ".", "")


@lru_cache(maxsize=65536)
def parse_cell(text: str, phase_set: str, fault: str) -> Cell | None:
    """Return the genotype of a GT text, or None when it is not one.

    Genotypes on one allele or more than two are faults, not guesses: the panel's genes lie on autosomes.
    """
    if not _GENOTYPE.match(text):
        return None
    body = text.lstrip("/|")
    alleles = tuple(None if part == "." else int(part) for part in re.split(r"[/|]", body))
    if alleles == (None,):
        return Cell((None, None), None, fault)
    if len(alleles) == 1:
        return Cell(alleles, None, fault or "haploid")
    if len(alleles) > 2:
        return Cell((None, None), None, fault or "not diploid")
    return Cell(alleles, phase_set if "|" in body else None, fault)


class CellReader:
    """Reads the cells of one record by its FORMAT; makes a short key first, so that equal cells are parsed once."""

    __slots__ = ("_depth", "_filter", "_format", "_gt", "_phase_set")

    def __init__(self, format_text: str) -> None:
        names = format_text.split(":")
        self._format = names
        self._gt = _index(names, "GT")
        self._phase_set = _index(names, "PS")
        self._filter = _index(names, "FT")
        depth = _index(names, "MIN_DP")
        self._depth = _index(names, "DP") if depth is None else depth

    @property
    def has_genotype(self) -> bool:
        """Whether FORMAT names GT."""
        return self._gt is not None

    @property
    def key(self) -> Callable[[str], str] | None:
        """A function from cell to key, or None when the cell is its own key."""
        if self._format == ["GT"]:
            return None
        if self._gt == 0 and self._phase_set is None and self._filter is None and self._depth is None:
            return lambda cell: cell.partition(":")[0]
        return self._full_key

    def _full_key(self, cell: str) -> str:
        parts = cell.split(":")
        gt = _part(parts, self._gt)
        phase_set = _part(parts, self._phase_set)
        fault = "filtered" if _part(parts, self._filter) not in _PASSED else ""
        if not fault and _part(parts, self._depth) == "0" and not gt.strip("0/|"):
            fault = "no depth"
        return f"{gt}:{'' if phase_set == '.' else phase_set}:{fault}"

    def cell(self, key: str, n_alleles: int, where: str) -> Cell:
        """Return the genotype behind a key.

        Raises
        ------
        InvalidInput
            When it is no genotype, or names an allele that the record does not have.
        """
        gt, _, rest = key.partition(":")
        phase_set, _, fault = rest.partition(":")
        found = parse_cell(gt, phase_set, fault)
        if found is None or any(n is not None and n >= n_alleles for n in found.alleles):
            raise InvalidInput(
                f"{where}: GT", gt, f"a genotype such as 0/1 or 0|1 with allele numbers below {n_alleles}"
            )
        return found

    def copy_number(self, cell: str, alts: Sequence[str]) -> tuple[int, bool] | None:
        """Return the gene copies that a structural record gives, and whether that is only a lower bound."""
        parts = cell.split(":")
        stated = _part(parts, _index(self._format, "CN"))
        if stated.isdigit():
            return int(stated), False
        found = parse_cell(_part(parts, self._gt), "", "")
        if found is None or len(found.alleles) != 2 or None in found.alleles:
            return None
        total, is_open = 0, False
        for number in found.alleles:
            alt = "" if number in (0, None) or number > len(alts) else alts[number - 1]
            numbered = re.fullmatch(r"<CN(\d+)>", alt)
            if not alt:
                total += 1
            elif numbered:
                total += int(numbered.group(1))
            elif alt.startswith("<DUP"):
                total, is_open = total + 2, True
            elif not alt.startswith("<DEL"):
                return None
        return total, is_open


def _index(names: Sequence[str], name: str) -> int | None:
    return names.index(name) if name in names else None


def _part(parts: Sequence[str], index: int | None) -> str:
    return parts[index] if index is not None and index < len(parts) else ""
