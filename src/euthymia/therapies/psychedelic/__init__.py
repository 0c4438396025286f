"""Psychedelics: psilocybin with psychological support, and MDMA (a PTSD treatment), behind the five verbs."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy

__all__ = ["THERAPY"]

THERAPY = BuiltInTherapy("psychedelic", "Psilocybin and MDMA", __name__)
