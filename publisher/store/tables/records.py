"""The ledger and its seals, and the few rows by which processes know of each other."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from publisher.store.tables.types import json_column, utc, word


class LedgerRow(SQLModel, table=True):
    """One decision or move. Append-only: triggers refuse anything else.

    `fact` names the row that it made or changed ("account x-main"), `binds` is the sha256 of that
    row's content afterwards, and `mac` signs the columns before it (see `bound.py`).
    """

    __tablename__ = "ledger"
    __table_args__ = (
        Index(
            "ix_ledger_fact",
            "fact",
            "seq",
            postgresql_where=text("fact <> ''"),
            sqlite_where=text("fact <> ''"),
        ),
        {"sqlite_autoincrement": True},
    )

    seq: int = Field(default=None, primary_key=True)
    at: datetime = utc()
    actor: str
    os_user: str
    verb: str
    subject: str = Field(index=True)
    post_id: str = Field(default="", index=True)
    before: str = ""
    after: str = ""
    payload_sha256: str = ""
    fact: str = ""
    binds: str = ""
    mac: str = ""


class Payload(SQLModel, table=True):
    """What a ledger row's hash is of. May be erased by law without breaking the chain."""

    seq: int = Field(primary_key=True)
    body: str


class Hold(SQLModel, table=True):
    """A legal hold: of this post, account or person nothing is forgotten. Two people lift it.

    `lift_by`: who asked for that; `lifted_by` is somebody else.
    """

    id: int = Field(default=None, primary_key=True)
    kind: Literal["post", "account", "person"] = word()
    name: str
    reason: str
    by: str
    at: datetime = utc()
    lift_by: str = ""
    lift_at: datetime | None = utc(default=None)
    lift_reason: str = ""
    lifted_by: str = ""
    lifted_at: datetime | None = utc(default=None)


class Seal(SQLModel, table=True):
    """A chain link over the committed rows `first_seq`..`last_seq`."""

    n: int = Field(primary_key=True)
    first_seq: int
    last_seq: int
    rows: int
    leaves: str
    at: datetime = utc()
    previous: str
    hash: str


class Epoch(SQLModel, table=True):
    """One number for what concerns many: stop, policy, calendar, account."""

    id: int = Field(primary_key=True)
    value: int = 0


class Notification(SQLModel, table=True):
    """Something that needs a person, told once per `dedupe`."""

    id: int = Field(default=None, primary_key=True)
    dedupe: str = Field(unique=True)
    audience: str
    code: str = ""  # the sentence in `words`, under `told`
    args: dict[str, Any] = json_column(dict)
    acts: list[dict[str, str]] = json_column(list)
    title: str  # of a row from before there were codes
    body: str
    created_at: datetime = utc()
    sent_at: datetime | None = utc(default=None, index=True)
    tries: int = 0
    error: str = ""


class Meta(SQLModel, table=True):
    """Facts about this database: installation id, zone and holiday data it was planned with."""

    key: str = Field(primary_key=True)
    value: str
