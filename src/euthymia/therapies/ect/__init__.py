"""Electroconvulsive therapy: a reference option beside the seven, on evidence and knowledge tables only."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy
from euthymia.therapies.ect.first_line import first_line
from euthymia.therapies.ect.prescription import EctPrescription

__all__ = ["THERAPY", "EctPrescription", "first_line"]

THERAPY = BuiltInTherapy("ect", "Electroconvulsive therapy (ECT)", __name__, is_reference=True)
