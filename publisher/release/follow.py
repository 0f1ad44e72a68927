"""What an outcome means beyond its own delivery: accounts, networks, exceptions, takedowns, people."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select, text, update

from publisher.acts import act_of
from publisher.clock import rfc3339
from publisher.errors import Do
from publisher.lifecycle import DEAD, UNCLEAR
from publisher.networks.registry import about
from publisher.store import Tx, bound, ledger
from publisher.store import tables as t
from publisher.store.bound import PAUSE, RECOGNITION
from publisher.store.ledger import Line
from publisher.store.notices import ask, tell, where
from publisher.store.rows import DeliveryRow, MeasureRow, parts_out
from publisher.store.tables import Utc, core
from publisher.words import as_text

_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)
_MEASURE = core(t.Measure)
_PAUSE = core(t.NetworkPause)
_USE = core(t.ExceptionUse)

LONG_WAIT = timedelta(hours=1)  # a longer one is told to a person
THREE = 3  # unknowns in a row that pause a network (H13)

# Made once: making a statement costs as much as running it.
_AMONG = _ACCOUNT.c.id.in_(bindparam("accounts", expanding=True))
_SENT = update(_ACCOUNT).where(_AMONG).values(last_sent_at=bindparam("now", type_=Utc))
_HEAL = (
    update(_PAUSE)
    .where(
        _PAUSE.c.unknowns > 0,
        _PAUSE.c.network.in_(select(_ACCOUNT.c.network).where(_AMONG)),
    )
    .values(unknowns=0, paused_since=None)
    .returning(_PAUSE.c.network)
)
_OPEN_TAKEDOWNS = select(_DELIVERY).where(
    _DELIVERY.c.post_id.in_(bindparam("posts", expanding=True)),
    t.UNDOES,
    _DELIVERY.c.state == "waiting",
    _DELIVERY.c.target == "",
)


def published(tx: Tx, rows: Sequence[DeliveryRow]) -> None:
    """The account has sent, the network is heard, exceptions are consumed, takedowns may go."""
    names = [row.account for row in rows if act_of(row).slot]
    if names:
        tx.run(_SENT, {"accounts": names, "now": tx.now})
    _healed(tx, tx.all(_HEAL, {"accounts": [row.account for row in rows]}))
    for row in rows:
        for exception in sorted({f["lifted_by"] for f in row.findings if f["lifted_by"]}):
            _consume(tx, exception, row)
    aim(tx, rows)
    wake_accounts(tx, {row.account for row in rows if row.unproven})  # its twin waited for this


def aim(tx: Tx, rows: Sequence[DeliveryRow]) -> None:
    """Takedowns that waited until it was known what is public of `rows` may go."""
    for takedown in open_takedowns(tx, rows):
        of = next(r for r in rows if (r.post_id, r.account) == (takedown.post_id, takedown.account))
        now = tx.first(select(_DELIVERY).where(_DELIVERY.c.id == of.id))
        assert now is not None
        if now.state in UNCLEAR:
            continue  # one more part may be public
        changes = {**_target(now, takedown), "wake_at": tx.now}
        ledger.move(tx, takedown, "plan", payload={"found": of.id}, **changes)


def proceed(tx: Tx, row: DeliveryRow) -> dict[str, Any]:
    """A part is gone: what changes for the takedown of the part before it; {} when none is left.

    What has more to send is not meant: see `release.parts`.
    """
    if not (act_of(row).undoes and row.notes.get("left")):
        return {}
    *left, target = row.notes["left"]
    return {
        "target": target,
        "notes": {**row.notes, "left": left, "gone": [*row.notes.get("gone", ()), row.target]},
        "wake_at": tx.now,
        "reason": "",
        "unproven": "",
        "lookups": 0,
        "holds": 0,
    }


def not_public(tx: Tx, rows: Sequence[DeliveryRow]) -> None:
    """Proved not public: a takedown that waited for it has nothing to take down (H18)."""
    for takedown in open_takedowns(tx, rows):
        reason = as_text("reason.nothing_to_take_down")
        ledger.move(
            tx,
            takedown,
            "cancel",
            payload={"reason": reason},
            reason=reason,
            wake_at=None,
            settled_at=tx.now,
        )
    wake_accounts(tx, {row.account for row in rows if row.unproven})  # its twin waited for this


def wake_accounts(tx: Tx, names: Collection[str]) -> None:
    """Look again, now, at everything of these accounts that has come due."""
    if not names:
        return
    tx.run(
        update(_DELIVERY)
        .where(
            _DELIVERY.c.account.in_(names),
            t.LIVE,
            _DELIVERY.c.state == "waiting",
            _DELIVERY.c.release_at <= tx.now,
            _DELIVERY.c.wake_at > tx.now,
        )
        .values(wake_at=tx.now)
    )
    waits = (_MEASURE.c.state == "waiting") & (_MEASURE.c.wake_at > tx.now)
    mine = update(_MEASURE).where(t.OPEN, waits, _MEASURE.c.account.in_(names))
    tx.run(mine.values(wake_at=tx.now))
    tx.wakes = True


def open_takedowns(tx: Tx, rows: Collection[DeliveryRow]) -> list[DeliveryRow]:
    """Waiting takedowns of the same posts on the same accounts as `rows`."""
    places = {(row.post_id, row.account) for row in rows if act_of(row).makes_post}
    if not places:
        return []
    found = tx.all(_OPEN_TAKEDOWNS, {"posts": list({post for post, _ in places})})
    return [row for row in found if (row.post_id, row.account) in places]


def taken_down(tx: Tx, post: str, account: str) -> bool:
    """Has somebody said that this post is to go from this account, and was it not in vain?"""
    rows = tx.all(
        select(_DELIVERY.c.act).where(
            _DELIVERY.c.post_id == post,
            _DELIVERY.c.account == account,
            _DELIVERY.c.state.not_in(DEAD),
        )
    )
    return any(act_of(row).undoes for row in rows)


def _target(row: DeliveryRow, takedown: DeliveryRow) -> dict[str, Any]:
    """What a takedown is about: the network's id of it, and where that is; of a thread its last part."""
    *left, target = parts_out(row) or (row.remote_id or "",)
    notes = {**takedown.notes, "left": left} if left else takedown.notes
    return {"target": target, "place": row.place, "notes": notes}


