"""Forecasting TMS: what trials of the form found, with the train's standing in the safety tables beside it."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.tms.prescription import TmsPrescription
from euthymia.therapies.tms.tables import NAME


def simulate(case: Case, prescription: TmsPrescription, *, seed: int) -> Forecast:
    """Return the forecast of ``prescription``; the same for the same seed."""
    return forecast(
        case,
        therapy=NAME,
        form=prescription.form,
        protocol=prescription.protocol,
        schedule=prescription.schedule,
        seed=seed,
        extra_reasons=prescription.safety_reasons(),
    )
