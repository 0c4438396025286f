"""A TMS prescription: sites, timing, intensity, sessions and taper, valid by construction.

The constructor holds the hard limits. A named protocol must be given as its row says, or weaker; anything else is
``custom`` and needs a justification and the name of the physician who takes responsibility.
"""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Prescription
from euthymia.therapies.schedule import Schedule
from euthymia.therapies.tms.pattern import PulsePattern
from euthymia.therapies.tms.safety import TrainFinding, gap_is_unsafe, governing, judge_train
from euthymia.therapies.tms.tables import (
    NAME,
    StimulationRow,
    TargetRow,
    form_row,
    limit,
    limits,
    protocol_row,
    protocols,
    stimulations,
    target_row,
)

CUSTOM = "custom"
_SUPERVISION = {1: "1 (physician on site)", 2: "2 (physician as required)"}


@dataclass(frozen=True, slots=True)
class MotorThreshold:
    """Resting motor threshold in percent of machine output, and how it was found (``emg`` or ``visual``)."""

    value_pct_mso: float
    method: str

    def __post_init__(self) -> None:
        name, value, most = "motor_threshold.value_pct_mso", self.value_pct_mso, limit("output_max_pct_mso")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and value > most:
            raise SafetyLimit(
                name, value, f"at most {most:g} % of machine output",
                "A threshold above full output is none: check EMG, hot spot and coil angle, or take another coil.",
            )  # fmt: skip
        if is_number and value < 1:
            raise InvalidInput(
                name, value, f"1 to {most:g} % of machine output",
                "0 means that none was measured: hunt it first (`euthymia tms threshold --interactive`).",
            )  # fmt: skip
        checks.number(name, value, 1, most)
        checks.one_of("motor_threshold.method", self.method, ("emg", "visual"))


@dataclass(frozen=True, slots=True)
class Stimulation:
    """One site in a session: target, timing and intensity (% of resting motor threshold)."""

    target: str
    pattern: PulsePattern
    intensity_pct_rmt: float
    depth_adjusted: bool = False

    def __post_init__(self) -> None:
        target_row(self.target)
        low, high = limit("intensity_low_pct"), limit("intensity_hard_pct")
        name, value = "intensity_pct_rmt", self.intensity_pct_rmt
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < low or value != value:
            hint = "Did you mean percent (120), not a fraction (1.2)?" if isinstance(value, float) and value < 3 else ""
            raise InvalidInput(name, value, f"{low:g} to {high:g} % of the resting motor threshold", hint)
        if value > high:
            raise SafetyLimit(
                name, value, f"at most {high:g} % of the resting motor threshold: {_why('intensity_hard_pct')}"
            )
        if gap_is_unsafe(self.pattern, value):
            raise SafetyLimit(
                "train_interval_s", self.pattern.train_interval_s,
                f"a pause over {limit('unsafe_gap_s'):g} s between trains above {limit('unsafe_gap_above_pct'):g} %",
                "It counts from onset to onset; was the pause meant?",
            )  # fmt: skip

    @property
    def place(self) -> TargetRow:
        """The target's row."""
        return target_row(self.target)


