"""What is believed of one patient before any level: typical values with spread on the log, logit or plain scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.inputs import FloatArray, finite

SCALES = ("lognormal", "logit", "normal")


@dataclass(frozen=True, slots=True)
class Prior:
    """Distribution of a patient's parameters.

    Parameters
    ----------
    names
        Names of the ``p`` parameters, in order.
    typical
        Typical values ``(p,)``: above 0 on the ``lognormal`` scale, between 0 and 1 on the ``logit`` scale.
    covariance
        Covariance ``(p, p)`` of the random effects on those scales; every parameter must have a variance above 0 (leave
        a parameter that does not vary out of the prior and fix it in the prediction).
    scales
        ``lognormal``, ``logit`` or ``normal`` for each parameter.
    """

    names: tuple[str, ...]
    typical: FloatArray
    covariance: FloatArray
    scales: tuple[str, ...]

    def __post_init__(self) -> None:
        p = len(self.names)
        typical, covariance = finite("typical", self.typical), finite("covariance", self.covariance)
        if p == 0 or len(set(self.names)) != p:
            raise InvalidInput("names", self.names, "one or more different names")
        if typical.shape != (p,) or covariance.shape != (p, p) or len(self.scales) != p:
            shapes = f"typical {typical.shape}, covariance {covariance.shape}, {len(self.scales)} scales"
            raise InvalidInput("prior", shapes, f"({p},), ({p}, {p}) and {p} scales for the {p} names")
        for name, value, scale in zip(self.names, typical, self.scales, strict=True):
            if scale not in SCALES:
                raise InvalidInput(f"scales[{name}]", scale, ", ".join(SCALES))
            if scale == "lognormal" and value <= 0:
                raise InvalidInput(f"typical[{name}]", float(value), "above 0 on the lognormal scale")
            if scale == "logit" and not 0 < value < 1:
                raise InvalidInput(f"typical[{name}]", float(value), "between 0 and 1 on the logit scale")
        if not np.allclose(covariance, covariance.T, rtol=1e-10, atol=0.0):
            raise InvalidInput("covariance", covariance.tolist(), "a symmetric matrix")
        try:
            np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError:
            raise InvalidInput(
                "covariance",
                covariance.tolist(),
                "a positive definite matrix",
                "Leave out a parameter without spread; check that no correlation passes 1.",
            ) from None

    def values(self, effects: FloatArray) -> FloatArray:
        """Return the parameters ``(n, p)`` that belong to the random effects ``(n, p)``."""
        shifted = self._center() + np.atleast_2d(effects)
        result = shifted.copy()
        log, logit = self._mask("lognormal"), self._mask("logit")
        with np.errstate(over="ignore"):
            result[:, log] = np.exp(shifted[:, log])
            result[:, logit] = 1.0 / (1.0 + np.exp(-shifted[:, logit]))
        return result

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Return random effects of ``n`` patients, ``(n, p)``."""
        return np.asarray(rng.standard_normal((n, len(self.names))) @ np.linalg.cholesky(self.covariance).T)

    def _center(self) -> FloatArray:
        center = np.asarray(self.typical, dtype=float).copy()
        log, logit = self._mask("lognormal"), self._mask("logit")
        center[log] = np.log(center[log])
        center[logit] = np.log(center[logit] / (1.0 - center[logit]))
        return center

    def _mask(self, scale: str) -> FloatArray:
        return np.array([s == scale for s in self.scales], dtype=bool)


def independent_prior(
    names: Sequence[str], typical: Sequence[float], variances: Sequence[float], scales: Sequence[str] | None = None
) -> Prior:
    """Return a prior without covariances; all parameters log-normal unless ``scales`` says otherwise."""
    chosen = tuple(scales) if scales is not None else ("lognormal",) * len(names)
    return Prior(tuple(names), np.asarray(typical, dtype=float), np.diag(np.asarray(variances, dtype=float)), chosen)
