"""Beam F3: where the left DLPFC lies on the scalp, from three tape measures; every formula in circulation is named.

The formulas do not agree (X differs by about 0.9 cm), so a result carries its variant, and the spread is shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

from euthymia.core.errors import InvalidInput, TableError
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.head_sizes import HeadSizes

PACKAGE = "euthymia.engines.fields"
DEFAULT_VARIANT = "website"
_DEGREE = math.pi / 180.0

Equations = Literal["lines", "linear", "printed_manuscript", "printed_journal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BeamVariant(SourcedRow):
    """One formula in circulation: its constants, and whether its result lies on the scalp at all."""

    variant: str
    title: str
    equations: Equations
    f7_deg: float | None = None
    fp1_deg: float | None = None
    divides_by_cosine: bool | None = None
    scale: float | None = None
    x_share: float | None = None  # of the circumference
    y_share: float | None = None  # of the mean of the two arcs
    y_extra_cm: float
    usable: bool
    note: str


@dataclass(frozen=True, slots=True)
class BeamF3:
    """Scalp distances of F3 by one variant.

    Attributes
    ----------
    x_cm
        From FPz along the circumference to the left (to the right for F4).
    y_cm
        From the vertex over the scalp towards that point.
    variant
        The formula that was used.
    """

    x_cm: float
    y_cm: float
    variant: BeamVariant

    def angle_deg(self, circumference_cm: float) -> float:
        """Angle at the vertex between the midline in front and the site, degrees."""
        return 360.0 * self.x_cm / circumference_cm


@dataclass(frozen=True, slots=True)
class BeamSpread:
    """One head by every variant.

    Attributes
    ----------
    head
        The three lengths.
    chosen
        The site by the variant that was asked for.
    usable
        The site by each usable variant, the chosen one among them.
    unusable
        What the variants give that put the site off the head; shown, never offered.
    """

    head: HeadSizes
    chosen: BeamF3
    usable: tuple[BeamF3, ...]
    unusable: tuple[BeamF3, ...]

    @property
    def x_range_cm(self) -> tuple[float, float]:
        """Smallest and largest X of the usable variants."""
        return min(f.x_cm for f in self.usable), max(f.x_cm for f in self.usable)

    @property
    def y_range_cm(self) -> tuple[float, float]:
        """Smallest and largest Y of the usable variants."""
        return min(f.y_cm for f in self.usable), max(f.y_cm for f in self.usable)

    @property
    def farthest_pair(self) -> tuple[BeamF3, BeamF3, float]:
        """The two usable variants that lie farthest apart, and their distance over the scalp in cm."""
        pairs = ((a, b, scalp_distance_cm(a, b, self.head)) for a, b in combinations(self.usable, 2))
        return max(pairs, key=lambda pair: pair[2])


def beam_variants() -> tuple[BeamVariant, ...]:
    """Every variant in circulation, the default first."""
    return load_table(PACKAGE, "beam_variants.csv", BeamVariant, key="variant")


def beam_variant(name: str) -> BeamVariant:
    """Return a usable variant by its name.

    Raises
    ------
    InvalidInput
        For an unknown name, or a variant whose equations put the site off the head.
    """
    rows = {row.variant: row for row in beam_variants()}
    allowed = ", ".join(row.variant for row in rows.values() if row.usable)
    if name not in rows:
        raise InvalidInput("variant", name, allowed)
    if not rows[name].usable:
        raise InvalidInput("variant", name, allowed, f"Not to be used: {rows[name].note}.")
    return rows[name]


def beam_f3(
    tragus_cm: float, nasion_inion_cm: float, circumference_cm: float, variant: str = DEFAULT_VARIANT
) -> BeamF3:
    """Return F3 from the tragus-tragus, nasion-inion and circumference lengths (cm).

    Parameters
    ----------
    tragus_cm, nasion_inion_cm
        Tragus to tragus and nasion to inion, both over the vertex.
    circumference_cm
        Circumference at the level of FPz and Oz.
    variant
        Name of a usable variant; see :func:`beam_variants`.

    Raises
    ------
    InvalidInput
        For lengths that no head has (the message says when they look like mm, m or inches, or swapped), an unknown
        variant, or one whose equations put the site off the head.

    Notes
    -----
    Flattened polar 10-20 map with Cz at the origin, positive x on the treated side: F3 is where the line Fz-F7 meets
    the line C3-Fp1. Mirror X for F4.

    References
    ----------
    Beam, Borckardt, Reeves, George 2009, Brain Stimul 2:50, doi 10.1016/j.brs.2008.09.006. Variants: public research
    code by Z. Li, Maastricht 2023.

    Examples
    --------
    >>> f3 = beam_f3(36, 36, 57)
    >>> round(f3.x_cm, 3), round(f3.y_cm, 3), f3.variant.variant
    (6.585, 9.5, 'website')
    """
    head = HeadSizes(tragus_cm, nasion_inion_cm, circumference_cm)
    return _site(head, beam_variant(variant))


def beam_spread(
    tragus_cm: float, nasion_inion_cm: float, circumference_cm: float, variant: str = DEFAULT_VARIANT
) -> BeamSpread:
    """Return F3 by the chosen variant beside every other one; raises as :func:`beam_f3`.

    Examples
    --------
    >>> spread = beam_spread(36, 36, 57)
    >>> round(spread.farthest_pair[2], 1)
    1.4
    """
    head, chosen = HeadSizes(tragus_cm, nasion_inion_cm, circumference_cm), beam_variant(variant)
    sites = tuple(_site(head, row) for row in beam_variants())
    return BeamSpread(
        head=head,
        chosen=next(site for site in sites if site.variant is chosen),
        usable=tuple(site for site in sites if site.variant.usable),
        unusable=tuple(site for site in sites if not site.variant.usable),
    )


def reading_error_cm(spread: BeamSpread, error_cm: float) -> float:
    """How far the chosen site moves at most (cm over the scalp) when each length may be misread by ``error_cm``.

    Raises
    ------
    InvalidInput
        For an error that is not between 0 and 3 cm.
    """
    if not 0 <= error_cm <= 3:
        raise InvalidInput("error_cm", error_cm, "0 to 3 cm")
    head, row = spread.head, spread.chosen.variant
    moved = 0.0
    for a, b, c in product((-error_cm, error_cm), repeat=3):
        read = _distances(head.tragus_cm + a, head.nasion_inion_cm + b, head.circumference_cm + c, row)
        # X is laid off on the real circumference, whatever was read
        moved = max(moved, scalp_distance_cm(spread.chosen, BeamF3(*read, row), head))
    return moved


def scalp_distance_cm(one: BeamF3, other: BeamF3, head: HeadSizes) -> float:
    """Distance of two sites over the scalp (cm), on a sphere with the head's circumference."""
    radius = head.circumference_cm / (2 * math.pi)
    turn = (one.x_cm - other.x_cm) / radius
    up, across = one.y_cm / radius, other.y_cm / radius
    # haversine: exact for small distances too
    half = math.sin((up - across) / 2) ** 2 + math.sin(up) * math.sin(across) * math.sin(turn / 2) ** 2
    return 2 * radius * math.asin(min(1.0, math.sqrt(half)))


