"""The desk in a browser, as the comms team uses it: the real processes, a real Chromium.

Ann reads English, on a wide screen in the light; Bo and Cy read Japanese, on a phone in the dark.
"""

import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from installation import PUBLISHER, installed
from playwright.sync_api import Browser, Page, expect

PAGES = ("/", "/posts", "/write", "/search", "/exceptions", "/stop", "/me", "/confirm")


@dataclass
class Desk:
    """Where it is, and where whoever started it plays its sample people."""

    url: str
    demonstration: str


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    place = installed(tmp_path_factory.mktemp("desk"))
    config = place.folder / "config.toml"
    said = config.read_text("utf-8")
    for name in ("Bo", "Cy"):
        said = said.replace(f'name = "{name}"\n', f'name = "{name}"\nlang = "ja"\n')
    config.write_text(said, "utf-8")
    log = (place.folder / "up.log").open("wb")
    process = subprocess.Popen(
        [*PUBLISHER, "up"], cwd=place.folder, env=place.env(""), stdout=subprocess.PIPE, stderr=log
    )
    assert process.stdout is not None
    lines = b""
    for line in process.stdout:
        lines += line
        if b"What the networks show" in line:
            break
    found = re.search(r"(http://localhost:\d+)/demonstration/\S+", lines.decode())
    assert found, (place.folder / "up.log").read_text()
    try:
        yield Desk(found[1], found[0])
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(90)
        process.stdout.close()
        log.close()
    assert code == 0


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What a page complained of: an error of a script, something that its policy refused."""
    found: list[str] = []
    yield found
    assert found == []


def opened(browser: Browser, desk: Desk, complaints: list[str], who: str) -> Page:
    """A browser of this person's own."""
    phone = who != "ann"
    context = browser.new_context(
        viewport={"width": 320 if phone else 1200, "height": 800},
        color_scheme="dark" if phone else "light",
    )
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(desk.demonstration)
    if who != "ann":
        page.locator(".sample select").select_option(who)
        page.locator(".sample button").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja" if phone else "en")
    return page


def test_a_post_is_written_by_one_and_approved_by_another_who_sees_it_published(
    browser: Browser, desk: Desk, complaints: list[str]
) -> None:
    ann = opened(browser, desk, complaints, "ann")
    ann.get_by_role("link", name="Write", exact=True).click()
    ann.get_by_label("Text").fill("The summer fair opens its doors on Saturday at nine.")
    ann.get_by_label("sandbox-board").check()
    ann.get_by_role("button", name="Check").click()
    expect(ann.locator(".verdict")).to_have_text("It needs a yes of somebody else.")
    expect(ann.get_by_text("not necessarily an official announcement")).to_be_visible()
    ann.get_by_role("button", name="Hand in").click()
    expect(ann.get_by_role("status").get_by_text("Handed in.")).to_be_visible()
    expect(ann.get_by_role("button", name="Approve exactly this")).to_have_count(0)
    post = ann.url.partition("?")[0]
    bo = opened(browser, desk, complaints, "bo")
    bo.locator(".needs").get_by_role("link").first.click()
    expect(bo).to_have_url(post)
    bo.get_by_role("button", name="この内容のまま承認").click()
    expect(bo.get_by_text("承認しました。")).to_be_visible()
    # Nobody touches it: the page looks again by itself when it is out.
    expect(ann.get_by_text("Public.")).to_be_visible(timeout=60_000)
    expect(ann.get_by_role("link", name="See it")).to_be_visible()
    for page in (ann, bo):
        page.context.close()


