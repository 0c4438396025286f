"""``euthymia tms``: the parts of TMS that need no whole plan."""

from __future__ import annotations

import typer

app = typer.Typer(help="TMS: motor threshold, dose, pulse timing and payer letter.", no_args_is_help=True)
