"""Reading a TOML table key by key, so that an error names the file, the key and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from euthymia.core.errors import TableError
from euthymia.core.source import Source, Verification


class Keys:
    """A TOML table being read; :meth:`done` refuses every key that nobody asked for.

    Parameters
    ----------
    record
        The table.
    where
        File and place in it, for errors.
    """

    def __init__(self, record: object, where: str) -> None:
        if not isinstance(record, Mapping):
            raise TableError(f"{where}: expected a table, found {record!r}")
        self._record: dict[str, Any] = dict(record)
        self._asked: set[str] = set()
        self.where = where

    def __contains__(self, key: str) -> bool:
        return key in self._record

    def _get(self, key: str, required: bool) -> Any:
        self._asked.add(key)
        if required and key not in self._record:
            raise TableError(f"{self.where}: key `{key}` is missing")
        return self._record.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; required without ``default``."""
        value = self._get(key, default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str):
            raise TableError(f"{self.where}: key `{key}` is {value!r}; allowed: a text")
        return value

    def word(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return one of ``allowed``."""
        value = self.text(key, default)
        if value not in allowed:
            raise TableError(f"{self.where}: key `{key}` is {value!r}; allowed: {', '.join(allowed)}")
        return value

    def number(self, key: str, *, low: float = float("-inf"), high: float = float("inf")) -> float:
        """Return a finite number within [low, high]."""
        value = self._get(key, True)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
            or abs(value) > 1e300
        ):
            raise TableError(f"{self.where}: key `{key}` is {value!r}; allowed: a number from {low:g} to {high:g}")
        return float(value)

    def optional_number(self, key: str, *, low: float = float("-inf"), high: float = float("inf")) -> float | None:
        """Return a number, or None when the key is absent."""
        return self.number(key, low=low, high=high) if key in self._record else self._get(key, False)

    def pair(self, key: str) -> tuple[float, float] | None:
        """Return an ascending pair of numbers, or None when the key is absent."""
        value = self._get(key, False)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != 2 or not all(isinstance(v, int | float) for v in value):
            raise TableError(f"{self.where}: key `{key}` is {value!r}; allowed: [low, high]")
        if not value[0] <= value[1]:
            raise TableError(f"{self.where}: key `{key}` is {value!r}; allowed: low not above high")
        return float(value[0]), float(value[1])

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of numbers."""
        value = self._get(key, True)
        if not isinstance(value, list) or not all(isinstance(v, int | float) for v in value):
            raise TableError(f"{self.where}: key `{key}` is {value!r}; allowed: a list of numbers")
        return tuple(float(v) for v in value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty when absent."""
        value = self._get(key, False)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise TableError(f"{self.where}: key `{key}` is {value!r}; allowed: a list of texts")
        return tuple(value)

    def scalar(self, key: str) -> float | str | None:
        """Return a number or text, or None when absent."""
        value = self._get(key, False)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise TableError(f"{self.where}: key `{key}` is {value!r}; allowed: a number or a text")

    def tables(self, key: str) -> dict[str, Keys]:
        """Return the sub-tables ``[key.<name>]``, empty when absent."""
        value = self._get(key, False)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise TableError(f"{self.where}: `{key}` must be tables [{key}.NAME]")
        return {name: Keys(record, f"{self.where}: {key}.{name}") for name, record in value.items()}

    def rows(self, key: str) -> list[Keys]:
        """Return the rows ``[[key]]`` or a list of inline tables, empty when absent."""
        value = self._get(key, False)
        if value is None:
            return []
        if not isinstance(value, list):
            raise TableError(f"{self.where}: `{key}` must be rows [[{key}]]")
        return [Keys(record, f"{self.where}: {key} {i}") for i, record in enumerate(value, start=1)]

    def plain(self, key: str) -> dict[str, Any]:
        """Return a table of plain values, empty when absent."""
        value = self._get(key, False)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise TableError(f"{self.where}: `{key}` must be a table")
        return dict(value)

    def source(self, default: Source | None = None) -> Source:
        """Return the row's source; absent parts come from ``default`` (the file's own source)."""
        required = default is None
        text = self.text("source", None if required else default.text)  # type: ignore[union-attr]
        state = self.text("verification", None if required else default.verification.value)  # type: ignore[union-attr]
        as_of = self._get("as_of", required)
        if as_of is None and default is not None:
            as_of = default.as_of
        if not isinstance(as_of, date):
            raise TableError(f"{self.where}: key `as_of` is {as_of!r}; allowed: a date such as 2026-11-23")
        if state not in list(Verification):
            allowed = ", ".join(v.value for v in Verification)
            raise TableError(f"{self.where}: key `verification` is {state!r}; allowed: {allowed}")
        own_text = default is None or text != default.text
        doi = self.text("doi", "" if own_text else default.doi)  # type: ignore[union-attr]
        if not text.strip():
            raise TableError(f"{self.where}: key `source` is empty; every number needs its source")
        return Source(text, doi, Verification(state), as_of)

    def done(self) -> None:
        """Refuse keys that were never asked for."""
        unknown = sorted(set(self._record) - self._asked)
        if unknown:
            raise TableError(
                f"{self.where}: unknown key {', '.join(unknown)}; allowed: {', '.join(sorted(self._asked))}"
            )
