"""Cursor over the bytes of a Gmsh file: lines, numbers in text, numbers in binary, and the end of each section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from euthymia.core.errors import InvalidInput

WHOLE_FILE = "a complete Gmsh file"
COPY_AGAIN = "The file is cut short: copy or export it again."


class MshBytes:
    """Reads a Gmsh file from front to back; anything missing is refused by the name of the section."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data, self.name, self.position = data, name, 0

    def line(self, section: str) -> str:
        """Next line, without its end."""
        end = self.data.find(b"\n", self.position)
        if end < 0:
            if self.position >= len(self.data):
                raise self.truncated(section)
            end = len(self.data)
        text = self.data[self.position : end]
        self.position = end + 1
        return text.decode("latin-1").strip()

    def next_section(self) -> str | None:
        """Name of the next section, or None at the end of the file."""
        while self.position < len(self.data):
            end = self.data.find(b"\n", self.position)
            end = len(self.data) if end < 0 else end
            text = self.data[self.position : end].decode("latin-1").strip()
            self.position = min(end + 1, len(self.data))
            if text.startswith("$"):
                return text[1:]
            if text:
                raise InvalidInput(
                    self.name, f"{text[:40]!r} between sections", "a Gmsh file of version 2.2 or 4.1",
                    "A binary file copied as text is spoiled like this: copy it in binary mode.",
                )  # fmt: skip
        return None

    def skip(self, section: str) -> None:
        """Go past the end of a section that is not needed."""
        self.position = self._end_of(section) + len(section) + 4

    def close(self, section: str) -> None:
        """Go past the end mark of a section that was read."""
        mark = self.line(section) or self.line(section)
        if mark != f"$End{section}":
            raise self.truncated(section)

    def words(self, section: str) -> NDArray[np.float64]:
        """All numbers up to the end of a text section, float64; the end mark is passed."""
        end = self._end_of(section)
        try:
            values = np.array(self.data[self.position : end].split(), dtype=np.float64)
        except ValueError as error:
            raise InvalidInput(self.name, f"not a number in ${section} ({error})", "numbers", COPY_AGAIN) from None
        self.position = end + len(section) + 4
        return values

    def binary(self, section: str, dtype: DTypeLike, count: int) -> NDArray[Any]:
        """The next ``count`` values of a binary section."""
        size = np.dtype(dtype).itemsize * count
        if count < 0 or self.position + size > len(self.data):
            raise self.truncated(section)
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.position)
        self.position += size
        return values

    def truncated(self, section: str) -> InvalidInput:
        """The error for a section that stops too early."""
        return InvalidInput(self.name, f"cut short or damaged in ${section}", WHOLE_FILE, COPY_AGAIN)

    def _end_of(self, section: str) -> int:
        end = self.data.find(f"$End{section}".encode(), self.position)
        if end < 0:
            raise self.truncated(section)
        return end

    def counts(self, section: str, how_many: int) -> list[int]:
        """Whole numbers of the next line."""
        text = self.line(section).split()
        if len(text) != how_many or not all(word.lstrip("-").isdigit() for word in text):
            raise self.truncated(section)
        return [int(word) for word in text]


@dataclass(frozen=True, slots=True, eq=False)
class RawMsh:
    """What the sections of a file say, before any meaning: ids are those of the file, tags are physical tags.

    ``nodes (n, 3)`` in the file's unit; ``triangles``, ``tets``: node ids; ``*_ids``: element ids; ``*_tags``: 0 where
    the file has none. ``node_data``, ``element_data``: (name, ids, values (k, components)).
    """

    node_ids: NDArray[np.int64]
    nodes: NDArray[np.float64]
    triangle_ids: NDArray[np.int64]
    triangles: NDArray[np.int64]
    triangle_tags: NDArray[np.int64]
    tet_ids: NDArray[np.int64]
    tets: NDArray[np.int64]
    tet_tags: NDArray[np.int64]
    node_data: tuple[tuple[str, NDArray[np.int64], NDArray[np.float64]], ...]
    element_data: tuple[tuple[str, NDArray[np.int64], NDArray[np.float64]], ...]


def as_indices(values: NDArray[Any], cursor: MshBytes, section: str) -> NDArray[np.int64]:
    """Numbers of a text section that have to be whole."""
    whole = np.asarray(values).astype(np.int64)
    if not np.array_equal(whole, values):
        raise InvalidInput(cursor.name, f"not whole numbers in ${section}", "node and element numbers", COPY_AGAIN)
    return whole


NODES_OF_TYPE = {1: 2, 2: 3, 3: 4, 4: 4, 5: 8, 6: 6, 7: 5, 8: 3, 9: 6, 10: 9, 11: 10, 15: 1}
"""Nodes of the Gmsh element types that may occur."""
TRIANGLE, TETRAHEDRON = 2, 4
IGNORED_TYPES = (1, 15)
"""Lines and points carry no tissue."""


class ElementCollector:
    """Gathers the triangles and tetrahedra of a file; refuses kinds that this program cannot use."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: dict[int, list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]] = {2: [], 4: []}

    def width(self, kind: int) -> int:
        """Number of nodes of an element type."""
        if kind in (TRIANGLE, TETRAHEDRON, *IGNORED_TYPES):
            return NODES_OF_TYPE[kind]
        raise InvalidInput(
            self._name, f"made with Gmsh elements of type {kind}", "triangles (2) and tetrahedra (4) of first order",
            "Export with element order 1, tetrahedra only.",
        )  # fmt: skip

    def add(self, kind: int, ids: NDArray[Any], tags: NDArray[Any], corners: NDArray[Any]) -> None:
        """Add elements of one type."""
        if kind in self._found:
            self._found[kind].append((ids.astype(np.int64), tags.astype(np.int64), corners.astype(np.int64)))

    def of(self, kind: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Ids, tags and corners of all elements of a type."""
        none = np.empty(0, dtype=np.int64)
        parts = self._found[kind] or [(none, none, none.reshape(0, NODES_OF_TYPE[kind]))]
        ids, tags, corners = (np.concatenate([part[i] for part in parts]) for i in range(3))
        return ids, tags, corners
