"""What keeps a patient safe in a repeated session: suicide screen, alerts with a name behind them, handover.

A session on :class:`SafeguardedSession` cannot be closed while a high alert is not acknowledged or a patient who must
not be left alone was not handed over to a named person.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from euthymia.case.facts import SafetyAlert, SuicideScreen
from euthymia.case.model import Case
from euthymia.case.scales import Triage
from euthymia.case.suicide import triage_of
from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.stepping import StepMachine

_SCREEN_ANSWERS = tuple(f.name for f in fields(SuicideScreen))


@dataclass(frozen=True, slots=True, kw_only=True)
class SymptomRow(SourcedRow):
    """One symptom during a session and what it leads to."""

    symptom: str
    action: Literal["stop", "pause", "inform"]
    alert: Literal["", "high", "moderate", "low"] = ""
    serious: bool
    statement: str


def symptoms_of(package: str) -> tuple[SymptomRow, ...]:
    """Return the symptoms that a session of the therapy in ``package`` knows."""
    return load_table(package, "symptoms.csv", SymptomRow, key="symptom")


class SafeguardedSession(StepMachine):
    """A session with a suicide screen on demand, acknowledged alerts and a handover."""

    def __init__(self, case: Case, *, form: str, protocol: str, number: int) -> None:
        super().__init__(case, form=form, protocol=protocol, number=number)
        self._done: set[str] = set()  # checks that were passed
        self._screens: list[SuicideScreen] = []
        self._acknowledged: dict[str, str] = {}  # alert code -> who took it on
        self._needs_handover = False  # the patient must not be left alone

    def _read_suicide_screen(self, seen: Observation) -> Triage:
        """Record the answers, which also settle the mood check, and give the triage."""
        unknown = sorted(set(seen.values) - set(_SCREEN_ANSWERS))
        if unknown:
            raise InvalidInput("suicide_screen", unknown, " | ".join(_SCREEN_ANSWERS))
        answers = {name: self._flag_of(seen, name) for name in _SCREEN_ANSWERS if seen.values.get(name) is not None}
        screened = SuicideScreen(**answers)
        found = triage_of(screened)
        self._screens.append(screened)
        self._done.add("mood_check")
        return found

    def _handover(self, seen: Observation) -> list[Action]:
        to = self._word_of(seen, "to")
        self._needs_handover = False
        return [Action(ActionKind.INFORM, "handover", f"Handed over to {to}.")]

    def _alert_acknowledged(self, seen: Observation) -> list[Action]:
        codes = tuple(dict.fromkeys(alert.code for _, alert in self._alerts)) or ("(no alert)",)
        code, by = self._word_of(seen, "code", codes), self._word_of(seen, "by")
        self._acknowledged[code] = by
        return [Action(ActionKind.INFORM, "alert_acknowledged", f"{code} acknowledged by {by}.")]

    def _stop_asked(self, seen: Observation) -> list[Action]:
        return [self._stop(self._word_of(seen, "because"))]

    def _release(self, words: str) -> list[Action]:
        """Let the patient go, or ask for the handover that comes first."""
        if self._needs_handover:
            return [Action(ActionKind.WAIT, "handover", "Not to leave alone: feed `handover`.")]
        return [Action(ActionKind.RELEASE, "release", words)]

    def _safety_gates(self) -> list[str]:
        """Name the gates that stay closed until somebody has taken on the patient and each high alert."""
        closed = ["`handover` to a named person is missing"] if self._needs_handover else []
        for _, alert in self._alerts:
            if alert.level == "high" and alert.code not in self._acknowledged:
                closed.append(f"the alert `{alert.code}` is not acknowledged")
        return closed

    def _extra_facts(self) -> list[Any]:
        known = [
            SafetyAlert(a.level, a.code, a.statement, acknowledged_by=self._acknowledged[a.code])
            for _, a in self._alerts
            if a.code in self._acknowledged
        ]
        return [*self._screens, *known]
