"""What a running session tells whoever looks on: a view, a simulated patient, a board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from euthymia.live.alerts import Alert
from euthymia.live.inputs import Reading
from euthymia.therapies.contract import Action

What = Literal[
    "action", "took", "refused", "flag", "alert", "acknowledged", "escalated", "malformed", "left", "resumed",
    "closed", "told",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened, with what it is about."""

    what: What
    at_s: float
    text: str
    action: Action | None = None
    reading: Reading | None = None
    alert: Alert | None = None


Listener = Callable[[Notice], None]
