"""One VCF record: its fields, its alleles as normalized variants, and what it says about the sites it touches.

Left-aligning needs reference bases; the record's own REF and the panel's known bases supply them. Where they end, the
variant stays as far left as they allow, which is enough for a record that reaches back to a listed anchor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.positions import OTHER, Panel, Site

_BASES = re.compile(r"[ACGTNacgtn]+\Z")
_REFERENCE_ONLY = frozenset({".", "<*>", "<NON_REF>", "<X>"})


@dataclass(frozen=True, slots=True)
class Atom:
    """A normalized variant: one substitution, or one insertion or deletion behind its anchor base."""

    pos: int
    ref: str
    alt: str

    @property
    def changed(self) -> range:
        """Reference positions that it replaces or removes (empty for an insertion)."""
        anchored = len(self.ref) != len(self.alt) and self.ref[:1] == self.alt[:1]
        return range(self.pos + anchored, self.pos + len(self.ref))


@dataclass(frozen=True, slots=True)
class Touch:
    """What a record says about one site: the state of each of its alleles."""

    site: Site
    states: tuple[int | None, ...]
    spanned: frozenset[int]
    is_primary: bool

    @property
    def alts(self) -> frozenset[int]:
        """The listed alternative states that the record names."""
        return frozenset(s for s in self.states if s is not None and s != 0)


@dataclass(frozen=True, slots=True)
class Record:
    """The fixed fields of a record that matters."""

    line: int
    chrom: str
    pos: int
    rsid: str
    ref: str
    alts: tuple[str, ...]
    is_passed: bool
    filter: str
    last: int

    @property
    def is_block(self) -> bool:
        """Whether it states the reference over its span and names no variant."""
        return all(alt in _REFERENCE_ONLY for alt in self.alts)

    def covers(self, pos: int) -> bool:
        """Whether its reference allele is a statement about a base that it spans.

        A block states the reference over its span, and so does a record that names all other alleles. Any other one
        denies the variants that it names, and says nothing of what else may lie under its REF.
        """
        if self.alts == (".",):
            return pos == self.pos or len(self.ref) == 1 or self.last != self.pos + len(self.ref) - 1
        return any(alt in _REFERENCE_ONLY for alt in self.alts)

    @property
    def is_symbolic(self) -> bool:
        """Whether it describes a structural variant."""
        return any(alt.startswith("<") and alt not in _REFERENCE_ONLY for alt in self.alts)


def parse_record(fields: list[str], chrom: str, pos: int, line: int, name: str) -> Record:
    """Make a record of the first eight fields.

    Raises
    ------
    InvalidInput
        For REF or ALT that are no alleles, or an END before POS; with the line number.
    """
    where = f"{name}: line {line}"
    ref, alts = fields[3], tuple(fields[4].split(","))
    if not _BASES.match(ref):
        raise InvalidInput(f"{where}: REF", ref, "bases A, C, G, T or N")
    for alt in alts:
        if not (alt in (".", "*") or alt.startswith("<") or _BASES.match(alt) or "[" in alt or "]" in alt):
            raise InvalidInput(f"{where}: ALT", alt, "bases, ., * or a symbolic allele such as <NON_REF>")
    last = pos + len(ref) - 1
    if fields[7] != ".":
        match = re.search(r"(?:\A|;)END=(\d+)", fields[7])
        if match:
            last = int(match.group(1))
            if last < pos:
                raise InvalidInput(f"{where}: INFO END", last, f"a position from {pos} on")
    alts = tuple(alt if alt.startswith("<") else alt.upper() for alt in alts)
    passed = fields[6] in ("PASS", ".")
    return Record(line, chrom, pos, fields[2], ref.upper(), alts, passed, fields[6], last)


def check_reference(record: Record, panel: Panel, name: str) -> bool:
    """Refuse a record whose REF contradicts a known reference base; tell whether any base was compared.

    Raises
    ------
    InvalidInput
        With the line, the position and both bases.
    """
    compared = False
    for i, base in enumerate(record.ref):
        known = panel.bases.get((record.chrom, record.pos + i))
        if known is None or base == "N":
            continue
        if known != base:
            raise InvalidInput(
                f"{name}: line {record.line}: REF",
                f"{base} at {record.chrom}:{record.pos + i}",
                f"{known}, the base of {panel.build} there",
                "The file is on another build or strand, or was edited.",
            )
        compared = True
    return compared


def touches(record: Record, panel: Panel) -> list[Touch]:
    """Return what a record says about each site that it spans or whose variant it carries."""
    site = panel.at.get((record.chrom, record.pos))
    is_plain = record.last == record.pos and all(len(alt) == 1 for alt in record.alts)
    if site is not None and is_plain and record.ref == site.ref and site.is_snv:
        alts = () if record.alts == (".",) else record.alts
        spanned = frozenset(i for i, alt in enumerate(alts, start=1) if alt == "*")
        states = tuple(None if alt == "*" else site.base_state(alt) for alt in alts)
        return [Touch(site, (site.ref_state, *states), spanned, True)]
    if record.is_symbolic:
        return []
    named = [() if alt in (*_REFERENCE_ONLY, "*") else atoms(record, alt, panel) for alt in record.alts]
    sites = {s.index: s for s in panel.spanned(record.chrom, record.pos, record.last)}
    for atom in (a for allele in named for a in allele):
        target = panel.at.get((record.chrom, atom.pos))
        if target is not None and target.atom_state(atom.ref, atom.alt) is not None:
            sites[target.index] = target
    made = (_touch(record, sites[i], named, panel) for i in sorted(sites))
    return [touch for touch in made if touch.spanned or any(state is not None for state in touch.states)]


def atoms(record: Record, alt: str, panel: Panel) -> tuple[Atom, ...]:
    """Normalize one alternative allele: trim, left-align, and part a substitution of several bases."""
    if "[" in alt or "]" in alt:
        return (Atom(record.pos, record.ref, alt),)
    pos, ref = record.pos, record.ref
    while ref[-1] == alt[-1]:
        if len(ref) > 1 and len(alt) > 1:
            ref, alt = ref[:-1], alt[:-1]
            continue
        if len(ref) == len(alt):
            return ()
        before = _base(record, pos - 1, panel)
        if before is None:
            break
        pos, ref, alt = pos - 1, before + ref[:-1], before + alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    if len(ref) == len(alt):
        return tuple(Atom(pos + i, r, a) for i, (r, a) in enumerate(zip(ref, alt, strict=True)) if r != a)
    return (Atom(pos, ref, alt),)


def _base(record: Record, pos: int, panel: Panel) -> str | None:
    if 0 <= pos - record.pos < len(record.ref):
        return record.ref[pos - record.pos]
    return panel.bases.get((record.chrom, pos))


def _touch(record: Record, site: Site, named: list[tuple[Atom, ...]], panel: Panel) -> Touch:
    same = site.ref_state if record.covers(site.pos) or _names(named, site) else None
    states: list[int | None] = [same]
    spanned = set()
    is_primary = False
    for number, (alt, allele) in enumerate(zip(record.alts, named, strict=True), start=1):
        if alt == "*":
            states.append(None)
            spanned.add(number)
            continue
        if alt in _REFERENCE_ONLY:
            states.append(OTHER)
            continue
        state: int | None = same
        for atom in allele:
            listed = site.atom_state(atom.ref, atom.alt) if atom.pos == site.pos else None
            if listed is not None:
                state, is_primary = listed, True
            elif _is_changed(site, atom):
                state = OTHER
                owner = panel.at.get((record.chrom, atom.pos))
                if owner is not None and owner is not site and owner.atom_state(atom.ref, atom.alt) is not None:
                    state = None
                    spanned.add(number)
        states.append(state)
    if record.is_block:
        states = [same, *([OTHER] * len(record.alts))] if record.alts != (".",) else [same]
    # An unrelated variant that merely starts here says less than a record about the site itself.
    speaks = record.is_block or any(s is not None and s != site.ref_state for s in states)
    return Touch(site, tuple(states), frozenset(spanned), is_primary or (record.pos == site.pos and speaks))


def _names(named: list[tuple[Atom, ...]], site: Site) -> bool:
    """Whether one of the alleles carries a listed variant of the site."""
    return any(a.pos == site.pos and site.atom_state(a.ref, a.alt) is not None for allele in named for a in allele)


def _is_changed(site: Site, atom: Atom) -> bool:
    """Whether a variant that is not listed for the site alters what the site asks about."""
    if site.is_snv:
        return site.pos in atom.changed
    return atom.pos == site.pos and len(atom.ref) != len(atom.alt)
