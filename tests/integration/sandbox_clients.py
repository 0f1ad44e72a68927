"""How the sandbox's tests talk to it: as the real client libraries do."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import tweepy
from PIL import Image
from requests.adapters import HTTPAdapter
from requests_oauthlib import OAuth1

from publisher.sandbox import Server, user_id

TITLE = "A title of more than fifteen characters"
BODY = "A body that is long enough for the board, with its notice."


def key_of(text: str) -> str:
    """An external id that follows from the words."""
    return "k-" + text.encode().hex()[:40]


class Hands:
    """A clock whose hands are moved by the test. Seconds since the epoch."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


class ToSandbox(HTTPAdapter):
    """tweepy hard-codes its host; this sends what it would send there to the sandbox instead."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(request.url or "")
        request.url = f"{self._base}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return super().send(request, *args, **kwargs)


def tweepy_client(server: Server, name: str) -> tweepy.Client:
    client = tweepy.Client(
        consumer_key="key",
        consumer_secret="secret",
        access_token=f"sandbox-{name}",
        access_token_secret="secret",
        return_type=dict,
    )
    client.session.mount("https://api.twitter.com", ToSandbox(server.url + "/x"))
    return client


def oauth(name: str) -> OAuth1:
    return OAuth1("key", "secret", f"sandbox-{name}", "secret")


def credentials(network: str, name: str) -> dict[str, Any]:
    """What `requests` needs to act as an account."""
    return {
        "x": {"auth": oauth(name)},
        "facebook": {"headers": {"Authorization": f"Bearer sandbox-{name}"}},
        "wordpress": {"auth": ("editor", f"sandbox-{name}")},
        "discourse": {"headers": {"Api-Key": f"sandbox-{name}", "Api-Username": name}},
        "mastodon": {"headers": {"Authorization": f"Bearer sandbox-{name}"}},
    }[network]


@dataclass
class Way:
    """How one network is published to and listed."""

    network: str
    where: Callable[[str], str]
    body: Callable[[str], dict[str, Any]]
    listing: Callable[[str], str]
    created: int = 200


WAYS = {
    way.network: way
    for way in (
        Way(
            "x",
            lambda name: "/x/2/tweets",
            lambda text: {"text": text},
            lambda name: f"/x/2/users/{user_id('x', name)}/tweets",
            201,
        ),
        Way(
            "facebook",
            lambda name: f"/facebook/v26.0/{user_id('facebook', name)}/feed",
            lambda text: {"message": text},
            lambda name: f"/facebook/v26.0/{user_id('facebook', name)}/published_posts",
        ),
        Way(
            "wordpress",
            lambda name: "/blog/wp-json/wp/v2/posts",
            lambda text: {"title": text, "content": text, "status": "publish"},
            lambda name: "/blog/wp-json/wp/v2/posts",
            201,
        ),
        Way(
            "discourse",
            lambda name: "/board/posts.json",
            lambda text: {
                "title": f"{text} {TITLE}",
                "raw": f"{text} {BODY}",
                "external_id": key_of(text),
            },
            lambda name: f"/board/t/external_id/{key_of('Hello')}.json?include_raw=1",
        ),
        Way(
            "mastodon",
            lambda name: "/mastodon/api/v1/statuses",
            lambda text: {"status": text},
            lambda name: f"/mastodon/api/v1/accounts/{user_id('mastodon', name)}/statuses",
        ),
    )
}


def publish(server: Server, network: str, name: str = "acme", text: str = "Hello") -> Any:
    way = WAYS[network]
    url = server.url + way.where(name)
    return requests.post(url, json=way.body(text), timeout=30, **credentials(network, name))


def listed(server: Server, network: str, name: str = "acme") -> str:
    """What the network's own listing (or look-up) says."""
    url = server.url + WAYS[network].listing(name)
    return requests.get(url, timeout=30, **credentials(network, name)).text


def order(server: Server, fault: str, **more: Any) -> requests.Response:
    body = {"account": "acme", "fault": fault, **more}
    return requests.post(f"{server.url}/_sandbox/faults", json=body, timeout=30)


def control(server: Server, path: str, **params: Any) -> Any:
    return requests.get(f"{server.url}/_sandbox/{path}", params=params, timeout=30).json()


def public(server: Server, network: str = "x", account: str = "acme") -> list[dict[str, Any]]:
    return control(server, "posts", network=network, account=account)["posts"]


def png(color: str = "red") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(stream, "PNG")
    return stream.getvalue()
