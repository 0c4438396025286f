"""Simulated populations on which the interval of a threshold hunt is held to its promise, and two on which it is not.

The ranges are a choice of this project: outputs from 20 to 95 % MSO, spreads from 0.03 to 0.12 about the 0.07 in use,
tails that the model lacks, and one or two stray answers in a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.therapies.tms.threshold_finding import Method
from euthymia.therapies.tms.threshold_simulation import HuntingAccuracy, Responder, hunting_accuracy, responders


@dataclass(frozen=True, slots=True)
class Population:
    """People alike in kind.

    Attributes
    ----------
    low, high
        Thresholds by EMG, % MSO, drawn evenly.
    spread
        Relative spread of the response curve: its median, or that of everyone where ``varies`` is false.
    lapse
        Share of answers that do not follow the curve.
    within
        Whether the interval is said to hold here; outside it, what happens is shown and nothing promised.
    """

    name: str
    low: float = 30.0
    high: float = 85.0
    spread: float = 0.07
    varies: bool = False
    curve: str = "normal"
    lapse: float = 0.0
    method: Method = "emg"
    within: bool = True

    def people(self, count: int, seed: int) -> tuple[Responder, ...]:
        """Draw ``count`` of them."""
        return responders(
            count, seed=seed, low=self.low, high=self.high, spread_median=self.spread,
            spread_log_sd=0.4 if self.varies else 0.0, curve=self.curve, lapse=self.lapse,
        )  # fmt: skip

    def accuracy(self, count: int, seed: int, procedure: str = "bayesian") -> HuntingAccuracy:
        """Hunt ``count`` of them once each."""
        return hunting_accuracy(self.people(count, seed), seed=seed + 1, procedure=procedure, method=self.method)


POPULATIONS: tuple[Population, ...] = (
    Population("middle: spread log-normal around 0.07", varies=True),
    Population("everyone 0.03 (steep)", spread=0.03),
    Population("everyone 0.05", spread=0.05),
    Population("everyone 0.10", spread=0.10),
    Population("everyone 0.12 (shallow)", spread=0.12),
    Population("thresholds 20 to 30", low=20.0, high=30.0, varies=True),
    Population("thresholds 20 to 30, 0.03", low=20.0, high=30.0, spread=0.03),
    Population("thresholds 20 to 30, 0.12", low=20.0, high=30.0, spread=0.12),
    Population("thresholds 85 to 95", low=85.0, high=95.0, varies=True),
    Population("thresholds 85 to 95, 0.03", low=85.0, high=95.0, spread=0.03),
    Population("thresholds 85 to 95, 0.12", low=85.0, high=95.0, spread=0.12),
    Population("logistic tails", varies=True, curve="logistic"),
    Population("logistic tails, 0.12", spread=0.12, curve="logistic"),
    Population("1 % stray answers", varies=True, lapse=0.01),
    Population("2 % stray answers", varies=True, lapse=0.02),
    Population("2 % stray answers, 0.03", spread=0.03, lapse=0.02),
    Population("2 % stray answers, 0.12", spread=0.12, lapse=0.02),
    Population("by sight", high=75.0, varies=True, method="visual"),
    Population("by sight, 0.12", high=75.0, spread=0.12, method="visual"),
    Population("no claim: everyone 0.20", spread=0.20, within=False),
    Population("no claim: 5 % stray answers", varies=True, lapse=0.05, within=False),
)
