"""The state of one programming visit: what was found, what runs now, and what a side effect forbids for the day."""

from __future__ import annotations

from dataclasses import dataclass, field

from euthymia.case.model import Case
from euthymia.therapies.dbs.charge import contact_charges
from euthymia.therapies.dbs.earlier import Earlier, earlier
from euthymia.therapies.dbs.prescription import DbsPrescription
from euthymia.therapies.dbs.setting import SIDES, SideSetting
from euthymia.therapies.dbs.tables import form_row, limit
from euthymia.therapies.visit_checks import VisitChecks

SAME = 1e-6  # amplitudes closer than this are the same setting


@dataclass
class Visit:
    """What is known and running; amplitudes in the prescription's unit, a side that is off is None."""

    rx: DbsPrescription
    checks: VisitChecks
    earlier: Earlier | None
    healed: bool
    at_start: dict[str, SideSetting | None]  # a side is a key once it was interrogated (or is known to be off)
    now_on: dict[str, SideSetting | None]
    battery: str = ""
    hold: str = ""  # why nothing is raised any more today
    impedance: dict[tuple[str, str], float] = field(default_factory=dict)
    surveying: set[str] = field(default_factory=set)
    survey: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)  # amplitude and second tested
    caps: dict[tuple[str, str], float] = field(default_factory=dict)  # amplitude at which a side effect came
    must_lower: dict[str, float] = field(default_factory=dict)  # side -> amplitude to reach first
    mismatch: set[str] = field(default_factory=set)  # sides where something not allowed was set

    @classmethod
    def begin(cls, case: Case, rx: DbsPrescription, number: int) -> Visit:
        """Return the state before anything is observed; at the activation both sides are off."""
        checks = VisitChecks(mania_rating_required=form_row(rx.form).mania_rating_required)
        off: dict[str, SideSetting | None] = dict.fromkeys(SIDES) if number == 1 else {}
        return cls(rx, checks, earlier(case, rx.form), number > 1, dict(off), dict(off))

    def amplitude(self, side: str) -> float:
        """Return what runs on a side now; 0 when it is off."""
        on = self.now_on.get(side)
        return on.amplitude if on else 0.0

    def changed(self) -> bool:
        """Whether any side ends with other settings than it began with."""
        return any(
            self.amplitude(side) != (before.amplitude if before else 0.0)
            or (before is not None and not same_contacts(before, self.now_on.get(side)))
            for side, before in self.at_start.items()
        )

    def is_lowering(self, setting: SideSetting) -> bool:
        """Whether a setting is off, or no more than what runs on the same contacts: always allowed."""
        on = self.now_on.get(setting.side)
        lower = on is not None and same_contacts(on, setting) and setting.amplitude <= on.amplitude
        needed = self.must_lower.get(setting.side)
        return setting.amplitude == 0 or (lower and (needed is None or setting.amplitude <= needed))

    def require_lower(self, side: str) -> None:
        """Ask for the setting before the visit, or one survey step less, and bar the amplitude for the day."""
        on = self.now_on.get(side)
        if on is None:
            return
        key = (side, names(on))
        self.caps[key] = min(on.amplitude, self.caps.get(key, on.amplitude))
        start = self.at_start.get(side)
        kept = start.amplitude if start is not None and same_contacts(start, on) else 0.0
        below = max(0.0, on.amplitude - (limit("survey_step").high or 0.0))
        self.must_lower[side] = kept if 0 < kept < on.amplitude else below

    def lowest_ohm(self, setting: SideSetting) -> float | None:
        """Return the lowest impedance measured today on the setting's contacts, or the prescription's."""
        ohms = [self.impedance[key] for c in setting.contacts if (key := (setting.side, c)) in self.impedance]
        return min(ohms, default=self.rx.impedance_ohm)

    def density(self, on: SideSetting) -> float:
        """Return the highest charge density (µC/cm² per phase) of a running setting."""
        charges = contact_charges(
            on,
            lead=self.rx.lead,
            control=self.rx.control,
            pulse_width_us=self.rx.pulse_width_us,
            impedance_ohm=self.lowest_ohm(on),
        )
        return max(charge.density_uc_cm2 for charge in charges)


def names(setting: SideSetting) -> str:
    """Return the contacts as they are written in the record: ``1``, ``2a+2b`` or ``1/2`` (cathodes/anodes)."""
    minus, plus = "+".join(s.contact for s in setting.cathodes), "+".join(s.contact for s in setting.anodes)
    return f"{minus}/{plus}" if plus else minus


def same_contacts(one: SideSetting | None, other: SideSetting | None) -> bool:
    """Whether two settings use the same contacts in the same roles."""
    return one is not None and other is not None and names(one) == names(other)
