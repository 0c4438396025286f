"""What a session has given so far, and is to give, as doses for the kinetics engine."""

from __future__ import annotations

from euthymia.engines.kinetics import Dose, DosePlan, Infusion, Pause, RateChange, Resume, Stop
from euthymia.therapies.contract import Observation
from euthymia.therapies.ketamine.prescription import EsketaminePrescription, InfusionPrescription
from euthymia.therapies.ketamine.pump_record import PumpRecord

_HOUR_S, _MIN_S = 3600.0, 60.0
Doses = tuple[Dose | DosePlan, ...]


def pump_doses(pump: PumpRecord, share: float = 1.0) -> Doses:
    """Return an infusion as the pump ran, and will run from its last step on; ``share`` as in ``plan_events``."""
    (start_h, _, rate), *steps = pump.plan_events(share)
    events: list[Infusion | RateChange | Pause | Resume | Stop] = [
        Infusion(start_h, "iv", amount_mg=share * pump.total_mg, rate_mg_h=rate)
    ]
    for at_h, what, new in steps:
        match what:
            case "rate":
                events.append(RateChange(at_h, new))
            case "pause":
                events.append(Pause(at_h))
            case "resume":
                events.append(Resume(at_h))
            case _:
                events.append(Stop(at_h))
    return (DosePlan(tuple(events)),)


class GivenDose:
    """Follows the observations of a session; before the first drug there is nothing.

    Devices that are planned and not given yet are expected one rest apart; a pump goes on as it was left.
    """

    def __init__(self, prescription: EsketaminePrescription | InfusionPrescription, number: int) -> None:
        self._rx, self._number = prescription, number
        self._devices: list[tuple[float, float]] = []
        self._stopped_s: float | None = None
        self.pump: PumpRecord | None = None

    @property
    def began_s(self) -> float | None:
        """When the first drug was given."""
        if self.pump is not None:
            return self.pump.started_s
        return self._devices[0][0] if self._devices else None

    def took(self, seen: Observation) -> bool:
        """Take account of what the session took in; True when it changes what is given."""
        if seen.kind == "dose_given":
            self._devices.append((seen.at_s, float(seen.values["mg"])))
        elif seen.kind in ("stop", "transfer") and self.began_s is not None and self._stopped_s is None:
            self._stopped_s = seen.at_s
            if self.pump is not None and not self.pump.is_stopped:
                self.pump.add(seen.at_s, "stop")
        elif seen.kind == "infusion_started":
            minutes = float(seen.values["pump_min"])
            total = float(seen.values["pump_mg"])
            self.pump = PumpRecord(total, total / (minutes * _MIN_S), seen.at_s)
        elif self.pump is not None and seen.kind == "infusion_paused":
            self.pump.add(seen.at_s, "pause")
        elif self.pump is not None and seen.kind == "infusion_resumed":
            self.pump.add(seen.at_s, "resume")
        elif self.pump is not None and seen.kind == "infusion_rate":
            self.pump.add(seen.at_s, "rate", float(seen.values["pump_mg_min"]) / _MIN_S)
        else:
            return False
        return True

    def doses(self, share: float = 1.0) -> Doses:
        """Return the doses in hours of the session; empty before the first drug."""
        if self.pump is not None:
            return pump_doses(self.pump, share)
        given = [Dose("nasal", at / _HOUR_S, mg, position=i + 1) for i, (at, mg) in enumerate(self._devices)]
        return (*given, *self._expected())

    def _expected(self) -> tuple[Dose, ...]:
        """Return the devices that are still to come."""
        if not self._devices or self._stopped_s is not None or not isinstance(self._rx, EsketaminePrescription):
            return ()
        last_s, mg = self._devices[-1]
        outstanding = round(self._rx.dose_mg(self._number) / mg) - len(self._devices)
        return tuple(
            Dose(
                "nasal",
                (last_s + (i + 1) * self._rx.device_gap_min * _MIN_S) / _HOUR_S,
                mg,
                position=len(self._devices) + i + 1,
            )
            for i in range(max(0, outstanding))
        )
