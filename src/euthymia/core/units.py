"""Units at the edges: which unit strings exist, and conversion once on the way in.

Clinical values keep the unit they were written in; a rule that needs another unit converts here. Mass ↔ amount
conversions are per analyte, because they need a molar mass.
"""

from __future__ import annotations

from euthymia.core.errors import InvalidInput

# unit -> (dimension, factor to the dimension's base)
_UNITS: dict[str, tuple[str, float]] = {
    "1": ("number", 1.0), "count": ("number", 1.0), "points": ("points", 1.0), "ratio": ("number", 1.0),
    "frac": ("number", 1.0), "%": ("number", 0.01), "pct": ("number", 0.01),
    "kg": ("mass", 1e6), "g": ("mass", 1e3), "mg": ("mass", 1.0), "ug": ("mass", 1e-3), "ng": ("mass", 1e-6),
    "mg/kg": ("dose per weight", 1.0), "ug/kg": ("dose per weight", 1e-3), "mg/day": ("mass per day", 1.0),
    "ug/day": ("mass per day", 1e-3), "mg/kg/h": ("rate per weight", 1.0),
    "m": ("length", 1.0), "cm": ("length", 1e-2), "mm": ("length", 1e-3), "in": ("length", 0.0254),
    "s": ("time", 1.0), "ms": ("time", 1e-3), "us": ("time", 1e-6), "min": ("time", 60.0), "h": ("time", 3600.0),
    "day": ("time", 86400.0), "days": ("time", 86400.0), "week": ("time", 604800.0), "weeks": ("time", 604800.0),
    "month": ("time", 2629800.0), "months": ("time", 2629800.0), "year": ("time", 31557600.0),
    "years": ("time", 31557600.0), "yr": ("time", 31557600.0),
    "Hz": ("frequency", 1.0), "beats/min": ("rate", 1.0), "/min": ("rate", 1.0),
    "mmHg": ("pressure", 1.0), "kPa": ("pressure", 7.50062),
    "mA": ("current", 1e-3), "A": ("current", 1.0), "V": ("voltage", 1.0), "A/us": ("current slope", 1.0),
    "mC": ("charge", 1e-3), "V/m": ("field", 1.0), "% MSO": ("machine output", 1.0), "% rMT": ("motor threshold", 1.0),
    "mg/L": ("mass concentration", 1e-3), "mg/dL": ("mass concentration", 1e-2), "g/dL": ("mass concentration", 10.0),
    "g/L": ("mass concentration", 1.0), "ug/L": ("mass concentration", 1e-6), "ng/mL": ("mass concentration", 1e-6),
    "ug/dL": ("mass concentration", 1e-5), "pg/mL": ("mass concentration", 1e-9), "ng/dL": ("mass concentration", 1e-8),
    "ng/L": ("mass concentration", 1e-9), "ug/mL": ("mass concentration", 1e-3),
    "mol/L": ("amount concentration", 1.0), "mmol/L": ("amount concentration", 1e-3),
    "umol/L": ("amount concentration", 1e-6), "nmol/L": ("amount concentration", 1e-9),
    "pmol/L": ("amount concentration", 1e-12), "mEq/L": ("charge concentration", 1e-3),
    "mmol/mol": ("glycated fraction", 1.0),
    "mIU/L": ("activity concentration", 1.0), "uIU/mL": ("activity concentration", 1.0),
    "mU/L": ("activity concentration", 1.0), "uU/mL": ("activity concentration", 1.0),
    "IU/L": ("enzyme", 1.0), "U/L": ("enzyme", 1.0), "mIU/mL": ("enzyme", 1.0), "ukat/L": ("enzyme", 60.0),
    "10^9/L": ("cells", 1.0), "10^3/uL": ("cells", 1.0), "10^12/L": ("red cells", 1.0),
    "mL/min/1.73m2": ("clearance", 1.0), "kg/m2": ("body mass index", 1.0),
    "degC": ("temperature", 1.0), "USD": ("money USD", 1.0), "EUR": ("money EUR", 1.0),
    "per 1000 patients": ("incidence", 1e-3), "per 1000 sessions": ("incidence", 1e-3),
    "per 10000 sessions": ("incidence", 1e-4), "visits": ("visits", 1.0), "sessions": ("sessions", 1.0),
    "pulses": ("pulses", 1.0), "SD": ("effect size", 1.0), "uV": ("signal", 1.0), "h/day": ("time per day", 1.0),
}  # fmt: skip

MOLAR_MASS_G_MOL: dict[str, float] = {
    "glucose": 180.156, "fasting_glucose": 180.156, "creatinine": 113.12, "cortisol": 362.46,
    "morning_cortisol": 362.46, "testosterone": 288.42, "morning_testosterone": 288.42, "vitamin_d": 400.64,
    "vitamin_b12": 1355.37, "folate": 441.40, "calcium": 40.078, "lithium": 6.94, "bilirubin": 584.66,
    "cholesterol": 386.65, "ldl_cholesterol": 386.65, "hdl_cholesterol": 386.65, "triglycerides": 885.43,
    "urea": 60.06, "urea_nitrogen": 28.014, "magnesium": 24.305, "free_t4": 776.87, "free_t3": 650.97,
    "iron": 55.845, "hemoglobin": 16114.5, "homocysteine": 135.18, "methylmalonic_acid": 118.09,
    "parathyroid_hormone": 9424.6, "sertraline": 306.23, "escitalopram": 324.39, "citalopram": 324.39,
    "venlafaxine": 277.40, "vortioxetine": 298.45, "fluoxetine": 309.33, "paroxetine": 329.37,
    "nortriptyline": 263.38, "amitriptyline": 277.40, "clomipramine": 314.85, "imipramine": 280.41,
}  # fmt: skip
"""Molar masses (g/mol) from the molecular formulae; used only to change mass into amount units.

Hemoglobin is counted by its monomer (one iron), as laboratories that print mmol/L do; urea nitrogen by its two nitrogen
atoms; triglycerides by triolein.
"""

