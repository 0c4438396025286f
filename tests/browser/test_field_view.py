"""The head of a field in a real browser: drawn by WebGL, turned by keys, and a picture where there is no WebGL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from field_samples import placed_field
from test_plan_page import opened

from euthymia.report.field_page import write_field

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("field")
    write_field(placed_field(), folder)
    return folder / "field.html"


def needs_webgl(page: Page) -> None:
    if not page.evaluate("!!document.createElement('canvas').getContext('webgl2')"):
        pytest.skip("this Chromium has no WebGL, not even in software")


def test_the_head_is_drawn_and_turned_by_hand_and_keys(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as (page, noise):
        needs_webgl(page)
        canvas = page.locator("canvas")
        assert canvas.is_visible() and not page.locator("img.still").is_visible()
        canvas.focus()
        page.keyboard.press("0")  # also shows the focus ring
        first = canvas.screenshot()
        seen = [first]
        for press in ("ArrowLeft", "ArrowUp", "+"):
            page.keyboard.press(press)
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            seen.append(canvas.screenshot())
        page.check("input[value=normal]")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen.append(canvas.screenshot())
        assert len(set(seen)) == 5
        assert page.locator(".scale.normal").is_visible() and not page.locator(".scale.strength").is_visible()
        page.check("input[value=strength]")
        page.focus("canvas")
        page.keyboard.press("0")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert canvas.screenshot() == first
        assert [words for words in noise if "GPU stall due to ReadPixels" not in words] == []  # taking screenshots


def test_without_webgl_the_picture_is_shown_and_said(browser: Browser, page_file: Path) -> None:
    page = browser.new_page()
    page.add_init_script(NO_WEBGL)
    page.goto(page_file.resolve().as_uri())
    assert page.locator("img.still").is_visible() and not page.locator("canvas").is_visible()
    assert page.get_by_text("This browser shows no WebGL").is_visible()
    assert not page.locator(".controls").is_visible()
    page.close()


def test_print_shows_the_picture(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as (page, _):
        page.emulate_media(media="print")
        assert page.locator("img.still").is_visible() and not page.locator("canvas").is_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_of_the_field_is_wider_than_the_window(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width) as (page, noise):
        wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room and noise == []
