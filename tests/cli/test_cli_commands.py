"""Every command: what it prints for people, and what it prints for machines."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from euthymia.case.files import read_case
from euthymia.case.scales import score as score_scale
from euthymia.therapies.registry import names

from tests.cli.command_line import BUNDLE, COMPLETE, EARLY, URGENT, VNS, CommandLine

DOCUMENTS = (
    "case", "plan", "score", "stage", "screen", "follow", "therapies", "labs", "validation", "written", "case-file",
    "genome-calls", "genome-advice", "genome-report", "simulation", "session",
    "tms-checklist", "tms-dose", "tms-sheet", "tms-letter", "tms-threshold", "tms-beam-f3", "tms-targets", "tms-timing",
    "fields-head", "fields-labels", "field", "fields-compare", "fields-robust", "fields-basis", "fields-place",
    "error",
)  # fmt: skip


# --- plan and demo --------------------------------------------------------------------------------------------------


def test_plan_writes_its_files_and_says_what_comes_first(euthymia: CommandLine, tmp_path: Path) -> None:
    ran = euthymia.ok("plan", COMPLETE, "-o", "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["plan.html", "plan.json"]
    assert "Plan for demo-1-three-failed-trials (synthetic)" in ran.out
    assert "comes first among" in " ".join(ran.out.split())
    document = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(euthymia.schema("plan")).validate(document)


def test_plan_as_json_names_the_files_and_the_first_option(euthymia: CommandLine, tmp_path: Path) -> None:
    (told,) = euthymia.document("written", "plan", COMPLETE, "-o", "out", "--fhir")["plans"]
    assert {Path(f).name for f in told["files"]} == {"plan.json", "plan.html", "careplan.json"}
    assert all((tmp_path / f).is_file() for f in told["files"])
    plan = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    first = next(o["therapy"] for o in plan["options"] if o["rank"] == 1)
    assert told["first"] == first and first in told["open"] and told["urgent"] == []


def test_an_urgent_case_says_so_before_anything_else(euthymia: CommandLine) -> None:
    ran = euthymia.ok("plan", URGENT, "-o", "out")
    lines = [line for line in ran.out.splitlines() if line.startswith("•")]
    assert lines[0].startswith("• Now: Suicide risk is high")
    (told,) = euthymia.document("written", "plan", URGENT, "-o", "again")["plans"]
    assert told["urgent"][:1] == ["suicide_high"] and told["first"] == "ect"


def test_the_same_case_and_seed_give_the_same_plan_file(euthymia: CommandLine, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        euthymia.ok("plan", EARLY, "-o", folder, "--seed", 4)
    one, two = ((tmp_path / f / "plan.json").read_bytes() for f in ("one", "two"))
    assert one == two


def test_weights_stated_on_the_command_line_are_used(euthymia: CommandLine, tmp_path: Path) -> None:
    euthymia.ok("plan", COMPLETE, "-o", "out", "--weight", "burden=9", "--weight", " benefit = 1 ")
    weights = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))["weights"]
    assert weights["burden"] == pytest.approx(9 * weights["benefit"])


def test_a_plan_replaces_an_older_one_in_the_same_folder(euthymia: CommandLine, tmp_path: Path) -> None:
    euthymia.ok("plan", COMPLETE, "-o", "out")
    euthymia.ok("plan", EARLY, "-o", "out")
    assert json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))["case_id"].startswith("demo-4")


def test_demo_plans_six_synthetic_cases_one_of_them_from_fhir(euthymia: CommandLine, tmp_path: Path) -> None:
    plans = euthymia.document("written", "demo", "-o", "out")["plans"]
    assert len(plans) == 6 and len({p["case_id"] for p in plans}) == 6
    assert (tmp_path / "out" / "index.html").is_file()
    for told in plans:
        assert {Path(f).name for f in told["files"]} == {"plan.json", "plan.html", "careplan.json"}
        document = json.loads((tmp_path / told["files"][0]).read_text(encoding="utf-8"))
        assert document["synthetic"] is True
    assert len({p["first"] for p in plans}) >= 3, "the demo cases must contrast"


def test_demo_announces_the_page(euthymia: CommandLine) -> None:
    ran = euthymia.ok("demo", "-o", "out")
    assert "Open file://" in ran.out and "index.html" in ran.out


# --- screen, follow, stage ------------------------------------------------------------------------------------------


def test_screen_shows_every_therapy_and_one_in_detail(euthymia: CommandLine) -> None:
    told = euthymia.document("screen", "screen", COMPLETE)
    assert [t["therapy"] for t in told["therapies"]] == list(names())
    one = euthymia.document("screen", "screen", COMPLETE, "--therapy", "tms")
    assert [t["therapy"] for t in one["therapies"]] == ["tms"]
    assert all(f["reasons"] for f in one["therapies"][0]["forms"])
    assert "TMS" in euthymia.ok("screen", COMPLETE).out
    detailed = euthymia.ok("screen", COMPLETE, "--therapy", "tms").out
    assert "screening rules were checked" in " ".join(detailed.split())


def test_follow_advises_on_the_courses_under_way(euthymia: CommandLine) -> None:
    (advice,) = euthymia.document("follow", "follow", VNS)["advice"]
    assert advice["therapy"] == "vns" and advice["decision"] != "stop" and advice["reasons"]
    assert "Vagus nerve stimulation" in euthymia.ok("follow", VNS).out
    assert euthymia.document("follow", "follow", COMPLETE)["advice"] == []
    assert euthymia.ok("follow", COMPLETE).out.strip()


def test_follow_of_a_therapy_that_was_not_begun_says_start(euthymia: CommandLine) -> None:
    (advice,) = euthymia.document("follow", "follow", COMPLETE, "--therapy", "tms")["advice"]
    assert advice["decision"] == "start"


def test_stage_rates_every_trial_under_every_rule_set(euthymia: CommandLine) -> None:
    told = euthymia.document("stage", "stage", COMPLETE)
    assert len({row["rule_set"] for row in told["trials"]}) >= 3
    assert {"MSM", "MGH-S", "Thase-Rush"} <= {s["method"] for s in told["staging"]}
    assert any(r["is_trd"] and r["resistant"] for r in told["resistance"]) and told["pseudo_resistance"]
    early = euthymia.document("stage", "stage", EARLY)
    assert not any(r["resistant"] for r in early["resistance"] if r["is_trd"])
    assert "venlafaxine" in euthymia.ok("stage", COMPLETE).out


# --- score, therapies, schema ---------------------------------------------------------------------------------------


def test_score_takes_answers_with_spaces_or_commas(euthymia: CommandLine) -> None:
    spaced = euthymia.document("score", "score", "PHQ-9", 2, 2, 2, 2, 2, 2, 1, 1, 1)
    assert spaced == euthymia.document("score", "score", "phq9", "2,2,2,2,2,2,1,1,1")
    expected = score_scale("PHQ-9", [2, 2, 2, 2, 2, 2, 1, 1, 1])
    assert (spaced["total"], spaced["band"]) == (expected.total, expected.band) == (15, spaced["band"])
    assert [a["code"] for a in spaced["alerts"]] == ["phq9_item9"]
    assert "15" in euthymia.ok("score", "PHQ-9", 2, 2, 2, 2, 2, 2, 1, 1, 1).out


def test_score_takes_a_total_unanswered_items_and_yes_or_no(euthymia: CommandLine) -> None:
    assert euthymia.document("score", "score", "MADRS", "--total", 30)["total"] == 30
    torn = euthymia.document("score", "score", "PHQ-9", *"22222211", "-")
    assert "safety_item_unanswered" in {a["code"] for a in torn["alerts"]}
    screened = euthymia.document("score", "score", "C-SSRS", *("yes", "yes", "no", "no", "no", "no", "no"))
    assert (screened["band"], screened["total"]) == ("low", None)


def test_therapies_are_listed_with_their_package(euthymia: CommandLine) -> None:
    told = euthymia.document("therapies", "therapies")["therapies"]
    assert [t["name"] for t in told] == list(names())
    assert {t["provided_by"] for t in told} == {"euthymia"}
    assert "Electroconvulsive" in euthymia.ok("therapies").out


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_has_a_published_valid_schema(euthymia: CommandLine, name: str) -> None:
    schema = euthymia.schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema") and schema["$id"]


def test_schema_alone_lists_the_documents(euthymia: CommandLine) -> None:
    assert euthymia.ok("schema").out.split() == list(DOCUMENTS)


# --- case -----------------------------------------------------------------------------------------------------------


def test_a_new_case_file_is_valid_and_can_be_planned(euthymia: CommandLine, tmp_path: Path) -> None:
    assert "case.yaml" in euthymia.ok("case", "new", "case.yaml").out
    assert euthymia.document("validation", "case", "validate", "case.yaml")["valid"] is True
    assert "valid (yaml)" in euthymia.ok("case", "validate", "case.yaml").out
    euthymia.ok("plan", "case.yaml", "-o", "out")
    told = euthymia.document("case-file", "case", "new", "second.yaml")
    assert told["path"] == "second.yaml" and (tmp_path / "second.yaml").is_file()


def test_show_gives_the_case_in_time_order_and_as_a_case_file(euthymia: CommandLine, tmp_path: Path) -> None:
    shown = euthymia.ok("case", "show", COMPLETE).out
    assert "demo-1-three-failed-trials (synthetic)" in shown
    document = euthymia.document("case", "case", "show", COMPLETE)
    (tmp_path / "again.json").write_text(json.dumps(document), encoding="utf-8")
    assert read_case(tmp_path / "again.json") == read_case(COMPLETE)


def test_case_schema_is_the_schema_of_case_files(euthymia: CommandLine) -> None:
    assert euthymia.ok("case", "schema").json == euthymia.schema("case")


def test_import_and_export_go_there_and_back(euthymia: CommandLine, tmp_path: Path) -> None:
    told = euthymia.document("case-file", "case", "import", BUNDLE, "case.yaml")
    assert told["path"] == "case.yaml" and told["events"] > 10
    euthymia.ok("case", "export", "case.yaml", "-o", "back.json")
    euthymia.ok("case", "import", "back.json", "log.jsonl")
    assert (
        euthymia.document("case-file", "case", "export", "log.jsonl", "-o", "last.yaml")["case_id"] == told["case_id"]
    )
    first, last = (read_case(tmp_path / name) for name in ("case.yaml", "last.yaml"))
    assert {(e.kind, e.day) for e in first.events} == {(e.kind, e.day) for e in last.events}


def test_what_a_bundle_holds_and_a_case_does_not_is_listed(euthymia: CommandLine, tmp_path: Path) -> None:
    bundle = json.loads(BUNDLE.read_text(encoding="utf-8"))
    bundle["entry"].append({"resource": {"resourceType": "Coverage", "id": "c1", "status": "active"}})
    (tmp_path / "more.json").write_text(json.dumps(bundle), encoding="utf-8")
    assert "not read: Coverage" in euthymia.ok("case", "import", "more.json", "case.yaml").err
    told = euthymia.document("case-file", "case", "import", "more.json", "other.yaml")
    assert "Coverage" in {u["type"] for u in told["unread"]}
    assert "Coverage" in {u["type"] for u in euthymia.document("validation", "case", "validate", "more.json")["unread"]}


def test_a_file_that_exists_is_replaced_only_when_asked(euthymia: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text("mine", encoding="utf-8")
    for command in (("new", "case.yaml"), ("import", COMPLETE, "case.yaml"), ("export", COMPLETE, "-o", "case.yaml")):
        ran = euthymia("case", *command)
        assert ran.code == 1 and (tmp_path / "case.yaml").read_text(encoding="utf-8") == "mine"
    euthymia.ok("case", "new", "case.yaml", "--overwrite")
    assert (tmp_path / "case.yaml").read_text(encoding="utf-8") != "mine"
