"""Pharmacotherapy: the next drug or augmentation, a reference option beside the seven, on knowledge tables."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy
from euthymia.therapies.pharmacotherapy.prescription import DrugDose, DrugPrescription

__all__ = ["THERAPY", "DrugDose", "DrugPrescription"]

THERAPY = BuiltInTherapy("pharmacotherapy", "Pharmacotherapy: next drug or augmentation", __name__, is_reference=True)
