"""``euthymia simulate tms``: the field of the prescription on a head, its doses, and the files that show it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from euthymia.cli.fields_show import say
from euthymia.cli.simulate_head import HeadWanted, has_head, has_points, tms_head
from euthymia.core.errors import InvalidInput, MissingExtra

if TYPE_CHECKING:
    from euthymia.case.model import Case
    from euthymia.engines.fields.coil_model import CoilModel
    from euthymia.report.simulation_field import DoseLineDoc, ShownField
    from euthymia.therapies.forecast import Forecast
    from euthymia.therapies.tms.field_dose import DoseLine
    from euthymia.therapies.tms.field_head import TmsHead
    from euthymia.therapies.tms.field_numbers import TmsField
    from euthymia.therapies.tms.field_result import ComputedField
    from euthymia.therapies.tms.machine_output import CoilRow
    from euthymia.therapies.tms.prescription import TmsPrescription


@dataclass(frozen=True, slots=True)
class TmsWanted:
    """What the command line says of the field; a default means that nothing was said."""

    head: HeadWanted = field(default_factory=HeadWanted)
    coil: str | None = None
    stimulator: str | None = None
    threshold: float | None = None
    method: str | None = None
    nearest: bool = False
    order: int = 2
    distance_mm: float = 4.0
    fast: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedTms:
    """Prescription with its threshold, forecast with the field in it, what is shown, and what draws the pages."""

    prescription: TmsPrescription
    forecast: Forecast
    shown: ShownField
    computed: ComputedField | None
    head: TmsHead | None
    coil: CoilModel | None


def only_for_tms(therapy: str, wanted: TmsWanted) -> None:
    """Refuse options of the field for another therapy."""
    for given, plain in ((wanted, TmsWanted()), (wanted.head, HeadWanted())):
        for one in fields(plain):
            if one.name != "head" or isinstance(plain, HeadWanted):
                value = getattr(given, one.name)
                if value != getattr(plain, one.name):
                    name = "--" + one.name.replace("_", "-")
                    raise InvalidInput(name, value, f"left out for {therapy}: it belongs to tms")


def simulate_tms(case: Case, rx: TmsPrescription, wanted: TmsWanted, *, seed: int) -> SimulatedTms:
    """Forecast a prescription with its field: computed on a head, or from the saved table with ``fast``.

    Raises
    ------
    InvalidInput, SafetyLimit
        For a threshold, coil, machine, target or head that cannot be used; the message names the fix.
    """
    from euthymia.report.simulation_field import ShownField
    from euthymia.therapies.tms.field_dose import dose_lines
    from euthymia.therapies.tms.field_reasons import with_dose_reason, with_field
    from euthymia.therapies.tms.field_tables import machine_of
    from euthymia.therapies.tms.machine_output import coil_row
    from euthymia.therapies.tms.simulate import simulate
    from euthymia.therapies.tms.template_field import PICTURE_COIL

    if wanted.order not in (1, 2):
        raise InvalidInput("--order", wanted.order, "1 or 2")
    rx = with_threshold(case, rx, wanted)
    name = wanted.coil or PICTURE_COIL
    machine = coil_row(wanted.stimulator) if wanted.stimulator else machine_of(name)
    computed: ComputedField | None = None
    head: TmsHead | None = None
    coil: CoilModel | None = None
    if _is_fast(case, wanted):
        found = _saved(rx, name, machine)
    else:
        found, computed, head, coil = _computed(case, rx, name, machine, wanted, seed)
    doses: dict[int, tuple[DoseLine, ...]] = {
        site.order: dose_lines(rx, rx.stimulations[site.order - 1], site, machine=found.machine) for site in found.sites
    }
    forecast = with_field(simulate(case, rx, seed=seed), found, doses)
    return SimulatedTms(with_dose_reason(rx, found, doses), forecast, ShownField(found, doses), computed, head, coil)


def with_threshold(case: Case, rx: TmsPrescription, wanted: TmsWanted) -> TmsPrescription:
    """Put the threshold of the command line, else the one measured last, into the prescription."""
    from euthymia.therapies.tms.prescription import MotorThreshold
    from euthymia.therapies.tms.session import last_threshold

    if wanted.threshold is None:
        if wanted.method is not None:
            raise InvalidInput("--method", wanted.method, "together with --threshold, in % of machine output")
        known = rx.motor_threshold or last_threshold(case)
        return rx if known is None else replace(rx, motor_threshold=known)
    if wanted.method is None:
        raise InvalidInput(
            "--method", None, "emg or visual",
            "Say how the threshold was found: by sight it is about a tenth higher.",
        )  # fmt: skip
    return replace(rx, motor_threshold=MotorThreshold(wanted.threshold, wanted.method))


def write_pages(found: SimulatedTms, output: Path) -> tuple[SimulatedTms, tuple[str, ...]]:
    """Write page, numbers, mesh, volumes and surface of every site, and put its picture into the forecast."""
    from euthymia.report.field_files import FieldFiles
    from euthymia.report.field_page import write_field
    from euthymia.report.simulation_picture import placed_site, site_picture

    if found.computed is None or found.head is None or found.coil is None:
        return found, ()
    pages, pictures, files = {}, [], []
    several = len(found.computed.solved) > 1
    for site, solved in zip(found.shown.field.sites, found.computed.solved, strict=True):
        say(f"drawing {site.title} …")
        lines = found.shown.doses[site.order]
        placed = placed_site(found.head, found.coil, solved, site, lines)
        folder = f"site-{site.order}" if several else ""
        document = write_field(placed, output / folder, FieldFiles())
        pages[site.order] = f"{folder}/field.html" if folder else "field.html"
        pictures.append(site_picture(placed, document, site, found.shown.field))
        files += document.files
    kept = found.forecast.pictures if found.shown.field.is_template else ()
    forecast = replace(found.forecast, pictures=(*pictures, *kept))
    return replace(found, forecast=forecast, shown=replace(found.shown, pages=pages)), tuple(files)


def say_doses(found: SimulatedTms) -> None:
    """Print what every way of dosing gives."""
    for site in found.shown.field.sites:
        typer.echo(f"Dose, {site.title}:")
        for line in found.shown.doses[site.order]:
            mark = " (as prescribed)" if line.is_prescribed else ""
            typer.echo(f"  {line.title}{mark}: {dose_words(line)}")


def dose_words(line: DoseLine | DoseLineDoc) -> str:
    """Return one way of dosing in a line of text."""
    if line.refused or line.pct_rmt is None or line.of_threshold_field is None:
        return line.refused or "no number"
    parts = [f"{line.pct_rmt:.0f} % rMT"]
    parts += [f"capped from {line.wanted_pct_rmt:.1f}"] if line.is_capped and line.wanted_pct_rmt is not None else []
    parts += [f"{line.pct_mso:.1f} % MSO"] if line.pct_mso is not None else []
    parts += [f"{line.didt_a_us:.1f} A/us"] if line.didt_a_us is not None else []
    parts += [f"{line.target_v_m:.0f} V/m in the target"] if line.target_v_m is not None else []
    parts.append(f"{line.of_threshold_field:.2f} x the motor peak at threshold")
    return ", ".join(parts)


def _is_fast(case: Case, wanted: TmsWanted) -> bool:
    """Whether the saved table is used: when asked for, or without the extra on no head of one's own."""
    if wanted.fast:
        plain = replace(HeadWanted(), edge_mm=wanted.head.edge_mm)
        if wanted.head != plain:
            raise InvalidInput("--fast", True, "no head, points or target: it is a table of the template head")
        return True
    if find_spec("pyamg") is not None:
        return False
    if has_head(case, wanted.head):
        raise MissingExtra("pyamg", "fields")
    say("the extra `fields` is not installed: the saved table of the template head is used, nothing is computed")
    return True


