"""Each protocol by the command line: a verdict with its table and reason, who disagrees, and what was not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from euthymia.core.source import Verification
from euthymia.therapies.tms.library import library, library_protocol
from euthymia.therapies.tms.protocol_verdict import judge_protocol
from euthymia.therapies.tms.safety import NOT_VERIFIED, TrainVerdict
from euthymia.therapies.tms.tables import protocols, stimulations

from tests.cli.command_line import CommandLine

NAMES = [p.name for p in library()]
STRICTEST = ["outside", "no_data", "over_warning_line", "cleared_by_device", "inside"]
GAP = "chen1997_gap"


@pytest.fixture
def euthymia(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(monkeypatch, capsys)


def test_the_library_holds_every_row_of_the_tables_and_the_command_shows_each_once(euthymia: CommandLine) -> None:
    shown = [p["name"] for p in euthymia.document("tms-timing", "tms", "timing")["protocols"]]
    assert shown == NAMES and len(set(NAMES)) == len(NAMES)
    for row in protocols():
        assert f"{row.form}/{row.protocol}" in NAMES
        assert len(library_protocol(f"{row.form}/{row.protocol}").sites) == len(stimulations(row.form, row.protocol))


@pytest.mark.parametrize("name", NAMES)
def test_a_protocol_has_verdict_table_reason_disagreement_and_what_was_not_read(
    euthymia: CommandLine, name: str
) -> None:
    (found,) = euthymia.document("tms-timing", "tms", "timing", name)["protocols"]
    sites = found["sites"]
    assert found["verdict"] == min((s["verdict"] for s in sites), key=STRICTEST.index)
    strictest = next(s for s in sites if s["verdict"] == found["verdict"])
    decides = next(f for f in strictest["findings"] if f["table"] == found["table"])
    assert len(found["statement"]) > 40 and all(f["statement"] and f["source"] for s in sites for f in s["findings"])
    if found["verdict"] == "cleared_by_device":
        assert strictest["clearance"] and strictest["clearance"] in found["statement"]
        assert decides["verdict"] != "inside", "a cleared train never reads as inside a table"
    else:
        assert found["statement"] == decides["statement"] and decides["verdict"] == found["verdict"]
    others = {
        f["table"] for f in strictest["findings"] if f["table"] != GAP and f["verdict"] != decides["verdict"]
    }  # fmt: skip
    assert {words.split(" says ")[1].split(", ")[1] for words in found["disagreements"]} == others
    assert all(words.startswith(f"{found['table']} says ") for words in found["disagreements"])
    silent = {f["table"] for s in sites for f in s["findings"] if f["verdict"] == "no_data"}
    assert set(found["silent"]) == silent
    unread = [f for s in sites for f in s["findings"] if f["verification"] == Verification.UNVERIFIED]
    assert unread and any(NOT_VERIFIED in words for words in found["unverified"]), "the train tables are from memory"
    assert found["supervision_class"] == (1 if found["verdict"] in ("outside", "no_data") else 2)
    assert found["policies"]


@pytest.mark.parametrize("name", NAMES)
def test_timing_that_was_not_fully_read_is_said(name: str) -> None:
    protocol = library_protocol(name)
    unread = {s.source.text for s in protocol.sites if s.source.verification is not Verification.READ}
    said = [words for words in judge_protocol(protocol).unverified if words.startswith("the timing itself")]
    assert {words.split(": ", 1)[1] for words in said} == unread


@pytest.mark.parametrize("name", [n for n in NAMES if not library_protocol(n).offered])
def test_what_is_only_judged_is_never_cleared(name: str) -> None:
    assert judge_protocol(library_protocol(name)).verdict is not TrainVerdict.CLEARED_BY_DEVICE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing",), ("`protocol`", "ctbs_right_600")),
        (("--rate", 10, "--on", 4), ("`--intensity`", "e.g. 120")),
        (("--rate", 10, "--on", 4, "--intensity", 1.2), ("`intensity_pct_rmt`", "percent (120)")),
        (("--rate", 10, "--on", 4, "--trains", 3, "--intensity", 120), ("`--off`",)),
        (("--rate", 10, "--on", 0.55, "--intensity", 120), ("`--on`", "whole pulses")),
        (("tms_10hz/standard", "--rate", 10), ("one of NAME",)),
    ],
)
def test_timing_that_cannot_be_meant_is_refused(
    euthymia: CommandLine, arguments: tuple[object, ...], words: tuple[str, ...]
) -> None:
    ran = euthymia("tms", "timing", *arguments)
    assert ran.code == 1 and not ran.out
    assert all(word in ran.err for word in words), ran.err
