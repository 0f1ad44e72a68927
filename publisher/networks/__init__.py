"""What a network adapter is, what it is given, and what it may answer.

An adapter renders (pure), prepares (invisible and repeatable), sends (exactly one irreversible
request) and finds. It never retries, never schedules, never touches the database.

To add a network: one file, one line in `REGISTRY`, one line in the contract suite.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, Literal, Protocol, cast, runtime_checkable

from publisher.content import Account, Act, Content, Fit, Rendered

Dedupe = Literal["native key", "two-phase", "listing", "none"]
Notes = Mapping[str, Any]

# Notes that outlive a revision: a draft belongs to the delivery, and is not made twice.
LASTING = frozenset({"post_id", "slug", "media", "at", "dropped"})


def lasting(notes: Notes) -> dict[str, Any]:
    """What of these notes still holds when the words are changed."""
    return {name: note for name, note in notes.items() if name in LASTING}


@dataclass(frozen=True)
class Traits:
    """What a network can carry, and how we make sure of an outcome.

    `limit` is in the network's own unit, which `unit` names. `pacing` is the policy key's name.
    `repeatable`: after an unknown outcome the same key and bytes may be sent again by the machine.
    `wordings` names the family of disclaimer wordings. `markup`: what its texts are sent as; only
    where that is "markdown" can a post be marked as Markdown. `look_again`: seconds after the attempt's
    deadline at which an unknown is looked up, in order; the last one may say "absent".
    `edits`: what an edit changes there, of "text", "title", "link" and "images"; nothing: no edits.
    `images_note` is said beside the images in every preview.
    """

    name: str
    limit: int
    unit: str
    max_images: int
    dedupe: Dedupe
    wordings: str
    titled: bool = False
    edits: frozenset[str] = frozenset()
    markup: Literal["plain", "markdown", "html"] = "plain"
    images_note: str = ""
    look_again: tuple[int, ...] = (5, 30, 120, 600)

    @property
    def can_edit(self) -> bool:
        """True where anything of what is public can be changed."""
        return bool(self.edits)

    @property
    def repeatable(self) -> bool:
        """True where the network itself keeps a repeated request from doubling."""
        return self.dedupe in ("native key", "two-phase")


@dataclass(frozen=True)
class Intent:
    """One recorded intention: everything `send` and `find` may use. Nothing else is sent.

    `key` is stable over repeats. `started_at` bounds a look-up; `not_after` (aware UTC) bounds the
    first byte, `deadline` (seconds on `clock.monotonic`) the whole call. `target` is the remote id
    that an edit or a retract is about. `taken` are remote ids that belong to other deliveries.
    `before` is what an edit changes: what we published there last, as far as that is known.
    """

    key: str
    account: Account
    act: Act
    rendered: Rendered
    started_at: datetime
    not_after: datetime
    deadline: float
    notes: Notes = field(default_factory=dict)
    target: str = ""
    taken: frozenset[str] = frozenset()
    before: Rendered | None = None

    @property
    def delivery(self) -> str:
        """What every revision of this delivery has in common in its key."""
        return self.key.rpartition("r")[0] or self.key


@dataclass(frozen=True)
class Published:
    """It is public (for a retract: it is gone), with the network's own id and address."""

    remote_id: str
    url: str = ""


@dataclass(frozen=True)
class Accepted:
    """The network's own moderators have it."""

    reason: str
    remote_id: str = ""


@dataclass(frozen=True)
class Refused:
    """The network said no, provably: nothing is public.

    `theirs`: what an edit found there in place of our words, as sha256.
    """

    reason: str
    theirs: str = ""


@dataclass(frozen=True)
class Later:
    """Provably not accepted; may be tried again at `at` (aware UTC), or soon when None.

    `own`: it is this post's own trouble, and no reason to keep another of its account waiting.
    """

    reason: str
    at: datetime | None = None
    own: bool = False


@dataclass(frozen=True)
class Credentials:
    """The account needs reconnecting; nothing was accepted."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """It may be public. Look it up; never send again blindly."""

    reason: str


@dataclass(frozen=True)
class Partly:
    """Some parts are public."""

    remote_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Absent:
    """Looked up by the network's own means, and it is not there. `notes` may carry a draft found."""

    reason: str
    notes: Notes = field(default_factory=dict)


@dataclass(frozen=True)
class CannotTell:
    """The look-up did not answer the question; `lookalikes` are (remote id, url, text) to show.

    `lasting`: another look would not answer it either, so a person is asked at once.
    """

    reason: str
    lookalikes: tuple[tuple[str, str, str], ...] = ()
    lasting: bool = False


Outcome = Published | Accepted | Refused | Later | Credentials | Unknown | Partly
Found = Published | Accepted | Refused | Later | Credentials | Absent | CannotTell


@dataclass(frozen=True)
class Outbound:
    """The way out of this machine: a proxy's address ("" for none), and the file of the authorities
    that sign certificates ("" for the public ones). This machine itself is reached directly.
    """

    proxy: str = field(default="", repr=False)
    ca_file: str = ""


