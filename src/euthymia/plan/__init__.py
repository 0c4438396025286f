"""The plan: all therapies and the reference options compared for one case, ranked and explained."""

from euthymia.plan.compare import compare
from euthymia.plan.explain import explain
from euthymia.plan.model import Option, Plan

__all__ = ["Option", "Plan", "compare", "explain"]
