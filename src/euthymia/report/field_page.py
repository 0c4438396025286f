"""The page of a field: a head to turn by hand, slices, the numbers and what they rest on; and the files beside it."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from euthymia import __version__
from euthymia.report.field_colors import gradient
from euthymia.report.field_document import FieldDoc, field_document
from euthymia.report.field_files import FieldFiles, cortex_file, given_surface, joined, mesh_file, volume_files
from euthymia.report.field_measures import PaintedCortex, PlacedField, measures, painted_cortex
from euthymia.report.field_picture import data_uri
from euthymia.report.field_scene import field_scene, packed, picture
from euthymia.report.field_slice_volume import slice_scene
from euthymia.report.field_slices import cuts, drawn, legend
from euthymia.report.write import write_files

FILES = ("field.html", "field.json", "field.csv", "field.msh")
SCRIPTS = ("head_view.js", "slice_view.js")


def write_field(placed: PlacedField, folder: Path, files: FieldFiles | None = None) -> FieldDoc:
    """Write ``field.html``, ``field.json``, ``field.csv``, ``field.msh`` and what ``files`` says; return the document.

    Parameters
    ----------
    files
        Volumes and painted surfaces for other programs; none of them when it is left out. Given surfaces are also those
        that the page shows.

    Raises
    ------
    InvalidInput
        When the folder cannot be written to, a surface lies in another space, or the step of the volumes is out of
        range. Nothing is written then.
    """
    cortex = painted_cortex(placed)
    data: dict[str, str | bytes] = {}
    surfaces, shown = [], []
    if files is not None:
        data["field.gii"] = cortex_file(placed, cortex)
        for given in files.surfaces:
            about, data[f"field.{given.name}.gii"], painted = given_surface(placed, given)
            surfaces.append(about)
            shown.append(painted)
        if files.grid_m is not None:
            data.update(volume_files(placed, files.grid_m))
    names = (*FILES, *(() if files is None else files.names()))
    grid_m = None if files is None else files.grid_m
    document = field_document(
        placed, measures(placed, cortex), tuple(str(folder / name) for name in names), grid_m=grid_m,
        surfaces=tuple(surfaces),
    )  # fmt: skip
    texts: dict[str, str | bytes] = {
        "field.html": _page(placed, joined(shown) if shown else cortex, document),
        "field.json": document.model_dump_json(indent=1) + "\n",
        "field.csv": field_csv(document),
        "field.msh": mesh_file(placed),
    }
    write_files({**texts, **data}, folder)
    return document


def field_html(placed: PlacedField, files: tuple[str, ...] = ()) -> tuple[FieldDoc, str]:
    """The numbers, and the page: one file that loads nothing, with pictures for print and without scripts."""
    cortex = painted_cortex(placed)
    document = field_document(placed, measures(placed, cortex), files)
    return document, _page(placed, cortex, document)


def _page(placed: PlacedField, cortex: PaintedCortex, document: FieldDoc) -> str:
    """The page; ``cortex`` is what it shows."""
    from euthymia.report.page import environment

    peak = document.peak_v_m
    scene = field_scene(placed, cortex, peak)
    views = tuple(drawn(placed, cut, scene.coil, peak) for cut in cuts(placed))
    sliced = slice_scene(placed, views, peak)
    script, digest = _script()
    context = {
        "field": document,
        "rows": rows(document),
        "styles": f"{environment().globals['styles']}\n{_styles()}",
        "head_script": script,
        "script_hash": digest,
        "scene": _json(packed(scene)),
        "picture": data_uri(picture(scene)),
        "cuts": views,
        "slice_scene": _json(sliced),
        "slice_step": sliced["step"],
        "legend": legend(placed),
        "ticks": [(share, f"{share * peak:.3g}") for share in np.linspace(0, 1, 5).tolist()],
        "signed_ticks": [f"{share * peak:+.3g}" for share in (-1.0, -0.5)] + ["0"]
        + [f"{share * peak:+.3g}" for share in (0.5, 1.0)],
        "strength_gradient": gradient(False),
        "normal_gradient": gradient(True),
        "version": __version__,
    }  # fmt: skip
    return environment().get_template("field.html.j2").render(context)


def _json(data: object) -> str:
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def field_csv(document: FieldDoc) -> str:
    """The numbers of the page as CSV, then those of each tissue."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("quantity", "value", "unit"))
    writer.writerows((name, value, unit) for name, value, unit, _ in rows(document))
    for item in document.tissues:
        for name, value, unit in (
            ("volume", f"{item.volume_ml:.1f}", "ml"), ("mean strength", f"{item.mean_v_m:.3g}", "V/m"),
            ("peak", f"{item.peak_v_m:.3g}", "V/m"), ("highest", f"{item.highest_v_m:.3g}", "V/m"),
        ):  # fmt: skip
            writer.writerow((f"{item.tissue}, {name}", value, unit))
    return table.getvalue()


def rows(document: FieldDoc) -> tuple[tuple[str, str, str, str], ...]:
    """Quantity, value, unit and what it means, for the table of the page and the CSV file."""
    d = document

    def share(value: float | None) -> str:
        return "not estimated" if value is None else f"{100 * value:.1f}"

    return (
        ("Mean strength in the target", f"{d.target_v_m:.3g}", "V/m",
         f"grey matter within 5 mm of the target, {d.region_elements} elements"),
        ("Strength per slope in the target", f"{d.target_v_m_per_a_us:.3f}", "V/m per A/µs", ""),
        ("Peak in grey matter", f"{d.peak_v_m:.3g}", "V/m", "99.9 % of the grey matter lies below"),
        ("Highest in grey matter", f"{d.highest_v_m:.3g}", "V/m", "in a single element"),
        ("Outward component, peak", f"{d.outward_v_m:.3g}", "V/m",
         "along the normal that leaves the brain; 99.9 % of its surface lies below"),
        ("Inward component, peak", f"{d.inward_v_m:.3g}", "V/m", "along the normal that enters the brain"),
        ("Focality, volume", f"{d.half_volume_ml:.1f}", "ml", "grey matter with at least half of the peak"),
        ("Focality, area", f"{d.half_area_cm2:.1f}", "cm²", "surface of the brain with at least half of the peak"),
        ("Reach", f"{d.reach_mm:.1f}", "mm", "deepest brain below the scalp with at least half of the peak"),
        ("Depth of the target", f"{d.target_depth_mm:.1f}", "mm", "below the scalp"),
        ("Coil to target", f"{d.coil_to_target_mm:.1f}", "mm", "from the middle of the coil’s face"),
        ("Estimated error, head", share(d.estimated_error), "%", "of the finite elements, relative to the field"),
        ("Estimated error, grey matter", share(d.estimated_grey_error), "%",
         "of the finite elements; wrong shapes and conductivities are not in it"),
        ("Slope of the current", f"{d.slope_a_us:g}", "A/µs", ""),
    )  # fmt: skip


@cache
def _script() -> tuple[str, str]:
    """The scripts of the views as one, and its hash, as the page's policy names it."""
    folder = resources.files("euthymia.report") / "templates"
    text = "\n".join((folder / name).read_text(encoding="utf-8").strip() for name in SCRIPTS)
    return text, "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _styles() -> str:
    return (resources.files("euthymia.report") / "templates" / "field.css").read_text(encoding="utf-8")
