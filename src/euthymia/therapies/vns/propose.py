"""Proposals for VNS: one prescription for each titration protocol, best first for this case."""

from __future__ import annotations

from euthymia.case import concepts
from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.device_tables import fit_points, fit_reasons
from euthymia.therapies.screening import open_forms
from euthymia.therapies.vns.prescription import VnsPrescription
from euthymia.therapies.vns.screen import screen
from euthymia.therapies.vns.setting import VnsSetting
from euthymia.therapies.vns.tables import ProtocolRow, fits, forms, limit, protocols, schedule_of


def propose(case: Case) -> list[VnsPrescription]:
    """Return the titration protocols, best first for this case; none when VNS is contraindicated.

    Every protocol starts at the lowest output: nothing has to be measured to write one.
    """
    allowed = open_forms(screen(case))
    ranked = sorted(protocols(), key=lambda row: row.rank - fit_points(case, fits(), row.protocol))
    return [_prescribe(case, form, row) for form in allowed for row in ranked]


def already_implanted(case: Case) -> bool:
    """Whether a vagus nerve stimulator is in place."""
    return concepts.answer(case, "vagus_nerve_stimulator").present is True


def _prescribe(case: Case, form: str, row: ProtocolRow) -> VnsPrescription:
    rest = (row.pulse_width_us, row.frequency_hz, row.on_s, row.off_min)
    target = VnsSetting(row.target_ma, *rest)
    title = next(f.title for f in forms() if f.form == form)
    return VnsPrescription(
        form=form, protocol=row.protocol, title=f"{title}: {row.title}", start=VnsSetting(row.start_ma, *rest),
        target=target, ceiling_ma=row.ceiling_ma, step_ma=row.step_ma, visit_rise_ma=row.visit_rise_ma,
        step_min_days=row.step_min_days, schedule=schedule_of(row.timetable, implanted=already_implanted(case)),
        reasons=(*_why(case, row), *setting_reasons(target, row.ceiling_ma)),
    )  # fmt: skip


def _why(case: Case, row: ProtocolRow) -> tuple[Reason, ...]:
    reasons = [
        Reason(row.statement, (row.cite(),), direction=Direction.FOR, code=f"protocol_{row.protocol}"),
        Reason(f"Where the numbers come from: {row.provenance}", (row.cite(),), code="provenance"),
    ]
    reasons += fit_reasons(case, fits(), row.protocol)
    return tuple(reasons)


def setting_reasons(target: VnsSetting, ceiling_ma: float) -> tuple[Reason, ...]:
    """Return duty cycle, pulses and charge of the target, and a warning where the nerve charge is high."""
    duty, area, watch = limit("duty_cycle"), limit("cuff_area"), limit("charge_density_watch")
    highest = target.density_uc_cm2 * ceiling_ma / target.output_ma
    words = (
        f"At the target {target.charge_uc:.3g} uC and {target.density_uc_cm2:.3g} uC/cm2 per phase "
        f"({highest:.3g} at the ceiling of {ceiling_ma:g} mA). {watch.statement}."
    )
    return (
        Reason(
            f"Duty cycle {target.duty_pct:.1f} % ({duty.words}), {target.pulses_per_day:,.0f} pulses a day.",
            (duty.cite(), limit("ramp").cite()), value=target.duty_pct, unit="%", code="duty_cycle",
        ),
        Reason(
            words, (area.cite(), watch.cite()), value=target.density_uc_cm2, unit="uC/cm2 per phase", code="charge",
            direction=Direction.NEUTRAL if watch.allows(highest) else Direction.AGAINST,
        ),
    )  # fmt: skip
