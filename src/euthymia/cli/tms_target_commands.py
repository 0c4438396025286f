"""``euthymia tms beam-f3`` and ``euthymia tms targets``: where the coil goes, and how far the sources agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from euthymia.cli.options import AsJson

if TYPE_CHECKING:
    from euthymia.cli.tms_target_documents import BeamDocument, BeamSite, FmriItem, TargetsDocument
    from euthymia.engines.fields.beam_f3 import BeamF3, BeamSpread
    from euthymia.engines.fields.fmri_target import FmriTarget
    from euthymia.engines.fields.target_table import TargetTable
    from euthymia.engines.fields.targets import Target

Folder = Annotated[Path | None, typer.Option("-o", "--output", help="Folder for the page and the drawing.")]


def beam_f3(
    tragus: Annotated[float, typer.Option("--tt", metavar="CM", help="Tragus to tragus over the vertex.")],
    nasion_inion: Annotated[float, typer.Option("--ni", metavar="CM", help="Nasion to inion over the vertex.")],
    circumference: Annotated[float, typer.Option("--cf", metavar="CM", help="Circumference at FPz and Oz.")],
    variant: Annotated[
        str, typer.Option("--variant", help="Which formula; the others are shown beside it.")
    ] = "website",
    side: Annotated[str, typer.Option("--side", help="left (F3) or right (F4).")] = "left",
    output: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Find F3 from three tape measures; the formula is named, and so is how far the others lie.

    Example: euthymia tms beam-f3 --tt 36 --ni 36 --cf 57
    """
    from euthymia.engines.fields.beam_f3 import beam_spread, reading_error_cm
    from euthymia.report.targeting import beam_steps, write_beam_sheet

    treated = _side(side)
    spread = beam_spread(tragus, nasion_inion, circumference, variant)
    files = write_beam_sheet(spread, output, treated) if output is not None else ()
    if as_json:
        typer.echo(_beam_document(spread, treated, [str(f) for f in files]).model_dump_json(indent=2))
        return
    chosen, head, name = spread.chosen, spread.head, "F3" if treated == "left" else "F4"
    typer.echo(f"{name} by {chosen.variant.title.lower()}: X {chosen.x_cm:.2f} cm, Y {chosen.y_cm:.2f} cm")
    typer.echo(
        f"  head: tragus to tragus {head.tragus_cm:g}, nasion to inion {head.nasion_inion_cm:g}, "
        f"circumference {head.circumference_cm:g} cm"
    )
    for number, step in enumerate(beam_steps(spread, treated), start=1):
        typer.echo(f"  {number}. {step}")
    typer.echo(f"Other formulas (up to {spread.farthest_pair[2]:.1f} cm apart on the scalp):")
    for site in (*spread.usable, *spread.unusable):
        if site is not chosen:
            mark = "" if site.variant.usable else ", NOT USABLE: " + site.variant.note
            typer.echo(f"  {site.variant.variant}: X {site.x_cm:.2f}, Y {site.y_cm:.2f} cm{mark}")
    moved = 10 * reading_error_cm(spread, 0.5)
    typer.echo(f"  misreading each length by half a centimeter moves the site by at most {moved:.1f} mm (computed)")
    for words in _errors(treated):
        typer.echo(f"  {words}")
    typer.echo(f"Source: {chosen.variant.cite()}")
    for path in files:
        typer.echo(f"wrote {path}")


