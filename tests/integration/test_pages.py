"""The desk's pages, as a browser gets them: over the desk's own verbs, and nothing inline."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from counter import Counter
from world import World

from publisher.acts import ACTS
from publisher.policy import Effect
from publisher.roles import MACHINE
from publisher.service.pages import files
from publisher.service.pages.posts import DOES, DONE, STORY
from publisher.store.provision import apply
from publisher.words import sentences

PAGES = Path(files.__file__).parent
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def counter(lite: World) -> Counter:
    return Counter(lite)


def looked(counter: Counter, path: str, by: str = "ann") -> str:
    """The page, which is there."""
    answer = counter.get(path, by, bare=True)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def sent(counter: Counter, path: str, by: str = "ann", **fields: Any) -> Any:
    """What comes of a form; where it leads is not followed."""
    body = urlencode(fields, doseq=True)
    return counter.ask(
        "POST", path, by, content=body, headers=FORM, bare=True, follow_redirects=False
    )


class Marks(HTMLParser):
    """What of a page could act by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inline += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        self.inline += [f"{tag} {name}" for name, _ in attrs if name == "style"]
        if tag in ("style", "iframe") or (tag == "script" and not dict(attrs).get("src")):
            self.inline.append(tag)


def test_a_page_lets_in_nothing_from_elsewhere_and_has_nothing_inline(counter: Counter) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    for path in (
        "/",
        "/posts",
        f"/posts/{post}",
        f"/posts/{post}/edit",
        "/write",
        "/stop",
        "/search",
    ):
        answer = counter.get(path, bare=True)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        marks = Marks()
        marks.feed(answer.text)
        assert marks.inline == []


def test_words_that_look_like_markup_are_shown_as_words(counter: Counter) -> None:
    post = counter.write('<script>alert("1")</script> & <b>', "x")["id"]
    page = looked(counter, f"/posts/{post}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt; &amp; &lt;b&gt;" in page


def test_a_second_person_approves_what_they_see_and_its_author_is_not_offered_it(
    counter: Counter,
) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    assert "/approve" not in looked(counter, f"/posts/{post}", "ann")
    page = looked(counter, f"/posts/{post}", "bo")
    found = re.search(r'name="seen" value="([0-9a-f]{24})"', page)
    assert found
    answer = sent(counter, f"/posts/{post}/approve", "bo", seen=found[1])
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post}?done=approve")
    assert "Approved." in looked(counter, answer.headers["location"], "bo")
    assert counter.get(f"/posts/{post}").json()["approval"] == "approved"


def test_a_yes_to_what_has_changed_since_is_refused_beside_what_stands_there_now(
    counter: Counter,
) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    page = looked(counter, f"/posts/{post}", "bo")
    seen = re.findall(r'name="seen" value="([0-9a-f]{24})"', page)[0]
    counter.ask("PATCH", f"/posts/{post}", json={"text": "The fair opens at ten."})
    answer = sent(counter, f"/posts/{post}/approve", "bo", seen=seen)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert "The fair opens at ten." in answer.text
    assert counter.get(f"/posts/{post}").json()["approval"] == "in review"


def test_what_was_typed_is_not_lost_when_it_is_refused(counter: Counter) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    stale = counter.get(f"/posts/{post}").json()["etag"]
    counter.ask("PATCH", f"/posts/{post}", json={"text": "The fair opens at ten."})
    answer = sent(counter, f"/posts/{post}/pause", etag=stale, reason="The date <is> wrong")
    assert answer.status_code == 412
    assert "The date &lt;is&gt; wrong</textarea>" in answer.text
    answer = sent(counter, f"/posts/{post}/edit", etag=stale, text="At eleven, then.")
    assert answer.status_code == 412
    assert "At eleven, then.</textarea>" in answer.text


def test_a_sheet_that_is_sent_twice_makes_one_post(counter: Counter) -> None:
    found = re.search(r'name="key" value="([^"]+)"', looked(counter, "/write"))
    assert found
    new = {"key": found[1], "text": "One\r\nTwo", "accounts": ["x"], "do": "hand_in"}
    first, second = sent(counter, "/write", **new), sent(counter, "/write", **new)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    [post] = counter.get("/posts").json()["posts"]
    assert post["text"] == "One\nTwo"


def test_a_check_shows_what_would_be_sent_and_saves_nothing(counter: Counter) -> None:
    answer = sent(counter, "/write", text="The fair opens", accounts=["x", "blog"], do="check")
    assert answer.status_code == 200
    assert "Not necessarily an official announcement" in answer.text
    assert 'value="blog" checked' in answer.text
    assert "The fair opens</textarea>" in answer.text
    assert counter.get("/posts").json()["posts"] == []


def test_what_cannot_be_is_said_at_its_sheet(counter: Counter) -> None:
    for fields in ({"text": "Where to?"}, {"text": "x" * 200_001, "accounts": ["x"]}):
        answer = sent(counter, "/write", do="hand_in", **fields)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert fields["text"] in answer.text


