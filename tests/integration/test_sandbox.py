"""The stand-in networks speak the real protocols to the real client libraries, and refuse alike."""

import pytest
import requests
import tweepy
from sandbox_clients import (
    BODY,
    TITLE,
    WAYS,
    Hands,
    credentials,
    listed,
    oauth,
    png,
    public,
    publish,
    tweepy_client,
)

from publisher.sandbox import serve, user_id


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def server(hands):
    with serve(port=0, clock=hands) as running:
        yield running


@pytest.fixture
def tweets(server):
    client = tweepy_client(server, "acme")
    yield client
    client.session.close()


@pytest.fixture
def ask(server):
    def asking(method, network, path, name="acme", **more):
        prefix = {
            "x": "/x/2/",
            "facebook": "/facebook/v26.0/",
            "wordpress": "/blog/wp-json/wp/v2/",
            "discourse": "/board/",
            "mastodon": "/mastodon/api/",
        }[network]
        url = server.url + prefix + path
        return requests.request(method, url, timeout=30, **credentials(network, name), **more)

    return asking


PAGE = user_id("facebook", "acme")
ME = user_id("x", "acme")


# Who an account is


@pytest.mark.parametrize(
    ("network", "path", "number"),
    [
        ("x", "users/me", lambda data: data["data"]["id"]),
        ("facebook", "me", lambda data: data["id"]),
        ("wordpress", "users/me", lambda data: str(data["id"])),
        ("discourse", "session/current.json", lambda data: str(data["current_user"]["id"])),
        ("mastodon", "v1/accounts/verify_credentials", lambda data: data["id"]),
    ],
)
def test_the_credential_names_the_account_and_its_name_gives_its_number(ask, network, path, number):
    assert number(ask("GET", network, path, name="sandbox-x").json()) == user_id(
        network, "sandbox-x"
    )


@pytest.mark.parametrize(
    ("network", "status", "word"),
    [
        ("x", 401, "Unauthorized"),
        ("facebook", 400, '"code": 190'),
        ("wordpress", 401, "rest_cannot_create"),
        ("discourse", 403, "invalid_access"),
        ("mastodon", 401, "The access token is invalid"),
    ],
)
def test_any_other_credential_is_refused_in_the_networks_own_words(
    server, monkeypatch, network, status, word
):
    monkeypatch.setitem(
        credentials.__globals__,
        "credentials",
        lambda *_: {"headers": {"Authorization": "Bearer x"}},
    )
    answer = publish(server, network)
    assert answer.status_code == status
    assert word in answer.text
    assert public(server, network) == []


def test_x_refuses_an_oauth_header_that_lacks_its_signature(server):
    header = 'OAuth oauth_token="sandbox-acme", oauth_nonce="n", oauth_timestamp="1"'
    answer = requests.get(
        f"{server.url}/x/2/users/me", headers={"Authorization": header}, timeout=2
    )
    assert answer.status_code == 401


# X


def test_tweepy_publishes_finds_and_deletes(tweets, server):
    made = tweets.create_tweet(text="1 < 2 & 3, see https://example.com/a?b=1&c=2 now")["data"]
    assert made["text"].startswith("1 &lt; 2 &amp; 3, see https://t.co/")
    found = tweets.get_users_tweets(
        ME, tweet_fields=["created_at", "entities"], user_auth=True, max_results=5
    )["data"]
    assert [each["id"] for each in found] == [made["id"]]
    url = found[0]["entities"]["urls"][0]
    assert url["expanded_url"] == "https://example.com/a?b=1&c=2"
    assert tweets.delete_tweet(made["id"])["data"] == {"deleted": True}
    assert "data" not in tweets.get_tweet(made["id"], user_auth=True)
    assert public(server)[0]["deleted"] is True


def test_tweepy_sees_the_duplicate_refusal_of_x(tweets):
    tweets.create_tweet(text="Same words")
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        tweets.create_tweet(text="Same words")


