"""Cortex and scalp surfaces from FreeSurfer and GIFTI files, in metres and scanner RAS; GIFTI out with values."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput, MissingExtra
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.nifti import ALIGNED_CODE, MNI_CODE

MM = 1e-3


def read_surface(path: str | Path) -> Surface:
    """Read a surface.

    Parameters
    ----------
    path
        ``*.gii``, or a FreeSurfer geometry file (``lh.white``, ``lh.pial`` …).

    Returns
    -------
    Surface
        Metres, scanner RAS. FreeSurfer stores positions relative to the center of its volume; the center is added.

    Raises
    ------
    InvalidInput
        For a file that is neither, is cut short, holds no triangles, or (FreeSurfer) does not name its center.
    """
    path = Path(path)
    if not path.is_file():
        raise InvalidInput("path", str(path), "a file that exists")
    return _gifti(path) if path.suffix == ".gii" else _freesurfer(path)


def write_gifti(path: str | Path, surface: Surface, values: FloatArray | None = None) -> None:
    """Write a surface in mm as GIFTI, with values ``(n,)`` at its nodes if given."""
    Path(path).write_bytes(gifti_bytes(surface, {} if values is None else {"values": values}))


def gifti_bytes(
    surface: Surface,
    values: Mapping[str, FloatArray],
    *,
    is_mni: bool = False,
    about: Mapping[str, str] | None = None,
) -> bytes:
    """A surface in mm, and values ``(n,)`` at its nodes by name, as the bytes of a GIFTI file.

    Parameters
    ----------
    values
        Shape data; each keeps its name (``Name`` in the metadata of the array).
    is_mni
        Whether the coordinates are MNI's; otherwise the file says that they are those of another scan.
    about
        Words for the metadata of the file.

    Raises
    ------
    InvalidInput
        For values of a wrong shape or not finite.
    """
    nibabel = _nibabel()
    gifti, codes = nibabel.gifti, nibabel.nifti1.intent_codes
    space = MNI_CODE if is_mni else ALIGNED_CODE
    place = gifti.GiftiCoordSystem(dataspace=space, xformspace=space, xform=np.eye(4))
    arrays = [
        gifti.GiftiDataArray(
            (surface.nodes / MM).astype(np.float32), intent=codes["NIFTI_INTENT_POINTSET"],
            datatype="NIFTI_TYPE_FLOAT32", coordsys=place,
        ),
        gifti.GiftiDataArray(
            surface.triangles.astype(np.int32), intent=codes["NIFTI_INTENT_TRIANGLE"], datatype="NIFTI_TYPE_INT32"
        ),
    ]  # fmt: skip
    for name, column in values.items():
        if np.shape(column) != (surface.nodes.shape[0],) or not np.isfinite(column).all():
            raise InvalidInput(name, f"of shape {np.shape(column)}", f"({surface.nodes.shape[0]},), finite")
        arrays.append(
            gifti.GiftiDataArray(
                np.asarray(column, dtype=np.float32), intent=codes["NIFTI_INTENT_SHAPE"],
                datatype="NIFTI_TYPE_FLOAT32", meta=gifti.GiftiMetaData({"Name": name}),
            )
        )  # fmt: skip
    return bytes(gifti.GiftiImage(darrays=arrays, meta=gifti.GiftiMetaData(dict(about or {}))).to_bytes())


def _gifti(path: Path) -> Surface:
    nibabel = _nibabel()
    try:
        image = nibabel.load(str(path))
        # By intent, not by place: some programs store the triangles first.
        points = image.get_arrays_from_intent("NIFTI_INTENT_POINTSET")
        triangles = image.get_arrays_from_intent("NIFTI_INTENT_TRIANGLE")
    except Exception as error:  # noqa: BLE001  (the XML parser raises its own kinds)
        raise InvalidInput(path.name, f"not readable ({error})", "a whole GIFTI file") from None
    if len(points) != 1 or len(triangles) != 1:
        raise InvalidInput(path.name, f"{len(points)} point and {len(triangles)} triangle arrays", "one of each")
    nodes = np.asarray(points[0].data, dtype=np.float64)
    system = points[0].coordsys
    if system is not None and system.xform is not None:
        nodes = nodes @ np.asarray(system.xform)[:3, :3].T + np.asarray(system.xform)[:3, 3]
    return Surface(nodes * MM, np.asarray(triangles[0].data, dtype=np.int64))


def _freesurfer(path: Path) -> Surface:
    nibabel = _nibabel()
    try:
        with warnings.catch_warnings():  # an absent center is refused below
            warnings.simplefilter("ignore")
            nodes, triangles, about = nibabel.freesurfer.read_geometry(str(path), read_metadata=True)
    except Exception as error:  # noqa: BLE001  (struct, value and index errors alike mean a damaged file)
        raise InvalidInput(path.name, f"not readable ({error})", "GIFTI (.gii) or FreeSurfer geometry") from None
    center = about.get("cras")
    if center is None or not np.isfinite(center).all():
        raise InvalidInput(
            path.name, "without the center of its volume (c_ras)", "a surface that says where it lies",
            "Convert it with mris_convert --to-scanner to GIFTI.",
        )  # fmt: skip
    return Surface((nodes + np.asarray(center)) * MM, triangles.astype(np.int64))


def _nibabel() -> Any:
    try:
        import nibabel
    except ImportError:
        raise MissingExtra("nibabel", "fields") from None
    return nibabel
