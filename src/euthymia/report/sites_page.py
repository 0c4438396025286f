"""Every site compared on one head: ``sites.html`` with map, bars and table, ``sites.csv`` and ``sites.json``."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from euthymia import __version__
from euthymia.engines.fields.coil_model import CoilModel
from euthymia.engines.fields.error_estimate import ErrorEstimate
from euthymia.engines.fields.grey_region import GREY
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.robust import conductivity_uncertainty
from euthymia.engines.fields.roi import Roi
from euthymia.engines.fields.site_spread import SiteSpread
from euthymia.engines.fields.space import Space
from euthymia.engines.fields.targets import connectivity_statement
from euthymia.report.field_picture import data_uri
from euthymia.report.figures import NARROW, WIDE
from euthymia.report.figures.site_bars import SiteBar, site_bars
from euthymia.report.sites_document import SiteItem, SitesDocument
from euthymia.report.sites_measures import SolvedSite, site_items
from euthymia.report.sites_picture import numbers_over, sites_picture
from euthymia.report.write import write_files

FILES = ("sites.html", "sites.csv", "sites.json")
_LAYOUTS = (("narrow", NARROW), ("wide", WIDE))
COLUMNS = (
    ("number", ""), ("site", ""), ("title", ""), ("kind", ""), ("found_by", ""), ("goal", "V/m"), ("goal_low", "V/m"),
    ("goal_high", "V/m"), ("goal_share", ""), ("own", "V/m"), ("own_low", "V/m"), ("own_high", "V/m"), ("peak", "V/m"),
    ("half_area", "cm2"), ("half_volume", "ml"), ("reach", "mm"), ("scalp_to_cortex", "mm"), ("scalp_to_own", "mm"),
    ("coil_to_own", "mm"), ("from_goal_site", "mm"), ("scalp_x", "mm"), ("scalp_y", "mm"), ("scalp_z", "mm"),
    ("own_x", "mm"), ("own_y", "mm"), ("own_z", "mm"), ("scatter", ""), ("scatter_shift", "mm"),
    ("goal_left_median", ""), ("goal_left_low", ""), ("warnings", ""), ("verification", ""), ("source", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ComparedSites:
    """All that a comparison found; ``assumption``: how points came to this head; ``over_goal (3,)``: scalp, m."""

    head_name: str
    statement: str
    assumption: str
    scalp: Surface
    coil: CoilModel
    slope_a_s: float
    goal_title: str
    goal_code: str
    goal: Roi
    over_goal: FloatArray
    notes: tuple[str, ...]
    space: Space
    estimate: ErrorEstimate | None
    solved: tuple[SolvedSite, ...]
    spreads: tuple[SiteSpread, ...]
    draws: int
    seed: int


def write_sites(compared: ComparedSites, folder: Path) -> SitesDocument:
    """Write page, table and JSON; return the document."""
    document = sites_document(compared, tuple(str(folder / name) for name in FILES))
    texts = (sites_html(compared, document), sites_csv(document), document.model_dump_json(indent=1) + "\n")
    write_files(dict(zip(FILES, texts, strict=True)), folder)
    return document


def sites_document(compared: ComparedSites, files: tuple[str, ...] = ()) -> SitesDocument:
    """The comparison as data."""
    space = compared.space
    tags = set(np.unique(space.mesh.tissue).tolist())
    rows = [row for tag, row in sorted(conductivity_uncertainty().items()) if tag in tags]
    estimate = compared.estimate
    return SitesDocument(
        head=compared.head_name,
        statement=compared.statement,
        assumption=compared.assumption,
        coil=compared.coil.name,
        slope_a_us=compared.slope_a_s / 1e6,
        goal=compared.goal_title,
        goal_code=compared.goal_code,
        goal_mm=[round(1000 * float(v), 2) for v in compared.goal.center],
        notes=list(compared.notes),
        nodes=space.mesh.nodes.shape[0],
        elements=space.mesh.tets.shape[0],
        order=space.order,
        unknowns=space.n,
        estimated_grey_error=None if estimate is None else float(estimate.by_tissue[GREY][0]),
        draws=compared.draws,
        seed=compared.seed,
        conductivities=[
            f"{row.tissue}: coefficient of variation {row.coefficient_of_variation:g} ({row.source}; "
            f"{row.verification.value})"
            for row in rows
        ],
        connectivity_effect=connectivity_statement().statement,
        sites=site_items(compared.solved, compared.spreads, compared.over_goal),
        files=list(files),
    )


def sites_csv(document: SitesDocument) -> str:
    """One row a site; units stand in the names of the columns."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"{name}_{unit.replace('/', '_')}" if unit else name for name, unit in COLUMNS])
    writer.writerows(_cells(row) for row in document.sites)
    return out.getvalue()


