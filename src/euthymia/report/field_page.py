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
from euthymia.engines.fields.msh_write import msh_bytes
from euthymia.report.field_colors import gradient
from euthymia.report.field_document import FieldDoc, field_document
from euthymia.report.field_measures import PlacedField, measures, painted_cortex
from euthymia.report.field_picture import data_uri
from euthymia.report.field_scene import field_scene, packed, picture, slices
from euthymia.report.write import write_files

FILES = ("field.html", "field.json", "field.csv", "field.msh")


def write_field(placed: PlacedField, folder: Path) -> FieldDoc:
    """Write ``field.html``, ``field.json``, ``field.csv`` and ``field.msh``; return the document.

    Raises
    ------
    InvalidInput
        When the folder cannot be written to. Nothing is written then, the mesh excepted.
    """
    document, page = field_html(placed, tuple(str(folder / name) for name in FILES))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("quantity", "value", "unit"))
    writer.writerows((name, value, unit) for name, value, unit, _ in rows(document))
    texts = {"field.html": page, "field.json": document.model_dump_json(indent=1) + "\n", "field.csv": table.getvalue()}
    write_files(texts, folder)
    strength = placed.strength_v_m
    data = {"E": placed.result.field_v_m[:, :, 0], "magnE": strength}
    (folder / "field.msh").write_bytes(msh_bytes(placed.mesh, {}, data, True))
    return document


def field_html(placed: PlacedField, files: tuple[str, ...] = ()) -> tuple[FieldDoc, str]:
    """The numbers, and the page: one file that loads nothing, with a picture for print and without WebGL."""
    from euthymia.report.page import environment

    cortex = painted_cortex(placed)
    found = measures(placed, cortex)
    document = field_document(placed, found, files)
    scene = field_scene(placed, cortex, found.peak_v_m)
    script, digest = _script()
    context = {
        "field": document,
        "rows": rows(document),
        "styles": f"{environment().globals['styles']}\n{_styles()}",
        "head_script": script,
        "script_hash": digest,
        "scene": json.dumps(packed(scene), separators=(",", ":"), allow_nan=False),
        "picture": data_uri(picture(scene)),
        "slices": [(name, data_uri(pixels)) for name, pixels in slices(placed, found.peak_v_m)],
        "ticks": [(share, f"{share * found.peak_v_m:.3g}") for share in np.linspace(0, 1, 5).tolist()],
        "signed_ticks": [f"{share * found.peak_v_m:+.3g}" for share in (-1.0, -0.5)] + ["0"]
        + [f"{share * found.peak_v_m:+.3g}" for share in (0.5, 1.0)],
        "strength_gradient": gradient(False),
        "normal_gradient": gradient(True),
        "version": __version__,
    }  # fmt: skip
    return document, environment().get_template("field.html.j2").render(context)


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
    """The script of the view and its hash, as the page's policy names it."""
    text = (resources.files("euthymia.report") / "templates" / "head_view.js").read_text(encoding="utf-8").strip()
    return text, "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _styles() -> str:
    return (resources.files("euthymia.report") / "templates" / "field.css").read_text(encoding="utf-8")
