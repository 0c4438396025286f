"""A simulation as files: page, JSON that its schema accepts, table and drawings, all telling the same numbers."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from euthymia.case.model import Case
from euthymia.cli.documents import schema_of
from euthymia.core.reason import Reason
from euthymia.core.source import Source, Verification
from euthymia.report.simulation import write_simulation
from euthymia.therapies.contract import Prescription
from euthymia.therapies.curves import Curve, Mark
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.registry import therapy

from tests.contract.cases import COMPLETE, make_case


@pytest.fixture(scope="module")
def simulated() -> tuple[Case, Prescription, Forecast]:
    case = make_case(*COMPLETE)
    tms = therapy("tms")
    prescription = tms.propose(case)[0]
    found = tms.simulate(case, prescription, seed=3)
    why = Reason("From a model.", (Source("A paper, 2021", verification=Verification.READ),), code="model")
    curve = Curve(
        "plasma", "In plasma", "ng/mL", (0.0, 0.5, 1.0), "h", (0.0, 80.0, 40.0), (0.0, 60.0, 30.0),
        (0.0, 110.0, 55.0), why, "illustrative", (Mark("dose", time=0.0), Mark("limit", level=120.0)),
        ("Outside the studied age.",),
    )  # fmt: skip
    return case, prescription, replace(found, curves=(curve,))


def test_every_file_tells_the_same(simulated: tuple[Case, Prescription, Forecast], tmp_path: Path) -> None:
    case, prescription, found = simulated
    paths = write_simulation(case, prescription, found, tmp_path)
    assert {p.name for p in paths} == {"simulation.html", "simulation.json", "curves.csv", "plasma.svg"}
    document = json.loads((tmp_path / "simulation.json").read_text())
    jsonschema.validate(document, schema_of("simulation"))
    (curve,) = document["simulated"]["forecast"]["curves"]
    assert curve["median"] == [0.0, 80.0, 40.0] and curve["status"] == "illustrative"
    sources = document["simulated"]["sources"]
    assert sources[curve["reason"]["sources"][0]]["text"] == "A paper, 2021"
    rows = list(csv.DictReader((tmp_path / "curves.csv").open()))
    assert [(r["time"], r["median"], r["p05"], r["p95"]) for r in rows][1] == ("0.5", "80", "60", "110")
    page = (tmp_path / "simulation.html").read_text()
    for words in ("In plasma", "Illustrative", "Outside the studied age.", "80 ng/mL", "SYNTHETIC"):
        assert words in page
    ElementTree.fromstring((tmp_path / "plasma.svg").read_text())


def test_without_a_curve_the_page_has_course_and_safety(
    simulated: tuple[Case, Prescription, Forecast], tmp_path: Path
) -> None:
    case, prescription, found = simulated
    paths = write_simulation(case, prescription, replace(found, curves=()), tmp_path)
    assert {p.name for p in paths} == {"simulation.html", "simulation.json"}
    page = (tmp_path / "simulation.html").read_text()
    assert "Expected over time" not in page and "Phases and visits of the course" in page
    for words in ("every 7 days", "Early check", "Decision:", "safety of the pulses", "Cleared by device"):
        assert words in page, words


def test_a_plan_shows_the_curves_of_its_options(simulated: tuple[Case, Prescription, Forecast]) -> None:
    from euthymia.plan import compare
    from euthymia.plan.document import plan_document
    from euthymia.report.page import plan_html

    case, _, found = simulated
    plan = compare(case)
    options = tuple(
        replace(o, forecast=replace(o.forecast, curves=found.curves)) if o.therapy == "tms" and o.forecast else o
        for o in plan.options
    )
    plan = replace(plan, options=options)
    assert "What the session is expected to look like" in plan_html(plan, case)
    shown = {o.therapy: o.forecast.curves for o in plan_document(plan).options if o.forecast is not None}
    assert [c.code for c in shown["tms"]] == ["plasma"] and shown["vns"] == []
