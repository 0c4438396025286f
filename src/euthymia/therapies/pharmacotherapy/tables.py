"""The tables of pharmacotherapy; the rows others read too are in :mod:`euthymia.therapies.drug_tables`."""

from __future__ import annotations

from euthymia.therapies.drug_tables import (
    PACKAGE,
    Combination,
    DoseCap,
    DoseLimit,
    FormRow,
    MonitoringRow,
    ProtocolRow,
    Strategy,
    StrategyRow,
    belongs,
    combinations,
    dose_caps,
    dose_limit,
    forms,
    ingredient,
    monitoring,
    protocols,
    session_limit,
    strategies,
    visit_number,
)

__all__ = [
    "PACKAGE", "Combination", "DoseCap", "DoseLimit", "FormRow", "MonitoringRow", "ProtocolRow", "Strategy",
    "StrategyRow", "belongs", "combinations", "dose_caps", "dose_limit", "forms", "ingredient", "monitoring",
    "protocols", "session_limit", "strategies", "visit_number",
]  # fmt: skip