def test_a_removed_post_or_an_old_one_is_no_duplicate_on_x(tweets, hands):
    first = tweets.create_tweet(text="Same words")["data"]["id"]
    tweets.delete_tweet(first)
    tweets.create_tweet(text="Same words")
    hands.at += 86_401
    assert tweets.create_tweet(text="Same words")["data"]["id"] > first


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 280, True),
        ("a" * 281, False),
        ("あ" * 140, True),
        ("あ" * 141, False),
        ("a" * 256 + " https://example.com/" + "b" * 200, True),
        ("a" * 257 + " https://example.com/" + "b" * 200, False),
        ("👨‍👩‍👧‍👦" * 140, True),
        ("👨‍👩‍👧‍👦" * 141, False),
    ],
)
def test_x_counts_weighted_characters(tweets, text, fits):
    if fits:
        tweets.create_tweet(text=text)
    else:
        with pytest.raises(tweepy.BadRequest, match="too long"):
            tweets.create_tweet(text=text)


@pytest.mark.parametrize(
    "body",
    [
        {"text": "Hello", "txt": 1},
        {"text": "Hello", "media": {"media_ids": ["1"], "alt": "x"}},
        {"text": "Hello", "media": {"media_ids": ["1"]}},
        {"text": ""},
        {"text": 3},
        {"text": "Hello", "media": "x"},
    ],
)
def test_x_refuses_bodies_that_its_schema_does_not_allow(ask, server, body):
    assert ask("POST", "x", "tweets", json=body).status_code == 400
    assert public(server) == []


def test_x_carries_images_with_alt_text(ask, server, tweets):
    upload = ask(
        "POST", "x", "media/upload", data={"media_category": "tweet_image"}, files={"media": png()}
    ).json()["data"]
    meta = {"id": upload["id"], "metadata": {"alt_text": {"text": "A <red> box"}}}
    assert ask("POST", "x", "media/metadata", json=meta).status_code == 200
    made = tweets.create_tweet(text="Look", media_ids=[upload["id"]])["data"]
    found = tweets.get_tweet(
        made["id"],
        tweet_fields=["attachments"],
        expansions=["attachments.media_keys"],
        media_fields=["alt_text"],
        user_auth=True,
    )
    assert found["data"]["attachments"] == {"media_keys": [upload["media_key"]]}
    assert found["includes"]["media"][0]["alt_text"] == "A <red> box"
    assert public(server)[0]["media"][0]["alt"] == "A <red> box"


def test_x_refuses_what_is_no_image_and_alt_text_that_is_too_long(ask):
    form = {"media_category": "tweet_image"}
    assert ask("POST", "x", "media/upload", data=form, files={"media": b"no"}).status_code == 400
    made = ask("POST", "x", "media/upload", data=form, files={"media": png()}).json()["data"]["id"]
    meta = {"id": made, "metadata": {"alt_text": {"text": "a" * 1001}}}
    assert ask("POST", "x", "media/metadata", json=meta).status_code == 400


def test_x_pages_its_timeline_and_bounds_it_by_time_and_id(ask, tweets, hands):
    ids = []
    for number in range(12):
        ids.insert(0, tweets.create_tweet(text=f"Post {number}")["data"]["id"])
        hands.at += 10
    first = ask("GET", "x", f"users/{ME}/tweets?max_results=10").json()
    token = first["meta"]["next_token"]
    rest = ask("GET", "x", f"users/{ME}/tweets?max_results=10&pagination_token={token}").json()
    assert [each["id"] for each in first["data"] + rest["data"]] == ids
    assert "next_token" not in rest["meta"]
    since = ask("GET", "x", f"users/{ME}/tweets?since_id={ids[2]}").json()
    assert [each["id"] for each in since["data"]] == ids[:2]
    start = "2027-01-15T08:01:30Z"  # 90 s after the first
    later = ask("GET", "x", f"users/{ME}/tweets?start_time={start}").json()
    assert [each["id"] for each in later["data"]] == ids[:3]
    assert ask("GET", "x", f"users/{ME}/tweets?max_results=4").status_code == 400


def test_x_says_what_is_left_of_its_limits(ask):
    answers = [ask("GET", "x", "users/me").headers for _ in range(2)]
    assert [each["x-rate-limit-remaining"] for each in answers] == ["899", "898"]


# Facebook


