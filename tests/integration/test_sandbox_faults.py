"""The sandbox fails on command: before it acted or after, and only where it was told to."""

import json
import time

import pytest
import requests
from sandbox_clients import (
    BODY,
    TITLE,
    WAYS,
    Hands,
    control,
    credentials,
    listed,
    order,
    png,
    public,
    publish,
)

from publisher.sandbox import serve, user_id

NETWORKS = tuple(WAYS)
every_network = pytest.mark.parametrize("network", NETWORKS)


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def server(hands):
    with serve(port=0, clock=hands) as running:
        yield running


def published(server, network):
    return len(public(server, network))


# Before: the network did nothing


@every_network
@pytest.mark.parametrize("fault", ["429", "401", "500-before"])
def test_a_refusal_leaves_nothing_behind_and_is_used_up(server, network, fault):
    order(server, fault)
    assert publish(server, network).status_code >= 400
    assert published(server, network) == 0
    assert publish(server, network).status_code == WAYS[network].created
    assert published(server, network) == 1


@pytest.mark.parametrize(
    ("network", "status", "header", "value"),
    [
        ("x", 429, "x-rate-limit-remaining", "0"),
        ("facebook", 400, "X-Business-Use-Case-Usage", None),
        ("wordpress", 429, "Retry-After", "120"),
        ("discourse", 429, "Retry-After", "120"),
        ("mastodon", 429, "X-RateLimit-Remaining", "0"),
    ],
)
def test_too_many_requests_comes_with_the_vendors_headers(server, network, status, header, value):
    order(server, "429", seconds=120)
    answer = publish(server, network)
    assert answer.status_code == status
    assert answer.headers[header] == value if value else "2" in answer.headers[header]


def test_the_code_of_a_throttled_page_and_the_wait_of_a_throttled_board_are_in_the_body(server):
    order(server, "429", seconds=90, times=2)
    assert publish(server, "facebook").json()["error"]["code"] == 32
    assert publish(server, "discourse").json()["extras"]["wait_seconds"] == 90


def test_a_status_may_be_chosen(server):
    order(server, "429", status=403)
    assert publish(server, "facebook").status_code == 403


@every_network
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("hang-before", requests.ReadTimeout),
        ("reset-before", requests.ConnectionError),
    ],
)
def test_no_answer_may_mean_that_nothing_happened(server, network, fault, error):
    order(server, fault)
    with pytest.raises(error):
        hurried(server, network, fault)
    assert published(server, network) == 0


def hurried(server, network, fault):
    """A post by somebody who waits for no answer that never comes, and for any other."""
    way = WAYS[network]
    return requests.post(
        server.url + way.where("acme"),
        json=way.body("Hello"),
        timeout=0.3 if fault.startswith("hang") else 30,
        **credentials(network, "acme"),
    )


# After: the network acted


@every_network
def test_an_error_may_come_after_the_post_is_public(server, network):
    order(server, "500-after")
    assert publish(server, network).status_code == 500
    assert published(server, network) == 1
    assert "Hello" in listed(server, network)


@every_network
@pytest.mark.parametrize(
    ("fault", "error"), [("hang", requests.ReadTimeout), ("reset", requests.ConnectionError)]
)
def test_no_answer_may_mean_that_the_post_is_public(server, network, fault, error):
    order(server, fault)
    with pytest.raises(error):
        hurried(server, network, fault)
    ends = time.monotonic() + 30
    while published(server, network) == 0 and time.monotonic() < ends:
        pass  # a busy server acts after we have given up
    assert published(server, network) == 1


@every_network
def test_an_answer_may_be_garbage(server, network):
    order(server, "garbage")
    answer = publish(server, network)
    assert answer.status_code == 200
    with pytest.raises(ValueError):  # noqa: PT011
        answer.json()
    assert published(server, network) == 1


def test_an_answer_may_drip_for_longer_than_a_read_time_out(server):
    order(server, "slow", seconds=0.6)
    began = time.monotonic()
    assert hurried(server, "x", "hang").status_code == 201  # each piece comes within 0.3 s
    assert time.monotonic() - began > 0.5
    assert published(server, "x") == 1


@every_network
def test_a_post_may_lag_behind_in_what_the_network_shows(server, network, hands):
    order(server, "lag", seconds=30)
    assert publish(server, network).status_code == WAYS[network].created
    assert "Hello" not in listed(server, network)
    assert published(server, network) == 1
    hands.at += 31
    assert "Hello" in listed(server, network)


def test_a_lag_and_a_lost_answer_come_together(server, hands):
    order(server, "lag", seconds=30)
    order(server, "500-after")
    assert publish(server, "x").status_code == 500
    assert "Hello" not in listed(server, "x")
    hands.at += 31
    assert "Hello" in listed(server, "x")


