"""What testing would do: the evidence as it is, null results included, and exposure statements as its physics."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.model import Case
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.precision.drug_option import DrugOption
from euthymia.therapies.precision.gene_reasons import gene_reasons
from euthymia.therapies.precision.markers import marker_reasons
from euthymia.therapies.precision.option_forecast import forecast_option
from euthymia.therapies.precision.tables import statements


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Return the forecast for ``prescription``; the same for the same seed."""
    from euthymia.therapies.forecasting import forecast

    if isinstance(prescription, DrugOption):
        return forecast_option(case, prescription, seed=seed)
    genes = prescription.form == "pgx_guided"
    extra = tuple(row.reason() for row in statements()) if genes else ()
    found = forecast(
        case,
        therapy="precision",
        form=prescription.form,
        protocol=prescription.protocol,
        schedule=prescription.schedule,
        seed=seed,
        extra_reasons=extra,
    )
    physics = gene_reasons(case) if genes else tuple(reason for _, reason in marker_reasons(case))
    return replace(found, physics=(*found.physics, *physics))
