"""A headless Chromium for the browser tests: no network, nothing but the page under test."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))  # the plans made up for the report tests

CHROMIUM = Path(os.environ.get("EUTHYMIA_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-extensions",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; skips where there is none, but fails in CI, where there must be one."""
    why = "" if CHROMIUM.exists() else f"no Chromium at {CHROMIUM} (set EUTHYMIA_CHROMIUM)"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        why = "playwright is not installed (pip install 'euthymia[test]')"
    if why and os.environ.get("CI"):
        pytest.fail(f"browser tests can not run in CI: {why}")
    if why:
        pytest.skip(why)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield found
        found.close()
