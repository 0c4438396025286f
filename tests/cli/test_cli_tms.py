"""``euthymia tms``: threshold hunting on a simulated responder and at the keyboard."""

from __future__ import annotations

import io

import jsonschema
import pytest

from euthymia.cli.documents import schema_of

from tests.cli.command_line import CommandLine


def test_a_simulated_hunt_is_the_same_for_a_seed_and_fits_its_schema(euthymia: CommandLine) -> None:
    one, two = (euthymia.ok("tms", "threshold", "--simulate", 52, "--seed", 1, "--json").json for _ in range(2))
    assert one == two
    jsonschema.validate(one, schema_of("tms-threshold"))
    assert one["usable"] and one["low_pct_mso"] <= 52 <= one["high_pct_mso"] and len(one["pulses"]) <= 20


def test_a_threshold_out_of_reach_is_said(euthymia: CommandLine) -> None:
    ran = euthymia.ok("tms", "threshold", "--simulate", 120)
    assert "not usable" in ran.out and "another coil" in ran.out


def test_answers_come_from_the_keyboard(euthymia: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\nhm\nx\ny\n"))
    ran = euthymia.ok("tms", "threshold", "--interactive", "--method", "visual")
    assert ran.err.count("pulse at") == 5  # one more for the answer nobody knows, one that meets the end
    assert "(not finished)" in ran.out and "Not applied" in ran.out and "3 pulses" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [(), ("--simulate", "0"), ("--simulate", "52", "--method", "guess"), ("--simulate", "52", "--procedure", "pest")],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[str, ...], euthymia: CommandLine) -> None:
    ran = euthymia("tms", "threshold", *arguments)
    assert ran.code == 1 and ran.err.startswith("euthymia: ") and ran.out == ""
