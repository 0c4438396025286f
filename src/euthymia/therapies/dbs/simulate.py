"""Forecast of DBS: evidence by target (null sham-controlled trials as such), burden with the operation, and charge."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Prescription
from euthymia.therapies.dbs.prescription import DbsPrescription
from euthymia.therapies.dbs.propose import already_implanted, charge_reasons
from euthymia.therapies.dbs.tables import PACKAGE, protocol_row
from euthymia.therapies.device_tables import acute_end_day
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Forecast a DBS prescription; the acute course ends with the last acute visit of its timetable."""
    rx = as_dbs(prescription)
    operation = not already_implanted(case)
    found = forecast(
        case, therapy="dbs", form=rx.form, protocol=rx.protocol, schedule=rx.schedule, seed=seed,
        anesthesia=operation, surgery=operation,
    )  # fmt: skip
    acute_days = acute_end_day(PACKAGE, protocol_row(rx.protocol).timetable, rx.schedule)
    burden = replace(found.burden, days_to_end_of_acute_course=acute_days)
    return replace(found, burden=burden, physics=(*found.physics, *charge_reasons(rx)))


def as_dbs(prescription: Prescription) -> DbsPrescription:
    """Return the prescription as DBS, or say that it is another therapy's."""
    if not isinstance(prescription, DbsPrescription):
        raise InvalidInput("prescription", prescription.therapy, "a prescription of `dbs`")
    return prescription