def test_a_draft_is_changed_and_handed_in(counter: Counter) -> None:
    made = sent(counter, "/write", text="The fair", accounts=["x"], do="draft")
    place = made.headers["location"].partition("?")[0]
    assert "Kept as a draft" in looked(counter, made.headers["location"])
    sheet = looked(counter, f"{place}/edit")
    assert "Check shows here" not in sheet, "there is no such button on it"
    etag = re.findall(r'name="etag" value="([^"]+)"', sheet)[0]
    changed = sent(counter, f"{place}/edit", text="The fair opens", etag=etag.replace("&#34;", '"'))
    assert changed.headers["location"] == f"{place}?done=edit"
    assert sent(counter, f"{place}/submit").status_code == 303
    assert counter.get(f"/api/v1{place}").json()["state"] == "submitted"


def test_anybody_stops_and_a_duty_officer_lifts_it(counter: Counter) -> None:
    assert sent(counter, "/stop", "ann", reason="").status_code == 422
    assert sent(counter, "/stop", "ann", reason="Wrong <price>").status_code == 303
    assert "Wrong &lt;price&gt;" in looked(counter, "/")
    assert "/stop/resume" not in looked(counter, "/stop", "ann")
    assert sent(counter, "/stop/resume", "ann").status_code == 403
    assert sent(counter, "/stop/resume", "cy").status_code == 303
    assert "Wrong" not in looked(counter, "/")


def test_what_is_lifted_is_the_stop_beside_the_button_and_no_other(counter: Counter) -> None:
    assert sent(counter, "/stop", reason="Wrong price").status_code == 303
    page = looked(counter, "/stop", "cy")
    assert sent(counter, "/stop", "bo", account="x", reason="Its key leaked").status_code == 303
    [scope] = re.findall(r'name="account" value="([^"]*)"', page)
    assert sent(counter, "/stop/resume", "cy", account=scope).status_code == 303
    assert [one["scope"] for one in counter.get("/stops").json()] == ["x"]
    assert sent(counter, "/stop/resume", "cy", account="except notices").status_code == 409


def test_a_stop_that_cannot_be_is_shown_again_with_what_was_typed(counter: Counter) -> None:
    why = "Wrong price " * 20_000
    answer = sent(counter, "/stop", account="x", reason=why, except_notices="true")
    assert answer.status_code == 422
    assert why in answer.text
    assert '<option value="x" selected>' in answer.text
    assert 'value="true" checked' in answer.text


def test_a_page_that_shows_a_problem_sends_nothing_again_by_itself(counter: Counter) -> None:
    """It is what came of a form: to load it anew is to send that once more."""
    post = counter.write("The fair opens at nine.", "x")["id"]
    assert "live.js" in looked(counter, f"/posts/{post}", "bo")
    refused = sent(counter, f"/posts/{post}/approve", "bo", seen="0" * 24)
    assert refused.status_code == 409
    assert "live.js" not in refused.text
    assert "data-news" not in refused.text


def test_who_is_on_duty_for_one_account_lifts_its_stop_alone(counter: Counter) -> None:
    with counter.world.app.store.write(MACHINE) as tx:
        apply(tx, ("person", "cy"), "change person", {"roles": ["duty officer on x"]})
    assert sent(counter, "/stop", reason="Wrong price").status_code == 303
    assert sent(counter, "/stop", account="x", reason="Its key leaked").status_code == 303
    page = looked(counter, "/stop", "cy")
    assert re.findall(r'name="account" value="([^"]*)"', page) == ["x"]


def test_only_a_form_is_taken_and_only_for_a_verb_that_there_is(counter: Counter) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    as_json = counter.post(f"/posts/{post}/cancel", {"reason": "x"}, bare=True)
    assert as_json.status_code == 422
    assert sent(counter, f"/posts/{post}/explode").status_code == 404
    half = counter.ask("POST", "/stop", content="reason=%ff", headers=FORM, bare=True)
    assert half.status_code == 422
    many = counter.ask("POST", "/stop", content="a=1&" * 300, headers=FORM, bare=True)
    assert many.status_code == 422


def test_a_problem_is_a_page_for_people_and_a_document_for_programs(counter: Counter) -> None:
    answer = counter.get("/posts/nowhere", bare=True)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert counter.get("/posts/nowhere").headers["content-type"] == "application/problem+json"
    assert counter.get("/elsewhere", bare=True).status_code == 404


def test_nobody_gets_no_page(counter: Counter) -> None:
    stranger = counter.as_peer(uid=64_999)
    for path in ("/", "/posts", "/posts/abcd", "/write", "/stop"):
        answer = stranger.get(path, by="", bare=True)
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")


