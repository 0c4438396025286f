"""``euthymia tms``: threshold hunting on a simulated responder and at the keyboard."""

from __future__ import annotations

import io
from pathlib import Path

import jsonschema
import pytest

from euthymia.cli.documents import schema_of

from tests.cli.command_line import COMPLETE, IMPLANT, CommandLine


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


def test_every_protocol_has_a_verdict_and_the_page_its_figures(euthymia: CommandLine, tmp_path: Path) -> None:
    page = tmp_path / "timing.html"
    found = euthymia.ok("tms", "timing", "--json", "-o", page).json
    jsonschema.validate(found, schema_of("tms-timing"))
    assert len(found["protocols"]) == 17
    assert all(p["statement"] and p["sites"][0]["findings"] for p in found["protocols"])
    text = page.read_text(encoding="utf-8")
    sites = sum(len(p["sites"]) for p in found["protocols"])
    assert text.count("<svg") == 2 * sites
    assert "//" not in text.replace("https://doi.org", "").replace("http://www.w3.org", "")


def test_a_train_of_ones_own_is_judged(euthymia: CommandLine, tmp_path: Path) -> None:
    ran = euthymia.ok("tms", "timing", "--rate", 18, "--on", 2, "--off", 20, "--trains", 55, "--intensity", 120)
    assert ran.out.startswith("user: outside (rossi2009)")
    (tmp_path / "times.txt").write_text("0\n0.1\n0.2\n0.3\n")
    own = euthymia.ok("tms", "timing", "--times", "times.txt", "--intensity", 110, "--json").json["protocols"][0]
    assert (own["verdict"], own["sites"][0]["pulses"]) == ("inside", 4)


@pytest.mark.parametrize(
    "arguments",
    [
        ("none",), ("--rate", "10", "--on", "4"), ("--rate", "10", "--on", "4.05", "--intensity", "120"),
        ("--rate", "10", "--on", "4", "--trains", "2", "--intensity", "120"),
        ("--times", "nowhere.txt", "--intensity", "1"),
        ("tms_10hz/standard", "--rate", "10"), ("--rate", "10", "--on", "4", "--intensity", "1.2"),
    ],
)  # fmt: skip
def test_timing_that_cannot_be_meant_is_refused(arguments: tuple[str, ...], euthymia: CommandLine) -> None:
    ran = euthymia("tms", "timing", *arguments)
    assert ran.code == 1 and ran.err.startswith("euthymia: ") and ran.out == ""


def test_a_dose_is_computed_capped_and_in_current_slope(euthymia: CommandLine) -> None:
    arguments = ("tms", "dose", "--threshold", 50, "--method", "emg", "--motor-mm", 16, "--site-mm", 22)
    found = euthymia.ok(*arguments, "--coil", "magstim_d70", "--json").json
    jsonschema.validate(found, schema_of("tms-dose"))
    assert found["capped"] and found["pct_mso"] == pytest.approx(60)
    assert found["didt_a_us"] == pytest.approx(0.6 * 114.7)
    assert "held at 60.0" in euthymia.ok(*arguments).out


def test_a_dose_out_of_reach_is_refused_for_safety(euthymia: CommandLine) -> None:
    ran = euthymia("tms", "dose", "--threshold", 120, "--method", "emg")
    assert ran.code == 3 and "another coil" in ran.err
    assert euthymia("tms", "dose", "--threshold", 50, "--method", "emg", "--motor-mm", 16).code == 1


def test_a_letter_is_written_as_page_text_and_data(euthymia: CommandLine, tmp_path: Path) -> None:
    data = euthymia.ok("tms", "letter", COMPLETE, "--payer", "ambetter", "--json").json
    jsonschema.validate(data, schema_of("tms-letter"))
    states = [c["state"] for c in data["criteria"]]
    text = euthymia.ok("tms", "letter", COMPLETE, "--payer", "ambetter").out
    for state, head in (("met", "Met"), ("not met", "Not met"), ("not known", "Not known")):
        assert f"## {head} ({states.count(state)})" in text
    for name in ("letter.html", "letter.md"):
        euthymia.ok("tms", "letter", COMPLETE, "--payer", "ambetter", "-o", tmp_path / name)
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert "SYNTHETIC CASE" in written
        assert all(c["evidence"].split(";")[0].split(" (")[0] in written.replace("\\", "") for c in data["criteria"])


def test_a_letter_for_what_is_forbidden_or_unread_is_refused(euthymia: CommandLine) -> None:
    assert euthymia("tms", "letter", COMPLETE, "--payer", "l33398").code == 1
    assert euthymia("tms", "letter", COMPLETE, "--payer", "l34522", "-o", "letter.pdf").code == 1
    assert euthymia("tms", "letter", IMPLANT, "--payer", "l34522").code in (1, 3)


@pytest.mark.parametrize("command", ["sheet", "checklist"])
def test_sheet_and_checklist_fit_their_schemas(command: str, euthymia: CommandLine) -> None:
    found = euthymia.ok("tms", command, COMPLETE, "--json").json
    jsonschema.validate(found, schema_of(f"tms-{command}"))
    lines = found["lines"] if command == "sheet" else found["items"]
    text = euthymia.ok("tms", command, COMPLETE).out
    assert all(line.get("text", line.get("question")) in text for line in lines)
