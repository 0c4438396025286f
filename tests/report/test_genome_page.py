"""The page of a pharmacogenomics report as text: whole, safe, quiet, and holding everything the document holds."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from genome_samples import NORMAL_2C19, SITE_OF_17, calls_of, report_of
from html_checks import Page

from euthymia.engines.genome import parse_outside_calls
from euthymia.engines.genome.advice_words import action_words
from euthymia.report.genome_content import GenomeReport
from euthymia.report.genome_document import genome_report_document
from euthymia.report.genome_page import genome_html

HOSTILE = "<script>alert(1)</script>\"'<img src=x>{{7*7}}"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> GenomeReport:
    calls = calls_of(
        tmp_path_factory.mktemp("genome"), {"CYP2C19": ("*1", "*2"), "CYP2D6": ("*1", "*41")}, phased=False
    )
    return report_of(calls, "paroxetine", "escitalopram", "omeprazole", age=70)


@pytest.fixture(scope="module")
def html(report: GenomeReport) -> str:
    return genome_html(report)


def test_the_page_parses_and_its_links_lead_somewhere(html: str) -> None:
    page = Page(html)
    assert page.problems == [] and len(page.ids) == len(set(page.ids))
    assert {str(a["href"])[1:] for a in page.all("a") if str(a["href"]).startswith("#")} <= set(page.ids)


def test_it_loads_nothing_and_needs_no_script(html: str) -> None:
    page = Page(html)
    assert not page.all("script") and not page.all("img") and not page.all("iframe")
    without = re.sub(r'href="https://doi\.org/[^"]+"|xmlns="http://www\.w3\.org/2000/svg"', "", html)
    assert "http" not in without.replace("http-equiv", "")
    assert "url(" not in html and "@import" not in html


def test_every_row_is_shown_with_its_words_strength_version_and_source(html: str, report: GenomeReport) -> None:
    text = Page(html).text.casefold()
    for entry in report.medicines:
        for row in entry.rows:
            for option in row.options:
                assert " ".join(action_words(option).split()).casefold() in text
    n_lines = sum(len(entry.rows) for entry in report.medicines)
    lines = re.findall(r'<div class="line.*?</div>', html, re.S)
    assert len(lines) == n_lines
    for line in lines:
        assert "#source-" in line and " · " in line and re.search(r"read|unverified", line)


def test_every_conflict_is_shown_where_its_drug_stands(html: str, report: GenomeReport) -> None:
    cells = re.findall(r'<th scope="row" role="rowheader">(.*?)</th>', html, re.S)
    conflicting = [entry for entry in report.medicines if entry.conflicts]
    assert conflicting
    for entry in conflicting:
        (cell,) = [c for c in cells if c.startswith(f"{entry.drug}<br>")]
        assert cell.count("≠") == len(entry.conflicts)
    assert html.count('class="differ"') == sum(len(e.conflicts) for e in report.medicines)


def test_the_medicines_come_before_the_genes_and_what_is_taken_first(html: str) -> None:
    places = [html.index(f'id="{name}"') for name in ("medicines", "group-taken", "exposure", "genes", "evidence")]
    assert places == sorted(places)


def test_the_phenotype_after_co_medication_names_the_drug(html: str) -> None:
    text = Page(html).text
    assert "→ PM (score 0) with paroxetine" in text
    assert "no validated method" in text  # what omeprazole is expected to do to CYP2C19 or CYP2B6 is no rule
    assert "Copy number was not measured" in text


def test_a_missing_position_shows_what_is_not_excluded_and_what_is_common(tmp_path: Path) -> None:
    text = Page(genome_html(report_of(calls_of(tmp_path, NORMAL_2C19, without=SITE_OF_17)))).text
    assert "Not excluded: *17" in text and "phenotypes differ" in text
    assert "Common to all that is possible:" in text and "Missing: chr10:94761900." in text


def test_an_outside_call_is_shown_with_its_file(tmp_path: Path) -> None:
    outside = parse_outside_calls(["CYP2D6\t*1/*2x2"], "lab.tsv")
    text = Page(genome_html(report_of(calls_of(tmp_path, outside=outside)))).text
    assert "*1/*2x2" in text and "From outside call: lab.tsv" in text


def test_old_tables_are_warned_of_on_the_first_screen(html: str) -> None:
    assert html.index('id="due"') < html.index('id="medicines"')
    assert "revised in November 2025" in Page(html).text


def test_sources_are_numbered_as_in_the_document(html: str, report: GenomeReport) -> None:
    page = Page(html)
    for number, source in enumerate(genome_report_document(report).sources, start=1):
        assert f"source-{number}" in page.ids and f"[{number}] {' '.join(source.text.split())}" in page.text


def test_headings_never_skip_a_level_and_tables_have_captions(html: str) -> None:
    page = Page(html)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table")) and all("scope" in th for th in page.all("th"))


def test_names_can_not_become_markup(tmp_path: Path) -> None:
    calls = calls_of(tmp_path, sample=HOSTILE)
    page = Page(genome_html(report_of(calls, HOSTILE, case_id=HOSTILE)))
    assert page.problems == [] and not page.all("script") and not page.all("img")
    assert "{{7*7}}" in page.text and "alert(1)" in page.text


def test_the_same_report_gives_the_same_page(html: str, report: GenomeReport) -> None:
    assert genome_html(report) == html
