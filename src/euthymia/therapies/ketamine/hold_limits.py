"""The blood pressure above which a dose is held, by age."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.ketamine.tables import limit


def hold_limits(case: Case) -> tuple[float, float]:
    """Return the systolic and diastolic limit before a dose (mmHg) for the age of the case."""
    older = case.age_yr is not None and not limit("older_age").permits(case.age_yr)
    return limit("predose_systolic_older" if older else "predose_systolic").bound, limit("predose_diastolic").bound
