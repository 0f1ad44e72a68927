"""Frozen values: what an author wrote, the account it is for, and exactly what would be sent."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from publisher.acts import ActName
from publisher.clock import rfc3339

Lang = Literal["ja", "en"]
Kind = Literal["standard", "release", "urgent"]
Markup = Literal["plain", "markdown"]

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True)
class Fit:
    """How large an image one network takes: pixels on the longer side, bytes."""

    side: int
    size: int


@dataclass(frozen=True)
class Media:
    """One image as stored after re-encoding: sha256 of its bytes, MIME type, pixels, alt text.

    `size` is in bytes. `smaller` are the same picture drawn smaller, the largest first, for
    networks that take less.
    """

    sha256: str
    mime: str
    width: int
    height: int
    alt: str = ""
    size: int = 0
    smaller: tuple["Media", ...] = ()

    def within(self, fit: Fit) -> "Media":
        """The largest drawing of this picture that the network takes, and nothing beside it."""
        drawings = (self, *self.smaller)
        fitting = (m for m in drawings if max(m.width, m.height) <= fit.side and m.size <= fit.size)
        return replace(next(fitting, drawings[-1]), alt=self.alt, smaller=())


@dataclass(frozen=True)
class Content:
    """What the author wrote for one account: the variant is already chosen, the notice is not in it.

    `markup`: whether marks in the text act ("markdown") or stand for themselves ("plain"). `thread`: where
    it is too long for one post it may go in several, each answering the one before.
    """

    text: str
    title: str = ""
    link: str = ""
    media: tuple[Media, ...] = ()
    lang: Lang = "en"
    kind: Kind = "standard"
    markup: Markup = "plain"
    thread: bool = False


@dataclass(frozen=True)
class Account:
    """One official account in the register, as rules and adapters see it. Carries no secret.

    `limits`: how long a title and a text may be there, in characters; see `networks.about`.
    """

    id: str
    network: str
    calendar: str
    disclaimers: str
    lang: Lang
    remote_user_id: str
    base_url: str
    options: Mapping[str, str] = field(default_factory=dict)
    sandbox: bool = False
    active: bool = True
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One message as it is meant to read, notice included; marks act only in a Markdown post."""

    text: str
    media: tuple[Media, ...] = ()


@dataclass(frozen=True)
class Rendered:
    """Everything that will be sent to one account, and nothing else is sent.

    `length` and `limit` are in the network's own unit (X: weighted characters). `disclaimer` is the
    wording that was attached, or "" when none fitted: the disclaimer rule then blocks.
    """

    network: str
    parts: tuple[Part, ...]
    title: str = ""
    link: str = ""
    lang: Lang = "en"
    disclaimer: str = ""
    length: int = 0
    limit: int = 0
    markup: Markup = "plain"

    @property
    def text(self) -> str:
        """The text of all parts, for reading."""
        return "\n\n".join(part.text for part in self.parts)

    def only(self, number: int) -> "Rendered":
        """One part of it alone, counted from 0."""
        return replace(self, parts=(self.parts[number],))


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: the bytes that hashes are taken over."""
    return _encode(value).encode()


def digest(value: Any) -> str:
    """sha256 (hex) over `canonical(value)`."""
    return hashlib.sha256(canonical(value)).hexdigest()


def media_json(media: Iterable[Media]) -> list[dict[str, Any]]:
    """A plain-data form of images, stored with a revision; `media_from_json` reverses it."""
    return [asdict(medium) for medium in media]


def media_from_json(data: Iterable[Mapping[str, Any]]) -> tuple[Media, ...]:
    """The images that `media_json` described."""
    return tuple(
        Media(**{**medium, "smaller": media_from_json(medium.get("smaller", ()))})
        for medium in data
    )


def _sent(medium: Media) -> dict[str, Any]:
    return {
        "sha256": medium.sha256,
        "mime": medium.mime,
        "width": medium.width,
        "height": medium.height,
        "alt": medium.alt,
    }


def rendered_json(rendered: Rendered) -> dict[str, Any]:
    """A plain-data form of `rendered`, stored with an intent; `rendered_from_json` reverses it."""
    return {
        "network": rendered.network,
        "parts": [
            {"text": part.text, "media": [_sent(medium) for medium in part.media]}
            for part in rendered.parts
        ],
        "title": rendered.title,
        "link": rendered.link,
        "lang": rendered.lang,
        "disclaimer": rendered.disclaimer,
        "length": rendered.length,
        "limit": rendered.limit,
        "markup": rendered.markup,
    }


def rendered_from_json(data: Mapping[str, Any]) -> Rendered:
    """The value that `rendered_json` described."""
    parts = tuple(
        Part(part["text"], tuple(Media(**medium) for medium in part["media"]))
        for part in data["parts"]
    )
    return Rendered(**{**data, "parts": parts})


def fingerprint(
    rendered: Rendered, *, where: Mapping[str, str], act: ActName, asked: datetime
) -> str:
    """What an approval binds to: text with notice, title, link, media, alt text, asked time, and where.

    `where` names the account, the network's own host and id of it, and what decides where on it a
    post lands: a moved account asks again. The act is bound too, so that leave to publish is no
    leave to edit.
    """
    bound = rendered_json(rendered)
    del bound["length"], bound["limit"]
    return digest({"rendered": bound, "where": where, "act": act, "asked": rfc3339(asked)})


LONGEST_BEGINNING = 60  # characters


def begins(text: str) -> str:
    """The beginning of a text, in one line, by which people know it again."""
    words = " ".join(text.split())
    whole = len(words) <= LONGEST_BEGINNING
    return words if whole else words[: LONGEST_BEGINNING - 1] + "…"