def _saved(rx: TmsPrescription, coil: str, machine: CoilRow | None) -> TmsField:
    from euthymia.therapies.tms.field_saved import saved_field

    return saved_field(rx, coil, machine=machine)


def _computed(
    case: Case, rx: TmsPrescription, name: str, machine: CoilRow | None, wanted: TmsWanted, seed: int
) -> tuple[TmsField, ComputedField | None, TmsHead | None, CoilModel | None]:
    from euthymia.cli.fields_placing import coil_of
    from euthymia.therapies.tms.field_result import compute_field
    from euthymia.therapies.tms.field_sites import why_never

    coil, words = coil_of(name)
    machine = machine or _machine_of_file(coil, case)
    has_own = has_points(case, wanted.head)
    never = [why_never(stimulation.place, has_own=has_own) for stimulation in rx.stimulations]
    if all(never):
        return _without(coil.name, machine, tuple(dict.fromkeys(never))), None, None, None
    head = tms_head(case, wanted.head)
    found = compute_field(
        head, rx, coil, machine=machine, order=wanted.order, gap_m=wanted.distance_mm / 1000, nearest=wanted.nearest,
        seed=seed, say=say,
    )  # fmt: skip
    if isinstance(found, tuple):
        return _without(coil.name, machine, found), None, None, None
    noted = replace(found.field, notes=(*found.field.notes, *((words,) if words else ())))
    return noted, replace(found, field=noted), head, coil


def _machine_of_file(coil: CoilModel, case: Case) -> CoilRow | None:
    from euthymia.therapies.tms.field_tables import machine_of_file

    drive = coil.drives[0]
    if len(coil.drives) != 1 or drive.slope_max_a_s is None:
        return None
    return machine_of_file(coil.name, drive.name, drive.slope_max_a_s / 1e6, coil.origin, case.as_of.date())


def _without(coil: str, machine: CoilRow | None, why: tuple[str, ...]) -> TmsField:
    from euthymia.therapies.tms.field_numbers import TmsField

    return TmsField(
        head="no head", statement="No field was computed.", is_template=False, how="", coil=coil, machine=machine,
        sites=(), without=why, sources=(),
    )  # fmt: skip
