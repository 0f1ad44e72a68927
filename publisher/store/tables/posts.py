"""Posts, their revisions, and the deliveries that live their own lives."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from publisher import lifecycle
from publisher.acts import ACTS, ActName
from publisher.content import Kind, Lang, Markup
from publisher.lifecycle import DELIVERY_STATES, PostState
from publisher.store.tables.types import json_column, utc, word


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def states(among: Collection[str]) -> str:
    """These states as a list in SQL, in the order of the lifecycle: the words are always the same."""
    return _quoted(state for state in DELIVERY_STATES if state in among)


# SQLite finds a partial index only by the very words of its condition: it compares no bound values
# in a list. A query that needs one of these indexes says these words.
LIVE = text(f"state IN ({states(lifecycle.LIVE)})")
ATTENTION = text(f"state NOT IN ({states(lifecycle.QUIET)})")
UNFINISHED = text(f"state NOT IN ({states(DELIVERY_STATES.keys() - lifecycle.UNFINISHED)})")
KEPT_BACK = text("state = 'waiting' AND verdict IN ('APPROVE', 'HOLD')")
PUBLIC = text("state = 'published'")
DRAFT = text("state = 'draft'")
LEFT = text(f"tidy_at IS NOT NULL AND state IN ({states(lifecycle.DEAD)})")
_MAKING = _quoted(name for name, act in ACTS.items() if act.makes_post)
REMOTE = text(f"remote_id IS NOT NULL AND act IN ({_MAKING})")
# Bare, because what is neither 0 nor 1 counts as SQLite counts it, wherever it is asked.
SLOT, TRANSMITS, UNDOES = text("slot"), text("transmits"), text("NOT transmits")
IN_FLIGHT = text(f"state IN ({states(lifecycle.IN_FLIGHT)}) AND slot")


class Post(SQLModel, table=True):
    """What an author wrote, as a whole. `key` is the client's own idempotency key."""

    id: str = Field(primary_key=True)
    state: PostState = word()
    revision: int = 1
    author: str = Field(index=True)
    last_editor: str
    key: str | None = Field(default=None, unique=True)
    text_sha256: str = Field(index=True)
    created_at: datetime = utc()

    __table_args__ = (
        Index("ix_post_draft", "created_at", postgresql_where=DRAFT, sqlite_where=DRAFT),
    )


class Revision(SQLModel, table=True):
    """One wording of a post; never changed once written."""

    post_id: str = Field(primary_key=True, foreign_key="post.id")
    number: int = Field(primary_key=True)
    text: str
    title: str = ""
    link: str = ""
    lang: Lang | Literal[""] = word(default="en")
    kind: Kind = word(default="standard")
    markup: Markup = word(default="plain")
    thread: bool = False
    variants: dict[str, Any] = json_column(dict)
    media: list[Any] = json_column(list)
    accounts: list[Any] = json_column(list)
    asked: dict[str, Any] = json_column(dict)
    embargo_until: datetime | None = utc(default=None)
    written_by: str
    written_at: datetime = utc()


