"""What every programming visit records before and beside the stimulation: suicide screen, ratings, risk disposition."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from euthymia.case.course import SYMPTOM_SCALES
from euthymia.case.facts import ScaleRecord, SuicideScreen
from euthymia.case.scales import Triage, TriageLevel, score
from euthymia.case.scales import scale as scale_definition
from euthymia.case.suicide import triage_of
from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Observation

SCREEN_FIELDS = tuple(f.name for f in fields(SuicideScreen))


class VisitChecks:
    """Holds the visit's suicide screen, ratings and disposition; knows what is still open."""

    def __init__(self, *, mania_rating_required: bool = False) -> None:
        self._mania_rating_required = mania_rating_required
        self._screen: SuicideScreen | None = None
        self._triage: Triage | None = None
        self._ratings: dict[str, ScaleRecord] = {}
        self._totals: dict[str, float] = {}
        self._disposition = ""
        self._high = False  # stays, whatever a later screen says today

    # --- taking observations ----------------------------------------------------------------------------------------

    def take_screen(self, seen: Observation) -> Triage:
        """Take the six answers (absent or None = unanswered) and give the triage."""
        unknown = sorted(set(seen.values) - set(SCREEN_FIELDS))
        if unknown:
            raise InvalidInput("suicide_screen", unknown, " | ".join(SCREEN_FIELDS))
        for name, value in seen.values.items():
            if value is not None and not isinstance(value, bool):
                raise InvalidInput(f"suicide_screen.{name}", value, "true, false or None (unanswered)")
        screen = SuicideScreen(**seen.values)
        self._screen, self._triage = screen, triage_of(screen)
        self._high = self._high or self._triage.level is TriageLevel.HIGH
        return self._triage

    def take_rating(self, scale: str, total: float) -> None:
        """Take the total of a scale; it must be one the case can score."""
        name = scale_definition(scale).name
        score(name, None, total=total)
        self._ratings[name], self._totals[name] = ScaleRecord(name, total=total), total

    def take_disposition(self, by: str, text: str) -> None:
        """Take what was arranged for a patient at high risk, and by whom."""
        self._disposition = f"{text} ({by})"

    # --- what follows -------------------------------------------------------------------------------------------------

    @property
    def high_risk(self) -> bool:
        """Whether a screen of today triaged high."""
        return self._high

    @property
    def mania_points(self) -> float | None:
        """Today's YMRS total, or None."""
        return self._totals.get("YMRS")

    def open_before_change(self) -> list[str]:
        """Name what must be known before anything is raised."""
        missing = []
        if self._triage is None or self._triage.level is TriageLevel.INCOMPLETE or self._triage.unanswered:
            missing.append("C-SSRS screener complete")
        if not any(name in self._ratings for name in SYMPTOM_SCALES):
            missing.append("a depression rating of today")
        if self._mania_rating_required and self.mania_points is None:
            missing.append("a mania rating (YMRS) of today")
        return missing

    def open_before_end(self) -> list[str]:
        """Name what must be known before the visit may end."""
        return [*self.open_before_change(), *self.open_disposition()]

    def open_disposition(self) -> list[str]:
        """Name the disposition while a high risk has none."""
        return (
            ["disposition of the high suicide risk by a named person"] if self._high and not self._disposition else []
        )

    def facts(self) -> list[Any]:
        """Give the screen and the ratings for the log."""
        return [*([self._screen] if self._screen else []), *self._ratings.values()]

    def summary(self) -> dict[str, Any]:
        """Give the visit's findings in words and numbers."""
        found: dict[str, Any] = {"suicide_triage": self._triage.level.value if self._triage else "not done"}
        if self._disposition:
            found["disposition"] = self._disposition
        return found | {f"{name} total": total for name, total in self._totals.items()}