def targets(
    point: Annotated[
        list[str] | None, typer.Option("--point", metavar="X,Y,Z", help="A point of your own, MNI mm (repeatable).")
    ] = None,
    fmri: Annotated[
        Path | None, typer.Option("--fmri", help="NIfTI map (MNI) of correlation with the subgenual seed.")
    ] = None,
    grey_matter: Annotated[
        Path | None, typer.Option("--grey-matter", help="NIfTI grey matter on the grid of the map.")
    ] = None,
    head: Annotated[Path | None, typer.Option("--head", help="A mesh (.npz, .msh): compare everything on it.")] = None,
    fiducials: Annotated[
        Path | None,
        typer.Option("--fiducials", help="CSV name,x,y,z (mm) marked on the head, with hand_spot if known."),
    ] = None,
    in_mni: Annotated[bool, typer.Option("--in-mni", help="The head lies in MNI space.")] = False,
    output: Folder = None,
    as_json: AsJson = False,
) -> None:
    """List the published targets with their provenance, beside your own points and a connectivity map's site.

    Example: euthymia tms targets --point -40,40,30 -o targets/
    """
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.fields.target_table import compare_targets
    from euthymia.engines.fields.targets import mni_targets
    from euthymia.report.targeting import mapped_targets, nearest_words, write_targets

    found = _personal(fmri, grey_matter)
    own = [_own(text, number) for number, text in enumerate(point or (), start=1)]
    listed = [*mni_targets(), *own, *([found.target] if found else [])]
    if head is not None:
        from euthymia.cli.tms_head_input import on_head

        table = on_head(head, fiducials, in_mni, listed).table
    elif fiducials is not None or in_mni:
        raise InvalidInput("--head", None, "a head mesh, with --fiducials or --in-mni", "Give --head HEAD.msh as well.")
    else:
        table = compare_targets(listed)
    files = write_targets(table, output) if output is not None else ()
    document = _targets_document(table, found, [str(f) for f in files])
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
        return
    for mapped, row in zip(mapped_targets(table), table.rows, strict=True):
        place = " ".join(f"{v:g}" for v in mapped.point_mm)
        source = row.target.source
        state = f"{source.text} ({source.verification.value})" if source else "no source"
        depth = (
            "" if not row.depth_m or row.target.kind == "scalp" else f", {1000 * row.depth_m:.0f} mm below the scalp"
        )
        typer.echo(
            f"{mapped.number:>2} {mapped.title}: {place} mm, {row.target.kind}{depth}; {nearest_words(table, row)}"
        )
        typer.echo(f"   {state}{'; ' + row.target.note if row.target.note else ''}")
    typer.echo(table.assumption)
    if document.fmri is not None:
        _print_fmri(document.fmri)
    typer.echo(document.connectivity_effect)
    for path in files:
        typer.echo(f"wrote {path}")


def _side(text: str) -> Literal["left", "right"]:
    from euthymia.core.errors import InvalidInput

    known: dict[str, Literal["left", "right"]] = {"left": "left", "right": "right"}
    if text in known:
        return known[text]
    raise InvalidInput("--side", text, "left or right")


def _own(text: str, number: int) -> Target:
    from dataclasses import replace

    from euthymia.core.errors import InvalidInput
    from euthymia.engines.fields.targets import user_target

    try:
        x, y, z = (float(part) / 1000 for part in text.replace(",", " ").split())
    except ValueError:
        raise InvalidInput("--point", text, "three numbers, MNI mm", "E.g. --point -40,40,30.") from None
    return replace(user_target(f"Own point {number}", (x, y, z), space="mni"), code=f"user_{number}")


def _personal(fmri: Path | None, grey_matter: Path | None) -> FmriTarget | None:
    from euthymia.core.errors import InvalidInput

    if fmri is None:
        if grey_matter is not None:
            raise InvalidInput("--grey-matter", str(grey_matter), "together with --fmri", "Give the map as well.")
        return None
    from euthymia.engines.fields.fmri_map import read_map
    from euthymia.engines.fields.fmri_target import fmri_target

    connectivity, grey = read_map(fmri, grey_matter)
    return fmri_target(connectivity, grey_matter=grey)


