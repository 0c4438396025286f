"""Whole simulated sessions in a few words, recorded or resumed, for the tests of the live runner."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from euthymia.case.events import Event, event_to_dict
from euthymia.case.facts import Medication
from euthymia.case.model import Case
from euthymia.live.clock import SteppedClock
from euthymia.live.identity import identity_of
from euthymia.live.inputs import Input
from euthymia.live.live_session import LiveSession
from euthymia.live.notices import Notice
from euthymia.live.record_file import read_record
from euthymia.live.record_line import Line
from euthymia.live.recorder import Recorder, Sink
from euthymia.live.resume import begin, resume
from euthymia.live.runner import Ended, Runner
from euthymia.live.script import Script, parse_script
from euthymia.live.simulated_patient import SimulatedSource, patient_of
from euthymia.live.sources import Listed, Source
from euthymia.therapies.contract import Observation, Prescription
from euthymia.therapies.registry import therapy

from tests.contract.cases import COMPLETE, make_case

SEED = 5
HIGH_AT_FORTY = """
euthymia_script: 1
events:
  - {at_min: 40, until_min: 60, override: blood_pressure, values: {systolic_mmhg: 186, diastolic_mmhg: 104}}
"""
HIGH_AT_TWENTY = """
euthymia_script: 1
events:
  - {at_min: 14, until_min: 18, override: blood_pressure, values: {systolic_mmhg: 186, diastolic_mmhg: 104}}
  - {at_min: 30, observe: symptom, values: {name: vomiting, severity: moderate}}
  - {at_min: 33, observe: symptom_ended, values: {name: vomiting}}
"""


@cache
def live_case(*extra: Any) -> Case:
    """The complete case of the contract suite without the antidepressant that a psilocybin wash-out waits for."""
    return make_case(*[f for f in COMPLETE if not isinstance(f, Medication)], *extra)


@cache
def chosen(name: str, form: str = "", case: Case | None = None) -> Prescription:
    """The first prescription of a therapy (and form)."""
    found = therapy(name).propose(case or live_case())
    return next(p for p in found if not form or p.form == form)


@dataclass
class Run:
    """One run: what ended it, and everything it told."""

    live: LiveSession
    ended: Ended
    told: list[Notice] = field(default_factory=list)

    def texts(self, what: str) -> list[str]:
        """What was told of one sort."""
        return [notice.text for notice in self.told if notice.what == what]

    def codes(self) -> list[str]:
        """Kind and code of every action."""
        return [f"{n.action.kind.value}/{n.action.code}" for n in self.told if n.action is not None]


def simulate(
    name: str, form: str = "", *, script: str = "", path: Path | None = None, sink: Sink | None = None,
    case: Case | None = None, sources: tuple[Source, ...] = (), patient: bool = True, number: int = 1,
) -> Run:  # fmt: skip
    """Run a session without waiting, from the first line to its end."""
    case = case or live_case()
    rx = chosen(name, form, case)
    identity = identity_of(case, rx, number, simulated=True, seed=SEED, by="N1", script=script)
    clock = SteppedClock(case.as_of)
    recorder = None
    if sink is not None:
        recorder = Recorder.on(sink, identity, clock.moment())
    elif path is not None:
        recorder = Recorder.begin(path, identity, clock.moment())
    source = _source(name, case, rx, script, patient, number)
    told: list[Notice] = []
    session = therapy(name).session(case, rx, number)
    live = begin(session, identity, recorder, clock.moment, [source.listen, told.append])
    ended = Runner(live, clock, [source, *sources], closes_itself=True).run()
    if recorder is not None:
        recorder.close()
    return Run(live, ended, told)


def go_on(path: Path, *, case: Case | None = None, sink: Sink | None = None, patient: bool = True) -> Run:
    """Resume the simulated session of a record and run it to its end."""
    case = case or live_case()
    record = read_record(path)
    what = record.identity
    what.check_case(case)
    rx = chosen(what.therapy, what.form, case)
    what.check_prescription(rx)
    clock = SteppedClock(case.as_of, record.last.at_s)
    recorder = Recorder(sink, what, record.last) if sink else Recorder.go_on(path, record, clock.moment())
    source = _source(what.therapy, case, rx, what.script, patient, what.number)
    told: list[Notice] = []
    session = therapy(what.therapy).session(case, rx, what.number)
    listeners = [source.listen, told.append]
    live = resume(session, record, recorder, clock.moment, listeners, [source.replayed])
    live.resumed(clock.now_s(), "N2")
    ended = Runner(live, clock, [source], closes_itself=True).run()
    recorder.close()
    return Run(live, ended, told)


def as_data(events: tuple[Event[Any], ...]) -> list[dict[str, Any]]:
    """Events as they are written."""
    return [event_to_dict(event) for event in events]


def seen(line: Line) -> Observation:
    """The observation that a line of a record holds."""
    return Observation(line.data["kind"], line.at_s, line.data["values"])


def listed(*inputs: Input) -> Listed:
    """Inputs known beforehand."""
    return Listed(inputs)


def _source(
    name: str, case: Case, rx: Prescription, script: str, patient: bool, number: int
) -> SimulatedSource:  # fmt: skip
    made = patient_of(therapy(name), case, rx, SEED, number=number) if patient else None
    return SimulatedSource(made, parse_script(script, "script.yaml") if script else Script())
