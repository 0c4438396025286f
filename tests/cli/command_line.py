"""The command line as a person meets it: arguments in; exit code, standard output and standard error out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from euthymia.cli import app as root

DEMO = Path(str(resources.files("euthymia.cli") / "cases"))
COMPLETE, URGENT, IMPLANT, EARLY, VNS = (
    DEMO / f"{name}.yaml"
    for name in (
        "1-three-failed-trials", "2-psychotic-and-suicidal", "3-implant-and-lithium", "4-not-resistant-yet",
        "5-vns-first-months",
    )
)  # fmt: skip
BUNDLE = DEMO / "6-from-the-hospital.json"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Clock(datetime):
    """The one clock that the command line reads, stopped."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return NOW


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON; NaN and Infinity are not JSON."""
        return json.loads(self.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


@dataclass(frozen=True)
class CommandLine:
    """Runs ``euthymia`` in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Ran:
        self.monkeypatch.setattr("sys.argv", ["euthymia", *map(str, arguments)])
        self.monkeypatch.setattr("euthymia.cli.options.datetime", Clock)
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            root.main()
        shown = self.capsys.readouterr()
        code = ended.value.code
        return Ran(0 if code is None else int(code), shown.out, shown.err)

    def ok(self, *arguments: object) -> Ran:
        """Run it and expect success."""
        ran = self(*arguments)
        assert ran.code == 0, ran.err
        return ran

    def document(self, name: str, *arguments: object) -> Any:
        """Run it with ``--json`` and hold what it prints to its published schema."""
        found = self.ok(*arguments, "--json").json
        jsonschema.Draft202012Validator(self.schema(name)).validate(found)
        return found

    def schema(self, name: str) -> Any:
        """The published schema of a document."""
        return self.ok("schema", name).json
