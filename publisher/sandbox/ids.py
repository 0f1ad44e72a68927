"""Who an account is: the credential names it, and its number follows from its name."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a stand-in network answers, what it is called there, and which page shows one post.

    `moderated`: it has a moderators' queue.
    """

    prefix: str
    title: str
    kind: str
    page: re.Pattern[str]
    moderated: bool = False


# Each speaks its dialect in the module of its name.
NETWORKS: Mapping[str, Place] = {
    "x": Place("/x", "X", "short posts", re.compile(r"/x/(?:\w+/)?status/(\w+)/?")),
    "facebook": Place(
        "/facebook", "Facebook", "page", re.compile(r"/facebook/(?:status|[^/]+/posts)/(\w+)/?")
    ),
    "wordpress": Place(
        "/blog", "Blog", "WordPress", re.compile(r"/blog/status/(\w+)/?"), moderated=True
    ),
    "discourse": Place(
        "/board",
        "Board",
        "Discourse",
        re.compile(r"/board/(?:status|t/[^/]+|t)/(\d+)(?:/(\d+))?/?"),
        moderated=True,
    ),
    "mastodon": Place(
        "/mastodon",
        "Mastodon",
        "short posts",
        re.compile(r"/mastodon/(?:@[^/]+|status|web/statuses)/(\d+)/?"),
    ),
}
PREFIXES = {name: place.prefix for name, place in NETWORKS.items()}
_MARK = "sandbox-"


def user_id(network: str, name: str) -> str:
    """The numeric user id (decimal) of account `name` on a stand-in network; always the same."""
    return str(int(hashlib.sha256(f"{network}:{name}".encode()).hexdigest()[:12], 16))


def account_of(credential: str) -> str | None:
    """The account that a credential `sandbox-NAME` acts as, or None for any other credential."""
    name = credential.removeprefix(_MARK)
    return name if name and name != credential else None
