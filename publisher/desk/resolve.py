"""A person says what the machine could not find out; or takes down what is public."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from publisher.content import Account
from publisher.desk.find import Target, accounts_of, maybe_public, target
from publisher.desk.write import recalled
from publisher.errors import Conflict, Do, Usage
from publisher.gate import Plan, lock, plan
from publisher.lifecycle import DEAD
from publisher.networks.place import parts, place
from publisher.networks.registry import REGISTRY
from publisher.networks.wire import shape
from publisher.release.after import heal_networks, not_public
from publisher.release.found import adopt
from publisher.roles import authorize
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.ids import new_id
from publisher.store.notices import about, tell, where
from publisher.store.tables import core

_DELIVERY = core(t.Delivery)


def resolve(  # noqa: PLR0913  # a person's word, and what it may be
    tx: Tx, name: str, *, url: str = "", not_published: bool = False, done: bool = False,
    why: str = "",
) -> Row[Any]:  # fmt: skip
    """Settle an unknown outcome by a person's word; raises Conflict for anything else.

    `done`: an edit or a takedown was done by hand, on the network itself. A takedown is done, or what
    it was for still stands at `url`.
    """
    found = target(tx, name)
    authorize(tx.actor, "resolve", accounts_of(tx, found.deliveries))
    if [bool(url), not_published, done].count(True) != 1:
        account = {"account": found.account} if found.account else {}
        here = Do("resolve", {"post": found.post.id, **account})
        raise Usage("resolve.one_of", here, here.to(how="done"))
    row = _unclear(tx, found, done=done)
    if done:
        _done_by_hand(tx, row, why)
    elif row.act == "retract":
        _still_stands(tx, row, url)
    elif url:
        _published(tx, row, url)
    else:
        _did_not_go_out(tx, row, why)
    heal_networks(tx, {account.network for account in accounts_of(tx, [row])})
    tx.wakes = True
    again = tx.first(select(_DELIVERY).where(_DELIVERY.c.id == row.id))
    assert again is not None
    return again


def _still_stands(tx: Tx, row: Row[Any], url: str) -> None:
    """The takedown came to nothing: it can be asked for again."""
    if not url:
        raise Usage("resolve.takedown", _how(row))
    _refuse_no_address(url)
    reason, verb = f"still public: {url}", "refuse" if row.state == "accepted" else "deny"
    ledger.move(tx, row, verb, payload={"reason": reason}, reason=reason, wake_at=None, unproven="",
                settled_at=tx.now)  # fmt: skip


def _did_not_go_out(tx: Tx, row: Row[Any], why: str) -> None:
    if not why.strip():
        raise Usage("resolve.say_how", field="reason")
    if row.state == "accepted":
        ledger.move(tx, row, "refuse", payload={"reason": why}, reason=why, wake_at=None,
                    unproven="", settled_at=tx.now)  # fmt: skip
    else:
        ledger.move(tx, row, "deny", payload={"reason": why}, reason=f"did not go out: {why}",
                    wake_at=None, unproven="", settled_at=tx.now)  # fmt: skip
    not_public(tx, [row])


def _refuse_no_address(url: str) -> None:
    if not shape.is_address(url):
        raise Usage("resolve.no_address", field="url", url=url)


def _unclear(tx: Tx, found: Target, *, done: bool) -> Row[Any]:
    """The one delivery that a person's word can be about."""
    rows = [r for r in found.deliveries if r.state in ("unknown", "accepted")]
    if done:
        here = {account.id: place(account) for account in accounts_of(tx, found.deliveries)}
        elsewhere = [
            r for r in found.deliveries if r.state == "waiting" and r.place != here[r.account]
        ]
        rows = [r for r in [*rows, *elsewhere] if r.act in ("edit", "retract") and r.target]
    if len(rows) == 1:
        return rows[0]
    each = [_how(r, done=done) for r in rows] or [Do("read", {"post": found.post.id})]
    states = [f"{r.account}: {r.state}" for r in found.deliveries]
    raise Conflict("resolve.which", *each, states=states)


def _how(row: Row[Any], *, done: bool = False) -> Do:
    """What a person can say of it."""
    if done:
        return about("resolve", row, how="done")
    return about("resolve", row, **({"how": "takedown"} if row.act == "retract" else {}))


def _done_by_hand(tx: Tx, row: Row[Any], why: str) -> None:
    """What was asked is so: somebody did it where our credentials do not reach, or know no answer."""
    if not why.strip():
        raise Usage("resolve.say_who", field="reason")
    if row.state == "waiting":
        why = f"done by hand: {why}"
        ledger.move(tx, row, "lose", payload={"why": why}, wake_at=None, reason=why)
        [row] = tx.all(select(_DELIVERY).where(_DELIVERY.c.id == row.id))
    adopt(tx, row, row.target, row.remote_url, by=tx.actor.person)


