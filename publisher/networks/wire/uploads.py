"""Images before a post: which are not there yet, bringing them there, what an upload came to."""

from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from mimetypes import guess_extension
from typing import TypeVar
from uuid import uuid4

from publisher.clock import from_rfc3339, rfc3339
from publisher.content import Media
from publisher.networks import Intent, Later, Notes, Outcome, Refused, Unknown
from publisher.networks.wire.http import Answer, Result
from publisher.networks.wire.reasons import because
from publisher.words import Part

LIVES = timedelta(hours=23)  # an id that is good for 24 hours

There = TypeVar("There")


def images(intent: Intent) -> tuple[Media, ...]:
    """Every image of every part, in order."""
    return tuple(medium for part in intent.rendered.parts for medium in part.media)


def missing(intent: Intent, there: Container[str]) -> list[Media]:
    """The images of which nothing is known `there`, by sha256."""
    return [medium for medium in images(intent) if medium.sha256 not in there]


def uploaded(
    intent: Intent,
    there: Mapping[str, There],
    upload: Callable[[Intent, Media], There | Outcome],
) -> dict[str, There] | Outcome:
    """What the network calls each image, by sha256: as known, or as `upload` brings it there.

    Or what the first one that does not arrive came to.
    """
    made = dict(there)
    for medium in missing(intent, there):
        one = upload(intent, medium)
        if isinstance(one, Outcome):
            return one
        made[medium.sha256] = one
    return made


def alive(intent: Intent, now: datetime) -> Mapping[str, str]:
    """The ids noted earlier, by sha256, unless they are about to expire."""
    with suppress(KeyError, TypeError, ValueError):
        if from_rfc3339(intent.notes["media_until"]) > now:
            return dict(intent.notes["media_ids"])
    return {}


def noted(intent: Intent, ids: Mapping[str, str], now: datetime) -> Notes:
    """Ids that a network keeps for a day, to be noted; all expire with the first."""
    until = intent.notes.get("media_until") if alive(intent, now) else None
    return {"media_ids": dict(ids), "media_until": until or rfc3339(now + LIVES)}


def unnamed_file(medium: Media, content: bytes) -> tuple[str, bytes, str]:
    """An image as a file under a random name: where a name stays visible it says nothing."""
    return uuid4().hex + (guess_extension(medium.mime) or ""), content, medium.mime


def harmless(outcome: Outcome) -> Outcome:
    """The outcome of preparing: a draft is invisible and found again, so its doubt is none."""
    if isinstance(outcome, Unknown):
        return Later(because("not_prepared", why=outcome.reason), own=True)
    return outcome


def invisible(outcome: Outcome) -> Outcome:
    """The outcome of an upload: invisible and repeatable, so its doubt is none about the post."""
    if isinstance(outcome, Unknown):
        return Later(because("not_uploaded", why=outcome.reason), own=True)
    return outcome


def not_uploaded(outcome: Outcome, result: Result, *, content: bytes, limit: Part) -> Outcome:
    """The outcome of an image's upload that brought no address.

    413 and 415 are a plain no to this image, whoever says it: the network or a server before it.
    `limit`: what the network takes, as a part of a sentence.
    """
    status = result.status if isinstance(result, Answer) else 0
    if isinstance(outcome, Refused) or status not in (413, 415):
        return invisible(outcome)
    if status == 415:
        return Refused(because("other_image", limit=limit))
    return Refused(because("large_image", size=f"{len(content) / 1_000_000:.1f}", limit=limit))
