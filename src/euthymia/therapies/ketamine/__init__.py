"""Ketamine: esketamine nasal spray and racemic ketamine infusions, behind the five verbs."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy

__all__ = ["THERAPY"]

THERAPY = BuiltInTherapy("ketamine", "Ketamine and esketamine", __name__)
