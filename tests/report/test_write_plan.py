"""Files of a plan: complete, valid against the published schema, all or none."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from html_checks import Page
from report_plans import made_up_case, made_up_plan

from euthymia.case import Case
from euthymia.core.errors import InvalidInput
from euthymia.plan import Plan
from euthymia.plan.document import plan_schema
from euthymia.report import index_entry, index_html, write_index, write_plan


def test_plan_json_holds_to_its_schema_and_plan_html_is_the_page(
    plan: Plan, case: Case, html: str, tmp_path: Path
) -> None:
    paths = write_plan(plan, case, tmp_path / "new" / "folder")
    assert [p.name for p in paths] == ["plan.json", "plan.html"]
    jsonschema.validate(json.loads(paths[0].read_text(encoding="utf-8")), plan_schema())
    assert paths[1].read_text(encoding="utf-8") == html
    assert sorted(p.name for p in paths[0].parent.iterdir()) == ["plan.html", "plan.json"]  # nothing left over
    assert stat.S_IMODE(paths[0].stat().st_mode) & 0o044


def test_a_care_plan_is_written_on_request(plan: Plan, case: Case, tmp_path: Path) -> None:
    paths = write_plan(plan, case, tmp_path, fhir=True)
    assert json.loads(paths[2].read_text(encoding="utf-8"))["resourceType"] == "CarePlan"


def test_files_of_an_earlier_run_are_replaced(plan: Plan, case: Case, tmp_path: Path) -> None:
    (tmp_path / "plan.html").write_text("old", encoding="utf-8")
    write_plan(plan, case, tmp_path)
    assert (tmp_path / "plan.html").read_text(encoding="utf-8") != "old"


def test_a_file_where_the_folder_should_be_is_refused_by_name(plan: Plan, case: Case, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    for place in (taken, taken / "below"):
        with pytest.raises(InvalidInput, match="directory"):
            write_plan(plan, case, place)
    assert taken.read_text(encoding="utf-8") == "mine"


def test_a_folder_in_the_way_of_a_file_leaves_nothing_behind(plan: Plan, case: Case, tmp_path: Path) -> None:
    (tmp_path / "plan.json").mkdir()
    with pytest.raises(InvalidInput, match="directory"):
        write_plan(plan, case, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


def test_a_plan_of_another_case_is_refused_and_nothing_is_written(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="case"):
        write_plan(plan, made_up_case("other"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_error_while_building_writes_nothing(
    plan: Plan, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("no page")

    monkeypatch.setattr("euthymia.report.page.plan_html", broken)
    with pytest.raises(RuntimeError, match="no page"):
        write_plan(plan, case, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_index_links_every_plan_and_escapes_its_words(plan: Plan, case: Case, tmp_path: Path) -> None:
    words = '<img src=x onerror=alert(1)>"'
    other = made_up_case(words)
    entries = [index_entry(plan, "a/plan.html"), index_entry(made_up_plan(other, words), "b/plan.html")]
    page = Page(index_html(entries))
    assert page.problems == [] and not page.all("img")
    assert {"a/plan.html", "b/plan.html"} <= {str(a["href"]) for a in page.all("a")}
    assert "Suicide risk is high" in page.text and "SYNTHETIC" in page.text
    assert plan.first is not None and plan.first.title in page.text
    path = write_index(entries, tmp_path)
    assert path == tmp_path / "index.html" and path.is_file()
    assert Page(index_html([])).problems == []


def test_the_index_shows_a_safety_signal_even_where_no_urgent_step_applies(plan: Plan) -> None:
    entry = index_entry(replace(plan, urgent=()), "a/plan.html")
    assert entry.urgent == ("C-SSRS screener: high risk",)


def test_templates_and_styles_are_in_the_package() -> None:
    names = {item.name for item in (resources.files("euthymia.report") / "templates").iterdir()}
    assert {"plan.html.j2", "index.html.j2", "page.css", "figures.css", "print.css", "open_for_print.js"} <= names
