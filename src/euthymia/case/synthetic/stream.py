"""Streams of random numbers: one for each part of each case, so that no part disturbs another."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from typing import TypeVar

from euthymia.case.synthetic.tables import ANY, marginal, shares

T = TypeVar("T")
VERSION = 1
"""Raise it when cases of the same seed change, so that nobody takes one generation for another."""


class Stream:
    """Random numbers of one part of one case, seeded by the text ``euthymia synthetic <version>/<seed>/<part>``.

    Python seeds a generator from text through SHA-512, the same on every machine; nothing else is drawn from.
    """

    def __init__(self, seed: int, part: str, profile: str = ANY) -> None:
        self._label = f"euthymia synthetic {VERSION}/{seed}/{part}"
        self._random = random.Random(self._label)
        self._profile = profile

    @property
    def profile(self) -> str:
        """The population whose marginals are read."""
        return self._profile

    def unit(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        return self._random.random()

    def keyed(self, key: str) -> float:
        """Return a number from 0 up to 1 that belongs to ``key`` alone, whatever else is drawn and in which order."""
        digest = hashlib.sha256(f"{self._label}/{key}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    def chance(self, pct: float) -> bool:
        """Return True in ``pct`` percent."""
        return self._random.random() * 100.0 < pct

    def happens(self, name: str) -> bool:
        """Return True as often as the marginal ``name`` says."""
        return self.chance(marginal(name, self._profile).value)

    def value(self, name: str) -> float:
        """Return the marginal ``name`` for this profile."""
        return marginal(name, self._profile).value

    def word(self, prefix: str) -> str:
        """Return one of the words under ``prefix`` by their shares."""
        return self.weighted(shares(prefix, self._profile))

    def weighted(self, pairs: Iterable[tuple[T, float]]) -> T:
        """Return one of the items, as often as its weight says."""
        items = list(pairs)
        at = self._random.random() * sum(weight for _, weight in items)
        for item, weight in items:
            at -= weight
            if at < 0:
                return item
        return items[-1][0]

    def one(self, items: Sequence[T]) -> T:
        """Return one of the items, all as likely."""
        return items[int(self._random.random() * len(items))]

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        """Return a number between ``low`` and ``high``."""
        return low + (high - low) * self._random.random()

    def normal(self, mean: float, sd: float) -> float:
        """Return a normal number."""
        return self._random.gauss(mean, sd)

    def within(self, mean: float, sd: float, low: float, high: float) -> float:
        """Return a normal number drawn again until it lies in ``[low, high]``; uniform when that is hopeless."""
        for _ in range(50):
            drawn = self._random.gauss(mean, sd)
            if low <= drawn <= high:
                return drawn
        return self.between(low, high)

    def lognormal(self, median: float, log_sd: float) -> float:
        """Return a log-normal number."""
        return median * float(2.718281828459045 ** self._random.gauss(0.0, log_sd))
