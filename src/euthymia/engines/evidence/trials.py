"""Trial arms and published contrasts as typed rows, and the queries over them.

The arm table is the curated table of the project (169 arms, 77 studies), one row an arm at one time point, with the
words that machines need beside the words of the source. A number that the source does not give is empty, never zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.evidence.vocabulary import (
    Blinding,
    ComparatorType,
    Measure,
    Outcome,
    Population,
    Role,
    Therapy,
    Window,
)

PACKAGE = "euthymia.engines.evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRow(SourcedRow):
    """One trial arm at one time point."""

    arm_id: str
    study: str
    year: int
    therapy: Therapy
    form: str
    arm: str
    role: Role
    comparator_type: ComparatorType
    comparator_text: str = ""
    contrast_id: str
    population: Population
    population_text: str
    randomized: bool
    blinding: Blinding
    blinding_text: str
    n: int | None = None
    n_observed: int | None = None
    timepoint_days: float | None = None
    primary: bool = True
    outcome_text: str
    scale: str = ""
    window: Window
    response_rule: str = ""
    remission_rule: str = ""
    baseline_mean: float | None = None
    baseline_sd: float | None = None
    change_mean: float | None = None
    change_sd: float | None = None
    change_se: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    endpoint_sd: float | None = None
    responders: int | None = None
    remitters: int | None = None
    dropouts_text: str = ""
    dropout_pct: float | None = None
    ae_dropout_pct: float | None = None
    serious_text: str = ""
    overlaps: tuple[str, ...] = ()
    do_not_pool: bool = False
    do_not_pool_reason: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("responders", "remitters"):
            events = getattr(self, name)
            if events is not None and (self.denominator is None or not 0 <= events <= self.denominator):
                raise InvalidInput(name, events, f"a count from 0 to the arm size ({self.denominator})")
        if self.do_not_pool and not self.do_not_pool_reason:
            raise InvalidInput("do_not_pool_reason", "", "the reason why the row must not be pooled")

    @property
    def denominator(self) -> int | None:
        """Patients the counts and the change refer to: those observed where the source says so, else the arm."""
        return self.n if self.n_observed is None else self.n_observed

    @property
    def comparator_key(self) -> str:
        """What this arm is called when it is the comparator: its type for a control, its form for a treatment."""
        return self.comparator_type.value if self.role is Role.CONTROL else self.form

    def events(self, outcome: Outcome) -> int | None:
        """Return the count of responders or remitters, None when the source gives none."""
        return self.responders if outcome is Outcome.RESPONSE else self.remitters

    def rule(self, outcome: Outcome) -> str:
        """Return how the outcome was defined in this trial."""
        return self.response_rule if outcome is Outcome.RESPONSE else self.remission_rule

    @property
    def patient_sd(self) -> float | None:
        """Standard deviation of the change between patients (points of the scale), from SD, SE or 95 % interval."""
        if self.change_sd is not None:
            return self.change_sd
        count = self.denominator
        if count is None or count < 2:
            return None
        if self.change_se is not None:
            return self.change_se * math.sqrt(count)
        if self.change_low is not None and self.change_high is not None:
            from scipy.special import stdtrit  # type: ignore[import-untyped,unused-ignore]

            return float((self.change_high - self.change_low) / (2 * stdtrit(count - 1, 0.975)) * math.sqrt(count))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastRow(SourcedRow):
    """A published comparison without usable arm counts: a difference, a ratio or a pair of percentages."""

    contrast_id: str
    study: str
    year: int | None = None
    kind: str  # trial | meta_analysis | registry
    therapy: Therapy
    form: str = ""  # empty: the therapy as a whole
    comparator_type: ComparatorType
    comparator_form: str = ""
    population: Population
    randomized: bool = True
    blinding: Blinding
    outcome: str  # response | remission | relapse | mean change and others, in words
    scale: str = ""
    timepoint_days: float | None = None
    measure: Measure
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    active_pct: float | None = None
    control_pct: float | None = None
    n_active: int | None = None
    n_control: int | None = None
    n_total: int | None = None
    p_value: float | None = None
    verdict: str = ""  # met | missed | superior | no_difference | noninferior | not_tested
    primary_endpoint: bool = False
    favors: str = ""  # form or comparator that did better, where one did
    note: str = ""

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InvalidInput("low", self.low, f"at most high ({self.high})")

    @property
    def comparator_key(self) -> str:
        """The form of the comparator when it is a treatment, else its type."""
        return self.comparator_form or self.comparator_type.value

    @property
    def is_null(self) -> bool | None:
        """Whether the interval includes no effect; from the verdict when no interval was read; None when unknown."""
        if self.low is not None and self.high is not None:
            no_effect = 1.0 if self.measure.is_log else 0.0
            return self.low <= no_effect <= self.high
        if self.verdict in ("missed", "no_difference"):
            return True
        return False if self.verdict in ("met", "superior") else None


def all_arms() -> tuple[ArmRow, ...]:
    """Return every arm row, checked on load."""
    return load_table(PACKAGE, "trial_arms.csv", ArmRow, key="arm_id")


def all_contrasts() -> tuple[ContrastRow, ...]:
    """Return every published contrast, checked on load."""
    return load_table(PACKAGE, "contrasts.csv", ContrastRow, key="contrast_id")


def is_allowed(verification: Verification, include_unverified: bool) -> bool:
    """Whether a row may be used: verified rows always, the others only when asked for."""
    return include_unverified or verification is Verification.READ


def arms(
    *,
    therapy: str | None = None,
    form: str | None = None,
    study: str | None = None,
    role: str | None = None,
    population: str | None = None,
    include_unverified: bool = False,
) -> tuple[ArmRow, ...]:
    """Return the arms that match every argument given; unverified and partly verified rows only when asked for."""
    return tuple(
        row
        for row in all_arms()
        if (therapy is None or row.therapy == therapy)
        and (form is None or row.form == form)
        and (study is None or row.study == study)
        and (role is None or row.role == role)
        and (population is None or row.population == population)
        and is_allowed(row.verification, include_unverified)
    )


def contrasts(
    *,
    therapy: str | None = None,
    form: str | None = None,
    outcome: str | None = None,
    study: str | None = None,
    include_unverified: bool = False,
) -> tuple[ContrastRow, ...]:
    """Return the published contrasts that match every argument given, in table order."""
    return tuple(
        row
        for row in all_contrasts()
        if (therapy is None or row.therapy == therapy)
        and (form is None or row.form == form)
        and (outcome is None or row.outcome == outcome)
        and (study is None or row.study == study)
        and is_allowed(row.verification, include_unverified)
    )