@dataclass(frozen=True)
class Tools:
    """What an adapter is built with, besides its account and its secrets.

    `now` and `monotonic` are the clocks; `media(sha256)` gives the bytes of a stored image.
    """

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    media: Callable[[str], bytes]
    outbound: Outbound = Outbound()


class Network(Protocol):
    """One official account on one network."""

    traits: Traits

    def __init__(self, account: Account, secrets: Mapping[str, str], tools: Tools) -> None: ...

    @staticmethod
    def render(content: Content, account: Account, disclaimer: str) -> Rendered:
        """What would be sent; pure, no credentials. `disclaimer` "" renders without one."""
        ...

    @staticmethod
    def source(rendered: Rendered) -> str:
        """What is sent for it, in the network's markup; stand-ins for the addresses of images."""
        ...

    def prepare(self, intent: Intent) -> Notes | Outcome:
        """Uploads and drafts: invisible, repeatable, resumed from `intent.notes`. {} when nothing."""
        ...

    def send(self, intent: Intent) -> Outcome:
        """Exactly one irreversible request, its first byte before `not_after`."""
        ...

    def find(self, intent: Intent) -> Found:
        """Did this intent become public? Reads only."""
        ...

    def whoami(self) -> str:
        """The network's own user id behind the credentials; raises `WhoAmIFailed`."""
        ...


@runtime_checkable
class Preparing(Protocol):
    """An adapter that has something to prepare for some intents: asked without any I/O."""

    def needs_preparing(self, intent: Intent) -> bool: ...


@runtime_checkable
class Drafting(Protocol):
    """An adapter that leaves something on the network before anything is public."""

    def drop(self, intent: Intent) -> str:
        """Remove what `intent.notes` name, unless it is public; "" when nothing is left of it."""
        ...


@runtime_checkable
class Entitled(Protocol):
    """An adapter that can say what the account's user may do there."""

    def rights(self) -> Mapping[str, bool]:
        """By verb; raises `WhoAmIFailed`."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """An adapter whose site sets limits of its own. Reads only."""

    def limits(self) -> Mapping[str, int]:
        """What the site takes, by the keys of `LIMITS`; what it does not say is left out."""
        ...


class WhoAmIFailed(Exception):
    """The network did not say who we are. `credentials` is True when it refused the credentials."""

    def __init__(self, reason: str, *, credentials: bool = False) -> None:
        super().__init__(reason)
        self.credentials = credentials


REGISTRY: Mapping[str, str] = {
    "x": "publisher.networks.x.adapter:X",
    "facebook": "publisher.networks.facebook.adapter:Facebook",
    "wordpress": "publisher.networks.wordpress.adapter:WordPress",
    "discourse": "publisher.networks.discourse.adapter:Discourse",
}

# The real hosts of networks that have one for everybody; the others are named by `base_url`.
HOSTS: Mapping[str, str] = {"x": "https://api.x.com", "facebook": "https://graph.facebook.com"}

# The fields of `credentials` that each network needs.
SECRETS: Mapping[str, tuple[str, ...]] = {
    "x": ("consumer_key", "consumer_secret", "access_token", "access_token_secret"),
    "facebook": ("access_token",),
    "wordpress": ("username", "password"),
    "discourse": ("api_key", "api_username"),
}

# The fields of `options` that each network knows; a trailing "?" marks one that may be left out.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "x": ("username?",),
    "facebook": ("api_version?", "api_version_until?"),
    "wordpress": ("permalinks?",),
    "discourse": ("category?",),
}

# The shape of an option's value, and what to write, where not every text is one.
OPTION_SHAPES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "category": (
        re.compile(r"[0-9]{1,9}"),
        "the number of the category; it ends its address, /c/name/5",
    ),
    "permalinks": (re.compile("plain|pretty"), "plain or pretty"),
    "api_version": (re.compile(r"v[0-9]{1,3}\.[0-9]"), "a version of the Graph API, such as v26.0"),
    "api_version_until": (
        re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]"),
        "the day it ends, such as 2028-02-01",
    ),
}

# What a site takes in characters, where it is set up by its owner: its defaults, until it was asked.
LIMITS: Mapping[str, Mapping[str, int]] = {
    "discourse": {"title_min": 15, "title_max": 255, "text_min": 20, "text_max": 32_000}
}

# How large an image each network takes, or is set up to take by default (a site may take more).
IMAGES: Mapping[str, Fit] = {
    "x": Fit(4096, 5_000_000),
    "facebook": Fit(2048, 4_000_000),
    "wordpress": Fit(2560, 2_000_000),  # its own "big image" threshold; PHP's default upload limit
    "discourse": Fit(4096, 4_000_000),  # max_image_size_kb
}


def network(name: str) -> type[Network]:
    """The adapter class for a network's name, imported on first use. Raises KeyError."""
    module, _, attribute = REGISTRY[name].partition(":")
    return cast(type[Network], getattr(import_module(module), attribute))
