"""Forecast of VNS: evidence with its null sham-controlled primaries, the operation as burden, charge, duty cycle."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.criteria import judge
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Reason
from euthymia.therapies.contract import Prescription
from euthymia.therapies.device_tables import acute_end_day
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.vns.prescription import VnsPrescription
from euthymia.therapies.vns.propose import already_implanted, setting_reasons
from euthymia.therapies.vns.tables import PACKAGE, notes, protocol_row


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Forecast a VNS prescription; the acute course is the first year, because benefit builds over months."""
    rx = as_vns(prescription)
    operation = not already_implanted(case)
    said = tuple(
        Reason(note.statement, (note.cite(),), direction=note.direction, code=note.code)
        for note in notes()
        if not note.criterion or judge(case, note.criterion).truth is True
    )
    found = forecast(
        case, therapy="vns", form=rx.form, protocol=rx.protocol, schedule=rx.schedule, seed=seed,
        anesthesia=operation, surgery=operation, extra_reasons=said,
    )  # fmt: skip
    acute_days = acute_end_day(PACKAGE, protocol_row(rx.protocol).timetable, rx.schedule)
    burden = replace(found.burden, days_to_end_of_acute_course=acute_days)
    return replace(found, burden=burden, physics=(*found.physics, *setting_reasons(rx.target, rx.ceiling_ma)))


def as_vns(prescription: Prescription) -> VnsPrescription:
    """Return the prescription as VNS, or say that it is another therapy's."""
    if not isinstance(prescription, VnsPrescription):
        raise InvalidInput("prescription", prescription.therapy, "a prescription of `vns`")
    return prescription
