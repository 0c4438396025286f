"""``euthymia tms dose``: from a motor threshold to machine output at the treated site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson

if TYPE_CHECKING:
    from euthymia.therapies.tms.dose import AdjustedThreshold, Dose
    from euthymia.therapies.tms.prescription import MotorThreshold


def dose(
    threshold: Annotated[float, typer.Option("--threshold", help="Motor threshold, % MSO.")],
    method: Annotated[str, typer.Option("--method", help="How it was found: emg or visual.")],
    intensity: Annotated[
        float | None, typer.Option("--intensity", help="% of the (adjusted) threshold; 120 when left out.")
    ] = None,
    motor_mm: Annotated[float | None, typer.Option("--motor-mm", help="Scalp to motor cortex, mm.")] = None,
    site_mm: Annotated[float | None, typer.Option("--site-mm", help="Scalp to cortex at the site, mm.")] = None,
    slope: Annotated[str, typer.Option("--slope", help="stokes2007 or stokes2005.")] = "stokes2007",
    motor_field: Annotated[float | None, typer.Option("--motor-field", help="Motor cortex, V/m per A/us.")] = None,
    site_field: Annotated[float | None, typer.Option("--site-field", help="Site, V/m per A/us.")] = None,
    metric: Annotated[str, typer.Option("--metric", help="roi_mean, p95, p99 or p99_9.")] = "p99",
    cap: Annotated[float | None, typer.Option("--cap", help="Most, in % of the plain threshold.")] = None,
    coil: Annotated[str | None, typer.Option("--coil", help="Coil, for A/us, e.g. magstim_d70.")] = None,
    simulation: Annotated[
        Path | None,
        typer.Option("--simulation", help="simulation.json of `simulate tms`, with its fields and protocol."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute machine output: plain, adjusted for depth, or matched in field; capped with the reason.

    With --simulation every way is given for every stimulation of the protocol, without solving again.

    Example: euthymia tms dose --threshold 52 --method emg --intensity 120 --motor-mm 16 --site-mm 19
    """
    if simulation is not None:
        from euthymia.cli.dose_simulated import dose_simulated

        given = {
            "--intensity": intensity, "--motor-mm": motor_mm, "--site-mm": site_mm, "--motor-field": motor_field,
            "--site-field": site_field, "--cap": cap,
        }  # fmt: skip
        typer.echo(dose_simulated(simulation, threshold, method, coil, given, as_json=as_json))
        return
    intensity = 120.0 if intensity is None else intensity
    from euthymia.therapies.tms import dose as doses
    from euthymia.therapies.tms.machine_output import coil_row, sphere_field
    from euthymia.therapies.tms.prescription import MotorThreshold

    plain = MotorThreshold(threshold, method)
    adjusted = _adjusted(plain, motor_mm, site_mm, slope, motor_field, site_field, metric)
    found = doses.dose(adjusted or plain, intensity, cap_pct_rmt=cap)
    didt = coil_row(coil).didt_a_us(found.pct_mso) if coil else None
    sphere = sphere_field(coil) if coil else None
    peak = sphere.peak_v_m_per_a_us * didt if sphere is not None and didt is not None else None
    if as_json:
        typer.echo(_document(plain, adjusted, intensity, found, coil, didt, peak))
        return
    typer.echo(f"{found.pct_mso:.1f} % MSO ({found.pct_of_threshold:.0f} % of the motor threshold)")
    if didt is not None:
        typer.echo(f"  {didt:.1f} A/us with {coil_row(coil or '').title}")
    if peak is not None and sphere is not None:
        typer.echo(f"  about {peak:.0f} V/m: {sphere.statement} ({sphere.verification.value})")
    for reason in found.reasons:
        typer.echo(f"  {reason.statement}")


def _adjusted(
    plain: MotorThreshold, motor_mm: float | None, site_mm: float | None, slope: str, motor_field: float | None,
    site_field: float | None, metric: str,
) -> AdjustedThreshold | None:  # fmt: skip
    from euthymia.core.errors import InvalidInput
    from euthymia.therapies.tms.dose import depth_adjusted, field_matched

    by_depth, by_field = (motor_mm, site_mm), (motor_field, site_field)
    for name, pair in (("--motor-mm, --site-mm", by_depth), ("--motor-field, --site-field", by_field)):
        if pair.count(None) == 1:
            raise InvalidInput(name, pair, "both or none")
    if None not in by_depth and None not in by_field:
        raise InvalidInput("--site-field", site_field, "depth or field, one of the two")
    if motor_mm is not None and site_mm is not None:
        return depth_adjusted(plain, motor_mm, site_mm, slope=slope)  # type: ignore[arg-type]
    if motor_field is not None and site_field is not None:
        return field_matched(plain, motor_field, site_field, metric=metric)
    return None


def _document(
    plain: MotorThreshold, adjusted: AdjustedThreshold | None, intensity: float, found: Dose, coil: str | None,
    didt: float | None, peak: float | None,
) -> str:  # fmt: skip
    from euthymia.cli.tms_documents import DoseDocument

    return DoseDocument(
        motor_threshold_pct_mso=plain.value_pct_mso, threshold_method=plain.method,
        adjusted_threshold_pct_mso=adjusted.value_pct_mso if adjusted else None,
        adjusted_by=adjusted.method if adjusted else None, intensity_pct=intensity,
        wanted_pct_mso=found.wanted_pct_mso, pct_mso=found.pct_mso, pct_of_threshold=found.pct_of_threshold,
        capped=found.cap is not None, coil=coil, didt_a_us=didt, sphere_peak_v_m=peak,
        reasons=[r.statement for r in found.reasons],
    ).model_dump_json(indent=2)  # fmt: skip
