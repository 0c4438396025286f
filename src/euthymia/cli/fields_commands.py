"""``euthymia fields``: mesh a head and see the field of a coil on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.fields_coils import Also, Fit, Shares, Slide
from euthymia.cli.fields_outputs import GridStep, Surfaces
from euthymia.cli.fields_robust_options import Aim, Draws, Methods, Robust
from euthymia.cli.fields_show import say
from euthymia.cli.options import AsJson, Seed

if TYPE_CHECKING:
    from euthymia.cli.fields_documents import HeadDocument
    from euthymia.cli.fields_input import FieldHead
    from euthymia.engines.fields.head_mesh import HeadMesh

app = typer.Typer(help="Electric fields: mesh a head, then place a coil and see its field.", no_args_is_help=True)

Template = Annotated[bool, typer.Option("--template", help="The template head (an average; not this patient).")]

Sigmas = Annotated[
    list[str] | None,
    typer.Option("--sigma", metavar="TAG=S/M", help="Conductivity of a tissue, e.g. 4=0.01; may be repeated."),
]
Export = Annotated[
    str | None, typer.Option("--export", help="Write the pose for localite, brainsight, ant, simnibs or navinibs.")
]
Repair = Annotated[bool, typer.Option("--repair-orientation", help="Turn inverted elements of a .msh.")]


@app.command()
def head(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the mesh goes: NAME.npz or NAME.msh.")],
    labels: Annotated[Path | None, typer.Argument(help="Tissue labels of a segmented head (.nii, .nii.gz).")] = None,
    template: Template = False,
    scheme: Annotated[
        str, typer.Option("--scheme", help="What the numbers of the labels mean: simnibs or roast.")
    ] = "simnibs",
    mni: Annotated[
        Path | None,
        typer.Option("--mni", help="Field of MNI coordinates of this head (of `fields labels`; SimNIBS Conform2MNI)."),
    ] = None,
    edge: Annotated[
        float, typer.Option("--edge-mm", help="Cell size away from grey matter and CSF; half of it there.")
    ] = 6.0,
    as_json: AsJson = False,
) -> None:
    """Mesh a head: labels to tetrahedra that share their faces, with their quality.

    Example: euthymia fields head --template -o head.npz
    """
    from euthymia.cli.fields_input import checked_output, mesh_file, mesh_template, own_head, write_head

    checked_output(output)
    say("meshing (about a minute for a whole head) …")
    if template == (labels is not None):
        from euthymia.core.errors import InvalidInput

        given = "both" if template else None
        raise InvalidInput("LABELS", given, "a label file, or --template, one of them")
    if mni is not None and (labels is None or not mni.is_file()):
        from euthymia.core.errors import InvalidInput

        raise InvalidInput("--mni", str(mni), "a file that exists, beside labels of the same head")
    if mni is not None and output.suffix == ".msh":
        from euthymia.core.errors import InvalidInput

        raise InvalidInput("--output", str(output), "a name that ends in .npz: a .msh holds no way to MNI space")
    if labels is None:
        meshed, made = mesh_template(edge / 1000)
    else:
        meshed = mesh_file(labels, scheme, edge / 1000)
        made = own_head(meshed, labels, mni)
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


@app.command()
def solve(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the page, the numbers and the mesh.")],
    coil: Annotated[str, typer.Option("--coil", help="Name of a coil, or a .ccd, .tcd or NIfTI file.")],
    head: Annotated[Path | None, typer.Option("--head", help="A mesh: .npz of `fields head`, or .msh.")] = None,
    template: Template = False,
    in_mni: Annotated[bool, typer.Option("--in-mni", help="The head lies in MNI space.")] = False,
    target: Annotated[
        str | None, typer.Option("--target", metavar="NAME|X,Y,Z", help="MNI target by name, or mm in the head.")
    ] = None,
    nearest: Annotated[
        bool, typer.Option("--nearest", help="Take the nearest grey matter when the target lies outside it.")
    ] = False,
    position: Annotated[str | None, typer.Option("--position", metavar="X,Y,Z", help="On the scalp, mm.")] = None,
    electrode: Annotated[str | None, typer.Option("--electrode", help="10-10 position, e.g. F3.")] = None,
    beam_f3: Annotated[bool, typer.Option("--beam-f3", help="Beam F3 measured on this scalp.")] = False,
    matrix: Annotated[
        Path | None, typer.Option("--matrix", help="4 x 4 as text (coil to head, mm), or a navigation export.")
    ] = None,
    pose: Annotated[str | None, typer.Option("--pose", help="Which pose of a navigation export.")] = None,
    export: Export = None,
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="X,Y,Z", help="Where the handle leaves to.")
    ] = None,
    distance: Annotated[float, typer.Option("--distance-mm", help="From the casing to the scalp (hair).")] = 4.0,
    didt: Annotated[float | None, typer.Option("--didt", help="Slope of the coil current, A/µs.")] = None,
    mso: Annotated[float | None, typer.Option("--mso", help="Output of the stimulator, %.")] = None,
    stimulator: Annotated[str | None, typer.Option("--stimulator", help="Row of the stimulator table.")] = None,
    shares: Shares = None,
    also: Also = None,
    fit: Fit = False,
    slide: Slide = 0.0,
    order: Annotated[int, typer.Option("--order", help="2 (accurate) or 1 (small).")] = 2,
    sigma: Sigmas = None,
    repair: Repair = False,
    edge: Annotated[float, typer.Option("--edge-mm", help="Cells of the template's mesh; half in the cortex.")] = 6.0,
    grid_mm: GridStep = 2.0,
    surface: Surfaces = None,
    as_json: AsJson = False,
) -> None:
    """Place a coil and compute its field: a page to turn and to cut, numbers, NIfTI, GIFTI and .msh.

    Example: euthymia fields solve --template --coil magventure_cb60 --target weigand -o field/
    """
    from euthymia.cli.fields_coils import driven, fitted, with_others
    from euthymia.cli.fields_navigation import checked_export
    from euthymia.cli.fields_outputs import wanted_files
    from euthymia.cli.fields_placing import Wanted, coil_of, exported, placed, slope_of
    from euthymia.cli.fields_show import head_of, prepared, show
    from euthymia.cli.fields_sigma import conductivities
    from euthymia.core.errors import InvalidInput

    if order not in (1, 2):
        raise InvalidInput("--order", order, "1 or 2")
    checked_export(export)
    files = wanted_files(grid_mm, surface)
    given, sigma_words = conductivities(sigma or ())
    model, geometry_words = coil_of(coil)
    model, share_words = driven(model, shares)
    slope, slope_words = slope_of(model, didt, mso, stimulator)
    found, scalp = head_of(head, template, in_mni, edge, repair)
    wanted = Wanted(target, position, electrode, beam_f3, matrix, direction, distance, nearest, pose)
    model, there = fitted(model, placed(found, scalp, model, wanted), scalp, distance / 1000, fit, slide)
    there = exported(there, export, output)
    model, more = with_others(model, there, scalp, also or [], slope)
    system = prepared(found, order, given)
    words = (slope_words, share_words, *more, geometry_words, sigma_words)
    show(found, scalp, system, model, there, slope, words, output, as_json, files)


@app.command()
def optimize(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the page, the numbers and the mesh.")],
    coil: Annotated[str, typer.Option("--coil", help="Name of a coil, or a .ccd, .tcd or NIfTI file.")],
    target: Annotated[str, typer.Option("--target", metavar="NAME|X,Y,Z", help="MNI target by name, or mm.")],
    head: Annotated[Path | None, typer.Option("--head", help="A mesh: .npz of `fields head`, or .msh.")] = None,
    template: Template = False,
    in_mni: Annotated[bool, typer.Option("--in-mni", help="The head lies in MNI space.")] = False,
    nearest: Annotated[
        bool, typer.Option("--nearest", help="Take the nearest grey matter when the target lies outside it.")
    ] = False,
    radius: Annotated[float, typer.Option("--radius-mm", help="How far along the scalp to search.")] = 20.0,
    step: Annotated[float, typer.Option("--step-mm", help="Steps of the search along the scalp.")] = 1.0,
    angle: Annotated[float, typer.Option("--angle-deg", help="Steps of the handle over half a turn.")] = 5.0,
    distance: Annotated[float, typer.Option("--distance-mm", help="From the casing to the scalp (hair).")] = 4.0,
    export: Export = None,
    robust: Robust = False,
    method: Methods = None,
    aim: Aim = "expected",
    draws: Draws = 300,
    seed: Seed = 0,
    didt: Annotated[float | None, typer.Option("--didt", help="Slope of the coil current, A/µs.")] = None,
    shares: Shares = None,
    fit: Fit = False,
    slide: Slide = 0.0,
    order: Annotated[int, typer.Option("--order", help="2 (accurate) or 1 (small).")] = 2,
    sigma: Sigmas = None,
    repair: Repair = False,
    edge: Annotated[float, typer.Option("--edge-mm", help="Cells of the template's mesh; half in the cortex.")] = 6.0,
    grid_mm: GridStep = 2.0,
    surface: Surfaces = None,
    as_json: AsJson = False,
) -> None:
    """Find the placement with the strongest field in a target, and show it as `fields solve` does.

    Example: euthymia fields optimize --template --coil magventure_cb60 --target weigand -o best/
    """
    from euthymia.cli.fields_coils import driven, fitted
    from euthymia.cli.fields_navigation import checked_export
    from euthymia.cli.fields_outputs import wanted_files
    from euthymia.cli.fields_placing import best_placed, coil_of, exported, slope_of
    from euthymia.cli.fields_robust import robust_asked, robust_placed
    from euthymia.cli.fields_show import head_of, prepared, show
    from euthymia.cli.fields_sigma import conductivities
    from euthymia.core.errors import InvalidInput

    if order not in (1, 2):
        raise InvalidInput("--order", order, "1 or 2")
    checked_export(export)
    asked = robust_asked(robust, method, aim, draws, seed)
    files = wanted_files(grid_mm, surface)
    given, sigma_words = conductivities(sigma or ())
    model, geometry_words = coil_of(coil)
    model, share_words = driven(model, shares)
    slope, slope_words = slope_of(model, didt, None, None)
    found, scalp = head_of(head, template, in_mni, edge, repair)
    system = prepared(found, order, given)
    say("searching …")
    search = (radius / 1000, step / 1000, angle)
    if asked is None:
        there = best_placed(found, scalp, system, model, target, nearest, search, distance / 1000, slope)
    else:
        there = robust_placed(
            found, scalp, system, model, target, nearest, search, distance / 1000, slope, asked, output
        )  # fmt: skip
    model, there = fitted(model, there, scalp, distance / 1000, fit, slide)
    there = exported(there, export, output)
    words = (slope_words, share_words, geometry_words, sigma_words)
    show(found, scalp, system, model, there, slope, words, output, as_json, files)
