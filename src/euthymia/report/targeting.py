"""Targeting as files: the Beam F3 sheet for the treatment room, and the table of targets with their provenance."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal

from euthymia import __version__
from euthymia.engines.fields.beam_f3 import DEFAULT_VARIANT, BeamSpread, reading_error_cm
from euthymia.engines.fields.target_table import TargetRow, TargetTable
from euthymia.engines.fields.targets import connectivity_statement, placement_errors
from euthymia.report.figures import NARROW, WIDE
from euthymia.report.figures.beam_f3 import beam_figure
from euthymia.report.figures.target_map import MappedTarget, target_figure
from euthymia.report.wording import sentence_case
from euthymia.report.write import write_files

_LAYOUTS = (("narrow", NARROW), ("wide", WIDE))
_INK = (
    "<style>text{fill:#18222b;font-family:Helvetica,Arial,sans-serif}.muted{fill:#4c5964}.grid{stroke:#d5dce1}"
    ".halo{paint-order:stroke;stroke:#fff;stroke-width:4px}.outline{fill:none;stroke:#4c5964;stroke-width:1.5}"
    ".measured{fill:none;stroke:#0b5a6b;stroke-width:3.5}.mark{fill:#18222b}"
    ".moment{stroke:#4c5964;stroke-dasharray:2 3}"
    ".site{fill:#0b5a6b;stroke:#fff;stroke-width:1.5}.other-site{fill:#fff;stroke:#18222b;stroke-width:1.5}</style>"
)
"""Colors of a drawing that stands alone, without the page's style sheet."""

Side = Literal["left", "right"]


def beam_steps(spread: BeamSpread, side: Side = "left") -> tuple[str, ...]:
    """What the hand does with the tape measure, step by step (cm, to the millimeter)."""
    head, chosen, name = spread.head, spread.chosen, "F3" if side == "left" else "F4"
    return (
        f"Mark the vertex: half of nasion to inion ({head.nasion_inion_cm / 2:.1f} cm from either) and half of tragus "
        f"to tragus ({head.tragus_cm / 2:.1f} cm).",
        f"Mark FPz: 10 % of nasion to inion, {head.nasion_inion_cm / 10:.1f} cm above the nasion on the midline.",
        f"From FPz measure X = {chosen.x_cm:.1f} cm to the patient's {side} along the circumference; mark the point.",
        f"From the vertex measure Y = {chosen.y_cm:.1f} cm towards that point: this is {name}.",
    )


def beam_html(spread: BeamSpread, side: Side = "left") -> str:
    """Return the sheet as one self-contained page for screen and print."""
    from euthymia.report.page import environment

    sites = [(s, s is spread.chosen) for s in spread.usable]
    context = {
        "name": "F3" if side == "left" else "F4",
        "side": side,
        "head": spread.head,
        "chosen": spread.chosen,
        "steps": beam_steps(spread, side),
        "sites": sites,
        "unusable": spread.unusable,
        "apart": spread.farthest_pair[2],
        "misread": 10 * reading_error_cm(spread, 0.5),
        "errors": _cited_errors("beam_f3") if side == "left" else (),
        "drawings": [(name, beam_figure(spread, width=w, key=f"beam-{name}", side=side)) for name, w in _LAYOUTS],
        "version": __version__,
    }
    return environment().get_template("beam_f3.html.j2").render(context)


def targets_html(table: TargetTable) -> str:
    """Return the table of targets as one self-contained page."""
    from euthymia.report.page import environment

    mapped = mapped_targets(table)
    effect = connectivity_statement()
    space = "MNI" if table.space == "mni" else "head"
    context = {
        "rows": list(zip(mapped, table.rows, strict=True)),
        "nearest": [nearest_words(table, row) for row in table.rows],
        "from_beam": [on_scalp_words(table, row) for row in table.rows],
        "assumption": table.assumption,
        "has_scalp": any(row.depth_m is not None for row in table.rows),
        "effect": effect.statement,
        "effect_sources": tuple(dict.fromkeys(map(str, effect.sources))),
        "errors": _cited_errors(),
        "drawings": [(n, target_figure(mapped, width=w, key=f"targets-{n}", space=space)) for n, w in _LAYOUTS],
        "version": __version__,
    }
    return environment().get_template("targets.html.j2").render(context)


