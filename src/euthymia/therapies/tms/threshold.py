"""Hunting the motor threshold pulse by pulse: Bayesian adaptive, or by relative frequency (5 of 10)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

import numpy as np

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.tms.threshold_finding import METHODS, Flag, Method, Pulse, ThresholdFinding
from euthymia.therapies.tms.threshold_model import FULL_PCT_MSO, Rule, number, response_model

Procedure = Literal["bayesian", "frequency"]
PROCEDURES: tuple[Procedure, ...] = ("bayesian", "frequency")
_INTERVAL = (0.025, 0.5, 0.975)


class ThresholdHunt(ABC):
    """A step machine: ask ``next_pct_mso``, give the pulse, ``feed`` the answer, until ``done``.

    Every pulse is kept. The interval is the posterior of the response model given all of them, whatever chose them.
    """

    procedure: str

    def __init__(self, method: Method) -> None:
        checks.one_of("method", method, METHODS)
        self._method: Method = method
        self._pulses: list[Pulse] = []
        self._log_posterior = response_model().log_prior[None, :].copy()

    @property
    def method(self) -> Method:
        """How an answer is seen: ``emg`` or ``visual``."""
        return self._method

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether no further pulse is asked for."""

    @property
    @abstractmethod
    def next_pct_mso(self) -> int | None:
        """Whole percent of machine output to give next; None when done."""

    @abstractmethod
    def _take(self, pulse: Pulse) -> None:
        """Move on after a counted pulse."""

    @abstractmethod
    def _estimate(self, median_pct_mso: float) -> float:
        """Return the threshold of this procedure, given the posterior median."""

    def feed(self, responded: bool, *, pct_mso: int | None = None, usable: bool = True) -> int | None:
        """Take the answer to one pulse; return the next intensity.

        Parameters
        ----------
        responded
            Whether the muscle answered.
        pct_mso
            Output that was given, when it is not the one asked for.
        usable
            False for a trial that does not count (muscle not at rest, coil off); it is kept and asked again.

        Raises
        ------
        InvalidInput
            For an answer that is not yes or no, or an output that is not a whole percent from 1 to 100.
        """
        asked = self.next_pct_mso
        if asked is None:
            raise InvalidInput("threshold", "one more pulse", "no pulse after the hunt has ended")
        given = asked if pct_mso is None else pct_mso
        if isinstance(given, int) and not isinstance(given, bool) and given > FULL_PCT_MSO:
            raise SafetyLimit("pct_mso", given, "1 to 100 % of machine output")
        checks.integer("pct_mso", given, 1, FULL_PCT_MSO)
        for name, value in (("responded", responded), ("usable", usable)):
            if not isinstance(value, bool):
                raise InvalidInput(name, value, "true or false")
        pulse = Pulse(given, responded, usable)
        self._pulses.append(pulse)
        if usable:
            heard = response_model().log_likelihood(np.array([given]), np.array([responded]))
            self._log_posterior = self._log_posterior + heard
            self._take(pulse)
        return self.next_pct_mso

    def finding(self) -> ThresholdFinding:
        """Return what the pulses so far say; ``complete`` once the hunt is done."""
        low, middle, high = response_model().quantiles(self._log_posterior, _INTERVAL)[0].tolist()
        value = self._estimate(middle)
        return ThresholdFinding(
            value, min(low, value), max(high, value), self._method, self.procedure, self.done, tuple(self._pulses),
            self._flags(value, high - low),
        )  # fmt: skip

    def _counted(self) -> list[Pulse]:
        return [p for p in self._pulses if p.usable]

    def _flags(self, value: float, width: float) -> tuple[Flag, ...]:
        counted, found = self._counted(), []
        above = float(response_model().above_output(self._log_posterior)[0])
        if above > number("above_output_share"):
            words = "No threshold up to full output: check EMG, muscle, coil place and angle; try another coil."
            found.append(Flag("above_output", words, bars=True))
        if value < number("low_pct_mso"):
            words = (
                f"Responses at next to no output ({value:.1f} % MSO): an artifact, a tense muscle, the wrong channel. "
                "Check the recording and measure again."
            )
            found.append(Flag("too_low", words, bars=True))
        gap = contradiction_pct_mso(counted)
        if gap > number("contradiction_spreads") * number("spread_median") * value:
            words = (
                f"A response {gap:g} % MSO below an intensity without one: coil moved, muscle not at rest, or answers "
                "mixed up. The interval is too narrow for this."
            )
            found.append(Flag("contradictory", words, bars=False))
        if self.done and width > number("wide_share") * value:
            found.append(Flag("uncertain", f"The 95 % interval is {width:.1f} % MSO wide.", bars=False))
        return tuple(found)


