"""``euthymia simulate``: what one prescription would do, with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli import simulate_options as opt
from euthymia.cli.options import AsJson, CaseFile, Seed, load, warn_unread

if TYPE_CHECKING:
    from euthymia.cli.simulate_tms import SimulatedTms
    from euthymia.therapies.contract import Prescription, Screening


def simulate(
    therapy: Annotated[str, typer.Argument(help="Therapy, as `euthymia therapies` lists it.")],
    case: CaseFile,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder for the figures and tables.")] = None,
    form: Annotated[str | None, typer.Option("--form", help="Form of the therapy, e.g. esketamine_nasal.")] = None,
    protocol: Annotated[str | None, typer.Option("--protocol", help="One of the proposed protocols.")] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    fast: opt.Fast = False,
    head: opt.Head = None,
    scheme: opt.Scheme = None,
    in_mni: opt.InMni = False,
    fiducials: opt.FiducialsFile = None,
    target: opt.Target = None,
    matrix: opt.Matrix = None,
    pose: opt.Pose = None,
    nearest: opt.Nearest = False,
    coil: opt.Coil = None,
    stimulator: opt.Stimulator = None,
    threshold: opt.Threshold = None,
    method: opt.Method = None,
    distance: opt.Distance = 4.0,
    order: opt.Order = 2,
    edge: opt.Edge = 6.0,
) -> None:
    """Simulate: what the best proposal of a therapy would do for this case, with its figures.

    For tms the field is computed on the patient's head (--head, or attached to the case), else on the template head.

    Example: euthymia simulate tms case.yaml --threshold 52 --method emg -o simulation/
    """
    from euthymia.cli.simulate_head import HeadWanted
    from euthymia.cli.simulate_tms import TmsWanted, only_for_tms, say_doses, simulate_tms, write_pages
    from euthymia.report.simulation import simulation_document, write_simulation
    from euthymia.therapies.registry import therapy as registered

    wanted = TmsWanted(
        HeadWanted(head, fiducials, target, in_mni, scheme, matrix, pose, edge), coil, stimulator, threshold, method,
        nearest, order, distance, fast,
    )  # fmt: skip
    chosen = registered(therapy)
    if therapy != "tms":
        only_for_tms(therapy, wanted)
    report = load(case)
    warn_unread(report)
    prescription = one_proposal(chosen.propose(report.case), therapy, form, protocol)
    pages: tuple[str, ...] = ()
    simulated: SimulatedTms | None = None
    if therapy == "tms":
        from euthymia.therapies.tms.prescription import as_tms

        simulated = simulate_tms(report.case, as_tms(prescription), wanted, seed=seed)
        if output is not None:
            simulated, pages = write_pages(simulated, output)
        prescription, found = simulated.prescription, simulated.forecast
    else:
        found = chosen.simulate(report.case, prescription, seed=seed)
    shown = None if simulated is None else simulated.shown
    files = () if output is None else write_simulation(report.case, prescription, found, output, shown)
    if as_json:
        typer.echo(simulation_document(report.case, prescription, found, shown).model_dump_json(indent=2))
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
    if simulated is not None:
        say_doses(simulated)
    for path in (*files, *pages):
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
