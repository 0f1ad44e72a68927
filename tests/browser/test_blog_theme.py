"""A post with a large picture on a real WordPress, in a real theme, on a phone and on a desk.

Runs where WP_URL and WP_ADMIN ("user:application password") name a server.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

if not (os.environ.get("WP_URL") and os.environ.get("WP_ADMIN")):
    pytest.skip("WP_URL and WP_ADMIN name no WordPress to test against", allow_module_level=True)

from blog_rig import LARGE, NOTICE, adapter, an_intent, prepared

TEXT = """"Spring fair" -- it's on, 10:00 to 16:00 ... :-)

春の見本市は予定どおり開催します。詳しくはhttps://example.com/news/2026/12/spring-fair-announcement?lang=ja&from=blogをご覧ください

https://example.com/a-very-long-address-of-which-no-browser-knows-where-it-may-break-it-on-a-narrow-phone"""
PHONE, DESK = (380, 800), (1280, 900)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The post's own page."""
    intent = prepared(an_intent(TEXT, title="Spring fair", media=(LARGE,)))
    sent = adapter().send(intent)
    yield sent.url
    adapter().send(an_intent(act="retract", target=sent.remote_id))


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def reader(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(address)
    yield page
    page.close()


def test_no_page_scrolls_sideways(reader: Page) -> None:
    wide, window = reader.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= window


def test_the_picture_fits_its_column_keeps_its_shape_and_is_no_larger_than_needed(
    reader: Page,
) -> None:
    image = reader.locator("figure.wp-block-image img")
    image.scroll_into_view_if_needed()
    reader.wait_for_function("() => document.querySelector('figure.wp-block-image img').complete")
    box = image.bounding_box()
    column = reader.locator("figure.wp-block-image").bounding_box()
    assert box is not None
    assert column is not None
    assert 100 < box["width"] <= column["width"] + 1
    assert abs(box["width"] / box["height"] - 1.5) < 0.02
    assert image.evaluate("image => image.naturalWidth") > 0
    assert image.evaluate("image => image.currentSrc.includes('x')")  # one of the smaller sizes
    assert image.get_attribute("alt") == LARGE.alt


def test_a_reader_sees_the_approved_words_and_the_notice_and_can_follow_the_addresses(
    reader: Page,
) -> None:
    words = reader.locator(".entry-content, .wp-block-post-content").first.inner_text()
    for paragraph in [*TEXT.split("\n\n"), NOTICE]:
        assert paragraph in words
    assert reader.get_by_role("heading", name="Spring fair", exact=True).count() == 1
    links = reader.locator(".entry-content a, .wp-block-post-content a")
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://example.com/news/2026/12/spring-fair-announcement?lang=ja&from=blog",
        TEXT.splitlines()[-1],
    ]
