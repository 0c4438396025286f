"""The page of a placement that bears errors, with the map of the expected field: ``robust.html``, ``robust.json``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from euthymia import __version__
from euthymia.engines.fields.optimize import SearchMap
from euthymia.engines.fields.placement_model import PlacementModel
from euthymia.engines.fields.robust import (
    ConductivityUncertainty,
    JudgedPlacement,
    PlacementError,
    RobustOptimum,
)
from euthymia.report.field_colors import gradient, paint
from euthymia.report.field_picture import data_uri
from euthymia.report.figures import NARROW, WIDE
from euthymia.report.figures.site_bars import SiteBar, site_bars
from euthymia.report.figures.svg import Drawing
from euthymia.report.genome_document import source_doc
from euthymia.report.robust_document import ErrorItem, JudgedItem, MapPoint, RobustDocument
from euthymia.report.write import write_files

FILES = ("robust.html", "robust.json")
_LAYOUTS = (("narrow", NARROW), ("wide", WIDE))
_CELL = 16


@dataclass(frozen=True, slots=True, eq=False)
class FoundRobust:
    """What the search found, on which head, with which errors."""

    head_name: str
    statement: str
    coil: str
    slope_a_s: float
    target: str
    target_point: tuple[float, float, float]
    found: RobustOptimum
    searched: SearchMap
    methods: tuple[PlacementModel, ...]
    error: PlacementError
    tissues: tuple[ConductivityUncertainty, ...]
    notes: tuple[str, ...]


def write_robust(result: FoundRobust, folder: Path) -> RobustDocument:
    """Write page and JSON; return the document."""
    document = robust_document(result, tuple(str(folder / name) for name in FILES))
    texts = {"robust.html": robust_html(result, document), "robust.json": document.model_dump_json(indent=1) + "\n"}
    write_files(texts, folder)
    return document


def robust_document(result: FoundRobust, files: tuple[str, ...] = ()) -> RobustDocument:
    """The search as data."""
    found, searched = result.found, result.searched
    robust, nominal = found.chosen, found.nominal
    apart = np.linalg.norm(searched.offsets_m[robust.place] - searched.offsets_m[nominal.place])
    return RobustDocument(
        head=result.head_name,
        statement=result.statement,
        coil=result.coil,
        slope_a_us=result.slope_a_s / 1e6,
        target=result.target,
        target_mm=[round(1000 * v, 2) for v in result.target_point],
        aim=found.aim,
        methods=[_error(row) for row in result.methods],
        shift_sd_mm=1000 * result.error.shift_m,
        yaw_sd_deg=float(np.rad2deg(result.error.yaw_rad)),
        tilt_sd_deg=float(np.rad2deg(result.error.tilt_rad)),
        conductivities=[
            f"{row.tissue}: coefficient of variation {row.coefficient_of_variation:g} ({row.source}; "
            f"{row.verification.value})"
            for row in result.tissues
        ],
        robust=_judged(robust, searched),
        nominal=_judged(nominal, searched),
        apart_mm=1000 * float(apart),
        turned_deg=_between(searched, robust.turn, nominal.turn),
        gain_expected=robust.expected_v_m / nominal.expected_v_m - 1,
        gain_low=float(robust.interval_v_m[0] / nominal.interval_v_m[0] - 1),
        draws=found.n_samples,
        seed=found.seed,
        notes=list(result.notes),
        points=_points(found, searched),
        files=list(files),
    )


def robust_html(result: FoundRobust, document: RobustDocument) -> str:
    """One page that loads nothing."""
    from euthymia.report.page import environment

    rows = (("Robust placement", document.robust), ("Best without errors", document.nominal))
    bars = [
        SiteBar(number, title, row.expected_v_m, row.interval_v_m[0], row.interval_v_m[2], True)
        for number, (title, row) in enumerate(rows, start=1)
    ]
    best = document.nominal.without_error_v_m
    pixels, reach = _map(document.points, best)
    context = {
        "found": document,
        "rows": rows,
        "styles": f"{environment().globals['styles']}\n{_styles()}",
        "map": data_uri(pixels),
        "overlays": [(n, _marks(document, reach, w, f"map-{n}")) for n, w in _LAYOUTS],
        "gradient": gradient(False),
        "low": f"{LOWEST * best:.3g}",
        "high": f"{best:.3g}",
        "drawings": [
            (n, site_bars(bars, width=w, key=f"bars-{n}", goal=document.target, place="the target"))
            for n, w in _LAYOUTS
        ],
        "version": __version__,
    }
    return environment().get_template("robust.html.j2").render(context)


LOWEST = 0.5
"""Share of the best field at which the colors of the map begin."""


def _map(points: Sequence[MapPoint], best: float) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], float]:
    """Expected field over the search as seen from outside, front up: pixels, and half of the width, mm."""
    x, y = np.array([p.x_mm for p in points]), np.array([p.y_mm for p in points])
    steps = np.unique(np.round(x, 6))
    step = float(np.diff(steps).min()) if steps.size > 1 else 1.0
    count = round(float(np.abs(np.concatenate([x, y])).max()) / step)
    cells = np.zeros((2 * count + 1, 2 * count + 1, 4), dtype=np.uint8)
    row = np.rint(count - y / step).astype(np.int64)
    column = np.rint(count - x / step).astype(np.int64)  # seen from outside, the side axis of the coil points left
    cells[row, column, :3] = paint(np.array([p.expected_v_m for p in points]), LOWEST * best, best, False)
    cells[row, column, 3] = 255
    return np.repeat(np.repeat(cells, _CELL, axis=0), _CELL, axis=1), (count + 0.5) * step


def _marks(document: RobustDocument, reach: float, width: float, key: str) -> str:
    drawing = Drawing(width)
    size = 13 if width > 500 else 11
    scale = width / (2 * reach)
    marks = [(document.nominal, "best without errors", "other-site", 32.0), (document.robust, "robust", "site", -24.0)]
    if not document.apart_mm and not document.turned_deg:
        marks = [(document.robust, "robust, and best without errors", "site", -24.0)]
    for row, label, css, down in marks:
        x, y = width / 2 - row.offset_mm[0] * scale, width / 2 - row.offset_mm[1] * scale
        turn = np.deg2rad(row.handle_deg)
        along, up = 18 * np.sin(turn), -18 * np.cos(turn)
        drawing.line(x - along, y - up, x + along, y + up, "pin")
        drawing.circle(x, y, 5.5, css)
        drawing.text(x, y + down, label, size=size, anchor="middle", bold=True, css="pin-label")
    drawing.text(width / 2, 14, "front ↑", size=size, anchor="middle", css="pin-label")
    bar = 10 * scale
    drawing.line(8, width - 10, 8 + bar, width - 10, "pin")
    drawing.text(8 + bar / 2, width - 15, "10 mm", size=size, anchor="middle", css="pin-label")
    words = f"robust and best placement, {document.apart_mm:.1f} mm apart"
    return drawing.render(width, key=key, title="Placements on the map", description=words)


def _points(found: RobustOptimum, searched: SearchMap) -> list[MapPoint]:
    turn = found.expected_v_m.argmax(axis=1)
    rows = np.arange(turn.size)
    return [
        MapPoint(
            x_mm=round(1000 * float(x), 3), y_mm=round(1000 * float(y), 3), handle_deg=round(float(angle), 2),
            without_error_v_m=float(nominal), expected_v_m=float(expected),
        )
        for (x, y), angle, nominal, expected in zip(
            searched.offsets_m, np.rad2deg(searched.angles_rad[turn]), searched.score_v_m[rows, turn],
            found.expected_v_m[rows, turn], strict=True,
        )
    ]  # fmt: skip


def _judged(one: JudgedPlacement, searched: SearchMap) -> JudgedItem:
    return JudgedItem(
        pose_mm=[[round(float(v), 4) for v in row] for row in one.pose.in_mm()],
        offset_mm=[round(1000 * float(v), 3) for v in searched.offsets_m[one.place]],
        handle_deg=round(float(np.rad2deg(searched.angles_rad[one.turn])), 2),
        without_error_v_m=one.score_v_m,
        expected_v_m=one.expected_v_m,
        interval_v_m=[float(v) for v in one.interval_v_m],
        near_best=one.near_best,
    )


def _between(searched: SearchMap, one: int, other: int) -> float:
    """Smallest angle between two handles of a half turn, degrees."""
    apart = abs(float(np.rad2deg(searched.angles_rad[one] - searched.angles_rad[other]))) % 180
    return min(apart, 180 - apart)


def _error(row: PlacementModel) -> ErrorItem:
    return ErrorItem(
        method=row.method, title=row.title, statistic=row.statistic, shift_mm=row.shift_mm, yaw_deg=row.yaw_deg,
        tilt_deg=row.tilt_deg, statement=row.statement, source=source_doc(row.cite()),
    )  # fmt: skip


def _styles() -> str:
    return resources.files("euthymia.report").joinpath("templates", "sites.css").read_text(encoding="utf-8")
