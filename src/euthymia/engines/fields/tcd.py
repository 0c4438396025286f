"""Read .tcd files (JSON): dipoles, wires and sampled fields, several stimulators, casings and moving parts."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_model import CoilElement, CoilModel, Drive, Motion, MotionRange
from euthymia.engines.fields.coil_sources import CoilSource, DipoleSource, SegmentSource, sampled
from euthymia.engines.fields.mesh import FloatArray, Surface

MM = 1e-3
MOST_BYTES = 1 << 28
"""Largest array that is unpacked from base64."""

KNOWN_KEYS = {
    "name", "brand", "version", "limits", "resolution", "coilCasing", "coilElementList", "stimulatorList",
    "deformList", "deformRangeList", "coilModels", "selfIntersectionTest",
}  # fmt: skip


def parse_tcd(text: str, name: str) -> CoilModel:
    """Coil from the text of a .tcd file.

    Parameters
    ----------
    text
        JSON. Element type 1: dipoles, mm and A m²; type 2: wires, center and vector of each piece, mm; type 3: vector
        potential on a grid, T m, with an affine in mm. Long arrays may be base64 of zlib-compressed little-endian
        float64 (int64 for faces); a packed grid is refused.
    name
        File name, for messages.

    Raises
    ------
    InvalidInput
        With the path inside the file: an unknown key, an index to nothing, an array that does not fit.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(name, f"not JSON (line {error.lineno})", "a .tcd file") from error
    if not isinstance(content, dict):
        raise InvalidInput(name, type(content).__name__, "a JSON object")
    unknown = sorted(set(content) - KNOWN_KEYS)
    if unknown:
        raise InvalidInput(name, f"the keys {unknown}", f"the keys of a .tcd file: {', '.join(sorted(KNOWN_KEYS))}")
    ranges, turns = _ranges(content, name)
    surfaces = [_surface(m, f"{name}: coilModels[{i}]") for i, m in enumerate(content.get("coilModels", []))]
    deforms = content.get("deformList", [])
    motions = [_motion(d, turns, f"{name}: deformList[{i}]") for i, d in enumerate(deforms)]
    drives = tuple(_drive(s, f"{name}: stimulatorList[{i}]") for i, s in enumerate(content.get("stimulatorList", [])))
    elements = tuple(
        _element(e, f"{name}: coilElementList[{i}]", surfaces, motions, len(drives))
        for i, e in enumerate(content.get("coilElementList", []))
    )
    casing = content.get("coilCasing")
    return CoilModel(
        " ".join(str(content[key]) for key in ("brand", "name") if content.get(key)) or name,
        elements,
        drives,
        None if casing is None else _pick(surfaces, casing, f"{name}: coilCasing"),
        ranges,
        name,
        tuple(tuple(int(i) for i in group) for group in content.get("selfIntersectionTest", [])),
    )


def _element(
    raw: Mapping[str, Any], where: str, surfaces: list[Surface], motions: list[Motion], n_drives: int
) -> CoilElement:
    drive = raw.get("stimulator")
    if not isinstance(drive, int) or not 0 <= drive < n_drives:
        raise InvalidInput(f"{where}.stimulator", drive, f"an index into stimulatorList, 0 to {n_drives - 1}")
    casing = raw.get("elementCasing")
    moves = tuple(_pick(motions, i, f"{where}.deformations") for i in raw.get("deformations", []))
    held = None if casing is None else _pick(surfaces, casing, f"{where}.elementCasing")
    return CoilElement(str(raw.get("name", "")), _source(raw, where), drive, held, moves)


def _source(raw: Mapping[str, Any], where: str) -> CoilSource:
    kind = raw.get("type")
    if kind in (1, 2):
        for key in ("points", "values"):
            if key not in raw:
                raise InvalidInput(f"{where}.{key}", "missing", "an array of 3-vectors for element types 1 and 2")
        points = _vectors(raw["points"], f"{where}.points") * MM
        values = _vectors(raw["values"], f"{where}.values")
        if points.shape != values.shape:
            raise InvalidInput(f"{where}.values", f"{len(values)} rows", f"as many rows as points: {len(points)}")
        return DipoleSource(points, values) if kind == 1 else SegmentSource.whole_wires(points, values * MM)
    if kind == 3:
        for key in ("data", "affine"):
            if key not in raw:
                raise InvalidInput(f"{where}.{key}", "missing", "data and affine for element type 3")
        affine = np.array(raw["affine"], dtype=np.float64)
        if affine.shape != (4, 4):
            raise InvalidInput(f"{where}.affine", f"of shape {affine.shape}", "(4, 4), mm")
        affine[:3] *= MM
        if isinstance(raw["data"], str):
            raise InvalidInput(
                f"{where}.data",
                "packed",
                "nested lists (i, j, k, 3)",
                "SimNIBS packs grids with pickle, which can run code when it is read: export as text or as NIfTI.",
            )
        return sampled(raw["data"], affine)
    raise InvalidInput(f"{where}.type", kind, "1 (dipoles), 2 (wires) or 3 (sampled field)")


