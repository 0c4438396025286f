"""What every programming visit of an implanted stimulator takes in, whatever the device.

A therapy's visit is a final class on :class:`DeviceVisit`: it says in four sentences what follows from a high mania
rating, from a battery and about MRI, and it adds the steps of its own device.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from euthymia.case.model import Case
from euthymia.case.scales import Triage
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.device_tables import RangeRow
from euthymia.therapies.stepping import Handler, StepMachine
from euthymia.therapies.visit_checks import VisitChecks

SEVERITIES = ("mild", "moderate", "severe", "unknown")
_BATTERY = ("ok", "replace_soon", "depleted")


class VisitState(Protocol):
    """The part of a visit's state that does not depend on the device."""

    checks: VisitChecks
    healed: bool
    battery: str


class DeviceVisit(StepMachine):
    """A programming visit: suicide screen, ratings, wound, battery, warnings, disposition, adverse events."""

    after_mania: ClassVar[str]  # what follows a high mania rating
    when_depleted: ClassVar[str]  # what is said, and done, about a battery
    when_low: ClassVar[str]
    warnings: ClassVar[str]  # what the patient is told about MRI and diathermy

    def __init__(
        self, case: Case, state: VisitState, *, form: str, protocol: str, number: int,
        activation_after: RangeRow, mania_watch: RangeRow,
    ) -> None:  # fmt: skip
        super().__init__(case, form=form, protocol=protocol, number=number)
        self._state_of_visit = state
        self._activation_after, self._mania_watch = activation_after, mania_watch
        self._warned = False
        self._final = False  # what runs as the visit ends was read back

    def _shared_handlers(self) -> Mapping[str, Handler]:
        """Give the handlers that every programming visit has."""
        return {
            "rating": self._take_rating, "wound_check": self._take_wound, "battery": self._take_battery,
            "warnings_given": self._take_warnings, "disposition": self._take_disposition,
            "adverse_event": self._take_adverse, "clock": self._take_clock, "cancel": self._take_cancel,
        }  # fmt: skip

    def _told_of_screen(self, found: Triage, *, high: bool) -> list[Action]:
        """Say what follows from a suicide screen; ``high`` is for the visit to say, it may last beyond one screen."""
        if high:
            words = f"C-SSRS high: {found.action} Nothing is raised today; record the disposition and who made it."
            return [self._raise_alert("high", "suicide_risk", words)]
        if found.unanswered:
            words = f"C-SSRS has open questions: {', '.join(found.unanswered)}. Ask them before anything is changed."
            return [self._raise_alert("moderate", "suicide_screen_incomplete", words)]
        if found.level.value in ("moderate", "low"):
            return [self._raise_alert(found.level.value, "suicide_risk", f"C-SSRS {found.level.value}: {found.action}")]
        return [Action(ActionKind.INFORM, "suicide_screen", "C-SSRS: no risk identified by the screener.")]

    def _take_rating(self, seen: Observation) -> list[Action]:
        scale, total = self._word_of(seen, "scale"), self._number_of(seen, "total", 0, 1000)
        checks = self._state_of_visit.checks
        checks.take_rating(scale, total)
        points = checks.mania_points
        if points is not None and points >= (self._mania_watch.high or 0.0):
            return [self._raise_alert("moderate", "mania", f"YMRS {points:g}: {self.after_mania}")]
        return []

    def _take_wound(self, seen: Observation) -> list[Action]:
        days, healed = self._number_of(seen, "days_since_operation", 0, 36500), self._flag_of(seen, "healed")
        row = self._activation_after
        self._state_of_visit.healed = healed and row.allows(days)
        if self._state_of_visit.healed:
            return []
        words = "The wound is not healed" if not healed else f"{days:g} days since the operation, {row.words}"
        return [
            refuse("wound_check", f"No activation today: {words}.", row),
            self._stop(f"Activation put off: {words}"),
        ]

    def _take_battery(self, seen: Observation) -> list[Action]:
        status = self._state_of_visit.battery = self._word_of(seen, "status", _BATTERY)
        if status == "depleted":
            return [self._raise_alert("high", "battery_depleted", self.when_depleted), self._stop(self.when_depleted)]
        if status == "replace_soon":
            return [self._raise_alert("moderate", "battery_low", self.when_low)]
        return []

    def _take_warnings(self, seen: Observation) -> list[Action]:
        mri, diathermy = self._flag_of(seen, "mri"), self._flag_of(seen, "diathermy")
        self._warned = mri and diathermy
        return [] if self._warned else [Action(ActionKind.DO, "warnings", self.warnings)]

    def _take_disposition(self, seen: Observation) -> list[Action]:
        self._state_of_visit.checks.take_disposition(self._word_of(seen, "by"), self._word_of(seen, "text"))
        return []

    def _take_adverse(self, seen: Observation) -> list[Action]:
        name, serious = self._word_of(seen, "name"), self._flag_of(seen, "serious")
        self._note_side_effect(self._now_s, name, self._word_of(seen, "severity", SEVERITIES), serious)
        return [self._raise_alert("high", "serious_adverse_event", f"Serious: {name}.")] if serious else []

    def _take_clock(self, seen: Observation) -> list[Action]:
        return []

    def _take_cancel(self, seen: Observation) -> list[Action]:
        return [self._stop(self._word_of(seen, "because"))]

    def _extra_facts(self) -> list[Any]:
        return self._state_of_visit.checks.facts()


def refuse(code: str, text: str, row: RangeRow | None = None) -> Action:
    """Return a refusal with its limit as the reason."""
    reason = Reason(row.statement, (row.cite(),), direction=Direction.AGAINST, code=row.name) if row else None
    return Action(ActionKind.REFUSE, code, text, reason=reason)
