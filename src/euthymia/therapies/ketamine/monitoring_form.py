"""The fields a session monitoring form asks for (US program), held as data; the form's own wording is not ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case
from euthymia.therapies.ketamine.tables import ESKETAMINE, THERAPY_NAME, limit

FORM_DETAILS = ("provider", "setting", "address", "lot", "enrollment_id")
_PROGRAM_COUNTRY = "US"
_CONCOMITANT = {
    "benzodiazepines": ("benzodiazepine",),
    "sedative_hypnotics": ("z_drug", "orexin_antagonist", "barbiturate"),
    "psychostimulants": ("stimulant",),
    "mao_inhibitors": ("maoi",),
    "opioids": ("opioid",),
}


def needs_form(case: Case) -> bool:
    """Whether the case is treated where the program asks for the form."""
    return case.country == _PROGRAM_COUNTRY


def due_on(case: Case) -> date:
    """Last day to file the form of a session held on the case's day."""
    return case.today + timedelta(days=limit("rems_filing").bound)


def form_fields(
    case: Case,
    *,
    number: int,
    details: Mapping[str, str],
    given_mg: float,
    lots: Sequence[str],
    watched: Mapping[str, Any],
    forty_minutes: tuple[float, ...] | None,
    enrolled: bool | None = None,
) -> dict[str, Any]:
    """Return every field; one that is not known is None."""
    who = case.demographics
    lot = ", ".join(lots) or details.get("lot")
    shown = None if forty_minutes is None else f"{forty_minutes[0]:g}/{forty_minutes[1]:g}"
    return {
        "birth_date": who.birth_date.isoformat() if who else None,
        "sex": who.sex.value if who else None,
        "first_treatment": number == 1 and not _earlier(case),
        "enrolled": enrolled,
        "enrollment_id": details.get("enrollment_id"),
        "provider": details.get("provider"),
        "setting": details.get("setting"),
        "address": details.get("address"),
        "date": case.today.isoformat(),
        "dose_mg": given_mg,
        "lot": lot,
        "concomitant": {name: _takes(case, classes) for name, classes in _CONCOMITANT.items()},
        **watched,
        "pressure_at_40_min": shown,
    }


def missing_fields(fields: Mapping[str, Any]) -> list[str]:
    """Names of the fields that are not known yet."""
    return [name for name, value in fields.items() if value is None]


def _earlier(case: Case) -> bool:
    return any(e.fact.therapy == THERAPY_NAME and e.fact.form == ESKETAMINE for e in case.of(SessionDelivered))


def _takes(case: Case, classes: tuple[str, ...]) -> bool | None:
    """Whether a medicine of any of the classes is taken; None when the list was not reviewed or cannot be read."""
    from euthymia.case.criteria import judge

    truths = [judge(case, f"taking({name})").truth for name in classes]
    return True if True in truths else None if None in truths else False