def targets_csv(table: TargetTable) -> str:
    """Return every target as a row: place (mm), depth, source."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("number", "target", "title", "kind", "space", "x_mm", "y_mm", "z_mm", "depth_mm", "off_cortex_mm",
         "verification", "source", "note")
    )  # fmt: skip
    for mapped, row in zip(mapped_targets(table), table.rows, strict=True):
        target = row.target
        state = target.source.verification.value if target.source else ""
        lengths = ("" if v is None else f"{1000 * v:.1f}" for v in (row.depth_m, row.off_cortex_m))
        writer.writerow(
            (mapped.number, target.code, target.title, target.kind, table.space, *mapped.point_mm, *lengths, state,
             target.source.text if target.source else "", target.note)
        )  # fmt: skip
    return out.getvalue()


def mapped_targets(table: TargetTable) -> tuple[MappedTarget, ...]:
    """Number the rows from 1 and give their points in mm, to a tenth."""
    return tuple(
        MappedTarget(
            number, row.target.title, row.target.kind,
            (_mm(row, 0), _mm(row, 1), _mm(row, 2)),
        )
        for number, row in enumerate(table.rows, start=1)
    )  # fmt: skip


def nearest_words(table: TargetTable, row: TargetRow) -> str:
    """Say which target of the same kind lies nearest, and how far away."""
    code = row.target.code
    found = [
        (pair.between_m, pair.other if pair.one == code else pair.one)
        for pair in table.pairs
        if code in (pair.one, pair.other) and pair.between_m is not None
    ]
    if not found:
        return ""
    distance, other = min(found)
    number = next(i for i, r in enumerate(table.rows, start=1) if r.target.code == other)
    return f"{1000 * distance:.0f} mm from {number}"


def on_scalp_words(table: TargetTable, row: TargetRow) -> str:
    """Straight distance (mm) of the coil site of a row from that of Beam F3 (default variant); empty without it."""
    code = f"beam_{DEFAULT_VARIANT}"
    if row.target.code == code or not any(r.target.code == code for r in table.rows):
        return ""
    apart = table.distance(row.target.code, code).on_scalp_m
    return "" if apart is None else f"{1000 * apart:.0f}"


def write_beam_sheet(spread: BeamSpread, directory: Path, side: Side = "left") -> tuple[Path, ...]:
    """Write ``beam-f3.html`` and ``beam-f3.svg``; return their paths."""
    alone = beam_figure(spread, width=WIDE, key="beam", side=side).replace("</desc>", f"</desc>{_INK}", 1)
    return write_files({"beam-f3.html": beam_html(spread, side), "beam-f3.svg": alone}, directory)


def write_targets(table: TargetTable, directory: Path) -> tuple[Path, ...]:
    """Write ``targets.html`` and ``targets.csv``, and ``targets.svg`` when there is something to draw."""
    texts = {"targets.html": targets_html(table), "targets.csv": targets_csv(table)}
    if drawn := target_figure(
        mapped_targets(table), width=WIDE, key="targets", space="MNI" if table.space == "mni" else "head"
    ):
        texts["targets.svg"] = drawn.replace("</desc>", f"</desc>{_INK}", 1)
    return write_files(texts, directory)


def _cited_errors(method: str | None = None) -> list[tuple[str, str]]:
    """What is known of placement errors as sentences, each with its source."""
    rows = placement_errors(method)
    return [(f"{sentence_case(row.statement)}.", f"{row.source} ({row.verification.value})") for row in rows]


def _mm(row: TargetRow, axis: int) -> float:
    return round(1000 * float(row.point[axis]), 1) + 0.0
