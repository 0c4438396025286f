"""Forecasts: what a prescription would do, as distributions with their reasons."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.therapies.curves import Curve
from euthymia.therapies.pictures import Picture


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its 95 % interval; the ends are None where the source prints none and none can be computed."""

    value: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise InvalidInput("interval", (self.low, self.value, self.high), "low <= value <= high")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Probability of an outcome at a stated time against a named comparator.

    ``relevant`` is False when the comparator or population differs so much from this case that ranking must not use
    it (open label, not TRD …); it is still shown.
    """

    name: str  # response | remission
    at_days: float | None  # None: a review over several times
    probability: Interval
    comparator: str
    comparator_probability: Interval | None
    difference: Interval | None  # absolute, active minus comparator
    is_null: bool  # the interval of the difference includes no effect, or the trial missed its primary
    studies: int
    patients: int
    population: str
    blinding: str
    reason: Reason
    randomized: bool = True
    from_review: bool = False  # a published meta-analysis: it counts as one estimate, whatever it pooled
    controlled: bool = True  # against an inactive comparator, not another treatment
    relevant: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A time or a share with the words for it: onset, time to peak, durability."""

    name: str
    value: Interval | None
    unit: str
    reason: Reason
    at_days: float | None = None  # when a share was counted, from the start or the end of the course as the words say
    among: str = ""  # who was followed: responders, remitters, all treated …


@dataclass(frozen=True, slots=True)
class Harm:
    """A harm with its rate (probability or rate per unit) where one is known."""

    name: str
    serious: bool
    rate: Interval | None
    unit: str
    comparator_rate: float | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Burden:
    """What the course asks of the patient in the first year."""

    visits: int
    hours: float
    days_to_end_of_acute_course: float
    anesthesia: bool
    surgery: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class Cost:
    """Order of magnitude of a cost, where a source gives one."""

    low: float
    high: float
    currency: str
    year: int
    region: str
    per: str  # course | session | device | month
    reason: Reason


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """Expected improvement at a day: fraction of the baseline score that is gone, with the band between patients."""

    day: float
    improvement: Interval


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a prescription would do for this case."""

    therapy: str
    form: str
    protocol: str
    outcomes: tuple[Outcome, ...]
    onset: tuple[Span, ...]
    durability: tuple[Span, ...]
    harms: tuple[Harm, ...]
    burden: Burden
    costs: tuple[Cost, ...]
    course: tuple[CoursePoint, ...]
    grade: EvidenceGrade
    reasons: tuple[Reason, ...]
    seed: int = 0
    physics: tuple[Reason, ...] = ()  # filled by the engines behind the therapy
    curves: tuple[Curve, ...] = ()  # what those engines expect over time
    pictures: tuple[Picture, ...] = ()  # what those engines drew beforehand

    def best_outcome(self, name: str = "response") -> Outcome | None:
        """The outcome to rank by: relevant, then controlled, then the most patients; None when nothing is known."""
        found = [o for o in self.outcomes if o.name == name]
        return max(found, key=lambda o: (o.relevant, o.controlled, o.difference is not None, o.patients), default=None)
