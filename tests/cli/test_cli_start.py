"""Starting: what is imported before a command runs, and that help helps."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer

from euthymia import __version__

from tests.cli.command_line import COMPLETE, CommandLine

HEAVY = {"numpy", "scipy", "pydantic", "jinja2", "yaml", "jax", "matplotlib"}
COMMANDS = (
    ("demo",), ("plan",), ("screen",), ("follow",), ("stage",), ("score",), ("therapies",), ("schema",),
    ("case", "new"), ("case", "show"), ("case", "import"), ("case", "export"), ("case", "schema"), ("case", "validate"),
    ("genome", "call"), ("genome", "advise"), ("genome", "report"), ("session",), ("simulate",),
    ("case", "labs"), ("tms", "threshold"), ("tms", "timing"), ("tms", "dose"), ("tms", "letter"),
    ("tms", "sheet"), ("tms", "checklist"), ("tms", "beam-f3"),
    ("tms", "targets"), ("fields", "head"), ("fields", "labels"), ("fields", "solve"), ("fields", "optimize"),
    ("fields", "compare"), ("fields", "basis"), ("fields", "place"),
)  # fmt: skip


def imported_by(*arguments: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded when the command has run."""
    code = (
        "import sys, json, io, contextlib\n"
        f"sys.argv = {['euthymia', *arguments]!r}\n"
        "from euthymia.cli.app import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    try: main()\n"
        "    except SystemExit as ended: code = ended.code\n"
        "print(json.dumps([code, sorted({name.split('.')[0] for name in sys.modules})]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    exit_code, loaded = json.loads(done.stdout)
    assert not exit_code, done.stderr
    return set(loaded)


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_help_is_shown_without_loading_anything_heavy(arguments: tuple[str, ...]) -> None:
    assert not imported_by(*arguments) & HEAVY


@pytest.mark.parametrize("arguments", [("plan", "--help"), ("case", "--help"), ("case", "show", "--help")])
def test_help_of_a_command_loads_nothing_heavy_of_ours(arguments: tuple[str, ...]) -> None:
    assert not imported_by(*arguments) & (HEAVY - {"pydantic"})  # Typer reads parameters with pydantic from 0.29 on


def test_scoring_a_scale_loads_no_numerics() -> None:
    assert not imported_by("score", "PHQ-9", *"111111111") & {"numpy", "scipy", "jinja2", "jax"}


def test_screening_loads_no_engines() -> None:
    assert not imported_by("screen", str(COMPLETE), "--therapy", "tms") & {"scipy", "jinja2", "jax"}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_help_text_has_an_example_of_its_command(command: tuple[str, ...], euthymia: CommandLine) -> None:
    words = " ".join(euthymia.ok(*command, "--help").out.replace("│", " ").split())
    assert f"Example: euthymia {' '.join(command)}" in words


def test_every_command_is_listed_here(euthymia: CommandLine) -> None:
    from euthymia.cli import register
    from euthymia.cli.app import app

    register.commands(app)
    root = typer.main.get_command(app)
    found = set()
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        found |= {(name, sub) for sub in command.commands} if hasattr(command, "commands") else {(name,)}
    assert found == set(COMMANDS)


def test_registering_twice_adds_nothing() -> None:
    from euthymia.cli import register

    app = typer.Typer()
    register.commands(app)
    once = (len(app.registered_commands), len(app.registered_groups))
    register.commands(app)
    assert (len(app.registered_commands), len(app.registered_groups)) == once


def test_help_names_the_exit_codes_and_who_decides(euthymia: CommandLine) -> None:
    words = " ".join(euthymia.ok("--help").out.split())
    assert "Exit codes: 0 ok, 1 failure, 2 usage, 3 refused for safety." in words
    assert "informs a clinician's decision; it never decides" in words


def test_version_is_that_of_the_package(euthymia: CommandLine) -> None:
    assert euthymia.ok("--version").out == f"euthymia {__version__}\n"


def test_without_a_command_help_is_shown(euthymia: CommandLine) -> None:
    ran = euthymia()
    assert ran.code in (0, 2) and "Usage:" in ran.out + ran.err


def test_the_installed_program_is_the_same(tmp_path: object) -> None:
    from pathlib import Path

    program = Path(sys.executable).with_name("euthymia")
    command = (
        [str(program)] if program.exists() else [sys.executable, "-c", "from euthymia.cli.app import main; main()"]
    )
    done = subprocess.run([*command, "score", "PHQ-9", *"1111111111"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("euthymia: `answers` is '10 answers'") and done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error() -> None:
    pipe = f"{sys.executable} -c 'from euthymia.cli.app import main; main()' schema plan | head -c 10"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", pipe], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == ""
