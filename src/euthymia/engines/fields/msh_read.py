"""Read a SimNIBS head mesh or result (Gmsh 2.2 or 4.1, text or binary) as a checked mesh with its fields."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface, TetMesh, inverted
from euthymia.engines.fields.msh2 import read_data, read_elements2, read_nodes2
from euthymia.engines.fields.msh4 import PhysicalTags, read_elements4, read_entities4, read_nodes4
from euthymia.engines.fields.msh_bytes import (
    COPY_AGAIN,
    TETRAHEDRON,
    TRIANGLE,
    ElementCollector,
    MshBytes,
    RawMsh,
)
from euthymia.engines.fields.topology import without_unused_nodes

METRES_PER = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}
PLAUSIBLE_EXTENT_M = (0.002, 2.0)
Fields = dict[str, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class MshContent:
    """What a mesh file holds.

    ``mesh``: the tetrahedra. ``surfaces``: triangles by their tag (1000 + tissue in SimNIBS). ``node_data``: values
    ``(n, components)`` at the nodes of ``mesh``; ``element_data``: values ``(e, components)`` of its tetrahedra.
    """

    mesh: TetMesh
    surfaces: dict[int, Surface]
    node_data: Fields
    element_data: Fields


def read_msh(path: str | Path, *, unit: str = "mm", repair_orientation: bool = False) -> MshContent:
    """Read a mesh file.

    Parameters
    ----------
    path
        ``*.msh`` or ``*.msh.gz``.
    unit
        Unit of the coordinates: "mm" (SimNIBS), "cm" or "m".
    repair_orientation
        Swap two nodes of every inverted tetrahedron; otherwise inverted ones are refused.

    Raises
    ------
    InvalidInput
        For a file that is cut short, byte-swapped, of another version, without tissue tags or with inverted or flat
        elements, elements of second order, ids that do not exist, or coordinates of an unlikely unit.
    """
    path = Path(path)
    if unit not in METRES_PER:
        raise InvalidInput("unit", unit, ", ".join(METRES_PER))
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError) as error:
            raise InvalidInput(path.name, f"a damaged gzip file ({error})", "a whole file", COPY_AGAIN) from None
    return _meaning(parse_msh(data, path.name), path.name, METRES_PER[unit], repair_orientation)


def parse_msh(data: bytes, name: str) -> RawMsh:
    """Sections of a Gmsh file of version 2.2 or 4.1."""
    cursor = MshBytes(data, name)
    if cursor.next_section() != "MeshFormat":
        raise InvalidInput(name, repr(data[:20]), "a Gmsh file, which begins with $MeshFormat")
    version, binary = _format(cursor)
    elements = ElementCollector(name)
    nodes: tuple[IntArray, FloatArray] | None = None
    physical: PhysicalTags = {}
    node_data, element_data, seen = [], [], {"MeshFormat"}
    while (section := cursor.next_section()) is not None:
        seen.add(section)
        if section == "Nodes":
            nodes = read_nodes2(cursor, binary) if version == 2 else read_nodes4(cursor, binary)
        elif section == "Entities":
            physical = read_entities4(cursor, binary)
        elif section == "Elements" and version == 2:
            read_elements2(cursor, binary, elements)
        elif section == "Elements":
            read_elements4(cursor, binary, physical, elements)
        elif section == "NodeData":
            node_data.append(read_data(cursor, section, binary))
        elif section == "ElementData":
            element_data.append(read_data(cursor, section, binary))
        else:
            cursor.skip(section)
    if nodes is None or "Elements" not in seen:
        raise cursor.truncated("Nodes" if nodes is None else "Elements")
    tri_ids, tri_tags, triangles = elements.of(TRIANGLE)
    tet_ids, tet_tags, tets = elements.of(TETRAHEDRON)
    return RawMsh(
        nodes[0], nodes[1], tri_ids, triangles, tri_tags, tet_ids, tets, tet_tags, tuple(node_data), tuple(element_data)
    )


def _format(cursor: MshBytes) -> tuple[int, bool]:
    words = cursor.line("MeshFormat").split()
    if len(words) != 3 or words[0] not in ("2", "2.1", "2.2", "4.1") or words[1] not in ("0", "1") or words[2] != "8":
        raise InvalidInput(
            cursor.name, f"of format {' '.join(words)!r}", "Gmsh 2.2 or 4.1 with 8-byte numbers",
            "Open it in Gmsh and export it as version 2.2.",
        )  # fmt: skip
    binary = words[1] == "1"
    if binary:
        one = int(cursor.binary("MeshFormat", "<i4", 1)[0])
        if one != 1:
            swapped = one == int(np.array([1], dtype="<i4").view(">i4")[0])
            raise InvalidInput(
                cursor.name, "byte-swapped (big-endian)" if swapped else "not readable as binary",
                "a little-endian binary or a text file",
                "Open it in Gmsh on this computer and save it again, or export it as text.",
            )  # fmt: skip
    cursor.close("MeshFormat")
    return int(words[0][0]), binary


def _meaning(raw: RawMsh, name: str, scale: float, repair: bool) -> MshContent:
    if raw.tets.size == 0:
        raise InvalidInput(name, "without tetrahedra", "a volume mesh", "A surface mesh has to be filled first.")
    untagged = np.flatnonzero(raw.tet_tags == 0)
    if untagged.size:
        raise InvalidInput(
            name, f"without tissue tag in {untagged.size} tetrahedra, first id {raw.tet_ids[untagged[0]]}",
            "a physical tag 1 to 12 on every tetrahedron",
            "In Gmsh, give each volume a physical group with the tissue number and export again.",
        )  # fmt: skip
    row_of = _rows(raw.node_ids, name)
    nodes = raw.nodes * scale
    extent = float(np.ptp(nodes, axis=0).max()) if np.isfinite(nodes).all() else np.nan
    if not PLAUSIBLE_EXTENT_M[0] <= extent <= PLAUSIBLE_EXTENT_M[1]:
        raise InvalidInput(
            name, f"{extent:g} m across in this unit", f"{PLAUSIBLE_EXTENT_M[0]} to {PLAUSIBLE_EXTENT_M[1]} m",
            "Name the unit of the coordinates: mm, cm or m.",
        )  # fmt: skip
    tets = _found(row_of, raw.tets, name)
    used, tets = without_unused_nodes(nodes.shape[0], tets)
    wrong = inverted(nodes[used], tets)
    if repair:
        tets[wrong] = tets[wrong][:, (0, 1, 3, 2)]
    elif wrong.any():
        raise InvalidInput(
            name, f"a mesh with {np.count_nonzero(wrong)} inverted tetrahedra, first id {raw.tet_ids[wrong][0]}",
            "positively oriented tetrahedra",
            "If only the order of their nodes is wrong, turn them with --repair-orientation (in Python: "
            "read_msh(path, repair_orientation=True)); if the elements overlap, mesh again.",
        )  # fmt: skip
    surfaces = {}
    for tag in np.unique(raw.triangle_tags).tolist():
        corners = _found(row_of, raw.triangles[raw.triangle_tags == tag], name)
        at, corners = without_unused_nodes(nodes.shape[0], corners)
        surfaces[int(tag)] = Surface(nodes[at], corners)
    node_data = {key: _aligned(values, ids, raw.node_ids[used], name, key) for key, ids, values in raw.node_data}
    element_data = {}
    for key, ids, values in raw.element_data:
        if np.isin(raw.tet_ids, ids).any():
            element_data[key] = _aligned(values, ids, raw.tet_ids, name, key)
    return MshContent(TetMesh(nodes[used], tets, raw.tet_tags), surfaces, node_data, element_data)


def _rows(ids: IntArray, name: str) -> IntArray:
    """Row of each id, -1 where there is none."""
    if ids.size == 0 or ids.min() < 0 or ids.max() > 50 * ids.size + 10**7:
        raise InvalidInput(name, "node numbers that make no sense", "node numbers from 1", COPY_AGAIN)
    row_of = np.full(int(ids.max()) + 1, -1, dtype=np.int64)
    row_of[ids] = np.arange(ids.size)
    if np.count_nonzero(row_of >= 0) != ids.size:
        raise InvalidInput(name, "node numbers that occur twice", "each node number once")
    return row_of


def _found(row_of: IntArray, ids: NDArray[np.int64], name: str) -> IntArray:
    known = (ids >= 0) & (ids < row_of.size)
    rows = np.where(known, row_of[np.where(known, ids, 0)], -1)
    if (rows < 0).any():
        missing = ids[rows < 0][0]
        raise InvalidInput(
            name, f"an element with node {missing}, which the file lacks", "nodes that exist", COPY_AGAIN
        )
    return np.asarray(rows)


def _aligned(values: FloatArray, ids: IntArray, wanted: IntArray, name: str, key: str) -> FloatArray:
    order = np.argsort(ids, kind="stable")
    at = np.minimum(np.searchsorted(ids[order], wanted), max(ids.size - 1, 0))
    if ids.size == 0 or not np.array_equal(ids[order][at], wanted):
        raise InvalidInput(name, f"a field {key!r} without a value for every node or tetrahedron", "a complete field")
    return np.asarray(values[order][at])
