"""The sandbox's Page has comments under its posts, which can be hidden, and fail on command."""

import requests
from sandbox_clients import control, credentials, order, publish

from publisher.sandbox import serve


def graph(server, method, number, **more):
    url = f"{server.url}/facebook/v26.0/{number}"
    return requests.request(method, url, timeout=30, **credentials("facebook", "acme"), **more)


def seeded(server, text="You are all wrong"):
    publish(server, "facebook")
    [post] = control(server, "posts", network="facebook")["posts"]
    body = {"account": "acme", "post": post["id"], "text": text}
    return requests.post(f"{server.url}/_sandbox/comments", json=body, timeout=30).json()["id"]


def test_a_comment_is_hidden_and_shown_again(tmp_path):
    state = tmp_path / "state"
    with serve(port=0, state=state) as server:
        number = seeded(server)
        shown = graph(server, "GET", number, params={"fields": "id,message,is_hidden"}).json()
        assert shown == {"id": number, "message": "You are all wrong", "is_hidden": False}
        hide = graph(server, "POST", number, data={"is_hidden": "true"})
        assert hide.json() == {"success": True}
    with serve(port=0, state=state) as server:
        [comment] = control(server, "comments")["comments"]
        assert (comment["hidden"], comment["changes"]) == (True, 1)
        graph(server, "POST", number, data={"is_hidden": "false"})
        assert control(server, "comments")["comments"][0]["hidden"] is False


def test_its_words_are_its_authors_and_another_pages_is_not_there():
    with serve(port=0) as server:
        number = seeded(server)
        assert graph(server, "POST", number, data={"message": "Sorry"}).status_code == 403
        assert graph(server, "POST", number, data={"colour": "red"}).status_code == 400
        url = f"{server.url}/facebook/v26.0/{number}"
        other = requests.get(url, timeout=30, **credentials("facebook", "other"))
        assert other.json()["error"]["error_subcode"] == 33


def test_to_hide_fails_on_command():
    with serve(port=0) as server:
        number = seeded(server)
        order(server, "500-after", network="facebook", account="acme", on="measure")
        assert graph(server, "POST", number, data={"is_hidden": "true"}).status_code == 500
        assert control(server, "comments")["comments"][0]["hidden"] is True
        [*_, last] = control(server, "requests")["arrivals"]
        assert (last["kind"], last["fault"]) == ("measure", "500-after")
