"""Every command, hung on the root in the order in which help shows them."""

from __future__ import annotations

import typer

from euthymia.cli import (
    case_commands,
    case_labs,
    dose_commands,
    fields_basis,
    fields_basis_place,
    fields_commands,
    fields_compare,
    fields_labels,
    genome_advise,
    genome_commands,
    genome_report,
    letter_commands,
    plan_commands,
    run_sheet_commands,
    score_commands,
    session_commands,
    simulate_commands,
    threshold_commands,
    timing_commands,
    tms_commands,
    tms_target_commands,
)
from euthymia.cli.demo import demo


def commands(app: typer.Typer) -> None:
    """Register the commands on ``app``; a second call changes nothing."""
    if app.registered_commands:
        return
    app.command()(demo)
    app.command()(plan_commands.plan)
    app.command()(plan_commands.screen)
    app.command()(simulate_commands.simulate)
    app.command()(session_commands.session)
    app.command()(plan_commands.follow)
    app.command()(score_commands.stage)
    app.command()(score_commands.score)
    app.command()(plan_commands.therapies)
    app.command()(plan_commands.schema)
    case_commands.app.command()(case_labs.labs)
    app.add_typer(case_commands.app, name="case")
    genome_commands.app.command()(genome_advise.advise)
    genome_commands.app.command()(genome_report.report)
    app.add_typer(genome_commands.app, name="genome")
    fields_commands.app.command()(fields_labels.labels)
    fields_commands.app.command()(fields_compare.compare)
    fields_commands.app.command()(fields_basis.basis)
    fields_commands.app.command()(fields_basis_place.place)
    app.add_typer(fields_commands.app, name="fields")
    tms_commands.app.command()(threshold_commands.threshold)
    tms_commands.app.command()(dose_commands.dose)
    tms_commands.app.command()(letter_commands.letter)
    tms_commands.app.command()(timing_commands.timing)
    tms_commands.app.command()(run_sheet_commands.sheet)
    tms_commands.app.command()(run_sheet_commands.checklist)
    tms_commands.app.command("beam-f3")(tms_target_commands.beam_f3)
    tms_commands.app.command()(tms_target_commands.targets)
    app.add_typer(tms_commands.app, name="tms")
