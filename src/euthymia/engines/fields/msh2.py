"""Sections of Gmsh 2.2 files, text and binary; and the data sections, which 4.1 shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.msh_bytes import ElementCollector, MshBytes, as_indices

IdsAndRows = tuple[NDArray[np.int64], NDArray[np.float64]]


def read_nodes2(cursor: MshBytes, binary: bool) -> IdsAndRows:
    """Ids and positions of ``$Nodes``."""
    (count,) = cursor.counts("Nodes", 1)
    if binary:
        rows = cursor.binary("Nodes", np.dtype([("id", "<i4"), ("x", "<f8", 3)]), count)
        cursor.close("Nodes")
        return rows["id"].astype(np.int64), np.array(rows["x"], dtype=np.float64)
    values = cursor.words("Nodes")
    if values.size != 4 * count:
        raise cursor.truncated("Nodes")
    table = values.reshape(-1, 4)
    return as_indices(table[:, 0], cursor, "Nodes"), table[:, 1:].copy()


def read_elements2(cursor: MshBytes, binary: bool, into: ElementCollector) -> None:
    """Elements of ``$Elements``; the first tag of an element is its physical tag."""
    (count,) = cursor.counts("Elements", 1)
    if binary:
        _binary_elements(cursor, count, into)
        cursor.close("Elements")
        return
    words = as_indices(cursor.words("Elements"), cursor, "Elements")
    position, done = 0, 0
    while done < count:
        position, number = _text_run(words, position, count - done, cursor, into)
        done += number
    if position != words.size:
        raise cursor.truncated("Elements")


def _text_run(
    words: NDArray[np.int64], position: int, most: int, cursor: MshBytes, into: ElementCollector
) -> tuple[int, int]:
    """Read as many rows ``id type ntags tags… nodes…`` of one shape as follow each other."""
    if position + 3 > words.size:
        raise cursor.truncated("Elements")
    kind, n_tags = int(words[position + 1]), int(words[position + 2])
    width = 3 + n_tags + into.width(kind)
    rows = min(most, (words.size - position) // width)
    if rows == 0 or n_tags < 0:
        raise cursor.truncated("Elements")
    table = words[position : position + rows * width].reshape(rows, width)
    other = np.flatnonzero((table[:, 1] != kind) | (table[:, 2] != n_tags))
    rows = int(other[0]) if other.size else rows
    _add(table[:rows], kind, n_tags, 3, into)
    return position + rows * width, rows


def _add(table: NDArray[np.int64], kind: int, n_tags: int, first_tag: int, into: ElementCollector) -> None:
    tags = table[:, first_tag] if n_tags else np.zeros(table.shape[0], dtype=np.int64)
    into.add(kind, table[:, 0], tags, table[:, first_tag + n_tags :])


def _binary_elements(cursor: MshBytes, count: int, into: ElementCollector) -> None:
    done = 0
    while done < count:
        kind, number, n_tags = (int(v) for v in cursor.binary("Elements", "<i4", 3))
        if number < 1 or number > count - done or n_tags < 0:
            raise cursor.truncated("Elements")
        width = 1 + n_tags + into.width(kind)
        if number > 1:
            rows = cursor.binary("Elements", "<i4", number * width).reshape(number, width)
            _add(rows, kind, n_tags, 1, into)
            done += number
            continue
        # One header per element: read all that follow with the same header at once.
        cursor.position -= 12
        most = min(count - done, (len(cursor.data) - cursor.position) // (4 * (3 + width)))
        if most < 1:
            raise cursor.truncated("Elements")
        start = cursor.position
        rows = cursor.binary("Elements", "<i4", most * (3 + width)).reshape(most, 3 + width)
        other = np.flatnonzero((rows[:, :3] != (kind, 1, n_tags)).any(axis=1))
        same = int(other[0]) if other.size else most
        cursor.position = start + 4 * same * (3 + width)
        _add(rows[:same, 3:], kind, n_tags, 1, into)
        done += same


def read_data(cursor: MshBytes, section: str, binary: bool) -> tuple[str, NDArray[np.int64], NDArray[np.float64]]:
    """Name, ids and values ``(k, components)`` of ``$NodeData`` or ``$ElementData``."""
    (n_text,) = cursor.counts(section, 1)
    texts = [cursor.line(section).strip('"') for _ in range(n_text)]
    (n_real,) = cursor.counts(section, 1)
    for _ in range(n_real):
        cursor.line(section)
    (n_whole,) = cursor.counts(section, 1)
    whole = [cursor.counts(section, 1)[0] for _ in range(n_whole)]
    if n_whole < 3 or whole[1] < 1 or whole[2] < 0:
        raise cursor.truncated(section)
    components, count = whole[1], whole[2]
    name = texts[0] if texts else section
    if binary:
        rows = cursor.binary(section, np.dtype([("id", "<i4"), ("v", "<f8", (components,))]), count)
        cursor.close(section)
        return name, rows["id"].astype(np.int64), np.array(rows["v"], dtype=np.float64).reshape(count, components)
    values = cursor.words(section)
    if values.size != count * (1 + components):
        raise cursor.truncated(section)
    table = values.reshape(count, 1 + components)
    return name, as_indices(table[:, 0], cursor, section), table[:, 1:].copy()
