"""What the answers of the Graph API mean: by error code; its words are always shown.

Codes: https://developers.facebook.com/docs/graph-api/guides/error-handling. Tables of subcodes
found elsewhere contradict each other, so only two are read: 33 of 100 (no such object) and 1390008
of 368 (too often). What else 368 means only its words say; whatever they are, nothing is public.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from publisher.clock import from_rfc3339
from publisher.networks import Credentials, Intent, Later, Outcome, Refused, Unknown
from publisher.networks.wire.http import Answer, Judge, Result, quote, retry_after
from publisher.networks.wire.listing import Own, Page
from publisher.networks.wire.reasons import because

RATE_WINDOW = timedelta(minutes=30)  # when Facebook does not say; page limits count by the hour
LONGEST_WAIT = timedelta(days=1)
TOKEN = frozenset({102, 190})
THROTTLED = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
# One more post would fare no better: the account needs a person, and its posts wait.
STOPPING: Mapping[int, str] = {
    **dict.fromkeys([12, 2500, 2635], "api_retired"),
    **dict.fromkeys([3, 10, *range(200, 300)], "may_not"),
}
REFUSING: Mapping[int, str] = {
    100: "refused",
    324: "unread_image",
    1_609_005: "unread_link",
}
BLOCKED, DUPLICATE, NO_ALIAS = 368, 506, 803
NO_SUCH_OBJECT, TOO_OFTEN = 33, 1_390_008
_IN_WORDS = re.compile(r"\(#([0-9]{1,9})\) ")  # as in "(#200) The user has not …"
_REPEATED = ("already posted", "repeatedly", "duplicate")
_ABUSIVE = ("abusive", "disallowed", "community standards", "reported")


@dataclass(frozen=True)
class Answers:
    """Judges the answers to one Page's requests; quotes Facebook without quoting our token."""

    now: Callable[[], datetime]
    secrets: tuple[str, ...] = field(repr=False)

    def table(self, intent: Intent | None, success: Judge) -> Mapping[int, Judge]:
        """By status; refusals come as 400, 401, 403, 404 or 429, and their code decides."""
        refused = partial(self._refused, intent)
        told: dict[int, Judge] = dict.fromkeys(
            (400, 403, 404), lambda answer: refused(answer) or self._unclear(answer)
        )
        return {
            **told,
            200: lambda answer: success(answer) or self._unclear(answer),
            401: lambda answer: refused(answer) or self._token(answer),
            429: lambda answer: refused(answer) or self._throttled(answer),
            **dict.fromkeys((500, 502, 503), self._unclear),
        }

    def _refused(self, intent: Intent | None, answer: Answer) -> Outcome | None:
        code, said = _number(answer, "code"), self._said(answer)
        if code in TOKEN:
            return self._token(answer)
        if code in THROTTLED:
            return self._throttled(answer)
        if code == BLOCKED:
            return self._blocked(intent, answer, said)
        if code == DUPLICATE:
            return _duplicate(intent, said)
        if code == 100 and _number(answer, "error_subcode") == NO_SUCH_OBJECT:
            return _no_object(intent, said)
        return _plain_no(code, said)

    def _blocked(self, intent: Intent | None, answer: Answer, said: str) -> Outcome:
        """368, "temporarily blocked for policies violations": for its rate, its words, or at all."""
        words = said.casefold()
        if _number(answer, "error_subcode") == TOO_OFTEN:
            return self._throttled(answer)
        if any(sign in words for sign in _REPEATED):
            return _duplicate(intent, said)
        if any(sign in words for sign in _ABUSIVE):
            return Refused(because("abusive", _coded(said, BLOCKED)))
        return Credentials(because("blocked", said))

    def _token(self, answer: Answer) -> Outcome:
        return Credentials(because("not_accepted", self._said(answer)))

    def _throttled(self, answer: Answer) -> Outcome:
        now = self.now()
        at = _regain(answer, now) or retry_after(answer, now) or now + RATE_WINDOW
        return Later(because("asks_to_wait", self._said(answer)), at)

    def _unclear(self, answer: Answer) -> Outcome | None:
        """Facebook's own words, where they prove nothing: a person may know what they mean."""
        said, code = self._said(answer), _number(answer, "code")
        coded = _coded(said, code)
        return Unknown(because("proves_nothing", coded, status=answer.status)) if said else None

    def _said(self, answer: Answer) -> str:
        """Its message, and what it would have the person read, in the language of the app."""
        told = (error(answer).get(name) for name in ("message", "error_user_msg"))
        return quote(" – ".join(one for one in told if one and isinstance(one, str)), self.secrets)


