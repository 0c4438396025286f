"""The plan page in a real browser: fits a phone and a screen, prints, stays quiet, keeps contrast."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from report_plans import made_up_case, made_up_plan

from euthymia.case.files import read_case
from euthymia.plan import compare
from euthymia.report import index_entry, write_index, write_plan

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LONG = " with a very long addition that nobody wrote by hand and Wortzusammensetzungsungetümlichkeitsbeispiel"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = made_up_case()
    return write_plan(made_up_plan(case), case, tmp_path_factory.mktemp("plan"))[1]


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = made_up_case(LONG)
    return write_plan(made_up_plan(case, LONG), case, tmp_path_factory.mktemp("long"))[1]


@pytest.fixture(scope="module")
def genes_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of the program itself, with genes, drug options and pictures: its widest tables."""
    with resources.as_file(resources.files("euthymia.cli") / "cases" / "1-three-failed-trials.yaml") as path:
        case = read_case(path)
    return write_plan(compare(case), case, tmp_path_factory.mktemp("genes"))[1]


@contextmanager
def opened(
    browser: Browser, path: Path, width: int = 1280, scheme: Literal["light", "dark"] = "light", *, script: bool = True
) -> Iterator[tuple[Page, list[str]]]:
    """Open a page with every other request refused; give it with the list of what it did beside showing itself."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script
    )
    page = context.new_page()
    noise: list[str] = []
    page.on("console", lambda message: noise.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: noise.append(f"error: {error}"))
    own = path.resolve().as_uri()

    def decide(route: object) -> None:
        url = route.request.url  # type: ignore[attr-defined]
        if url.split("#")[0] == own:
            route.continue_()  # type: ignore[attr-defined]
        else:
            noise.append(f"request: {url}")
            route.abort()  # type: ignore[attr-defined]

    page.route("**/*", decide)
    page.goto(own)
    yield page, noise
    context.close()


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", ["page_file", "long_file", "genes_file"])
def test_nothing_is_wider_than_the_window(
    browser: Browser, width: int, name: str, request: pytest.FixtureRequest
) -> None:
    with opened(browser, request.getfixturevalue(name), width) as (page, noise):
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room
        beyond = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
            " && !e.closest('svg') && !e.closest('.cards thead') && !e.classList.contains('unseen'))"
            ".map(e => e.tagName + '.' + e.className)"
        )
        assert beyond == []
        assert noise == []


def test_it_loads_nothing_and_logs_nothing_with_every_part_open(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as (page, noise):
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.wait_for_load_state("networkidle")
        assert noise == []
        assert page.title() == "Plan for case-1 · Euthymia"


@pytest.mark.parametrize("width", [360, 1280])
def test_the_urgent_box_is_seen_first_and_stands_above_the_comparison(
    browser: Browser, page_file: Path, width: int
) -> None:
    with opened(browser, page_file, width) as (page, _):
        tops = [page.locator(f"#{name}").bounding_box() for name in ("urgent", "first-steps", "brief", "comparison")]
        places = [box["y"] for box in tops if box is not None]
        assert places == sorted(places) and len(places) == 4
        assert places[0] < 800  # on the first screen
        assert page.locator("#urgent").inner_text().casefold().index("now") >= 0


def test_one_layout_of_each_figure_is_shown_and_its_letters_are_readable(browser: Browser, page_file: Path) -> None:
    for width, shown, hidden in ((360, "narrow", "wide"), (1280, "wide", "narrow")):
        with opened(browser, page_file, width) as (page, _):
            assert page.locator(f"#comparison figure .{shown}").is_visible()
            assert not page.locator(f"#comparison figure .{hidden}").is_visible()
            scale = page.evaluate(
                f"(() => {{const s = document.querySelector('#comparison .{shown} svg');"
                "return s.getBoundingClientRect().width / s.viewBox.baseVal.width})()"
            )
            assert 10.5 * scale >= 10  # CSS pixels of the smallest letters


def test_without_javascript_every_option_can_still_be_unfolded(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, script=False) as (page, noise):
        closed = page.locator("details.option:not([open])").first
        closed.locator("> summary").click()
        assert page.locator("#options details.option[open]").count() == 2
        assert noise == []


def test_the_skip_link_is_the_first_stop_of_the_keyboard(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        box = page.locator(".skip").bounding_box()
        assert box is not None and box["x"] >= 0


@pytest.mark.parametrize("script", [True, False])
def test_it_prints_on_a4_with_every_option_unfolded(
    browser: Browser, page_file: Path, tmp_path: Path, script: bool
) -> None:
    with opened(browser, page_file, script=script) as (page, _):
        raw = page.pdf(path=str(tmp_path / "plan.pdf"), format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", raw)) > 1
    with opened(browser, page_file, script=script) as (page, _):
        page.emulate_media(media="print")
        if script:
            page.evaluate("dispatchEvent(new Event('beforeprint'))")
        for index in range(page.locator("details.option").count()):
            assert page.locator("details.option").nth(index).locator(".reasons").first.is_visible()
        assert page.locator("#comparison thead").is_visible()  # a table again, no cards


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_keeps_a_contrast_of_4_5_to_1(browser: Browser, page_file: Path, scheme: Literal["light", "dark"]) -> None:
    with opened(browser, page_file, scheme=scheme) as (page, _):
        pairs = inks(page)
    assert len(pairs) > 20
    low = [(name, ink, paper) for name, ink, paper in pairs if contrast(ink, paper) < 4.5]
    assert low == []
    assert (luminance(pairs[0][2]) > 0.5) == (scheme == "light") or scheme == "dark"


def test_the_index_fits_a_phone_and_loads_nothing(browser: Browser, tmp_path: Path) -> None:
    plan = made_up_plan(made_up_case(LONG), LONG)
    with opened(browser, write_index([index_entry(plan, "a/plan.html")] * 3, tmp_path), 360) as (page, noise):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert noise == []


def inks(page: Page) -> list[tuple[str, str, str]]:
    """Every element with text of its own, with everything unfolded: what it is, its color, and that behind it."""
    script = """() => {
      const back = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
        if (c !== 'rgba(0, 0, 0, 0)' && c !== 'transparent') return c; } return 'rgb(255, 255, 255)'; };
      const found = [];
      for (const e of document.querySelectorAll('body *')) {
        if (e.closest('svg, script, style')) continue;
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
        const s = getComputedStyle(e);
        found.push([e.tagName + '.' + e.className, s.color, back(e)]);
      }
      const paper = getComputedStyle(document.body).backgroundColor;
      for (const t of document.querySelectorAll('svg text:not(.letter)'))
        found.push(['svg text.' + t.getAttribute('class'), getComputedStyle(t).fill, paper]);
      const letter = document.querySelector('svg .letter');
      for (const p of document.querySelectorAll('svg .part'))
        found.push(['svg letter', getComputedStyle(letter).fill, getComputedStyle(p).fill]);
      return [...new Set(found.map(JSON.stringify))].map(JSON.parse);
    }"""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    return [(name, ink, paper) for name, ink, paper in page.evaluate(script)]


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2) of a computed color."""
    numbers = [float(n) for n in re.findall(r"[\d.]+(?:e-?\d+)?", color.replace("color(srgb", ""))][:3]
    channels = [n if color.startswith("color(") else n / 255 for n in numbers]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: str, paper: str) -> float:
    """Contrast ratio (WCAG 2) of two computed colors."""
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
