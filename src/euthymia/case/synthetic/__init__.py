"""Synthetic cases: made-up, labeled as such, drawn from published marginals where there are any."""

from euthymia.case.synthetic.generate import AS_OF, synthetic_case, synthetic_cases
from euthymia.case.synthetic.tables import profiles

__all__ = ["AS_OF", "profiles", "synthetic_case", "synthetic_cases"]