def _published(tx: Tx, row: Row[Any], url: str) -> None:
    _refuse_no_address(url)
    if row.target:  # an edit is about a post whose id is known
        adopt(tx, row, row.target, url, by=tx.actor.person)
        return
    network, host, user = parts(row.place)
    if not _belongs(url, row.place):
        raise Usage("resolve.elsewhere", field="url", url=url, account=row.account,
                    network=network, host=host, user=user)  # fmt: skip
    [account] = accounts_of(tx, [row])
    there = replace(account, network=network, remote_user_id=user,
                    base_url=f"{urlsplit(url).scheme}://{host}")  # fmt: skip
    remote_id = remote_id_in(url, there)
    if not remote_id:
        like = REGISTRY[network].permalink.write("123", there)
        raise Usage("resolve.no_id", field="url", url=url, like=like)
    taken = tx.first(
        select(_DELIVERY.c.post_id).where(
            _DELIVERY.c.place == row.place, t.REMOTE, _DELIVERY.c.remote_id == remote_id,
            _DELIVERY.c.id != row.id,
        )
    )  # fmt: skip
    if taken:
        raise Conflict("resolve.of_post", field="url", url=url, post=taken[0])
    try:
        adopt(tx, row, remote_id, url, by=tx.actor.person)
    except IntegrityError:
        raise Conflict("resolve.of_another", field="url", url=url) from None


def remote_id_in(url: str, account: Account) -> str:
    """The network's own id in a post's address, "" where none stands there for certain.

    Nothing else is taken for one: an edit or a takedown would meet another post, or none.
    """
    rest = url.split("//", 1)[1].partition("/")[2]
    return REGISTRY[account.network].permalink.read(rest, account)


def _belongs(url: str, where: str) -> bool:
    """Is the address at the place that it was sent to?"""
    network, at, _ = parts(where)
    there = urlsplit(url)
    if there.netloc.lower() == at.partition("/")[0]:
        return True
    host = str(there.hostname)
    return any(host == h or host.endswith("." + h) for h in REGISTRY[network].permalink.hosts)


def retract(tx: Tx, name: str, why: str) -> list[Row[Any]]:
    """Take down what is (or may be) public, at any hour; what waits there is cancelled (H18).

    One person and a reason; reviewed the next business day. Returns the takedowns made.
    """
    lock(
        tx, {row.account for row in target(tx, name).deliveries}
    )  # a settle comes before, or after
    found = target(tx, name)
    authorize(tx.actor, "retract", accounts_of(tx, found.deliveries))
    if not why.strip():
        raise Usage("resolve.say_why", field="reason")
    made = take_down(tx, found, why)
    if not made:
        raise Conflict("resolve.nothing_public", post=found.post.id)
    return made


def take_down(tx: Tx, found: Target, why: str) -> list[Row[Any]]:
    """Make a takedown for each account where it is (or may be) public, and none is under way."""
    _cancel_what_waits(tx, found)
    _look_before(tx, found)
    open_already = {
        r.account for r in found.deliveries if r.act == "retract" and r.state not in DEAD
    }
    rows = [r for r in found.deliveries
            if r.act == "publish" and r.account not in open_already and maybe_public(r)]  # fmt: skip
    if not rows:
        return []
    for row in rows:
        ledger.record(tx, "retract", row.id, {"reason": why}, post=row.post_id)
    made = [_takedown(tx, row, why) for row in rows]
    tx.add(*made)
    ledger.record_created(tx, made, {"act": "retract", "reason": why})
    look = Do("read", {"how": "history", "post": found.post.id})
    tell(tx, f"taken down:{made[0].id}", "approver", "taken_down", look, post=found.post.id,
         person=tx.actor.person, why=why)  # fmt: skip
    fresh = tx.all(select(_DELIVERY).where(_DELIVERY.c.id.in_([d.id for d in made])))
    _tell_by_hand(tx, plan(tx, fresh))
    return list(tx.all(select(_DELIVERY).where(_DELIVERY.c.id.in_([d.id for d in made]))))


def _tell_by_hand(tx: Tx, made: Sequence[Plan]) -> None:
    """What is public where its account no longer is takes a person: our credentials stay here."""
    for row, there in ((one.facts.row, one.facts.case.elsewhere) for one in made):
        if there:
            done = about("resolve", row, how="done")
            tell(tx, f"by hand:{row.id}", "duty officer", "take_down_by_hand", done,
                 where=where(row), there=there, account=row.account)  # fmt: skip


def _cancel_what_waits(tx: Tx, found: Target) -> None:
    rows: Sequence[Row[Any]] = [
        r for r in found.deliveries
        if r.act != "retract" and not r.unproven
        and r.state in ("waiting", "claimed", "blocked", "refused", "expired")
    ]  # fmt: skip
    for row in recalled(tx, rows):
        ledger.move(tx, row, "cancel", payload={"why": "the post is taken down"}, wake_at=None,
                    settled_at=tx.now, reason="the post is taken down")  # fmt: skip


def _look_before(tx: Tx, found: Target) -> None:
    """What may be public is looked up (again) and not repeated: the takedown waits for the answer."""
    doubtful = [r for r in found.deliveries if r.act != "retract" and r.unproven]
    for row in recalled(tx, doubtful):
        action = {"waiting": "lose", "unknown": "look"}.get(row.state)
        if action and (action == "lose" or row.wake_at is None):
            ledger.move(tx, row, action, payload={"why": "the post is taken down"}, wake_at=tx.now,
                        reason="it is looked up, to be taken down")  # fmt: skip


def _takedown(tx: Tx, row: Row[Any], why: str) -> t.Delivery:
    return t.Delivery(
        id=new_id(tx.now), post_id=row.post_id, account=row.account, act="retract",
        state="waiting", revision=row.revision, requested_at=tx.now, requested_zone="UTC",
        requested_wall=tx.now.strftime("%Y-%m-%d %H:%M:%S"), release_at=tx.now, expires_at=tx.now,
        human_at=tx.now, target=row.remote_id or "", place=row.place, lateness=30 * 86_400, reason=why,
        wake_at=None, notes={"media": row.notes["media"]} if "media" in row.notes else {},
    )  # fmt: skip