def sites_html(compared: ComparedSites, document: SitesDocument) -> str:
    """One page that loads nothing."""
    from euthymia.report.page import environment

    in_order = {one.site.target.code: one.site for one in compared.solved}
    sites = [in_order[row.code] for row in document.sites]
    picture = sites_picture(
        compared.space.mesh, compared.scalp, np.array([s.on_scalp for s in sites]),
        np.array([s.roi.center for s in sites]), compared.goal.center,
    )  # fmt: skip
    numbers = [row.number for row in document.sites]
    words = "; ".join(f"{row.number} {row.title}" for row in document.sites)
    bars = [
        SiteBar(
            row.number,
            row.title,
            row.goal_v_m,
            row.goal_interval_v_m[0],
            row.goal_interval_v_m[1],
            row.scatter is not None,
        )
        for row in document.sites
    ]
    context = {
        "found": document,
        "styles": f"{environment().globals['styles']}\n{_styles()}",
        "picture": data_uri(picture.pixels),
        "size": picture.pixels.shape[1::-1],
        "overlays": [(n, numbers_over(picture, numbers, width=w, key=f"map-{n}", words=words)) for n, w in _LAYOUTS],
        "unseen": [row for row, shown in zip(document.sites, picture.shown, strict=True) if not shown],
        "drawings": [(n, site_bars(bars, width=w, key=f"bars-{n}", goal=document.goal)) for n, w in _LAYOUTS],
        "methods": _methods(document),
        "unknown": [row for row in document.sites if row.scatter is None],
        "version": __version__,
    }
    return environment().get_template("sites.html.j2").render(context)


def _methods(document: SitesDocument) -> list[tuple[str, str, str]]:
    """Each scatter once: title, what was measured, source."""
    found = {row.scatter.method: row.scatter for row in document.sites if row.scatter is not None}
    return [
        (s.title, f"{s.statement[:1].upper()}{s.statement[1:]}.", f"{s.source.text} ({s.source.verification})")
        for s in found.values()
    ]


def _cells(row: SiteItem) -> list[object]:
    scatter, source = row.scatter, row.source

    def short(*values: float) -> list[str]:
        return [f"{value:.4g}" for value in values]

    return [
        row.number, row.code, row.title, row.kind, row.found_by, *short(row.goal_v_m, *row.goal_interval_v_m),
        *short(row.goal_share, row.own_v_m, *row.own_interval_v_m, row.peak_v_m, row.half_area_cm2, row.half_volume_ml),
        *short(row.reach_mm, row.scalp_to_cortex_mm, row.scalp_to_own_mm, row.coil_to_own_mm, row.from_goal_site_mm),
        *short(*row.on_scalp_mm, *row.own_mm), *((scatter.title, *short(scatter.shift_mm, scatter.goal_median,
        scatter.goal_low)) if scatter else ("not known", "", "", "")), "; ".join(row.warnings),
        source.verification if source else "", source.text if source else "",
    ]  # fmt: skip


def _styles() -> str:
    return resources.files("euthymia.report").joinpath("templates", "sites.css").read_text(encoding="utf-8")
