"""Running the checks that a model file carries: the model against numbers that are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.model_checks_file import GAINS
from euthymia.engines.kinetics.model_types import Check, CheckValue
from euthymia.engines.kinetics.models import Model
from euthymia.engines.kinetics.prepared import prepare


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One number of a check: what was expected, what came out, and whether it is within the check's tolerance."""

    model: str
    check: Check
    value: CheckValue
    found: float

    @property
    def difference_pct(self) -> float:
        """Difference in percent of the expected number."""
        return 100.0 * (self.found - self.value.expected) / self.value.expected

    @property
    def is_within(self) -> bool:
        """Whether the difference is within the tolerance."""
        return bool(abs(self.difference_pct) <= self.check.tolerance_pct)

    def __str__(self) -> str:
        at = f" at {self.value.at_h:g} h" if self.value.at_h is not None else ""
        return (
            f"{self.model}, {self.check.name}: {self.value.output} {self.value.quantity}{at} {self.found:.4g}, "
            f"expected {self.value.expected:g} ({self.difference_pct:+.2f} %, tolerance {self.check.tolerance_pct:g} %)"
        )


def run_checks(model: Model) -> tuple[CheckOutcome, ...]:
    """Run every check of a model's file on the typical patient."""
    return tuple(outcome for check in model.file.checks for outcome in run_check(model, check))


def run_check(model: Model, check: Check) -> tuple[CheckOutcome, ...]:
    """Run one check."""
    people = prepare(model, model.individuals(check.covariates))
    ends = sorted({check.until_h, *(v.at_h for v in check.values if v.quantity in GAINS and v.at_h is not None)})
    exposures = {end: people.exposure(check.doses, end) for end in ends}
    asked = {v.at_h for v in check.values if v.at_h is not None and v.quantity not in GAINS}
    times = np.array(sorted({*asked, check.until_h}))
    curves, states = people.curves(check.doses, times)[0], people.states(check.doses, times)[0]

    def found(value: CheckValue) -> float:
        if value.quantity == "state":
            return float(states[times == value.at_h, model.states.index(value.output)][0])
        k = model.output_names.index(value.output)
        whole = exposures[check.until_h]
        match value.quantity:
            case "level":
                return float(curves[times == value.at_h, k][0])
            case "half_life":
                early, late = (float(curves[times == at, k][0]) for at in (value.at_h, check.until_h))
                return (check.until_h - (value.at_h or 0.0)) * math.log(2.0) / math.log(early / late)
            case "cmax_gain_pct":
                return 100.0 * float((whole.cmax / exposures[value.at_h or 0.0].cmax - 1.0)[0, k])
            case "auc_gain_pct":
                before = exposures[value.at_h or 0.0].auc[0, k]
                return 100.0 * float((whole.auc[0, k] - before) / before - 1.0)
            case "auc_inf" if whole.auc_inf is not None:
                return float(whole.auc_inf[0, k])
            case "cmax" | "tmax" | "auc":
                return float({"cmax": whole.cmax, "tmax": whole.tmax_h, "auc": whole.auc}[value.quantity][0, k])
        raise InvalidInput("quantity", value.quantity, "one that a non-linear model has: cmax, tmax, auc, level, state")

    return tuple(CheckOutcome(model.name, check, value, found(value)) for value in check.values)
