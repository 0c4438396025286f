"""``euthymia fields compare``: every target and rule on one head, compared by the field that a coil there makes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.fields_commands import Repair, Sigmas
from euthymia.cli.fields_show import say
from euthymia.cli.options import AsJson, Seed

if TYPE_CHECKING:
    from euthymia.report.sites_document import SitesDocument


def compare(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the page, the table and the JSON.")],
    coil: Annotated[str, typer.Option("--coil", help="Name of a coil, or a .ccd, .tcd or NIfTI file.")],
    head: Annotated[Path | None, typer.Option("--head", help="A mesh: .npz of `fields head`, or .msh.")] = None,
    template: Annotated[
        bool, typer.Option("--template", help="The template head (an average; not this patient).")
    ] = False,
    in_mni: Annotated[bool, typer.Option("--in-mni", help="The head lies in MNI space.")] = False,
    goal: Annotated[
        str, typer.Option("--goal", metavar="NAME|X,Y,Z", help="Where all sites are compared: MNI target, or mm.")
    ] = "weigand",
    targets: Annotated[
        list[str] | None, typer.Option("--target", metavar="NAME", help="MNI targets (repeatable); all when left out.")
    ] = None,
    point: Annotated[
        list[str] | None, typer.Option("--point", metavar="X,Y,Z", help="A point of your own, mm in the head.")
    ] = None,
    electrode: Annotated[
        list[str] | None, typer.Option("--electrode", help="10-10 positions (repeatable); AF3, F5, FC3 otherwise.")
    ] = None,
    fmri: Annotated[
        Path | None, typer.Option("--fmri", help="NIfTI map (MNI) of correlation with the subgenual seed.")
    ] = None,
    grey_matter: Annotated[
        Path | None, typer.Option("--grey-matter", help="NIfTI grey matter on the grid of the map.")
    ] = None,
    fiducials: Annotated[
        Path | None, typer.Option("--fiducials", help="CSV name,x,y,z (mm) marked on the head, with hand_spot.")
    ] = None,
    side: Annotated[str, typer.Option("--side", help="Side of the scalp rules: left or right.")] = "left",
    method: Annotated[
        str | None, typer.Option("--method", help="Placement error for all sites: navigated, cap_marks, beam_f3 …")
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="X,Y,Z", help="Where the handle leaves to.")
    ] = None,
    distance: Annotated[float, typer.Option("--distance-mm", help="From the casing to the scalp (hair).")] = 4.0,
    didt: Annotated[float | None, typer.Option("--didt", help="Slope of the coil current, A/µs.")] = None,
    mso: Annotated[float | None, typer.Option("--mso", help="Output of the stimulator, %.")] = None,
    stimulator: Annotated[str | None, typer.Option("--stimulator", help="Row of the stimulator table.")] = None,
    order: Annotated[
        int, typer.Option("--order", help="1 (linear elements with recovery) or 2 (more exact, several times longer).")
    ] = 1,
    sigma: Sigmas = None,
    repair: Repair = False,
    edge: Annotated[float, typer.Option("--edge-mm", help="Cells of the template's mesh; half in the cortex.")] = 6.0,
    draws: Annotated[int, typer.Option("--draws", help="Draws of placement and conductivities.")] = 300,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Compare scalp rules, EEG positions, MNI targets and your own points by the field a coil there makes.

    Example: euthymia fields compare --template --coil magventure_cb60 --goal weigand -o sites/
    """
    from euthymia.cli.fields_placing import coil_of, slope_of
    from euthymia.cli.fields_show import head_of, prepared
    from euthymia.cli.fields_sigma import conductivities
    from euthymia.cli.fields_sites import Asked, compared
    from euthymia.core.errors import InvalidInput
    from euthymia.report.sites_page import write_sites

    if order not in (1, 2):
        raise InvalidInput("--order", order, "1 or 2")
    if side not in ("left", "right"):
        raise InvalidInput("--side", side, "left or right")
    if draws < 20:
        raise InvalidInput("--draws", draws, "20 or more", "300 give the ends of an interval to about a tenth.")
    given, sigma_words = conductivities(sigma or ())
    model, geometry_words = coil_of(coil)
    slope, slope_words = slope_of(model, didt, mso, stimulator)
    found, scalp = head_of(head, template, in_mni, edge, repair)
    asked = Asked(
        goal, tuple(targets or ()), tuple(point or ()), tuple(electrode or ()), fmri, grey_matter, fiducials,
        side, method, direction, distance / 1000, draws, seed,
    )  # fmt: skip
    words = tuple(said for said in (slope_words, geometry_words, sigma_words) if said)
    result = compared(found, scalp, model, slope, lambda: prepared(found, order, given), asked, words)
    say("drawing …")
    document = write_sites(result, output)
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
        return
    _print(document)


def _print(document: SitesDocument) -> None:
    typer.echo(f"{document.coil} on {document.head}, {document.slope_a_us:g} A/µs; goal: {document.goal}")
    typer.echo(" no  site                                              V/m in goal (90 %)    own   peak  cm²  mm off")
    for row in document.sites:
        low, high = row.goal_interval_v_m
        typer.echo(
            f"{row.number:>3}  {row.title[:46]:<46} {row.goal_v_m:>7.3g} ({low:.3g} to {high:.3g}) "
            f"{row.own_v_m:>7.3g} {row.peak_v_m:>6.3g} {row.half_area_cm2:>5.1f} {row.from_goal_site_mm:>5.0f}"
        )
        for words in row.warnings:
            typer.echo(f"       {words}")
    typer.echo(
        "own: mean in the site's own target; cm²: brain surface with at least half of the peak; mm off: straight from "
        "the site over the goal."
    )
    for said in (document.statement, document.assumption, *document.notes, document.connectivity_effect):
        typer.echo(said)
    for path in document.files:
        typer.echo(f"wrote {path}")