class BayesianHunt(ThresholdHunt):
    """Each intensity is the one whose answer tells most (or the posterior median); ends on pulses or on width.

    References
    ----------
    Wang, Peterchev, Goetz 2023, J Neural Eng 20(5), doi 10.1088/1741-2552/acf1cc.
    """

    procedure = "bayesian"

    def __init__(
        self, method: Method, *, rule: Rule = "information", start_pct_mso: int | None = None,
        most_pulses: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(method)
        checks.one_of("rule", rule, ("information", "median"))
        start = int(number("start_pct_mso")) if start_pct_mso is None else start_pct_mso
        most = int(number("most_pulses")) if most_pulses is None else most_pulses
        checks.integer("start_pct_mso", start, 1, FULL_PCT_MSO)
        checks.integer("most_pulses", most, int(number("fewest_pulses")), 200)
        self._rule: Rule = rule
        self._most = most
        self._next: int | None = start

    @property
    def done(self) -> bool:
        """Whether the pulses are spent or the interval is narrow enough."""
        return self._next is None

    @property
    def next_pct_mso(self) -> int | None:
        """Whole percent of machine output to give next."""
        return self._next

    def _estimate(self, median_pct_mso: float) -> float:
        return median_pct_mso

    def _take(self, pulse: Pulse) -> None:
        counted = self._counted()
        low, _, high = response_model().quantiles(self._log_posterior, _INTERVAL)[0]
        narrow = len(counted) >= number("fewest_pulses") and high - low <= number("end_width_pct_mso")
        if narrow or len(counted) >= self._most:
            self._next = None
            return
        strongest = np.array([max(p.pct_mso for p in counted)])
        self._next = int(response_model().next_pct_mso(self._log_posterior, strongest, self._rule)[0])


class FrequencyHunt(ThresholdHunt):
    """Up in steps of 5 % until 5 of 10 pulses answer, then down in steps of 1 % until fewer do; one above is it.

    A level ends as soon as its outcome is certain: five answers, or six pulses without one.
    """

    procedure = "frequency"

    def __init__(self, method: Method, *, start_pct_mso: int | None = None) -> None:
        super().__init__(method)
        start = int(number("start_pct_mso")) if start_pct_mso is None else start_pct_mso
        checks.integer("start_pct_mso", start, 1, FULL_PCT_MSO)
        self._level, self._yes, self._no = start, 0, 0
        self._lowest_reached: int | None = None
        self._ended = False

    @property
    def done(self) -> bool:
        """Whether a level just below the lowest one reached has failed, or the range has ended."""
        return self._ended

    @property
    def next_pct_mso(self) -> int | None:
        """Whole percent of machine output to give next."""
        return None if self._ended else self._level

    def _estimate(self, median_pct_mso: float) -> float:
        return median_pct_mso if self._lowest_reached is None else float(self._lowest_reached)

    def _take(self, pulse: Pulse) -> None:
        if pulse.pct_mso != self._level:
            return  # it speaks through the posterior; the level asked for still waits
        self._yes, self._no = self._yes + pulse.responded, self._no + (not pulse.responded)
        enough = int(number("responses_per_level"))
        if self._yes >= enough:
            self._reached()
        elif self._no > int(number("trials_per_level")) - enough:
            self._failed()

    def _reached(self) -> None:
        self._lowest_reached = self._level
        self._to(self._level - int(number("step_down_pct_mso")))

    def _failed(self) -> None:
        if self._lowest_reached is not None or self._level == FULL_PCT_MSO:
            self._ended = True
        else:
            self._to(min(FULL_PCT_MSO, self._level + int(number("step_up_pct_mso"))))

    def _to(self, level: int) -> None:
        self._level, self._yes, self._no = level, 0, 0
        self._ended = level < 1


def threshold_hunt(
    procedure: str, method: Method, *, start_pct_mso: int | None = None, rule: Rule = "information"
) -> ThresholdHunt:
    """Return a new hunt by the name of its procedure (``bayesian`` or ``frequency``)."""
    checks.one_of("procedure", procedure, PROCEDURES)
    if procedure == "frequency":
        return FrequencyHunt(method, start_pct_mso=start_pct_mso)
    return BayesianHunt(method, rule=rule, start_pct_mso=start_pct_mso)


def contradiction_pct_mso(pulses: list[Pulse]) -> int:
    """Return how far the weakest pulse with an answer lies below the strongest without one; 0 when it does not."""
    yes = [p.pct_mso for p in pulses if p.responded]
    no = [p.pct_mso for p in pulses if not p.responded]
    return max(0, max(no) - min(yes)) if yes and no else 0
