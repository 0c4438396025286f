"""Precision psychiatry: which test to order, what its result changes, which drug comes next."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy
from euthymia.therapies.precision.drug_option import DrugOption
from euthymia.therapies.precision.prescription import TestOrder

__all__ = ["THERAPY", "DrugOption", "TestOrder"]

THERAPY = BuiltInTherapy("precision", "Precision psychiatry: tests that guide treatment", __name__, is_companion=True)
