"""TMS: 10 Hz, theta burst, right 1 Hz, bilateral, SAINT and deep coils, from screening to follow-up."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy
from euthymia.therapies.tms.prescription import TmsPrescription
from euthymia.therapies.tms.tables import NAME, TITLE

__all__ = ["THERAPY", "TmsPrescription"]

THERAPY = BuiltInTherapy(NAME, TITLE, __name__)
