"""Measured facts: laboratory values and vital signs, with the limits of what can be true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from euthymia.case import checks
from euthymia.case.analytes import check_value
from euthymia.core.errors import InvalidInput
from euthymia.core.units import canonical_unit


@dataclass(frozen=True, slots=True)
class LabResult:
    """One laboratory value in the unit it was reported in; a value that no living adult shows is refused."""

    analyte: str
    value: float
    unit: str
    reference_low: float | None = None
    reference_high: float | None = None
    loinc: str = ""

    def __post_init__(self) -> None:
        checks.text("analyte", self.analyte)
        checks.number("value", self.value, 0, 1e9)
        canonical_unit(self.unit)
        check_value(self.analyte, self.value, self.unit)
        low, high = self.reference_low, self.reference_high
        for name, end in (("reference_low", low), ("reference_high", high)):
            checks.number(name, end, 0, 1e9, optional=True)
        if low is not None and high is not None and low > high:
            raise InvalidInput("reference_low", low, f"at most reference_high ({high:g})")


VITAL_LIMITS: Mapping[str, tuple[str, float, float]] = {
    # name: (unit kept, lowest and highest value a living adult can show; beyond it is a slip of the pen)
    "systolic_bp": ("mmHg", 40, 320),
    "diastolic_bp": ("mmHg", 20, 220),
    "mean_bp": ("mmHg", 20, 260),
    "heart_rate": ("beats/min", 15, 300),
    "respiration": ("/min", 2, 90),
    "oxygen_saturation": ("%", 30, 100),
    "temperature": ("degC", 25, 45),
    "weight": ("kg", 20, 400),
    "height": ("cm", 90, 250),
    "bmi": ("kg/m2", 8, 120),
    "qtc": ("ms", 250, 750),
}


@dataclass(frozen=True, slots=True)
class Vital:
    """One vital sign or body measure, in the unit of ``VITAL_LIMITS``."""

    name: str
    value: float
    unit: str = ""

    def __post_init__(self) -> None:
        checks.one_of("name", self.name, VITAL_LIMITS)
        unit, low, high = VITAL_LIMITS[self.name]
        if not self.unit:
            object.__setattr__(self, "unit", unit)
        if canonical_unit(self.unit) != unit:
            raise InvalidInput(f"{self.name}.unit", self.unit, f"{unit} (convert at the edge with core.units.convert)")
        checks.number(self.name, self.value, low, high)
