"""What the answers of X mean: refusals by status and by X's own words, and pages of a timeline."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from html import unescape
from typing import Any

from publisher.clock import from_rfc3339
from publisher.networks import Credentials, Intent, Later, Outcome, Published, Refused, Unknown
from publisher.networks.wire.http import Answer, Judge, Result, quote, retry_after
from publisher.networks.wire.listing import UNCOUNTED, Own, Page
from publisher.networks.wire.reasons import because

LONGEST_POST = 100_000  # characters; the longest that X sells has 25,000
MOST_LINKS = 1_000
RATE_WINDOW = timedelta(minutes=15)  # docs.x.com/x-api/fundamentals/rate-limits
MEDIA_LINK = re.compile(r"/status/\d{1,20}/(photo|video)/\d{1,3}$")

# `type` of a 403 or 429 (its last segment) that is about the account or the app, not the post.
ACCOUNT_TROUBLES: Mapping[str, str] = {
    "client-forbidden": "app_may_not_post",
    "oauth1-permissions": "app_may_not_write",
    "unsupported-authentication": "other_credentials",
    "usage-capped": "usage_capped",
}
DUPLICATE = ("duplicate content", "status is a duplicate")
# The words that say so where the type is "about:blank".
ACCOUNT_WORDS = (
    "suspended",
    "temporarily locked",
    "account is locked",
    "oauth1 app permissions",
    "cannot perform write actions",
    "access to a subset of",
)


@dataclass(frozen=True)
class Answers:
    """Judges the answers to one account's requests; quotes X without quoting our secrets."""

    now: Callable[[], datetime]
    secrets: tuple[str, ...] = field(repr=False)

    def table(self, intent: Intent | None, success: Judge) -> Mapping[int, Judge]:
        """Everything that X documents, by status; each judge looks for X's own words in it."""
        return {
            200: success,
            201: success,
            400: self._refused,
            401: lambda _: Credentials(because("not_accepted")),
            402: lambda _: Credentials(because("no_credit")),
            403: partial(self._forbidden, intent),
            404: partial(self._missing, intent),
            429: self._throttled,
        }

    def _refused(self, answer: Answer) -> Outcome | None:
        said = self._quote(_said(answer))
        return Refused(because("refused", said)) if said else None

    def _forbidden(self, intent: Intent | None, answer: Answer) -> Outcome | None:
        said = _said(answer).lower()
        if any(words in said for words in DUPLICATE) and intent is not None:
            if intent.notes.get("repeated") is True:
                return Unknown(because("perhaps_out"))
            return Refused(because("duplicate"))
        trouble = _trouble(answer)
        if trouble or any(words in said for words in ACCOUNT_WORDS):
            said = self._quote(_said(answer))
            return Credentials(because(trouble or "stopped", said))
        return self._refused(answer)

    def _missing(self, intent: Intent | None, answer: Answer) -> Outcome | None:
        if intent is not None and intent.act == "retract":
            return Published(intent.target) if not_found(answer) else None
        return self._refused(answer)

    def _throttled(self, answer: Answer) -> Outcome:
        if trouble := _trouble(answer):
            return Credentials(because(trouble, self._quote(_said(answer))))
        now = self.now()
        day = _day_is_spent(answer, now)
        if day is not None:
            return Later(because("day_spent"), day)
        return Later(because("asks_to_wait"), retry_after(answer, now) or now + RATE_WINDOW)

    def _quote(self, words: str) -> str:
        return quote(words, self.secrets)


def _day_is_spent(answer: Answer, now: datetime) -> datetime | None:
    """The reset of a 24-hour limit that is used up: `x-rate-limit-reset` beside it comes too soon."""
    resets = []
    for whose in ("app", "user"):
        limit = f"x-{whose}-limit-24hour"
        if answer.headers.get(f"{limit}-remaining", "").strip() == "0":
            told = replace(
                answer, headers={"Retry-After": answer.headers.get(f"{limit}-reset", "")}
            )
            resets.append(retry_after(told, now))
    return max((at for at in resets if at is not None), default=None)


def nothing(_: Answer) -> Outcome | None:
    """For a request whose success decides nothing about the post."""
    return None


def deleted(intent: Intent, answer: Answer) -> Outcome | None:
    """Gone, if X says so in as many words; it says so of what was gone before, too."""
    return Published(intent.target) if data(answer).get("deleted") is True else None


def data(result: Result) -> Mapping[str, Any]:
    """The object that X's answer is about; {} when there is none."""
    found = result.fields().get("data") if isinstance(result, Answer) else None
    return found if isinstance(found, dict) else {}


def _problems(answer: Answer) -> list[Mapping[str, Any]]:
    """What X says is wrong, most specific first: its `errors`, then the answer itself."""
    fields = answer.fields()
    errors = fields.get("errors")
    listed = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    return [*listed, fields]


def _said(answer: Answer) -> str:
    for problem in _problems(answer):
        for name in ("message", "detail", "title"):
            if isinstance(problem.get(name), str) and problem[name]:
                return str(problem[name])
    return ""


def _kind(problem: Mapping[str, Any]) -> str:
    return str(problem.get("type", "")).rsplit("/", 1)[-1]


def _trouble(answer: Answer) -> str:
    """What is wrong with the account or the app, as a code; "" when the answer names no such thing."""
    known = (ACCOUNT_TROUBLES.get(_kind(problem)) for problem in _problems(answer))
    return next(filter(None, known), "")


def not_found(answer: Answer) -> bool:
    """X itself says that there is no such post (a 404 from an edge server does not count)."""
    return any(_kind(problem) == "resource-not-found" for problem in _problems(answer))


def page(result: Result, url: Callable[[str], str]) -> Page | None:
    """One page of a timeline; None when it cannot be relied on."""
    fields = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    meta, errors = fields.get("meta"), fields.get("errors")
    if not isinstance(meta, dict):
        return None
    count = meta.get("result_count")
    listed = fields.get("data", [] if count == 0 and not errors else None)
    if not isinstance(listed, list):
        return None
    try:
        posts = [_own(post, url) for post in listed]
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    after = str(meta.get("next_token") or "")
    fewer = isinstance(count, int) and len(posts) < count
    return Page(posts, after, not errors and not fewer)


def _own(post: Mapping[str, Any], url: Callable[[str], str]) -> Own:
    """A post with its short links written out again and the links to its own images left out.

    What X leaves out of a post, or says of it in null, is left as it stands: then the post is not
    taken for ours, but shown as one that looks like it.
    """
    if not isinstance(post["id"], str) or not post["id"]:
        raise TypeError("an id that is no text loses its last digits")
    text = unescape(post.get("text") or "")
    links = (post.get("entities") or {}).get("urls") or []
    if len(text) > LONGEST_POST or len(links) > MOST_LINKS:
        raise ValueError("no post on X is as long")  # each link takes a walk through the text
    for link in sorted(
        links, key=lambda link: -len(link.get("url") or "")
    ):  # none cuts a longer one
        short, whole = link.get("url"), link.get("expanded_url")
        is_media = "media_key" in link or (whole and MEDIA_LINK.search(whole))
        if short and (whole or is_media):
            text = text.replace(short, "" if is_media else whole)
    at, thread = from_rfc3339(post["created_at"]), str(post.get("conversation_id") or "")
    return Own(post["id"], url(post["id"]), text, at, _images(post), thread)


def _images(post: Mapping[str, Any]) -> int:
    """How many images a post has; one that says only that something is attached matches none."""
    attached = post.get("attachments")
    if not attached:
        return 0
    return len(attached.get("media_keys") or []) or UNCOUNTED
