"""What all layers share: sources, reasons, errors, units and packaged tables."""

from euthymia.core.errors import (
    DeviceLost,
    EuthymiaError,
    InvalidInput,
    MissingData,
    MissingExtra,
    NotConverged,
    OutOfRange,
    SafetyLimit,
    TableError,
)
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.core.tables import SourcedRow, load_table

__all__ = [
    "DeviceLost",
    "Direction",
    "EuthymiaError",
    "EvidenceGrade",
    "InvalidInput",
    "MissingData",
    "MissingExtra",
    "NotConverged",
    "OutOfRange",
    "Reason",
    "SafetyLimit",
    "Source",
    "SourcedRow",
    "TableError",
    "Verification",
    "load_table",
]
