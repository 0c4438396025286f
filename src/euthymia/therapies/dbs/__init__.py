"""Deep brain stimulation for depression: investigational everywhere; four targets, hard charge limits."""

from __future__ import annotations

from euthymia.therapies.built_in import BuiltInTherapy
from euthymia.therapies.dbs.charge import ContactCharge, contact_charges
from euthymia.therapies.dbs.prescription import DbsPrescription
from euthymia.therapies.dbs.setting import ContactShare, SideSetting

__all__ = ["THERAPY", "ContactCharge", "ContactShare", "DbsPrescription", "SideSetting", "contact_charges"]

THERAPY = BuiltInTherapy("dbs", "Deep brain stimulation", __name__)
