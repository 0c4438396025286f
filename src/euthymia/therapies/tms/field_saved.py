"""The field of a prescription from the saved table of the template head: no solve, two coils, no spread."""

from __future__ import annotations

from euthymia.core.errors import InvalidInput
from euthymia.therapies.tms.field_numbers import SiteField, TmsField
from euthymia.therapies.tms.field_tables import field_site_row, machine_of
from euthymia.therapies.tms.machine_output import CoilRow
from euthymia.therapies.tms.prescription import TmsPrescription
from euthymia.therapies.tms.template_field import COIL_WORDS, HEAD_FORMS, MOTOR, site_of, template_fields

_HEAD = "template head (saved table)"
_STATEMENT = (
    "Template head, not this patient, from the table that comes with the program: nothing was computed now. Peaks are "
    "percentiles over the nodes of the brain's surface."
)


def saved_field(rx: TmsPrescription, coil: str, *, machine: CoilRow | None = None) -> TmsField:
    """Return the saved field of every stimulation of a prescription.

    Raises
    ------
    InvalidInput
        For a coil that the table does not hold.
    """
    rows = template_fields(coil)
    if not rows:
        raise InvalidInput(
            "--coil", coil, f"with --fast one of {', '.join(COIL_WORDS)}",
            "Leave --fast out: the field of any coil is then computed.",
        )  # fmt: skip
    motor = next(row for row in rows if row.site == MOTOR)
    sites, without = [], []
    for number, stimulation in enumerate(rx.stimulations, start=1):
        place, row = stimulation.place, site_of(stimulation.target, coil)
        if row is None:
            why = (
                "the winding of its coil is not published"
                if rx.form in HEAD_FORMS
                else "it is found in the patient's own images"
            )
            without.append(f"No field is shown for {place.title}: {why}.")
            continue
        mirrored = place.hemisphere == "right"
        sites.append(
            SiteField(
                order=number, target=place.target, placement=field_site_row(place.target).placement,
                title=place.title, side="right" if mirrored else "left",
                target_mm=(-row.x_mm if mirrored else row.x_mm, row.y_mm, row.z_mm), target_v_m=row.e_target,
                peak_v_m=row.e_peak, motor_v_m=motor.e_peak, motor_peak_v_m=motor.e_peak,
                coil_to_target_mm=row.depth_mm, error_pct=row.error_pct,
                notes=("Right is taken as the mirror of left.",) if mirrored else (),
            )
        )  # fmt: skip
    return TmsField(
        head=_HEAD, statement=_STATEMENT, is_template=True, how=motor.mesh, coil=COIL_WORDS[coil],
        machine=machine or machine_of(coil), sites=tuple(sites), without=tuple(dict.fromkeys(without)),
        sources=(motor.cite(),), notes=("The mean around the motor peak is not in the table: its peak is taken.",),
    )  # fmt: skip
