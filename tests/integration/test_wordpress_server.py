"""The WordPress adapter against a real WordPress, through a proxy that can drop answers.

Runs where WP_URL and WP_ADMIN ("user:application password") name a server; the tests with lost
answers also need FAULT_URL and FAULT_FILE of a fault proxy in front of it.
"""

import html
import json
import os
import re
import unicodedata
import uuid
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests
from blog_rig import LARGE, NOTICE, PICTURE, TOOLS, Blog, adapter, an_intent, prepared, words_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.content import Media
from publisher.networks import (
    Absent,
    CannotTell,
    Credentials,
    Later,
    Published,
    Refused,
    Unknown,
    WhoAmIFailed,
)
from publisher.networks.wordpress import api
from publisher.words import code_of

if not (os.environ.get("WP_URL") and os.environ.get("WP_ADMIN")):
    pytest.skip("WP_URL and WP_ADMIN name no WordPress to test against", allow_module_level=True)


@pytest.fixture
def blog():
    return Blog()


@pytest.fixture
def faulty():
    """Sets the proxy's next fault; gives the proxy's address."""
    if not (os.environ.get("FAULT_URL") and os.environ.get("FAULT_FILE")):
        pytest.skip("FAULT_URL and FAULT_FILE name no fault proxy")
    rules = Path(os.environ["FAULT_FILE"])

    def order(method, path, what, **more):
        rule = {"method": method, "path": path, "do": what, "test": uuid.uuid4().hex, **more}
        rules.write_text(json.dumps([rule]))
        return os.environ["FAULT_URL"]

    yield order
    rules.write_text("[]")


def test_a_draft_is_invisible_and_publishing_makes_it_public_once(blog):
    intent = prepared(an_intent())
    assert blog.public(words_of(intent)) == []
    outcome = adapter().send(intent)
    assert isinstance(outcome, Published)
    assert outcome.remote_id == str(intent.notes["post_id"])
    assert adapter().find(intent) == outcome
    assert [post["id"] for post in blog.public(words_of(intent))] == [intent.notes["post_id"]]
    assert requests.get(outcome.url, timeout=30).status_code == 200


def test_publishing_twice_leaves_one_post_with_one_date(blog):
    intent = prepared(an_intent())
    first = adapter().send(intent)
    date = blog.public(words_of(intent))[0]["date"]
    again = prepared(replace(intent, notes={"post_id": intent.notes["post_id"]}))
    assert again.notes["post_id"] == intent.notes["post_id"]
    assert adapter().send(again) == first
    assert [post["date"] for post in blog.public(words_of(intent))] == [date]


def test_a_crash_between_preparing_and_sending_resumes_the_same_draft(blog):
    intent = an_intent()
    first = prepared(intent).notes["post_id"]
    found = adapter().find(intent)
    assert isinstance(found, Absent)
    assert found.notes["post_id"] == first
    assert prepared(intent).notes["post_id"] == first


@pytest.mark.hazard("H5")
def test_an_answer_lost_after_the_server_acted_is_unknown_and_found_published(blog, faulty):
    intent = prepared(an_intent())
    url = faulty("POST", f"/posts/{intent.notes['post_id']}", "drop_after")
    assert isinstance(adapter(url).send(intent), Unknown)
    found = adapter(url).find(intent)
    assert isinstance(found, Published)
    assert [str(post["id"]) for post in blog.public(words_of(intent))] == [found.remote_id]


def test_a_request_dropped_before_the_server_is_unknown_and_found_absent(blog, faulty):
    intent = prepared(an_intent())
    url = faulty("POST", f"/posts/{intent.notes['post_id']}", "drop_before")
    assert isinstance(adapter(url).send(intent), Unknown)
    assert isinstance(adapter(url).find(intent), Absent)
    assert blog.public(words_of(intent)) == []


def test_a_draft_whose_answer_was_lost_is_found_again_by_its_slug(blog, faulty):
    intent = an_intent()
    url = faulty("POST", "/wp-json/wp/v2/posts$", "drop_after")
    assert isinstance(adapter(url).prepare(intent), Later)
    outcome = adapter(url).send(prepared(intent, adapter(url)))
    assert isinstance(outcome, Published)
    assert len(blog.drafts(intent)) == 1
    assert len(blog.public(words_of(intent))) == 1


