"""One stimulation dosed four ways side by side: flat, by depth, by matched field at two metrics; each with its cap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from euthymia.core.errors import EuthymiaError
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.tms.dose import AdjustedThreshold, depth_adjusted, dose, dose_row, field_matched
from euthymia.therapies.tms.field_numbers import SiteField
from euthymia.therapies.tms.machine_output import CoilRow
from euthymia.therapies.tms.prescription import MotorThreshold, Stimulation, TmsPrescription
from euthymia.therapies.tms.tables import form_row, limits

Way = Literal["flat", "stokes2007", "matched_p99_9", "matched_roi_mean"]
TITLES: dict[Way, str] = {
    "flat": "Flat, % of the resting motor threshold",
    "stokes2007": "Adjusted for depth (Stokes 2007)",
    "matched_p99_9": "Matched field, 99.9th percentile of grey matter at both sites",
    "matched_roi_mean": "Matched field, mean within 5 mm of the target and of the motor peak",
}
NOT_PROVEN = (
    "Neither the depth-adjusted nor the field-matched dose is proven to bring a better outcome: the trials behind the "
    "protocols gave a flat share of the motor threshold. An output below it has not been tested for effect, one above "
    "it not for safety."
)
TEMPLATE_ONLY = (
    "Distances and fields are those of the template head: the adjusted and matched doses show the way, they are no "
    "setting for this patient."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLine:
    """Machine output for one stimulation by one way of dosing.

    Parameters
    ----------
    is_prescribed
        Whether the protocol doses in this way; the others stand beside it.
    threshold_pct_rmt
        The threshold carried to the site, % of the measured one.
    wanted_pct_rmt, pct_rmt
        Intensity times that; and what may be given, % of the measured threshold.
    of_threshold_field
        Field in the target at ``pct_rmt`` over the peak at the motor site at threshold.
    pct_mso, didt_a_us, target_v_m
        Machine output, slope of the coil current and field in the target; None without a threshold or a known machine.
    refused
        Why there is no number, in words.
    """

    way: Way
    title: str
    is_prescribed: bool
    threshold_pct_rmt: float | None = None
    wanted_pct_rmt: float | None = None
    pct_rmt: float | None = None
    of_threshold_field: float | None = None
    pct_mso: float | None = None
    didt_a_us: float | None = None
    target_v_m: float | None = None
    target_range_v_m: tuple[float, float] | None = None
    is_capped: bool = False
    refused: str = ""
    reasons: tuple[Reason, ...] = ()


def dose_lines(
    rx: TmsPrescription, stimulation: Stimulation, site: SiteField, *, machine: CoilRow | None
) -> tuple[DoseLine, ...]:
    """Dose a stimulation in every way on the threshold of the prescription; in % of it when none was measured."""
    cap = form_row(rx.form).depth_cap_pct if stimulation.depth_adjusted else None
    cap_pct = limits()["intensity_clinic_pct"].value if cap is None else cap
    asked, threshold = stimulation.intensity_pct_rmt, rx.motor_threshold
    prescribed: Way = "stokes2007" if stimulation.depth_adjusted else "flat"
    found = []
    for way in TITLES:
        line = DoseLine(way=way, title=TITLES[way], is_prescribed=way == prescribed)
        if threshold is None:
            found.append(_relative(line, site, asked, cap_pct))
            continue
        try:
            found.append(_absolute(line, site, threshold, asked, cap_pct, machine))
        except EuthymiaError as error:
            found.append(replace(line, refused=str(error)))
    return tuple(found)


def not_proven(*, is_template: bool) -> Reason:
    """Return the warning that stands beside every adjusted dose, with the population's mean."""
    flat = dose_row("flat_match_pct")
    said = f"{TEMPLATE_ONLY} {NOT_PROVEN}" if is_template else NOT_PROVEN
    words = f"{said} Mean over heads at which both fields are equal: {flat.value:g} % of the motor threshold."
    return Reason(words, (flat.cite(),), EvidenceGrade.VERY_LOW, Direction.NEUTRAL, code="dose_not_proven")


def _relative(line: DoseLine, site: SiteField, asked: float, cap_pct: float) -> DoseLine:
    """In % of a threshold that has not been measured; a matched field needs no more, a depth in % MSO does."""
    if line.way == "stokes2007":
        words = "needs the motor threshold: its slope is in % of machine output (--threshold, --method)"
        return replace(line, refused=words if site.depth_mm is not None else _NO_DEPTH)
    share = 100 * _ratio(line.way, site)
    wanted = asked * share / 100
    given = min(wanted, cap_pct)
    reasons: tuple[Reason, ...] = ()
    if wanted > cap_pct:
        row = limits()["intensity_clinic_pct"]
        words = f"{wanted:.0f} % of the threshold wanted, held at {cap_pct:g} %: the safety tables rest on it."
        reasons = (Reason(words, (row.cite(),), direction=Direction.AGAINST, code="dose_capped", value=cap_pct),)
    return replace(
        line, threshold_pct_rmt=share, wanted_pct_rmt=wanted, pct_rmt=given, is_capped=wanted > cap_pct,
        of_threshold_field=given / 100 * site.ratio_to_motor, reasons=reasons,
    )  # fmt: skip


def _absolute(
    line: DoseLine, site: SiteField, threshold: MotorThreshold, asked: float, cap_pct: float, machine: CoilRow | None
) -> DoseLine:
    adjusted: MotorThreshold | AdjustedThreshold = threshold
    if line.way == "stokes2007":
        if site.depth_mm is None or site.motor_depth_mm is None:
            return replace(line, refused=_NO_DEPTH)
        adjusted = depth_adjusted(threshold, round(site.motor_depth_mm, 1), round(site.depth_mm, 1))
    elif line.way != "flat":
        metric = line.way.removeprefix("matched_")
        adjusted = field_matched(threshold, *_fields(line.way, site), metric=metric)
    found = dose(adjusted, asked, cap_pct_rmt=cap_pct)
    slope = None if machine is None else machine.didt_a_us(found.pct_mso)
    spread = site.target_range_v_m
    return replace(
        line,
        threshold_pct_rmt=100 * adjusted.value_pct_mso / threshold.value_pct_mso,
        wanted_pct_rmt=100 * found.wanted_pct_mso / threshold.value_pct_mso,
        pct_rmt=found.pct_of_threshold,
        of_threshold_field=found.pct_of_threshold / 100 * site.ratio_to_motor,
        pct_mso=found.pct_mso,
        didt_a_us=slope,
        target_v_m=None if slope is None else slope * site.target_v_m,
        target_range_v_m=None if slope is None or spread is None else (slope * spread[0], slope * spread[1]),
        is_capped=found.cap is not None,
        reasons=found.reasons,
    )


_NO_DEPTH = "the distance from scalp to brain was not measured on a head: the saved table of the template has none"


def _fields(way: Way, site: SiteField) -> tuple[float, float]:
    """Fields at the motor site and at the target by the same metric, V/m for 1 A/µs."""
    return (site.motor_peak_v_m, site.peak_v_m) if way == "matched_p99_9" else (site.motor_v_m, site.target_v_m)


def _ratio(way: Way, site: SiteField) -> float:
    if way == "flat":
        return 1.0
    motor, target = _fields(way, site)
    return motor / target
