"""NIfTI files: segmentations in and out by the name of their label scheme, and fields of coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput, MissingExtra
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.frames import CoordinateField
from euthymia.engines.fields.label_volume import LabelVolume
from euthymia.engines.fields.mesh import FloatArray

LABELS_NOTE = "tissue tags as in SimNIBS; 0 outside the head"
METRES_PER = {"mm": 1e-3, "unknown": 1e-3, "meter": 1.0, "micron": 1e-6}
"""A header that names no unit means millimetres, as all MRI software reads it."""
ALIGNED_CODE, MNI_CODE = 2, 4
"""Codes of the format for the space of coordinates: those of another scan, and MNI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeRow(SourcedRow):
    """One label of a segmentation program and the tissue tag it stands for (0: air or background, not meshed)."""

    scheme: str
    label: int
    tag: int
    tissue: str


def label_schemes() -> dict[str, dict[int, int]]:
    """Label to tissue tag, by scheme."""
    schemes: dict[str, dict[int, int]] = {}
    for row in load_table("euthymia.engines.fields", "label_schemes.csv", SchemeRow):
        schemes.setdefault(row.scheme, {})[row.label] = row.tag
    return schemes


def tissue_names() -> dict[int, str]:
    """Name of each tissue tag, 1 to 12."""
    rows = load_table("euthymia.engines.fields", "label_schemes.csv", SchemeRow)
    return {row.tag: row.tissue for row in rows if row.scheme == "simnibs" and row.tag}


def read_labels(path: str | Path, *, scheme: str) -> LabelVolume:
    """Read a segmentation.

    Parameters
    ----------
    path
        ``*.nii`` or ``*.nii.gz``.
    scheme
        Which numbers mean which tissue; a wrong scheme cannot be seen from the file (6 is eyes in one, air in another),
        so there is no default. See ``label_schemes``.

    Raises
    ------
    InvalidInput
        For an unknown scheme, labels that the scheme lacks (all are named), values that are not whole, a volume with
        several frames, or a file without an orientation.
    MissingExtra
        Without nibabel.
    """
    schemes = label_schemes()
    if scheme not in schemes:
        raise InvalidInput("scheme", scheme, ", ".join(schemes))
    image, affine = _opened(path)
    values = np.asarray(image.dataobj)
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 3:
        raise InvalidInput(Path(path).name, f"of shape {values.shape}", "one volume (i, j, k)")
    whole = np.rint(values) if np.isfinite(values).all() else np.array([0.5])
    if not np.array_equal(whole, values):
        raise InvalidInput(
            Path(path).name, "not whole numbers", "labels",
            "Was it resampled? Resample labels with nearest neighbour.",
        )  # fmt: skip
    labels = whole.astype(np.int64)
    table = schemes[scheme]
    present = np.unique(labels)
    unknown = [int(v) for v in present if int(v) not in table]
    if unknown:
        raise InvalidInput(
            Path(path).name, f"with the labels {unknown}", f"those of the scheme {scheme}: {sorted(table)}",
            "Choose the scheme of the program that made it, or relabel these.",
        )  # fmt: skip
    tags = np.array([table[int(v)] for v in present], dtype=np.uint8)
    return LabelVolume(tags[np.searchsorted(present, labels)], affine)


def read_volume(path: str | Path) -> tuple[FloatArray, FloatArray]:
    """Intensities ``(i, j, k)`` of one image and its affine to RAS metres; several frames or channels are refused."""
    image, affine = _opened(path)
    values = np.asarray(image.dataobj)
    if values.dtype.kind not in "iuf":
        raise InvalidInput(Path(path).name, f"of type {values.dtype}", "intensities, one number a voxel")
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 3:
        raise InvalidInput(
            Path(path).name, f"of shape {values.shape}", "one volume (i, j, k)",
            "It holds several frames: export the one that is wanted alone.",
        )  # fmt: skip
    return values.astype(np.float64), affine


def read_maps(path: str | Path) -> tuple[FloatArray, FloatArray]:
    """Several maps on one grid, ``(i, j, k, n)``, such as tissue probabilities, and their affine to RAS metres."""
    image, affine = _opened(path)
    values = np.asarray(image.dataobj, dtype=np.float64)
    if values.ndim != 4:
        raise InvalidInput(Path(path).name, f"of shape {values.shape}", "several maps (i, j, k, n) in one file")
    return values, affine


