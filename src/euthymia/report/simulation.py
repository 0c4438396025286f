"""A simulation of one prescription as files: a page with its figures, JSON, a table of the curves, and each drawing."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Literal

from euthymia import __version__
from euthymia.case.model import Case
from euthymia.plan.document import simulated_document
from euthymia.plan.document_model import Document, SimulatedDoc
from euthymia.report.citations import Citations
from euthymia.report.curve_view import curve_view, curve_views
from euthymia.report.effect import compared_outcome, outcome_flags, outcome_words
from euthymia.report.picture_view import picture_views
from euthymia.report.simulation_course import milestone_rows, safety_of, simulated_course
from euthymia.report.simulation_field import (
    DOSE_COLUMNS,
    ShownField,
    SimulationFieldDoc,
    doses_csv,
    field_document_of,
    field_view,
)
from euthymia.report.wording import sentence_case
from euthymia.report.write import write_files
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.tms.field_dose import not_proven

_INK = (
    "<style>text{fill:#18222b;font-family:Helvetica,Arial,sans-serif}.muted{fill:#4c5964}"
    ".grid{stroke:#d5dce1}.band{fill:#cfdfe3}.expected{fill:none;stroke:#0b5a6b;stroke-width:2}"
    ".limit{stroke:#9a1b1b;stroke-width:1.5;stroke-dasharray:6 4}.limit-label{fill:#9a1b1b}"
    ".moment{stroke:#4c5964;stroke-dasharray:2 3}</style>"
)
"""Colors of a drawing that stands alone, without the page's style sheet."""


class SimulationDoc(Document):
    """``simulation.json``: what one prescription would do for one case."""

    document: Literal["euthymia/simulation"] = "euthymia/simulation"
    schema_version: Literal["1.0"] = "1.0"
    euthymia_version: str
    case_id: str
    synthetic: bool
    as_of: datetime
    simulated: SimulatedDoc
    field: SimulationFieldDoc | None = None


def simulation_document(
    case: Case, prescription: Prescription, forecast: Forecast, field: ShownField | None = None
) -> SimulationDoc:
    """Return the simulation as a document; ``field``: of TMS, when one was computed."""
    return SimulationDoc(
        euthymia_version=__version__,
        case_id=case.case_id,
        synthetic=case.synthetic,
        as_of=case.as_of,
        simulated=simulated_document(prescription, forecast),
        field=None if field is None else field_document_of(field),
    )


def simulation_html(case: Case, prescription: Prescription, forecast: Forecast, field: ShownField | None = None) -> str:
    """Return the simulation as one self-contained HTML page; pages of a field are linked, not held."""
    from euthymia.report.page import environment

    cited = Citations(simulated_document(prescription, forecast).sources)
    outcome = compared_outcome(forecast)
    context = {
        "case_id": case.case_id,
        "synthetic": case.synthetic,
        "day": case.as_of.date().isoformat(),
        "seed": forecast.seed,
        "version": __version__,
        "prescription": prescription.title,
        "details": prescription.details(),
        "curves": curve_views(forecast.curves, cited, "sim"),
        "pictures": picture_views(forecast.pictures, cited, "sim"),
        "pulses": _pulses(prescription),
        "course": simulated_course(case, prescription, forecast),
        "milestones": milestone_rows(prescription),
        "safety": cited.reasons(safety_of(prescription)),
        "field": None if field is None else field_view(field),
        "field_columns": DOSE_COLUMNS,
        "not_proven": "" if field is None else not_proven(is_template=field.field.is_template).statement,
        "physics": cited.reasons(forecast.physics),
        "harms": [(sentence_case(h.name), h.serious, cited.reason(h.reason)) for h in forecast.harms],
        "effect": sentence_case(outcome_words(outcome)) if outcome else "",
        "flags": outcome_flags(outcome) if outcome else (),
        "prescription_reasons": cited.reasons(prescription.reasons),
    }
    context["sources"] = cited.listing()
    return environment().get_template("simulation.html.j2").render(context)


def _pulses(prescription: Prescription) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Timing of the pulses, for TMS."""
    from euthymia.therapies.tms.prescription import TmsPrescription

    if not isinstance(prescription, TmsPrescription):
        return ()
    from euthymia.report.tms_timing import pulse_figures

    return pulse_figures(prescription, "sim")


def curves_csv(forecast: Forecast) -> str:
    """Return every point of every curve as a table."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("curve", "title", "status", "time", "time_unit", "median", "p05", "p95", "unit"))
    for c in forecast.curves:
        for time, middle, low, high in zip(c.times, c.median, c.low, c.high, strict=True):
            numbers = (f"{value:.6g}" for value in (middle, low, high))
            table.writerow((c.code, c.title, c.status, f"{time:.6g}", c.time_unit, *numbers, c.unit))
    return out.getvalue()


def write_simulation(
    case: Case, prescription: Prescription, forecast: Forecast, directory: Path, field: ShownField | None = None
) -> tuple[Path, ...]:
    """Write ``simulation.html``, ``simulation.json``, ``curves.csv`` and one ``.svg`` a curve; return their paths.

    With a field also ``doses.csv``; the pages that it links are written by who computed it.

    Raises
    ------
    InvalidInput
        When ``directory`` cannot be written to; nothing is written then.
    """
    texts = {
        "simulation.html": simulation_html(case, prescription, forecast, field),
        "simulation.json": simulation_document(case, prescription, forecast, field).model_dump_json(indent=1) + "\n",
    }
    if field is not None:
        texts["doses.csv"] = doses_csv(field)
    if forecast.curves:
        texts["curves.csv"] = curves_csv(forecast)
        cited = Citations(())
        for curve in forecast.curves:
            drawing = dict(curve_view(curve, cited, "alone").drawings)["wide"]
            texts[f"{curve.code}.svg"] = drawing.replace("</desc>", f"</desc>{_INK}", 1)
    return write_files(texts, directory)