# Held by the network's moderators


def test_the_board_enqueues_then_a_moderator_lets_it_out(server):
    order(server, "moderated")
    answer = publish(server, "discourse").json()
    assert (answer["action"], "id" in answer) == ("enqueued", False)
    assert '"not_found"' in listed(server, "discourse")
    given = credentials("discourse", "acme")
    pending = requests.get(
        f"{server.url}/board/posts/acme/pending.json", timeout=30, **given
    ).json()
    held = pending["pending_posts"][0]
    assert (held["title"], held["raw_text"]) == (f"Hello {TITLE}", f"Hello {BODY}")
    assert "external_id" not in held
    moderate(server, held["id"], approve=True)
    latest = requests.get(f"{server.url}/board/posts.json", timeout=30, **given).json()
    assert [each["raw"] for each in latest["latest_posts"]] == [f"Hello {BODY}"]
    assert '"not_found"' in listed(server, "discourse")  # its key was lost in the queue
    review = requests.get(f"{server.url}/board/review.json?status=all", timeout=30, **given).json()
    assert [(each["status"], each["type"]) for each in review["reviewables"]] == [
        (1, "ReviewableQueuedPost")
    ]


def test_the_blog_keeps_it_pending_until_a_moderator_rejects_it(server):
    order(server, "moderated")
    assert publish(server, "wordpress").json()["status"] == "pending"
    assert public(server, "wordpress")[0]["state"] == "held"
    moderate(server, public(server, "wordpress")[0]["id"], approve=False)
    assert listed(server, "wordpress") == "[]"
    assert published(server, "wordpress") == 0


def moderate(server, number, *, approve):
    body = {"id": str(number), "approve": approve}
    answer = requests.post(f"{server.url}/_sandbox/moderate", json=body, timeout=30)
    assert answer.status_code == 200


def test_x_has_no_moderators(server):
    assert order(server, "moderated", network="x").status_code == 400
    order(server, "moderated")
    assert publish(server, "x").status_code == 201


# Where a fault hits


def test_a_fault_hits_its_account_and_network_only(server):
    order(server, "500-before", network="facebook", times=None)
    assert publish(server, "facebook").status_code == 500
    assert publish(server, "facebook", name="other").status_code == 200
    assert publish(server, "x").status_code == 201


def test_by_default_a_fault_spares_reading_and_preparing(server):
    order(server, "500-before", times=None)
    given = credentials("wordpress", "acme")
    posts = f"{server.url}/blog/wp-json/wp/v2/posts"
    assert requests.get(posts, timeout=30, **given).status_code == 200
    made = requests.post(posts, json={"title": "T", "status": "draft"}, timeout=30, **given)
    assert made.status_code == 201
    live = {"status": "publish"}
    answer = requests.post(f"{posts}/{made.json()['id']}", json=live, timeout=30, **given)
    assert answer.status_code == 500
    assert published(server, "wordpress") == 0


@pytest.mark.parametrize(
    ("on", "hit"), [("read", "read"), ("prepare", "prepare"), ("publish", "publish")]
)
def test_a_fault_may_be_aimed_at_one_kind_of_request(server, on, hit):
    order(server, "500-before", on=on, times=None)
    given = credentials("x", "acme")
    form, image = {"media_category": "tweet_image"}, {"media": png()}
    upload = f"{server.url}/x/2/media/upload"
    statuses = {
        "read": requests.get(f"{server.url}/x/2/users/me", timeout=30, **given).status_code,
        "prepare": requests.post(upload, data=form, files=image, timeout=30, **given).status_code,
        "publish": publish(server, "x").status_code,
    }
    assert [kind for kind, status in statuses.items() if status == 500] == [hit]


def test_edit_and_retract_are_aimed_at_apart(server):
    given = credentials("facebook", "acme")
    number = publish(server, "facebook").json()["id"]
    order(server, "500-before", on="retract")
    url = f"{server.url}/facebook/v26.0/{number}"
    assert requests.post(url, json={"message": "Hi"}, timeout=30, **given).status_code == 200
    assert requests.delete(url, timeout=30, **given).status_code == 500
    assert requests.delete(url, timeout=30, **given).status_code == 200


def test_random_faults_repeat_with_their_seed(server):
    def run(seed):
        requests.post(f"{server.url}/_sandbox/reset", timeout=30)
        order(server, "random", seed=seed, rate=0.5, kinds=["429", "500-after"])
        return [publish(server, "x", text=f"Post {n}").status_code for n in range(30)]

    first = run(1)
    assert set(first) == {201, 429, 500}
    assert first == run(1)
    assert first != run(2)


