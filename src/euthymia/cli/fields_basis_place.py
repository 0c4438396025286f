"""``euthymia fields place``: the field of a placement at once, from a basis that was built for the head."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson

if TYPE_CHECKING:
    from euthymia.cli.fields_basis_documents import PlaceDocument
    from euthymia.engines.fields.basis_file import HeadBasis
    from euthymia.engines.fields.coil_model import CoilModel
    from euthymia.engines.fields.coil_pose import CoilPose
    from euthymia.engines.fields.mesh import FloatArray
    from euthymia.engines.fields.scalp_placement import Scalp

TARGET_RADIUS_M = 0.005
PEAK_SHARE = 0.999


def place(
    basis: Annotated[Path, typer.Option("--basis", help="What `fields basis` wrote.")],
    coil: Annotated[str, typer.Option("--coil", help="Name of a coil, or a .ccd, .tcd or NIfTI file.")],
    target: Annotated[
        str | None, typer.Option("--target", metavar="NAME|X,Y,Z", help="MNI target by name, or mm in the head.")
    ] = None,
    position: Annotated[str | None, typer.Option("--position", metavar="X,Y,Z", help="On the scalp, mm.")] = None,
    matrix: Annotated[Path | None, typer.Option("--matrix", help="Text file, 4 x 4, coil to head, mm.")] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="X,Y,Z", help="Where the handle leaves to.")
    ] = None,
    distance: Annotated[float, typer.Option("--distance-mm", help="From the casing to the scalp (hair).")] = 4.0,
    didt: Annotated[float | None, typer.Option("--didt", help="Slope of the coil current, A/µs.")] = None,
    mso: Annotated[float | None, typer.Option("--mso", help="Output of the stimulator, %.")] = None,
    stimulator: Annotated[str | None, typer.Option("--stimulator", help="Row of the stimulator table.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="CSV of the field at every point.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the field of a coil at once: numbers, and a CSV of the whole cortex, with the measured error of the basis.

    Example: euthymia fields place --basis template.basis.npz --coil magventure_cb60 --target weigand
    """
    from time import perf_counter

    import numpy as np

    from euthymia.cli.fields_basis_documents import PlaceDocument
    from euthymia.cli.fields_placing import coil_of, slope_of
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.fields.basis_file import read_basis
    from euthymia.engines.fields.basis_limits import refuse_near
    from euthymia.engines.fields.scalp_placement import Scalp
    from euthymia.engines.fields.vector_potential import total_dA_dt

    if output is not None and output.suffix != ".csv":
        raise InvalidInput("--output", str(output), "a name that ends in .csv")
    model, geometry_words = coil_of(coil)
    slope, slope_words = slope_of(model, didt, mso, stimulator)
    held = read_basis(basis)
    scalp = Scalp.of(held.scalp)
    title, aimed = _aim(held, target)
    pose, notes = _pose(held, scalp, model, aimed, position, matrix, direction, distance)
    fired = model.excitations(pose, [slope] * len(model.drives))
    least = min(refuse_near(held.basis, one.source, scalp) for one in fired)
    began = perf_counter()
    field = held.basis.field(total_dA_dt(fired, held.basis.control))[:, :, 0].astype(np.float64)
    spent = perf_counter() - began
    strength, points = np.linalg.norm(field, axis=1), held.basis.points
    near = np.empty(0, dtype=np.int64)
    if aimed is not None:
        near = np.flatnonzero(np.linalg.norm(points - aimed, axis=1) <= TARGET_RADIUS_M)
        if not near.size:
            notes.append(f"No point of the basis lies within {1000 * TARGET_RADIUS_M:g} mm of the target.")
    if output is not None:
        _write(output, points, field)
    document = PlaceDocument(
        head=held.name,
        statement=held.statement,
        notes=[said for said in (*notes, slope_words, geometry_words) if said],
        coil=model.name,
        slope_a_us=slope / 1e6,
        pose_mm=pose.in_mm().tolist(),
        conductor_mm=1000 * least if np.isfinite(least) else None,
        points=points.shape[0],
        peak_v_m=float(np.quantile(strength, PEAK_SHARE)),
        highest_v_m=float(strength.max()),
        highest_at_mm=[round(1000 * float(v), 2) for v in points[int(strength.argmax())]],
        target=title,
        target_mm=None if aimed is None else [round(1000 * float(v), 2) for v in aimed],
        target_v_m=float(strength[near].mean()) if near.size else None,
        target_points=int(near.size),
        worst_error_pct=100 * float(held.errors.max()),
        mean_error_pct=100 * float(held.errors.mean()),
        checked=int(held.errors.size),
        milliseconds=1000 * spent,
        files=[] if output is None else [str(output)],
    )
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
    else:
        _print(document)


