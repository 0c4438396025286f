"""The ECT prescription: placement, pulse width, dose rule, rhythm and number of sessions, within hard limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from euthymia.case import checks
from euthymia.core.errors import SafetyLimit
from euthymia.core.reason import Reason
from euthymia.therapies.ect.tables import limit
from euthymia.therapies.schedule import Phase, Schedule

PLACEMENTS = ("right_unilateral", "bitemporal", "bifrontal")


@dataclass(frozen=True, slots=True)
class EctPrescription:
    """An acute course of ECT. The charge itself is titrated in the first session; the multiple is fixed here.

    Parameters
    ----------
    pulse_width_ms
        Width of one pulse (ms); ultrabrief up to the row ``ultrabrief_max`` of ``limits.csv``.
    threshold_multiple
        Charge of a treatment as a multiple of the patient's seizure threshold.
    charge_max_mc
        Highest charge the device may deliver (mC).

    Raises
    ------
    SafetyLimit
        Beyond a row of ``limits.csv``, or bilateral placement with an ultrabrief pulse.
    """

    therapy: ClassVar[str] = "ect"

    protocol: str
    title: str
    placement: str
    pulse_width_ms: float
    threshold_multiple: float
    sessions_per_week: int
    sessions: int
    minutes: float
    charge_max_mc: float
    form: str = "ect"
    reasons: tuple[Reason, ...] = field(default=())

    def __post_init__(self) -> None:
        checks.one_of("placement", self.placement, PLACEMENTS)
        checks.integer("sessions_per_week", self.sessions_per_week, 1, 50)
        checks.integer("sessions", self.sessions, 1, 500)
        for name, value in (
            ("pulse_width_ms", self.pulse_width_ms), ("threshold_multiple", self.threshold_multiple),
            ("charge_max_mc", self.charge_max_mc),
        ):  # fmt: skip
            checks.number(name, value, 0, 1e6)
        _at_most("sessions_per_week", self.sessions_per_week, "sessions_per_week_max")
        _at_most("sessions", self.sessions, "sessions_max")
        shortest, longest = limit("pulse_width_min").value, limit("pulse_width_max").value
        if not shortest <= self.pulse_width_ms <= longest:
            hint = "Did you mean milliseconds, not microseconds?" if self.pulse_width_ms > 10 * longest else ""
            raise SafetyLimit("pulse_width_ms", self.pulse_width_ms, f"{shortest:g} to {longest:g} ms", hint)
        side = "unilateral" if self.placement == "right_unilateral" else "bilateral"
        if self.threshold_multiple < limit("multiple_min").value:
            raise SafetyLimit("threshold_multiple", self.threshold_multiple, limit("multiple_min").statement)
        hint = "Is this the multiple of a unilateral course?" if side == "bilateral" else ""
        _at_most("threshold_multiple", self.threshold_multiple, f"multiple_max_{side}", hint)
        if side == "bilateral" and self.pulse_width_ms <= limit("ultrabrief_max").value:
            raise SafetyLimit(
                "pulse_width_ms", self.pulse_width_ms, f"brief pulse: {limit('ultrabrief_max').statement}"
            )
        hint = "Is the charge in mC?" if self.charge_max_mc > 10 * limit("charge_max").value else ""
        _at_most("charge_max_mc", self.charge_max_mc, "charge_max", hint)

    @property
    def schedule(self) -> Schedule:
        """The acute course; continuation is decided when it ends."""
        return Schedule((Phase("acute course", 0, self.sessions, 7 / self.sessions_per_week, self.minutes),))

    def details(self) -> tuple[tuple[str, str], ...]:
        """Label and value of every parameter."""
        return (
            ("Electrode placement", self.placement.replace("_", " ")),
            ("Pulse width", f"{self.pulse_width_ms:g} ms"),
            ("Dose", f"{self.threshold_multiple:g} x seizure threshold, titrated in session 1"),
            ("Sessions", f"{self.sessions}, {self.sessions_per_week} a week"),
            ("Highest charge", f"{self.charge_max_mc:g} mC"),
            ("Time at the clinic", f"{self.minutes:g} min a session (our estimate), recovery after it"),
        )


def _at_most(name: str, value: float, limit_name: str, hint: str = "") -> None:
    row = limit(limit_name)
    if value > row.value:
        raise SafetyLimit(name, value, f"at most {row.value:g} ({row.statement})", hint)