def _site(head: HeadSizes, row: BeamVariant) -> BeamF3:
    return BeamF3(*_distances(head.tragus_cm, head.nasion_inion_cm, head.circumference_cm, row), row)


def _distances(tragus: float, nasion_inion: float, around: float, row: BeamVariant) -> tuple[float, float]:
    """X and Y by one variant, cm."""
    if row.equations == "linear":
        if row.x_share is None or row.y_share is None:
            raise TableError(f"beam_variants.csv: {row.variant} needs x_share and y_share")
        return row.x_share * around, row.y_share * (tragus + nasion_inion) / 2 + row.y_extra_cm
    r1, r2 = 0.4 * nasion_inion, 0.4 * tragus
    if row.f7_deg is None or row.fp1_deg is None or row.scale is None:
        raise TableError(f"beam_variants.csv: {row.variant} needs f7_deg, fp1_deg and scale")
    sin_f7, cos_f7 = math.sin(row.f7_deg * _DEGREE), math.cos(row.f7_deg * _DEGREE)
    sin_fp1, cos_fp1 = math.sin(row.fp1_deg * _DEGREE), math.cos(row.fp1_deg * _DEGREE)
    if row.equations == "lines":
        a = (r2 * sin_f7 + r1 / 2) / (r2 * (cos_f7 if row.divides_by_cosine else 1.0))
        b = r1 * sin_fp1 / (r1 * cos_fp1 - r2 / 2)
        x = (r1 - r2 * b) / (2 * (a - b))
        y = a * x - r1 / 2
        radius, angle = math.hypot(x, y), math.atan2(y, x)
    else:
        a, b = (r2 * sin_f7 + r1) / (r2 * cos_f7), r1 * sin_fp1 / (r1 * cos_fp1 - r2)
        x = (r1 + r2 * b) / (2 * (b - a))
        y = (2 * a * x + r1) / 2
        if row.equations == "printed_manuscript":
            radius, angle = math.sqrt(2 * x * x + 2 * y * y), math.atan2(y, x)
        else:
            radius, angle = math.sqrt((r1 + r2 * b * b) / (2 * (b - a)) + y * y), math.atan2(y + r1 / 2, x)
    x_cm = around / 4 * (90 + angle / _DEGREE) / 90
    return x_cm, row.scale * radius + row.y_extra_cm
