"""A real browser. Without one the tests skip with one line; CI must not skip."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from publisher.sandbox import Server, serve

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """System Chromium, driven by the Playwright wheel; nothing is downloaded."""
    path = os.environ.get("PUBLISHER_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )
    if path is None or not Path(path).exists():
        if os.environ.get("CI"):
            pytest.fail("CI must test in a browser: install chromium")
        pytest.skip("no browser: install chromium, or set PUBLISHER_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        args = [
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-sync",
        ]
        args += ["--no-sandbox"] if os.geteuid() == 0 else []
        found = playwright.chromium.launch(executable_path=path, args=args)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, sandbox: Server) -> Iterator[Page]:
    """A page on which any console error or policy violation fails the test.

    It is closed before the server ends, which it keeps asking for news.
    """
    made = browser.new_page(viewport={"width": 1000, "height": 800})
    complaints: list[str] = []
    made.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    made.close()
    assert complaints == []


@pytest.fixture
def sandbox() -> Iterator[Server]:
    with serve("127.0.0.1", 0) as server:
        yield server