def test_a_page_publishes_lists_edits_and_deletes(ask, server):
    number = ask("POST", "facebook", f"{PAGE}/feed", data={"message": "Hello"}).json()["id"]
    assert number.startswith(PAGE + "_")
    fields = "fields=id,message,created_time,permalink_url,application,attachments{media}"
    found = ask("GET", "facebook", f"{PAGE}/published_posts?{fields}").json()["data"]
    assert [each["message"] for each in found] == ["Hello"]
    assert requests.get(found[0]["permalink_url"], timeout=30).status_code == 200
    assert ask("POST", "facebook", number, json={"message": "Hi"}).json() == {"success": True}
    assert ask("GET", "facebook", number.partition("_")[2]).json()["message"] == "Hi"
    assert ask("DELETE", "facebook", number).json() == {"success": True}
    gone = ask("GET", "facebook", number).json()["error"]
    assert (gone["code"], gone["error_subcode"]) == (100, 33)
    assert [(each["edits"], each["deleted"]) for each in public(server, "facebook")] == [(1, True)]


def test_facebook_refuses_the_same_post_at_once_but_not_after_another(ask):
    def say(text):
        return ask("POST", "facebook", f"{PAGE}/feed", data={"message": text}).json()

    say("Same")
    assert say("Same")["error"]["code"] == 506
    say("Other")
    assert "id" in say("Same")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (f"{PAGE}/feed", {"massage": "x"}, 100),
        (f"{PAGE}/feed", {}, 100),
        (f"{PAGE}/feed", {"message": "x", "attached_media": '[{"media_fbid":"9"}]'}, 100),
        (f"{PAGE}/feed", {"message": "x" * 63_207}, 100),
        ("12345/feed", {"message": "x"}, 200),
        (f"{PAGE}_99", {"message": "x"}, 100),
    ],
)
def test_facebook_answers_mistakes_with_its_error_codes(ask, server, path, body, code):
    assert ask("POST", "facebook", path, data=body).json()["error"]["code"] == code
    assert public(server, "facebook") == []


def test_facebook_refuses_a_field_that_it_does_not_have(ask):
    answer = ask("GET", "facebook", f"{PAGE}/published_posts?fields=id,massage").json()
    assert answer["error"]["code"] == 100


def test_a_page_attaches_photos_that_were_invisible_until_then(ask, server):
    photo = ask(
        "POST",
        "facebook",
        f"{PAGE}/photos",
        data={"published": "false", "alt_text_custom": "A box"},
        files={"source": png()},
    ).json()["id"]
    assert public(server, "facebook") == []
    body = {"message": "Look", "attached_media": [{"media_fbid": photo}]}
    assert "id" in ask("POST", "facebook", f"{PAGE}/feed", json=body).json()
    assert public(server, "facebook")[0]["media"][0]["alt"] == "A box"


def test_a_page_lists_in_pages_since_a_time(ask, hands):
    for number in range(5):
        ask("POST", "facebook", f"{PAGE}/feed", data={"message": str(number)})
        hands.at += 60
    since = int(hands.at) - 240
    found = ask("GET", "facebook", f"{PAGE}/published_posts?limit=3&since={since}").json()
    rest = requests.get(
        found["paging"]["next"], timeout=30, headers={"Authorization": "Bearer sandbox-acme"}
    ).json()
    said = [each["message"] for each in found["data"] + rest["data"]]
    assert said == ["4", "3", "2", "1"]


# WordPress


def draft(ask, **more):
    body = {"title": "T", "content": "One & two", "status": "draft", "slug": "pub-1", **more}
    return ask("POST", "wordpress", "posts", json=body)


def test_a_draft_is_invisible_until_it_is_published(ask, server):
    made = draft(ask)
    assert (made.status_code, made.json()["slug"]) == (201, "pub-1")
    assert public(server, "wordpress") == []
    assert ask("GET", "wordpress", "posts?slug=pub-1").json() == []
    found = ask("GET", "wordpress", "posts?slug=pub-1&status=any&context=edit").json()
    assert found[0]["content"]["raw"] == "One & two"
    number = made.json()["id"]
    for _ in range(2):
        answer = ask("POST", "wordpress", f"posts/{number}", json={"status": "publish"})
        assert (answer.status_code, answer.json()["status"]) == (200, "publish")
    assert [each["publications"] for each in public(server, "wordpress")] == [1]


def test_a_taken_slug_gets_a_number(ask):
    assert [draft(ask).json()["slug"] for _ in range(2)] == ["pub-1", "pub-1-2"]


