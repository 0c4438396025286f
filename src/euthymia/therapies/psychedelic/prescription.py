"""Prescriptions of psilocybin and MDMA with preparation, dosing days and integration; hard limits checked here."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Reason
from euthymia.therapies.psychedelic.tables import (
    MDMA,
    PSILOCYBIN,
    THERAPY_NAME,
    ProtocolRow,
    form_title,
    limit,
    protocol,
)
from euthymia.therapies.schedule import Phase, Schedule

_ANY_NUMBER = 1e9  # wide enough that a slip reaches the limit that names it
_DAY_HOURS = 24.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the drug: preparation before, the dosing days, integration after, and who is there.

    Parameters
    ----------
    preparation, dosing, integration
        Phases in order; days count from the first preparation.
    facilitators
        Trained people in the room for the whole day.
    support_person
        Must be True: the patient is taken home and has somebody through the weeks after.
    """

    preparation: Phase
    dosing: Phase
    integration: tuple[Phase, ...]
    facilitators: int = 2
    support_person: bool = True

    def check(self, prefix: str) -> None:
        """Hold the frame against the limits of the form (``prefix`` of its rows)."""
        checks.integer("facilitators", self.facilitators, 0, 100)
        limit("facilitators").enforce("facilitators", self.facilitators)
        if self.support_person is not True:
            raise SafetyLimit("support_person", self.support_person, "True: nobody leaves the dosing day alone")
        prepared = self.preparation.visits * self.preparation.minutes
        limit(f"{prefix}_preparation").enforce("preparation minutes", prepared)
        before = (self.dosing.start_day - self.preparation.end_day) * _DAY_HOURS
        limit("preparation_before").enforce("hours from preparation to dose", before)
        limit(f"{prefix}_doses").enforce("doses", self.dosing.visits)
        if self.dosing.visits < 1:
            raise InvalidInput("dosing.visits", self.dosing.visits, "1 or more")
        if self.dosing.visits > 1:
            limit(f"{prefix}_interval").enforce("days between doses", self.dosing.every_days)
        limit(f"{prefix}_stay").enforce("minutes on site", self.dosing.minutes)
        limit("integration_visits").enforce("integration visits", sum(p.visits for p in self.integration))
        wait = min(p.start_day for p in self.integration) - self.dosing.start_day
        if wait < 0:
            raise InvalidInput("integration", wait, "after the first dosing day")
        limit("integration_within").enforce("days to the first integration", wait)

    @property
    def schedule(self) -> Schedule:
        """The whole course."""
        return Schedule((self.preparation, self.dosing, *self.integration))

    def details(self) -> tuple[tuple[str, str], ...]:
        """Every part in words."""
        parts = [(p.name.capitalize(), p) for p in (self.preparation, self.dosing, *self.integration)]
        return (
            *((name, f"{p.visits} × {p.minutes:g} min from day {p.start_day:g}") for name, p in parts),
            ("Facilitators", f"{self.facilitators} for the whole day"),
            ("Support person", "takes the patient home and stays in reach through the weeks after"),
        )


@dataclass(frozen=True, slots=True)
class PsilocybinPrescription:
    """Psilocybin by mouth in a fixed dose with psychological support; never by weight.

    Parameters
    ----------
    protocol
        Row of ``protocols.csv``.
    frame
        Preparation, dosing days, integration, people.
    dose_mg
        Fixed dose (mg), the same on each dosing day.
    reasons
        Why this.
    """

    protocol: str
    frame: Frame
    dose_mg: float
    reasons: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        row = _protocol_of(self.protocol, PSILOCYBIN)
        checks.number("dose_mg", self.dose_mg, 0, _ANY_NUMBER)
        limit("psi_dose").enforce("dose_mg", self.dose_mg, _dose_slip(self.dose_mg))
        self.frame.check("psi")
        _check_doses(self.frame, row)

    @property
    def therapy(self) -> str:
        """Name of the therapy."""
        return THERAPY_NAME

    @property
    def form(self) -> str:
        """Form of the therapy."""
        return PSILOCYBIN

    @property
    def title(self) -> str:
        """One line for people."""
        return f"{form_title(PSILOCYBIN)}: {protocol(self.protocol).title}"

    @property
    def schedule(self) -> Schedule:
        """When and how often."""
        return self.frame.schedule

    def dose_of(self, n: int) -> float:
        """Dose (mg) of dosing day ``n``."""
        return self.dose_mg

    @property
    def supplement_ratio(self) -> float:
        """There is no second dose on the day."""
        return 0.0

    def details(self) -> tuple[tuple[str, str], ...]:
        """Every parameter with its unit."""
        return (
            *_law(self.reasons),
            ("Protocol", protocol(self.protocol).title),
            ("Dose", f"{self.dose_mg:g} mg by mouth, fixed (not by weight), {self.frame.dosing.visits} time(s)"),
            *self.frame.details(),
            ("On site", limit("psi_stay").statement),
        )


