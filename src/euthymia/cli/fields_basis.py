"""``euthymia fields basis``: solve a head once, so that the field of any placement of any coil is there at once."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.fields_show import say
from euthymia.cli.options import AsJson, Seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from euthymia.cli.fields_basis_documents import BasisDocument
    from euthymia.engines.fields.basis_file import HeadBasis

SOLVED = {1: 700, 2: 400}
"""By order: linear elements answer the gauge of a potential by their error, which takes patterns of its own."""


def basis(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the basis goes: NAME.basis.npz.")],
    head: Annotated[Path | None, typer.Option("--head", help="A mesh: .npz of `fields head`, or .msh.")] = None,
    template: Annotated[bool, typer.Option("--template", help="The template head (not this patient).")] = False,
    in_mni: Annotated[bool, typer.Option("--in-mni", help="The head lies in MNI space.")] = False,
    points: Annotated[int, typer.Option("--points", help="Points of the cortex, at most.")] = 20_484,
    solved: Annotated[
        int | None, typer.Option("--solved", help="Solutions: more are more accurate. 700, or 400 of order 2.")
    ] = None,
    kept: Annotated[int, typer.Option("--kept", help="Modes that are kept: more are slower to use.")] = 600,
    check: Annotated[int, typer.Option("--check", help="Random placements that are solved directly.")] = 18,
    seed: Seed = 1,
    order: Annotated[int, typer.Option("--order", help="2 (accurate) or 1 (small).")] = 2,
    edge: Annotated[float, typer.Option("--edge-mm", help="Cells of the template’s mesh; half in the cortex.")] = 9.0,
    as_json: AsJson = False,
) -> None:
    """Solve a head once for every placement of every coil; `fields place` then shows a field at once.

    Held-out placements of the packaged coils are solved directly, and the errors against them are kept in the file.

    Example: euthymia fields basis --template -o template.basis.npz
    """
    from time import perf_counter

    import numpy as np

    from euthymia.cli.fields_basis_documents import basis_document
    from euthymia.cli.fields_show import head_of, prepared
    from euthymia.core.errors import InvalidInput
    from euthymia.engines.fields.basis_check import measured_errors, random_placements
    from euthymia.engines.fields.basis_file import HeadBasis, write_basis
    from euthymia.engines.fields.basis_solves import solves
    from euthymia.engines.fields.cortex_points import cortical_points
    from euthymia.engines.fields.reduced_basis import BasisSettings, build_basis, reached, sources_over

    if order not in (1, 2):
        raise InvalidInput("--order", order, "1 or 2")
    if output.suffix != ".npz":
        raise InvalidInput("--output", str(output), "a name that ends in .npz", "E.g. -o head.basis.npz")
    solved = SOLVED[order] if solved is None else solved
    if min(solved, points, kept) < 1:
        raise InvalidInput("--solved, --kept, --points", (solved, kept, points), "at least 1 each")
    if check < 1:
        raise InvalidInput("--check", check, "at least 1", "A basis is not written without a measured error.")
    how = BasisSettings(solved=solved, kept=min(kept, solved), coils=6 * solved)
    found, scalp = head_of(head, template, in_mni, edge)
    where = cortical_points(found.mesh, points)
    began = perf_counter()
    system = prepared(found, order)
    say("sorting nodes and assembling loads …")
    work = solves(system, where, sources_over(system, where, scalp.surface, how))
    say("finding the patterns of random coils …")
    with _bar("solving", solved) as step:
        made = build_basis(system, where, scalp.surface, how, step, work)
    seconds = perf_counter() - began
    placed = random_placements(scalp, reached(scalp.surface, made.points), check, seed=seed)
    with _bar("checking", check) as step:
        whole, hot = measured_errors(made, work, placed, progress=step)
    plain = found.mni is not None and found.mni.to_mni_field is None
    held = HeadBasis(
        made, scalp.surface, found.name, found.statement, order, whole, hot, seconds,
        _most_memory_mb(),
        np.asarray(found.mni.affine) if plain and found.mni is not None else None,
        found.mni.quality if plain and found.mni is not None else "",
    )  # fmt: skip
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_basis(output, held)
    except OSError as error:
        raise InvalidInput("--output", str(output), "a place that can be written to", f"{error.strerror}.") from None
    document = basis_document(held, str(output), solved, [one.coil for one in placed])
    if as_json:
        typer.echo(document.model_dump_json(indent=2))
    else:
        _print(document, held)


def _most_memory_mb() -> float:
    """Most memory this process has held; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    from sys import platform

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if platform == "darwin" else 1024)


def _print(document: BasisDocument, held: HeadBasis) -> None:
    typer.echo(f"{document.head}: {document.points} points of the cortex, {document.modes} modes, order {held.order}")
    size = f"{document.size_mb:.0f} MB to keep"
    typer.echo(f"  built in {document.seconds:.0f} s with {document.memory_mb:.0f} MB; {size}")
    typer.echo(
        f"  error on {document.checked} held-out placements: mean {document.mean_error_pct:.2f} %, worst "
        f"{document.worst_error_pct:.2f} %; above half of the peak, worst {document.worst_hot_pct:.2f} %"
    )
    for item in document.coils:
        typer.echo(f"    {item.coil}: worst of {item.placements} {item.worst_error_pct:.2f} %")
    typer.echo(f"  for conductors at least {document.least_mm:.1f} mm from the scalp")
    typer.echo("The error is against direct solutions on the same mesh; that of the mesh itself is not in it.")
    typer.echo(document.statement)
    typer.echo(f"wrote {document.file}")


@contextmanager
def _bar(title: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left, on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=total)
        yield lambda done, wanted: shown.update(task, completed=done, total=wanted)
