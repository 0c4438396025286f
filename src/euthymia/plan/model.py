"""What a plan is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from euthymia.case.concepts import Question
from euthymia.case.suicide import SafetySignal
from euthymia.core.reason import Reason
from euthymia.core.source import Source
from euthymia.plan.laboratory import LaboratoryTable
from euthymia.plan.medicines import MedicineTable
from euthymia.plan.steps import UrgentStep
from euthymia.therapies.contract import Prescription, Screening
from euthymia.therapies.forecast import Forecast

__all__ = [
    "SCHEMA_VERSION", "Alternative", "CriterionScore", "FirstStep", "MissingAnswer", "Option", "OptionScore", "Plan",
    "Situation", "Standing", "UrgentStep", "WeightChange",
]  # fmt: skip

SCHEMA_VERSION = "1.0"


class Standing(StrEnum):
    """Whether an option can be chosen now."""

    OPEN = "open"
    ANSWER_FIRST = "answer_first"  # a question must be answered before it can be offered
    NOT_OUTSIDE_TRIAL = "not_outside_trial"
    CONTRAINDICATED = "contraindicated"
    DECLINED = "declined"  # the patient does not want it

    @property
    def rank(self) -> int:
        """0 for open … 4 for contraindicated."""
        blocked = (Standing.NOT_OUTSIDE_TRIAL, Standing.CONTRAINDICATED)
        order = (Standing.OPEN, Standing.ANSWER_FIRST, Standing.DECLINED, *blocked)
        return order.index(self)


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """One criterion of one option: what was read, its value from 0 (worst) to 1 (best), and how sure that is."""

    name: str
    title: str
    raw: float | None  # None = not known; it then counts as the middle, with the whole range as its uncertainty
    unit: str
    value: float
    low: float
    high: float
    weight: float  # normalized: the weights of all criteria add up to 1
    basis: str


@dataclass(frozen=True, slots=True)
class OptionScore:
    """Weighted sum of the criteria (0 to 1), with its range and how often the option comes first."""

    total: float
    low: float
    high: float
    criteria: tuple[CriterionScore, ...]
    first_share: float = 0.0  # share of draws over the uncertainty in which this open option ranks first


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another prescription of the same therapy with its forecast."""

    prescription: Prescription
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Option:
    """One therapy in the comparison.

    ``rank`` counts open treatments only, from 1; it is None for all others. A companion (tests that guide treatment)
    is done beside a treatment, not instead of one, so it is never ranked against them.
    """

    therapy: str
    title: str
    is_reference: bool
    standing: Standing
    rank: int | None
    screening: Screening
    prescription: Prescription | None
    forecast: Forecast | None
    score: OptionScore | None
    alternatives: tuple[Alternative, ...]
    reasons_for: tuple[Reason, ...]
    reasons_against: tuple[Reason, ...]
    is_companion: bool = False


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Something standard that should be done before or beside the options compared."""

    code: str
    reason: Reason
    favors: str = ""


@dataclass(frozen=True, slots=True)
class MissingAnswer:
    """A question, and what its answer would settle."""

    question: Question
    options: tuple[str, ...]  # therapies whose verdict waits for it
    settles: tuple[str, ...]  # therapies for which it is the only open question


@dataclass(frozen=True, slots=True)
class WeightChange:
    """What one weight would have to be for another option to come first."""

    criterion: str
    weight_now: float
    weight_needed: float | None  # None: no weight of this criterion changes the first place
    then_first: str


@dataclass(frozen=True, slots=True)
class Situation:
    """The case in a few lines: what the reader checks first."""

    lines: tuple[tuple[str, str], ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The therapies and the reference options compared for one case at one time."""

    case_id: str
    synthetic: bool
    as_of: datetime
    version: str
    seed: int
    situation: Situation
    urgent: tuple[UrgentStep, ...]
    signals: tuple[SafetySignal, ...]
    first_steps: tuple[FirstStep, ...]
    options: tuple[Option, ...]
    weights: Mapping[str, float]
    weights_from: str
    sensitivity: tuple[WeightChange, ...]
    missing: tuple[MissingAnswer, ...]
    sources: tuple[Source, ...]
    medicines: MedicineTable | None = None
    laboratory: LaboratoryTable | None = None

    @property
    def best_question(self) -> MissingAnswer | None:
        """The single answer that would help most."""
        return self.missing[0] if self.missing else None

    @property
    def first(self) -> Option | None:
        """The open option that ranks first, or None."""
        return next((o for o in self.options if o.rank == 1), None)

    def option(self, therapy: str) -> Option:
        """Return the option of ``therapy``; raise KeyError when there is none."""
        return next(o for o in self.options if o.therapy == therapy)
