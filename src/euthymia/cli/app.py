"""The ``euthymia`` command. Nothing heavy is imported until a command needs it.

Exit codes: 0 ok, 1 failure (a file or value cannot be used), 2 usage (unknown command or option), 3 refused for safety.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from euthymia.core.errors import EuthymiaError, SafetyLimit

OK, FAILURE, USAGE, REFUSED = 0, 1, 2, 3

app = typer.Typer(
    name="euthymia",
    help="One case in, one explained plan out: seven therapies for depression that resists treatment.\n\n"
    "It informs a clinician's decision; it never decides. Try: euthymia demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 ok, 1 failure, 2 usage, 3 refused for safety.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from euthymia import __version__

        typer.echo(f"euthymia {__version__}")
        raise typer.Exit(OK)


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that come before the command."""


def main() -> None:
    """Run the command line and turn our errors into one clear message and an exit code."""
    from euthymia.cli import register

    register.commands(app)
    try:
        app(standalone_mode=True)
    except EuthymiaError as error:
        sys.exit(_report(error))
    except BrokenPipeError:  # `euthymia … | head`: the reader has gone, nothing is wrong
        sys.stderr.close()
        sys.exit(OK)


def _report(error: EuthymiaError) -> int:
    """Write the error for a person, or as JSON when the command was asked for JSON; return the exit code."""
    code = REFUSED if isinstance(error, SafetyLimit) else FAILURE
    if "--json" in sys.argv:
        record = {"error": type(error).__name__, "argument": getattr(error, "argument", ""), "message": str(error)}
        typer.echo(json.dumps({"document": "euthymia/error", "schema_version": "1.0", "exit_code": code, **record}))
    else:
        typer.secho(f"euthymia: {error}", err=True, fg=typer.colors.RED)
    return code
