"""``euthymia fields labels``: a T1 image to tissue labels, with the report by which to judge them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.fields_show import say
from euthymia.cli.options import AsJson

_ENDINGS = (".nii", ".nii.gz")


def labels(
    t1: Annotated[Path, typer.Argument(help="T1-weighted MRI of the whole head (.nii, .nii.gz), skull not stripped.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where the labels go: NAME.nii.gz; a page beside them.")
    ],
    prior: Annotated[
        Path | None,
        typer.Option("--prior", help="Six tissue maps in MNI space (SPM's TPM.nii) in place of the template's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """EXPERIMENTAL: label the tissues of a T1 image; labels of SimNIBS charm are the recommended road.

    Needs the extra imaging; about 2 minutes on 2 cores.

    Example: euthymia fields labels T1.nii.gz -o labels.nii.gz
    """
    from euthymia.core.errors import InvalidInput

    ending = next((e for e in reversed(_ENDINGS) if output.name.endswith(e)), None)
    if ending is None or output.name == ending:
        raise InvalidInput("--output", str(output), "a name that ends in .nii or .nii.gz")
    if not t1.is_file():
        raise InvalidInput("T1", str(t1), "a file that exists")
    if output.exists() and output.samefile(t1):
        raise InvalidInput("--output", str(output), "another name than that of the image", "It would be overwritten.")

    if prior is not None and not prior.is_file():
        raise InvalidInput("--prior", str(prior), "a file that exists")

    from euthymia.engines.fields.nifti import read_maps, read_volume, write_labels, write_scalar
    from euthymia.engines.fields.segment import NOTE, STATEMENT, mni_field, segment_t1
    from euthymia.engines.fields.segment_prior import prior_of_maps
    from euthymia.report.labels_document import OWN_PRIOR
    from euthymia.report.labels_page import write_labels_page

    values, affine = read_volume(t1)
    typer.secho(STATEMENT, err=True, fg=typer.colors.YELLOW)
    maps = None if prior is None else prior_of_maps(*read_maps(prior))
    found = segment_t1(values, affine, prior=maps, say=say)
    stem = output.name[: -len(ending)]
    way = output.with_name(f"{stem}_mni{ending}")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_labels(output, found.labels, note=NOTE)
        field = mni_field(found)
        write_scalar(way, 1e3 * field.values, field.affine)
    except OSError as error:
        raise InvalidInput("--output", str(output), "a place that can be written to", f"{error.strerror}.") from None
    page = output.with_name(f"{stem}.html")
    document = write_labels_page(found, t1.name, output, way, page, OWN_PRIOR if prior is None else prior.name)
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
        return
    typer.echo("  ".join(f"{t.tissue} {t.volume_ml:.0f} ml" for t in document.tissues))
    middle = {t.layer: t.p50_mm for t in document.thickness}
    typer.echo("over the vault (median): " + ", ".join(f"{n} {v:.1f} mm" for n, v in middle.items() if v is not None))
    typer.echo(document.verdict_words)
    for measure in document.measures:
        if not measure.usual:
            typer.echo(f"  {measure.title}: {measure.advice}")
    typer.echo(f"wrote {output}, {way.name} and {page.name}; look at the borders on the page, then:")
    typer.echo(f"  euthymia fields head {output} --mni {way} -o head.npz")
