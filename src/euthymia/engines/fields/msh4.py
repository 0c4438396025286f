"""Sections of Gmsh 4.1 files, text and binary: entities with their physical tags, nodes and elements in blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.msh_bytes import ElementCollector, MshBytes

PhysicalTags = dict[tuple[int, int], int]
"""(dimension, entity tag) to the first physical tag."""


class _Numbers:
    """Next numbers of a section, the same for text and binary."""

    def __init__(self, cursor: MshBytes, section: str, binary: bool) -> None:
        self._cursor, self._section, self._binary = cursor, section, binary
        self._words = None if binary else cursor.words(section)
        self._next = 0

    def whole(self, count: int, *, wide: bool = False) -> NDArray[np.int64]:
        """Whole numbers; ``wide`` for those that a binary file stores in 8 bytes."""
        return self._take(count, "<i8" if wide else "<i4").astype(np.int64)

    def real(self, count: int) -> NDArray[np.float64]:
        return self._take(count, "<f8").astype(np.float64)

    def close(self) -> None:
        if self._words is None:
            self._cursor.close(self._section)
        elif self._next != self._words.size:
            raise self._cursor.truncated(self._section)

    def _take(self, count: int, dtype: str) -> NDArray[Any]:
        if self._words is None:
            return self._cursor.binary(self._section, dtype, count)
        if count < 0 or self._next + count > self._words.size:
            raise self._cursor.truncated(self._section)
        self._next += count
        return self._words[self._next - count : self._next]


def read_entities4(cursor: MshBytes, binary: bool) -> PhysicalTags:
    """Physical tags of surfaces and volumes in ``$Entities``."""
    numbers = _Numbers(cursor, "Entities", binary)
    tags: PhysicalTags = {}
    for dimension, count in enumerate(numbers.whole(4, wide=True).tolist()):
        for _ in range(count):
            entity = int(numbers.whole(1)[0])
            numbers.real(3 if dimension == 0 else 6)
            physical = numbers.whole(int(numbers.whole(1, wide=True)[0]))
            if physical.size:
                tags[dimension, entity] = int(physical[0])
            if dimension > 0:
                numbers.whole(int(numbers.whole(1, wide=True)[0]))
    numbers.close()
    return tags


def read_nodes4(cursor: MshBytes, binary: bool) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Ids and positions of ``$Nodes``."""
    numbers = _Numbers(cursor, "Nodes", binary)
    blocks = numbers.whole(4, wide=True)
    ids, positions = [np.empty(0, dtype=np.int64)], [np.empty((0, 3))]
    for _ in range(int(blocks[0])):
        dimension, _entity, parametric = numbers.whole(3).tolist()
        count = int(numbers.whole(1, wide=True)[0])
        ids.append(numbers.whole(count, wide=True))
        width = 3 + (dimension if parametric else 0)
        positions.append(numbers.real(count * width).reshape(count, width)[:, :3])
    numbers.close()
    return np.concatenate(ids), np.concatenate(positions)


def read_elements4(cursor: MshBytes, binary: bool, physical: PhysicalTags, into: ElementCollector) -> None:
    """Elements of ``$Elements``, tagged by the physical tag of their entity (0 where it has none)."""
    numbers = _Numbers(cursor, "Elements", binary)
    blocks = numbers.whole(4, wide=True)
    for _ in range(int(blocks[0])):
        dimension, entity, kind = numbers.whole(3).tolist()
        count = int(numbers.whole(1, wide=True)[0])
        width = 1 + into.width(kind)
        rows = numbers.whole(count * width, wide=True).reshape(count, width)
        into.add(kind, rows[:, 0], np.full(count, physical.get((dimension, entity), 0)), rows[:, 1:])
    numbers.close()
