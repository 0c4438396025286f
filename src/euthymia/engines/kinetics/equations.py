"""Right-hand sides of non-linear models that are used again and again: saturable elimination, auto-inhibition,
turnover with an indirect response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.inputs import FloatArray, finite

Values: TypeAlias = Mapping[str, FloatArray]
_MG_PER_L_TO_NG_PER_ML = 1000.0


def saturable_elimination(times_h: FloatArray, states: FloatArray, values: Values) -> FloatArray:
    """Return the change of a central amount (mg) that a saturable enzyme removes, ``(n, 1)``.

    ``dA/dt = -vmax C / (km + C)`` with C in ng/mL; ``values``: ``vmax`` (mg/h), ``km`` (ng/mL), ``volume`` (L).
    """
    level = states[:, 0] / values["volume"] * _MG_PER_L_TO_NG_PER_ML
    return (-values["vmax"] * level / (values["km"] + level))[:, None]


def auto_inhibition(times_h: FloatArray, states: FloatArray, values: Values) -> FloatArray:
    """Return the change of a drug that inactivates the enzyme clearing it, ``(n, 3)``.

    States: depot (mg), central (mg), active enzyme (1 at rest). The clearance is
    ``cl_other + cl_enzyme × enzyme`` (L/h); the enzyme is made and lost at ``kdeg`` (1/h) and inactivated at
    ``kinact C / (ki + C)`` (1/h; ``ki`` and C in ng/mL). Further values: ``ka`` (1/h), ``volume`` (L).
    """
    depot, central, enzyme = states[:, 0], states[:, 1], states[:, 2]
    level = central / values["volume"] * _MG_PER_L_TO_NG_PER_ML
    clearance = values["cl_other"] + values["cl_enzyme"] * enzyme
    inactivation = values["kinact"] * level / (values["ki"] + level)
    absorbed = values["ka"] * depot
    return np.stack(
        [
            -absorbed,
            absorbed - clearance / values["volume"] * central,
            values["kdeg"] * (1.0 - enzyme) - inactivation * enzyme,
        ],
        axis=1,
    )


def enzyme_after_washout(activity: float | FloatArray, kdeg_per_h: float, times_h: FloatArray) -> FloatArray:
    """Return the enzyme activity (1 at rest) ``times_h`` after the inhibitor has gone, in closed form.

    ``E(t) = 1 - (1 - E0) exp(-kdeg t)``. ``activity`` is E0, a number or ``(n,)``; the answer is ``(T,)`` or
    ``(n, T)``.
    """
    start, times = finite("activity", activity), finite("times_h", times_h)
    if kdeg_per_h <= 0:
        raise InvalidInput("kdeg_per_h", kdeg_per_h, "above 0 (ln 2 / half-life in h)")
    return np.asarray(1.0 - (1.0 - start[..., None]) * np.exp(-kdeg_per_h * times))


@dataclass(frozen=True, slots=True)
class IndirectResponse:
    """Turnover of a response that a level speeds up or slows down (the four basic indirect response models).

    Calling it gives the change of ``(n, 2)``: level (mg/L per unit volume, eliminated at ``k`` 1/h) and response
    (at rest ``kin / kout``). ``values``: ``k``, ``kin``, ``kout``, ``largest`` (Emax or Imax) and ``half`` (EC50).

    Parameters
    ----------
    acts_on
        ``"production"`` or ``"loss"``.
    inhibits
        True for ``1 - largest C / (half + C)``, False for ``1 + ...``.

    References
    ----------
    Dayneka NL, Garg V, Jusko WJ. J Pharmacokinet Biopharm 1993;21:457-478; doi 10.1007/BF01061691.
    """

    acts_on: str
    inhibits: bool

    def __post_init__(self) -> None:
        if self.acts_on not in ("production", "loss"):
            raise InvalidInput("acts_on", self.acts_on, "production or loss")

    def __call__(self, times_h: FloatArray, states: FloatArray, values: Values) -> FloatArray:
        level, response = states[:, 0], states[:, 1]
        drive = values["largest"] * level / (values["half"] + level)
        factor = 1.0 - drive if self.inhibits else 1.0 + drive
        made = values["kin"] * (factor if self.acts_on == "production" else 1.0)
        lost = values["kout"] * response * (factor if self.acts_on == "loss" else 1.0)
        return np.stack([-values["k"] * level, made - lost], axis=1)
