"""The motor threshold inside a session: a hunt fed one answer at a time, and how far a new one lies from the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from euthymia.case.events import Event
from euthymia.case.facts import SessionDelivered
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.tms.prescription import MotorThreshold
from euthymia.therapies.tms.tables import limits

if TYPE_CHECKING:
    from euthymia.therapies.tms.threshold import ThresholdHunt
    from euthymia.therapies.tms.threshold_finding import ThresholdFinding


class ThresholdStep:
    """At most one hunt at a time; a second beginning drops the first. The numerics load with the first hunt."""

    def __init__(self) -> None:
        self._hunt: ThresholdHunt | None = None
        self.finding: ThresholdFinding | None = None  # of the hunt that gave the threshold in use

    def begin(self, seen: Observation) -> list[Action]:
        """Begin a hunt (``method``, optional ``procedure`` and ``start_pct_mso``); ask for its first pulse."""
        from euthymia.therapies.tms.threshold import threshold_hunt

        known = {"method", "procedure", "start_pct_mso"}
        if unknown := sorted(set(seen.values) - known):
            raise InvalidInput("threshold_hunt", unknown, " | ".join(sorted(known)))
        self._hunt = threshold_hunt(
            seen.values.get("procedure", "bayesian"), seen.values.get("method", ""),
            start_pct_mso=seen.values.get("start_pct_mso"),
        )  # fmt: skip
        return [_ask(self._hunt)]

    def pulse(self, seen: Observation) -> tuple[list[Action], MotorThreshold | None]:
        """Take one answer (``responded``; ``usable``, ``pct_mso``); give what follows, and the threshold at the end."""
        if self._hunt is None:
            raise SafetyLimit("threshold_pulse", "no hunt", "`threshold_hunt` first, with its method")
        values = seen.values
        if unknown := sorted(set(values) - {"responded", "usable", "pct_mso"}):
            raise InvalidInput("threshold_pulse", unknown, "responded | usable | pct_mso")
        left = self._hunt.feed(
            values.get("responded"),  # type: ignore[arg-type]
            pct_mso=values.get("pct_mso"), usable=values.get("usable", True),
        )  # fmt: skip
        if left is not None:
            return [_ask(self._hunt)], None
        found, self._hunt = self._hunt.finding(), None
        words = (
            f"Motor threshold {found.value_pct_mso:.1f} % MSO (95 %: {found.low_pct_mso:.1f} to "
            f"{found.high_pct_mso:.1f}) in {len(found.pulses)} pulses."
        )
        if found.flags:
            why = " ".join(flag.statement for flag in found.flags)
            text = f"Not taken: {why} Measure again (`threshold_hunt`), or enter `motor_threshold` by hand."
            return [Action(ActionKind.MEASURE, "motor_threshold", text)], None
        self.finding = found
        return [Action(ActionKind.INFORM, "threshold_interval", words)], found.motor_threshold()

    def summary(self) -> Mapping[str, Any]:
        """Interval and pulses of the hunt that gave the threshold in use."""
        if self.finding is None:
            return {}
        return {
            "motor_threshold_low_pct_mso": round(self.finding.low_pct_mso, 1),
            "motor_threshold_high_pct_mso": round(self.finding.high_pct_mso, 1),
            "motor_threshold_procedure": self.finding.procedure,
            "motor_threshold_pulses": len(self.finding.pulses),
        }


def threshold_drift(new: MotorThreshold, last: MotorThreshold | None) -> list[Action]:
    """Say when a threshold lies far from the last one, or was taken in another way."""
    if last is None:
        return []
    found = []
    row, change = limits()["threshold_drift_pct"], 100 * (new.value_pct_mso / last.value_pct_mso - 1)
    if abs(change) >= row.value:
        words = (
            f"The threshold moved by {change:+.0f} % (from {last.value_pct_mso:g} to {new.value_pct_mso:g} % MSO): "
            f"{row.statement}."
        )
        why = Reason(words, (row.cite(),), direction=Direction.AGAINST, code="threshold_drift")
        found.append(Action(ActionKind.INFORM, "threshold_drift", words, reason=why))
    if new.method != last.method:
        row = limits()["visual_excess_pct"]
        words = (
            f"Measured by {new.method}, the last one by {last.method}: the two are not comparable ({row.value:g} %)."
        )
        found.append(Action(ActionKind.INFORM, "threshold_method", words))
    return found


def paused_too_long(past: Sequence[Event[SessionDelivered]], today: date) -> bool:
    """Whether the course paused so long that the threshold comes before any stimulation."""
    return bool(past) and (today - max(e.day for e in past)).days >= limits()["rethreshold_gap_days"].value


def threshold_overdue(past: Sequence[Event[SessionDelivered]], sessions_per_day: int) -> str:
    """Say that the threshold should be measured again after so many treatment days; empty when it need not be."""
    since = 0
    for event in reversed(past):
        if event.fact.summary.get("threshold_measured"):
            break
        since += 1
    row = limits()["rethreshold_sessions"]
    if since < row.value * sessions_per_day:
        return ""
    return f"{since} sessions since the last motor threshold: measure it again ({row.source})."


def _ask(hunt: ThresholdHunt) -> Action:
    return Action(ActionKind.MEASURE, "threshold_pulse", f"One test pulse at {hunt.next_pct_mso} % MSO; response?")
