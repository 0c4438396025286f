"""What a rating scale is made of: items, range, recall period, rater, license; read from the packaged tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table

PACKAGE = "euthymia.case.scales"

Answers = Sequence[int | None] | Mapping[str, Sequence[int | None] | int]
"""One answer an item in the order of the form (None = unanswered), or a mapping from factor to its answers or sum."""


class Rater(StrEnum):
    """Who gives the answers."""

    SELF = "self"
    CLINICIAN = "clinician"


class Entry(StrEnum):
    """How a scale may be entered."""

    ITEMS = "items"  # item by item, or by total
    TOTAL = "total"  # by total only: the text or the item rules are not ours to hold
    FACTORS = "factors"  # answers grouped by factor
    SCREEN = "screen"  # yes/no screen without a total


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleRow(SourcedRow):
    """Row of ``scales.csv``."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    entry: Entry
    minimum: int | None = None
    maximum: int | None = None
    recall: str
    rater: Rater
    higher_is_worse: bool
    licence: str
    loinc_panel: str = ""
    loinc_total: str = ""
    default_band_set: str = ""
    safety_item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow(SourcedRow):
    """Row of ``items.csv``."""

    scale: str
    code: str
    label: str
    minimum: int
    maximum: int
    loinc: str = ""
    domain: str = ""
    scored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow(SourcedRow):
    """Row of ``factors.csv``; ``positions`` are places (from 1) in the stand-alone form, when they are known."""

    scale: str
    factor: str
    label: str
    n_items: int
    item_minimum: int
    item_maximum: int
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One item: a code as printed on the form, a neutral label of our own, and its allowed whole numbers."""

    code: str
    label: str
    minimum: int
    maximum: int
    loinc: str = ""
    domain: str = ""
    scored: bool = True


@dataclass(frozen=True, slots=True)
class ScaleDefinition:
    """Structure of one scale, without any copyrighted wording.

    Parameters
    ----------
    name, title, aliases
        The name used everywhere in Euthymia, a full title, and other names that are understood.
    entry
        Whether it is entered by items, by total only, by factor, or as a yes/no screen.
    items
        Scored items in the order of the form.
    extra_items
        Items of the form that carry no points (the function question of the PHQ-9).
    factors
        ``(factor, number of items)`` pairs of scales scored by factor.
    minimum, maximum
        Range of the total; None for a scale without one.
    recall, rater, higher_is_worse, licence
        Recall period, who rates, direction, and what may be done with the text.
    loinc_panel, loinc_total
        LOINC codes, empty when none was found.
    default_band_set
        Band set used unless another is asked for; empty when the scale has no bands.
    safety_item
        Code of the item on suicide, empty when there is none.
    source
        Where the structure was read.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    entry: Entry
    items: tuple[Item, ...]
    extra_items: tuple[Item, ...]
    factors: tuple[tuple[str, int], ...]
    minimum: int | None
    maximum: int | None
    recall: str
    rater: Rater
    higher_is_worse: bool
    licence: str
    loinc_panel: str
    loinc_total: str
    default_band_set: str
    safety_item: str
    source: Source

    def item(self, code: str) -> Item:
        """Return the item with this code."""
        for item in (*self.items, *self.extra_items):
            if item.code == code:
                return item
        raise InvalidInput("item", code, f"one of {', '.join(i.code for i in self.items)}")


def factor_rows(scale: str) -> tuple[FactorRow, ...]:
    """Return the factor rows of a scale, in the order of the table."""
    return tuple(row for row in load_table(PACKAGE, "factors.csv", FactorRow) if row.scale == scale)


@cache
def define(name: str) -> ScaleDefinition:
    """Build the definition of the scale with exactly this name from the tables."""
    row = next(r for r in load_table(PACKAGE, "scales.csv", ScaleRow, key="name") if r.name == name)
    listed = tuple(
        Item(r.code, r.label, r.minimum, r.maximum, r.loinc, r.domain, r.scored)
        for r in load_table(PACKAGE, "items.csv", ItemRow)
        if r.scale == name
    )
    factors = factor_rows(name)
    scored = tuple(i for i in listed if i.scored) or _items_of_factors(factors)
    return ScaleDefinition(
        name=row.name,
        title=row.title,
        aliases=row.aliases,
        entry=row.entry,
        items=scored,
        extra_items=tuple(i for i in listed if not i.scored),
        factors=tuple((f.factor, f.n_items) for f in factors),
        minimum=row.minimum,
        maximum=row.maximum,
        recall=row.recall,
        rater=row.rater,
        higher_is_worse=row.higher_is_worse,
        licence=row.licence,
        loinc_panel=row.loinc_panel,
        loinc_total=row.loinc_total,
        default_band_set=row.default_band_set,
        safety_item=row.safety_item,
        source=row.cite(),
    )


def _items_of_factors(factors: Sequence[FactorRow]) -> tuple[Item, ...]:
    """Items of a factor scale: in form order when the positions are known, else grouped by factor."""
    items: list[tuple[int, Item]] = []
    for factor in factors:
        for n in range(factor.n_items):
            place = factor.positions[n] if factor.positions else len(items) + 1
            code = str(place) if factor.positions else f"{factor.factor}-{n + 1}"
            item = Item(code, f"{factor.label} item", factor.item_minimum, factor.item_maximum, domain=factor.factor)
            items.append((place, item))
    return tuple(item for _, item in sorted(items, key=lambda pair: pair[0]))
