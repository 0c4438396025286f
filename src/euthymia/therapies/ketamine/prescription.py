"""Prescriptions of esketamine and ketamine. Hard limits are checked here and nowhere can they be bypassed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from euthymia.case import checks
from euthymia.case.measurements import VITAL_LIMITS
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Reason
from euthymia.therapies.ketamine.tables import (
    ESKETAMINE,
    INFUSION,
    THERAPY_NAME,
    ProtocolRow,
    form_title,
    limit,
    protocol,
)
from euthymia.therapies.limits import LimitRow
from euthymia.therapies.schedule import Schedule

_ANY_NUMBER = 1e6  # wide enough that a slip reaches the limit that names it
_WEEK_DAYS, _DAY_HOURS, _HOUR_MIN, _MIN_S, _CM_PER_M = 7.0, 24.0, 60.0, 60.0, 100.0


@dataclass(frozen=True, slots=True)
class EsketaminePrescription:
    """Esketamine nasal spray: doses in devices of 28 mg.

    Parameters
    ----------
    protocol
        Row of ``protocols.csv``; it fixes which first and later doses are allowed.
    schedule
        Never two sessions within 24 h, never more than two a week.
    first_dose_mg, later_dose_mg
        Dose of session 1, and the dose aimed at from session 2 on (reached in steps where the label asks for them).
    device_gap_min
        Rest between devices (min).
    reasons
        Why this.
    """

    protocol: str
    schedule: Schedule
    first_dose_mg: float
    later_dose_mg: float
    device_gap_min: float = limit("esk_device_gap").bound
    reasons: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        row = _protocol_of(self.protocol, ESKETAMINE)
        for name, value, allowed in (
            ("first_dose_mg", self.first_dose_mg, row.first_dose_allowed_mg),
            ("later_dose_mg", self.later_dose_mg, row.later_dose_allowed_mg),
        ):
            checks.number(name, value, 0, _ANY_NUMBER)
            limit("esk_dose").enforce(name, value, _device_slip(value))
            if value not in allowed:
                words = f"{' | '.join(f'{a:g}' for a in allowed)} mg under {row.title} ({row.source})"
                raise SafetyLimit(name, value, words, "Another protocol may allow it.")
        checks.number("device_gap_min", self.device_gap_min, 0, _ANY_NUMBER)
        gap_hint = _gap_slip(self.device_gap_min)
        limit("esk_device_gap").enforce("device_gap_min", self.device_gap_min, gap_hint)
        limit("esk_device_gap_longest").enforce("device_gap_min", self.device_gap_min, gap_hint)
        _check_schedule(self.schedule, limit("esk_per_week"))

    @property
    def therapy(self) -> str:
        """Name of the therapy."""
        return THERAPY_NAME

    @property
    def form(self) -> str:
        """Form of the therapy."""
        return ESKETAMINE

    @property
    def title(self) -> str:
        """One line for people."""
        return f"{form_title(ESKETAMINE)}: {protocol(self.protocol).title}"

    def dose_mg(self, n: int) -> float:
        """Dose (mg) of session ``n``: the first dose, then the later one, in steps where the label asks for them."""
        step = protocol(self.protocol).step_mg
        if n == 1:
            return self.first_dose_mg
        if step is None or self.later_dose_mg <= self.first_dose_mg:
            return self.later_dose_mg
        return min(self.later_dose_mg, self.first_dose_mg + step * (n - 1))

    def details(self) -> tuple[tuple[str, str], ...]:
        """Every parameter with its unit."""
        device = limit("esk_device").allowed[0]
        return (
            ("Protocol", protocol(self.protocol).title),
            ("First dose", f"{self.first_dose_mg:g} mg ({self.first_dose_mg / device:g} devices of {device:g} mg)"),
            ("Later dose", f"{self.later_dose_mg:g} mg ({self.later_dose_mg / device:g} devices)"),
            ("Rest between devices", f"{self.device_gap_min:g} min"),
            *_schedule_details(self.schedule),
            ("Observation", limit("esk_observation").words()),
            ("Rule", protocol(self.protocol).statement),
        )


@dataclass(frozen=True, slots=True)
class InfusionPrescription:
    """Racemic ketamine by intravenous infusion, dosed by measured body weight.

    Parameters
    ----------
    protocol
        Row of ``protocols.csv``.
    schedule
        Never two sessions within 24 h, never more than three a week.
    dose_mg_kg
        Dose by actual body weight (mg/kg).
    weight_kg
        Measured body weight (kg); required.
    duration_s
        Time of the infusion (s); 40 min is 2400 s.
    second_sign_off
        Name of a second clinician; needed above 1 mg/kg, and for a weight that looks like pounds.
    height_cm
        Body height where it is known; with it a weight typed in pounds is found.
    reasons
        Why this.
    """

    protocol: str
    schedule: Schedule
    dose_mg_kg: float
    weight_kg: float
    duration_s: float
    second_sign_off: str = ""
    height_cm: float | None = None
    reasons: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        _protocol_of(self.protocol, INFUSION)
        checks.number("weight_kg", self.weight_kg, 0, _ANY_NUMBER)
        limit("iv_weight").enforce("weight_kg", self.weight_kg, "The dose is by weight: weigh the patient, in kg.")
        self._check_weight()
        checks.number("dose_mg_kg", self.dose_mg_kg, 0, _ANY_NUMBER)
        hint = _dose_slip(self.dose_mg_kg, self.weight_kg)
        limit("iv_dose_ceiling").enforce("dose_mg_kg", self.dose_mg_kg, hint)
        if not (self.second_sign_off.strip() and self.dose_mg_kg > (limit("iv_dose").high or 0)):
            ask = hint or "A higher dose needs `second_sign_off`, the name of a second clinician."
            limit("iv_dose").enforce("dose_mg_kg", self.dose_mg_kg, ask)
        checks.number("duration_s", self.duration_s, 0, _ANY_NUMBER)
        minutes = self.duration_s / _MIN_S
        limit("iv_duration").enforce("duration_s / 60", minutes, _duration_slip(self.duration_s))
        limit("iv_rate").enforce("rate_mg_kg_h", self.dose_mg_kg / (minutes / _HOUR_MIN), "Give it over a longer time.")
        _check_schedule(self.schedule, limit("iv_per_week"))

    @property
    def therapy(self) -> str:
        """Name of the therapy."""
        return THERAPY_NAME

    @property
    def form(self) -> str:
        """Form of the therapy."""
        return INFUSION

    @property
    def title(self) -> str:
        """One line for people."""
        minutes = self.duration_s / _MIN_S
        words = f"{self.dose_mg_kg:g} mg/kg ({self.total_mg:.3g} mg) over {minutes:g} min"
        return f"{form_title(INFUSION)}: {words}; {protocol(self.protocol).statement}"

    def _check_weight(self) -> None:
        """Refuse a weight that cannot be, or that looks like pounds and was not confirmed by a second person."""
        if self.height_cm is None:
            return
        _, low, high = VITAL_LIMITS["height"]
        checks.number("height_cm", self.height_cm, low, high)
        index, hint = body_mass_index(self.weight_kg, self.height_cm), _weight_slip(self.weight_kg)
        limit("iv_bmi").enforce("weight_kg / height²", round(index, 1), hint)
        if not self.second_sign_off.strip():
            limit("iv_bmi_confirm").enforce("weight_kg / height²", round(index, 1), hint)

    @property
    def total_mg(self) -> float:
        """Total dose of one infusion (mg)."""
        return self.dose_mg_kg * self.weight_kg

    @property
    def rate_mg_min(self) -> float:
        """Infusion rate (mg/min)."""
        return self.total_mg / (self.duration_s / _MIN_S)

    def details(self) -> tuple[tuple[str, str], ...]:
        """Every parameter with its unit."""
        signed = (("Second sign-off", self.second_sign_off),) if self.second_sign_off else ()
        return (
            ("Protocol", protocol(self.protocol).title),
            ("Dose", f"{self.dose_mg_kg:g} mg/kg × {self.weight_kg:g} kg = {self.total_mg:.4g} mg"),
            ("Duration", f"{self.duration_s / _MIN_S:g} min"),
            ("Rate", f"{self.rate_mg_min:.3g} mg/min"),
            ("Dose basis", "actual body weight; counted as ketamine base, not as hydrochloride"),
            *signed,
            *_schedule_details(self.schedule),
            ("Observation", f"{limit('iv_observation').words()} after the end, and until the criteria are met"),
        )


def body_mass_index(weight_kg: float, height_cm: float) -> float:
    """Return weight over height squared, kg/m²."""
    return weight_kg / (height_cm / _CM_PER_M) ** 2


def weight_refusal(weight_kg: float, height_cm: float | None, second_sign_off: str) -> str:
    """Say why a weight must be confirmed before a dose by weight; empty when it need not be or was."""
    if height_cm is None or second_sign_off.strip():
        return ""
    index = body_mass_index(weight_kg, height_cm)
    if limit("iv_bmi_confirm").permits(index) and limit("iv_bmi").permits(index):
        return ""
    return f"body mass index {index:.0f} at {weight_kg:g} kg and {height_cm:g} cm. {_weight_slip(weight_kg)}"


def _protocol_of(name: str, form: str) -> ProtocolRow:
    row = protocol(name)
    if row.form != form:
        raise InvalidInput("protocol", name, f"a protocol of {form}")
    return row


def _check_schedule(schedule: Schedule, per_week: LimitRow) -> None:
    gap = limit("session_gap")
    for phase in schedule.phases:
        if phase.visits > 1:
            gap.enforce(f"{phase.name}: hours between sessions", phase.every_days * _DAY_HOURS)
            a_week = round(_WEEK_DAYS / phase.every_days, 1)  # 2.33 days apart is three a week
            per_week.enforce(f"{phase.name}: sessions a week", a_week)
    for before, after in pairwise(schedule.phases):
        between = (after.start_day - before.end_day) * _DAY_HOURS
        gap.enforce(f"hours between {before.name} and {after.name}", between)


def _schedule_details(schedule: Schedule) -> tuple[tuple[str, str], ...]:
    return tuple(
        (p.name.capitalize(), f"{p.visits} sessions, every {p.every_days:g} days from day {p.start_day:g}")
        for p in schedule.phases
    )


def _device_slip(value: float) -> str:
    """Name the slip behind a wrong esketamine dose, where it can be recognized."""
    doses, device = limit("esk_dose").allowed, limit("esk_device").allowed[0]
    if value * device in doses:
        return f"{value:g} looks like a number of devices: did you mean {value * device:g} mg?"
    salt = limit("esk_salt").allowed[0] / device
    for dose in doses:
        if abs(value - salt * dose) < 1e-3 * dose:
            return f"{value:g} looks like mg of the hydrochloride: {value:g} mg of salt is {dose:g} mg of base."
    for factor, word in (
        (1000.0, "grams"),
        (10.0, "a slip of the decimal point"),
        (0.1, "a slip of the decimal point"),
    ):
        for dose in doses:
            if abs(value * factor - dose) < 1e-6 * dose:
                return f"{value:g} looks like {word}: did you mean {dose:g} mg?"
    return ""


def _dose_slip(dose_mg_kg: float, weight_kg: float) -> str:
    """Name the slip behind a wrong infusion dose: mg for mg/kg, or the decimal point."""
    standard = limit("iv_standard_dose").bound
    ceiling = limit("iv_dose_ceiling").bound
    if dose_mg_kg < (limit("iv_dose").low or 0):
        return f"Below what was studied. The standard dose is {standard:g} mg/kg: was it a slip of the decimal point?"
    if dose_mg_kg <= ceiling:
        return ""
    as_total = dose_mg_kg / weight_kg
    if limit("iv_dose").permits(as_total):
        return (
            f"{dose_mg_kg:g} looks like a total in mg: {dose_mg_kg:g} mg is {as_total:.2g} mg/kg at {weight_kg:g} kg."
        )
    tenth = dose_mg_kg / 10
    if limit("iv_dose").permits(tenth):
        return (
            f"This looks like a slip of the decimal point: did you mean {tenth:g} mg/kg? The standard is {standard:g}."
        )
    return f"The standard dose is {standard:g} mg/kg."


def _duration_slip(duration_s: float) -> str:
    """Name the slip behind a wrong duration: minutes typed as seconds, or seconds multiplied twice."""
    allowed = limit("iv_duration")
    if allowed.permits(duration_s):
        return f"{duration_s:g} s looks like {duration_s:g} minutes: did you mean {duration_s * _MIN_S:g} s?"
    if allowed.permits(duration_s / _MIN_S / _MIN_S):
        return f"{duration_s:g} s looks converted twice: did you mean {duration_s / _MIN_S:g} s?"
    if duration_s < (allowed.low or 0) * _MIN_S:
        return "A short infusion gives a high peak: slow down."
    return ""


def _gap_slip(gap_min: float) -> str:
    """Name the slip behind a wrong rest between devices: seconds or hours for minutes."""
    for factor, word in ((1.0 / _MIN_S, "seconds"), (_HOUR_MIN, "hours")):
        minutes = gap_min * factor
        if limit("esk_device_gap").permits(minutes) and limit("esk_device_gap_longest").permits(minutes):
            return f"{gap_min:g} looks like {word}: did you mean {minutes:g} min?"
    return ""


def _weight_slip(weight_kg: float) -> str:
    """Offer the weight as if it had been typed in pounds."""
    as_pounds = weight_kg * limit("pound").allowed[0]
    return (
        f"Was it typed in pounds? {weight_kg:g} lb is {as_pounds:.1f} kg. If {weight_kg:g} kg is right, a second "
        "clinician confirms it by name in `second_sign_off`."
    )
