"""The sandbox shows what its networks' readers would see, and nothing in it can run."""

import os
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sandbox_clients import (
    WAYS,
    control,
    credentials,
    order,
    png,
    public,
    publish,
    tweepy_client,
)

from publisher.sandbox import serve, user_id

EVIL = """<script>alert(1)</script> "><img src=x onerror=alert(1)> javascript:alert(1) '&amp;"""


@pytest.fixture
def server():
    with serve(port=0) as running:
        yield running


def page(server, path):
    answer = requests.get(server.url + path, timeout=30)
    assert answer.status_code == 200
    return answer


def test_the_first_page_counts_every_network(server):
    assert page(server, "/").text.count("Nothing published yet") == len(WAYS)
    for network in WAYS:
        publish(server, network)
    shown = page(server, "/").text
    assert shown.count("1 post<") == len(WAYS)
    assert shown.count('<p class="latest">') == len(WAYS)


@pytest.mark.parametrize("network", WAYS)
def test_nothing_that_is_published_can_break_out_of_the_page(server, network):
    publish(server, network, text=f"{EVIL} {network}", name='a"><script>x')
    publish(server, network, text=EVIL)
    for path in ("/", f"/timeline/{network}", f"/timeline/{network}?account=<script>"):
        shown = page(server, path).text
        assert "<script" not in shown
        assert "onerror=alert(1)>" not in shown
        assert not re.search(r"<img(?! src=\"/media/)", shown)
        assert 'href="javascript' not in shown


def test_the_policy_of_a_page_allows_no_script_and_nothing_from_outside(server):
    publish(server, "x", text="See https://example.com/ now")
    answer = page(server, "/timeline/x")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', answer.text)
    assert loaded
    assert all(each.startswith("/") for each in loaded)
    assert "http" not in page(server, "/style.css").text


def test_a_timeline_is_newest_first_and_keeps_line_breaks(server):
    publish(server, "x", text="First\nof two lines")
    publish(server, "x", text="Second")
    shown = page(server, "/timeline/x").text
    assert shown.index("Second") < shown.index("First\nof two lines")


def test_what_answers_a_post_stands_below_it_in_order_and_the_newest_thread_first(server):
    def said(*texts):
        for text in texts:
            answered = {"reply": {"in_reply_to_tweet_id": said.last}} if text[-2] != "1" else {}
            made = requests.post(
                f"{server.url}/x/2/tweets",
                headers={"Authorization": "Bearer sandbox-x"},
                json={"text": text, **answered},
                timeout=30,
            )
            said.last = made.json()["data"]["id"]
            said.ids.append(said.last)

    said.ids = []
    said("Fair (1)", "Fair (2)", "Fair (3)", "Hall (1)", "Hall (2)")
    timeline = page(server, "/timeline/x").text
    found = re.findall(r"(?:Fair|Hall) \(\d\)", timeline)
    assert found == ["Hall (1)", "Hall (2)", "Fair (1)", "Fair (2)", "Fair (3)"]
    below = re.findall(r"<li><article.*?</article></li>", timeline, re.DOTALL)
    assert [re.search(r"\w+ \(\d\)", one)[0] for one in below] == [
        "Hall (2)",
        "Fair (2)",
        "Fair (3)",
    ]
    second = page(server, f"/x/x/status/{said.ids[1]}").text
    assert re.findall(r"Fair \(\d\)", second) == ["Fair (2)", "Fair (3)"]
    requests.delete(
        f"{server.url}/x/2/tweets/{said.ids[0]}",
        headers={"Authorization": "Bearer sandbox-x"},
        timeout=30,
    )
    assert re.findall(r"Fair \(\d\)", page(server, "/timeline/x").text)[0] == "Fair (1)"


def test_a_timeline_marks_what_was_edited_and_what_was_removed(server):
    given = credentials("facebook", "acme")
    number = publish(server, "facebook").json()["id"]
    url = f"{server.url}/facebook/v26.0/{number}"
    requests.post(url, data={"message": "Hi there"}, timeout=30, **given)
    assert 'class="mark edited">edited<' in page(server, "/timeline/facebook").text
    requests.delete(url, timeout=30, **given)
    shown = page(server, "/timeline/facebook").text
    assert 'class="mark removed">removed<' in shown
    assert "Hi there" in shown


def test_a_timeline_shows_what_moderators_hold_and_hides_drafts(server):
    order(server, "moderated")
    publish(server, "discourse")
    assert "held by moderators" in page(server, "/timeline/discourse").text
    body = {"title": "Secret draft", "status": "draft"}
    posts = f"{server.url}/blog/wp-json/wp/v2/posts"
    made = requests.post(posts, json=body, timeout=30, **credentials("wordpress", "acme")).json()
    assert "Secret draft" not in page(server, "/timeline/wordpress").text
    assert requests.get(made["link"], timeout=30).status_code == 404


def test_a_blog_post_is_shown_as_words_not_as_markup(server):
    body = {
        "title": "News & more",
        "content": "<p>One &amp; two<br>three</p><p>four <b>five</b></p><script>alert(1)</script>",
        "status": "publish",
    }
    posts = f"{server.url}/blog/wp-json/wp/v2/posts"
    requests.post(posts, json=body, timeout=30, **credentials("wordpress", "acme"))
    shown = page(server, "/timeline/wordpress").text
    assert "News &amp; more" in shown
    assert "One &amp; two\nthree\n\nfour five" in shown
    assert "<script" not in shown


