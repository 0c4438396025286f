"""Coil models of our own, from published winding geometry kept as data, and files of coils."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification, weakest
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.coil_model import CoilElement, CoilModel, Drive
from euthymia.engines.fields.coil_sources import AnySource, CoilSource, CombinedSource, DipoleSource, SampledSource
from euthymia.engines.fields.coil_windings import Winding, casing, dipoles, wires
from euthymia.engines.fields.mesh import Surface

PACKAGE = "euthymia.engines.fields"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoilRow(SourcedRow):
    """A coil of ``coil_models.csv``, with the depth and spread that were published for it."""

    id: str
    name: str
    maker: str
    shape: Literal["circular", "figure8", "not_held"]
    deng_number: int | None = None
    depth_half_cm: float | None = None
    spread_half_cm2: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometryRow(SourcedRow):
    """One number of a coil's geometry; the unit is the end of the name."""

    name: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Windings of a coil, the rows they came from, and the weakest verification among them."""

    row: CoilRow
    rows: tuple[GeometryRow, ...]
    windings: tuple[Winding, ...]
    margin_m: float
    back_m: float

    @property
    def verification(self) -> Verification:
        """How far the geometry was compared with its sources: that of its weakest row."""
        return weakest(tuple(r.cite() for r in self.rows))


def coil_rows() -> tuple[CoilRow, ...]:
    """Every coil of the table, held or not."""
    return load_table(PACKAGE, "coil_models.csv", CoilRow, key="id")


def coil_names() -> tuple[str, ...]:
    """Ids of the coils that can be built."""
    return tuple(row.id for row in coil_rows() if row.shape != "not_held")


def geometry(coil: str) -> Geometry:
    """Geometry of a coil by its id.

    Raises
    ------
    InvalidInput
        For an unknown id, or a coil whose winding is not published well enough to be held (the message says why).
    """
    found = next((row for row in coil_rows() if row.id == coil), None)
    if found is None:
        raise InvalidInput("coil", coil, f"one of {', '.join(coil_names())}", "Or read a .ccd or .tcd file.")
    if found.shape == "not_held":
        raise InvalidInput("coil", coil, f"a coil that is held: {', '.join(coil_names())}", found.note)
    rows = load_table(PACKAGE, f"coils/{coil}.toml", GeometryRow, key="name")
    value: dict[str, float] = {row.name: row.value for row in rows}

    def length(name: str) -> float:
        return float(value[name]) * 1e-3

    def winding(sign: int) -> Winding:
        return Winding(
            outer_m=length("outer_diameter_mm") / 2,
            inner_m=length("inner_diameter_mm") / 2,
            turns=int(value["turns"]),
            width_m=length("conductor_width_mm"),
            height_m=length("conductor_height_mm"),
            gap_m=length("face_to_copper_mm"),
            step_m=length("step_mm"),
            offset_m=sign * length("wing_offset_mm"),
            tilt_rad=float(np.radians(value["wing_tilt_deg"])),
            sense=int(value["sense"]) * (sign if found.shape == "figure8" else 1),
        )

    windings = (winding(1), winding(-1)) if found.shape == "figure8" else (winding(1),)
    return Geometry(found, rows, windings, length("casing_margin_mm"), length("casing_back_mm"))


@cache
def coil_model(coil: str, *, kind: Literal["dipoles", "wires"] = "dipoles", order: int = 7) -> CoilModel:
    """A coil of our own.

    Parameters
    ----------
    coil
        Id, see :func:`coil_names`.
    kind
        Magnetic dipoles (fast, 200 to 1,500) or straight wires.
    order
        Order of the dipole quadrature; 7 is converged (see ``tests/reference/test_coil_published.py``).

    Notes
    -----
    The turns are closed circles: the leads, the spiral's pitch and eddy currents in the copper (which matter above
    3 kHz: Gomez 2020) are left out. Dipoles fill the opening of a winding. The casing is a simple cylinder around each
    wing, closed over its opening, with assumed thickness.
    """
    held = geometry(coil)
    sources = (_source(winding, kind, order) for winding in held.windings)
    elements = tuple(CoilElement(f"winding {number}", source) for number, source in enumerate(sources, start=1))
    shells = [casing(w, margin_m=held.margin_m, back_m=held.back_m) for w in held.windings]
    drive = Drive(held.row.maker, None)
    return CoilModel(held.row.name, elements, (drive,), _merged(shells), origin=f"coils/{coil}.toml")


def read_coil(path: str | Path) -> CoilModel:
    """Coil from a .ccd or .tcd file, or a NIfTI vector potential, by the ending of its name."""
    file = Path(path)
    ending = file.name.lower()
    if ending.endswith(".ccd"):
        from euthymia.engines.fields.ccd import parse_ccd

        return parse_ccd(_text(file), file.name)
    if ending.endswith(".tcd"):
        from euthymia.engines.fields.tcd import parse_tcd

        return parse_tcd(_text(file), file.name)
    if ending.endswith((".nii", ".nii.gz")):
        from euthymia.engines.fields.a_field import read_a_field

        read = read_a_field(file)
        drive = Drive("unknown", read.slope_max_a_s)
        return CoilModel(read.name, (CoilElement(read.name, read.source),), (drive,), origin=file.name)
    raise InvalidInput("coil file", file.name, "a name that ends in .ccd, .tcd, .nii or .nii.gz")


def dipoles_of(model: CoilModel) -> DipoleSource:
    """The dipoles of a coil that consists of nothing else and has one drive."""
    parts = model.sources()
    if len(parts) == 1 and isinstance(parts[0][1], DipoleSource):
        return parts[0][1]
    raise InvalidInput("coil", model.name, "a coil of magnetic dipoles with one drive", "Use its excitations instead.")


def source_of(model: CoilModel, shares: tuple[float, ...] | None = None, settings: Any | None = None) -> AnySource:
    """A whole coil as one source, whatever it consists of.

    Parameters
    ----------
    shares
        Slope of each drive as a share of the slope that the coil will be given; 1 for every drive by default.
    settings
        Of its moving parts.
    """
    given = shares or (1.0,) * len(model.drives)
    if len(given) != len(model.drives):
        raise InvalidInput("shares", len(given), f"one for each of the {len(model.drives)} drives")
    parts = model.sources(settings)
    if len(parts) == 1 and given[0] == 1.0:
        return parts[0][1]
    return CombinedSource(tuple(source for _, source in parts), tuple(given[number] for number, _ in parts))


def continued_model(model: CoilModel) -> tuple[CoilModel, float | None]:
    """A coil with its sampled fields continued beyond their grids, and the largest error of that (None: none is)."""
    from euthymia.engines.fields.a_field import continued

    elements, worst = [], None
    for element in model.elements:
        if isinstance(element.source, SampledSource) and element.source.beyond is None:
            source, error = continued(element.source)
            element, worst = replace(element, source=source), max(worst or 0.0, error)
        elements.append(element)
    return (model if worst is None else replace(model, elements=tuple(elements))), worst


def _source(winding: Winding, kind: str, order: int) -> CoilSource:
    if kind == "dipoles":
        return dipoles(winding, order=order)
    if kind == "wires":
        return wires(winding, pieces=12 * order)
    raise InvalidInput("kind", kind, "dipoles or wires")


def _merged(surfaces: list[Surface]) -> Surface:
    first = np.cumsum([0, *(s.nodes.shape[0] for s in surfaces)])
    triangles = [s.triangles + start for s, start in zip(surfaces, first, strict=False)]
    return Surface(np.concatenate([s.nodes for s in surfaces]), np.concatenate(triangles))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("coil file", path.name, "a text file in UTF-8") from error
