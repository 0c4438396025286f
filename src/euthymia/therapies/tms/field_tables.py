"""Tables behind a computed field: how each target is found on a head, and the machine behind a coil model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from euthymia.core.source import Verification
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.lookup import row_named
from euthymia.therapies.tms.machine_output import CoilRow, coil_row
from euthymia.therapies.tms.tables import PACKAGE

MOTOR = "motor_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSiteRow(SourcedRow):
    """How the target of a prescription is found on a head.

    ``found_by``: ``scalp`` (a rule measured on the scalp, ``code`` of the engine), ``mni`` (a point of MNI space, by
    ``code`` or by x, y, z), ``own`` (a point of the patient's own) or ``none`` (``statement`` says why not).
    ``placement``: row of the engine's table of placement errors, empty where none was measured.
    """

    site: str
    found_by: Literal["scalp", "mni", "own", "none"]
    code: str = ""
    x_mm: float | None = None
    y_mm: float | None = None
    z_mm: float | None = None
    placement: str = ""
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoilMachineRow(SourcedRow):
    """Row of ``coils.csv`` (coil on its stimulator) that a coil model of the field engine stands for."""

    model: str
    coil: str


def field_site_row(site: str) -> FieldSiteRow:
    """Return how a target is found; raise :class:`InvalidInput` listing the known ones."""
    rows: tuple[FieldSiteRow, ...] = load_table(PACKAGE, "field_sites.csv", FieldSiteRow, key="site")
    return row_named(rows, "site", site)


def machine_of_file(name: str, stimulator: str, max_didt_a_us: float, file: str, as_of: date) -> CoilRow:
    """Return the machine that the file of a coil names, with the steepest current it states; it has no row."""
    return CoilRow(
        coil="", title=name, stimulator=stimulator, max_didt_a_us=max_didt_a_us, source=f"the file of the coil, {file}",
        verification=Verification.PARTIAL, as_of=as_of,
    )  # fmt: skip


def machine_of(model: str) -> CoilRow | None:
    """Return the coil on its stimulator that a coil model stands for, where one is known."""
    rows = load_table(PACKAGE, "coil_machines.csv", CoilMachineRow, key="model")
    found = next((row for row in rows if row.model == model), None)
    return None if found is None else coil_row(found.coil)
