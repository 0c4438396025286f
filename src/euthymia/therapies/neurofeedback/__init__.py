"""Neurofeedback: an adjunct with weak evidence, from screening to follow-up; fMRI feedback in trials only."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy
from euthymia.therapies.neurofeedback.prescription import NeurofeedbackPrescription
from euthymia.therapies.neurofeedback.tables import NAME, TITLE

__all__ = ["THERAPY", "NeurofeedbackPrescription"]

THERAPY = BuiltInTherapy(NAME, TITLE, __name__)
