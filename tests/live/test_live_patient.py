"""Simulated visits from rows: what fires when, from whose prescription, with which noise; and what a row may not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from euthymia.case.facts import Demographics, Sex
from euthymia.core.errors import InvalidInput, MissingData
from euthymia.live.inputs import Acknowledgement, Reading
from euthymia.live.simulated_patient import patient_of
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.registry import names, therapy
from euthymia.therapies.simulated_visit import read_values, table_patient, visit_rows
from euthymia.therapies.simulation import BandRow

from tests.contract.cases import COMPLETE, make_case
from tests.live.live_runs import chosen, live_case, simulate

KETAMINE = "euthymia.therapies.ketamine"


def test_values_are_numbers_flags_words_and_maps() -> None:
    found = read_values('mg=28; lot="12"; ok=true; not=none; kohm.F3=3; kohm.F4=4; text=as asked; new=[]', "row")
    assert found == {
        "mg": 28.0, "lot": "12", "ok": True, "not": None, "kohm": {"F3": 3.0, "F4": 4.0}, "text": "as asked", "new": (),
    }  # fmt: skip
    for wrong in ("mg", "=3", "mg=1; mg=2"):
        with pytest.raises(InvalidInput, match="row"):
            read_values(wrong, "row")


def test_a_therapy_without_rows_says_what_to_do() -> None:
    with pytest.raises(MissingData, match="--script"):
        visit_rows("euthymia.plan")


@pytest.mark.parametrize("name", [n for n in names() if n not in ("light",)])
def test_every_built_in_therapy_has_rows_that_load(name: str) -> None:
    rows = visit_rows(f"euthymia.therapies.{name}")
    assert rows and len({row.code for row in rows}) == len(rows)
    for row in rows:
        for trigger in row.after:
            kind, slash, _ = trigger.partition("/")
            assert trigger == "start" or (slash and kind in {*map(str, ActionKind), "seen"}), trigger


def test_the_noise_is_seeded_and_does_not_depend_on_who_asks_when() -> None:
    action = Action(ActionKind.MEASURE, "blood_pressure", "…", due_s=600.0)
    rx = chosen("ketamine", "esketamine_nasal")
    first, again, other = (table_patient(KETAMINE, live_case(), rx, seed) for seed in (1, 1, 2))
    for patient in (first, again, other):
        assert patient.answers(action, 0.0) == []  # it takes time
    again.spontaneous(500.0)
    readings = [p.spontaneous(700.0)[-1] for p in (first, again, other)]
    assert readings[0] == readings[1] != readings[2]
    assert readings[0].kind == "blood_pressure" and readings[0].at_s == 660.0


def test_two_reasons_for_one_step_are_one_step() -> None:
    patient = table_patient(KETAMINE, live_case(), chosen("ketamine", "esketamine_nasal"), 1)
    refused = Action(ActionKind.REFUSE, "discharge", "Not yet: …")
    for _ in range(3):
        patient.answers(refused, 9000.0)
    kinds = [seen.kind for seen in patient.spontaneous(9500.0)]
    assert kinds.count("discharge") == 1


def test_enrollment_is_confirmed_where_the_program_asks_for_it() -> None:
    facts = [f for f in COMPLETE if not isinstance(f, Demographics)]
    abroad = make_case(Demographics(date(1980, 5, 1), Sex.FEMALE, "DE"), *facts)
    for case, asked in ((live_case(), True), (abroad, False)):
        run = simulate("ketamine", "esketamine_nasal", case=case)
        fed = [n.reading.observation for n in run.told if n.what == "took" and n.reading is not None]
        assert any("rems_enrolled" in seen.values for seen in fed) is asked
        assert run.ended.how == "closed" and run.texts("refused") == []


def test_the_dose_is_the_one_of_the_session() -> None:
    run = simulate("ketamine", "esketamine_nasal", number=5)
    fed = [n.reading.observation for n in run.told if n.what == "took" and n.reading is not None]
    rx = chosen("ketamine", "esketamine_nasal")
    given = sum(seen.values["mg"] for seen in fed if seen.kind == "dose_given")
    assert given == rx.dose_mg(5)  # type: ignore[attr-defined]


def test_a_body_is_asked_before_the_row() -> None:
    class Body:
        """A body whose pressure rises with what it took."""

        def __init__(self) -> None:
            self.doses = 0

        def reading(self, kind: str, at_s: float) -> dict[str, float] | None:
            return {"systolic_mmhg": 120.0 + 5 * self.doses} if kind == "blood_pressure" else None

        def took(self, observation: Observation) -> None:
            self.doses += observation.kind == "dose_given"

    patient = table_patient(KETAMINE, live_case(), chosen("ketamine", "esketamine_nasal"), 1, physiology=Body())
    patient.took(Observation("dose_given", 10.0, {"mg": 28}))
    patient.answers(Action(ActionKind.MEASURE, "blood_pressure", "…", due_s=400.0), 10.0)
    found = {seen.kind: seen.values for seen in patient.spontaneous(500.0)}
    assert found["blood_pressure"]["systolic_mmhg"] == 125.0 and 60 < found["blood_pressure"]["diastolic_mmhg"] < 95


def test_trains_wait_while_the_coil_is_off_and_go_on_after() -> None:
    rx = chosen("tms", "tms_10hz")
    patient = therapy("tms").simulated_patient(live_case(), rx, 1)  # type: ignore[attr-defined]
    patient.answers(Action(ActionKind.DO, "output", "…"), 1000.0)
    assert patient.next_s() == 1030.0
    (train,) = patient.spontaneous(1030.0)
    assert train.kind == "train" and train.values["pulses"] == rx.stimulations[0].pattern.pulses_per_train  # type: ignore[attr-defined]
    patient.answers(Action(ActionKind.PAUSE, "contact_loss", "…"), 1035.0)
    assert patient.next_s() == float("inf")
    patient.answers(Action(ActionKind.RESUME, "resume", "…"), 1100.0)
    assert patient.next_s() == 1130.0


def test_a_therapy_without_a_patient_says_so() -> None:
    class Bare:
        name = "bare"

    with pytest.raises(MissingData, match="simulated_patient"):
        patient_of(Bare(), live_case(), chosen("vns"), 1, number=1)  # type: ignore[arg-type]


def test_a_band_has_its_ends_around_its_middle() -> None:
    assert BandRow(0.0, 1.0, 0.5, 2.0).median == 1.0
    with pytest.raises(InvalidInput, match="median"):
        BandRow(0.0, 3.0, 0.5, 2.0)


def test_what_cannot_be_written_down_is_not_fed() -> None:
    run = simulate("vns", "vns")
    live = run.live
    seen = Observation("heart_rate", live.now_s, {"beats_per_min": float("nan"), "regular": True})
    assert live.take(Reading(seen, "N1")) is False
    with pytest.raises(InvalidInput, match="no alert is open"):
        live.acknowledge(Acknowledgement("x", "Dr A", 0.0))
    with pytest.raises(InvalidInput, match="name or role"):
        replace(Acknowledgement("x", "Dr A", 0.0), by=" ")