@pytest.mark.hazard("H14")
def test_a_trashed_draft_goes_to_a_person_and_is_not_revived(blog):
    intent = prepared(an_intent())
    blog.ask("DELETE", f"/posts/{intent.notes['post_id']}")
    stale = {"post_id": intent.notes["post_id"]}
    for seen in (replace(intent, notes=stale), replace(intent, notes={})):
        assert isinstance(adapter().find(seen), CannotTell)
        assert isinstance(adapter().prepare(seen), Refused)
    assert blog.public(words_of(intent)) == []


@pytest.mark.hazard("H14")
def test_an_editors_changes_to_the_draft_do_not_go_out(blog):
    intent = prepared(an_intent())
    number = intent.notes["post_id"]
    blog.ask("POST", f"/posts/{number}", json={"title": "Mine", "content": "<p>Mine</p>"})
    assert isinstance(adapter().send(prepared(intent)), Published)
    post = blog.ask("GET", f"/posts/{number}", params={"context": "edit"}).json()
    assert post["title"]["raw"] == intent.rendered.title
    assert words_of(intent) in post["content"]["raw"]
    assert "Mine" not in post["content"]["raw"]


@pytest.mark.hazard("H1")
def test_a_published_post_that_says_something_else_is_not_taken_for_ours(blog):
    intent = prepared(an_intent())
    adapter().send(intent)
    blog.ask("POST", f"/posts/{intent.notes['post_id']}", json={"content": "<p>Other</p>"})
    found = adapter().find(intent)
    assert isinstance(found, CannotTell)
    assert found.lookalikes[0][0] == str(intent.notes["post_id"])
    assert isinstance(adapter().find(replace(intent, notes={})), CannotTell)
    assert isinstance(adapter().prepare(replace(intent, notes={})), Refused)


def test_a_post_that_an_editor_scheduled_is_never_called_published(blog):
    intent = prepared(an_intent())
    later = (TOOLS.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%S")
    blog.ask("POST", f"/posts/{intent.notes['post_id']}", json={"date_gmt": later})
    assert isinstance(adapter().send(intent), Unknown)
    assert isinstance(adapter().find(intent), CannotTell)


# All that WordPress is known to change in a text: typography, smileys, its name, shortcodes, links.
CHANGED = """"Quotes" 'single' -- --- ... a - b 2x4 9' 8" (c) (tm) 1/2 '99 rock 'n' roll ``x'' -
:-) ;) 8-) 8O :mrgreen: :| Wordpress [gallery] [embed]x[/embed] <b>&amp;</b> &hellip; &#8217; \\n
<!-- wp:html --><!--more--> *a* _b_ ~c~ {d} #e @f C:\\temp\\_new 1986. A  two  blanks

https://youtu.be/dQw4w9WgXcQ

　日本語 😀 「引用」 〜 https://例え.jp/a 詳しくはhttps://example.com/bをご覧ください"""


def seen(blog, intent):
    """Title and words of the public page as a reader gets them, blanks as blanks."""
    shown = blog.public(words_of(intent))[0]
    title, content = (shown[part]["rendered"] for part in ("title", "content"))
    lines = re.sub(r"<br ?/?>", "\n", content)
    words = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"</p>\s*", "\n\n", lines)))
    return html.unescape(title), words.replace("\xa0", " ").strip()


@pytest.mark.parametrize("user", ["WP_ADMIN", "WP_AUTHOR"])
def test_a_reader_sees_exactly_what_was_approved(blog, user):
    if not os.environ.get(user):
        pytest.skip(f"{user} is not set")
    title = 'It\'s "2x4" -- <i>T & [x]</i> ... Wordpress :-)'
    network = adapter(user=user)
    intent = prepared(an_intent(f"Words {uuid.uuid4().hex}\n{CHANGED}", title=title), network)
    outcome = network.send(intent)
    assert isinstance(outcome, Published)
    assert network.find(intent) == outcome
    assert seen(blog, intent) == (title, intent.rendered.text)
    page = requests.get(outcome.url, timeout=30).text
    assert f"<title>{title}" in html.unescape(page)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(
        st.characters(categories=("L", "N", "P", "S"), exclude_characters="¦"), min_size=40
    )
)
def test_whatever_was_approved_is_what_a_reader_sees(text):
    blog, words = Blog(), uuid.uuid4().hex
    intent = prepared(an_intent(f"Words {words}\n{unicodedata.normalize('NFC', text)}"))
    assert isinstance(adapter().send(intent), Published)
    assert seen(blog, intent)[1] == intent.rendered.text