CHARGE: dict[str, int] = {"sodium": 1, "potassium": 1, "lithium": 1, "calcium": 2, "magnesium": 2}
"""Charges of an ion: 1 mmol/L of calcium is 2 mEq/L."""

ACTIVITY_MIU_PER_UG: dict[str, float] = {"prolactin": 21.2}
"""International activity of a mass (mIU a microgram): prolactin by the third WHO standard 84/500, from memory."""

_ALIASES = {
    "µg": "ug", "mcg": "ug", "µg/L": "ug/L", "mcg/L": "ug/L", "µmol/L": "umol/L", "mm[Hg]": "mmHg",
    "m[IU]/L": "mIU/L", "u[IU]/mL": "uIU/mL", "[IU]/L": "IU/L", "[degF]": "degF", "Cel": "degC", "bpm": "beats/min",
    "{beats}/min": "beats/min", "{score}": "points", "score": "points", "a": "years", "d": "days", "wk": "weeks",
    "mo": "months", "kg/m²": "kg/m2", "°C": "degC", "10*9/L": "10^9/L", "10*3/uL": "10^3/uL", "10*12/L": "10^12/L",
    "[lb_av]": "lb", "[in_i]": "in", "mL/min/{1.73_m2}": "mL/min/1.73m2", "percent": "%",
}  # fmt: skip

_AFFINE = {"degF": ("degC", 5 / 9, -32.0), "lb": ("kg", 0.45359237, 0.0)}


def canonical_unit(unit: str) -> str:
    """Return the spelling Euthymia uses for ``unit`` (UCUM and common aliases), or raise :class:`InvalidInput`."""
    text = _ALIASES.get(unit.strip(), unit.strip())
    if text not in _UNITS and text not in _AFFINE:
        raise InvalidInput("unit", unit, f"one of {', '.join(sorted(_UNITS))}")
    return text


def is_unit(unit: str) -> bool:
    """Whether ``unit`` (or an alias of it) is known."""
    text = _ALIASES.get(unit.strip(), unit.strip())
    return text in _UNITS or text in _AFFINE


def convert(value: float, from_unit: str, to_unit: str, *, analyte: str = "") -> float:
    """Convert ``value``; ``analyte`` allows mass ↔ amount ↔ charge concentrations, and mass ↔ international units.

    Raises
    ------
    InvalidInput
        When a unit is unknown or the two measure different things.
    """
    source, target = canonical_unit(from_unit), canonical_unit(to_unit)
    if source == target:
        return value
    if source in _AFFINE:
        base, factor, shift = _AFFINE[source]
        return convert((value + shift) * factor, base, target, analyte=analyte)
    if target in _AFFINE:
        base, factor, shift = _AFFINE[target]
        return convert(value, source, base, analyte=analyte) / factor - shift
    (source_dimension, source_factor), (target_dimension, target_factor) = _UNITS[source], _UNITS[target]
    if source_dimension == target_dimension:
        return value * source_factor / target_factor
    molar_mass = MOLAR_MASS_G_MOL.get(analyte)
    if molar_mass is not None:
        if (source_dimension, target_dimension) == ("mass concentration", "amount concentration"):
            return value * source_factor / molar_mass / target_factor
        if (source_dimension, target_dimension) == ("amount concentration", "mass concentration"):
            return value * source_factor * molar_mass / target_factor
    if {source_dimension, target_dimension} == {"charge concentration", "amount concentration"} and analyte in CHARGE:
        moles = value * source_factor / (CHARGE[analyte] if source_dimension.startswith("charge") else 1)
        return moles * (CHARGE[analyte] if target_dimension.startswith("charge") else 1) / target_factor
    if "charge concentration" in (source_dimension, target_dimension) and analyte in CHARGE and molar_mass is not None:
        return convert(convert(value, source, "mmol/L", analyte=analyte), "mmol/L", target, analyte=analyte)
    activity = ACTIVITY_MIU_PER_UG.get(analyte)
    if activity is not None and (source_dimension, target_dimension) == (
        "activity concentration",
        "mass concentration",
    ):
        return value * source_factor / activity * 1e-6 / target_factor
    if activity is not None and (source_dimension, target_dimension) == (
        "mass concentration",
        "activity concentration",
    ):
        return value * source_factor * activity / 1e-6 / target_factor
    if analyte == "hba1c" and {source, target} == {"%", "mmol/mol"}:  # IFCC master equation
        return value * 10.93 - 23.5 if source == "%" else (value + 23.5) / 10.93
    raise InvalidInput("unit", from_unit, f"a unit that converts to {target}" + (f" for {analyte}" if analyte else ""))
