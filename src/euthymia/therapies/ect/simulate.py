"""What ECT would do: pooled evidence, with relapse after it and the moderators of this case as reasons."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.contract import Prescription
from euthymia.therapies.ect.propose import moderators
from euthymia.therapies.ect.tables import continuation
from euthymia.therapies.forecast import Forecast


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Return the forecast for ``prescription``; the same for the same seed."""
    from euthymia.therapies.forecasting import forecast

    return forecast(
        case,
        therapy="ect",
        form=prescription.form,
        protocol=prescription.protocol,
        schedule=prescription.schedule,
        seed=seed,
        anesthesia=True,
        extra_reasons=(*moderators(case), *(row.reason() for row in continuation())),
    )