def _ranges(content: Mapping[str, Any], name: str) -> tuple[tuple[MotionRange, ...], list[bool]]:
    """Ranges in SI, and whether each drives a turn; one range that drives turns and shifts alike has no unit."""
    deforms, raw = content.get("deformList", []), content.get("deformRangeList", [])
    turns: list[bool] = []
    found = []
    for number, one in enumerate(raw):
        where = f"{name}: deformRangeList[{number}]"
        kinds = {d.get("type") == "rot2p" for d in deforms if d.get("deformRange") == number}
        if len(kinds) > 1:
            raise InvalidInput(where, "used for turns and for shifts", "one kind of motion for each range")
        turn = kinds == {True}
        unit = np.pi / 180 if turn else MM
        try:
            low, high = (float(v) for v in one["range"])
            start = float(one["initial"])
        except (KeyError, TypeError, ValueError):
            raise InvalidInput(where, one, "`initial` and `range` [low, high], in mm or degrees") from None
        found.append(MotionRange(start * unit, low * unit, high * unit))
        turns.append(turn)
    return tuple(found), turns


def _motion(raw: Mapping[str, Any], turns: list[bool], where: str) -> Motion:
    setting = raw.get("deformRange")
    if not isinstance(setting, int) or not 0 <= setting < len(turns):
        raise InvalidInput(f"{where}.deformRange", setting, f"an index into deformRangeList, below {len(turns)}")
    kind = raw.get("type")
    if kind == "rot2p":
        ends = _vectors([raw.get("point1", []), raw.get("point2", [])], f"{where}.point1, point2") * MM
        axis = ends[1] - ends[0]
        if not np.linalg.norm(axis) > 0:
            raise InvalidInput(f"{where}.point2", raw.get("point2"), "a point away from point1")
        return Motion(setting, _triple(axis), _triple(ends[0]))
    if kind in ("x", "y", "z"):
        return Motion(setting, _triple(np.eye(3)["xyz".index(kind)]), None)
    raise InvalidInput(f"{where}.type", kind, "x, y, z or rot2p")


def _triple(values: FloatArray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _drive(raw: Mapping[str, Any], where: str) -> Drive:
    slope = raw.get("maxdIdt")
    if slope is not None and not (isinstance(slope, (int, float)) and np.isfinite(slope) and slope > 0):
        raise InvalidInput(f"{where}.maxdIdt", slope, "a positive number in A/s")
    title = " ".join(str(raw[key]) for key in ("brand", "name") if raw.get(key))
    return Drive(title or "unknown", None if slope is None else float(slope))


def _surface(raw: Mapping[str, Any], where: str) -> Surface:
    for key in ("points", "faces"):
        if key not in raw:
            raise InvalidInput(f"{where}.{key}", "missing", "points (mm) and faces of a casing")
    return Surface(_vectors(raw["points"], f"{where}.points") * MM, _faces(raw["faces"], f"{where}.faces"))


def _vectors(raw: Any, where: str) -> FloatArray:
    values = _unpacked(raw, "<f8", where) if isinstance(raw, str) else _listed(raw, where)
    if values.size == 0 or values.size % 3 or not np.isfinite(values).all():
        raise InvalidInput(where, f"{values.size} numbers", "finite 3-vectors")
    return values.reshape(-1, 3).astype(np.float64)


def _listed(raw: Any, where: str) -> NDArray[Any]:
    try:
        return np.array(raw, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(where, raw, "a list of numbers, or base64 of zlib-compressed float64") from None


def _faces(raw: Any, where: str) -> NDArray[np.int64]:
    values = _unpacked(raw, "<i8", where) if isinstance(raw, str) else np.array(raw)
    if values.size == 0 or values.size % 3 or not np.issubdtype(values.dtype, np.integer):
        raise InvalidInput(where, f"{values.size} of type {values.dtype}", "triangles of three node numbers")
    return values.reshape(-1, 3).astype(np.int64)


def _unpacked(raw: str, kind: str, where: str) -> NDArray[Any]:
    try:
        packed = zlib.decompressobj()
        data = packed.decompress(base64.b64decode(raw, validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error) as error:
        raise InvalidInput(where, str(error), "base64 of zlib-compressed little-endian 8-byte numbers") from error
    if packed.unconsumed_tail or len(data) % 8:
        raise InvalidInput(where, f"{len(data)} bytes", f"at most {MOST_BYTES} bytes, 8 for each number")
    return np.frombuffer(data, dtype=kind)


def _pick(items: list[Any], index: Any, where: str) -> Any:
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(items):
        raise InvalidInput(where, index, f"an index from 0 to {len(items) - 1}")
    return items[index]
