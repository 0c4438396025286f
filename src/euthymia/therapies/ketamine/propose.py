"""Which prescriptions, best first: the protocols of the country's label and of the trials, weighed for this case."""

from __future__ import annotations

from euthymia.case.criteria import judge
from euthymia.case.facts import Vital
from euthymia.case.model import Case
from euthymia.core.errors import MissingData
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.contract import Prescription
from euthymia.therapies.ketamine.prescription import EsketaminePrescription, InfusionPrescription, weight_refusal
from euthymia.therapies.ketamine.screen import screen
from euthymia.therapies.ketamine.tables import (
    INFUSION,
    ProtocolRow,
    limit,
    protocols,
    schedule_of,
    weighings,
)
from euthymia.therapies.screening import open_forms
from euthymia.therapies.weighing import weighed

_MIN_S = 60.0
_CM_PER_M = 100.0


def propose(case: Case) -> list[Prescription]:
    """Return complete prescriptions, best first; none for a form that is contraindicated.

    Protocols whose criterion cannot be judged (age or country unknown) are offered only when none fits for certain,
    the most careful one first.

    Raises
    ------
    MissingData
        When an infusion is all that could be offered and the body weight is not known.
    """
    screening = screen(case)
    allowed = open_forms(screening)
    verdicts = {s.form: s.verdict.rank for s in screening.forms}
    made: list[tuple[int, int, Prescription]] = []
    weight_missing = False
    for form in allowed:
        for row in _fitting(case, form):
            if row.form == INFUSION and case.weight_kg is None:
                weight_missing = True
                continue
            made.append((verdicts[form], row.rank, _prescribe(case, row)))
    if not made and weight_missing:
        raise MissingData("weight_kg", "the infusion is dosed by weight; add a vital `weight` (kg) to the case file.")
    made.sort(key=lambda item: item[:2])
    return [prescription for _, _, prescription in made]


def _fitting(case: Case, form: str) -> list[ProtocolRow]:
    """Protocols of ``form`` for the country whose criterion holds; if none holds for certain, those not ruled out."""
    of_form = [row for row in protocols() if row.form == form]
    named = {country for row in of_form for country in row.countries}
    scope = case.country if case.country in named else "*"
    judged = [(row, judge(case, row.criterion).truth) for row in of_form if scope in row.countries]
    certain = [row for row, truth in judged if truth is True]
    open_ones = [row for row, truth in judged if truth is None and "suicide_risk" not in row.criterion]
    return certain or open_ones


def _prescribe(case: Case, row: ProtocolRow) -> Prescription:
    reasons = (_what(row), *weighed(case, weighings(), row.protocol))
    if row.dose_mg_kg is None or row.duration_min is None:
        assert row.first_dose_mg is not None and row.later_dose_mg is not None
        return EsketaminePrescription(
            row.protocol, schedule_of(row.protocol), row.first_dose_mg, row.later_dose_mg, reasons=reasons
        )
    weight = case.require("weight_kg")
    return InfusionPrescription(
        row.protocol,
        schedule_of(row.protocol),
        row.dose_mg_kg,
        weight,
        row.duration_min * _MIN_S,
        height_cm=_height_to_check(case, weight),
        reasons=(*reasons, *_dose_basis(case, row.dose_mg_kg, weight)),
    )


def _what(row: ProtocolRow) -> Reason:
    words = f"{row.statement[0].upper()}{row.statement[1:]}."
    return Reason(words, (row.cite(),), EvidenceGrade.RULE, code=row.protocol)


def _dose_basis(case: Case, dose_mg_kg: float, weight_kg: float) -> list[Reason]:
    """State the dose by actual weight, and in obesity beside it the dose by the weight at the reference index."""
    words = f"Dosed by actual body weight: {dose_mg_kg:g} mg/kg × {weight_kg:g} kg = {dose_mg_kg * weight_kg:.3g} mg."
    basis = [Reason(words, grade=EvidenceGrade.CASE, code="dose_basis")]
    event = case.latest("height")
    if event is None or not isinstance(event.fact, Vital):
        return basis
    row = limit("iv_reference_bmi")
    assert row.low is not None and row.high is not None
    square_m = (event.fact.value / _CM_PER_M) ** 2
    if weight_kg / square_m > row.high:
        reference_kg = row.low * square_m
        text = (
            f"Body mass index {weight_kg / square_m:.0f}: by the weight at {row.low:g} ({reference_kg:.0f} kg) the "
            f"dose would be {dose_mg_kg * reference_kg:.3g} mg. Which basis is better is not settled."
        )
        basis.append(row.reason(text, Direction.AGAINST))
    doubt = weight_refusal(weight_kg, event.fact.value, "")
    if doubt:
        basis.append(limit("iv_bmi_confirm").reason(f"Confirm the weight before any dose: {doubt}", Direction.AGAINST))
    return basis


def _height_to_check(case: Case, weight_kg: float) -> float | None:
    """Return the height, unless the weight is in doubt: then a reason says so and the session holds the dose."""
    event = case.latest("height")
    if event is None or not isinstance(event.fact, Vital) or weight_refusal(weight_kg, event.fact.value, ""):
        return None
    return float(event.fact.value)