def _consume(tx: Tx, exception: str, row: DeliveryRow) -> None:
    """An exception is consumed by what was published under it, not by an attempt (H24); once."""
    mine = (_USE.c.exception_id == exception) & (_USE.c.delivery_id == row.id)
    if tx.value(select(exists().where(mine))):
        return  # a part before it used it
    used = t.ExceptionUse(exception_id=exception, delivery_id=row.id, at=tx.now)
    ledger.put(tx, used, Line("use exception", exception, {"delivery": row.id}, row.post_id))
    review = Do("review exception", {"exception": exception})
    tell(
        tx,
        f"exception used:{exception}:{row.id}",
        "approver",
        "exception_used",
        review,
        where=where(row),
    )


def heal_networks(tx: Tx, names: Collection[str]) -> None:
    """An answer that could be trusted ends the row of unknowns, and a pause with it."""
    if names:
        ended = update(_PAUSE).where(_PAUSE.c.network.in_(names), _PAUSE.c.unknowns > 0)
        ended = ended.values(unknowns=0, paused_since=None)
        _healed(tx, tx.all(ended.returning(_PAUSE.c.network)))


def _healed(tx: Tx, networks: Sequence[tuple[str]]) -> None:
    """The end of a pause is recorded; that of a row of unknowns that came to none is not."""
    for (name,) in networks:
        if bound.newest(tx, [f"network {name}"]):
            ledger.restate(tx, (PAUSE, name), Line("unpause network", name))


def count_unknown(tx: Tx, name: str) -> None:
    """One more unclear answer; the third in a row pauses the network."""
    tx.run(
        text(
            "INSERT INTO network_pause (network, unknowns) VALUES (:n, 1) "
            "ON CONFLICT (network) DO UPDATE SET unknowns = network_pause.unknowns + 1"
        ),
        {"n": name},
    )
    row = tx.first(select(_PAUSE).where(_PAUSE.c.network == name))
    if row and row.unknowns >= THREE and row.paused_since is None:
        tx.run(update(_PAUSE).where(_PAUSE.c.network == name).values(paused_since=tx.now))
        ledger.restate(tx, (PAUSE, name), Line("pause network", name, {"unknowns": row.unknowns}))
        tell(
            tx,
            f"network:{name}:{rfc3339(tx.now)}",
            "duty officer",
            "network_paused",
            network=name,
            count=row.unknowns,
        )


def ended(action: str, row: DeliveryRow) -> str:
    """What its author is told of a delivery that came to nothing: what is public then differs by act."""
    act = act_of(row)
    if act.undoes:
        return "not_taken_down"
    if action == "refuse":
        return "refused_edit" if act.replaces else "refused"
    return "expired"


def throttle_account(tx: Tx, row: DeliveryRow | MeasureRow, until: datetime, reason: str) -> None:
    """One 429 or outage concerns the account, not one post (H13), and no longer than that post.

    Over an hour is more than a network usually asks for: a person is told, who may lift it.
    """
    until = min(until, row.expires_at)
    if until <= tx.now:
        return
    line = Line("throttle", row.account, {"until": rfc3339(until)})
    ledger.change(tx, (RECOGNITION, row.account), line, not_before=until)
    if until - tx.now > LONG_WAIT:
        lift = Do("resume", {"how": "account", "account": row.account})
        tell(
            tx,
            f"wait:{row.account}:{rfc3339(until)}",
            "duty officer",
            "account_waits",
            lift,
            account=row.account,
            until=until,
            zone=getattr(row, "requested_zone", "") or tx.zone(),
            reason=reason,
        )


def break_account(tx: Tx, account: str, reason: str) -> None:
    """The account needs reconnecting; its deliveries wait for that event."""
    whole = select(exists().where(_ACCOUNT.c.id == account, _ACCOUNT.c.broken_since.is_(None)))
    if tx.value(whole):
        line = Line("credentials failed", account, {"reason": reason})
        of = (RECOGNITION, account)
        ledger.change(tx, of, line, broken_since=tx.now, broken_reason=reason)
        verify = Do("verify accounts", {"account": account})
        tell(
            tx,
            f"credentials:{account}:{rfc3339(tx.now)}",
            "admin",
            "credentials_failed",
            verify,
            account=account,
            reason=reason,
        )


def tell_person(tx: Tx, row: DeliveryRow, reason: str) -> None:
    """An unknown outcome that only a person can decide."""
    asked = f"unknown:{row.id}:{row.fence}:{row.lookups}"
    ask(tx, row, reason, f"{asked}p{len(public)}" if (public := parts_out(row)) else asked)


def delays(name: str, look_again: Sequence[float]) -> Sequence[float]:
    """Seconds after the deadline at which an unknown is looked up: the setting, or the network's."""
    return look_again or about(name).look_again