def test_a_page_that_nobody_touches_says_that_there_is_news_and_asks_for_nothing(
    browser: Browser, desk: Desk, complaints: list[str]
) -> None:
    """Else a browser that was left alone would never be signed out."""
    bo = opened(browser, desk, complaints, "bo")
    bo.goto(f"{desk.url}/posts")
    bo.evaluate("sessionStorage.setItem('touched', String(Date.now() - 31 * 60 * 1000))")
    ann = opened(browser, desk, complaints, "ann")
    ann.goto(f"{desk.url}/write")
    ann.get_by_label("Text").fill("The winter fair opens its doors on Monday.")
    ann.get_by_label("sandbox-board").check()
    ann.get_by_role("button", name="Keep as a draft").click()
    expect(bo.locator("[data-news]")).to_be_visible()
    expect(bo.get_by_text("The winter fair opens")).to_have_count(0)
    for page in (ann, bo):
        page.context.close()


def test_an_urgent_notice_at_night_goes_out_by_two_people_on_their_phones(
    browser: Browser, desk: Desk, complaints: list[str]
) -> None:
    bo = opened(browser, desk, complaints, "bo")
    bo.goto(f"{desk.url}/write")
    bo.locator("textarea[name=text]").fill("Our line is down. We are working on it.")
    bo.get_by_label("sandbox-x").check()
    bo.get_by_text("営業時間まで待てない").click()
    bo.locator("select[name=category]").select_option("outage")
    bo.locator("textarea[name=reason]").fill("No call gets through to us")
    bo.locator("button[value=hand_in]").click()
    expect(bo.locator(".done")).to_be_visible()
    post = bo.url.partition("?")[0]
    cy = opened(browser, desk, complaints, "cy")
    cy.locator(".needs").get_by_role("link").first.click()
    expect(cy.get_by_text("Our line is down. We are working on it.")).to_be_visible()
    cy.get_by_role("button", name="許可して公開").click()
    expect(cy.locator(".done")).to_be_visible()
    cy.goto(post)
    expect(cy.get_by_text("公開中。")).to_be_visible(timeout=60_000)
    for page in (bo, cy):
        page.context.close()


def test_everything_is_stopped_within_two_clicks_and_lifted_by_a_duty_officer(
    browser: Browser, desk: Desk, complaints: list[str]
) -> None:
    ann = opened(browser, desk, complaints, "ann")
    ann.get_by_role("link", name="Stop", exact=True).click()
    ann.get_by_label("Why?").fill("A price in a post is wrong")
    ann.get_by_role("button", name="Stop now").click()
    expect(ann.get_by_role("status").first).to_contain_text("A price in a post is wrong")
    cy = opened(browser, desk, complaints, "cy")
    expect(cy.locator(".stopped")).to_contain_text("A price in a post is wrong")
    cy.locator(".stopped a").click()
    cy.get_by_role("button", name="停止を解除").click()
    expect(cy.locator(".stopped")).to_have_count(0)
    for page in (ann, cy):
        page.context.close()


def test_no_page_is_wider_than_a_phone_and_each_says_what_it_is(
    browser: Browser, desk: Desk, complaints: list[str]
) -> None:
    for who in ("ann", "bo"):
        page = opened(browser, desk, complaints, who)
        for path in PAGES:
            page.goto(desk.url + path)
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert width <= 0, (who, path)
        page.context.close()


def test_the_keyboard_alone_writes_and_hands_in(
    browser: Browser, desk: Desk, complaints: list[str]
) -> None:
    ann = opened(browser, desk, complaints, "ann")
    ann.goto(f"{desk.url}/write")
    ann.keyboard.press("Tab")
    expect(ann.locator(".skip")).to_be_focused()
    ann.keyboard.press("Enter")
    ann.keyboard.press("Tab")
    expect(ann.locator("textarea[name=text]")).to_be_focused()
    ann.keyboard.type("The spring fair opens its doors on Sunday at ten.")
    ann.keyboard.press("Tab")
    ann.keyboard.press("Space")
    ann.locator("button[value=draft]").focus()
    ann.keyboard.press("Enter")
    expect(ann.locator(".done")).to_have_text(
        "Kept as a draft. Nobody has been asked for anything."
    )
    ann.context.close()