def test_addresses_in_text_and_notice_are_links(blog):
    intent = prepared(an_intent(f"Words {uuid.uuid4().hex} https://example.com/a?b=1&c=2."))
    adapter().send(intent)
    shown = blog.public(words_of(intent))[0]["content"]["rendered"]
    assert 'href="https://example.com/a?b=1&amp;c=2"' in shown


@pytest.mark.parametrize("title", ["Spring fair & more", "春の見本市のお知らせ" * 5, "Über naïve"])
def test_the_address_says_what_it_is_about_and_is_found_again_without_notes(blog, title):
    intent = prepared(an_intent(title=title))
    sent = adapter().send(intent)
    assert blog.ask("GET", f"/posts/{sent.remote_id}").json()["slug"] == intent.notes["slug"]
    assert unquote(intent.notes["slug"]).startswith(
        ("spring-fair-more-", "春の見本市", "uber-naive-")
    )
    assert requests.get(sent.url, timeout=30).status_code == 200
    assert adapter().find(replace(intent, notes={})) == sent
    renamed = replace(intent, notes={}, rendered=replace(intent.rendered, title="Another title"))
    found = adapter().find(renamed)
    assert isinstance(found, CannotTell)
    assert found.lookalikes[0][0] == sent.remote_id


def test_a_blog_with_plain_permalinks_is_found_and_published_to(blog):
    plain = adapter(options={"permalinks": "plain"})
    intent = prepared(an_intent(media=(LARGE,)), plain)
    sent = plain.send(intent)
    assert isinstance(sent, Published)
    assert plain.find(replace(intent, notes={})) == sent
    assert plain.send(replace(intent, act="retract", target=sent.remote_id)) == Published(
        sent.remote_id
    )


@pytest.fixture
def plain(faulty, monkeypatch):
    """The address of the blog as one with plain permalinks: nothing answers under /wp-json/."""
    monkeypatch.setattr(api, "_plain", set())
    page = {"arg": 404, "body": "<!DOCTYPE html><title>Page not found</title>", "times": 999}
    return faulty(None, "^/wp-json/", "status", **page)


def test_a_blog_with_nothing_under_wp_json_is_published_to_all_the_same(blog, plain):
    network = adapter(plain)
    assert network.whoami() == adapter().whoami()
    intent = prepared(an_intent(media=(LARGE,)), network)
    sent = network.send(intent)
    assert isinstance(sent, Published)
    assert [str(post["id"]) for post in blog.public(words_of(intent))] == [sent.remote_id]
    retract = replace(intent, act="retract", target=sent.remote_id)
    assert network.send(retract) == Published(sent.remote_id)


def test_a_takedown_that_meets_no_api_finds_the_other_door_by_its_look_up(blog, faulty, plain):
    sent = adapter().send(intent := prepared(an_intent()))
    retract = replace(intent, act="retract", target=sent.remote_id, notes={})
    network = adapter(plain)
    assert isinstance(network.send(retract), Unknown)
    assert isinstance(network.find(retract), Absent)
    assert network.send(retract) == Published(sent.remote_id)
    assert blog.public(words_of(intent)) == []


@pytest.mark.parametrize(
    ("status", "code"), [(413, "network.large_image"), (415, "network.other_image")]
)
def test_a_server_before_the_blog_that_does_not_let_the_picture_through_refuses_it(
    faulty, status, code
):
    url = faulty("POST", "/media", "status", arg=status, body=f"<html>{status}</html>")
    outcome = adapter(url).prepare(an_intent(media=(LARGE,)))
    assert isinstance(outcome, Refused)
    assert code_of(outcome.reason) == code


def addresses_of(medium):
    sizes = medium["media_details"]["sizes"].values()
    return {medium["source_url"], *(size["source_url"] for size in sizes)}