class Delivery(SQLModel, table=True):
    """One act of one post on one account.

    `slot` and `transmits` are what its act is (see `acts.py`), written once, with `act`.
    `requested_at` is what was asked, `release_at` when it may go, `wake_at` when the machine looks
    next (release, reminder, end of lease, next look-up), `expires_at` when it is too late.
    `tidy_at`: when what it left on the network is next removed, should it not go out.
    `unproven` is the attempt that is not proved absent: while set, the delivery keeps its revision
    and repeats the stored bytes. `tried` maps each attempt to the sha256 of what it was to send.
    `place` is where it was sent (see `networks/place.py`), or where the post is that it changes: its
    notes and ids mean nothing anywhere else.
    """

    id: str = Field(primary_key=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    account: str = Field(foreign_key="account.id")
    act: ActName = word()
    slot: bool
    transmits: bool
    state: str = "waiting"
    revision: int = 1
    fence: int = 0
    requested_at: datetime = utc()
    requested_wall: str
    requested_zone: str
    release_at: datetime = utc()
    wake_at: datetime | None = utc(default=None)
    expires_at: datetime = utc()
    lateness: int | None = None
    urgent: bool = False
    verdict: str = ""
    findings: list[Any] = json_column(list)
    fingerprint: str = ""
    human_at: datetime = utc()
    confirmed_at: datetime | None = utc(default=None)
    paused: str = ""
    holds: int = 0
    lookups: int = 0
    attempts: int = 0
    unproven: str = ""
    tried: dict[str, Any] = json_column(dict)
    notes: dict[str, Any] = json_column(dict)
    target: str = ""
    place: str = ""
    remote_id: str | None = None
    remote_url: str = ""
    reason: str = ""
    settled_at: datetime | None = utc(default=None)
    tidy_at: datetime | None = utc(default=None)

    __table_args__ = (
        Index(
            "ix_delivery_wake",
            "wake_at",
            postgresql_where=text("wake_at IS NOT NULL"),
            sqlite_where=text("wake_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_expiry",
            "expires_at",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_delivery_slots", "account", "release_at", postgresql_where=LIVE, sqlite_where=LIVE
        ),
        Index(
            "uq_delivery_in_flight",
            "account",
            unique=True,
            postgresql_where=IN_FLIGHT,
            sqlite_where=IN_FLIGHT,
        ),
        Index(
            "uq_delivery_remote",
            "place",
            "remote_id",
            "account",
            unique=True,
            postgresql_where=REMOTE,
            sqlite_where=REMOTE,
        ),
        Index("ix_delivery_attention", "state", postgresql_where=ATTENTION, sqlite_where=ATTENTION),
        Index(
            "ix_delivery_unfinished",
            "release_at",
            "id",
            postgresql_where=UNFINISHED,
            sqlite_where=UNFINISHED,
        ),
        Index(
            "ix_delivery_kept_back",
            "release_at",
            postgresql_where=KEPT_BACK,
            sqlite_where=KEPT_BACK,
        ),
        Index("ix_delivery_public", "settled_at", postgresql_where=PUBLIC, sqlite_where=PUBLIC),
        Index("ix_delivery_left", "tidy_at", postgresql_where=LEFT, sqlite_where=LEFT),
    )


class Attempt(SQLModel, table=True):
    """One try to send, written before the request leaves; `request` holds the exact content.

    It is of a delivery or of a measure: the other one's column is empty.
    `place` is where it went: network, host and user id at that time (see `networks/place.py`).
    """

    id: str = Field(primary_key=True)
    delivery_id: str = Field(default=None, foreign_key="delivery.id", index=True, nullable=True)
    measure_id: str = Field(default=None, foreign_key="measure.id", index=True, nullable=True)
    account: str
    place: str = ""
    fence: int
    key: str
    revision: int
    request: dict[str, Any] = json_column(dict)
    notes: dict[str, Any] = json_column(dict)
    started_at: datetime = utc()
    not_after: datetime = utc()
    ended_at: datetime | None = utc(default=None)
    outcome: str = ""
    reason: str = ""
    remote_id: str = ""


class Approval(SQLModel, table=True):
    """A person's yes or no to a fingerprint. `decision` is "approve" or "return".

    `acting_for`: those whose deputy they were then, where their own roles were not enough.
    """

    id: int = Field(default=None, primary_key=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    revision: int
    decision: str
    person: str
    at: datetime = utc()
    expires_at: datetime = utc()
    fingerprint: str
    deliveries: dict[str, Any] = json_column(dict)
    reason: str = ""
    policy: str = ""
    acting_for: list[str] = json_column(list)


class ExceptionGrant(SQLModel, table=True):
    """Recorded, expiring permission to send outside business days or hours (clause U4c).

    `deliveries` maps delivery id -> fingerprint; `accounts` is used by incident mode only.
    It is a request until `granted_by` is set; `acting_for`: those whose deputy they were
    then, where their own roles were not enough.
    """

    __tablename__ = "exception_grant"

    id: str = Field(primary_key=True)
    kind: Literal["urgent", "planned", "incident"] = word()
    post_id: str | None = Field(default=None, foreign_key="post.id", index=True)
    category: str
    reason: str
    accounts: list[Any] = json_column(list)
    deliveries: dict[str, Any] = json_column(dict)
    requested_by: str
    requested_at: datetime = utc()
    granted_by: str = ""
    granted_at: datetime | None = utc(default=None)
    starts_at: datetime | None = utc(default=None)
    expires_at: datetime | None = utc(default=None)
    revoked_by: str = ""
    revoked_at: datetime | None = utc(default=None)
    review_due: datetime | None = utc(default=None)
    reviewed_by: str = ""
    reviewed_at: datetime | None = utc(default=None)
    review_note: str = ""
    acting_for: list[str] = json_column(list)


class ExceptionUse(SQLModel, table=True):
    """An exception is consumed by what was published under it, once per delivery."""

    __tablename__ = "exception_use"

    exception_id: str = Field(primary_key=True, foreign_key="exception_grant.id")
    delivery_id: str = Field(primary_key=True, foreign_key="delivery.id")
    at: datetime = utc()


class Stop(SQLModel, table=True):
    """The emergency stop. `scope`: "everything", "except notices", or an account id."""

    id: int = Field(default=None, primary_key=True)
    scope: str
    reason: str
    by: str
    at: datetime = utc()
    lifted_by: str = ""
    lifted_at: datetime | None = utc(default=None)
