"""What a network adapter is, what it is given, and what it may answer.

An adapter renders (pure), prepares (invisible and repeatable), sends (exactly one irreversible
request) and finds. It never retries, never schedules, never touches the database.

What a network is stands in its folder, as `ABOUT` (`networks.about`); all of them in
`networks.registry`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from publisher.acts import ActName
from publisher.content import Account, Content, Rendered
from publisher.measures import MeasureName

Notes = Mapping[str, Any]

# Notes that outlive a revision: a draft belongs to the delivery, and is not made twice.
LASTING = frozenset({"post_id", "slug", "media", "at", "dropped"})


def lasting(notes: Notes) -> dict[str, Any]:
    """What of these notes still holds when the words are changed."""
    return {name: note for name, note in notes.items() if name in LASTING}


@dataclass(frozen=True)
class Intent:
    """One recorded intention: everything `send` and `find` may use. Nothing else is sent.

    `key` is stable over repeats. `started_at` bounds a look-up; `not_after` (aware UTC) bounds the
    first byte, `deadline` (seconds on `clock.monotonic`) the whole call. `target` is the remote id
    that an edit or a retract is about. `taken` are remote ids that belong to other deliveries.
    `before` is what an edit changes: what we published there last, as far as that is known.
    `thread`: of a part of a thread the ids of those before it, the last of which it answers; `more`: how
    many follow it. `rendered` is then this part alone.
    """

    key: str
    account: Account
    act: ActName
    rendered: Rendered
    started_at: datetime
    not_after: datetime
    deadline: float
    notes: Notes = field(default_factory=dict)
    target: str = ""
    taken: frozenset[str] = frozenset()
    before: Rendered | None = None
    thread: tuple[str, ...] = ()
    more: int = 0

    @property
    def delivery(self) -> str:
        """What every revision of this delivery has in common in its key."""
        return self.key.rpartition("r")[0] or self.key


@dataclass(frozen=True)
class MeasureIntent:
    """One recorded intention about somebody else's comment, `target` being the network's id of it.

    The other fields are those of `Intent`.
    """

    key: str
    account: Account
    what: MeasureName
    target: str
    not_after: datetime
    deadline: float


@dataclass(frozen=True)
class Published:
    """It is public (for a retract: it is gone; for a measure: it stands as was asked), with the
    network's own id and address.
    """

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


Outcome = Published | Accepted | Refused | Later | Credentials | Unknown
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
class Measuring(Protocol):
    """An adapter that can do something about other people's comments: `About.measures` says what.

    Neither answers with `Accepted`.
    """

    def measure(self, intent: MeasureIntent) -> Outcome:
        """Exactly one irreversible request, its first byte before `not_after`."""
        ...

    def standing(self, intent: MeasureIntent) -> Found:
        """Does the comment stand as was asked? Reads only; `Absent`: it does not."""
        ...


@runtime_checkable
class Entitled(Protocol):
    """An adapter that can say what the account's user may do there."""

    def rights(self) -> Mapping[str, bool]:
        """By verb; raises `WhoAmIFailed`."""
        ...


@runtime_checkable
class Lasting(Protocol):
    """An adapter whose network says how long the credentials are good. Reads only."""

    def until(self) -> datetime | None:
        """When they end (aware UTC); None for never. Raises `WhoAmIFailed`."""
        ...


@dataclass(frozen=True)
class Begun:
    """An asking of a network to let us act for an account: the page on which its owner says yes, and what
    we keep until they do.
    """

    address: str
    kept: Mapping[str, str] = field(repr=False)


class Handshake(Protocol):
    """How a network hands out what nobody types: its owner says yes there, and types the PIN it shows.

    Both raise `WhoAmIFailed`.
    """

    GIVES: frozenset[str]  # the fields of the credentials that come of it

    @staticmethod
    def begin(account: Account, typed: Mapping[str, str], tools: Tools) -> Begun:
        """Ask; `typed`: the other fields."""
        ...

    @staticmethod
    def finish(account: Account, kept: Mapping[str, str], pin: str, tools: Tools) -> dict[str, str]:
        """All of the account's credentials."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """An adapter whose site sets limits of its own. Reads only."""

    def limits(self) -> Mapping[str, int]:
        """What the site takes, by the keys of `About.site_limits`; what it does not say is left out."""
        ...


class WhoAmIFailed(Exception):
    """The network did not say who we are. `credentials` is True when it refused the credentials."""

    def __init__(self, reason: str, *, credentials: bool = False) -> None:
        super().__init__(reason)
        self.credentials = credentials