def test_a_time_is_marked_up_where_its_language_puts_it(counter: Counter, lite: World) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    assert "Waits; its time is <time datetime=" in looked(counter, f"/posts/{post}")
    lite.by_hand("UPDATE person SET lang = 'ja' WHERE name = 'ann'")
    assert "待機中(予定 <time datetime=" in looked(counter, f"/posts/{post}")


def test_a_page_speaks_its_readers_language(counter: Counter, lite: World) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    lite.by_hand("UPDATE person SET lang = 'ja' WHERE name = 'ann'")
    for path in ("/", "/posts", f"/posts/{post}", "/write", "/stop"):
        answer = counter.get(path, bare=True)
        assert '<html lang="ja">' in answer.text
        assert "投稿" in answer.text


def test_what_pages_are_drawn_with_is_kept_for_ever_under_a_name_of_its_bytes(
    counter: Counter,
) -> None:
    address = re.findall(r'href="(/static/[^"]+\.css)"', looked(counter, "/"))[0]
    answer = counter.get(address, bare=True)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    for other in ("/static/000000000000/desk.css", address.replace("desk.css", "..%2flook.py")):
        assert counter.get(other, bare=True).status_code == 404


def test_there_are_words_for_whatever_a_page_may_have_to_say() -> None:
    known = sentences("en")
    assert all(f"page.done_{verb}" in known for verb in DONE)
    assert all(f"page.do_{verb}" in known for verb in DOES)
    assert all(f"page.did_{verb.replace(' ', '_')}" in known for verb in STORY)
    assert all(f"page.act_{act}" in known for act in ACTS if act != "publish")
    assert all(f"page.verdict_{effect.name.lower()}" in known for effect in Effect)
    for template in (PAGES / "templates").iterdir():
        said = re.findall(r"say\('([a-z_]+\.[a-z_]+)'[,)]", template.read_text())
        assert set(said) <= known.keys(), template.name


def test_an_urgent_notice_is_asked_for_by_one_and_sent_by_another_who_sees_it_whole(
    counter: Counter,
) -> None:
    new = {"text": "The line is down.", "accounts": ["x"], "do": "hand_in"}
    made = sent(counter, "/write", **new, category="outage", reason="No call gets through")
    assert made.status_code == 303
    asked = re.findall(r'href="(/exceptions/[^"]+)"', looked(counter, "/", "cy"))[0]
    assert "/grant" not in looked(counter, asked, "ann")
    page = looked(counter, asked, "cy")
    assert "The line is down." in page
    assert "Latest official information: our website." in page
    seen = re.findall(r'name="seen" value="([0-9a-f]+)"', page)[0]
    assert sent(counter, f"{asked}/grant", "ann", seen=seen).status_code == 403
    assert sent(counter, f"{asked}/grant", "cy", seen=seen).status_code == 303
    assert "granted by cy" in looked(counter, "/exceptions", "bo")
    assert sent(counter, f"{asked}/review", "cy", note="Fine").status_code == 403
    assert sent(counter, f"{asked}/review", "bo", note="").status_code == 422
    assert sent(counter, f"{asked}/review", "bo", note="It was needed.").status_code == 303
    assert "It was needed." in looked(counter, asked, "bo")


def test_what_waits_is_asked_for_from_its_own_page(counter: Counter) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    refused = sent(counter, f"/posts/{post}/ask", kind="urgent", category="outage", reason="")
    assert refused.status_code == 422
    asked = sent(
        counter, f"/posts/{post}/ask", kind="urgent", category="outage", reason="The line is down"
    )
    assert asked.status_code == 303
    assert "/exceptions/" in looked(counter, f"/posts/{post}", "cy")


def test_what_cannot_be_granted_is_shown_all_the_same_with_the_reason(counter: Counter) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    why = {"kind": "planned", "category": "outage", "reason": "The line is down"}
    assert sent(counter, f"/posts/{post}/ask", **why).status_code == 303
    [asked] = set(
        re.findall(r'href="(/exceptions/[^"]+)"', looked(counter, f"/posts/{post}", "cy"))
    )
    assert "/grant" in looked(counter, asked, "cy")
    assert sent(counter, f"/posts/{post}/edit", "cy", text="It opens at ten.").status_code == 303
    page = looked(counter, asked, "cy")
    assert "The line is down" in page
    assert "/revoke" in page
    assert "/grant" not in page
    late = sent(counter, f"{asked}/revoke", "cy", reason="Late " * 50_000)
    assert late.status_code == 422
    assert "Late Late" in late.text


def test_a_post_is_found_by_a_word_of_two_characters(counter: Counter) -> None:
    post = counter.write("明日は花火大会です", "x")["id"]
    assert f"/posts/{post}" in looked(counter, f"/search?{urlencode({'words': '花火'})}")
    assert f"/posts/{post}" not in looked(counter, f"/search?{urlencode({'words': '会議'})}")
    assert f"/posts/{post}" not in looked(counter, "/search")
    wrong = counter.get("/search?state=nowhere", bare=True)
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
