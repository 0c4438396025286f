"""Localite markers (read and write) and Softaxic positions (read), both XML."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.navigation import (
    LPS_TO_RAS,
    NavigatedPose,
    NavigationFile,
    RawPose,
    checked,
    in_their_axes,
)


def read_localite(text: str, name: str) -> NavigationFile:
    """Instrument markers (named, no output) or trigger markers (with % and A/µs) of Localite TMS Navigator."""
    root = _root(text, name)
    space = (root.get("coordinateSpace") or "").upper()
    if space not in ("RAS", "LPS"):
        raise InvalidInput(f"{name}: coordinateSpace", space or "missing", "RAS or LPS", "Export in the image's space.")
    flip = LPS_TO_RAS if space == "LPS" else np.eye(4)
    raw = []
    for number, marker in enumerate(root.iter("InstrumentMarker")):
        inner = marker.find("Marker")
        label = (inner.get("description") if inner is not None else None) or f"marker {number}"
        matrix = None if inner is None else inner.find("Matrix4D")
        raw.append(RawPose(label, flip @ _matrix4d(matrix, f"{name}: {label}")))
    for number, marker in enumerate(root.iter("TriggerMarker")):
        label = marker.get("description") or f"pulse {number} at {marker.get('recordingTime', '?')} ms"
        matrix_mm = _matrix4d(marker.find("Matrix4D"), f"{name}: {label}")
        answers = {v.get("key"): _number(v.get("response")) for v in marker.iter("Value")}
        slope, output = answers.get("valueA"), answers.get("amplitudeA")
        raw.append(
            RawPose(
                label,
                flip @ matrix_mm,
                output or None,
                slope * 1e6 if slope else None,
                "samples",
                untracked=bool(np.array_equal(matrix_mm, np.eye(4))),
            )
        )
    note = "DICOM image space (LPS), turned to RAS" if space == "LPS" else "image space, RAS"
    return checked("localite", raw, name, (note,))


def write_localite(poses: list[NavigatedPose]) -> str:
    """Instrument markers in RAS."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<InstrumentMarkerList coordinateSpace="RAS">']
    for number, one in enumerate(poses):
        matrix = in_their_axes("localite", one.pose.in_mm())
        cells = " ".join(f'data{i}{j}="{matrix[i, j]:.17g}"' for i in range(4) for j in range(4))
        lines += [
            f'    <InstrumentMarker alwaysVisible="false" index="{number}" selected="false">',
            f'        <Marker additionalInformation="" color="#ff0000" description={quoteattr(one.name)} set="true">',
            f"            <Matrix4D {cells}/>",
            "        </Marker>",
            "    </InstrumentMarker>",
        ]
    return "\n".join([*lines, "</InstrumentMarkerList>"]) + "\n"


def read_softaxic(text: str, name: str) -> NavigationFile:
    """Positions of a Softaxic .stmpx file (mm, image space)."""
    raw = []
    for number, position in enumerate(_root(text, name).iter("fmp")):
        label = position.get("id") or f"position {number}"
        cell = position.find("fp")
        matrix = np.eye(4)
        for i in range(3):
            for j in range(3):
                matrix[i, j] = _required(cell, f"m{i}{j}", f"{name}: {label}")
            matrix[i, 3] = _required(cell, "xyz"[i], f"{name}: {label}")
        raw.append(RawPose(label, matrix))
    return checked("softaxic", raw, name, ("taken as the space of the image, RAS",))


def _root(text: str, name: str) -> ElementTree.Element:
    if "<!ENTITY" in text:
        raise InvalidInput(name, "entity declarations", "plain XML", "Navigation systems do not write them.")
    try:
        return ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        raise InvalidInput(name, f"not XML: {error}", "an XML export of the navigation system") from error


def _matrix4d(cell: ElementTree.Element | None, where: str) -> FloatArray:
    return np.array([[_required(cell, f"data{i}{j}", where) for j in range(4)] for i in range(4)])


def _required(cell: ElementTree.Element | None, key: str, where: str) -> float:
    value = _number(None if cell is None else cell.get(key))
    if value is None:
        raise InvalidInput(f"{where}.{key}", None if cell is None else cell.get(key), "a finite number")
    return value


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else float("nan")
    except ValueError:
        return None
    return value if np.isfinite(value) else None
