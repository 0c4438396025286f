"""What a prescription would do, from the trials of its form."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.psychedelic.prescription import MdmaPrescription, PsilocybinPrescription


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Forecast ``prescription``; the same for the same seed."""
    if not isinstance(prescription, (PsilocybinPrescription, MdmaPrescription)):
        raise InvalidInput("prescription", type(prescription).__name__, "a prescription of the therapy psychedelic")
    found = forecast(
        case,
        therapy=prescription.therapy,
        form=prescription.form,
        protocol=prescription.protocol,
        schedule=prescription.schedule,
        seed=seed,
        extra_reasons=prescription.reasons,
    )
    # the acute course ends with the last dosing day, not with the preparation that comes first in the schedule
    burden = replace(found.burden, days_to_end_of_acute_course=prescription.frame.dosing.end_day)
    return replace(found, burden=burden)
