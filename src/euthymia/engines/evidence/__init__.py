"""Evidence engine: trials to pooled effects, absolute benefit, expected course, durability, harms and costs."""

from euthymia.engines.evidence.benefit import ObservedRate, absolute_benefit, observed_rate
from euthymia.engines.evidence.course import CoursePoint, trajectory
from euthymia.engines.evidence.differences import DifferenceEstimate, mean_difference, null_results
from euthymia.engines.evidence.effects import Counts, Effect, Interval, Means, combine_counts, combine_means, wilson
from euthymia.engines.evidence.estimate import BenefitEstimate, apply_odds_ratio, with_baseline_risk
from euthymia.engines.evidence.pooling import (
    PooledEffect,
    PoolingProblem,
    pool,
    problem_of_counts,
    problem_of_means,
    problem_of_proportions,
)
from euthymia.engines.evidence.tables import (
    CostRow,
    CourseRow,
    DurabilityRow,
    HarmRow,
    OnsetRow,
    costs,
    durability,
    forms,
    harms,
    onset,
)
from euthymia.engines.evidence.trials import ArmRow, ContrastRow, arms, contrasts
from euthymia.engines.evidence.vocabulary import (
    Blinding,
    ComparatorType,
    Measure,
    Outcome,
    Population,
    Role,
    Therapy,
    Window,
    comparator_label,
)

__all__ = [
    "ArmRow",
    "BenefitEstimate",
    "Blinding",
    "ComparatorType",
    "ContrastRow",
    "CostRow",
    "Counts",
    "CoursePoint",
    "CourseRow",
    "DifferenceEstimate",
    "DurabilityRow",
    "Effect",
    "HarmRow",
    "Interval",
    "Means",
    "Measure",
    "ObservedRate",
    "OnsetRow",
    "Outcome",
    "PooledEffect",
    "PoolingProblem",
    "Population",
    "Role",
    "Therapy",
    "Window",
    "absolute_benefit",
    "apply_odds_ratio",
    "arms",
    "combine_counts",
    "combine_means",
    "comparator_label",
    "contrasts",
    "costs",
    "durability",
    "forms",
    "harms",
    "mean_difference",
    "null_results",
    "observed_rate",
    "onset",
    "pool",
    "problem_of_counts",
    "problem_of_means",
    "problem_of_proportions",
    "trajectory",
    "wilson",
    "with_baseline_risk",
]