def test_an_image_keeps_its_alternative_text_and_has_a_name_that_says_nothing(blog):
    alt = 'A "red" square & 赤'
    intent = prepared(an_intent(media=(replace(LARGE, alt=alt),)))
    medium = blog.ask("GET", f"/media/{intent.notes['media'][LARGE.sha256]['id']}").json()
    assert medium["alt_text"] == alt
    assert medium["post"] == intent.notes["post_id"]
    assert LARGE.sha256[:8] not in medium["source_url"]
    assert intent.key[:8] not in medium["source_url"]
    assert isinstance(adapter().send(intent), Published)
    shown = blog.public(words_of(intent))[0]["content"]["rendered"]
    assert 'alt="A &quot;red&quot; square &amp; 赤"' in shown
    assert shown.index("<figure") < shown.index(NOTICE)
    assert isinstance(adapter().find(intent), Published)


def test_an_image_has_the_class_size_and_srcset_that_themes_expect(blog):
    intent = prepared(an_intent(media=(LARGE,)))
    sent = adapter().send(intent)
    page = requests.get(sent.url, timeout=30).text
    image = re.search(r'<figure class="wp-block-image size-large"><img [^>]*>', page)[0]
    assert f"wp-image-{intent.notes['media'][LARGE.sha256]['id']}" in image
    assert 'width="1024"' in image
    assert 'height="683"' in image
    assert "srcset=" in image
    assert "sizes=" in image


def test_after_an_edit_the_picture_that_it_replaces_can_not_be_fetched(blog):
    first = prepared(an_intent(media=(LARGE,)))
    old = blog.ask("GET", f"/media/{first.notes['media'][LARGE.sha256]['id']}").json()
    target = adapter().send(first).remote_id
    edit = prepared(an_intent(act="edit", target=target, media=(LARGE,), before=first.rendered))
    new = blog.ask("GET", f"/media/{edit.notes['media'][LARGE.sha256]['id']}").json()
    assert isinstance(adapter().send(edit), Published)
    assert {requests.get(url, timeout=30).status_code for url in addresses_of(old)} == {404}
    assert {requests.get(url, timeout=30).status_code for url in addresses_of(new)} == {200}


@pytest.mark.hazard("H18")
def test_after_a_takedown_no_size_of_a_picture_can_be_fetched(blog):
    intent = prepared(an_intent(media=(LARGE,)))
    medium = blog.ask("GET", f"/media/{intent.notes['media'][LARGE.sha256]['id']}").json()
    target = adapter().send(intent).remote_id
    assert {requests.get(url, timeout=30).status_code for url in addresses_of(medium)} == {200}
    retract = replace(intent, act="retract", target=target, notes={})
    assert adapter().send(retract) == Published(target)
    assert {requests.get(url, timeout=30).status_code for url in addresses_of(medium)} == {404}
    assert adapter().send(retract) == adapter().find(retract) == Published(target)


@pytest.mark.hazard("H14")
@pytest.mark.parametrize("user", ["WP_ADMIN", "WP_AUTHOR"])
def test_a_draft_that_is_dropped_leaves_nothing_and_can_be_made_anew(blog, user):
    if not os.environ.get(user):
        pytest.skip(f"{user} is not set")
    network = adapter(user=user)
    intent = prepared(an_intent(media=(LARGE,)), network)
    medium = blog.ask("GET", f"/media/{intent.notes['media'][LARGE.sha256]['id']}").json()
    assert network.drop(intent) == ""
    assert blog.drafts(intent) == []
    assert {requests.get(url, timeout=30).status_code for url in addresses_of(medium)} == {404}
    assert network.drop(intent) == ""
    again = prepared(
        replace(intent, notes={"slug": intent.notes["slug"], "dropped": intent.notes}), network
    )
    assert again.notes["dropped"] == {}
    assert again.notes["slug"] == intent.notes["slug"]
    sent = network.send(again)
    assert isinstance(sent, Published)
    assert network.drop(again) == ""  # not what is public
    assert network.find(again) == sent


def test_an_uploaded_image_is_not_uploaded_again_on_resuming(blog):
    sha = sha256(PICTURE).hexdigest()
    intent = prepared(an_intent(media=(Media(sha, "image/png", 4, 4, "x"),)))
    stale = {name: note for name, note in intent.notes.items() if name != "draft_seen"}
    assert prepared(replace(intent, notes=stale)).notes["media"] == intent.notes["media"]


def test_what_is_no_image_is_refused_before_anything_is_public(blog):
    tools = replace(TOOLS, media=lambda sha: b"MZ" + b"\0" * 50)
    network = adapter()
    network._tools = tools
    intent = an_intent(media=(Media("0" * 64, "application/x-msdownload", 4, 4, "x"),))
    assert isinstance(network.prepare(intent), Refused)


