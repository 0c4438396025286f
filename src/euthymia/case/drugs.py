"""Drugs: names and brands, classes, dose ranges, minimum adequate doses and diazepam equivalents, one row each.

A name is looked up whatever its case, accents, salt, strength or formulation. A name that is not in the table gives
``None``, never an empty set of classes: a rule about a class must then answer "unknown".
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache

from euthymia.case.drug_names import spellings
from euthymia.core.errors import InvalidInput, TableError
from euthymia.core.source import Source, Verification
from euthymia.core.tables import SourcedRow, load_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug(SourcedRow):
    """One drug (or one formulation of it with doses of its own).

    ``source`` and ``verification`` speak of ``classes``; doses, equivalents and half-lives name their own.

    Parameters
    ----------
    name
        Generic name, INN where there is one.
    ingredient
        What counts as "the same drug": ``venlafaxine`` for ``venlafaxine XR``.
    synonyms
        Other generic names, salts and brand names (US, UK, Germany).
    classes
        Snake-case words such as ``ssri``, ``maoi``, ``benzodiazepine``, ``cyp2d6_inhibitor_strong``. A fixed
        combination lists its ingredients here too, so that a rule about bupropion finds Auvelity.
    thase_rush_class
        Antidepressant class used to tell "a different class"; empty when the drug is no antidepressant.
    min_adequate_mg_day
        Least daily dose of an adequate antidepressant trial, with ``min_adequate_basis``.
    min_augmentation_mg_day
        Least daily dose when added to an antidepressant; None where no such rule is known.
    diazepam_equivalent_mg
        Oral dose of this drug that is about 10 mg of oral diazepam.
    half_life_low_h, half_life_high_h
        Elimination half-life of the parent drug, where a source was read.
    """

    name: str
    ingredient: str
    classes: tuple[str, ...]
    synonyms: tuple[str, ...] = ()
    thase_rush_class: str = ""
    usual_low_mg_day: float | None = None
    usual_high_mg_day: float | None = None
    dose_source: str = ""
    dose_verification: Verification | None = None
    min_adequate_mg_day: float | None = None
    min_adequate_basis: str = ""
    min_adequate_verification: Verification | None = None
    min_augmentation_mg_day: float | None = None
    augmentation_basis: str = ""
    diazepam_equivalent_mg: float | None = None
    equivalent_source: str = ""
    equivalent_verification: Verification | None = None
    half_life_low_h: float | None = None
    half_life_high_h: float | None = None
    half_life_source: str = ""

    def __post_init__(self) -> None:
        pairs = (
            (self.usual_low_mg_day, self.dose_source),
            (self.min_adequate_mg_day, self.min_adequate_basis),
            (self.min_augmentation_mg_day, self.augmentation_basis),
            (self.diazepam_equivalent_mg, self.equivalent_source),
            (self.half_life_low_h, self.half_life_source),
        )
        for value, origin in pairs:
            if (value is None) != (not origin):
                raise ValueError(f"{self.name}: a number needs its source and a source its number")
            if value is not None and value <= 0:
                raise ValueError(f"{self.name}: doses and half-lives are positive")

    @property
    def class_set(self) -> frozenset[str]:
        """The classes as a set."""
        return frozenset(self.classes)

    @property
    def is_antidepressant(self) -> bool:
        """Whether it is used as an antidepressant in its own right."""
        return "antidepressant" in self.classes

    @property
    def min_adequate_source(self) -> Source | None:
        """Source of the minimum adequate dose, or None where there is no such dose."""
        return self._source(self.min_adequate_basis, self.min_adequate_verification)

    @property
    def equivalent_cite(self) -> Source | None:
        """Source of the diazepam equivalent, or None."""
        return self._source(self.equivalent_source, self.equivalent_verification)

    def _source(self, text: str, verification: Verification | None) -> Source | None:
        """Build a Source from a column pair."""
        return Source(text, "", verification or Verification.UNVERIFIED, self.as_of) if text else None


def drug(name: str) -> Drug | None:
    """Return the drug called ``name`` (generic, brand, salt or formulation), or None when it is not in the table.

    Examples
    --------
    >>> drug("Lithium carbonate").name, drug("Effexor XR").ingredient
    ('lithium', 'venlafaxine')
    >>> drug("no such thing") is None
    True
    """
    exact, stripped = _index()
    forms = spellings(name)
    for i, form in enumerate(forms):
        found = exact.get(form) or (stripped.get(form) if i else None)
        if found is not None:
            return found
    return stripped.get(forms[0]) if forms else None


def classes(name: str) -> frozenset[str] | None:
    """Return the classes of ``name``; None when the drug is unknown, which is not the same as 'in no class'."""
    found = drug(name)
    return None if found is None else found.class_set


def require_drug(name: str) -> Drug:
    """Return the drug called ``name``, or raise :class:`InvalidInput` with the closest names."""
    found = drug(name)
    if found is not None:
        return found
    known = {alias.casefold(): alias for d in all_drugs() for alias in (d.name, *d.synonyms)}
    close = [known[c] for c in difflib.get_close_matches(str(name).casefold(), known, n=3, cutoff=0.6)]
    hint = f"Did you mean {' or '.join(close)}?" if close else ""
    raise InvalidInput("drug", name, "a generic or brand name in case/data/drugs.csv", hint)


def all_drugs() -> tuple[Drug, ...]:
    """Return every row of the drug table."""
    return load_table("euthymia.case", "drugs.csv", Drug, key="name")


def diazepam_equivalent_mg(name: str, dose_mg: float) -> float | None:
    """Return the oral diazepam dose (mg) that ``dose_mg`` of ``name`` is about equal to; None when not in the table.

    Notes
    -----
    Equivalents differ between authors by a factor of two and more; the row's source says which one is used.
    """
    found = drug(name)
    if found is None or found.diazepam_equivalent_mg is None:
        return None
    reference = require_drug("diazepam").diazepam_equivalent_mg or 0.0
    return dose_mg / found.diazepam_equivalent_mg * reference


@cache
def _index() -> tuple[dict[str, Drug], dict[str, Drug]]:
    """Return (exact spelling → drug) and (spelling without salt and form → drug)."""
    exact: dict[str, Drug] = {}
    stripped: dict[str, Drug | None] = {}
    for row in all_drugs():
        for alias in (row.name, *row.synonyms):
            forms = spellings(alias)
            first = exact.setdefault(forms[0], row)
            if first is not row:
                raise TableError(f"drugs.csv: {alias!r} names both {first.name} and {row.name}")
            for form in forms[1:]:
                earlier = stripped.setdefault(form, row)
                if earlier is not None and earlier.ingredient != row.ingredient:
                    stripped[form] = None  # ambiguous without its salt or form: no guess
    return exact, {form: row for form, row in stripped.items() if row is not None}
