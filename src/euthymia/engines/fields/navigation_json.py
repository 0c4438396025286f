"""ANT visor2 markers, NaviNIBS targets and samples, and SimNIBS matrices: JSON, read and write."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.navigation import (
    NavigatedPose,
    NavigationFile,
    RawPose,
    checked,
    in_their_axes,
)


def read_ant(text: str, name: str) -> NavigationFile:
    """Coil targets of an ANT visor2 .mrk file in the space of the image, with the axes of SimNIBS."""
    content = _json(text, name)
    markers = content.get("TargetMarkers") if isinstance(content, dict) else None
    if not isinstance(markers, list):
        raise InvalidInput(name, "no TargetMarkers", "a .mrk file of visor2")
    raw = []
    for number, marker in enumerate(markers):
        target = marker.get("CoilTarget") if isinstance(marker, dict) else None
        if not isinstance(target, dict):
            raise InvalidInput(f"{name}: TargetMarkers[{number}]", marker, "a CoilTarget")
        where = f"{name}: TargetMarkers[{number}].CoilTarget"
        for key, allowed in (("CoordinateSystem", "ASSOCIATED_IMAGE"), ("PositionalUnit", "mm")):
            if target.get(key) != allowed:
                raise InvalidInput(f"{where}.{key}", target.get(key), allowed)
        if target.get("CoilAxesConvention") != "simnibs":
            raise InvalidInput(
                f"{where}.CoilAxesConvention", target.get("CoilAxesConvention"), "simnibs", "Choose it in the export."
            )
        matrix = _matrix((target.get("CoilPose") or {}).get("RigidTransformMatrix4x4"), f"{where}.CoilPose")
        raw.append(RawPose(str(target.get("Name") or f"marker {number}"), in_their_axes("ant", matrix)))
    return checked("ant", raw, name, ("image space, RAS; axes of SimNIBS",))


def write_ant(poses: list[NavigatedPose]) -> str:
    """Coil targets for visor2, in the space of the image and with the axes of SimNIBS."""
    markers = [
        {
            "CoilTarget": {
                "Name": one.name,
                "CoordinateSystem": "ASSOCIATED_IMAGE",
                "PositionalUnit": "mm",
                "CoilAxesConvention": "simnibs",
                "CoilPose": {"RigidTransformMatrix4x4": one.pose.in_mm().tolist()},
            }
        }
        for one in poses
    ]
    return json.dumps({"Configuration": {"SourceInfo": {"AppName": "Euthymia"}}, "TargetMarkers": markers}, indent=2)


def read_navinibs(text: str, name: str) -> NavigationFile:
    """Targets or samples of a NaviNIBS session (``SessionConfig_Targets.json``, ``SessionConfig_Samples.json``)."""
    content = _json(text, name)
    if not isinstance(content, list):
        raise InvalidInput(
            name, type(content).__name__, "a list of targets or samples", "Give SessionConfig_Targets.json."
        )
    raw = []
    for number, one in enumerate(content):
        where = f"{name}: [{number}]"
        if not isinstance(one, dict) or "key" not in one:
            raise InvalidInput(where, one, "an object with a key")
        if one.get("coilToMRITransf") is None:
            raise InvalidInput(
                f"{where}.coilToMRITransf",
                "missing",
                "the pose of the coil",
                "NaviNIBS computes it from points and an angle on its own head: save the target with its pose.",
            )
        raw.append(RawPose(str(one["key"]), _matrix(one["coilToMRITransf"], f"{where}.coilToMRITransf")))
    return checked("navinibs", raw, name, ("space of the session's image, RAS, mm",))


def write_navinibs(poses: list[NavigatedPose]) -> str:
    """Targets with their pose."""
    targets = [
        {"key": one.name, "coilToMRITransf": in_their_axes("navinibs", one.pose.in_mm()).tolist()} for one in poses
    ]
    return json.dumps(targets, indent=2)


def read_simnibs(text: str, name: str) -> NavigationFile:
    """One ``matsimnibs`` (4 x 4, mm), a list of them, or an object of names and matrices."""
    content = _json(text, name)
    if isinstance(content, dict):
        named = list(content.items())
    elif isinstance(content, list) and np.ndim(content) == 2:
        named = [("pose 1", content)]
    elif isinstance(content, list):
        named = [(f"pose {number}", one) for number, one in enumerate(content, start=1)]
    else:
        raise InvalidInput(name, type(content).__name__, "matrices, a list of them, or names and matrices")
    raw = [RawPose(label, _matrix(matrix, f"{name}: {label}")) for label, matrix in named]
    return checked("simnibs", raw, name)


def write_simnibs(poses: list[NavigatedPose]) -> str:
    """Object of names and ``matsimnibs``."""
    return json.dumps({one.name: one.pose.in_mm().tolist() for one in poses}, indent=2)


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(name, f"not JSON (line {error.lineno})", "a JSON file") from error


def _matrix(values: Any, where: str) -> Any:
    try:
        matrix = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(where, values, "a 4 x 4 matrix of numbers") from None
    if matrix.shape == (4, 4, 1):
        matrix = matrix[:, :, 0]
    if matrix.shape != (4, 4):
        raise InvalidInput(where, f"of shape {matrix.shape}", "(4, 4)")
    return matrix