def _print(document: PlaceDocument) -> None:
    place = ", ".join(f"{v:.0f}" for v in document.highest_at_mm)
    typer.echo(f"{document.coil} on {document.head}, {document.slope_a_us:g} A/µs")
    typer.echo(f"  peak of {document.points} points of the cortex: {document.peak_v_m:.3g} V/m (99.9 % lie below)")
    typer.echo(f"  highest: {document.highest_v_m:.3g} V/m at {place} mm")
    if document.target_v_m is not None:
        words = f"mean of {document.target_points} points within 5 mm"
        typer.echo(f"  {document.target}: {document.target_v_m:.3g} V/m ({words})")
    typer.echo(
        f"  {document.milliseconds:.0f} ms; this basis was off by {document.mean_error_pct:.1f} % (mean) and at most "
        f"{document.worst_error_pct:.1f} % in {document.checked} held-out placements"
    )
    for said in (document.statement, *document.notes):
        typer.echo(said)
    for path in document.files:
        typer.echo(f"wrote {path}")


def _aim(held: HeadBasis, text: str | None) -> tuple[str | None, FloatArray | None]:
    """Title and point of a target, m."""
    from euthymia.cli.fields_input import triple
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.fields.frames import MniTransform
    from euthymia.engines.fields.targets import mni_target

    if text is None:
        return None, None
    if text[:1] in "-+.0123456789":
        return f"point {text} mm", triple("--target", text)
    found = mni_target(text)
    if held.mni is None:
        raise InvalidInput("--target", text, "x,y,z in mm: nothing maps this basis to MNI space", "Give the numbers.")
    return found.title, MniTransform(held.mni, quality=held.mni_quality).to_head(found.point[None])[0]


def _pose(
    held: HeadBasis,
    scalp: Scalp,
    coil: CoilModel,
    aimed: FloatArray | None,
    position: str | None,
    matrix: Path | None,
    direction: str | None,
    distance_mm: float,
) -> tuple[CoilPose, list[str]]:
    """Pose on the scalp of the basis, and what has to be said."""
    from euthymia.cli.fields_input import triple
    from euthymia.cli.fields_navigation import read_pose
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.fields.collision import casing_shape, room
    from euthymia.engines.fields.over_target import points_over
    from euthymia.engines.fields.scalp_placement import place as placed_on

    if position is not None and matrix is not None:
        raise InvalidInput("--position", "several places", "one of --position and --matrix")
    if matrix is not None:
        pose, assumed = read_pose(matrix, None)
        left = room(casing_shape(coil), pose, scalp.distance)
        if left < 0:
            raise InvalidInput(
                "--matrix", f"the coil reaches {-left * 1000:.1f} mm into the head", "a pose outside the head",
                "Move it out along its axis, or give --position and --direction and let it be placed.",
            )  # fmt: skip
        return pose, list(assumed)
    if position is not None:
        center = triple("--position", position)
    elif aimed is not None:
        center = points_over(scalp.surface, aimed[None])[0]
    else:
        raise InvalidInput("--target", None, "a target, --position x,y,z or --matrix FILE", "E.g. --target -42,44,30.")
    notes = []
    if direction is None:
        handle = triple("--direction", f"{-1000 if center[0] <= 0 else 1000},-1000,0")
        notes.append("Handle towards the back and the side at 45° (nothing else was asked for).")
    else:
        handle = triple("--direction", direction)
    found = placed_on(scalp, casing_shape(coil), center, handle, distance_m=distance_mm / 1000)
    notes.append(f"The casing keeps {distance_mm:g} mm from the scalp (hair).")
    return found.pose, notes


def _write(path: Path, points: FloatArray, field: FloatArray) -> None:
    import numpy as np

    from euthymia.core.errors import InvalidInput

    table = np.hstack([1000 * points, field, np.linalg.norm(field, axis=1)[:, None]])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        header = "x_mm,y_mm,z_mm,ex_v_m,ey_v_m,ez_v_m,strength_v_m"
        np.savetxt(path, table, fmt=["%.3f"] * 3 + ["%.5g"] * 4, delimiter=",", header=header, comments="")
    except OSError as error:
        raise InvalidInput("--output", str(path), "a place that can be written to", f"{error.strerror}.") from None
