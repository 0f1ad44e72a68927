"""A passkey in a real browser: added at one's own page, then enough alone to sign in and to be fresh."""

import re
import subprocess
from collections.abc import Iterator

import pytest
from installation import PUBLISHER, Installation, installed
from playwright.sync_api import Browser, Page, expect

PASSWORD = "seven grey herons wading"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, str]]:
    place = installed(tmp_path_factory.mktemp("desk"))
    assert place.run("db", "upgrade").returncode == 0
    with (place.folder / "desk.log").open("wb") as log:
        process = subprocess.Popen(
            [*PUBLISHER, "desk"],
            cwd=place.folder,
            env=place.env(""),
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout is not None
        try:
            said = process.stdout.readline().decode().strip()
            found = re.search(r"http://localhost:\d+", said)
            assert found, (place.folder / "desk.log").read_text()
            yield place, found[0]
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()


@pytest.fixture
def ann(browser: Browser, desk: tuple[Installation, str]) -> Iterator[Page]:
    """Ann's browser, on a machine that makes passkeys and takes any finger."""
    page = browser.new_context().new_page()
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    line.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    yield page
    page.context.close()


def test_a_passkey_is_added_and_then_enough(desk: tuple[Installation, str], ann: Page) -> None:
    place, url = desk
    invited = place.run("invite", "ann", by="")  # by whoever runs it
    assert invited.returncode == 0, invited.stderr
    ann.goto(f"{url}/join#{invited.stdout.strip().rpartition('#')[2]}")
    ann.locator("input[name=password]").fill(PASSWORD)
    ann.locator("input[name=again]").fill(PASSWORD)
    ann.get_by_role("button", name="Join").click()
    expect(ann.locator("input[name=password]")).to_have_count(0)
    ann.goto(f"{url}/me")
    ann.get_by_label("What is the device called?").fill("laptop")
    ann.get_by_role("button", name="Add a passkey").click()
    expect(ann.get_by_role("heading", name="laptop")).to_be_visible()
    ann.get_by_role("button", name="Sign out").click()
    ann.get_by_role("button", name="With a passkey").click()
    expect(ann).to_have_url(f"{url}/")
    ann.goto(f"{url}/fresh?to=/me")
    ann.get_by_role("button", name="With a passkey").click()
    expect(ann).to_have_url(f"{url}/me")
    ann.locator("form[action^='/me/end/passkey/'] button").click()
    expect(ann.get_by_role("heading", name="laptop")).to_have_count(0)
