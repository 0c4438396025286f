"""What ``euthymia fields`` reads: a head (template, labels, mesh) and where on it the coil goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.engines.fields.frames import MniTransform
    from euthymia.engines.fields.head_mesh import HeadMesh
    from euthymia.engines.fields.mesh import FloatArray, TetMesh
    from euthymia.engines.fields.roi import Roi

OWN_HEAD = "The head of the file that was given; tissues as they are labelled there."
MESH_AGAIN = "Make one with: euthymia fields head LABELS.nii.gz -o head.npz"


@dataclass(frozen=True, slots=True, eq=False)
class FieldHead:
    """A meshed head, its name, what has to be said of it, and the way to MNI space when there is one."""

    mesh: TetMesh
    name: str
    statement: str
    mni: MniTransform | None


def mesh_file(path: Path, scheme: str, coarse_m: float) -> HeadMesh:
    """Mesh a label file."""
    from euthymia.engines.fields.head_mesh import HeadMeshing, mesh_labels
    from euthymia.engines.fields.nifti import read_labels

    if not path.is_file():
        raise InvalidInput("LABELS", str(path), "a file that exists")
    return mesh_labels(read_labels(path, scheme=scheme), HeadMeshing(coarse_m=coarse_m))


def own_head(meshed: HeadMesh, labels: Path, mni: Path | None) -> FieldHead:
    """A head meshed from labels, with what their header says of them, and its way to MNI space where one is given."""
    from euthymia.engines.fields.mni_field import field_transform
    from euthymia.engines.fields.nifti import note_of, read_coordinate_field

    note = note_of(labels)
    statement = f"{OWN_HEAD} {note}." if note.startswith("EXPERIMENTAL") else OWN_HEAD
    way = None if mni is None else field_transform(read_coordinate_field(mni), f"field of coordinates {mni.name}")
    return FieldHead(meshed.mesh, labels.name, statement, way)


def mesh_template(coarse_m: float | None = None) -> tuple[HeadMesh, FieldHead]:
    """Mesh the template head."""
    from euthymia.engines.fields.head_mesh import HeadMeshing, mesh_labels
    from euthymia.engines.fields.template import template_head

    found = template_head()
    meshed = mesh_labels(found.labels, HeadMeshing() if coarse_m is None else HeadMeshing(coarse_m=coarse_m))
    return meshed, FieldHead(meshed.mesh, "template head", found.statement, found.mni)


def write_head(head: FieldHead, path: Path) -> None:
    """Write ``.npz`` (mesh, words, mapping) or ``.msh`` (mesh only)."""
    import numpy as np

    if path.suffix == ".msh":
        from euthymia.engines.fields.msh_write import write_msh

        _made(path, lambda: write_msh(path, head.mesh))
    else:
        more: dict[str, Any] = {} if head.mni is None else {"mni": head.mni.affine, "quality": head.mni.quality}
        field = None if head.mni is None else head.mni.to_mni_field
        if field is not None:
            more |= {"mni_field": field.values.astype(np.float32), "mni_field_affine": field.affine}
        _made(
            path,
            lambda: np.savez_compressed(
                path, nodes=head.mesh.nodes, tets=head.mesh.tets.astype(np.int32),
                tissue=head.mesh.tissue.astype(np.uint8), name=head.name, statement=head.statement, **more,
            ),
        )  # fmt: skip


def checked_output(path: Path) -> None:
    """Refuse another ending before any work is done."""
    if path.suffix not in (".npz", ".msh"):
        raise InvalidInput("--output", str(path), "a name that ends in .npz or .msh")


def read_head(path: Path, *, in_mni: bool = False, repair: bool = False) -> FieldHead:
    """Read what ``euthymia fields head`` wrote, or any SimNIBS ``.msh`` (``repair``: turn inverted elements)."""
    import numpy as np

    from euthymia.engines.fields.frames import CoordinateField, MniTransform
    from euthymia.engines.fields.mesh import TetMesh

    if not path.is_file():
        raise InvalidInput("--head", str(path), "a file that exists", MESH_AGAIN)
    said = MniTransform(np.eye(4), quality="the head is said to lie in MNI space") if in_mni else None
    if path.name.endswith((".msh", ".msh.gz")):
        from euthymia.engines.fields.msh_read import read_msh

        return FieldHead(read_msh(path, repair_orientation=repair).mesh, path.name, OWN_HEAD, said)
    try:
        with np.load(path, allow_pickle=False) as held:
            mesh = TetMesh(held["nodes"], held["tets"], held["tissue"].astype(np.int64))
            field = CoordinateField(held["mni_field"], held["mni_field_affine"]) if "mni_field" in held else None
            mni = MniTransform(held["mni"], field, quality=str(held["quality"])) if "mni" in held else said
            return FieldHead(mesh, str(held["name"]), str(held["statement"]), mni)
    except (KeyError, OSError, ValueError, EOFError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput("--head", str(path), "a mesh (.msh, or .npz of fields head)", MESH_AGAIN) from None


def triple(argument: str, text: str) -> FloatArray:
    """Three numbers in mm as metres."""
    import numpy as np

    parts = text.replace(",", " ").split()
    try:
        found = np.array([float(part) for part in parts]) / 1000
    except ValueError:
        found = np.empty(0)
    if found.shape != (3,) or not np.isfinite(found).all():
        raise InvalidInput(argument, text, "three numbers x,y,z in mm", f"E.g. {argument} -40,40,30.")
    return found


def target_point(head: FieldHead, text: str) -> tuple[str, FloatArray]:
    """Title and point (m, in the head) of an MNI name, or of three numbers in the head's own space."""
    from euthymia.engines.fields.targets import mni_target

    if text[:1] in "-+.0123456789":
        return f"point {text} mm", triple("--target", text)
    found = mni_target(text)
    if found.kind != "cortex":
        place = ",".join(f"{1000 * v:g}" for v in found.point)
        raise InvalidInput(
            "--target", text, "a point of the cortex; this is one of the scalp",
            f"Put the coil there: --position={place} (MNI), or by electrode, e.g. --electrode F3.",
        )  # fmt: skip
    if head.mni is None:
        raise InvalidInput(
            "--target", text, "x,y,z in mm: nothing maps this head to MNI space",
            "Say --in-mni if the head lies in MNI space.",
        )  # fmt: skip
    return found.title, head.mni.to_head(found.point[None])[0]


def region(head: FieldHead, title: str, point: FloatArray, nearest: bool) -> tuple[Roi, str]:
    """Grey matter around a target; off grey matter it is refused, or moved to the nearest when that was asked for."""
    from euthymia.engines.fields.grey_region import grey_region

    found = grey_region(head.mesh, point, title=title, head=head.name, nearest=nearest)
    return found.roi, found.words


def _made(path: Path, write: Any) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write()
    except OSError as error:
        raise InvalidInput("--output", str(path), "a place that can be written to", f"{error.strerror}.") from None
