"""The head of a field in a real browser: drawn by WebGL, turned by keys, and a picture where there is no WebGL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from field_samples import placed_field
from test_plan_page import contrast, inks, opened

from euthymia.report.field_page import write_field

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null"
NO_WEBGL_ONLY = """const own = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind) { return kind === "2d" ? own.call(this, kind) : null; }"""
VIEWS = ("axial", "coronal", "sagittal", "coil")


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
        canvas = page.locator("#head-view canvas")
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


def shots(page: Page) -> dict[str, str]:
    """What each slice shows: its pixels, and the coil and target over them."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    script = "f => f.querySelector('canvas').toDataURL() + f.querySelector('.moving .marks').innerHTML"
    return {name: page.locator(f".cut[data-view={name}]").evaluate(script) for name in VIEWS}


def test_slices_move_by_keys_and_clicks_and_come_back(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as (page, noise):
        first = shots(page)
        assert page.locator("#cuts .readout").inner_text().startswith("x −41, y 41, z 41 mm · grey matter · ")
        said = page.locator("[data-view=axial] desc")
        assert "Strongest in the brain" in (said.text_content() or "")
        axial = page.locator("[data-view=axial] input")
        axial.focus()
        page.keyboard.press("ArrowRight")
        moved = shots(page)
        assert page.locator("[data-view=axial] .cut-place").inner_text() == "z = 41.5 mm"
        assert axial.get_attribute("aria-valuetext") == "z = 41.5 mm"
        assert said.text_content() == "The left of the picture is L, the upper side A."
        assert moved["axial"] != first["axial"] and moved["coil"] == first["coil"]
        picture = page.locator("[data-view=axial] .cut-picture")
        box = picture.bounding_box()
        assert box is not None
        picture.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.6})
        clicked = shots(page)
        assert clicked["sagittal"] != moved["sagittal"] and clicked["coronal"] != moved["coronal"]
        page.get_by_role("button", name="highest in grey matter").click()
        assert shots(page)["axial"] != clicked["axial"]
        assert "above" in page.locator("#cuts .readout").inner_text()
        page.get_by_role("button", name="target", exact=True).click()
        assert shots(page) == first and "Strongest in the brain" in (said.text_content() or "")
        page.uncheck("input[name=painted]")
        plain = shots(page)
        assert all(plain[name] != first[name] for name in VIEWS)
        page.uncheck("input[name=marks]")
        assert not page.locator("[data-view=axial] .moving .coil-cut").is_visible()
        assert [words for words in noise if "GPU stall due to ReadPixels" not in words] == []


def test_a_click_goes_to_the_point_that_was_clicked(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, 380) as (page, _):
        ring = page.locator("[data-view=coronal] .moving .target-ring").bounding_box()
        picture = page.locator("[data-view=coronal] .cut-picture")
        box = picture.bounding_box()
        assert ring is not None and box is not None
        at = {"x": ring["x"] + ring["width"] / 2 - box["x"], "y": ring["y"] + ring["height"] / 2 - box["y"]}
        page.locator("[data-view=axial] input").focus()
        page.keyboard.press("Home")
        picture.click(position=at)
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        numbers = [
            float(n) for n in re.findall(r"[-−]?\d+", page.locator("#cuts .readout").inner_text().replace("−", "-"))
        ]
        assert all(abs(a - b) <= 1.5 for a, b in zip(numbers, (-41, 41, 41), strict=False))


def test_slices_are_pictures_with_words_without_scripts_and_in_print(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, script=False) as (page, _):
        for name in VIEWS:
            assert page.locator(f"[data-view={name}] .fixed").is_visible()
            assert not page.locator(f"[data-view={name}] canvas").is_visible()
            assert not page.locator(f"[data-view={name}] input").is_visible()
        assert page.locator(".cut-said").first.is_visible()
        assert page.get_by_role("img", name="Axial slice at z = 41.0 mm").is_visible()
    with opened(browser, page_file) as (page, _):
        assert page.locator("[data-view=axial] canvas").is_visible()
        page.emulate_media(media="print")
        assert page.locator("[data-view=axial] .fixed").is_visible()
        assert not page.locator("[data-view=axial] canvas").is_visible()


def test_slices_work_without_webgl(browser: Browser, page_file: Path) -> None:
    page = browser.new_page()
    page.add_init_script(NO_WEBGL_ONLY)
    page.goto(page_file.resolve().as_uri())
    assert page.locator("[data-view=axial] canvas").is_visible() and not page.locator("#head-view canvas").is_visible()
    page.close()


def test_without_webgl_the_picture_is_shown_and_said(browser: Browser, page_file: Path) -> None:
    page = browser.new_page()
    page.add_init_script(NO_WEBGL)
    page.goto(page_file.resolve().as_uri())
    assert page.locator("img.still").is_visible() and not page.locator("#head-view canvas").is_visible()
    assert page.get_by_text("This browser shows no WebGL").is_visible()
    assert not page.locator("#head-view .controls").is_visible()
    assert not page.locator("#cuts .controls").is_visible() and page.locator("#cuts .fixed").first.is_visible()
    page.close()


def test_print_shows_the_picture(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as (page, _):
        page.emulate_media(media="print")
        assert page.locator("img.still").is_visible() and not page.locator("#head-view canvas").is_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_of_the_field_is_wider_than_the_window(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width) as (page, noise):
        wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room and noise == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_of_the_field_keeps_a_contrast(
    browser: Browser, page_file: Path, scheme: Literal["light", "dark"]
) -> None:
    with opened(browser, page_file, scheme=scheme) as (page, _):
        pairs = inks(page)
    assert len(pairs) > 12 and [pair for pair in pairs if contrast(pair[1], pair[2]) < 4.5] == []
