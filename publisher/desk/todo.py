"""Everything that needs a person, by person, each with the command that does it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, and_, select

from publisher.clock import shown
from publisher.desk import changes, exceptions, stops
from publisher.roles import MACHINE, MAY
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.provision import said_of
from publisher.store.tables import core

_DELIVERY = core(t.Delivery)
_POST = core(t.Post)
_REVISION = core(t.Revision)
_ACCOUNT = core(t.Account)
_POLICY = core(t.PolicyVersion)

SHORT_WAIT = timedelta(minutes=5)  # waits that end by themselves before anybody has read of them
MOST = 200  # of each kind: a list that is longer is worked off from the top

# state -> (the action that the person needs to be allowed, what is said)
ATTENTION = {
    "unknown": (
        "resolve",
        "did it go out?",
        "publisher resolve {where} --published URL | --not-published --reason …",
    ),
    "accepted": (
        "resolve",
        "did the network's moderators take it?",
        "publisher resolve {where} --published URL | --not-published --reason …",
    ),
    "refused": (
        "edit",
        "the network refused it",
        "publisher edit {where} --text … | cancel {where}",
    ),
    "blocked": (
        "edit",
        "the policy does not let it out",
        "publisher edit {where} --text … | cancel {where}",
    ),
    "expired": (
        "confirm",
        "it was too late",
        "publisher confirm {where} | reschedule {where} --at TIME | cancel {where}",
    ),
    "partly_published": (
        "retract",
        "only a part is public",
        "publisher retract {where} --reason …",
    ),
}


def todo_json(tx: Tx, *, mine: bool = False) -> list[dict[str, Any]]:
    """`[{who, what, do, post, account}]`; `mine`: only what the actor may do."""
    found = [*_requests(tx), *_stops(tx), *_attention(tx), *_waiting(tx), *_reviews(tx),
             *_broken(tx), *_told_to_wait(tx), *_policies(tx), *_config_changes(tx),
             *_drafts(tx)]  # fmt: skip
    shown = [one for one in found if not mine or _may(tx, one)]
    return [{k: v for k, v in one.items() if not k.startswith("_")} for one in shown]


def _may(tx: Tx, one: dict[str, Any]) -> bool:
    if tx.actor.person in one["_not"]:
        return False
    return one["who"] == tx.actor.person or bool(MAY[one["_action"]] & tx.actor.roles)


def _item(who: str, what: str, do: str, action: str, **more: Any) -> dict[str, Any]:
    return {
        "who": who,
        "what": what,
        "do": do,
        "post": more.get("post"),
        "account": more.get("account"),
        "_action": action,
        "_not": more.get("but", ()),
    }


def _stops(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in stops.in_force(tx):
        own = row.by == MACHINE.person
        do = "publisher adopt --reason …" if own else "publisher resume"
        yield _item(
            "admin" if own else "duty officer",
            f"Stopped: {row.scope}, by {row.by}: {row.reason}",
            do,
            "operate" if own else "resume",
        )


def _attention(tx: Tx) -> Iterator[dict[str, Any]]:
    looking = _DELIVERY.c.state.in_(("unknown", "accepted"))  # with a wake_at: still looked up
    rows = tx.all(
        select(_DELIVERY, _POST.c.author)
        .join_from(_DELIVERY, _POST, _POST.c.id == _DELIVERY.c.post_id)
        .where(
            _DELIVERY.c.state.in_(tuple(ATTENTION)), ~(looking & _DELIVERY.c.wake_at.is_not(None))
        )
        .order_by((~looking).label("settled"), _DELIVERY.c.id.desc())
        .limit(MOST)
    )
    for row in rows:
        action, said, do = ATTENTION[row.state]
        where = f"{row.post_id}/{row.account}"
        who = "duty officer" if row.state in ("unknown", "accepted") else row.author
        detail = f": {row.reason}" if row.reason else ""
        yield _item(who, f"{where} {said}{detail}", do.format(where=where), action,
                    post=row.post_id, account=row.account)  # fmt: skip


def _waiting(tx: Tx) -> Iterator[dict[str, Any]]:
    """What waits for a yes, the next to be released first."""
    rows = tx.all(
        select(_DELIVERY, _POST.c.author, _REVISION.c.text)
        .join_from(_DELIVERY, _POST, _POST.c.id == _DELIVERY.c.post_id)
        .join(
            _REVISION,
            and_(
                _REVISION.c.post_id == _DELIVERY.c.post_id,
                _REVISION.c.number == _DELIVERY.c.revision,
            ),
        )
        .where(_DELIVERY.c.state == "waiting", _DELIVERY.c.verdict.in_(("APPROVE", "HOLD")))
        .order_by(_DELIVERY.c.release_at)
        .limit(MOST)
    )
    seen: set[str] = set()
    for row in rows:
        by_rule = {f["rule"]: f for f in row.findings if f["effect"] in ("APPROVE", "HOLD")}
        yield from _one_waiting(row, by_rule, seen)


def _one_waiting(
    row: Row[Any], by_rule: dict[str, Any], seen: set[str]
) -> Iterator[dict[str, Any]]:
    where, due = f"{row.post_id}/{row.account}", shown(row.release_at, row.requested_zone)
    urgent = "exception" in by_rule  # its grant is its approval
    if "approval" in by_rule and not urgent and row.post_id not in seen:
        seen.add(row.post_id)
        if by_rule["approval"]["sentence"] == "returned":
            yield _item(
                row.author,
                f"{row.post_id} came back: {by_rule['approval']['args'].get('reason', '')}",
                f"publisher edit {row.post_id} --text …",
                "edit",
                post=row.post_id,
            )
        else:
            yield _item(
                "approver",
                f"{row.post_id} by {row.author} waits for a yes{_words(row)}; it is due {due}",
                f"publisher show {row.post_id}, then publisher approve {row.post_id} --seen …",
                "approve",
                post=row.post_id,
                but=tuple(by_rule["approval"]["args"]["own"].split(", ")),
            )
    if "moved" in by_rule:
        yield _item(row.author, f"{where} would go out {due}, much later than asked",
                    f"publisher confirm {where} | reschedule {where} --at TIME", "confirm",
                    post=row.post_id, account=row.account)  # fmt: skip
    if "paused" in by_rule:
        yield _item(row.author, f"{where} is kept back: {row.paused}",
                    f"publisher confirm {where} | unpause {where} | cancel {where}", "confirm",
                    post=row.post_id, account=row.account)  # fmt: skip


def _words(row: Row[Any]) -> str:
    """Where it goes, and the beginning of what it says."""
    text = " ".join(str(row.text).split())
    return f" to go to {row.account}: “{text if len(text) <= 60 else text[:59] + '…'}”"


def _requests(tx: Tx) -> Iterator[dict[str, Any]]:
    """What is asked out of hours and could still go: it stands first, because somebody waits for it."""
    rows = [r for r in exceptions.listed(tx, unsettled=True)[:MOST] if not r.granted_by]
    wanted = [one for row in rows for one in row.deliveries]
    open_ = {
        r.id: r.account
        for r in tx.all(
            select(_DELIVERY).where(
                _DELIVERY.c.id.in_(wanted), _DELIVERY.c.state.in_(("waiting", "expired"))
            )
        )
    }
    for row in rows:
        accounts = sorted(
            {open_[one] for one in row.deliveries if one in open_} | set(row.accounts)
        )
        if accounts:
            yield _item(
                "duty officer",
                f"{row.requested_by} asks ({row.kind}, {row.category}) for "
                f"{', '.join(accounts)}: {row.reason}",
                f"publisher urgent {row.post_id}"
                if row.kind == "urgent"
                else f"publisher exception grant {row.id}",
                "grant exception",
                post=row.post_id,
                but=(row.requested_by,),
            )


def _reviews(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in exceptions.listed(tx, unsettled=True)[:MOST]:
        if row.granted_by and not exceptions.unused_slot(tx, row):
            yield _item(
                "approver",
                f"Review the {row.kind} exception {row.id} by "
                f"{shown(row.review_due, tx.zone())}: {row.reason}",
                f"publisher exception review {row.id} --note …",
                "review exception",
                post=row.post_id,
                but=(row.requested_by, row.granted_by),
            )


def _broken(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in tx.all(select(_ACCOUNT).where(_ACCOUNT.c.broken_since.is_not(None))):
        yield _item("admin", f"{row.id} needs reconnecting: {row.broken_reason}",
                    f"renew its credentials, then publisher accounts verify {row.id}",
                    "verify accounts", account=row.id)  # fmt: skip


def _told_to_wait(tx: Tx) -> Iterator[dict[str, Any]]:
    """Accounts that a network keeps waiting for longer than a person would notice by themselves."""
    for row in tx.all(select(_ACCOUNT).where(_ACCOUNT.c.not_before > tx.now + SHORT_WAIT)):
        yield _item("duty officer",
                    f"{row.id} waits until {shown(row.not_before, tx.zone(row.calendar))}, "
                    "as its network asked",
                    f"if that cannot be meant, publisher accounts resume {row.id}",
                    "resume", account=row.id)  # fmt: skip


def _policies(tx: Tx) -> Iterator[dict[str, Any]]:
    newest = tx.value(select(_POLICY.c.id).where(_POLICY.c.activated_at.is_not(None))
                      .order_by(_POLICY.c.id.desc()).limit(1)) or 0  # fmt: skip
    waiting = _POLICY.c.activated_at.is_(None)
    for row in tx.all(select(_POLICY).where(waiting, _POLICY.c.id > newest)):
        yield _item("policy owner", f"{row.proposed_by} proposes policy version {row.id}",
                    f"publisher policy activate --second {row.id}", "confirm policy",
                    but=(row.proposed_by,))  # fmt: skip


def _config_changes(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in changes.open_changes(tx):
        said = f"config.toml asks to loosen {row.kind} {row.name}: {said_of(row.old, row.new)}"
        may = changes.owners(tx, row)
        yield _item("policy owner", said, f"publisher config confirm {row.id}", "confirm config",
                    account=row.name if row.kind == "account" else None,
                    but=() if tx.actor.person in may else (tx.actor.person,))  # fmt: skip


def _drafts(tx: Tx) -> Iterator[dict[str, Any]]:
    rows = tx.all(
        select(_POST).where(_POST.c.state == "draft").order_by(_POST.c.created_at).limit(MOST)
    )
    for row in rows:
        yield _item(
            row.author,
            f"{row.id} is a draft",
            f"publisher submit {row.id} | cancel {row.id}",
            "submit",
            post=row.id,
        )
