"""Was it published? Decided from a listing of the account's own posts, for networks without a key.

A match is more than words: the same text may be meant twice, and a person may have posted by hand.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.networks import (
    Absent,
    CannotTell,
    Credentials,
    Found,
    Intent,
    Later,
    Outcome,
    Published,
)
from publisher.networks.text.wording import alike, says_something, unified
from publisher.networks.wire.reasons import because

BEFORE = timedelta(seconds=5)  # their clock against ours, and seconds cut off
AFTER = timedelta(minutes=2)  # a first byte at `not_after` may take this long to become a post
REACH = timedelta(hours=1)  # how far before the attempt a listing is asked for
MOST_PAGES = 10
UNCOUNTED = -1  # images: some, but nobody says how many


@dataclass(frozen=True)
class Own:
    """One of the account's own posts as a listing shows it, its text as the author wrote it.

    `thread`: the id of the first post of the thread in which it stands, "" where the listing says nothing.
    """

    id: str
    url: str
    text: str
    at: datetime
    images: int
    thread: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a listing; `after` leads to the next, "" when there is none.

    `whole`: nothing is left out of it, nor of what follows without a way to it.
    """

    posts: Sequence[Own]
    after: str = ""
    whole: bool = True


def find(intent: Intent, read: Callable[[str], Page | Found]) -> Found:
    """What the account's own posts say of the intent; `read(after)` asks for a page of them."""
    posts: list[Own] = []
    after, whole = "", True
    for _ in range(MOST_PAGES):
        page = read(after)
        if not isinstance(page, Page):
            return page
        posts += page.posts
        after, whole = page.after, whole and page.whole
        if not after:
            break
    return settle(intent, posts, reached=whole and not after)


def settle(
    intent: Intent,
    posts: Iterable[Own],
    *,
    reached: bool,
    normal: Callable[[str], str] = unified,
) -> Found:
    """Published if exactly one unowned post is ours in text, time and images; else as follows.

    Absent only if the listing `reached` past the start of the attempt, whole, and all that is in it
    belongs to other deliveries or is clearly something else. In every other case CannotTell, with
    whatever a person should look at: also where a text has nothing of its own to be known by.
    """
    unowned = [post for post in posts if post.id not in intent.taken]
    ours, notice = intent.rendered.text, intent.rendered.disclaimer
    exact = [post for post in unowned if _is_ours(intent, post, normal)]
    similar = [
        post
        for post in unowned
        if normal(post.text) == normal(ours) or alike(post.text, ours, notice=notice)
    ]
    if not reached:
        return CannotTell(because("list_short"), _shown(similar))
    if len(exact) == 1 and says_something(ours, notice):
        return Published(exact[0].id, exact[0].url)
    if len(exact) > 1:
        return CannotTell(because("several"), _shown(exact))
    if similar:
        return CannotTell(because("lookalike"), _shown(similar))
    start, end = window(intent)
    others = [post for post in unowned if start <= post.at <= end]
    if others and intent.notes.get("changed"):
        return CannotTell(because("other_words"), _shown(others))
    return Absent(because("not_listed"))


def unread(outcome: Outcome) -> Later | Credentials | CannotTell:
    """What an answer to a *reading* that brought nothing means for the look-up."""
    if isinstance(outcome, Later | Credentials):
        return outcome
    why = "" if isinstance(outcome, Published) else outcome.reason
    return CannotTell(because("no_usable_answer", why=why or because("unreadable")))


def window(intent: Intent) -> tuple[datetime, datetime]:
    """Between which instants the network may have dated what this intent sent."""
    return intent.started_at - BEFORE, intent.not_after + AFTER


def _is_ours(intent: Intent, post: Own, normal: Callable[[str], str]) -> bool:
    start, end = window(intent)
    images = sum(len(part.media) for part in intent.rendered.parts)
    return (
        start <= post.at <= end
        and post.images == images
        and post.thread in ("", intent.thread[0] if intent.thread else post.id)
        and normal(post.text) == normal(intent.rendered.text)
    )


def _shown(posts: Iterable[Own]) -> tuple[tuple[str, str, str], ...]:
    return tuple((post.id, post.url, post.text) for post in posts)
