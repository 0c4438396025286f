"""What a prescription would do: the trials of its form, and what the kinetics engine expects on the day."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Reason
from euthymia.therapies.contract import Prescription
from euthymia.therapies.curves import Curve
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.psychedelic.mdma_levels import mdma_curves, mdma_physics
from euthymia.therapies.psychedelic.prescription import MdmaPrescription, PsilocybinPrescription
from euthymia.therapies.psychedelic.psilocin import psilocybin_curves, psilocybin_physics
from euthymia.therapies.psychedelic.residual import residual_curve
from euthymia.therapies.psychedelic.washout_calendar import washout_calendar


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
    curves, physics = _on_the_day(prescription, seed)
    calendar = washout_calendar(case, prescription.form)
    left = (residual_curve(line.washout) for line in calendar.lines)
    return replace(
        found,
        burden=burden,
        curves=(*found.curves, *curves, *(c for c in left if c is not None)),
        physics=(*calendar.reasons()[:1], *found.physics, *physics),  # every line stands among the reasons
    )


def _on_the_day(
    prescription: PsilocybinPrescription | MdmaPrescription, seed: int
) -> tuple[tuple[Curve, ...], tuple[Reason, ...]]:
    """Return the curves of the dosing day and what they say; MDMA twice, since later sessions give more."""
    if isinstance(prescription, PsilocybinPrescription):
        return psilocybin_curves(prescription.dose_mg, seed), psilocybin_physics(prescription.dose_mg, seed)
    ratio = prescription.supplement_ratio
    first = (prescription.first_dose_mg, ratio, "session 1")
    later = (prescription.later_dose_mg, ratio, "sessions 2 and 3")
    reasons = (*mdma_physics(*first), *mdma_physics(*later))
    return (*mdma_curves(*first), *mdma_curves(*later)), tuple(dict.fromkeys(reasons))