def test_an_edit_changes_the_post_and_is_found(blog):
    first = prepared(an_intent())
    target = adapter().send(first).remote_id
    edit = an_intent(act="edit", target=target)
    assert isinstance(adapter().find(edit), Absent)
    assert adapter().send(edit).remote_id == target
    assert isinstance(adapter().find(edit), Published)
    assert blog.public(words_of(first)) == []
    assert len(blog.public(words_of(edit))) == 1


def test_an_edit_looks_first_and_stops_for_what_an_editor_changed(blog):
    first = prepared(an_intent())
    target = adapter().send(first).remote_id
    edit = an_intent(act="edit", target=target, before=first.rendered)
    assert isinstance(adapter().prepare(edit), dict)
    blog.ask("POST", f"/posts/{target}", json={"content": "<p>An editor wrote this.</p>"})
    stopped = adapter().prepare(edit)
    assert isinstance(stopped, Refused)
    assert "An editor wrote this." in stopped.reason
    assert isinstance(adapter().prepare(replace(edit, notes={"overwrite": stopped.theirs})), dict)


@pytest.mark.parametrize(
    "change", [{"status": "private"}, {"status": "trash"}, {"password": "open sesame"}]
)
def test_what_readers_cannot_see_is_neither_edited_nor_public(blog, change):
    first = prepared(an_intent())
    target = adapter().send(first).remote_id
    if change == {"status": "trash"}:
        blog.ask("DELETE", f"/posts/{target}")
    else:
        blog.ask("POST", f"/posts/{target}", json=change)
    edit = an_intent(act="edit", target=target, before=first.rendered)
    assert isinstance(adapter().prepare(edit), Refused)
    assert isinstance(adapter().find(first), CannotTell)


@pytest.mark.hazard("H18")
def test_retracting_twice_is_gone_twice_and_an_edit_does_not_revive_it(blog):
    first = prepared(an_intent())
    target = adapter().send(first).remote_id
    retract = replace(first, act="retract", target=target, notes={})
    assert isinstance(adapter().find(retract), Absent)
    assert adapter().send(retract) == Published(target)
    assert adapter().send(retract) == Published(target)
    assert adapter().find(retract) == Published(target)
    assert isinstance(adapter().send(an_intent(act="edit", target=target)), Refused)
    assert blog.public(words_of(first)) == []
    blog.ask("DELETE", f"/posts/{target}", params={"force": "true"})
    assert adapter().send(retract) == Published(target)
    assert adapter().find(retract) == Published(target)


def test_a_wrong_password_is_a_matter_of_credentials_everywhere(blog):
    wrong, intent = adapter(password="nope nope"), prepared(an_intent())
    for notes in ({}, {"post_id": intent.notes["post_id"]}):
        assert isinstance(wrong.prepare(replace(intent, notes=notes)), Credentials)
    assert isinstance(wrong.send(intent), Credentials)
    assert isinstance(wrong.find(intent), Credentials)
    assert isinstance(wrong.find(replace(intent, notes={})), Credentials)
    with pytest.raises(WhoAmIFailed) as failed:
        wrong.whoami()
    assert failed.value.credentials
    assert "nope" not in str(failed.value)


def test_who_am_i_is_the_number_of_the_user(blog):
    assert adapter().whoami() == str(blog.ask("GET", "/users/me").json()["id"])


def test_a_contributor_may_not_publish_and_is_told_so():
    if not os.environ.get("WP_CONTRIB"):
        pytest.skip("WP_CONTRIB is not set")
    network = adapter(user="WP_CONTRIB")
    outcome = network.send(prepared(an_intent(), network))
    assert isinstance(outcome, Credentials)
    assert "not allowed to publish" in outcome.reason
    with pytest.raises(WhoAmIFailed, match=r"network\.low_role.*\(contributor\)") as failed:
        network.whoami()
    assert failed.value.credentials
    assert network.rights() == {"publish": False, "edit": False, "upload": False, "delete": False}


def test_an_author_may_do_all_that_is_needed():
    if not os.environ.get("WP_AUTHOR"):
        pytest.skip("WP_AUTHOR is not set")
    assert set(adapter(user="WP_AUTHOR").rights().values()) == {True}
