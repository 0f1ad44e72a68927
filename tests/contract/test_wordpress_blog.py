"""What only a WordPress blog has: permalinks, roles, pictures that are public by themselves."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from cast import TOOLS
from dialects import wordpress
from dialects.wordpress import reads
from scripted import codes, reply

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
from publisher.networks.registry import network
from publisher.networks.wire.reasons import because
from publisher.networks.wordpress import api, blogpost
from publisher.words import code_of

PAGE = reply(404, b"<!DOCTYPE html><title>Page not found</title>")
DRAFT = reply(200, wordpress.post("draft"))
GONE = reply(404, wordpress.error(404, "Invalid post ID.", "rest_post_invalid_id"))
DELETED = reply(200, {"deleted": True, "previous": {}})


pytestmark = pytest.mark.only("wordpress")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """No test knows what another one found out about the server."""
    monkeypatch.setattr(api, "_plain", set())


def asked(server):
    """(method, REST route) of each request, however it was addressed."""
    found = []
    for seen in server.seen:
        query = dict(parse_qsl(urlsplit(seen.target).query))
        found.append((seen.method, query.get("rest_route") or seen.path.removeprefix("/wp-json")))
    return found


def test_plain_permalinks_are_found_out_by_a_reading_and_remembered(server, adapter, an_intent):
    server.play(PAGE, DRAFT)
    assert isinstance(adapter.find(an_intent()), Absent)
    assert asked(server) == [("GET", "/wp/v2/posts/12")] * 2
    assert server.seen[1].query["context"] == "edit"
    server.play(wordpress.DIALECT.published)
    assert isinstance(adapter.send(an_intent()), Published)
    assert server.seen[0].path == "/"
    assert asked(server) == [("POST", "/wp/v2/posts/12")]


def test_a_publish_that_met_no_api_is_looked_up_and_not_sent_through_the_other_door(
    server, adapter, an_intent
):
    server.play(PAGE)
    assert isinstance(adapter.send(an_intent()), Unknown)
    assert len(server.seen) == 1


@pytest.mark.parametrize(("said", "path"), [("plain", "/"), ("pretty", "/wp-json/wp/v2/users/me")])
def test_an_option_says_which_permalinks_a_blog_has(said, path, dialect, account, server):
    told = replace(account, options={"permalinks": said})
    server.play(dialect.me)
    assert network("wordpress")(told, dialect.secrets, TOOLS).whoami() == "3"
    assert [seen.path for seen in server.seen] == [path]


def whoami(server, adapter, *script):
    server.play(*script)
    with pytest.raises(WhoAmIFailed) as failed:
        adapter.whoami()
    return failed.value


NOBODY = reply(401, wordpress.error(401, "Not logged in.", "rest_not_logged_in"))


def test_credentials_that_do_not_count_may_never_have_arrived(server, adapter):
    failed = whoami(
        server, adapter, NOBODY, reply(200, {"authentication": {"application-passwords": {}}})
    )
    assert failed.credentials
    assert "network.stripped" in codes(str(failed))


def test_application_passwords_that_are_off_are_named(server, adapter):
    failed = whoami(server, adapter, NOBODY, reply(200, {"authentication": []}))
    assert failed.credentials
    assert "network.no_app_passwords" in codes(str(failed))


def test_a_user_who_may_not_publish_is_named_with_the_role_it_needs(server, adapter):
    me = {"id": 3, "roles": ["contributor"], "capabilities": {"edit_posts": True}}
    failed = whoami(server, adapter, reply(200, me))
    assert failed.credentials
    assert str(failed) == because("low_role", "user 3 (contributor)")


def test_what_the_user_may_do_is_told_by_verb(server, adapter):
    may = dict.fromkeys(
        ("publish_posts", "edit_posts", "edit_published_posts", "upload_files"), True
    )
    server.play(reply(200, {"id": 3, "capabilities": may}))
    assert adapter.rights() == {"publish": True, "edit": True, "upload": True, "delete": False}


def test_a_role_that_was_lowered_is_a_matter_of_the_account_not_of_one_post(
    server, adapter, an_intent
):
    server.play(reply(403, wordpress.error(403, "Not allowed to publish.", "rest_cannot_publish")))
    assert isinstance(adapter.send(an_intent()), Credentials)


def test_a_forbidden_file_type_is_refused_though_it_comes_as_a_500(server, adapter, an_intent):
    no = wordpress.error(500, "You cannot upload this file type.", "rest_upload_sideload_error")
    server.play(reply(500, no))
    assert isinstance(adapter.prepare(an_intent(images=1)), Refused)


@pytest.mark.hazard("H14")
def test_a_picture_goes_up_attached_to_the_draft_under_a_name_that_says_nothing(
    server, adapter, an_intent
):
    server.play(*wordpress.DIALECT.uploaded(1))
    intent = an_intent(images=1)
    notes = adapter.prepare(intent)
    form = server.seen[0].form
    assert form["post"] == "12"
    name = form["file"][0]
    assert len(name) == len("0" * 32 + ".png")
    assert name[:6] not in intent.key
    [noted] = notes["media"].values()
    assert noted["size"] == "large"
    assert noted["url"].endswith("1-1024x683.png")
    assert noted["file"].endswith("1.png")


def pictured(server, **more):
    file = f"{server.url}/uploads/1.png"
    return {"id": 91, "url": f"{server.url}/uploads/1-large.png", "file": file, **more}


def taking_down(an_intent, server):
    media = {"a" * 64: pictured(server)}
    return an_intent(act="retract", target="12", notes={"media": media})


@pytest.mark.hazard("H18")
def test_a_takedown_deletes_the_pictures_for_good_and_looks_whether_they_are_gone(
    server, adapter, an_intent
):
    attached = {"id": 92, "slug": "0" * 32, "source_url": f"{server.url}/uploads/2.png"}
    editors = {"id": 93, "slug": "boat", "source_url": f"{server.url}/uploads/boat.png"}
    server.play(
        reply(200, wordpress.post("trash")),
        reply(200, [attached, editors]),
        DELETED,
        DELETED,
        reply(404),
        reply(410),
    )
    assert adapter.send(taking_down(an_intent, server)) == Published("12")
    assert asked(server)[0] == ("DELETE", "/wp/v2/posts/12")
    deleted = [seen for seen in server.seen if seen.method == "DELETE" and "media" in seen.path]
    assert [seen.path[-2:] for seen in deleted] == ["91", "92"]
    assert {seen.query["force"] for seen in deleted} == {"true"}
    fetched = server.seen[-2:]
    assert [seen.path for seen in fetched] == ["/uploads/1.png", "/uploads/2.png"]
    assert not any("authorization" in seen.headers for seen in fetched)


@pytest.mark.hazard("H18")
def test_a_picture_that_can_still_be_fetched_keeps_a_takedown_from_being_done(
    server, adapter, an_intent
):
    intent = taking_down(an_intent, server)
    trashed, none, there = (
        reply(200, wordpress.post("trash")),
        reply(200, []),
        reply(200, b"picture"),
    )
    server.play(trashed, none, DELETED, there)
    outcome = adapter.send(intent)
    assert isinstance(outcome, Unknown)
    assert "/uploads/1.png" in outcome.reason
    server.play(trashed, none, there)
    assert isinstance(adapter.find(intent), Absent)
    server.play(trashed, none, reply(404))
    assert adapter.find(intent) == Published("12")


def test_a_picture_that_a_new_revision_does_not_show_is_deleted(server, adapter, an_intent):
    notes = {**wordpress.NOTES, "media": {"f" * 64: pictured(server)}}
    intent = an_intent(notes=notes)
    assert adapter.needs_preparing(intent)
    server.play(DELETED, reply(404))
    assert adapter.prepare(intent)["media"] == {}
    assert asked(server)[0] == ("DELETE", "/wp/v2/media/91")


def test_an_edit_deletes_the_pictures_that_the_post_no_longer_shows(server, adapter, an_intent):
    old = {"id": 80, "slug": "0" * 32, "source_url": f"{server.url}/uploads/old.png"}
    new = {"id": 91, "slug": "1" * 32, "source_url": f"{server.url}/uploads/1.png"}
    intent = an_intent(act="edit", target="12", notes={"media": {"a" * 64: pictured(server)}})
    server.play(*wordpress.present(intent), reply(200, [old, new]), DELETED, reply(404))
    assert isinstance(adapter.send(intent), Published)
    assert [route for method, route in asked(server) if method == "DELETE"] == ["/wp/v2/media/80"]


@pytest.mark.parametrize("state", ["draft", "trash", "pending"])
def test_a_draft_is_dropped_with_its_pictures(state, server, adapter, an_intent):
    intent = an_intent(notes={"post_id": 12, "media": {"a" * 64: pictured(server)}})
    server.play(reply(200, wordpress.post(state)), reply(200, []), DELETED, DELETED, reply(404))
    assert adapter.drop(intent) == ""
    deleted = [route for method, route in asked(server) if method == "DELETE"]
    assert deleted == ["/wp/v2/posts/12", "/wp/v2/media/91"]


@pytest.mark.parametrize("state", ["publish", "future", "private"])
def test_what_is_public_or_an_editors_is_never_dropped(state, server, adapter, an_intent):
    server.play(reply(200, wordpress.post(state)))
    assert adapter.drop(an_intent(notes={"post_id": 12})) == ""
    assert [seen.method for seen in server.seen] == ["GET"]


def test_what_was_left_on_another_blog_is_not_looked_for_by_its_number_on_this_one(
    server, adapter, an_intent
):
    server.play(DELETED)
    left = adapter.drop(an_intent(notes={"post_id": 12, "at": "https://old.example.com"}))
    assert "https://old.example.com" in left
    assert server.seen == []


def test_a_draft_that_cannot_be_dropped_now_is_said_to_be_there(server, adapter, an_intent):
    server.play(reply(200, wordpress.post("draft")), reply(200, []), reply(500))
    left = adapter.drop(an_intent(notes={"post_id": 12}))
    assert code_of(left) == "network.draft_left"


@pytest.mark.hazard("H8")
def test_a_post_whose_notes_and_title_were_lost_is_found_by_the_key_in_its_slug(
    server, adapter, an_intent
):
    intent = an_intent(notes={})
    slug = f"another-title-pub-{intent.delivery}"
    other = {"id": 13, "slug": "hello", "date_gmt": "2026-11-23T08:00:00"}
    listed = reply(200, [other, {"id": 12, "slug": slug}], {"X-WP-TotalPages": "9"})
    server.play(reply(200, []), listed, *wordpress.present(intent))
    assert isinstance(adapter.find(intent), Published)
    assert server.seen[1].query["status"] == "any,trash"


def test_the_newest_posts_are_read_back_to_before_the_try_or_it_cannot_be_told(
    server, adapter, an_intent
):
    intent = an_intent(notes={})
    new = reply(
        200, [{"id": 13, "slug": "a", "date_gmt": "2026-11-23T08:00:00"}], {"X-WP-TotalPages": "99"}
    )
    old = reply(
        200, [{"id": 9, "slug": "b", "date_gmt": "2026-11-21T08:00:00"}], {"X-WP-TotalPages": "99"}
    )
    server.play(reply(200, []), new, old)
    assert isinstance(adapter.find(intent), Absent)
    assert len(server.seen) == 3
    server.play(reply(200, []), new)
    assert not isinstance(adapter.find(intent), Absent)
    assert isinstance(adapter.prepare(intent), Later)


@pytest.mark.parametrize("listed", [True, False])
def test_a_listing_whose_length_a_proxy_took_away_is_read_to_its_end(
    server, adapter, an_intent, listed
):
    intent = an_intent(notes={})
    others = reply(200, [{"id": 13, "slug": "a", "date_gmt": "2026-11-23T08:00:00"}])
    ours = reply(200, [{"id": 12, "slug": f"b-pub-{intent.delivery}"}])
    beyond = reply(
        400, {"code": "rest_post_invalid_page_number", "message": "beyond", "data": {"status": 400}}
    )
    server.play(
        reply(200, []), others, *([ours, *wordpress.present(intent)] if listed else [beyond])
    )
    assert isinstance(adapter.find(intent), Published if listed else Absent)


def test_a_link_that_an_editor_led_elsewhere_stops_an_edit(dialect, server, adapter, an_intent):
    before = an_intent("See https://example.com/old for more").rendered
    edit = an_intent(
        "See https://example.com/new",
        act="edit",
        target=wordpress.DIALECT.target,
        before=before,
        notes={},
    )
    theirs = blogpost.pictured(before).replace(
        'href="https://example.com/old"', 'href="https://e.org/"'
    )
    server.play(reads(theirs.replace('href="https', 'target="_blank" href="https')))
    outcome = adapter.prepare(edit)
    assert isinstance(outcome, Refused)
    assert "(https://e.org/)" in outcome.reason


def test_a_page_that_says_gone_is_no_proof_of_a_takedown(server, adapter, an_intent):
    server.play(reply(410, b"<html>Gone</html>"))
    outcome = adapter.send(an_intent(act="retract", target=wordpress.DIALECT.target))
    assert isinstance(outcome, Unknown)


def bare(an_intent):
    return replace(an_intent(), notes={})


def draft_under(slug):
    return reply(201, {"id": 12, "status": "draft", "slug": slug})


NONE = reply(200, [])


def test_a_blog_that_replaces_japanese_addresses_gets_the_key_alone(server, adapter, an_intent):
    intent = bare(an_intent)
    key = f"pub-{intent.delivery}"
    server.play(NONE, NONE, draft_under("post-12"), NONE, NONE, reply(200, {"slug": key}))
    notes = adapter.prepare(intent)
    assert (notes["post_id"], notes["slug"]) == (12, key)
    assert server.seen[-1].json == {"slug": key}


def test_a_blog_that_takes_no_address_of_ours_is_named_and_keeps_no_draft(
    server, adapter, an_intent
):
    given = reply(200, {"slug": "post-12"})
    server.play(NONE, NONE, draft_under("post-12"), NONE, NONE, given, DELETED)
    outcome = adapter.prepare(bare(an_intent))
    assert isinstance(outcome, Refused)
    assert outcome.reason == because("other_draft_address", address="post-12")
    assert asked(server)[-1] == ("DELETE", "/wp/v2/posts/12")


@pytest.mark.hazard("H14")
def test_a_draft_that_came_late_is_used_and_the_second_one_deleted(server, adapter, an_intent):
    intent = bare(an_intent)
    slug = f"x-pub-{intent.delivery}"
    late = {"id": 11, "slug": slug, "status": "draft"}
    server.play(NONE, NONE, draft_under(f"{slug}-2"), reply(200, [late]), DELETED)
    assert adapter.prepare(intent)["post_id"] == 11
    assert asked(server)[-1] == ("DELETE", "/wp/v2/posts/12")


PHP = (
    b"<br />\n<b>Notice</b>:  Undefined index: a in <b>/a.php</b> on line <b>3</b><br />\n",
    b"\nWarning: Undefined array key 1 in /a.php on line 3\n\nDeprecated: b in /a.php on line 4\n",
    b"\xef\xbb\xbf",
    b"\n\n",
)


@pytest.mark.parametrize("said", PHP)
def test_what_php_prints_before_an_answer_does_not_hide_it(said, server, adapter, an_intent):
    answer = json.dumps(wordpress.post()).encode()
    server.play(reply(200, said + answer), reply(200, said + b'{"id": 3}'))
    assert isinstance(adapter.send(an_intent()), Published)
    assert adapter.whoami() == "3"


def test_what_php_prints_instead_of_an_answer_proves_nothing(server, adapter, an_intent):
    server.play(reply(200, PHP[0]), reply(200, b"<br />\n<b>Fatal error</b>:  Out of memory"))
    assert isinstance(adapter.send(an_intent()), Unknown)
    assert isinstance(adapter.send(an_intent()), Unknown)


def test_a_plugin_that_hides_users_is_not_taken_for_a_missing_wordpress(server, adapter):
    hidden = reply(404, wordpress.error(404, "No route was found.", "rest_no_route"))
    assert "network.hidden_users" in codes(str(whoami(server, adapter, hidden)))
    assert "network.no_rest" in codes(str(whoami(server, adapter, PAGE, PAGE)))


def test_a_redirect_to_a_sign_in_page_is_no_address_to_be_registered(server, adapter):
    failed = whoami(server, adapter, reply(302, b"", {"Location": "/wp-login.php?a=b"}))
    assert "network.sign_in" in codes(str(failed))


def test_a_firewall_that_stops_only_writing_is_named_too(server, adapter, an_intent):
    page = reply(403, b"<html>Forbidden</html>")
    server.play(NONE, NONE, page)
    assert "network.firewall" in codes(adapter.prepare(bare(an_intent)).reason)
    server.play(page)
    outcome = adapter.send(an_intent())
    assert isinstance(outcome, Unknown)
    assert "network.firewall" in codes(outcome.reason)


@pytest.mark.parametrize("link", ["/2026/11/fair/", "//blog.example.com/2026/11/fair/"])
def test_an_address_without_its_host_is_completed(link, server, adapter, an_intent, account):
    server.play(reply(200, wordpress.post(link=link)))
    outcome = adapter.send(an_intent())
    host = account.base_url if link.startswith("/2") else "http://blog.example.com"
    assert outcome == Published("12", f"{host}/2026/11/fair/")
    shown = wordpress.present(an_intent())
    server.play(*shown)
    assert adapter.find(an_intent()).url == wordpress.LINK


@pytest.mark.parametrize("more", [{}, {"content": None}, {"content": "words"}, {"content": {}}])
def test_a_post_that_is_shown_without_its_text_is_no_changed_one(more, server, adapter, an_intent):
    edit = an_intent(act="edit", target="12", before=an_intent().rendered, notes={})
    server.play(reply(200, wordpress.post(**more)))
    assert isinstance(adapter.prepare(edit), Later)
    server.play(reply(200, wordpress.post(**more)))
    found = adapter.find(an_intent())
    assert isinstance(found, CannotTell)
    assert found.reason == because("no_text")
