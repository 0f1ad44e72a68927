"""The sandbox's pages as a person sees them: what went out, once each, with its notice."""

from pathlib import Path

import requests
from playwright.sync_api import Page, expect

from publisher.sandbox import Server

NOTICE = "Not necessarily an official announcement or view."


def publish(server: Server, account: str, text: str, title: str = "") -> None:
    """One post on the stand-in blog, as the real API takes it."""
    answer = requests.post(
        f"{server.url}/blog/wp-json/wp/v2/posts",
        auth=(account, f"sandbox-{account}"),
        json={
            "title": title or "News",
            "content": f"<p>{text}</p><p>{NOTICE}</p>",
            "status": "publish",
        },
        timeout=30,
    )
    assert answer.status_code == 201


def test_the_first_page_shows_what_each_network_holds(page: Page, sandbox: Server) -> None:
    publish(sandbox, "sandbox-blog", "The fair opens at ten.", "Summer fair")
    page.goto(sandbox.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("What the networks show")
    expect(page.get_by_text("Summer fair")).to_have_count(1)
    page.get_by_role("link", name="Blog").first.click()
    expect(page.get_by_text("The fair opens at ten.")).to_be_visible()
    expect(page.get_by_text(NOTICE)).to_have_count(1)


def test_a_thread_reads_from_top_to_bottom_and_fits_a_narrow_screen(
    page: Page, sandbox: Server, tmp_path: Path
) -> None:
    before: dict[str, object] = {}
    for number in (1, 2, 3):
        answer = requests.post(
            f"{sandbox.url}/x/2/tweets",
            headers={"Authorization": "Bearer sandbox-x"},
            json={"text": f"{'The fair opens. ' * 8}({number}/3)", **before},
            timeout=30,
        )
        before = {"reply": {"in_reply_to_tweet_id": answer.json()["data"]["id"]}}
    for width in (320, 1000):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{sandbox.url}/timeline/x")
        tops = [box["y"] for one in page.locator("article").all() if (box := one.bounding_box())]
        left = [box["x"] for one in page.locator("article").all() if (box := one.bounding_box())]
        assert tops == sorted(tops)
        assert left[0] < left[1] == left[2]
        expect(page.get_by_role("list", name="Replies").get_by_role("listitem")).to_have_count(2)
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        page.screenshot(path=str(tmp_path / f"thread-{width}.png"))


def test_words_that_look_like_markup_are_shown_and_not_run(page: Page, sandbox: Server) -> None:
    publish(
        sandbox,
        "sandbox-blog",
        "5 &lt; 6 &lt;script&gt;alert(1)&lt;/script&gt;",
        "<img src=x onerror=alert(1)>",
    )
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.goto(f"{sandbox.url}/timeline/wordpress")
    expect(page.get_by_text("5 < 6")).to_be_visible()
    assert page.locator("article script, article img[onerror]").count() == 0


def test_the_page_fits_a_narrow_screen_in_both_colour_schemes(
    page: Page, sandbox: Server, tmp_path: Path
) -> None:
    publish(sandbox, "sandbox-blog", "長い文章です。" * 40, "お知らせ")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(f"{sandbox.url}/timeline/wordpress")
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        page.screenshot(path=str(tmp_path / f"{scheme}.png"))
        assert not wide