def test_faults_are_listed_and_taken_back(server):
    order(server, "401", times=None)
    shown = control(server, "faults")["faults"]
    assert [(each["fault"], each["account"], each["hits"]) for each in shown] == [
        ("401", "acme", 0)
    ]
    cleared = requests.delete(f"{server.url}/_sandbox/faults?account=acme", timeout=30).json()
    assert cleared == {"cleared": 1}
    assert publish(server, "x").status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"fault": "500"},
        {"fault": "random"},
        {"fault": "random", "kinds": ["random"]},
        {"fault": "429", "network": "myspace"},
        {"fault": "429", "on": "write please"},
        {"fault": "429", "wen": 1},
        {"fault": "429", "seconds": "soon"},
        {"fault": "429", "times": -1},
    ],
)
def test_an_order_that_is_not_understood_is_refused_and_says_why(server, body):
    answer = requests.post(f"{server.url}/_sandbox/faults", json=body, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["error"]


# What arrived


def test_every_irreversible_request_is_counted_even_a_lost_one(server):
    order(server, "reset-before")
    with pytest.raises(requests.ConnectionError):
        publish(server, "x")
    publish(server, "x")
    requests.get(f"{server.url}/x/2/users/me", timeout=30, **credentials("x", "acme"))
    seen = control(server, "requests", account="acme")
    assert seen["counts"] == {"x/acme": 2}
    first, second = seen["arrivals"]
    assert (first["fault"], first["status"], second["status"]) == ("reset-before", 0, 201)
    assert first["body_sha256"] == second["body_sha256"]
    assert first["monotonic"] < second["monotonic"]


def test_settings_change_how_strict_a_network_is(server):
    body = {"x_duplicate_seconds": 0}
    assert requests.post(f"{server.url}/_sandbox/settings", json=body, timeout=30).ok
    assert [publish(server, "x").status_code for _ in range(2)] == [201, 201]
    odd = requests.post(f"{server.url}/_sandbox/settings", json={"x_limits": 1}, timeout=30)
    assert odd.status_code == 400


# A restart


@every_network
def test_what_was_published_survives_a_restart(tmp_path, network):
    state = tmp_path / "sandbox.jsonl"
    with serve(port=0, state=state) as first:
        publish(first, network)
        before = public(first, network)
    with serve(port=0, state=state) as second:
        assert public(second, network) == before
        assert "Hello" in listed(second, network)
        again = publish(second, network, text="Another")
        assert again.status_code == WAYS[network].created
        numbers = [each["id"] for each in public(second, network)]
        assert len(set(numbers)) == 2
        assert publish(second, network, text="Another").status_code != 500


def test_images_edits_and_removals_survive_a_restart(tmp_path):
    state = tmp_path / "sandbox.jsonl"
    given, page = credentials("facebook", "acme"), user_id("facebook", "acme")
    with serve(port=0, state=state) as first:
        url = f"{first.url}/facebook/v26.0"
        form, image = {"alt_text_custom": "A box", "message": "Look"}, {"source": png()}
        made = requests.post(f"{url}/{page}/photos", data=form, files=image, timeout=30, **given)
        requests.post(
            f"{url}/{made.json()['post_id']}", data={"message": "Hi"}, timeout=30, **given
        )
        requests.delete(f"{url}/{made.json()['post_id']}", timeout=30, **given)
    with serve(port=0, state=state) as second:
        shown = public(second, "facebook")[0]
        assert (shown["text"], shown["edits"], shown["deleted"]) == ("Hi", 1, True)
        picture = f"{second.url}/media/facebook/{shown['media'][0]['id']}"
        assert requests.get(picture, timeout=30).content == png()


def test_a_journal_that_was_cut_in_the_middle_of_a_line_is_read_up_to_there(tmp_path):
    state = tmp_path / "sandbox.jsonl"
    with serve(port=0, state=state) as first:
        publish(first, "x", text="One")
        publish(first, "x", text="Two")
    state.write_bytes(state.read_bytes()[:-20])
    with serve(port=0, state=state) as second:
        assert [each["text"] for each in public(second)] == ["One"]
        publish(second, "x", text="Three")
    assert len([json.loads(line) for line in state.read_text().splitlines()]) == 2


def test_reset_forgets_the_journal_too(tmp_path):
    state = tmp_path / "sandbox.jsonl"
    with serve(port=0, state=state) as server:
        publish(server, "x")
        requests.post(f"{server.url}/_sandbox/reset", timeout=30)
        assert public(server) == []
    assert state.read_text() == ""