@dataclass(frozen=True, slots=True)
class TmsPrescription:
    """Exactly what would be done; see the module text.

    Parameters
    ----------
    form, protocol
        Row of ``protocols.csv``, or protocol ``custom``.
    stimulations
        Sites in the order in which they are stimulated in each session.
    sessions_per_day
        Sessions on a treatment day.
    gap_min
        Minutes from the end of a session to the start of the next on the same day; None for one a day.
    schedule
        Visits; one visit is one treatment day.
    motor_threshold
        Threshold on which the intensity rests; None until it is measured at the first session.
    justification, approved_by
        Why it leaves a table or protocol, and the physician responsible.
    """

    form: str
    protocol: str
    stimulations: tuple[Stimulation, ...]
    sessions_per_day: int
    gap_min: float | None
    schedule: Schedule
    reasons: tuple[Reason, ...] = ()
    motor_threshold: MotorThreshold | None = None
    justification: str = ""
    approved_by: str = ""

    def __post_init__(self) -> None:
        form_row(self.form)
        if not self.stimulations:
            raise InvalidInput("stimulations", self.stimulations, "at least one site")
        checks.integer("sessions_per_day", self.sessions_per_day, 1, 50)
        self._check_against_protocol()
        self._check_amounts()
        self._check_trains()
        self._check_output()

    # --- hard limits ------------------------------------------------------------------------------------------------

    def _check_against_protocol(self) -> None:
        if self.protocol == CUSTOM:
            for name, text in (("justification", self.justification), ("approved_by", self.approved_by)):
                if not text.strip():
                    raise SafetyLimit(name, text, "a reason and a named physician for a protocol of one's own")
            return
        row = protocol_row(self.form, self.protocol)
        if row is None:
            known = [p.protocol for p in protocols() if p.form == self.form]
            raise InvalidInput("protocol", self.protocol, " | ".join([*known, CUSTOM]))
        rows = stimulations(self.form, self.protocol)
        advice = f"Use protocol '{CUSTOM}' with `justification` and `approved_by` for anything else."
        if len(rows) != len(self.stimulations):
            raise InvalidInput("stimulations", len(self.stimulations), f"{len(rows)} sites as in the protocol", advice)
        for given, asked in zip(self.stimulations, rows, strict=True):
            if given.pattern != asked.pattern():
                raise InvalidInput("pattern", given.pattern.words(), asked.pattern().words(), advice)
            if given.place.hemisphere != target_row(asked.target).hemisphere:
                raise InvalidInput("target", given.target, f"a {target_row(asked.target).hemisphere} site", advice)
            if given.depth_adjusted != asked.depth_adjusted:
                raise InvalidInput("depth_adjusted", given.depth_adjusted, f"{asked.depth_adjusted}", advice)
            if given.intensity_pct_rmt > asked.intensity_pct_rmt:
                raise SafetyLimit(
                    "intensity_pct_rmt", given.intensity_pct_rmt, f"at most {asked.intensity_pct_rmt:g} %", advice
                )

    def _check_amounts(self) -> None:
        most, per_day = form_row(self.form), self.sessions_per_day
        amounts = (
            ("pulses_per_session", self.pulses_per_session, most.max_pulses_session),
            ("sessions_per_day", per_day, most.max_sessions_day),
            ("pulses_per_day", self.pulses_per_session * per_day, most.max_pulses_day),
            ("sessions", self.sessions, most.max_sessions_course),
        )
        for name, given, allowed in amounts:
            if given > allowed:
                hint = "Was the number of pulses in the whole course meant?" if given >= 10 * allowed else ""
                raise SafetyLimit(name, given, f"at most {allowed} for {self.form} ({most.statement})", hint)
        if per_day > 1 and (self.gap_min is None or self.gap_min < most.min_gap_min):
            raise SafetyLimit("gap_min", self.gap_min, f"at least {most.min_gap_min:g} minutes between sessions")
        if per_day == 1 and self.gap_min is not None:
            raise InvalidInput("gap_min", self.gap_min, "None with one session a day")
        for phase in self.schedule.phases:
            if phase.visits > 1 and phase.every_days < 1:
                raise SafetyLimit("every_days", phase.every_days, "1 or more: one visit is one treatment day")
            if phase.minutes < self.session_minutes:
                raise InvalidInput("minutes", phase.minutes, f"at least {self.session_minutes:.1f} for one session")

    def _check_trains(self) -> None:
        clinic = limit("intensity_clinic_pct")
        for site in self.stimulations:
            if site.intensity_pct_rmt > clinic and self.protocol != CUSTOM:
                raise SafetyLimit("intensity_pct_rmt", site.intensity_pct_rmt, f"at most {clinic:g} %: clinic cap")
        for findings in self.train_findings:
            if governing(findings).needs_justification and not self.justification.strip():
                raise SafetyLimit(
                    "pattern", findings[0].statement, "a train inside its table or cleared by a device",
                    "A train beyond it needs `justification`, monitoring and a review as a novel protocol.",
                )  # fmt: skip

    def _check_output(self) -> None:
        if self.motor_threshold is None:
            return
        most = limit("output_max_pct_mso")
        for site in self.stimulations:
            output = site.intensity_pct_rmt / 100 * self.motor_threshold.value_pct_mso
            if output > most:
                raise SafetyLimit(
                    "output_pct_mso", round(output, 1), f"at most {most:g} % of machine output",
                    f"{site.intensity_pct_rmt:g} % of a threshold of {self.motor_threshold.value_pct_mso:g} % MSO "
                    "cannot be reached: measure the threshold again (EMG), or choose another coil.",
                )  # fmt: skip

    # --- what follows from it ---------------------------------------------------------------------------------------

    @property
    def therapy(self) -> str:
        """Name of the therapy."""
        return NAME

    @property
    def title(self) -> str:
        """One line for people."""
        row = protocol_row(self.form, self.protocol)
        return (
            row.title if row else f"{form_row(self.form).title}, protocol of its own (approved by {self.approved_by})"
        )

    @property
    def pulses_per_session(self) -> int:
        """Pulses in one session over all sites."""
        return sum(site.pattern.pulses for site in self.stimulations)

    @property
    def session_minutes(self) -> float:
        """Stimulation time of one session, without set-up."""
        return sum(site.pattern.duration_s for site in self.stimulations) / 60

    @property
    def sessions(self) -> int:
        """Sessions in the whole course."""
        return self.schedule.visits * self.sessions_per_day

    @property
    def train_findings(self) -> tuple[tuple[TrainFinding, ...], ...]:
        """What each safety table says about each site's train."""
        return tuple(
            judge_train(site.pattern, site.intensity_pct_rmt, clearance=self._clearance(site))
            for site in self.stimulations
        )

    @property
    def supervision_class(self) -> int:
        """1: physician on site (a train outside the tables, or a raised seizure risk); 2: physician as required."""
        beyond = any(governing(f).needs_justification for f in self.train_findings)
        at_risk = any(r.code.startswith("seizure_") and r.direction is not Direction.FOR for r in self.reasons)
        return 1 if beyond or at_risk else 2

    def _clearance(self, site: Stimulation) -> str:
        """A clearance covers this train only as its row gives it, at most at its intensity."""
        row = next((r for r in self._rows() if r.pattern() == site.pattern), None)
        return row.clearance if row and site.intensity_pct_rmt <= row.intensity_pct_rmt else ""

    def _rows(self) -> tuple[StimulationRow, ...]:
        return () if self.protocol == CUSTOM else stimulations(self.form, self.protocol)

    def safety_reasons(self) -> tuple[Reason, ...]:
        """What the safety tables and the threshold method say, as reasons."""
        found = [finding.reason() for findings in self.train_findings for finding in findings]
        if self.motor_threshold is not None and self.motor_threshold.method == "visual":
            row, most = limits()["visual_excess_pct"], limit("visual_excess_max_pct")
            words = (
                f"The threshold was found by sight: on average {row.value:g} % (up to {most:g} %) above an EMG "
                "threshold, so the true intensity may pass the safety tables, which rest on EMG."
            )
            found.append(Reason(words, (row.cite(),), direction=Direction.AGAINST, code="visual_threshold"))
        if self.justification:
            row_or_none = protocol_row(self.form, self.protocol)
            source = row_or_none.cite() if row_or_none else limits()["intensity_clinic_pct"].cite()
            words = f"Given beyond a table or protocol because: {self.justification.rstrip('.')}."
            found.append(Reason(words, (source,), direction=Direction.AGAINST, code="justification"))
        return tuple(dict.fromkeys(found))

    def details(self) -> tuple[tuple[str, str], ...]:
        """Label and value of every parameter, with its unit."""
        lines: list[tuple[str, str]] = [("Form", form_row(self.form).title), ("Protocol", self.title)]
        for i, (site, findings) in enumerate(zip(self.stimulations, self.train_findings, strict=True), start=1):
            n = f" {i}" if len(self.stimulations) > 1 else ""
            adjusted = " (adjusted for depth)" if site.depth_adjusted else ""
            place = site.place
            lines += [
                (f"Target{n}", f"{place.title}; {place.method}"),
                (f"Placement error{n}", place.expected_error),
                (f"Pulses{n}", site.pattern.words()),
                (f"Intensity{n}", f"{site.intensity_pct_rmt:g} % of resting motor threshold{adjusted}"),
                (f"Train safety{n}", "; ".join(f"{f.table}: {f.verdict.words}" for f in findings)),
            ]
        threshold = self.motor_threshold
        words = "to be measured at the first session (EMG preferred)"
        if threshold is not None:
            words = f"{threshold.value_pct_mso:g} % of machine output, by {threshold.method}"
        per_day = f"{self.sessions_per_day} a day" + (f", {self.gap_min:g} min apart" if self.gap_min else "")
        phases = "; ".join(f"{p.name}: {p.visits} days from day {p.start_day:g}" for p in self.schedule.phases)
        lines += [
            ("Motor threshold", words),
            ("Session", f"{self.pulses_per_session} pulses in {self.session_minutes:.1f} min"),
            ("Sessions", f"{self.sessions} in all, {per_day}; {phases}"),
            ("Supervision class", _SUPERVISION[self.supervision_class]),
        ]  # fmt: skip
        if self.justification:
            lines.append(("Justification", f"{self.justification} (approved by {self.approved_by or 'nobody yet'})"))
        return tuple(lines)


def _why(name: str) -> str:
    return limits()[name].statement


def as_tms(prescription: Prescription) -> TmsPrescription:
    """Return the prescription as this therapy's, or say what it is instead."""
    if not isinstance(prescription, TmsPrescription):
        raise InvalidInput("prescription", type(prescription).__name__, "a TmsPrescription from propose()")
    return prescription
