"""``euthymia fields``: mesh a head and see the field of a coil on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson

if TYPE_CHECKING:
    from euthymia.cli.fields_documents import HeadDocument
    from euthymia.cli.fields_input import FieldHead
    from euthymia.engines.fields.head_mesh import HeadMesh

app = typer.Typer(help="Electric fields: mesh a head, then place a coil and see its field.", no_args_is_help=True)

Template = Annotated[bool, typer.Option("--template", help="The template head (an average; not this patient).")]


def say(text: str) -> None:
    """Progress, on standard error."""
    typer.secho(text, err=True, fg=typer.colors.BRIGHT_BLACK)


@app.command()
def head(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the mesh goes: NAME.npz or NAME.msh.")],
    labels: Annotated[Path | None, typer.Argument(help="Tissue labels of a segmented head (.nii, .nii.gz).")] = None,
    template: Template = False,
    scheme: Annotated[
        str, typer.Option("--scheme", help="What the numbers of the labels mean: simnibs or roast.")
    ] = "simnibs",
    edge: Annotated[
        float, typer.Option("--edge-mm", help="Cell size away from grey matter and CSF; half of it there.")
    ] = 4.0,
    as_json: AsJson = False,
) -> None:
    """Mesh a head: labels to tetrahedra that share their faces, with their quality.

    Example: euthymia fields head --template -o head.npz
    """
    from euthymia.cli.fields_input import OWN_HEAD, FieldHead, checked_output, mesh_file, mesh_template, write_head

    checked_output(output)
    say("meshing (about a minute for a whole head) …")
    if template == (labels is not None):
        from euthymia.core.errors import InvalidInput

        given = "both" if template else None
        raise InvalidInput("LABELS", given, "a label file, or --template, one of them")
    if labels is None:
        meshed, made = mesh_template(edge / 1000)
    else:
        meshed = mesh_file(labels, scheme, edge / 1000)
        made = FieldHead(meshed.mesh, labels.name, OWN_HEAD, None)
    write_head(made, output)
    document = _head_document(meshed, made, output)
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
        return
    typer.echo(f"{document.name}: {document.nodes} nodes, {document.elements} tetrahedra, {document.parts} part(s)")
    typer.echo(
        f"  edges {document.edge_mean_mm:.2f} mm (mean; {document.edge_shortest_mm:.2f} to "
        f"{document.edge_longest_mm:.2f}), dihedral angles {document.smallest_dihedral_deg:.1f} to "
        f"{document.largest_dihedral_deg:.1f}°, worst radius ratio {document.worst_radius_ratio:.3f}"
    )
    for item in document.tissues:
        typer.echo(
            f"  tissue {item.tag}: {item.labels_ml:.1f} ml in the labels, mesh {item.mesh_error_pct:+.2f} %, "
            f"{item.elements} elements"
        )
    typer.echo(document.statement)
    typer.echo(f"wrote {document.file}")


def _head_document(meshed: HeadMesh, made: FieldHead, output: Path) -> HeadDocument:
    from euthymia.cli.fields_documents import HeadDocument, TissueItem

    shape = meshed.quality
    counts = dict(shape.tets_by_tissue)
    return HeadDocument(
        name=made.name,
        statement=made.statement,
        nodes=shape.nodes,
        elements=shape.tets,
        edge_mean_mm=1000 * shape.edge_mean_m,
        edge_shortest_mm=1000 * shape.edge_shortest_m,
        edge_longest_mm=1000 * shape.edge_longest_m,
        smallest_dihedral_deg=shape.smallest_dihedral_deg,
        largest_dihedral_deg=shape.largest_dihedral_deg,
        worst_radius_ratio=shape.radius_ratio_worst,
        parts=shape.components,
        tissues=[
            TissueItem(
                tag=tag, labels_ml=1e6 * volume, mesh_error_pct=100 * meshed.volume_error[tag],
                elements=counts.get(tag, 0),
            )
            for tag, volume in sorted(meshed.label_volume_m3.items())
            if tag in meshed.volume_error
        ],
        file=str(output),
    )  # fmt: skip
