"""Response curve of the motor threshold and its posterior on a grid: what each answered pulse says about the threshold.

The chance of a response at intensity I is a normal distribution function with threshold T and relative spread s, mixed
with a few answers that do not follow it. The prior is even over T and over the logarithm of s: a prior of scale, under
which the interval of a location and scale keeps its promise at every scale, and not only on average over people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, ndtr  # type: ignore[import-untyped,unused-ignore]

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import load_table
from euthymia.therapies.number_rows import NumberRow
from euthymia.therapies.tms.tables import PACKAGE

FloatArray = NDArray[np.float64]
Rule = Literal["information", "median"]
FULL_PCT_MSO = 100
_STEP_PCT_MSO, _HIGHEST_PCT_MSO, _SPREADS = 0.5, 130.0, 15
_NEGLIGIBLE = 1e-7  # posterior share of a threshold that no longer counts in choosing the next pulse
_CHUNK = 64  # hunts looked at together: bounds the memory of the information rule


@cache
def rows() -> Mapping[str, NumberRow]:
    """Return the rows of ``threshold.csv`` by name."""
    return {row.name: row for row in load_table(PACKAGE, "threshold.csv", NumberRow, key="name")}


def number(name: str) -> float:
    """Return the value of one row, in the unit of its row."""
    return rows()[name].value


@dataclass(frozen=True, slots=True, eq=False)
class ResponseModel:
    """The grid of thresholds and spreads with its prior, and the chance of a response on it.

    Attributes
    ----------
    thresholds
        (t,) % MSO; it goes beyond full output, so that a threshold out of reach can be told. Never on a whole percent,
        where pulses are given, so that a sharp threshold lies clearly on one side of each.
    spreads
        (s,) relative spreads, evenly spaced in their logarithm.
    log_prior
        (t * s,) natural logarithm of the prior: even over thresholds and over the logarithm of the spread.
    chance
        (100, t * s) chance of a response at 1, 2 … 100 % MSO.
    log_answers
        (2, 100, t * s) natural logarithm of the chance of no response, and of a response.
    """

    thresholds: FloatArray
    spreads: FloatArray
    log_prior: FloatArray
    chance: FloatArray
    log_answers: FloatArray

    def log_likelihood(self, pct_mso: NDArray[np.int64], responded: NDArray[np.bool_]) -> FloatArray:
        """Return (n, t * s): what one answered pulse of each of n hunts says."""
        found: FloatArray = self.log_answers[responded.astype(np.intp), pct_mso - 1]
        return found

    def weights(self, log_posterior: FloatArray) -> FloatArray:
        """Return (n, t, s) posterior weights that sum to one for each hunt."""
        found = np.exp(log_posterior - log_posterior.max(axis=-1, keepdims=True))
        found /= found.sum(axis=-1, keepdims=True)
        shaped: FloatArray = found.reshape(len(found), self.thresholds.size, self.spreads.size)
        return shaped

    def quantiles(self, log_posterior: FloatArray, levels: tuple[float, ...]) -> FloatArray:
        """Return (n, levels) posterior quantiles of the threshold, % MSO, linear between grid points."""
        share = self.weights(log_posterior).sum(axis=2)
        edges = np.append(self.thresholds - _STEP_PCT_MSO / 2, self.thresholds[-1] + _STEP_PCT_MSO / 2)
        below = np.concatenate((np.zeros((len(share), 1)), np.cumsum(share, axis=1)), axis=1)
        below /= below[:, -1:]
        found: FloatArray = np.array([np.interp(levels, row, edges) for row in below])
        return found

    def above_output(self, log_posterior: FloatArray) -> FloatArray:
        """Return (n,) the probability that the threshold lies above full output."""
        share = self.weights(log_posterior).sum(axis=2)
        found: FloatArray = share[:, self.thresholds > FULL_PCT_MSO].sum(axis=1)
        return found

    def next_pct_mso(self, log_posterior: FloatArray, strongest: NDArray[np.int64], rule: Rule) -> NDArray[np.int64]:
        """Return (n,) the whole percent of output to give next.

        Parameters
        ----------
        log_posterior
            (n, t * s).
        strongest
            (n,) strongest pulse so far, % MSO; the next goes at most one comfortable step beyond.
        rule
            ``information``: the intensity whose answer is expected to say most about the threshold (spread integrated
            out); ``median``: the posterior median.
        """
        most = np.minimum(strongest + int(number("largest_step_up_pct_mso")), FULL_PCT_MSO)
        if rule == "median":
            middle = np.rint(self.quantiles(log_posterior, (0.5,))[:, 0]).astype(np.int64)
            return np.clip(middle, 1, most)
        if rule != "information":
            raise InvalidInput("rule", rule, "information | median")
        parts = [
            self._most_telling(log_posterior[i : i + _CHUNK], most[i : i + _CHUNK])
            for i in range(0, len(log_posterior), _CHUNK)
        ]
        return np.concatenate(parts)

    def _most_telling(self, log_posterior: FloatArray, most: NDArray[np.int64]) -> NDArray[np.int64]:
        weights = self.weights(log_posterior)
        held = np.flatnonzero(weights.sum(axis=2).max(axis=0) > _NEGLIGIBLE)
        weights = weights[:, held[0] : held[-1] + 1]
        share = weights.sum(axis=2)
        low, high = self.thresholds[held[[0, -1]]]  # beyond the thresholds still held, every answer is foreseen
        first = int(np.clip(np.floor(low), 1, most.min()))
        last = int(np.clip(np.ceil(high), first, FULL_PCT_MSO))
        chance = self.chance.reshape(FULL_PCT_MSO, self.thresholds.size, self.spreads.size)
        chance = chance[first - 1 : last, held[0] : held[-1] + 1]
        joint = np.einsum("its,nts->nit", chance, weights, optimize=True)  # chance and threshold together
        given = np.clip(joint / np.where(share > 0.0, share, 1.0)[:, None, :], 0.0, 1.0)
        noise = np.einsum("nit,nt->ni", entr(given) + entr(1.0 - given), share)
        mean = np.clip(joint.sum(axis=2), 0.0, 1.0)
        told = entr(mean) + entr(1.0 - mean) - noise
        told[np.arange(first, last + 1)[None, :] > most[:, None]] = -np.inf
        best: NDArray[np.int64] = told.argmax(axis=1) + first
        return best


@cache
def response_model() -> ResponseModel:
    """Return the model of the packaged rows (``threshold.csv``).

    References
    ----------
    Wang, Peterchev, Goetz 2023, J Neural Eng 20(5), doi 10.1088/1741-2552/acf1cc (form of the model).
    """
    thresholds = np.arange(_STEP_PCT_MSO / 2, _HIGHEST_PCT_MSO, _STEP_PCT_MSO)
    spreads = np.geomspace(number("spread_lowest"), number("spread_highest"), _SPREADS)
    log_prior = np.full(thresholds.size * spreads.size, -np.log(thresholds.size * spreads.size))
    intensity = np.arange(1, FULL_PCT_MSO + 1)[:, None, None]
    z = (intensity - thresholds[None, :, None]) / (thresholds[None, :, None] * spreads[None, None, :])
    lapse = number("lapse")
    chance = (lapse + (1 - 2 * lapse) * ndtr(z)).reshape(FULL_PCT_MSO, -1)
    return ResponseModel(thresholds, spreads, log_prior, chance, np.log(np.stack((1.0 - chance, chance))))
