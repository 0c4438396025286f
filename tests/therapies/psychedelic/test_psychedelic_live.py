"""The simulated patient and the live band of a dosing day."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from euthymia.case.facts import Finding
from euthymia.case.model import Case
from euthymia.therapies.contract import Observation, Prescription
from euthymia.therapies.psychedelic import THERAPY
from euthymia.therapies.psychedelic.live_patient import Body, LevelFigure, live_figure, simulated_patient
from euthymia.therapies.simulation import Draws, Simulates

PTSD = (Finding("ptsd", True), Finding("ptsd_trial_route_mdma", True))
HOUR = 3600.0


def offered(case: Case, form: str) -> Prescription:
    return next(p for p in THERAPY.propose(case) if p.form == form)


def dose(at_s: float, mg: float, kind: str = "dose_given") -> Observation:
    return Observation(kind, at_s, {"mg": mg})


def test_the_therapy_gives_both(make_case: Callable[..., Case]) -> None:
    assert isinstance(THERAPY, Simulates) and isinstance(THERAPY, Draws)
    rx = offered(make_case(), "psilocybin")
    assert simulated_patient(make_case(), rx, 1).next_s() >= 0
    assert live_figure(make_case(), rx).rows() == ()


@pytest.mark.parametrize("form", ["psilocybin", "mdma"])
@pytest.mark.parametrize("seed", range(5))
def test_pressure_rises_after_the_dose_and_is_back_at_the_end(form: str, seed: int) -> None:
    body = Body(form, seed)
    before = body.reading("blood_pressure", 0.0)
    body.took(dose(HOUR, 25.0 if form == "psilocybin" else 80.0))
    peak, end = body.reading("blood_pressure", 3 * HOUR), body.reading("blood_pressure", 9 * HOUR)
    assert before and peak and end
    assert end["systolic_mmhg"] <= peak["systolic_mmhg"] + 10
    assert abs(end["systolic_mmhg"] - before["systolic_mmhg"]) <= 20
    assert peak["systolic_mmhg"] >= before["systolic_mmhg"] - 10
    assert body.reading("temperature", 0.0) is None


def test_the_same_seed_is_the_same_person_and_people_differ() -> None:
    def peak(seed: int) -> object:
        body = Body("psilocybin", seed)
        body.took(dose(0.0, 25.0))
        return body.reading("blood_pressure", 2 * HOUR)

    assert peak(1) == peak(1)
    assert len({str(peak(seed)) for seed in range(8)}) > 3


def test_the_band_starts_when_the_dose_was_really_given() -> None:
    figure = LevelFigure("psilocybin")
    figure.took(Observation("blood_pressure", 60.0, {}))
    assert figure.rows() == () and "not verified" in figure.note
    figure.took(dose(900.0, 25.0))
    rows = figure.rows()
    assert rows[0].at_s == 900.0 and rows[0].high < 1e-9
    assert "±20 points" in figure.note and "unverified" in figure.note
    top = max(rows, key=lambda r: r.median)
    assert 1.5 * HOUR < top.at_s - 900.0 < 2.5 * HOUR


def test_the_supplement_lifts_the_mdma_band() -> None:
    figure = LevelFigure("mdma")
    figure.took(dose(0.0, 80.0))
    alone = max(r.median for r in figure.rows())
    figure.took(dose(6300.0, 40.0, "supplement_given"))
    assert max(r.median for r in figure.rows()) > 1.2 * alone
    assert "illustrative" in figure.note


@pytest.mark.parametrize(("form", "mg"), [("psilocybin", 25.0), ("mdma", 80.0)])
def test_the_patient_gives_the_prescribed_dose(make_case: Callable[..., Case], form: str, mg: float) -> None:
    case = make_case(*PTSD)
    patient = simulated_patient(case, offered(case, form), 1)
    given = [o for o in patient.spontaneous(3 * HOUR) if o.kind == "dose_given"]
    assert [o.values["mg"] for o in given] == [mg]