@dataclass(frozen=True, slots=True)
class MdmaPrescription:
    """MDMA-assisted therapy for PTSD, inside a trial or an authorized route for PTSD only.

    Parameters
    ----------
    protocol
        Row of ``protocols.csv``.
    frame
        Preparation, dosing days, integration, people.
    first_dose_mg, later_dose_mg
        First dose of session 1, and of sessions 2 and 3 (mg, hydrochloride).
    supplement_ratio
        Supplement as a share of the first dose.
    reasons
        Why this, and that it is not for depression.
    """

    protocol: str
    frame: Frame
    first_dose_mg: float
    later_dose_mg: float
    supplement_ratio: float
    reasons: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        row = _protocol_of(self.protocol, MDMA)
        for name, value, code in (
            ("first_dose_mg", self.first_dose_mg, "mdma_first"),
            ("later_dose_mg", self.later_dose_mg, "mdma_later"),
            ("supplement_ratio", self.supplement_ratio, "mdma_supplement_ratio"),
        ):
            checks.number(name, value, 0, _ANY_NUMBER)
            limit(code).enforce(name, value)
        self.frame.check("mdma")
        _check_doses(self.frame, row)

    @property
    def therapy(self) -> str:
        """Name of the therapy."""
        return THERAPY_NAME

    @property
    def form(self) -> str:
        """Form of the therapy."""
        return MDMA

    @property
    def title(self) -> str:
        """One line for people."""
        return f"{form_title(MDMA)}: {protocol(self.protocol).title}"

    @property
    def schedule(self) -> Schedule:
        """When and how often."""
        return self.frame.schedule

    def dose_of(self, n: int) -> float:
        """First dose (mg) of dosing day ``n``."""
        return self.first_dose_mg if n == 1 else self.later_dose_mg

    def details(self) -> tuple[tuple[str, str], ...]:
        """Every parameter with its unit."""
        share = self.supplement_ratio
        return (
            *_law(self.reasons),
            ("Protocol", protocol(self.protocol).title),
            ("Session 1", f"{self.first_dose_mg:g} + {share * self.first_dose_mg:g} mg"),
            ("Later sessions", f"{self.later_dose_mg:g} + {share * self.later_dose_mg:g} mg"),
            ("Supplement", limit("mdma_supplement_after").words()),
            *self.frame.details(),
            ("For", "post-traumatic stress disorder, not treatment-resistant depression"),
        )


def _law(reasons: tuple[Reason, ...]) -> tuple[tuple[str, str], ...]:
    """The legal status, first, where the case it was proposed for is known."""
    return tuple(("Legal status", r.statement) for r in reasons[:1] if r.code.startswith("legality_"))


def _protocol_of(name: str, form: str) -> ProtocolRow:
    row = protocol(name)
    if row.form != form:
        raise InvalidInput("protocol", name, f"a protocol of {form}")
    return row


def _check_doses(frame: Frame, row: ProtocolRow) -> None:
    if frame.dosing.visits > row.doses:
        raise SafetyLimit("doses", frame.dosing.visits, f"{row.doses} under {row.title} ({row.source})")


def _dose_slip(dose_mg: float) -> str:
    """Name the slip behind a wrong dose: by weight, the decimal point, micrograms."""
    doses = limit("psi_dose").allowed
    if limit("psi_per_kg").permits(dose_mg):
        return f"{dose_mg:g} looks like mg/kg: psilocybin is a fixed dose, {limit('psi_standard').bound:g} mg."
    for factor, word in (
        (0.001, "micrograms"),
        (0.1, "a slip of the decimal point"),
        (10, "a slip of the decimal point"),
    ):
        for dose in doses:
            if abs(dose_mg * factor - dose) < 1e-9 * dose:
                return f"{dose_mg:g} looks like {word}: did you mean {dose:g} mg?"
    return ""
