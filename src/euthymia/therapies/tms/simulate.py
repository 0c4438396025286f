"""Forecasting TMS: what trials of the form found, the train's standing in the safety tables, and the template head."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.model import Case
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast
from euthymia.therapies.tms.prescription import as_tms
from euthymia.therapies.tms.tables import NAME
from euthymia.therapies.tms.template_field import template_picture, template_reasons


def simulate(case: Case, prescription: Prescription, *, seed: int) -> Forecast:
    """Return the forecast of ``prescription``; the same for the same seed."""
    rx = as_tms(prescription)
    found = forecast(
        case,
        therapy=NAME,
        form=rx.form,
        protocol=rx.protocol,
        schedule=rx.schedule,
        seed=seed,
        extra_reasons=rx.safety_reasons(),
    )
    places = tuple(dict.fromkeys(site.place for site in rx.stimulations))
    reasons = tuple(dict.fromkeys(reason for place in places for reason in template_reasons(place, rx.form)))
    drawn = tuple(picture for place in places if (picture := template_picture(place)) is not None)
    pictures = {picture.code: picture for picture in reversed(drawn)}  # both sides share one picture: the first stays
    return replace(found, physics=(*found.physics, *reasons), pictures=tuple(pictures.values())[::-1])
