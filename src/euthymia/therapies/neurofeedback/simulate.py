"""Forecasting neurofeedback: what the few trials found, with what every reader must be told beside it."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.neurofeedback.prescription import NeurofeedbackPrescription
from euthymia.therapies.neurofeedback.tables import NAME, statements


def simulate(case: Case, prescription: NeurofeedbackPrescription, *, seed: int) -> Forecast:
    """Return the forecast of ``prescription``; the same for the same seed."""
    return forecast(
        case,
        therapy=NAME,
        form=prescription.form,
        protocol=prescription.protocol,
        schedule=prescription.schedule,
        seed=seed,
        extra_reasons=statements(prescription.form),
    )
