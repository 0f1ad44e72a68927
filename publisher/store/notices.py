"""What needs a person, told once: a row here, sent by the daemon outside any transaction."""

from typing import Any

from sqlalchemy import bindparam, text

from publisher.store import Tx, ledger
from publisher.store.bound import NOTICE
from publisher.store.ledger import Line
from publisher.store.tables import Utc

_INSERT = text(
    "INSERT INTO notification (dedupe, audience, title, body, created_at, tries, error) "
    "VALUES (:dedupe, :audience, :title, :body, :now, 0, '') ON CONFLICT (dedupe) DO NOTHING "
    "RETURNING id"
).bindparams(bindparam("now", type_=Utc))


def tell(tx: Tx, dedupe: str, audience: str, title: str, body: str) -> None:
    """Queue a notification; the same `dedupe` is told once. `audience`: a role, or a person.

    The history says what somebody was to be told, so that no notice can vanish unseen.
    """
    values: dict[str, Any] = {
        "dedupe": dedupe, "audience": audience, "title": title, "body": body, "now": tx.now,
    }  # fmt: skip
    number = tx.value(_INSERT, values)
    if number is not None:
        ledger.restate(tx, (NOTICE, number), Line("tell", audience, {"title": title}))