def write_labels(path: str | Path, volume: LabelVolume, *, is_mni: bool = False, note: str = LABELS_NOTE) -> None:
    """Write tissue tags (scheme ``simnibs``) as a compressed (``.gz``) or plain NIfTI file in millimetres.

    ``note`` (up to 79 letters) goes into the header.
    """
    Path(path).write_bytes(label_bytes(volume, is_mni=is_mni, compressed=str(path).endswith(".gz"), note=note))


def note_of(path: str | Path) -> str:
    """What the header of a NIfTI file says of it in words."""
    return bytes(_opened(path)[0].header["descrip"].tobytes()).rstrip(b"\0").decode("ascii", errors="replace").strip()


def write_scalar(path: str | Path, values: FloatArray, affine: FloatArray) -> None:
    """Write a volume ``(i, j, k)`` or ``(i, j, k, c)`` of a field as float32; ``affine`` in metres."""
    Path(path).write_bytes(volume_bytes(values, affine, compressed=str(path).endswith(".gz")))


def label_bytes(
    volume: LabelVolume, *, is_mni: bool = False, compressed: bool = True, note: str = LABELS_NOTE
) -> bytes:
    """The bytes that ``write_labels`` writes."""
    return _encoded(volume.labels, volume.affine, is_mni, note, compressed)


def volume_bytes(
    values: FloatArray | NDArray[np.float32],
    affine: FloatArray,
    *,
    is_mni: bool = False,
    about: str = "",
    compressed: bool = True,
) -> bytes:
    """A volume ``(i, j, k)`` or ``(i, j, k, c)`` as the bytes of a float32 NIfTI file.

    Parameters
    ----------
    affine : (4, 4)
        From voxel indices to m.
    is_mni
        Whether the coordinates are MNI's; otherwise the file says that they are those of another scan (code 2).
    about
        Words for the header; the format keeps 79 letters.
    """
    return _encoded(np.asarray(values, dtype=np.float32), affine, is_mni, about, compressed)


def _encoded(values: NDArray[Any], affine: FloatArray, is_mni: bool, about: str, compressed: bool) -> bytes:
    import gzip

    nibabel = _nibabel()
    matrix = np.array(affine, dtype=np.float64)
    matrix[:3] *= 1e3
    image = nibabel.Nifti1Image(values, matrix)
    image.header.set_xyzt_units("mm")
    image.set_sform(matrix, code=MNI_CODE if is_mni else ALIGNED_CODE)
    image.header["descrip"] = about.encode("ascii", errors="replace")[:79]
    raw = bytes(image.to_bytes())
    return gzip.compress(raw, 6, mtime=0) if compressed else raw  # no time in the file: the same input, the same bytes


def read_coordinate_field(path: str | Path) -> CoordinateField:
    """Read a volume of coordinates in mm, ``(i, j, k, 3)`` or ``(i, j, k, 1, 3)``, such as SimNIBS's Conform2MNI."""
    image, affine = _opened(path)
    values = np.asarray(image.dataobj, dtype=np.float64)
    if values.ndim == 5 and values.shape[3] == 1:
        values = values[:, :, :, 0]
    return CoordinateField(values * 1e-3, affine)


def _opened(path: str | Path) -> tuple[Any, FloatArray]:
    nibabel = _nibabel()
    name = Path(path).name
    if not Path(path).is_file():
        raise InvalidInput("path", str(path), "a file that exists")
    try:
        image = nibabel.load(str(path))
        np.asarray(image.dataobj)
    except (nibabel.filebasedimages.ImageFileError, OSError, EOFError, ValueError) as error:
        raise InvalidInput(name, f"not readable ({error})", "a whole NIfTI file", "Copy or export it again.") from None
    header = image.header
    if not isinstance(image, nibabel.Nifti1Image):
        raise InvalidInput(name, type(image).__name__, "NIfTI (.nii, .nii.gz)", "Convert it to NIfTI.")
    if int(header["sform_code"]) == 0 and int(header["qform_code"]) == 0:
        raise InvalidInput(
            name, "without orientation (sform and qform codes are 0)", "a file that says where left is",
            "Convert again from DICOM, or set the sform of a copy once you have checked it.",
        )  # fmt: skip
    unit = header.get_xyzt_units()[0]
    affine = np.array(image.affine, dtype=np.float64)
    affine[:3] *= METRES_PER[unit]
    return image, affine


def _nibabel() -> Any:
    try:
        import nibabel
    except ImportError:
        raise MissingExtra("nibabel", "fields") from None
    return nibabel
