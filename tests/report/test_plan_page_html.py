"""The page of a plan as text: whole, safe, and holding everything the plan holds."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from html_checks import Page
from report_plans import made_up_case, made_up_plan

from euthymia.case import Case
from euthymia.plan import Plan, compare
from euthymia.plan.document import plan_document
from euthymia.report import plan_html

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}</title>&lt;]]>\u202e\x07"


def test_the_page_parses_with_every_element_closed_and_every_id_once(html: str) -> None:
    page = Page(html)
    assert page.problems == []
    assert len(page.ids) == len(set(page.ids))


def test_links_inside_the_page_lead_somewhere(html: str) -> None:
    page = Page(html)
    inside = {str(a["href"])[1:] for a in page.all("a") if str(a["href"]).startswith("#")}
    assert inside <= set(page.ids)


def test_nothing_is_loaded_and_only_doi_links_lead_out(html: str) -> None:
    page = Page(html)
    out = [str(a["href"]) for a in page.all("a") if not str(a["href"]).startswith("#")]
    assert out and all(href.startswith("https://doi.org/10.") for href in out)
    assert not page.all("img") and not page.all("iframe") and not page.all("object")
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    assert all("src" not in script for script in page.all("script"))
    without = re.sub(r'href="https://doi\.org/[^"]+"|xmlns="http://www\.w3\.org/2000/svg"', "", html)
    assert "http" not in without.replace("http-equiv", "")
    assert "url(" not in html and "@import" not in html


def test_every_option_is_shown_with_its_standing_in_words(html: str, plan: Plan) -> None:
    text = Page(html).text
    for option in plan.options:
        assert option.title in text
        for reason in (*option.reasons_for, *option.reasons_against):
            assert reason.statement in text
    for word in ("open", "answer first", "declined", "trial only", "contraindicated"):
        assert word in text


def test_every_source_is_numbered_as_in_plan_json_and_cited(html: str, plan: Plan) -> None:
    page = Page(html)
    sources = plan_document(plan).sources
    for number, source in enumerate(sources, start=1):
        assert f"source-{number}" in page.ids
        assert f"[{number}] {source.text}" in page.text
        assert f'href="#source-{number}"' in html
    assert "partly read" in page.text and "unverified" in page.text


def test_urgent_steps_come_before_first_steps_and_those_before_the_comparison(html: str) -> None:
    places = [html.index(f'id="{name}"') for name in ("urgent", "first-steps", "brief", "comparison", "options")]
    assert places == sorted(places)


def test_without_anything_urgent_there_is_no_urgent_box(case: Case) -> None:
    assert 'id="urgent"' not in plan_html(made_up_plan(case, urgent=False), case)


def test_a_synthetic_case_says_so_and_a_real_one_does_not(plan: Plan, case: Case, html: str) -> None:
    assert "SYNTHETIC CASE" in html
    assert "SYNTHETIC" not in plan_html(replace(plan, synthetic=False), case)


def test_headings_never_skip_a_level(html: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(html).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_have_captions_and_headers_with_scope(html: str) -> None:
    page = Page(html)
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in header for header in page.all("th"))


def test_figures_have_a_title_a_description_and_two_layouts(html: str) -> None:
    page = Page(html)
    drawings = page.all("svg")
    assert len(drawings) >= 8 and len(drawings) % 2 == 0
    for drawing in drawings:
        assert all(name in page.ids for name in str(drawing["aria-labelledby"]).split())


def test_free_text_can_not_become_markup() -> None:
    case = made_up_case(HOSTILE)
    html = plan_html(made_up_plan(case, HOSTILE), case)
    page = Page(html)
    assert page.problems == []
    assert len(page.all("script")) == 1 and not page.all("img")
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert "{{7*7}}" in page.text and "49</title>" not in html
    assert "alert(1)" in page.text  # shown as words, nothing dropped


def test_the_script_is_the_one_the_policy_allows(html: str) -> None:
    import base64
    import hashlib

    script = re.search(r"<script>(.*?)</script>", html, re.S)
    assert script is not None and len(script.group(1)) < 200
    digest = base64.b64encode(hashlib.sha256(script.group(1).encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html and "default-src 'none'" in html


def test_the_same_plan_gives_the_same_page(plan: Plan, case: Case, html: str) -> None:
    assert plan_html(plan, case) == html


def test_an_empty_case_makes_a_page_that_says_what_is_missing() -> None:
    from euthymia.case.model import fold

    base = made_up_case()
    empty = fold("empty-1", (), as_of=base.as_of)
    page = Page(plan_html(compare(empty), empty))
    assert page.problems == []
    assert "no total of a depression scale" in page.text
    assert "What is missing" in page.text


@pytest.mark.parametrize("therapies", [1, 0])
def test_a_plan_of_few_options_is_a_whole_page(plan: Plan, case: Case, therapies: int) -> None:
    page = Page(plan_html(replace(plan, options=plan.options[:therapies], sensitivity=(), missing=()), case))
    assert page.problems == []
