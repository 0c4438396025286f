"""Laboratory values and vital signs of a synthetic patient, in the units that laboratories use."""

from __future__ import annotations

from euthymia.case.facts import LabResult, Vital
from euthymia.case.synthetic.person import Person
from euthymia.case.synthetic.stream import Stream
from euthymia.case.synthetic.tables import Lab, labs
from euthymia.core.units import convert

BECAUSE = {
    # condition: (analyte, factor on the value drawn)
    "hypothyroidism_untreated": ("tsh", 6.5),
    "untreated_hyperthyroidism": ("tsh", 0.02),
    "anemia": ("hemoglobin", 0.72),
    "renal_impairment": ("egfr", 0.5),
    "hyponatremia_risk": ("sodium", 0.945),
    "uncontrolled_diabetes": ("hba1c", 1.65),
    "diabetes": ("hba1c", 1.2),
    "severe_hepatic_impairment": ("alt", 4.0),
    "active_infection": ("crp", 25.0),
}
"""Conditions that show in one value; the answer to the question and the value then agree."""

CONVENTIONAL = ("US",)
"""Countries whose laboratories mostly report the first unit of the table; elsewhere the other one is as common."""


def draw_labs(seed: int, person: Person, present: frozenset[str], lithium: bool) -> tuple[LabResult, ...]:
    """Draw the values of one blood test; a lithium level when lithium is taken."""
    draw = Stream(seed, "labs", person.profile)
    found = []
    for row in labs():
        measured, other, value = draw.chance(row.measured_pct), draw.unit(), _value(draw, row)
        for condition, (analyte, factor) in BECAUSE.items():
            if analyte == row.analyte and condition in present:
                value *= factor
                break
        if measured:
            found.append(_reported(row, value, other < (0.1 if person.country in CONVENTIONAL else 0.6)))
    if lithium:
        found.append(LabResult("lithium", round(draw.within(0.65, 0.18, 0.2, 1.3), 2), "mmol/L", 0.4, 1.0))
    return tuple(found)


def _value(draw: Stream, row: Lab) -> float:
    if row.shape == "normal":
        return draw.within(row.center, row.spread, row.low, row.high)
    return min(max(draw.lognormal(row.center, row.spread), row.low), row.high)


def _reported(row: Lab, value: float, other: bool) -> LabResult:
    """Write the value in the first or in the other unit, with the digits a laboratory prints."""
    low, high = row.reference_low, row.reference_high
    if not (other and row.other_unit):
        return LabResult(row.analyte, round(value, row.digits), row.unit, low, high, row.loinc)

    def there(number: float | None) -> float | None:
        if number is None:
            return None
        return float(f"{convert(number, row.unit, row.other_unit, analyte=row.analyte):.3g}")

    return LabResult(row.analyte, there(value) or 0.0, row.other_unit, there(low), there(high), row.loinc)


def draw_vitals(seed: int, person: Person, present: frozenset[str], visit: int, *, full: bool) -> tuple[Vital, ...]:
    """Draw the vital signs of one visit; ``full`` adds body measures and the QTc."""
    draw = Stream(seed, f"vitals {visit}", person.profile)
    extra = draw.value("systolic.per_year") * (person.age_yr - 45)
    extra += draw.value("systolic.hypertension") if "hypertension" in present else 0.0
    mean, sd = draw.value("systolic.mean") + extra, draw.value("systolic.sd")
    if "uncontrolled_hypertension" in present:
        systolic = max(150, round(draw.normal(mean + draw.value("systolic.uncontrolled"), sd)))
    else:
        systolic = round(draw.within(mean, sd, 88, 165))
    diastolic = min(max(50, round(systolic * draw.between(0.58, 0.68))), systolic - 15)
    rate = round(draw.within(draw.value("heart_rate.mean"), draw.value("heart_rate.sd"), 45, 130))
    found = [Vital("systolic_bp", systolic), Vital("diastolic_bp", diastolic), Vital("heart_rate", rate)]
    if draw.chance(40):
        found.append(
            Vital(
                "oxygen_saturation", draw.whole(88, 92) if "unstable_lung_disease" in present else draw.whole(95, 100)
            )
        )
    if full:
        weight = round(person.bmi * (person.height_cm / 100) ** 2, 1)
        found += [Vital("weight", weight), Vital("height", person.height_cm)]
        if draw.chance(50):
            found.append(Vital("bmi", round(weight / (person.height_cm / 100) ** 2, 1)))
        if draw.chance(45) or "prolonged_qtc" in present:
            longer = draw.value("qtc.prolonged") if "prolonged_qtc" in present else 0.0
            found.append(
                Vital("qtc", round(draw.within(draw.value("qtc.mean"), draw.value("qtc.sd"), 370, 455) + longer))
            )
    return tuple(found)
