"""Read and write .ccd files: a coil as magnetic dipoles."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_model import CoilElement, CoilModel, Drive
from euthymia.engines.fields.coil_sources import DipoleSource

MOST_REACH_M = 0.5
"""Dipoles further from the center than this were not written in metres."""


@dataclass(frozen=True, slots=True)
class CcdHeader:
    """Key and value pairs of the first line; ``slope_max_a_s`` from ``dIdtmax`` (A/µs)."""

    values: dict[str, str]
    slope_max_a_s: float | None


def parse_ccd(text: str, name: str) -> CoilModel:
    """Coil from the text of a .ccd file.

    Parameters
    ----------
    text
        A header line that starts with ``#``, the number of dipoles, a ``#`` line, then a row for each dipole:
        ``x y z`` in m and ``mx my mz`` in A m² per ampere.
    name
        File name, for messages and for a coil without ``coilname``.

    Raises
    ------
    InvalidInput
        With file and line: wrong count, a row that is not six numbers, positions that are not metres.
    """
    lines = text.splitlines()
    if not lines or not lines[0].startswith("#"):
        raise InvalidInput(name, lines[0] if lines else "empty", "a .ccd file, whose first line starts with '#'")
    header = _header(lines[0], name)
    body = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    if not body or not re.fullmatch(r"\s*\d+\s*", body[0][1]):
        raise InvalidInput(f"{name}: line 2", body[0][1] if body else "missing", "the number of dipoles")
    count = int(body[0][1])
    rows = []
    for number, line in body[1:]:
        try:
            row = [float(cell) for cell in line.split()]
        except ValueError:
            row = []
        if len(row) != 6:
            raise InvalidInput(f"{name}: line {number}", line, "six numbers: x y z in m, mx my mz in A m² per ampere")
        rows.append(row)
    if count != len(rows) or count == 0:
        raise InvalidInput(
            name, f"{len(rows)} rows under a count of {count}", "as many rows as the count says", "Was the file cut?"
        )
    table = np.array(rows)
    source = DipoleSource(table[:, :3], table[:, 3:])
    reach = float(np.abs(table[:, :3]).max())
    if reach > MOST_REACH_M:
        raise InvalidInput(name, f"dipoles up to {reach:.3g} m from the center", "metres", "Are the positions in mm?")
    drive = Drive(header.values.get("stimulator", "unknown"), header.slope_max_a_s)
    title = header.values.get("coilname") or name.rsplit("/", 1)[-1].removesuffix(".ccd")
    brand = header.values.get("brand", "")
    return CoilModel(f"{brand} {title}".strip(), (CoilElement(title, source),), (drive,), origin=name)


def format_ccd(coil: CoilModel) -> str:
    """Text of a .ccd file for a coil of dipoles with one drive; it reads back to the same numbers.

    Raises
    ------
    InvalidInput
        When the coil has wires, sampled parts, several drives or moving parts, which the format cannot hold.
    """
    if len(coil.drives) > 1 or coil.ranges:
        raise InvalidInput("coil", f"{len(coil.drives)} drives, {len(coil.ranges)} motions", "one drive, none moving")
    parts = coil.sources()
    if len(parts) != 1 or not isinstance(parts[0][1], DipoleSource):
        raise InvalidInput("coil", "wires or a sampled field", "magnetic dipoles", "Build the coil with dipoles.")
    source, drive = parts[0][1], coil.drives[0]
    for field_name, value in (("coil.name", coil.name), ("coil.drives[0].name", drive.name)):
        if any(mark in value for mark in ";=\n#"):
            raise InvalidInput(field_name, value, "a name without ; = # or a line break")
    slope = "" if drive.slope_max_a_s is None else f"dIdtmax={drive.slope_max_a_s / 1e6:.6g};"
    rows = np.hstack([source.positions, source.moments_per_ampere])
    lines = [
        f"# {coil.name}; {slope}x=-300,300;y=-200,200;z=-200,200;resolution=3;"
        f"stimulator={drive.name};coilname={coil.name};",
        str(source.n_elements),
        "# centers and moments per ampere of the magnetic dipoles",
        *(" ".join(f"{value:.17e}" for value in row) for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _header(line: str, name: str) -> CcdHeader:
    pairs = (part.split("=", 1) for part in line.lstrip("# ").split(";") if "=" in part)
    values = {key.strip(): value.strip() for key, value in pairs}
    slope = None
    if "dIdtmax" in values:
        try:
            slope = float(values["dIdtmax"]) * 1e6
        except ValueError:
            slope = float("nan")
        if not (np.isfinite(slope) and slope > 0):
            raise InvalidInput(f"{name}: dIdtmax", values["dIdtmax"], "a positive number in A/µs")
    return CcdHeader(values, slope)
