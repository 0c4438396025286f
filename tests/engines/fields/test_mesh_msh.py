"""Gmsh files in and out: round trips, the same mesh from SimNIBS files in 2.2 and 4.1, and damage refused by name."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import TetMesh
from euthymia.engines.fields.msh_read import MshContent, read_msh
from euthymia.engines.fields.msh_write import msh_bytes, write_msh
from euthymia.engines.fields.quality import quality
from euthymia.engines.fields.sphere_mesh import layered_sphere

SHARED = Path(__file__).parents[4] / "shared" / "data" / "tms" / "meshes"
MESH = layered_sphere((0.08, 0.09), (3, 5), 0.04)


def fields() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(4)
    return {"v": rng.normal(size=MESH.nodes.shape[0])}, {"E": rng.normal(size=(MESH.tets.shape[0], 3))}


def read_bytes(data: bytes, folder: Path, **how: object) -> MshContent:
    path = folder / "head.msh"
    path.write_bytes(data)
    return read_msh(path, **how)  # type: ignore[arg-type]


def version4(mesh: TetMesh, binary: bool) -> bytes:
    """The same mesh as Gmsh 4.1 writes it: one entity for each tissue, numbered apart from its physical tag."""
    out = [b"$MeshFormat\n4.1 1 8\n\x01\0\0\0\n" if binary else b"$MeshFormat\n4.1 0 8\n", b"$EndMeshFormat\n"]
    tags = np.unique(mesh.tissue).tolist()

    def put(kinds: str, *values: float) -> None:
        out.append(struct.pack("<" + kinds, *values) if binary else (" ".join(map(repr, values)) + "\n").encode())

    def end(name: str) -> None:
        out.append(f"\n$End{name}\n".encode() if binary else f"$End{name}\n".encode())

    out.append(b"$Entities\n")
    put("4q", 1, 0, 0, len(tags))
    put("i3dq", 7, 0.0, 0.0, 0.0, 0)
    for index, tag in enumerate(tags):
        put("i6dqiqi", 50 + index, *[0.0] * 6, 1, tag, 1, 9)
    end("Entities")
    out.append(b"$Nodes\n")
    n = mesh.nodes.shape[0]
    put("4q", 2, n, 1, n)
    for start, stop in ((0, n // 2), (n // 2, n)):
        put("3iq", 3, 50, 0, stop - start)
        for i in range(start, stop):
            put("q", i + 1)
        for row in (mesh.nodes[start:stop] * 1e3).tolist():
            put("3d", *row)
    end("Nodes")
    out.append(b"$Elements\n")
    put("4q", len(tags), mesh.tets.shape[0], 1, mesh.tets.shape[0])
    for index, tag in enumerate(tags):
        rows = np.flatnonzero(mesh.tissue == tag)
        put("3iq", 3, 50 + index, 4, rows.size)
        for i in rows.tolist():
            put("5q", i + 1, *(mesh.tets[i] + 1).tolist())
    end("Elements")
    return b"".join(out)


@pytest.mark.parametrize("binary", [True, False])
def test_mesh_surfaces_and_fields_round_trip(binary: bool, tmp_path: Path) -> None:
    at_nodes, at_tets = fields()
    path = tmp_path / "head.msh"
    write_msh(path, MESH, node_data=at_nodes, element_data=at_tets, binary=binary)
    found = read_msh(path)
    assert found.mesh.nodes == pytest.approx(MESH.nodes, rel=1e-15, abs=1e-18)
    assert np.array_equal(found.mesh.tets, MESH.tets)
    assert np.array_equal(found.mesh.tissue, MESH.tissue)
    assert np.array_equal(found.node_data["v"][:, 0], at_nodes["v"])
    assert np.array_equal(found.element_data["E"], at_tets["E"])
    assert sorted(found.surfaces) == [1003, 1005]
    for tag, radius in ((1003, 0.08), (1005, 0.09)):
        surface = found.surfaces[tag]
        assert np.linalg.norm(surface.nodes, axis=1) == pytest.approx(np.full(surface.nodes.shape[0], radius))
        corner = surface.nodes[surface.triangles]
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        assert (np.einsum("ij,ij->i", normal, corner.mean(axis=1)) > 0).all()


@pytest.mark.parametrize("binary", [True, False])
def test_version_4_takes_tissues_from_physical_tags(binary: bool, tmp_path: Path) -> None:
    found = read_bytes(version4(MESH, binary), tmp_path).mesh
    order = np.argsort(MESH.tissue, kind="stable")
    assert found.nodes == pytest.approx(MESH.nodes, rel=1e-15, abs=1e-18)
    assert np.array_equal(found.tets, MESH.tets[order])
    assert np.array_equal(found.tissue, MESH.tissue[order])


def test_one_header_per_element_and_gzip_are_read(tmp_path: Path) -> None:
    data = msh_bytes(MESH, {}, {}, True)
    start = data.index(b"$Elements\n")
    rows = np.column_stack((np.arange(1, 1 + len(MESH.tets)), MESH.tissue, MESH.tissue, MESH.tets + 1))
    rows = np.column_stack((np.full((len(rows), 3), (4, 1, 2)), rows)).astype("<i4")
    point = np.array([15, 1, 2, 9999, 1, 1, 1], dtype="<i4").tobytes()
    body = f"$Elements\n{len(rows) + 1}\n".encode() + point + rows.tobytes() + b"\n$EndElements\n"
    found = read_bytes(gzip.compress(data[:start] + body), tmp_path).mesh
    assert np.array_equal(found.tets, MESH.tets)
    assert np.array_equal(found.tissue, MESH.tissue)


@pytest.mark.parametrize("kind", ["2 binary", "2 text", "4 binary", "4 text"])
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.8, 0.97, 0.9999])
def test_files_cut_short_anywhere_are_refused(kind: str, share: float, tmp_path: Path) -> None:
    binary = kind.endswith("binary")
    data = version4(MESH, binary) if kind[0] == "4" else msh_bytes(MESH, *fields(), binary)
    with pytest.raises(InvalidInput, match=r"cut short|\$MeshFormat|Gmsh"):
        read_bytes(data[: int(len(data) * share)], tmp_path)


def test_byte_swapped_file_is_refused_with_the_fix(tmp_path: Path) -> None:
    data = msh_bytes(MESH, {}, {}, True).replace(b"2.2 1 8\n\x01\0\0\0", b"2.2 1 8\n\0\0\0\x01", 1)
    with pytest.raises(InvalidInput, match=r"byte-swapped.*save it again"):
        read_bytes(data, tmp_path)


def test_inverted_elements_are_refused_unless_repair_is_asked_for(tmp_path: Path) -> None:
    lines = msh_bytes(MESH, {}, {}, False).decode().splitlines()
    at = [i for i, line in enumerate(lines) if line.split()[1:3] == ["4", "2"] and len(line.split()) == 9]
    for i in at[:7]:
        words = lines[i].split()
        words[-1], words[-2] = words[-2], words[-1]
        lines[i] = " ".join(words)
    data = "\n".join(lines).encode() + b"\n"
    with pytest.raises(InvalidInput, match=r"7 inverted.*first id"):
        read_bytes(data, tmp_path)
    assert quality(read_bytes(data, tmp_path, repair_orientation=True).mesh).volume_m3 == quality(MESH).volume_m3


@pytest.mark.parametrize("tag", ["0", "100"])
def test_missing_and_unknown_tags_are_refused(tag: str, tmp_path: Path) -> None:
    data = msh_bytes(MESH, {}, {}, False).decode().replace(" 4 2 5 5 ", f" 4 2 {tag} {tag} ")
    with pytest.raises(InvalidInput, match="tag"):
        read_bytes(data.encode(), tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2.2 0 8", "3.0 0 8", "version 2.2"),
        ("$MeshFormat", "$Mesh", "begins with"),
        (" 4 2 3 3 1 ", " 4 2 3 3 99999 ", "lacks"),
        (" 4 2 3 3 ", " 5 2 3 3 ", "order 1"),
        ("$Nodes\n", "$Nodes\n1", "cut short"),
        ("\n2 0.0", "\n2 x0.0", "not a number"),
        ("\n2 ", "\n1 ", "twice"),
    ],
)  # fmt: skip
def test_damage_is_refused_by_name(old: str, new: str, said: str, tmp_path: Path) -> None:
    text = msh_bytes(MESH, {}, {}, False).decode()
    if old == "\n2 0.0":
        place = text.index("\n2 ") + 3
        data = text[:place] + "x" + text[place:]
    else:
        assert old in text
        data = text.replace(old, new, 1)
    with pytest.raises(InvalidInput, match=said):
        read_bytes(data.encode(), tmp_path)


def test_wrong_unit_and_incomplete_fields_are_refused(tmp_path: Path) -> None:
    data = msh_bytes(MESH, *fields(), False)
    with pytest.raises(InvalidInput, match="unit"):
        read_bytes(data, tmp_path, unit="m")
    with pytest.raises(InvalidInput):
        read_bytes(data, tmp_path, unit="inch")
    text = data.decode()
    place = text.index("$ElementData")
    short = text[place:].splitlines()
    short[8] = str(MESH.tets.shape[0] - 1)
    del short[10]
    with pytest.raises(InvalidInput, match="without a value"):
        read_bytes((text[:place] + "\n".join(short) + "\n").encode(), tmp_path)
    with pytest.raises(InvalidInput, match="shape"):
        write_msh(tmp_path / "x.msh", MESH, node_data={"v": np.zeros(3)})


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the SimNIBS meshes beside the checkout, not shipped (GPL)")
def test_simnibs_files_read_the_same_in_both_versions() -> None:
    two, four = (read_msh(SHARED / name) for name in ("sphere3.msh", "sphere3_v4_1_ascii.msh"))
    assert two.mesh.nodes.shape == (4556, 3)
    assert two.mesh.tets.shape == (22704, 4)
    assert sorted(two.surfaces) == sorted(four.surfaces) == [1003, 1004, 1005]
    assert dict(quality(two.mesh).volume_m3) == pytest.approx(dict(quality(four.mesh).volume_m3), rel=1e-9)
    patch = read_msh(SHARED / "head_patch_r25.msh.gz")
    assert dict(quality(patch.mesh).tets_by_tissue) == {1: 1781, 2: 5805, 3: 8105, 5: 4122, 7: 13533, 8: 5530, 9: 2263}
    assert patch.surfaces[1005].triangles.shape == (1125, 3)
