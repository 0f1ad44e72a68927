"""What is done about somebody else's words, on the walk of a delivery."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from publisher import lifecycle
from publisher.measures import MeasureName
from publisher.store.tables.posts import states
from publisher.store.tables.types import json_column, utc, word

OPEN = text(f"state IN ({states(lifecycle.OPEN)})")


class Measure(SQLModel, table=True):
    """One measure about one comment, `target` being the network's id of it, at `place`.

    Of one comment one is open at a time, so that no two of them cross on the wire. The other columns
    are what a delivery's of the same name are.
    """

    id: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.id")
    place: str
    target: str
    what: MeasureName = word()
    asked_by: str
    asked_at: datetime = utc()
    why: str
    state: str = "waiting"
    fence: int = 0
    wake_at: datetime | None = utc(default=None)
    expires_at: datetime = utc()
    holds: int = 0
    lookups: int = 0
    attempts: int = 0
    unproven: str = ""
    tried: dict[str, Any] = json_column(dict)
    notes: dict[str, Any] = json_column(dict)
    reason: str = ""
    settled_at: datetime | None = utc(default=None)

    __table_args__ = (
        Index(
            "uq_measure_open",
            "place",
            "target",
            unique=True,
            postgresql_where=OPEN,
            sqlite_where=OPEN,
        ),
        Index("ix_measure_open", "wake_at", postgresql_where=OPEN, sqlite_where=OPEN),
    )
