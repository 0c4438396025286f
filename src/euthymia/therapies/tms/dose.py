"""From a motor threshold to machine output at the treated site: depth (Stokes), matched field, caps with their reason.

Every number is in % of maximum stimulator output (MSO) of the machine on which the threshold was taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.number_rows import NumberRow, number_row
from euthymia.therapies.tms.prescription import MotorThreshold
from euthymia.therapies.tms.tables import PACKAGE, limit, limits

Slope = Literal["stokes2005", "stokes2007"]
SLOPES: tuple[Slope, ...] = ("stokes2007", "stokes2005")
METRICS = ("roi_mean", "p95", "p99", "p99_9")


@dataclass(frozen=True, slots=True)
class AdjustedThreshold:
    """Threshold carried from the motor cortex to the treated site, with what that step rests on."""

    value_pct_mso: float
    threshold: MotorThreshold
    method: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Dose:
    """Machine output for one site.

    Attributes
    ----------
    wanted_pct_mso
        Intensity times the (adjusted) threshold.
    pct_mso
        Output to set: the wanted one, or the cap where that is lower; then ``cap`` says why.
    pct_of_threshold
        ``pct_mso`` as % of the threshold before any adjustment, on which the safety tables rest.
    """

    wanted_pct_mso: float
    pct_mso: float
    pct_of_threshold: float
    cap: Reason | None
    reasons: tuple[Reason, ...]


def dose_row(name: str) -> NumberRow:
    """Return one row of ``dose.csv``."""
    return number_row(PACKAGE, "dose.csv", name)


def depth_adjusted(
    threshold: MotorThreshold, motor_mm: float, site_mm: float, *, slope: Slope = "stokes2007"
) -> AdjustedThreshold:
    """Return the threshold moved linearly with the scalp-cortex distance: MT + m (D_site - D_motor).

    Parameters
    ----------
    threshold
        Threshold at the motor cortex.
    motor_mm, site_mm
        Distance from the scalp to the cortex under the coil at the motor hot spot and at the treated site, mm.
    slope
        Whose m: ``stokes2005`` (3 % MSO a mm) or ``stokes2007`` (2.8 % of absolute output a mm).

    References
    ----------
    Stokes 2005, J Neurophysiol 94:4520; Stokes 2007, Clin Neurophysiol 118:1617, doi 10.1016/j.clinph.2007.04.004.

    Examples
    --------
    >>> round(depth_adjusted(MotorThreshold(50, "emg"), 15, 18).value_pct_mso, 6)
    58.4
    """
    checks.one_of("slope", slope, SLOPES)
    low, high = dose_row("least_distance_mm").value, dose_row("most_distance_mm").value
    for name, value in (("motor_mm", motor_mm), ("site_mm", site_mm)):
        hint = "Millimeters are meant, not meters or centimeters." if isinstance(value, float) and value < low else ""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise InvalidInput(name, value, f"{low:g} to {high:g} mm", hint)
    row = dose_row(slope)
    value = threshold.value_pct_mso + row.value * (site_mm - motor_mm)
    words = (
        f"Adjusted for depth: {threshold.value_pct_mso:g} + {row.value:g} x ({site_mm:g} - {motor_mm:g}) = "
        f"{value:.1f} % MSO. The slope was measured at the motor cortex with other stimulators: that it holds at "
        "this site and on this machine is an assumption."
    )
    _positive(value, words)
    reason = Reason(words, (row.cite(),), direction=Direction.NEUTRAL, code="depth_adjusted", value=value, unit="% MSO")
    return AdjustedThreshold(value, threshold, slope, (reason,))


def field_matched(
    threshold: MotorThreshold, motor_v_m_per_a_us: float, site_v_m_per_a_us: float, *, metric: str
) -> AdjustedThreshold:
    """Return the output that gives the treated site the field that the motor cortex has at threshold.

    Parameters
    ----------
    threshold
        Threshold at the motor cortex.
    motor_v_m_per_a_us, site_v_m_per_a_us
        Field per coil current slope (V/m per A/us) at both places, from the same coil, head and metric.
    metric
        What the two numbers are: ``roi_mean``, ``p95``, ``p99`` or ``p99_9`` of the field in gray matter.
    """
    checks.one_of("metric", metric, METRICS)
    for name, given in (("motor_v_m_per_a_us", motor_v_m_per_a_us), ("site_v_m_per_a_us", site_v_m_per_a_us)):
        checks.number(name, given, 0.01, 20)
    ratio = motor_v_m_per_a_us / site_v_m_per_a_us
    value = threshold.value_pct_mso * ratio
    flat = dose_row("flat_match_pct")
    words = (
        f"Matched field ({metric}): {threshold.value_pct_mso:g} x {motor_v_m_per_a_us:.3g} / {site_v_m_per_a_us:.3g} = "
        f"{value:.1f} % MSO, {100 * ratio:.0f} % of the threshold (mean over heads: {flat.value:g} %). No trial has "
        "shown that a matched field brings a better outcome."
    )
    reason = Reason(words, (flat.cite(),), direction=Direction.NEUTRAL, code="field_matched", value=value, unit="% MSO")
    return AdjustedThreshold(value, threshold, f"field_matched_{metric}", (reason,))


def dose(
    threshold: MotorThreshold | AdjustedThreshold, intensity_pct: float, *, cap_pct_rmt: float | None = None
) -> Dose:
    """Return the output for an intensity in % of the threshold, held at the cap with its reason.

    Parameters
    ----------
    threshold
        The threshold, or the adjusted one.
    intensity_pct
        Intensity in % of it, e.g. 120.
    cap_pct_rmt
        Most that may be given in % of the threshold before adjustment; the clinic cap when left out.

    Raises
    ------
    SafetyLimit
        When the machine cannot give it, or an intensity beyond the end of the safety tables is asked for.
    """
    plain = threshold.threshold if isinstance(threshold, AdjustedThreshold) else threshold
    low, high = limit("intensity_low_pct"), limit("intensity_hard_pct")
    if not isinstance(intensity_pct, bool) and isinstance(intensity_pct, (int, float)) and 0 < intensity_pct < 3:
        raise InvalidInput(
            "intensity_pct", intensity_pct, f"{low:g} to {high:g} %", "Did you mean percent (120), not a fraction?"
        )
    checks.number("intensity_pct", intensity_pct, low, 1000)
    if intensity_pct > high:
        raise SafetyLimit(
            "intensity_pct", intensity_pct, f"at most {high:g} %: {limits()['intensity_hard_pct'].statement}"
        )
    cap_row = limits()["intensity_clinic_pct"]
    cap_pct = cap_row.value if cap_pct_rmt is None else cap_pct_rmt
    checks.number("cap_pct_rmt", cap_pct, low, high)
    wanted = intensity_pct / 100 * threshold.value_pct_mso
    cap_mso = cap_pct / 100 * plain.value_pct_mso
    cap, pct = None, wanted
    if wanted > cap_mso + 1e-9:
        pct = cap_mso
        words = (
            f"{wanted:.1f} % MSO wanted, held at {cap_mso:.1f} % MSO: {cap_pct:g} % of the threshold before adjustment "
            "is the most, because the safety tables rest on it."
        )
        cap = Reason(words, (cap_row.cite(),), direction=Direction.AGAINST, code="dose_capped", value=pct, unit="% MSO")
    _within_machine(pct, plain, intensity_pct)
    reasons = threshold.reasons if isinstance(threshold, AdjustedThreshold) else ()
    share = 100 * pct / plain.value_pct_mso
    return Dose(wanted, pct, share, cap, (*reasons, *((cap,) if cap else ()), *_by_sight(plain, share)))


def _by_sight(threshold: MotorThreshold, share_pct: float) -> tuple[Reason, ...]:
    """Say what the intensity may be on the EMG scale, on which the safety tables rest; nothing is changed."""
    if threshold.method != "visual":
        return ()
    mean, most, end = limits()["visual_excess_pct"], limits()["visual_excess_max_pct"], limit("intensity_hard_pct")
    likely, worst = share_pct * (1 + mean.value / 100), share_pct * (1 + most.value / 100)
    words = (
        f"{share_pct:.0f} % of a threshold found by sight is about {likely:.0f} % (up to {worst:.0f} %) of an EMG "
        f"threshold; the safety tables end at {end:g} %. Nothing was corrected: measure with EMG."
    )
    return (Reason(words, (mean.cite(),), direction=Direction.AGAINST, code="visual_threshold"),)


def _within_machine(pct_mso: float, threshold: MotorThreshold, intensity_pct: float) -> None:
    most = limit("output_max_pct_mso")
    if pct_mso <= most:
        return
    reach = 100 * most / threshold.value_pct_mso
    raise SafetyLimit(
        "output_pct_mso", round(pct_mso, 1), f"at most {most:g} % of machine output",
        f"{intensity_pct:g} % of this threshold is out of reach; the machine gives {reach:.0f} % of it. Measure the "
        "threshold again (EMG, hot spot, coil angle), or take a coil with a stronger field at depth.",
    )  # fmt: skip


def _positive(value: float, words: str) -> None:
    if value <= 0:
        raise InvalidInput("site_mm", f"{value:.1f} % MSO", "an adjusted threshold above 0", words)