def test_pictures_are_shown_with_their_alt_text_and_served_as_images(server):
    given, number = credentials("facebook", "acme"), user_id("facebook", "acme")
    form = {"alt_text_custom": 'A "box"', "message": "Look"}
    url = f"{server.url}/facebook/v26.0/{number}/photos"
    requests.post(url, data=form, files={"source": png()}, timeout=30, **given)
    shown = page(server, "/timeline/facebook").text
    assert 'alt="A &quot;box&quot;"' in shown
    picture = page(server, re.findall(r'<img src="([^"]+)"', shown)[0])
    assert (picture.headers["Content-Type"], picture.content) == ("image/png", png())


@pytest.mark.parametrize("network", WAYS)
def test_every_post_has_a_page_of_its_own_at_the_networks_own_address(server, network):
    made = publish(server, network).json()
    number = str(made.get("data", made)["id"]).rpartition("_")[2]
    address = {
        "x": f"/x/acme/status/{number}",
        "facebook": f"/facebook/{user_id('facebook', 'acme')}/posts/{number}",
        "wordpress": f"/blog/?p={number}",
        "discourse": f"/board/t/{made.get('topic_slug')}/{made.get('topic_id')}/1",
        "mastodon": f"/mastodon/@acme/{number}",
    }[network]
    prefix = {"wordpress": "blog", "discourse": "board"}.get(network, network)
    for path in (address, f"/{prefix}/status/{number}"):
        assert "Hello" in page(server, path).text
    linked = re.findall(
        r'<div class="who">.*?href="([^"]+)"', page(server, f"/timeline/{network}").text
    )
    assert "Hello" in page(server, linked[0]).text


def test_a_long_timeline_is_shown_in_pages_and_by_account(server):
    for number in range(60):
        publish(server, "x", text=f"Post {number:02}.")
    publish(server, "x", name="other", text="Of another account")
    first = page(server, "/timeline/x").text
    assert "Post 00." not in first
    older = re.findall(r'class="older"><a href="([^"]+)"', first)[0].replace("&amp;", "&")
    assert "Post 00." in page(server, older).text
    assert "Post 59." not in page(server, "/timeline/x?account=other").text


def test_what_is_not_there_is_404_in_the_networks_own_words(server):
    for path, word in (
        ("/x/2/nothing", "about:blank"),
        ("/facebook/v26.0/a/b/c", "OAuthException"),
        ("/blog/wp-json/nothing", "rest_no_route"),
        ("/board/nothing.json", "not_found"),
        ("/mastodon/nothing", "Record not found"),
        ("/nothing", "not found"),
        ("/x/acme/status/1", "about:blank"),
    ):
        answer = requests.get(server.url + path, timeout=30)
        assert answer.status_code in (400, 404)
        assert word in answer.text


# The server itself


def test_a_thousand_accounts_publish_at_once(server):
    def one(number):
        return publish(server, "x", name=f"n{number}").status_code

    with ThreadPoolExecutor(64) as pool:
        assert set(pool.map(one, range(1000))) == {201}
    assert len(control(server, "requests", counts="only")["counts"]) == 1000


def test_one_connection_carries_many_requests(server):
    with requests.Session() as session:
        for _ in range(3):
            answer = session.get(
                f"{server.url}/x/2/users/me", timeout=30, **credentials("x", "acme")
            )
            assert answer.status_code == 200
        assert len(session.get_adapter(server.url).poolmanager.pools) == 1


def test_a_chunked_body_is_read(server):
    def pieces():
        yield b'{"text": '
        yield b'"In pieces"}'

    given = credentials("x", "acme")
    url = f"{server.url}/x/2/tweets"
    head = {"Content-Type": "application/json"}
    assert requests.post(url, data=pieces(), headers=head, timeout=30, **given).status_code == 201
    assert public(server)[0]["text"] == "In pieces"


@pytest.mark.parametrize(
    "words", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_what_is_no_http_ends_the_connection_and_nothing_else(server, words):
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        sock.sendall(words)
        assert sock.recv(100) == b""
    assert page(server, "/").ok


def test_the_command_prints_its_address_and_ends_on_a_signal(tmp_path):
    command = [sys.executable, "-m", "publisher.sandbox", "--port", "0"]
    command += ["--state", str(tmp_path / "state.jsonl")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split()[-1]
            assert requests.get(url, timeout=30).status_code == 200
        finally:
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_taken_port_is_said_without_a_traceback(server, capfd):
    from publisher.sandbox import main

    port = server.url.rpartition(":")[2]
    assert main(["--port", port]) == 1
    assert f"127.0.0.1:{port}" in capfd.readouterr().err


def test_tweepy_reads_the_limits_of_x(server):
    import tweepy

    order(server, "429", seconds=30)
    client = tweepy_client(server, "acme")
    with pytest.raises(tweepy.TooManyRequests) as refused:
        client.create_tweet(text="Hello")
    client.session.close()
    assert refused.value.response.headers["x-rate-limit-reset"].isdigit()
