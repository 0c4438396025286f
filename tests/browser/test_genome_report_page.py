"""The pharmacogenomics page in a real browser: seen, readable, quiet on a phone and a screen, whole in print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from genome_samples import calls_of, report_of
from test_plan_page import contrast, opened

from euthymia.report.genome_content import GenomeReport
from euthymia.report.genome_write import write_genome_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LONG = "Wortzusammensetzungsungetümlichkeitsbeispielsatzverlängerungsangelegenheit"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> GenomeReport:
    haplotypes = {"CYP2C19": ("*1", "*2"), "CYP2D6": ("*4", "*41"), "CYP2B6": ("*1", "*6")}
    calls = calls_of(tmp_path_factory.mktemp("genome"), haplotypes, phased=False, sample=LONG)
    return report_of(calls, "paroxetine", "escitalopram", LONG)


@pytest.fixture(scope="module")
def page_file(report: GenomeReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_genome_report(report, tmp_path_factory.mktemp("report"))[0]


@pytest.mark.parametrize("width", [360, 400, 768, 1280])
def test_nothing_is_wider_than_the_window_and_nothing_is_loaded(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width, script=True) as (page, noise):
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        beyond = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
            " && !e.closest('svg') && !e.closest('.cards thead') && !e.classList.contains('unseen'))"
            ".map(e => e.tagName + '.' + e.className)"
        )
        assert wide <= room and beyond == [] and noise == []


@pytest.mark.parametrize("width", [400, 1280])
def test_what_is_taken_is_seen_first_and_every_conflict_is_visible(
    browser: Browser, page_file: Path, report: GenomeReport, width: int
) -> None:
    with opened(browser, page_file, width, script=False) as (page, _):
        first = page.locator("table.guidance tbody tr").first
        box = first.bounding_box()
        assert box is not None and box["y"] < 1150  # within the second screen of a phone, with names of 70 letters
        assert first.locator("th").inner_text().startswith("escitalopram")
        marks = page.locator(".differ")
        assert marks.count() == sum(len(entry.conflicts) for entry in report.medicines) > 3
        for index in range(marks.count()):
            assert marks.nth(index).is_visible() and "differ" in marks.nth(index).inner_text()
        row = page.locator("tr", has_text="paroxetine").first
        assert row.is_visible()


def test_groups_are_told_apart_without_color(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as (page, _):
        words = set(page.locator("table.guidance tbody th .chip").all_inner_texts())
    assert {"✕ avoid or choose another", "! adjust or watch"} <= words


@pytest.mark.parametrize("width", [400, 1280])
def test_letters_are_large_enough_to_read(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width) as (page, _):
        smallest = page.evaluate(
            "Math.min(...[...document.querySelectorAll('table.guidance *')]"
            ".filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.offsetParent)"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert smallest >= 11
        shown = "narrow" if width < 768 else "wide"
        assert page.locator(f"#exposure figure .{shown}").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_keeps_a_contrast_of_4_5_to_1(browser: Browser, page_file: Path, scheme: Literal["light", "dark"]) -> None:
    script = """() => {
      const back = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
        if (c !== 'rgba(0, 0, 0, 0)' && c !== 'transparent') return c; } return 'rgb(255, 255, 255)'; };
      const found = [];
      for (const e of document.querySelectorAll('body *')) {
        if (e.closest('svg, script, style')) continue;
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
        found.push([e.tagName + '.' + e.className, getComputedStyle(e).color, back(e)]);
      }
      return [...new Set(found.map(JSON.stringify))].map(JSON.parse);
    }"""
    with opened(browser, page_file, scheme=scheme) as (page, _):
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        pairs = page.evaluate(script)
    assert len(pairs) > 20
    assert [(name, ink, paper) for name, ink, paper in pairs if contrast(ink, paper) < 4.5] == []


def test_it_prints_as_a_table_on_a4(browser: Browser, page_file: Path, tmp_path: Path) -> None:
    with opened(browser, page_file, script=False) as (page, _):
        raw = page.pdf(path=str(tmp_path / "report.pdf"), format="A4", prefer_css_page_size=True)
        assert 1 < len(re.findall(rb"/Type\s*/Page\b", raw)) < 25
        page.emulate_media(media="print")
        assert page.locator("table.guidance thead").first.is_visible()
        assert page.locator(".differ").first.is_visible()
