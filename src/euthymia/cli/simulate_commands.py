"""``euthymia simulate``: what one prescription would do, with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson, CaseFile, Seed, load, warn_unread

if TYPE_CHECKING:
    from euthymia.therapies.contract import Prescription, Screening


def simulate(
    therapy: Annotated[str, typer.Argument(help="Therapy, as `euthymia therapies` lists it.")],
    case: CaseFile,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder for the figures and tables.")] = None,
    form: Annotated[str | None, typer.Option("--form", help="Form of the therapy, e.g. esketamine_nasal.")] = None,
    protocol: Annotated[str | None, typer.Option("--protocol", help="One of the proposed protocols.")] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Simulate: what the best proposal of a therapy would do for this case, with its figures.

    Example: euthymia simulate ketamine case.yaml -o simulation/
    """
    from euthymia.report.simulation import simulation_document, write_simulation
    from euthymia.therapies.registry import therapy as registered

    chosen = registered(therapy)
    report = load(case)
    warn_unread(report)
    prescription = one_proposal(chosen.propose(report.case), therapy, form, protocol)
    found = chosen.simulate(report.case, prescription, seed=seed)
    files = write_simulation(report.case, prescription, found, output) if output is not None else ()
    if as_json:
        typer.echo(simulation_document(report.case, prescription, found).model_dump_json(indent=2))
        return
    typer.echo(prescription.title)
    _law(chosen.screen(report.case), prescription.form)
    for curve in found.curves:
        at, value = curve.peak
        index = curve.times.index(at)
        words = f"{value:.3g} {curve.unit} at {at:.3g} {curve.time_unit}"
        band = f" ({'band' if curve.band else '5-95 %'}: {curve.low[index]:.3g} to {curve.high[index]:.3g})"
        typer.echo(f"  {curve.title}: median highest {words}{band if curve.low[index] < curve.high[index] else ''}")
    for reason in found.physics:
        typer.echo(f"  {reason.statement}")
    for path in files:
        typer.echo(f"wrote {path}")


def _law(screening: Screening, form: str) -> None:
    """Say the legal standing before anything else where it is narrow or not known."""
    from euthymia.therapies.contract import Legality

    own = next((s for s in screening.forms if s.form == form), screening)
    if own.legality in (Legality.RESTRICTED, Legality.INVESTIGATIONAL, Legality.UNKNOWN, Legality.OFF_LABEL):
        said = [r.statement for r in own.reasons if r.code.startswith("legality")]
        typer.echo(f"  {said[0] if said else f'Legal status: {own.legality.value}'}")


def one_proposal(
    proposed: Sequence[Prescription], therapy: str, form: str | None, protocol: str | None
) -> Prescription:
    """Pick the best proposal that fits; say which exist when none does."""
    from euthymia.core.errors import InvalidInput

    if not proposed:
        raise InvalidInput(
            "therapy", therapy, "a therapy that proposes something for this case",
            f"See why not: euthymia screen CASE --therapy {therapy}.",
        )  # fmt: skip
    fitting = [p for p in proposed if form in (None, p.form) and protocol in (None, p.protocol)]
    if not fitting:
        known = ", ".join(dict.fromkeys(f"--form {p.form} --protocol {p.protocol}" for p in proposed))
        raise InvalidInput("protocol" if protocol else "form", protocol or form, f"one of those proposed: {known}")
    return fitting[0]
