"""What was measured in one patient, and how likely it is under a prediction: levels, effects, and levels that the
laboratory could only call 'below the limit'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.inputs import FloatArray

Bools: TypeAlias = NDArray[np.bool_]
_LOG_ROOT_TWO_PI = 0.5 * float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class ResidualError:
    """Spread of a measurement around its prediction.

    ``log``: the logarithm is normal with SD ``proportional`` (no additive part). ``plain``: normal with SD
    ``sqrt(additive² + (proportional × prediction)²)``, in the unit of the measurement.
    """

    form: str
    proportional: float = 0.0
    additive: float = 0.0

    def __post_init__(self) -> None:
        if self.form not in ("log", "plain"):
            raise InvalidInput("form", self.form, "log or plain")
        if not (np.isfinite(self.proportional) and np.isfinite(self.additive)):
            raise InvalidInput("proportional, additive", (self.proportional, self.additive), "finite numbers")
        if self.proportional < 0 or self.additive < 0:
            raise InvalidInput("proportional, additive", (self.proportional, self.additive), "zero or more")
        if self.form == "log" and (self.proportional == 0 or self.additive != 0):
            raise InvalidInput("proportional, additive", (self.proportional, self.additive), "a proportional part only")
        if self.form == "plain" and self.proportional == 0 and self.additive == 0:
            raise InvalidInput("proportional, additive", (0.0, 0.0), "at least one above 0: no measurement is exact")


@dataclass(frozen=True, slots=True)
class Observation:
    """One measurement.

    Parameters
    ----------
    value
        What was measured; for ``below_limit`` the quantification limit itself.
    error
        Its spread around the prediction.
    below_limit
        True when the laboratory reported 'below ``value``': counted by the probability of that (method M3).
    name
        What it is and when, for messages, e.g. ``"ketamine at 1.5 h"``.
    """

    value: float
    error: ResidualError
    below_limit: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.value, bool) or not np.isfinite(self.value):
            raise InvalidInput("value", self.value, "a finite number")
        positive = self.error.form == "log" or self.below_limit
        if positive and self.value <= 0:
            raise InvalidInput(
                "value",
                self.value,
                "above 0 here",
                "A level reported as 0 is one below the limit: give the limit and below_limit=True.",
            )


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Observations of one patient as arrays ``(k,)``; see :func:`likelihood`."""

    value: FloatArray
    is_log: Bools
    below: Bools
    proportional: FloatArray
    additive: FloatArray
    names: tuple[str, ...]

    def check(self, predicted: FloatArray) -> None:
        """Refuse predictions ``(n, k)`` that are not finite, or zero where the error is a share of the prediction."""
        bad = ~np.isfinite(predicted) | ((self.is_log | (self.additive == 0)) & (predicted <= 0))
        if bad.any():
            column = int(np.argwhere(bad)[0][1])
            raise InvalidInput(
                f"prediction of {self.names[column]}",
                float(predicted[np.argwhere(bad)[0][0], column]),
                "a finite value above 0",
                "Was it drawn before the first dose? Then leave it out.",
            )

    def negative_log(self, predicted: FloatArray) -> FloatArray:
        """Return -log likelihood of each observation under predictions ``(n, k)``, shape ``(n, k)``."""
        z, spread = self._standardized(predicted)
        exact = 0.5 * z**2 + np.log(spread) + np.log(self._value_or_one()) + _LOG_ROOT_TWO_PI
        return np.asarray(np.where(self.below, -_log_normal_below(z), exact))

    def slope_and_curvature(self, predicted: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the derivative of :meth:`negative_log` by the prediction and a curvature that is never negative."""
        z, spread = self._standardized(predicted)
        # By the prediction on the scale of the error (log or plain): z = (value - f) / s(f).
        by_scale = np.where(self.is_log, 1.0 / np.where(self.is_log, predicted, 1.0), 1.0)
        growth = np.where(self.is_log, 0.0, self.proportional**2 * predicted / spread)
        z_slope = -(1.0 + z * growth) / spread * by_scale
        exact = z * z_slope + growth / spread
        # Fisher information: never negative, equal to the Hessian on average.
        exact_curvature = (by_scale / spread) ** 2 + 2.0 * (growth / spread) ** 2
        hazard = np.exp(-0.5 * z**2 - _LOG_ROOT_TWO_PI - _log_normal_below(z))
        below, below_curvature = -hazard * z_slope, np.maximum(hazard * (hazard + z), 0.0) * z_slope**2
        return (
            np.asarray(np.where(self.below, below, exact)),
            np.asarray(np.where(self.below, below_curvature, exact_curvature)),
        )

    def standardized(self, predicted: FloatArray) -> FloatArray:
        """Return (observed - predicted) / spread ``(n, k)``; not a number for what is below the limit."""
        return np.asarray(np.where(self.below, np.nan, self._standardized(predicted)[0]))

    def simulate(self, predicted: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return measurements drawn around predictions ``(n, k)``."""
        noise = rng.standard_normal(predicted.shape)
        _, spread = self._standardized(predicted)
        logged = predicted * np.exp(np.where(self.is_log, spread, 0.0) * noise)
        return np.asarray(np.where(self.is_log, logged, predicted + spread * noise))

    def _value_or_one(self) -> FloatArray:
        """Return the observed values, 1 where their logarithm is not taken."""
        return np.asarray(np.where(self.is_log, self.value, 1.0))

    def _standardized(self, predicted: FloatArray) -> tuple[FloatArray, FloatArray]:
        spread = np.where(
            self.is_log, self.proportional, np.sqrt(self.additive**2 + (self.proportional * predicted) ** 2)
        )
        level = np.where(self.is_log, np.log(np.where(self.is_log, predicted, 1.0)), predicted)
        target = np.where(self.is_log, np.log(self._value_or_one()), self.value)
        return (target - level) / spread, np.asarray(spread)


def likelihood(observations: Sequence[Observation]) -> Likelihood:
    """Stack observations into arrays."""
    names = tuple(o.name or f"observation {i}" for i, o in enumerate(observations, start=1))
    return Likelihood(
        np.array([o.value for o in observations], dtype=float),
        np.array([o.error.form == "log" for o in observations], dtype=bool),
        np.array([o.below_limit for o in observations], dtype=bool),
        np.array([o.error.proportional for o in observations], dtype=float),
        np.array([o.error.additive for o in observations], dtype=float),
        names,
    )


def _log_normal_below(z: FloatArray) -> FloatArray:
    """Return the logarithm of the standard normal distribution function."""
    from scipy.special import log_ndtr  # type: ignore[import-untyped,unused-ignore]

    return np.asarray(log_ndtr(z))
