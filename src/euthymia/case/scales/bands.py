"""Severity bands: competing sets are kept apart, each with its name and source, and never mixed."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.scales.definition import PACKAGE, ScaleDefinition, define
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRow(SourcedRow):
    """Row of ``bands.csv``; ``rank`` orders the bands of a set from the lightest."""

    scale: str
    band_set: str
    rank: int
    low: int
    high: int
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """One band: totals from ``low`` to ``high``, both included."""

    label: str
    low: int
    high: int
    source: Source


@dataclass(frozen=True, slots=True)
class BandSet:
    """All bands of one author for one scale, from the lightest to the gravest."""

    scale: str
    name: str
    is_default: bool
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class BandFound:
    """The band of a total, with what has to be said about it."""

    label: str | None
    band_set: str | None
    source: Source | None
    flags: tuple[str, ...] = ()


def band_sets(scale: str) -> tuple[BandSet, ...]:
    """Return every band set of the scale with exactly this name, the default first."""
    definition = define(scale)
    grouped: dict[str, list[BandRow]] = {}
    for row in load_table(PACKAGE, "bands.csv", BandRow):
        if row.scale == scale:
            grouped.setdefault(row.band_set, []).append(row)
    sets = [
        BandSet(
            scale,
            name,
            name == definition.default_band_set,
            tuple(Band(r.label, r.low, r.high, r.cite()) for r in sorted(rows, key=lambda r: r.rank)),
        )
        for name, rows in grouped.items()
    ]
    return tuple(sorted(sets, key=lambda s: (not s.is_default, s.name)))


def choose_band_set(definition: ScaleDefinition, band_set: str | None) -> BandSet | None:
    """Return the set asked for, the default when none is asked for, None when the scale has no bands."""
    sets = band_sets(definition.name)
    names = ", ".join(s.name for s in sets) or f"None: {definition.name} has no bands"
    wanted = definition.default_band_set if band_set is None else band_set
    if band_set is None and not sets:
        return None
    for candidate in sets:
        if candidate.name.casefold() == wanted.casefold():
            return candidate
    raise InvalidInput("band_set", band_set, names)


def find_band(definition: ScaleDefinition, total: float | None, band_set: str | None) -> BandFound:
    """Return the band of ``total`` in one set.

    A total that two bands of a published set claim goes to the graver one, with a flag; a total that no band of the
    set covers has no band, with a flag.
    """
    chosen = choose_band_set(definition, band_set)
    if chosen is None:
        return BandFound(None, None, None)
    if total is None:
        return BandFound(None, chosen.name, None)
    holding = [band for band in chosen.bands if band.low <= total <= band.high]
    if not holding:
        return BandFound(None, chosen.name, None, (f"the bands of {chosen.name} do not cover {total:g}",))
    gravest = holding[-1]
    flags: tuple[str, ...] = ()
    if len(holding) > 1:
        claimed = " and ".join(f"'{band.label}'" for band in holding)
        flags = (f"{chosen.name} prints {total:g} under both {claimed}; the graver is shown",)
    return BandFound(gravest.label, chosen.name, gravest.source, flags)