def test_a_post_goes_to_the_trash_then_is_gone_then_unknown(ask, server):
    number = draft(ask, status="publish").json()["id"]
    trashed = ask("DELETE", "wordpress", f"posts/{number}")
    assert (trashed.status_code, trashed.json()["slug"]) == (200, "pub-1__trashed")
    assert ask("GET", "wordpress", "posts?status=any").json() == []
    found = ask("GET", "wordpress", "posts?status=any,trash&slug=pub-1__trashed").json()
    assert found[0]["id"] == number
    assert ask("DELETE", "wordpress", f"posts/{number}").status_code == 410
    assert ask("DELETE", "wordpress", f"posts/{number}?force=true").json()["deleted"] is True
    assert ask("DELETE", "wordpress", f"posts/{number}?force=true").status_code == 404
    assert public(server, "wordpress")[0]["deleted"] is True


def test_a_future_date_schedules_the_post_by_accident(ask, server, hands):
    made = draft(ask, status="publish", date_gmt="2027-01-15T09:00:00").json()
    assert made["status"] == "future"
    assert public(server, "wordpress") == []
    hands.at += 3600
    assert [each["id"] for each in ask("GET", "wordpress", "posts").json()] == [made["id"]]


def test_wordpress_drops_unknown_fields_and_refuses_an_id_or_an_odd_status(ask):
    assert draft(ask, meta={"key": "v"}, nonsense=1).json()["meta"] == []
    assert draft(ask, id=7).json()["code"] == "rest_post_exists"
    assert draft(ask, status="live").json()["code"] == "rest_invalid_param"


def test_an_image_is_uploaded_raw_or_as_a_form_with_alt_text(ask, server):
    head = {"Content-Disposition": 'attachment; filename="box.png"', "Content-Type": "image/png"}
    raw = ask("POST", "wordpress", "media", data=png(), headers=head)
    assert raw.status_code == 201
    number = raw.json()["id"]
    changed = ask("POST", "wordpress", f"media/{number}", json={"alt_text": "A box"}).json()
    assert changed["alt_text"] == "A box"
    assert requests.get(changed["source_url"], timeout=30).content == png()
    form = ask(
        "POST", "wordpress", "media", data={"alt_text": "B"}, files={"file": ("b.png", png("blue"))}
    ).json()
    content = f'<p>Look</p><img src="{form["source_url"]}" alt="B">'
    draft(ask, content=content, status="publish", featured_media=number)
    assert [each["alt"] for each in public(server, "wordpress")[0]["media"]] == ["A box", "B"]


def test_wordpress_tells_how_many_pages_there_are(ask):
    for _ in range(3):
        draft(ask, status="publish")
    answer = ask("GET", "wordpress", "posts?per_page=2&page=2")
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("3", "2")
    assert len(answer.json()) == 1
    assert ask("GET", "wordpress", "posts?page=9").json()["code"] == "rest_post_invalid_page_number"


# Discourse


def topic(ask, **more):
    return ask("POST", "discourse", "posts.json", json={"title": TITLE, "raw": BODY, **more})


def test_a_topic_is_found_by_its_external_id(ask):
    made = topic(ask, external_id="Key-1").json()
    found = ask("GET", "discourse", "t/external_id/key-1.json", allow_redirects=False)
    assert (found.status_code, found.headers["Location"].rsplit("/", 1)[1]) == (
        301,
        f"{made['topic_id']}.json",
    )
    shown = ask("GET", "discourse", "t/external_id/key-1.json?include_raw=1").json()
    assert (shown["external_id"], shown["post_stream"]["stream"]) == ("Key-1", [made["id"]])
    assert ask("GET", "discourse", "t/external_id/none.json").status_code == 404


def test_an_identical_call_within_two_minutes_gets_the_first_answer(ask, server, hands):
    first, second = topic(ask, external_id="k").json(), topic(ask, external_id="k").json()
    assert first["id"] == second["id"]
    hands.at += 121
    late = topic(ask, external_id="k")
    assert late.status_code == 422
    assert "External has already been taken" in late.json()["errors"]
    assert len(public(server, "discourse")) == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"title": "Too short"}, "Title is too short"),
        ({"raw": "Too short"}, "Body is too short"),
        ({"external_id": "no spaces"}, "External is invalid"),
        ({"external_id": "k" * 51}, "External is invalid"),
    ],
)
def test_discourse_refuses_what_its_settings_do_not_allow(ask, server, body, error):
    answer = topic(ask, **body)
    assert answer.status_code == 422
    assert error in answer.json()["errors"][0]
    assert public(server, "discourse") == []


