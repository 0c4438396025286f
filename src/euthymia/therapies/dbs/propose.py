"""Proposals for DBS: one prescription for each protocol of each open target, best first for this case."""

from __future__ import annotations

from euthymia.case import concepts
from euthymia.case.facts import Implant
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.dbs.charge import ContactCharge
from euthymia.therapies.dbs.prescription import DbsPrescription
from euthymia.therapies.dbs.screen import screen
from euthymia.therapies.dbs.setting import SIDES, ContactShare, SideSetting
from euthymia.therapies.dbs.tables import (
    LeadRow,
    ProtocolRow,
    fits,
    form_row,
    lead_row,
    leads,
    limit,
    protocols,
    schedule_of,
    targets_of,
)
from euthymia.therapies.device_tables import fit_points, fit_reasons
from euthymia.therapies.screening import open_forms

IMPLANT = "deep_brain_stimulator"


def propose(case: Case) -> list[DbsPrescription]:
    """Return prescriptions for every target that is not contraindicated, best first for this case.

    Nothing has to be measured to write one: under voltage control the charge is checked at the lowest clinical
    impedance until the real one is read. All of them are for a trial or a compassionate frame only.
    """
    allowed = open_forms(screen(case))
    rows = [row for row in protocols() if row.form in allowed]
    points = {row.protocol: fit_points(case, fits(), row.protocol) for row in rows}
    ranked = sorted(rows, key=lambda row: form_row(row.form).rank + row.rank / 10 - points[row.protocol])
    return [_prescribe(case, row) for row in ranked]


def already_implanted(case: Case) -> bool:
    """Whether a deep brain stimulator is in place."""
    return concepts.answer(case, IMPLANT).present is True


def _prescribe(case: Case, row: ProtocolRow) -> DbsPrescription:
    implanted = already_implanted(case)
    lead, lead_reasons = _lead(case, row) if implanted else (lead_row(row.lead), ())
    left, right = (SideSetting(side, row.start_amplitude, (ContactShare(row.contact),)) for side in SIDES)
    bare = DbsPrescription(
        form=row.form, protocol=row.protocol, title=f"{form_row(row.form).title}: {row.title}", lead=lead.lead,
        control=row.control, left=left, right=right, pulse_width_us=row.pulse_width_us,
        frequency_hz=row.frequency_hz, ceiling_amplitude=row.ceiling_amplitude, step_amplitude=row.step_amplitude,
        step_min_days=row.step_min_days, schedule=schedule_of(row.timetable, implanted=implanted), reasons=(),
    )  # fmt: skip
    reasons = (*_why(case, row), *lead_reasons, *charge_reasons(bare))
    values = {name: getattr(bare, name) for name in DbsPrescription.__slots__}
    return DbsPrescription(**{**values, "reasons": reasons})


def _why(case: Case, row: ProtocolRow) -> tuple[Reason, ...]:
    reasons = [
        Reason(row.statement, (row.cite(),), direction=Direction.FOR, code=f"protocol_{row.protocol}"),
        Reason(f"Where the numbers come from: {row.provenance}", (row.cite(),), code="provenance"),
    ]
    reasons += fit_reasons(case, fits(), row.protocol)
    for target in targets_of(row.form):
        reasons.append(Reason(f"Target, {target.side}: {target.words}. {target.rule}", (target.cite(),), code="target"))
    reasons.append(
        Reason(
            "Investigational for depression: only inside an approved trial or a compassionate frame.",
            (form_row(row.form).cite(),),
            direction=Direction.AGAINST,
            code="not_outside_trial",
        )
    )
    return tuple(reasons)


def _lead(case: Case, row: ProtocolRow) -> tuple[LeadRow, tuple[Reason, ...]]:
    """Return the implanted lead when its model is recorded, else the protocol's, and say which was taken."""
    models = [e.fact.model for e in case.of(Implant) if e.fact.code == IMPLANT and e.fact.removed_on is None]
    for lead in leads():
        if any(_plain(name) in _plain(model) for model in models if model for name in (lead.title, lead.lead)):
            return lead, (Reason(f"Implanted lead on record: {lead.title}.", grade=EvidenceGrade.CASE, code="lead"),)
    words = f"The implanted lead is not on record: charge was computed for {lead_row(row.lead).title}. Name the lead."
    return lead_row(row.lead), (Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="lead"),)


def charge_reasons(prescription: DbsPrescription) -> tuple[Reason, ...]:
    """Return charge density and Shannon's k at the start and at the ceiling, with the caveats of each rule."""
    density, shannon, watch = limit("charge_density"), limit("shannon_k"), limit("shannon_k_watch")
    geometry = lead_row(prescription.lead).cite()
    reasons = []
    for name, charges in (("start", prescription.charges()), ("ceiling", prescription.charges(at_ceiling=True))):
        worst: ContactCharge = max(charges, key=lambda c: c.density_uc_cm2)
        assumed = ""
        if prescription.control == "voltage" and prescription.impedance_ohm is None:
            assumed = f" at an assumed {limit('planning_impedance').low:g} ohm"
        words = (
            f"At the {name} contact {worst.contact} gets {worst.current_ma:.3g} mA{assumed}: {worst.charge_uc:.3g} uC "
            f"and {worst.density_uc_cm2:.3g} uC/cm2 per phase (limit {density.high:g}), Shannon k "
            f"{worst.shannon_k:.2f} (limit {shannon.high:g})."
        )
        near = not watch.allows(worst.shannon_k)
        reasons.append(
            Reason(
                words, (density.cite(), shannon.cite(), geometry), value=worst.density_uc_cm2, unit="uC/cm2 per phase",
                direction=Direction.AGAINST if near else Direction.NEUTRAL, code=f"charge_{name}",
            )
        )  # fmt: skip
    caveat = limit("charge_caveat")
    reasons.append(Reason(caveat.statement, (caveat.cite(),), code="charge_caveat"))
    return tuple(reasons)


def _plain(text: str) -> str:
    return "".join(ch for ch in text.casefold() if ch.isalnum())
