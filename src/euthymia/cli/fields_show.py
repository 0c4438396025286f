"""From a head and a pose to the files of a field and the words on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from euthymia.cli.fields_input import FieldHead
    from euthymia.cli.fields_placing import Placed
    from euthymia.engines.fields.coil_model import CoilModel
    from euthymia.engines.fields.scalp_placement import Scalp
    from euthymia.engines.fields.solve import FieldSystem
    from euthymia.report.field_files import FieldFiles


def say(text: str) -> None:
    """Progress, on standard error."""
    typer.secho(text, err=True, fg=typer.colors.BRIGHT_BLACK)


def head_of(
    path: Path | None, template: bool, in_mni: bool, edge_mm: float, repair: bool = False
) -> tuple[FieldHead, Scalp]:
    """The head of a file, or the template meshed now; with its scalp."""
    from euthymia.cli.fields_input import mesh_template, read_head
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.fields.scalp_placement import Scalp
    from euthymia.engines.fields.surfaces import scalp_surface

    if (path is None) != template:
        raise InvalidInput("--head", str(path) if path else None, "a mesh, or --template, one of them")
    if path is None:
        say(f"meshing the template head ({edge_mm:g} mm cells, {edge_mm / 2:g} mm in the cortex) …")
        found = mesh_template(edge_mm / 1000)[1]
    else:
        found = read_head(path, in_mni=in_mni, repair=repair)
    return found, Scalp.of(scalp_surface(found.mesh))


def prepared(head: FieldHead, order: int, sigma_s_m: Mapping[int, float] | None = None) -> FieldSystem:
    """The system of a head, with the packaged conductivities where no other is given."""
    from euthymia.engines.fields.solve import prepare

    say(f"preparing {head.mesh.tets.shape[0]} elements of order {order} …")
    return prepare(head.mesh, sigma_s_m, order=order)


def is_mni(head: FieldHead) -> bool:
    """Whether the coordinates of a head are MNI's own: the mapping to MNI space moves nothing."""
    return head.mni is not None and head.mni.is_identity


def show(
    head: FieldHead,
    scalp: Scalp,
    system: FieldSystem,
    coil: CoilModel,
    there: Placed,
    slope_a_s: float,
    words: tuple[str, ...],
    output: Path,
    as_json: bool,
    files: FieldFiles | None = None,
) -> None:
    """Solve, write the files and print the numbers."""
    from euthymia.engines.fields.solve import solve
    from euthymia.engines.fields.vector_potential import total_dA_dt
    from euthymia.report.field_measures import PlacedField
    from euthymia.report.field_page import rows, write_field

    say("solving …")
    excitations = coil.excitations(there.pose, [slope_a_s] * len(coil.drives))
    result = solve(system, lambda points: total_dA_dt(excitations, points))
    say("drawing …")
    notes = tuple(said for said in (*there.notes, *words) if said)
    placed = PlacedField(
        head.name, head.statement, scalp.surface, coil, there.pose, slope_a_s, there.title, there.roi, result, notes,
        is_mni=is_mni(head),
    )  # fmt: skip
    document = write_field(placed, output, files)
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
        return
    typer.echo(f"{document.coil} on {document.head}, aimed at {document.target}")
    for name, value, unit, meaning in rows(document):
        typer.echo(f"  {name}: {value} {unit}{'  (' + meaning + ')' if meaning else ''}")
    for item in document.tissues:
        typer.echo(
            f"  {item.tissue}: peak {item.peak_v_m:.3g}, highest {item.highest_v_m:.3g}, mean {item.mean_v_m:.3g} V/m"
        )
    for painted in document.surfaces:
        typer.echo(
            f"  {painted.given}: peak {painted.peak_v_m:.3g}, outward {painted.outward_v_m:.3g}, inward "
            f"{painted.inward_v_m:.3g} V/m; {painted.without_value} of {painted.nodes} nodes without a value"
        )
    for said in (document.statement, *document.notes):
        typer.echo(said)
    for path in document.files:
        typer.echo(f"wrote {path}")
