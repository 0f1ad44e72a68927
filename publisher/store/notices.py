"""What needs a person, told once: a row here, sent by the daemon outside any transaction."""

from typing import Any

from sqlalchemy import bindparam, text

from publisher.store import Tx
from publisher.store.tables import Utc

_INSERT = text(
    "INSERT INTO notification (dedupe, audience, title, body, created_at, tries, error) "
    "VALUES (:dedupe, :audience, :title, :body, :now, 0, '') ON CONFLICT (dedupe) DO NOTHING"
).bindparams(bindparam("now", type_=Utc))


def tell(tx: Tx, dedupe: str, audience: str, title: str, body: str) -> None:
    """Queue a notification; the same `dedupe` is told once. `audience`: a role, or a person."""
    values: dict[str, Any] = {
        "dedupe": dedupe, "audience": audience, "title": title, "body": body, "now": tx.now,
    }  # fmt: skip
    tx.run(_INSERT, values)