def test_a_title_may_be_used_once(ask):
    topic(ask)
    assert topic(ask, external_id="other").json()["errors"] == ["Title has already been used"]


def test_a_post_on_the_board_is_edited_and_deleted(ask, server):
    number = topic(ask).json()["id"]
    body = {"post": {"raw": BODY + " Corrected.", "edit_reason": "typo"}}
    changed = ask("PUT", "discourse", f"posts/{number}.json", json=body).json()["post"]
    assert (changed["raw"], changed["version"]) == (BODY + " Corrected.", 2)
    assert ask("DELETE", "discourse", f"posts/{number}.json").status_code == 200
    assert ask("GET", "discourse", f"posts/{number}.json").status_code == 404
    assert public(server, "discourse")[0]["deleted"] is True


def test_the_board_shows_an_upload_where_the_post_names_it(ask, server):
    made = ask(
        "POST", "discourse", "uploads.json", data={"type": "composer"}, files={"file": png()}
    ).json()
    topic(ask, raw=f"{BODY}\n\n![A <box>|40x30]({made['short_url']})")
    page = requests.get(f"{server.url}/timeline/discourse", timeout=30).text
    assert 'alt="A &lt;box&gt;"' in page
    assert "upload://" not in page


def test_the_latest_posts_of_the_board_are_everybodys_in_pages_of_fifty_numbers(ask):
    for number in range(30):
        topic(ask, title=f"{TITLE} {number}")
    first = ask("GET", "discourse", "posts.json", name="other").json()["latest_posts"]
    lowest = first[-1]["id"]
    rest = ask("GET", "discourse", f"posts.json?before={lowest - 1}", name="other").json()
    numbers = [each["id"] for each in first + rest["latest_posts"]]
    assert len(numbers) == 30
    assert numbers == sorted(numbers, reverse=True)
    assert first[0]["raw"] == BODY


# All of them


@pytest.mark.parametrize("network", WAYS)
def test_a_broken_body_is_the_callers_mistake_and_publishes_nothing(server, network):
    url = server.url + WAYS[network].where("acme")
    given = credentials(network, "acme")
    head = {"Content-Type": "application/json", **given.pop("headers", {})}
    for body in (b"{", b"[]", b'{"status": []}', b"\xff\xfe", b'{"text": ' + b"[" * 100_000):
        answer = requests.post(url, data=body, headers=head, timeout=30, **given)
        assert answer.status_code in (400, 422), (body, answer.text)
    assert public(server, network) == []


@pytest.mark.parametrize("network", WAYS)
def test_an_account_does_not_touch_anothers_posts(server, ask, network):
    made = publish(server, network).json()
    number = made.get("data", made)["id"]
    path = {
        "x": "tweets/{}",
        "facebook": "{}",
        "wordpress": "posts/{}",
        "discourse": "posts/{}.json",
        "mastodon": "v1/statuses/{}",
    }[network]
    assert ask("DELETE", network, path.format(number), name="other").status_code in (400, 403, 404)
    assert "Hello" in listed(server, network)


def test_text_in_any_script_comes_back_as_it_was_sent(ask, server):
    words = "e\u0301 ｶﾅ 日本語 👨‍👩‍👧‍👦 \u200b\u202e end"
    publish(server, "facebook", text=words)
    assert public(server, "facebook")[0]["text"] == words


def test_half_a_surrogate_pair_breaks_no_page_and_no_listing(server):
    publish(server, "facebook", text="\ud83d alone")
    assert public(server, "facebook")[0]["text"] == "\ud83d alone"
    assert "alone" in requests.get(f"{server.url}/timeline/facebook", timeout=30).text


def test_signed_requests_with_a_form_body_are_understood(server):
    answer = requests.post(
        f"{server.url}/x/2/media/upload",
        auth=oauth("acme"),
        timeout=30,
        files={"media": ("box.png", png())},
        data={"media_category": "tweet_image"},
    )
    assert answer.status_code == 200
