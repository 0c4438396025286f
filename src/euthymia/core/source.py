"""Where a fact comes from, and how far that source was checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Verification(StrEnum):
    """How far a fact was compared with its source."""

    READ = "read"  # the figure or rule was read in the named source
    PARTIAL = "partial"  # part was read there; the rest is second-hand
    UNVERIFIED = "unverified"  # from memory or from a page that could not be opened

    @property
    def weight_rank(self) -> int:
        """Order from best (0) to worst (2), for sorting and for taking the weakest of several."""
        return [Verification.READ, Verification.PARTIAL, Verification.UNVERIFIED].index(self)


@dataclass(frozen=True, slots=True)
class Source:
    """A citation with the state of its check.

    Parameters
    ----------
    text
        Author, year, journal or page, as a person would cite it, with table or section where known.
    doi
        DOI without resolver (``10.x/y``), or an empty string.
    verification
        How far the fact was compared with the source.
    as_of
        Date of that comparison.
    """

    text: str
    doi: str = ""
    verification: Verification = Verification.UNVERIFIED
    as_of: date | None = None

    @property
    def url(self) -> str:
        """Resolver address of the first DOI, or an empty string."""
        match = re.search(r"10\.\d{4,9}/[^\s;,]+", self.doi or self.text)
        return f"https://doi.org/{match.group(0).rstrip('.)')}" if match else ""

    @property
    def is_verified(self) -> bool:
        """Whether a claim of benefit or an 'allowed' may rest on it."""
        return self.verification is Verification.READ

    def __str__(self) -> str:
        mark = "" if self.is_verified else f" [{self.verification.value}]"
        return f"{self.text}{mark}"


def weakest(sources: tuple[Source, ...]) -> Verification:
    """Return the weakest verification state among ``sources`` (``unverified`` when there are none)."""
    return max((s.verification for s in sources), key=lambda v: v.weight_rank, default=Verification.UNVERIFIED)
