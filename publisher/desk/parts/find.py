"""What a person means by `POST` and `POST/ACCOUNT`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from publisher.content import Account
from publisher.documents import near
from publisher.errors import Do, NotFound, Usage
from publisher.gate.accounts import account_value
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core

_POST = core(t.Post)
_REVISION = core(t.Revision)
_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)

PUBLIC = ("published", "accepted", "unknown", "sending", "partly_published")
SHORTEST = 4  # characters by which a post may be named when no other begins so

LIST = Do("read", {"how": "queue"})


@dataclass(frozen=True)
class Target:
    """A post, its current revision, and the deliveries that were meant (all, or one account's)."""

    post: Row[Any]
    revision: Row[Any]
    deliveries: Sequence[Row[Any]]
    account: str = ""


def target(tx: Tx, name: str) -> Target:
    """`POST` or `POST/ACCOUNT`, by the whole id or a beginning of it; raises NotFound or Usage."""
    post_name, _, account = name.strip().partition("/")
    post = _post(tx, post_name)
    revision = tx.first(
        select(_REVISION).where(_REVISION.c.post_id == post.id, _REVISION.c.number == post.revision)
    )
    assert revision is not None
    rows = deliveries(tx, post.id)
    if account and account not in {row.account for row in rows} | set(revision.accounts):
        look = Do("read", {"post": post.id})
        raise NotFound("find.not_there", look, post=post.id, account=account)
    mine = [row for row in rows if account in ("", row.account)]
    return Target(post, revision, mine, account)


def deliveries(tx: Tx, post: str) -> Sequence[Row[Any]]:
    """Every delivery of a post, the oldest act first within an account."""
    statement = select(_DELIVERY).where(_DELIVERY.c.post_id == post)
    return tx.all(statement.order_by(_DELIVERY.c.account, _DELIVERY.c.id))


def _post(tx: Tx, name: str) -> Row[Any]:
    if len(name) < SHORTEST:
        raise Usage("find.name_too_short", LIST, least=SHORTEST)
    exact = tx.first(select(_POST).where(_POST.c.id == name.lower()))
    if exact is not None:
        return exact
    beginning = _POST.c.id.startswith(name.lower(), autoescape=True)  # reads every post
    found = tx.all(select(_POST).where(beginning).limit(2))
    if not found:
        raise NotFound("find.no_post", LIST, name=name)
    if len(found) > 1:
        raise Usage("find.more_than_one", name=name)
    return found[0]


def maybe_public(row: Row[Any]) -> bool:
    """Is something of this delivery public, or might it be?"""
    return row.state in PUBLIC or bool(row.unproven)


def account_rows(tx: Tx, names: Collection[str]) -> list[Row[Any]]:
    """Accounts of the register by name, in the order given; raises NotFound with the nearest name."""
    rows = {row.id: row for row in tx.all(select(_ACCOUNT))}
    for name in names:
        if name not in rows:
            known = [r.id for r in rows.values() if r.retired_at is None]
            accounts = Do("read", {"how": "accounts"})
            raise NotFound("find.no_account", accounts, name=name, near=near(name, known))
    return [rows[name] for name in dict.fromkeys(names)]


def authorize_everywhere(tx: Tx, action: str) -> None:
    """For what concerns every account: a sample person may only where all are sandbox accounts.

    Those that are not active yet count as well, or what sample people allowed would wait for them.
    """
    rows = tx.all(select(_ACCOUNT).where(_ACCOUNT.c.retired_at.is_(None)))
    authorize(tx.actor, action, [account_value(row) for row in rows])


def accounts_of(tx: Tx, rows: Collection[Any]) -> list[Account]:
    """The accounts that deliveries go to, as values."""
    return [account_value(row) for row in account_rows(tx, sorted({r.account for r in rows}))]
