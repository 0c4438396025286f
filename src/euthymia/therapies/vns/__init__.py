"""Vagus nerve stimulation for depression: slow titration inside hard limits, judged over a year and more."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy
from euthymia.therapies.vns.prescription import VnsPrescription
from euthymia.therapies.vns.setting import VnsSetting

__all__ = ["THERAPY", "VnsPrescription", "VnsSetting"]

THERAPY = BuiltInTherapy("vns", "Vagus nerve stimulation", __name__)
