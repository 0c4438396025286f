"""``euthymia tms dose --simulation``: a threshold measured later turns the field of a simulation into doses at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from euthymia.report.simulation_field import SimulationFieldDoc, SiteFieldDoc
    from euthymia.therapies.tms.machine_output import CoilRow
    from euthymia.therapies.tms.prescription import MotorThreshold, TmsPrescription

READ = "the simulation.json of `euthymia simulate tms CASE -o DIR`"


@dataclass(frozen=True, slots=True)
class SimulatedField:
    """What a dose needs of a simulation."""

    form: str
    protocol: str
    field: SimulationFieldDoc


def dose_simulated(
    path: Path, threshold: float, method: str, coil: str | None, given: Mapping[str, float | None], *, as_json: bool
) -> str:
    """Return the doses as text, or as JSON.

    Raises
    ------
    InvalidInput, SafetyLimit
        For a file that holds no field, a threshold that is none, or numbers that the simulation holds already.
    """
    from euthymia.cli.tms_documents import DoseDocument
    from euthymia.therapies.tms.machine_output import coil_row
    from euthymia.therapies.tms.prescription import MotorThreshold

    for name, value in given.items():
        if value is not None:
            raise InvalidInput(name, value, "left out with --simulation, which holds it")
    plain = MotorThreshold(threshold, method)
    document = _read(path)
    rx = _prescription(document, plain, path)
    machine_id = coil or document.field.machine_id
    machine = _of_file(document.field) if machine_id is None else coil_row(machine_id)
    sites = _dosed(document.field, rx, machine)
    prescribed = next(line for line in sites[0].doses if line.is_prescribed)
    if prescribed.refused or prescribed.pct_mso is None or prescribed.pct_rmt is None:
        raise InvalidInput(
            "--simulation", f"without a dose as prescribed: {prescribed.refused}", "a simulation that has one",
            "Compute the field on a head (without --fast), or measure the threshold again.",
        )  # fmt: skip
    if not as_json:
        return "\n".join(_lines(sites, document.field))
    carried = None if prescribed.way == "flat" else (prescribed.threshold_pct_rmt or 0.0) / 100 * threshold
    return DoseDocument(
        motor_threshold_pct_mso=threshold, threshold_method=method, adjusted_threshold_pct_mso=carried,
        adjusted_by=None if carried is None else prescribed.way,
        intensity_pct=rx.stimulations[sites[0].order - 1].intensity_pct_rmt,
        wanted_pct_mso=(prescribed.wanted_pct_rmt or 0.0) / 100 * threshold, pct_mso=prescribed.pct_mso,
        pct_of_threshold=prescribed.pct_rmt, capped=prescribed.is_capped, coil=machine_id,
        didt_a_us=prescribed.didt_a_us, sphere_peak_v_m=None, reasons=prescribed.reasons, sites=sites,
    ).model_dump_json(indent=2)  # fmt: skip


def _of_file(field: SimulationFieldDoc) -> CoilRow | None:
    """Return the machine that the file of the coil named in the simulation."""
    from euthymia.therapies.tms.field_tables import machine_of_file

    if field.max_didt_a_us is None:
        return None
    return machine_of_file(field.coil, field.machine or "", field.max_didt_a_us, "as simulated", date.min)


def _read(path: Path) -> SimulatedField:
    from pydantic import ValidationError

    from euthymia.report.simulation import SimulationDoc

    try:
        found = SimulationDoc.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput("--simulation", str(path), READ, f"{error.strerror}.") from None
    except (ValidationError, UnicodeDecodeError):
        raise InvalidInput("--simulation", str(path), READ, "Simulate again with this version.") from None
    if found.field is None or not found.field.sites:
        why = "" if found.field is None else " ".join(found.field.without)
        raise InvalidInput("--simulation", f"{path}, without a field", READ, why)
    rx = found.simulated.prescription
    return SimulatedField(rx.form, rx.protocol, found.field)


def _prescription(document: SimulatedField, threshold: MotorThreshold, path: Path) -> TmsPrescription:
    from euthymia.therapies.tms.propose import build
    from euthymia.therapies.tms.tables import protocol_row

    row = protocol_row(document.form, document.protocol)
    if row is None:
        raise InvalidInput("--simulation", f"{path}, of {document.form} {document.protocol}", "a protocol of the table")
    return replace(build(row), motor_threshold=threshold)


def _dosed(field: SimulationFieldDoc, rx: TmsPrescription, machine: CoilRow | None) -> list[SiteFieldDoc]:
    from euthymia.report.simulation_field import dose_documents, site_of_document
    from euthymia.therapies.tms.field_dose import dose_lines

    found = []
    for site in field.sites:
        lines = dose_lines(rx, rx.stimulations[site.order - 1], site_of_document(site), machine=machine)
        found.append(site.model_copy(update={"doses": dose_documents(lines)}))
    return found


def _lines(sites: list[SiteFieldDoc], field: SimulationFieldDoc) -> list[str]:
    from euthymia.cli.simulate_tms import dose_words
    from euthymia.therapies.tms.field_dose import not_proven

    said = [f"{field.coil} on {field.head}"]
    for site in sites:
        said.append(f"{site.title}:")
        for line in site.doses:
            said.append(f"  {line.title}{' (as prescribed)' if line.is_prescribed else ''}: {dose_words(line)}")
        reasons = [r for line in site.doses if line.is_prescribed for r in line.reasons]
        said += [f"  {reason}" for reason in reasons]
    return [*said, not_proven(is_template=field.is_template).statement]
