"""Forecasting neurofeedback: what the few trials found, with what every reader must be told beside it."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.neurofeedback.prescription import as_neurofeedback
from euthymia.therapies.neurofeedback.tables import NAME, statements


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Return the forecast of ``prescription``; the same for the same seed."""
    rx = as_neurofeedback(prescription)
    return forecast(
        case,
        therapy=NAME,
        form=rx.form,
        protocol=rx.protocol,
        schedule=rx.schedule,
        seed=seed,
        extra_reasons=statements(rx.form),
    )