def _print_fmri(item: FmriItem) -> None:
    cut = "cut to grey matter" if item.masked_by_grey_matter else "NOT cut to grey matter: the site may lie outside it"
    typer.echo(
        f"Personal target: lowest value {item.peak_value:.3f}, cluster {item.cluster_ml:.2f} ml, peak "
        f"{item.peak_to_cluster_mm:.1f} mm from its center, second best cluster {100 * item.rivals:.0f} % as strong; "
        f"{cut}."
    )


def _errors(side: Literal["left", "right"]) -> list[str]:
    from euthymia.engines.fields.targets import placement_errors

    if side == "right":
        return ["no source that was read measured the error of F4 on the right side"]
    return [f"{row.statement} ({row.source}; {row.verification.value})" for row in placement_errors("beam_f3")]


def _beam_document(spread: BeamSpread, side: Literal["left", "right"], files: list[str]) -> BeamDocument:
    from euthymia.cli.tms_target_documents import BeamDocument
    from euthymia.report.targeting import beam_steps

    return BeamDocument(
        side=side,
        tragus_cm=spread.head.tragus_cm,
        nasion_inion_cm=spread.head.nasion_inion_cm,
        circumference_cm=spread.head.circumference_cm,
        used=_site(spread.chosen),
        others=[_site(site) for site in (*spread.usable, *spread.unusable) if site is not spread.chosen],
        farthest_apart_cm=spread.farthest_pair[2],
        steps=list(beam_steps(spread, side)),
        errors=_errors(side),
        files=files,
    )


def _site(site: BeamF3) -> BeamSite:
    from euthymia.cli.documents import source_doc
    from euthymia.cli.tms_target_documents import BeamSite

    row = site.variant
    return BeamSite(
        variant=row.variant, title=row.title, usable=row.usable, x_cm=site.x_cm, y_cm=site.y_cm, note=row.note,
        source=source_doc(row.cite()),
    )  # fmt: skip


def _targets_document(table: TargetTable, found: FmriTarget | None, files: list[str]) -> TargetsDocument:
    from euthymia.cli.documents import source_doc
    from euthymia.cli.tms_target_documents import FmriItem, PairItem, TargetItem, TargetsDocument
    from euthymia.engines.fields.targets import connectivity_statement, placement_errors
    from euthymia.report.targeting import mapped_targets

    numbers = {row.target.code: number for number, row in enumerate(table.rows, start=1)}
    items = []
    for mapped, row in zip(mapped_targets(table), table.rows, strict=True):
        x, y, z = mapped.point_mm
        source = None if row.target.source is None else source_doc(row.target.source)
        items.append(
            TargetItem(
                number=mapped.number, code=row.target.code, title=mapped.title, kind=row.target.kind,
                space=table.space, x_mm=x, y_mm=y, z_mm=z, depth_mm=_mm(row.depth_m),
                off_cortex_mm=_mm(row.off_cortex_m), note=row.target.note, source=source,
            )
        )  # fmt: skip
    firmness = None
    if found is not None:
        firmness = FmriItem(
            peak_mm=[1000 * float(v) for v in found.peak],
            cluster_mm=[1000 * float(v) for v in found.cluster],
            peak_value=found.peak_value,
            cluster_ml=1e6 * found.cluster_volume_m3,
            peak_to_cluster_mm=1000 * found.peak_to_cluster_m,
            rivals=found.rivals,
            masked_by_grey_matter=found.masked_by_grey_matter,
        )
    return TargetsDocument(
        assumption=table.assumption,
        targets=items,
        pairs=[
            PairItem(
                one=numbers[p.one], other=numbers[p.other], distance_mm=_mm(p.between_m), on_scalp_mm=_mm(p.on_scalp_m)
            )
            for p in table.pairs
            if p.between_m is not None or p.on_scalp_m is not None
        ],
        fmri=firmness,
        connectivity_effect=connectivity_statement().statement,
        errors=[f"{row.statement} ({row.source}; {row.verification.value})" for row in placement_errors()],
        files=files,
    )


def _mm(length_m: float | None) -> float | None:
    return None if length_m is None else 1000 * length_m
