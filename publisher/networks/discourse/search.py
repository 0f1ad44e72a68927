"""Finding a Discourse topic again.

Discourse keeps our key with a topic, but not with one in its moderators' queue: a topic that waits
there, and one that they let through, have lost it. So "absent" takes three looks: by the key, among
the account's pending posts, and among what the account began since the try.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from publisher.networks import (
    Absent,
    Accepted,
    CannotTell,
    Found,
    Intent,
    Notes,
    Outcome,
    Published,
    Refused,
)
from publisher.networks.discourse import topic
from publisher.networks.text.wording import alike
from publisher.networks.wire import edits
from publisher.networks.wire.fields import text_at
from publisher.networks.wire.http import Answer, Result, fields
from publisher.networks.wire.listing import MOST_PAGES, Own, settle
from publisher.networks.wire.reasons import because

SKEW = timedelta(minutes=2)  # their clock against ours
PAGE = 50  # numbers that one page of the latest posts spans
Read = Callable[..., Result]


@dataclass(frozen=True)
class Board:
    """A board as a reader with our key sees it.

    `read(intent, path, **params)` asks; `unread(result)` says what a failed reading means;
    `url(post)` is a post's address; `username` and `user_id` are ours.
    """

    read: Read
    unread: Callable[[Result], Found]
    url: Callable[[Mapping[str, Any]], str]
    username: str
    user_id: str


def find(board: Board, intent: Intent) -> Found:
    """Whether the intent has had its effect on the board."""
    if intent.act != "publish":
        return _changed(board, intent)
    for look in (_by_key, _pending, _among_latest):
        found = look(board, intent)
        if not isinstance(found, Absent):
            return found
    return found


def _changed(board: Board, intent: Intent) -> Found:
    """The post that an edit or a retract is about."""
    if not intent.target:
        return CannotTell(because("no_post"))
    result = board.read(intent, f"/posts/{intent.target}.json")
    post = fields(result)
    gone = topic.is_absent(result) or topic.is_deleted(post)
    if gone and intent.act == "retract":
        return Published(intent.target)
    if gone or (intent.act == "edit" and post.get("hidden")):
        return CannotTell(because("gone"))
    if str(post.get("id")) != intent.target or (intent.act == "edit" and "raw" not in post):
        return board.unread(result)
    if intent.act == "edit" and topic.is_ours(intent, text_at(post, "raw")):
        return Published(intent.target, board.url(post))
    return Absent(because("as_it_was"))


def before(board: Board, intent: Intent, now: datetime) -> Notes | Outcome:
    """May this edit change what is on the board now?"""
    result = board.read(intent, f"/posts/{intent.target}.json")
    post = fields(result)
    if topic.is_absent(result) or topic.is_deleted(post) or post.get("hidden"):
        return Refused(because("gone"))
    if str(post.get("id")) != intent.target or "raw" not in post:
        return edits.not_read(board.unread(result))
    how_read = edits.Reading(
        read=topic.source,
        normal=lambda text: topic.words(topic.pictured(text)),
        shown=topic.pictured,
    )
    return edits.compared(intent, now, text_at(post, "raw"), how_read)


def _by_key(board: Board, intent: Intent) -> Found:
    result = board.read(intent, f"/t/external_id/{topic.external_id(intent)}.json")
    if topic.is_absent(result):
        return Absent(because("no_key"))
    number = fields(result).get("id")
    if isinstance(result, Answer) and result.status in (301, 302, 307, 308):
        number = topic.topic_number(result.headers.get("Location", ""))
    if number is None:
        return board.unread(result)
    result = board.read(intent, f"/t/{number}.json")
    first = topic.first_post(fields(result))
    if first is None:
        return board.unread(result)
    result = board.read(intent, f"/posts/{first}.json")
    post = fields(result)
    if post.get("id") != first:
        return board.unread(result)
    text, url = text_at(post, "raw"), board.url(post)
    if str(first) not in intent.taken and topic.is_ours(intent, text):
        return Published(str(first), url)
    return CannotTell(because("says_else"), ((str(first), url, text),))


def _pending(board: Board, intent: Intent) -> Found:
    """A queued topic shows its words only."""
    result = board.read(intent, f"/posts/{board.username}/pending.json")
    listed = fields(result).get("pending_posts")
    if not isinstance(listed, list):
        return board.unread(result)
    texts = [text_at(post, "raw_text") if isinstance(post, dict) else "" for post in listed]
    if not all(texts):
        return board.unread(result)
    if any(topic.is_ours(intent, text) for text in texts):
        return Accepted(because("held"))
    sent = topic.as_sent(intent).rendered
    ours, notice = sent.text, sent.disclaimer
    similar = tuple(("", "", text) for text in texts if alike(text, ours, notice=notice))
    if similar:
        return CannotTell(because("pending_alike"), similar)
    if texts and intent.notes.get("changed"):  # after a restore: in words that nobody here knows
        return CannotTell(because("pending_others"), tuple(("", "", text) for text in texts))
    return Absent(because("not_pending"))


def _among_latest(board: Board, intent: Intent) -> Found:
    """What the account began since the try, if it carries no key: moderators let it through."""
    found: list[topic.Post] = []
    start, before = intent.started_at - SKEW, 0
    for _ in range(MOST_PAGES):
        result = board.read(intent, "/posts.json", **({"before": str(before)} if before else {}))
        page = topic.latest(fields(result))
        if page is None:
            return board.unread(result)
        found += [post for post in page if topic.at(post) >= start]
        lowest = min((post["id"] for post in page), default=before - PAGE + 1)
        if lowest <= 1 or any(topic.at(post) < start for post in page):
            return _settle(board, intent, found)
        before = lowest - 1
    return CannotTell(because("list_short"))


def _settle(board: Board, intent: Intent, posts: list[topic.Post]) -> Found:
    keyless: list[Own] = []
    for post in posts:
        if _is_another(post.get("user_id"), board.user_id) or _is_another(
            post.get("post_number"), "1"
        ):
            continue
        result = board.read(intent, f"/t/{post.get('topic_id')}.json")
        about = fields(result)
        if "id" not in about:
            return board.unread(result)
        if not text_at(about, "external_id"):
            keyless.append(topic.own(intent, post, board.url(post)))
    return settle(topic.as_sent(intent), keyless, reached=True, normal=topic.words)


def _is_another(number: Any, than: str) -> bool:
    """What is no number says nothing: the post may be ours."""
    return type(number) is int and str(number) != than
