"""Precision psychiatry: which test to order, what its result changes, and how little may be promised."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy
from euthymia.therapies.precision.prescription import TestOrder

__all__ = ["THERAPY", "TestOrder"]

THERAPY = BuiltInTherapy("precision", "Precision psychiatry: tests that guide treatment", __name__, is_companion=True)
