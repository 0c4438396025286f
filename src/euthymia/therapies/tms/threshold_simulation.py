"""Simulated responders: how far off the hunt ends, in how many pulses, and how often its interval holds the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr  # type: ignore[import-untyped,unused-ignore]

from euthymia.case import checks
from euthymia.therapies.tms.tables import limits
from euthymia.therapies.tms.threshold import ThresholdHunt, threshold_hunt
from euthymia.therapies.tms.threshold_finding import Method
from euthymia.therapies.tms.threshold_model import Rule

FloatArray = NDArray[np.float64]
_LOGIT = 1.702  # a logistic curve this steep lies within 0.01 of the normal one
_CONCENTRATION = 3.0  # of the beta distribution of the visual excess: broad, with one peak


@dataclass(frozen=True, slots=True)
class Responder:
    """A simulated person: threshold (% MSO), relative spread, shape of the response curve, share of stray answers."""

    threshold_pct_mso: float
    spread: float
    curve: str = "normal"  # or "logistic": tails that the model does not have
    lapse: float = 0.0  # share of answers turned round: a slip of the key, an artifact

    def chance(self, pct_mso: float) -> float:
        """Chance of a response at this output."""
        z = (pct_mso - self.threshold_pct_mso) / (self.spread * self.threshold_pct_mso)
        follows = float(expit(_LOGIT * z) if self.curve == "logistic" else ndtr(z))
        return self.lapse + (1 - 2 * self.lapse) * follows


@dataclass(frozen=True, slots=True)
class HuntingAccuracy:
    """Outcome of many simulated hunts; errors are absolute, in % MSO.

    ``emg_held`` is the share of EMG thresholds inside the range shown beside a threshold by sight; None with EMG.
    """

    people: int
    median_error: float
    p95_error: float
    coverage: float
    coverage_se: float
    mean_width: float
    mean_pulses: float
    most_pulses: int
    flagged: float
    emg_held: float | None = None


def responders(
    count: int, *, seed: int, low: float = 30.0, high: float = 85.0, spread_median: float = 0.07,
    spread_log_sd: float = 0.4, curve: str = "normal", lapse: float = 0.0,
) -> tuple[Responder, ...]:  # fmt: skip
    """Draw people: thresholds even from ``low`` to ``high`` % MSO, log-normal spreads; the same for the same seed."""
    checks.integer("count", count, 1, 1_000_000)
    checks.one_of("curve", curve, ("normal", "logistic"))
    checks.number("lapse", lapse, 0, 0.5)
    rng = np.random.default_rng(seed)
    thresholds = rng.uniform(low, high, count)
    spreads = spread_median * np.exp(spread_log_sd * rng.standard_normal(count))
    return tuple(Responder(float(t), float(s), curve, lapse) for t, s in zip(thresholds, spreads, strict=True))


def by_sight(people: tuple[Responder, ...], *, seed: int) -> tuple[Responder, ...]:
    """Return the same people as the eye sees them: each threshold higher by a drawn share.

    References
    ----------
    Westin, Bassi, Lisanby, Luber 2014, Clin Neurophysiol 125:142: 11.3 % higher on average, 0 to 27.8 % (n = 20). The
    shape between those (a beta distribution) is a choice of the simulation.
    """
    most, mean = limits()["visual_excess_max_pct"].value / 100, limits()["visual_excess_pct"].value / 100
    share = mean / most
    excess = most * np.random.default_rng(seed).beta(
        _CONCENTRATION * share, _CONCENTRATION * (1 - share), size=len(people)
    )
    return tuple(
        replace(p, threshold_pct_mso=p.threshold_pct_mso * (1 + float(e))) for p, e in zip(people, excess, strict=True)
    )


def run_hunt(person: Responder, rng: np.random.Generator, hunt: ThresholdHunt) -> ThresholdHunt:
    """Let one person answer a hunt to its end."""
    while (asked := hunt.next_pct_mso) is not None:
        hunt.feed(bool(rng.random() < person.chance(asked)))
    return hunt


def hunting_accuracy(
    people: tuple[Responder, ...], *, seed: int, procedure: str = "bayesian", rule: Rule = "information",
    method: Method = "emg",
) -> HuntingAccuracy:  # fmt: skip
    """Hunt every person once; give errors against the true threshold and the coverage of the 95 % interval.

    With ``method="visual"`` the thresholds of ``people`` are those of EMG; the truth is what the eye would see.
    """
    rng = np.random.default_rng(seed)
    seen = by_sight(people, seed=seed) if method == "visual" else people
    found = [run_hunt(p, rng, threshold_hunt(procedure, method, rule=rule)).finding() for p in seen]
    truth = np.array([p.threshold_pct_mso for p in seen])
    error = np.abs(np.array([f.value_pct_mso for f in found]) - truth)
    low, high = np.array([f.low_pct_mso for f in found]), np.array([f.high_pct_mso for f in found])
    covered = float(np.mean((low <= truth) & (truth <= high)))
    pulses = np.array([len(f.pulses) for f in found])
    ranges = [(p.threshold_pct_mso, f.emg_equivalent) for p, f in zip(people, found, strict=True)]
    held = [emg.low_pct_mso <= true <= emg.high_pct_mso for true, emg in ranges if emg is not None]
    return HuntingAccuracy(
        people=len(people),
        median_error=float(np.median(error)),
        p95_error=float(np.quantile(error, 0.95)),
        coverage=covered,
        coverage_se=float(np.sqrt(covered * (1 - covered) / len(people))),
        mean_width=float(np.mean(high - low)),
        mean_pulses=float(pulses.mean()),
        most_pulses=int(pulses.max()),
        flagged=float(np.mean([bool(f.flags) for f in found])),
        emg_held=float(np.mean(held)) if held else None,
    )
