"""A person says what the machine could not find out; or takes down what is public."""

from dataclasses import replace
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from publisher.acts import act_of
from publisher.content import Account
from publisher.desk.parts.deliveries import states_said
from publisher.desk.parts.find import Target, accounts_of, permitted
from publisher.errors import Conflict, Do, Usage
from publisher.lifecycle import UNCLEAR
from publisher.networks.place import parts, place
from publisher.networks.registry import REGISTRY
from publisher.networks.wire import shape
from publisher.release.follow import heal_networks
from publisher.release.lookup import adopt
from publisher.release.parts import ends, owned
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.notices import about
from publisher.store.rows import DeliveryRow, as_it_will_be, parts_out
from publisher.store.tables import core
from publisher.words import as_text, foreign

_DELIVERY = core(t.Delivery)


def resolve(  # noqa: PLR0913  # a person's word, and what it may be
    tx: Tx,
    name: str,
    *,
    url: str = "",
    not_published: bool = False,
    done: bool = False,
    why: str = "",
) -> DeliveryRow:
    """Settle an unknown outcome by a person's word; raises Conflict for anything else.

    `done`: an edit or a takedown was done by hand, on the network itself. A takedown is done, or what
    it was for still stands at `url`. Of a thread that is the part in doubt: the machine takes down the
    others, unless they are where our credentials do not reach.
    """
    found = permitted(tx, name, "resolve")
    why = foreign(why)
    if [bool(url), not_published, done].count(True) != 1:
        account = {"account": found.account} if found.account else {}
        here = Do("resolve", {"post": found.post.id, **account})
        raise Usage("resolve.one_of", here, here.to(how="done"))
    row = _unclear(tx, found, done=done)
    if done:
        _done_by_hand(tx, row, why)
    elif act_of(row).undoes:
        _still_stands(tx, row, url)
    elif url:
        _published(tx, row, url)
    else:
        _did_not_go_out(tx, row, why)
    heal_networks(tx, {account.network for account in accounts_of(tx, [row])})
    tx.wakes = True
    again: DeliveryRow | None = tx.first(select(_DELIVERY).where(_DELIVERY.c.id == row.id))
    assert again is not None
    return again


def _still_stands(tx: Tx, row: DeliveryRow, url: str) -> None:
    """The takedown came to nothing: it can be asked for again."""
    if not url:
        raise Usage("resolve.takedown", _how(row))
    _refuse_no_address(url)
    verb = "refuse" if row.state == "accepted" else "deny"
    reason = as_text("reason.still_public", url=url)
    ledger.move(
        tx,
        row,
        verb,
        payload={"reason": reason},
        reason=reason,
        wake_at=None,
        unproven="",
        settled_at=tx.now,
    )


def _did_not_go_out(tx: Tx, row: DeliveryRow, why: str) -> None:
    if not why.strip():
        raise Usage("resolve.say_how", field="reason")
    if row.state == "accepted":
        ends(tx, row, "refuse", why, why)
    else:
        ends(tx, row, "deny", why, as_text("reason.did_not_go_out", why=why))


def _refuse_no_address(url: str) -> None:
    if not shape.is_address(url):
        raise Usage("resolve.no_address", field="url", url=url)


def _unclear(tx: Tx, found: Target, *, done: bool) -> DeliveryRow:
    """The one delivery that a person's word can be about."""
    rows = [r for r in found.deliveries if r.state in UNCLEAR]
    if done:
        here = {account.id: place(account) for account in accounts_of(tx, found.deliveries)}
        elsewhere = [
            r for r in found.deliveries if r.state == "waiting" and r.place != here[r.account]
        ]
        rows = [r for r in [*rows, *elsewhere] if r.target and not act_of(r).makes_post]
    if len(rows) == 1:
        return rows[0]
    each = [_how(r, done=done) for r in rows] or [Do("read", {"post": found.post.id})]
    raise Conflict("resolve.which", *each, states=states_said(found.deliveries))


def _how(row: DeliveryRow, *, done: bool = False) -> Do:
    """What a person can say of it."""
    if done:
        return about("resolve", row, how="done")
    return about("resolve", row, **({"how": "takedown"} if act_of(row).undoes else {}))


def _done_by_hand(tx: Tx, row: DeliveryRow, why: str) -> None:
    """What was asked is so: somebody did it where our credentials do not reach, or know no answer."""
    if not why.strip():
        raise Usage("resolve.say_who", field="reason")
    if row.state == "waiting":
        why = as_text("reason.done_by_hand", why=why)
        ledger.move(tx, row, "lose", payload={"why": why}, wake_at=None, reason=why)
        [row] = tx.all(select(_DELIVERY).where(_DELIVERY.c.id == row.id))
    [account] = accounts_of(tx, [row])
    if row.place != place(account):
        row = as_it_will_be(row, {"notes": {**row.notes, "left": []}})
    adopt(tx, row, row.target, row.remote_url, by=tx.actor.person)


def _published(tx: Tx, row: DeliveryRow, url: str) -> None:
    _refuse_no_address(url)
    if row.target:  # an edit is about a post whose id is known
        adopt(tx, row, row.target, url, by=tx.actor.person)
        return
    network, host, user = parts(row.place)
    if not _belongs(url, row.place):
        raise Usage(
            "resolve.elsewhere",
            field="url",
            url=url,
            account=row.account,
            network=network,
            host=host,
            user=user,
        )
    [account] = accounts_of(tx, [row])
    there = replace(
        account, network=network, remote_user_id=user, base_url=f"{urlsplit(url).scheme}://{host}"
    )
    remote_id = remote_id_in(url, there) or _listed_at(row, url)
    if not remote_id:
        like = REGISTRY[network].permalink.write("123", there)
        raise Usage("resolve.no_id", field="url", url=url, like=like)
    taken = owned(tx, row.place, but=row.id) | dict.fromkeys(parts_out(row), row.post_id)
    if remote_id in taken:
        raise Conflict("resolve.of_post", field="url", url=url, post=taken[remote_id])
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


def _listed_at(row: DeliveryRow, url: str) -> str:
    """The id of the post that the network itself listed at this address, when it was looked up."""
    listed = row.notes.get("lookalikes", ())
    return next((str(number) for number, at, _ in listed if number and at == url), "")


def _belongs(url: str, where: str) -> bool:
    """Is the address at the place that it was sent to?"""
    network, at, _ = parts(where)
    there = urlsplit(url)
    if there.netloc.lower() == at.partition("/")[0]:
        return True
    host = str(there.hostname)
    return any(host == h or host.endswith("." + h) for h in REGISTRY[network].permalink.hosts)
