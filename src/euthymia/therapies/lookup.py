"""Finding the one row of a table by a name, or saying which names there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from euthymia.core.errors import InvalidInput

Row = TypeVar("Row")


def row_named(rows: Sequence[Row], field: str, wanted: str, *, argument: str = "") -> Row:
    """Return the first row whose ``field`` is ``wanted``.

    Raises
    ------
    InvalidInput
        When there is none; it names ``argument`` (the field itself when not given) and lists what the table holds.
    """
    found = next((row for row in rows if getattr(row, field) == wanted), None)
    if found is None:
        raise InvalidInput(argument or field, wanted, " | ".join(str(getattr(row, field)) for row in rows))
    return found
