"""What a prescription would do: the trials of its form, and the kinetics of its sessions."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.ketamine.prescription import EsketaminePrescription, InfusionPrescription
from euthymia.therapies.ketamine.tables import THERAPY_NAME

_LEVELS = Source(
    "53 patients: no relation of ketamine or norketamine level to change (PMC6746183)", "", Verification.READ
)


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Forecast ``prescription``: outcomes from trials, curves and numbers of a session from the kinetics engine.

    The same for the same seed. No chance of response follows from a level.
    """
    from euthymia.therapies.ketamine.course_exposure import exposure_curve, exposure_reason
    from euthymia.therapies.ketamine.infusion_figures import infusion_figures
    from euthymia.therapies.ketamine.spray_figures import spray_figures

    if isinstance(prescription, EsketaminePrescription):
        curves, physics = spray_figures(case, prescription, seed)
    elif isinstance(prescription, InfusionPrescription):
        curves, physics = infusion_figures(case, prescription, seed)
    else:
        raise InvalidInput("prescription", prescription.therapy, f"a prescription of {THERAPY_NAME}")
    no_level = Reason(
        "A plasma level does not predict the antidepressant response, so none is shown as if it did.",
        (_LEVELS,),
        EvidenceGrade.LOW,
        code="no_level_response",
    )
    found = forecast(
        case,
        therapy=THERAPY_NAME,
        form=prescription.form,
        protocol=prescription.protocol,
        schedule=prescription.schedule,
        seed=seed,
        extra_reasons=(*prescription.reasons, no_level),
    )
    given = exposure_curve(prescription)
    return replace(
        found,
        physics=(*found.physics, *physics, exposure_reason(prescription)),
        curves=(*found.curves, *curves, *((given,) if given else ())),
    )