def error(answer: Answer) -> Mapping[str, Any]:
    """Graph's `error` object, also one in a list or in another one; {} when there is none."""
    found = answer.fields().get("error")
    for _ in range(2):
        if isinstance(found, list):
            found = found[0] if found else None
        elif isinstance(found, dict) and "code" not in found:
            found = found.get("error", found)
    return found if isinstance(found, dict) else {}


def nothing(_: Answer) -> Outcome | None:
    """For a request whose success decides nothing about the post."""


def succeeded(outcome: Outcome, answer: Answer) -> Outcome | None:
    """`outcome` if Facebook says `success` in as many words."""
    return outcome if answer.fields().get("success") is True else None


def is_gone(result: Result) -> bool:
    """No such object, or none that this token may see."""
    if not isinstance(result, Answer) or result.status not in (400, 404):
        return False
    code, subcode = _number(result, "code"), _number(result, "error_subcode")
    return code == NO_ALIAS or (code == 100 and subcode == NO_SUCH_OBJECT)


def may_not(result: Result) -> bool:
    """Facebook says that the Page or its app may not do just this."""
    return isinstance(result, Answer) and _number(result, "code") in STOPPING


def _plain_no(code: int, said: str) -> Outcome | None:
    if code in STOPPING or "appsecret_proof" in said:
        return Credentials(because(STOPPING.get(code, "wants_proof"), _coded(said, code)))
    return Refused(because(REFUSING[code], _coded(said, code))) if code in REFUSING else None


def _coded(said: str, code: int) -> str:
    return f"{said} (code {code})"


def _no_object(intent: Intent | None, said: str) -> Outcome:
    """It has been answered to posts that went out; where nothing is created it is the Page."""
    if intent is not None and intent.act == "publish":
        return Unknown(because("no_object", said))
    return Credentials(because("blind", said))


def _duplicate(intent: Intent | None, said: str) -> Outcome:
    """Evidence only after an earlier try that may have landed (H20)."""
    if intent is not None and intent.notes.get("repeated") is True:
        return Unknown(because("perhaps_out", said))
    return Refused(because("duplicate", said))


def _number(answer: Answer, name: str) -> int:
    """A number, also where it comes as a string of digits, or in the words only; 0 for anything else."""
    found = error(answer).get(name)
    if found is None and name == "code":
        words = error(answer).get("message")
        told = _IN_WORDS.match(words) if isinstance(words, str) else None
        found = told[1] if told else None
    if isinstance(found, str) and re.fullmatch("[0-9]{1,9}", found):
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def text_id(result: Result) -> str:
    """The `id` of an answer, "" when there is none."""
    if not isinstance(result, Answer) or result.status != 200:
        return ""
    found = result.fields().get("id")
    return found if isinstance(found, str) else ""


def page(result: Result, full: Callable[[str], str], url: Callable[[str], str]) -> Page | None:
    """One page of the Page's posts; None when it cannot be relied on."""
    fields = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    paging, listed = fields.get("paging") or {}, fields.get("data")
    if not isinstance(listed, list):
        return None
    try:
        posts = [_own(post, full, url) for post in listed]
        more = "next" in paging
        after = str((paging.get("cursors") or {}).get("after") or "") if more else ""
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return Page(posts, after, whole=not more or bool(after))


def _own(post: Mapping[str, Any], full: Callable[[str], str], url: Callable[[str], str]) -> Own:
    if not isinstance(post["id"], str) or not post["id"]:
        raise TypeError("a post without an id")
    name = full(post["id"])
    at = from_rfc3339(post["created_time"])
    shown = str(post.get("permalink_url") or "")
    address = shown if shown.startswith("https://") else url(name)
    return Own(name, address, post.get("message") or "", at, _images(post))


def _images(post: Mapping[str, Any]) -> int:
    count = 0
    for attachment in (post.get("attachments") or {}).get("data") or []:
        inner = (attachment.get("subattachments") or {}).get("data")
        kinds = [each.get("media_type") or each.get("type") for each in inner or [attachment]]
        count += sum(kind == "photo" for kind in kinds)
    return count


def _regain(answer: Answer, now: datetime) -> datetime | None:
    """The longest `estimated_time_to_regain_access` (minutes) of X-Business-Use-Case-Usage."""
    try:
        usage = json.loads(answer.headers.get("X-Business-Use-Case-Usage", ""))
        listed = [use for uses in usage.values() for use in uses]
        minutes = max(float(use.get("estimated_time_to_regain_access", 0)) for use in listed)
        wait = timedelta(minutes=minutes)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return now + min(wait, LONGEST_WAIT) if minutes > 0 else None
