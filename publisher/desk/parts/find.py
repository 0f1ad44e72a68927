"""What a person means by `POST` and `POST/ACCOUNT`."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from publisher.acts import act_of
from publisher.content import Account
from publisher.desk.parts import seen
from publisher.documents import near
from publisher.errors import Do, NotFound, NotPermitted, Usage
from publisher.gate.accounts import account_value
from publisher.lifecycle import MAYBE_PUBLIC
from publisher.roles import authorize, said
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.rows import AccountRow, DeliveryRow, PostRow, RevisionRow, begun
from publisher.store.tables import core

_POST = core(t.Post)
_REVISION = core(t.Revision)
_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)

SHORTEST = 4  # characters by which a post may be named when no other begins so

LIST = Do("read", {"how": "queue"})


@dataclass(frozen=True)
class Target:
    """A post, its current revision, and the deliveries that were meant (all, or one account's).

    `every`: all of the post's, the oldest act first within an account. `written`: all its revisions.
    `accounts`: where it was written for. Of deliveries and accounts only those that there are for whoever
    acts; `partial`: there are more.
    """

    post: PostRow
    written: Sequence[RevisionRow]
    every: Sequence[DeliveryRow]
    accounts: Sequence[str]
    partial: bool
    account: str = ""

    @property
    def revision(self) -> RevisionRow:
        """The current one."""
        return next(row for row in self.written if row.number == self.post.revision)

    @property
    def deliveries(self) -> list[DeliveryRow]:
        """Those that were meant."""
        return [row for row in self.every if self.account in ("", row.account)]

    @property
    def approvable(self) -> list[DeliveryRow]:
        """Of all of them, those that a yes can be about."""
        return approvable(self.every)


def approvable(rows: Iterable[DeliveryRow]) -> list[DeliveryRow]:
    """What a yes can be about: nobody approves a takedown, or what is cancelled."""
    return [row for row in rows if act_of(row).approval and row.state != "cancelled"]


def target(tx: Tx, name: str) -> Target:
    """`POST` or `POST/ACCOUNT`, by the whole id or a beginning of it; raises NotFound or Usage."""
    post_name, _, account = name.strip().partition("/")
    [found] = _targets(tx, [_post(tx, post_name)])
    accounts = {*found.accounts, *(row.account for row in found.every)}
    if account and account not in accounts:
        look = Do("read", {"post": found.post.id})
        raise NotFound("find.not_there", look, post=found.post.id, account=account)
    return replace(found, account=account)


def permitted(tx: Tx, name: str, action: str, *, words: bool = False) -> Target:
    """The target, where the actor may do `action` to it; raises NotPermitted as well.

    `words`: it concerns the post's words, so every account of the post, whichever is meant; as whatever
    is done to a draft does.
    """
    authorize(tx.actor, action)
    found = target(tx, name)
    words = words or found.post.state == "draft"
    if found.partial and (words or not found.account):
        _refuse_partial(tx, found, action, words=words)
    rows = found.every if words else found.deliveries
    meant = {found.account} if found.account and not words else {*found.accounts}
    authorize_on(tx, action, {*meant, *(row.account for row in rows)})
    return found


def _refuse_partial(tx: Tx, found: Target, action: str, *, words: bool) -> None:
    """It names no account but those that there are for them."""
    values: dict[str, Any] = {
        "person": tx.actor.person,
        "action": said(action),
        "post": found.post.id,
    }
    code = "roles.whole_words" if words else "roles.one_by_one"
    raise NotPermitted(code, Do("read", {"post": found.post.id}), **values, accounts=found.accounts)


def authorize_on(tx: Tx, action: str, names: Collection[str]) -> list[Account]:
    """Those accounts, where the actor may do `action` on each, whether or not there are all for them."""
    rows = {row.id: row for row in registered(tx)}
    accounts = [account_value(rows[name]) for name in sorted(set(names))]
    authorize(tx.actor, action, accounts)
    return accounts


def locked(tx: Tx, name: str) -> str:
    """The post's id. Nobody else changes what it says, or what was said to it, before this transaction
    has ended. Raises NotFound, Usage.
    """
    found = _post(tx, name.strip().partition("/")[0]).id
    tx.lock_epoch()  # before any row: the lock order
    tx.first(select(_POST.c.id).where(_POST.c.id == found).with_for_update(key_share=True))
    return found


def targets(tx: Tx, posts: Sequence[str]) -> list[Target]:
    """Posts by their whole ids, in that order, each with all of its deliveries."""
    rows = {row.id: row for row in tx.all(select(_POST).where(_POST.c.id.in_(posts)))}
    return _targets(tx, [rows[post] for post in posts])


def _targets(tx: Tx, posts: Sequence[PostRow]) -> list[Target]:
    names = [post.id for post in posts]
    written: dict[str, list[RevisionRow]] = {name: [] for name in names}
    revised = select(_REVISION).where(_REVISION.c.post_id.in_(names))
    for row in tx.all(revised.order_by(_REVISION.c.post_id, _REVISION.c.number)):
        written[row.post_id].append(row)
    every: dict[str, list[DeliveryRow]] = {name: [] for name in names}
    theirs = seen.accounts(tx, _DELIVERY.c.account)
    made = select(_DELIVERY).where(_DELIVERY.c.post_id.in_(names), theirs)
    for row in tx.all(made.order_by(_DELIVERY.c.account, _DELIVERY.c.id)):
        every[row.post_id].append(row)
    return [_target(tx, post, written[post.id], every[post.id]) for post in posts]


def _target(
    tx: Tx, post: PostRow, written: Sequence[RevisionRow], every: Sequence[DeliveryRow]
) -> Target:
    named = next(row.accounts for row in written if row.number == post.revision)
    there = [one for one in named if seen.there(tx, one)]
    return Target(post, written, every, there, partial=len(there) < len(named))


def _post(tx: Tx, name: str) -> PostRow:
    if len(name) < SHORTEST:
        raise Usage("find.name_too_short", LIST, least=SHORTEST)
    theirs = seen.posts(tx, _POST.c.id)
    exact: PostRow | None = tx.first(select(_POST).where(_POST.c.id == name.lower(), theirs))
    if exact is not None:
        return exact
    beginning = _POST.c.id.startswith(name.lower(), autoescape=True)  # reads every post
    found: Sequence[PostRow] = tx.all(select(_POST).where(beginning, theirs).limit(2))
    if not found:
        raise NotFound("find.no_post", LIST, name=name)
    if len(found) > 1:
        raise Usage("find.more_than_one", name=name)
    return found[0]


def maybe_public(row: DeliveryRow) -> bool:
    """Is something of this delivery public, or might it be?"""
    return row.state in MAYBE_PUBLIC or begun(row)


def registered(tx: Tx) -> Sequence[AccountRow]:
    """Every account of the register, retired ones too, whoever acts."""
    return tx.all(select(_ACCOUNT).order_by(_ACCOUNT.c.id))


def account_rows(tx: Tx, names: Collection[str]) -> list[AccountRow]:
    """Accounts of the register by name, in the order given; raises NotFound with the nearest name, also
    where there is none of that name for whoever acts.
    """
    rows = {row.id: row for row in registered(tx) if seen.there(tx, row.id)}
    for name in names:
        if name not in rows:
            known = [r.id for r in rows.values() if r.retired_at is None]
            accounts = Do("read", {"how": "accounts"})
            raise NotFound("find.no_account", accounts, name=name, near=near(name, known))
    return [rows[name] for name in dict.fromkeys(names)]


def authorize_everywhere(tx: Tx, action: str) -> None:
    """For what concerns every account: it takes a role that does. A sample person may only where all are
    sandbox accounts.

    Those that are not active yet count as well, or what sample people allowed would wait for them.
    """
    rows = tx.all(select(_ACCOUNT).where(_ACCOUNT.c.retired_at.is_(None)))
    authorize(tx.actor, action, [account_value(row) for row in rows], everywhere=True)


def accounts_of(tx: Tx, rows: Collection[Any]) -> list[Account]:
    """The accounts that deliveries go to, as values."""
    return [account_value(row) for row in account_rows(tx, sorted({r.account for r in rows}))]
