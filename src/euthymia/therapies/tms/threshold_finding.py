"""A motor threshold as it was found: the estimate, its interval, how it was taken, and what speaks against using it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.core.errors import SafetyLimit
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.tms.prescription import MotorThreshold
from euthymia.therapies.tms.tables import limits

Method = Literal["emg", "visual"]
METHODS: tuple[Method, ...] = ("emg", "visual")


@dataclass(frozen=True, slots=True)
class Pulse:
    """One test pulse: whole percent of machine output, whether the muscle answered, whether the trial counts."""

    pct_mso: int
    responded: bool
    usable: bool = True


@dataclass(frozen=True, slots=True)
class Flag:
    """Something wrong with a hunt; ``bars`` says that no threshold may be taken from it at all."""

    code: str
    statement: str
    bars: bool


@dataclass(frozen=True, slots=True)
class EmgEquivalent:
    """What a threshold found by sight may mean on the EMG scale (% MSO); shown beside it, never put in its place."""

    value_pct_mso: float
    low_pct_mso: float
    high_pct_mso: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class ThresholdFinding:
    """Resting motor threshold with its 95 % interval, all in % of machine output.

    ``value_pct_mso`` is what was measured with ``method``; a threshold by sight is never turned into an EMG one.
    """

    value_pct_mso: float
    low_pct_mso: float
    high_pct_mso: float
    method: Method
    procedure: str
    complete: bool
    pulses: tuple[Pulse, ...]
    flags: tuple[Flag, ...] = ()

    @property
    def emg_equivalent(self) -> EmgEquivalent | None:
        """The correction for a threshold by sight; None with EMG.

        References
        ----------
        Westin, Bassi, Lisanby, Luber 2014, Clin Neurophysiol 125:142 (11.3 % higher by sight, 0 to 27.8 %, n = 20).
        """
        if self.method == "emg":
            return None
        mean, most = limits()["visual_excess_pct"], limits()["visual_excess_max_pct"]
        value, low = self.value_pct_mso / (1 + mean.value / 100), self.low_pct_mso / (1 + most.value / 100)
        words = (
            f"Found by sight, which reads {mean.value:g} % (0 to {most.value:g} %) above EMG: the EMG threshold may be "
            f"about {value:.1f} % MSO ({low:.1f} to {self.high_pct_mso:.1f}). Not applied; measure with EMG."
        )
        reason = Reason(words, (mean.cite(),), direction=Direction.AGAINST, code="visual_threshold")
        return EmgEquivalent(value, low, self.high_pct_mso, reason)

    def motor_threshold(self, *, accepted_by: str = "") -> MotorThreshold:
        """Return it as the threshold of a prescription.

        Parameters
        ----------
        accepted_by
            Who takes it in spite of a flag that does not bar it.

        Raises
        ------
        SafetyLimit
            When the hunt is not complete, a flag bars it, or another flag is not taken on by a named person.
        """
        if not self.complete:
            raise SafetyLimit("threshold", f"{len(self.pulses)} pulses", "a hunt that came to its end", "Go on.")
        for flag in self.flags:
            if flag.bars or not accepted_by.strip():
                raise SafetyLimit(
                    "threshold", flag.code, "a hunt without this flag",
                    flag.statement + ("" if flag.bars else " Measure again, or name who accepts it."),
                )  # fmt: skip
        return MotorThreshold(round(self.value_pct_mso, 1), self.method)
