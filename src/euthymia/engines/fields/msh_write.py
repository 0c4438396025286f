"""Write a mesh with its tissue surfaces and fields as Gmsh 2.2, which SimNIBS and Gmsh open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, TetMesh
from euthymia.engines.fields.msh_bytes import TETRAHEDRON, TRIANGLE
from euthymia.engines.fields.surfaces import interface_triangles

SURFACE_TAG = 1000
MM = 1e3


def write_msh(
    path: str | Path,
    mesh: TetMesh,
    *,
    node_data: Mapping[str, FloatArray] | None = None,
    element_data: Mapping[str, FloatArray] | None = None,
    binary: bool = True,
) -> None:
    """Write a mesh file in millimetres, surfaces first (tags 1000 + tissue), then tetrahedra.

    Parameters
    ----------
    path
        File to write; replaced if it exists.
    mesh
        The mesh.
    node_data, element_data
        Fields by name: ``(n,)`` or ``(n, 1 | 3 | 9)`` at the nodes, ``(e,)`` or ``(e, …)`` at the tetrahedra.
    binary
        Little-endian binary; otherwise text with 17 digits.
    """
    Path(path).write_bytes(msh_bytes(mesh, node_data or {}, element_data or {}, binary))


def msh_bytes(
    mesh: TetMesh, node_data: Mapping[str, FloatArray], element_data: Mapping[str, FloatArray], binary: bool
) -> bytes:
    """The bytes that ``write_msh`` writes."""
    triangles, tissue = interface_triangles(mesh)
    order = np.argsort(tissue, kind="stable")
    triangles, tissue = triangles[order], tissue[order]
    n_triangles, n_tets = triangles.shape[0], mesh.tets.shape[0]
    parts = [b"$MeshFormat\n2.2 1 8\n" + b"\x01\0\0\0\n" if binary else b"$MeshFormat\n2.2 0 8\n", b"$EndMeshFormat\n"]
    parts += _rows("Nodes", np.arange(1, mesh.nodes.shape[0] + 1), mesh.nodes * MM, binary, b"")
    parts.append(f"$Elements\n{n_triangles + n_tets}\n".encode())
    parts.append(_elements(TRIANGLE, 1, tissue + SURFACE_TAG, triangles, binary))
    parts.append(_elements(TETRAHEDRON, n_triangles + 1, mesh.tissue, mesh.tets, binary))
    parts.append(b"\n$EndElements\n" if binary else b"$EndElements\n")
    for name, values in node_data.items():
        parts += _data("NodeData", name, 1, _table(name, values, mesh.nodes.shape[0]), binary)
    for name, values in element_data.items():
        parts += _data("ElementData", name, n_triangles + 1, _table(name, values, n_tets), binary)
    return b"".join(parts)


def _elements(kind: int, first: int, tags: NDArray[np.int64], corners: NDArray[np.int64], binary: bool) -> bytes:
    count = corners.shape[0]
    ids = np.arange(first, first + count)
    if binary:
        rows = np.column_stack((ids, tags, tags, corners + 1)).astype("<i4")
        return np.array([kind, count, 2], dtype="<i4").tobytes() + rows.tobytes()
    rows = np.column_stack((ids, np.full(count, kind), np.full(count, 2), tags, tags, corners + 1))
    return "".join(" ".join(map(str, row)) + "\n" for row in rows.tolist()).encode()


def _table(name: str, values: FloatArray, count: int) -> FloatArray:
    table = np.asarray(values, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if '"' in name or "\n" in name:
        raise InvalidInput("field name", name, "a name without quotes and line ends")
    if table.ndim != 2 or table.shape[0] != count or table.shape[1] not in (1, 3, 9):
        raise InvalidInput(name, f"of shape {np.shape(values)}", f"({count},) or ({count}, 1, 3 or 9)")
    if not np.isfinite(table).all():
        raise InvalidInput(name, "not finite", "finite values")
    return table


def _data(section: str, name: str, first: int, table: FloatArray, binary: bool) -> list[bytes]:
    head = f'1\n"{name}"\n1\n0.0\n3\n0\n{table.shape[1]}\n'.encode()
    return _rows(section, np.arange(first, first + table.shape[0]), table, binary, head)


def _rows(section: str, ids: NDArray[np.int64], values: FloatArray, binary: bool, head: bytes) -> list[bytes]:
    start = f"${section}\n".encode() + head + f"{ids.size}\n".encode()
    if binary:
        rows = np.empty(ids.size, dtype=np.dtype([("id", "<i4"), ("v", "<f8", (values.shape[1],))]))
        rows["id"], rows["v"] = ids, values
        return [start, rows.tobytes(), f"\n$End{section}\n".encode()]
    text = "".join(
        f"{i} " + " ".join(map(repr, row)) + "\n" for i, row in zip(ids.tolist(), values.tolist(), strict=True)
    )
    return [start, text.encode(), f"$End{section}\n".encode()]
