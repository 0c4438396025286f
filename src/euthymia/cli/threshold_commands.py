"""``euthymia tms threshold``: hunt the motor threshold pulse by pulse, at the patient or on a simulated responder."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from euthymia.cli.options import AsJson, Seed

if TYPE_CHECKING:
    from euthymia.therapies.tms.threshold import ThresholdHunt
    from euthymia.therapies.tms.threshold_finding import ThresholdFinding

_ANSWERS = {"y": (True, True), "n": (False, True), "x": (False, False)}


def threshold(
    simulate: Annotated[
        float | None,
        typer.Option("--simulate", metavar="% MSO", help="Hunt a simulated responder with this threshold."),
    ] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Ask for each answer: y, n, x (not at rest).")
    ] = False,
    method: Annotated[str, typer.Option("--method", help="emg, or visual (reads higher).")] = "emg",
    procedure: Annotated[str, typer.Option("--procedure", help="bayesian, or frequency (5 of 10).")] = "bayesian",
    rule: Annotated[str, typer.Option("--rule", help="Next intensity: information or median.")] = "information",
    spread: Annotated[float, typer.Option("--spread", help="Relative spread of the simulated responder.")] = 0.07,
    start: Annotated[int | None, typer.Option("--start", help="First intensity, % MSO.")] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Hunt a motor threshold: the next intensity after each answer, the estimate and its 95 % interval.

    Example: euthymia tms threshold --simulate 52 --seed 1
    """
    from euthymia.core.errors import InvalidInput
    from euthymia.therapies.tms.threshold import threshold_hunt

    if (simulate is not None) == interactive:
        raise InvalidInput("--simulate", simulate, "either --simulate % MSO or --interactive", "Give one of the two.")
    hunt = threshold_hunt(procedure, method, start_pct_mso=start, rule=rule)  # type: ignore[arg-type]
    if simulate is not None:
        _simulate(hunt, simulate, spread, seed)
    else:
        _ask(hunt)
    found = hunt.finding()
    if as_json:
        typer.echo(_document(found, simulate))
    else:
        _print(found, simulate)


def _simulate(hunt: ThresholdHunt, truth: float, spread: float, seed: int) -> None:
    import numpy as np

    from euthymia.case import checks
    from euthymia.therapies.tms.threshold_simulation import Responder, run_hunt

    checks.number("--simulate", truth, 1, 200)
    checks.number("--spread", spread, 0.001, 1)
    run_hunt(Responder(truth, spread), np.random.default_rng(seed), hunt)


def _ask(hunt: ThresholdHunt) -> None:
    """Ask on standard error, read standard input; an end of input ends an unfinished hunt."""
    while (asked := hunt.next_pct_mso) is not None:
        typer.echo(f"pulse at {asked} % MSO; response? [y/n/x] ", err=True, nl=False)
        line = sys.stdin.readline()
        if not line:
            return
        answer = _ANSWERS.get(line.strip().lower()[:1])
        if answer is None:
            typer.echo("y: response, n: none, x: the trial does not count", err=True)
            continue
        responded, usable = answer
        hunt.feed(responded, usable=usable)


def _print(found: ThresholdFinding, truth: float | None) -> None:
    state = "" if found.complete else " (not finished)"
    low, high = found.low_pct_mso, found.high_pct_mso
    typer.echo(
        f"motor threshold{state}: {found.value_pct_mso:.1f} % MSO (95 %: {low:.1f} to {high:.1f}), "
        f"{found.procedure}, by {found.method}, {len(found.pulses)} pulses"
    )
    if truth is not None:
        typer.echo(f"  simulated responder with a threshold of {truth:g} % MSO")
    if found.emg_equivalent is not None:
        typer.echo(f"  {found.emg_equivalent.reason.statement}")
    for flag in found.flags:
        typer.echo(f"  {'not usable' if flag.bars else 'doubt'}: {flag.statement}")


def _document(found: ThresholdFinding, truth: float | None) -> str:
    from euthymia.cli.tms_documents import EmgItem, FlagItem, PulseItem, ThresholdDocument

    emg = found.emg_equivalent
    return ThresholdDocument(
        simulated=truth is not None,
        true_threshold_pct_mso=truth,
        procedure=found.procedure,
        method=found.method,
        complete=found.complete,
        usable=found.complete and not found.flags,
        value_pct_mso=found.value_pct_mso,
        low_pct_mso=found.low_pct_mso,
        high_pct_mso=found.high_pct_mso,
        interval_level=0.95,
        emg_equivalent=None
        if emg is None
        else EmgItem(
            value_pct_mso=emg.value_pct_mso, low_pct_mso=emg.low_pct_mso, high_pct_mso=emg.high_pct_mso,
            statement=emg.reason.statement,
        ),
        flags=[FlagItem(code=f.code, statement=f.statement, bars=f.bars) for f in found.flags],
        pulses=[PulseItem(pct_mso=p.pct_mso, responded=p.responded, usable=p.usable) for p in found.pulses],
    ).model_dump_json(indent=2)  # fmt: skip
