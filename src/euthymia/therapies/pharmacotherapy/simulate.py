"""What a drug option would do: the evidence of its form, with the caps and history of this case as reasons."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.core.reason import Direction
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Return the forecast for ``prescription``; the same for the same seed."""
    from euthymia.therapies.forecasting import forecast

    against = tuple(r for r in prescription.reasons if r.direction is Direction.AGAINST)
    return forecast(
        case,
        therapy="pharmacotherapy",
        form=prescription.form,
        protocol=prescription.protocol,
        schedule=prescription.schedule,
        seed=seed,
        extra_reasons=against,
    )
