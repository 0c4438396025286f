"""Published and analytic cases that the pooling must reproduce.

The counts are those of the thirteen BCG trials, the data set on which random-effects software has been compared for
thirty years; the printed results are those of the worked example in Viechtbauer 2010.

References
----------
Colditz GA et al. JAMA 1994;271:698-702.
Viechtbauer W. Journal of Statistical Software 2010;36(3):1-48. DOI 10.18637/jss.v036.i03
"""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.evidence.effects import Counts, Effect
from euthymia.engines.evidence.pooling import PooledEffect, PoolingProblem, pool, problem_of_counts
from euthymia.engines.evidence.trials import PACKAGE
from euthymia.engines.evidence.vocabulary import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceTrial(SourcedRow):
    """One two-arm table of a published data set."""

    study: str
    active_events: int
    active_n: int
    control_events: int
    control_n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceResult(SourcedRow):
    """One printed number of a published analysis, with the tolerance that its printed digits allow."""

    case: str
    measure: Measure
    tau2_method: str
    quantity: str
    value: float
    tolerance: float
    note: str = ""


def bcg_tables() -> tuple[tuple[str, Counts, Counts], ...]:
    """Return the thirteen BCG trials as (study, vaccinated, control) tables."""
    rows = load_table(PACKAGE, "reference_bcg.csv", ReferenceTrial, key="study")
    return tuple((r.study, Counts(r.active_events, r.active_n), Counts(r.control_events, r.control_n)) for r in rows)


def published_results() -> tuple[ReferenceResult, ...]:
    """Return the printed results of the BCG analyses."""
    return load_table(PACKAGE, "reference_results.csv", ReferenceResult)


def computed(result: ReferenceResult) -> float:
    """Return what this engine computes for a printed number (Wald interval, as printed)."""
    problem = problem_of_counts(bcg_tables(), result.measure, tau2_method=result.tau2_method, interval_method="wald")
    assert problem is not None
    pooled = pool(problem)
    value = {"estimate": pooled.estimate.value, "low": pooled.estimate.low, "high": pooled.estimate.high}.get(
        result.quantity, getattr(pooled, result.quantity, None)
    )
    assert isinstance(value, float)
    return value


def equal_variance_case(spread: float, variance: float, k: int) -> tuple[PooledEffect, float]:
    """Return a case with a closed form: k equally precise studies, alternating by ± ``spread`` (k even).

    All weights are equal, so the mean is zero and every estimator gives tau² = s² − variance (floored at zero) with
    s² = k·spread²/(k − 1).
    """
    effects = tuple(Effect(f"study {i:03d}", spread if i % 2 else -spread, variance) for i in range(k))
    expected = max(0.0, k * spread**2 / (k - 1) - variance)
    return pool(PoolingProblem(Measure.MEAN_DIFFERENCE, effects)), expected
