"""What a prescription would do, from the trials of its form."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.ketamine.tables import THERAPY_NAME

_LEVELS = Source(
    "53 patients: no relation of ketamine or norketamine level to change (PMC6746183)", "", Verification.READ
)


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Forecast ``prescription``; the same for the same seed."""
    if prescription.therapy != THERAPY_NAME:
        raise InvalidInput("prescription", prescription.therapy, f"a prescription of {THERAPY_NAME}")
    no_level = Reason(
        "A plasma level does not predict the antidepressant response, so none is shown as if it did.",
        (_LEVELS,),
        EvidenceGrade.LOW,
        code="no_level_response",
    )
    return forecast(
        case,
        therapy=THERAPY_NAME,
        form=prescription.form,
        protocol=prescription.protocol,
        schedule=prescription.schedule,
        seed=seed,
        extra_reasons=(*prescription.reasons, no_level),
    )
