"""Bright light, as another package would add it: five verbs, three tables, one entry point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from euthymia.case.model import Case
from euthymia.core.errors import SafetyLimit
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Action, ActionKind, Advice, Observation, Prescription, Screening, Verdict
from euthymia.therapies.following import FollowRule, follow_course
from euthymia.therapies.forecast import Burden, Forecast
from euthymia.therapies.schedule import Phase, Schedule
from euthymia.therapies.screening import LegalRow, Rule, combine, screen_form
from euthymia.therapies.stepping import Handler, StepMachine

PACKAGE, NAME, FORM, TITLE = "euthymia_light", "light", "light_box", "Bright light"


@dataclass(frozen=True, slots=True)
class LightPrescription:
    """Minutes of 10,000 lux each morning."""

    minutes: float = 30.0

    def __post_init__(self) -> None:
        if not 10 <= self.minutes <= 120:
            raise SafetyLimit("minutes", self.minutes, "10 to 120 minutes a day")

    therapy: ClassVar[str] = NAME
    form: ClassVar[str] = FORM
    protocol: ClassVar[str] = "morning"
    title: ClassVar[str] = TITLE

    @property
    def schedule(self) -> Schedule:
        return Schedule((Phase("mornings", 0, 4, 7, 30),))

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return (Reason("Cheap and at home.", grade=EvidenceGrade.CASE, direction=Direction.FOR),)

    def details(self) -> tuple[tuple[str, str], ...]:
        return (("Light", "10,000 lux"), ("Each morning", f"{self.minutes:g} min"))


class LightSession(StepMachine):
    """One check-up visit."""

    therapy = NAME

    def _begin(self) -> list[Action]:
        return [Action(ActionKind.MEASURE, "eyes", "Ask about eye complaints.")]

    def _handlers(self) -> Mapping[str, Handler]:
        return {"eyes": self._eyes}

    def _eyes(self, observation: Observation) -> list[Action]:
        if self._flag_of(observation, "complaint"):
            return [self._stop("eye complaint")]
        self._began_treatment = True
        return [Action(ActionKind.DO, "light", "Go on.")]

    def _closed_gates(self) -> list[str]:
        return [] if self._log and any("observed" in line for line in self._log) else ["eyes were not asked about"]

    def _summary(self) -> Mapping[str, Any]:
        return {}


class Light:
    """The therapy."""

    name, title, is_reference = NAME, TITLE, False

    def screen(self, case: Case) -> Screening:
        rules = load_table(PACKAGE, "rules.csv", Rule, key="code")
        legality = load_table(PACKAGE, "legality.csv", LegalRow)
        one = screen_form(case, therapy=NAME, form=FORM, title=TITLE, rules=rules, legality=legality)
        return combine(NAME, TITLE, [one])

    def propose(self, case: Case) -> list[Prescription]:
        return [] if self.screen(case).verdict is Verdict.CONTRAINDICATED else [LightPrescription()]

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        words = "No trial of this test package: nothing is claimed."
        reason = Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST)
        burden = Burden(4, 2.0, 21.0, False, False, reason)
        return Forecast(NAME, FORM, "morning", (), (), (), (), burden, (), (), EvidenceGrade.VERY_LOW, (reason,), seed)

    def session(self, case: Case, prescription: Prescription, n: int) -> LightSession:
        return LightSession(case, form=FORM, protocol="morning", number=n)

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        rules = load_table(PACKAGE, "follow.csv", FollowRule)
        return follow_course(case, therapy=NAME, title=TITLE, form=FORM, rules=rules, expected=())


THERAPY = Light()
