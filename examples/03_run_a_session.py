"""Run an esketamine session as a pure step machine: no clock, no device, every gate visible."""

from datetime import UTC, date, datetime

from euthymia.case import Event, fold
from euthymia.case.facts import Demographics, Sex
from euthymia.core.errors import SafetyLimit
from euthymia.therapies.contract import Observation
from euthymia.therapies.registry import therapy

now = datetime(2026, 11, 20, 9, tzinfo=UTC)
case = fold("example", [Event(Demographics(date(1980, 5, 1), Sex.FEMALE, "US"), now, now)], as_of=now, synthetic=True)
ketamine = therapy("ketamine")
prescription = next(p for p in ketamine.propose(case) if p.form == "esketamine_nasal")
session = ketamine.session(case, prescription, 1)
for action in session.start():
    print(f"{action.kind.value:>8}  {action.text}")
for action in session.feed(Observation("blood_pressure", 60.0, {"systolic_mmhg": 168.0, "diastolic_mmhg": 95.0})):
    print(f"{action.kind.value:>8}  {action.text}")
try:
    session.feed(Observation("dose_given", 120.0, {"mg": 28.0}))
except SafetyLimit as refusal:
    print(refusal)
