"""Forecasting TMS: what trials of the form found, with the train's standing in the safety tables beside it."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.tms.prescription import as_tms
from euthymia.therapies.tms.tables import NAME


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Return the forecast of ``prescription``; the same for the same seed."""
    rx = as_tms(prescription)
    return forecast(
        case,
        therapy=NAME,
        form=rx.form,
        protocol=rx.protocol,
        schedule=rx.schedule,
        seed=seed,
        extra_reasons=rx.safety_reasons(),
    )
