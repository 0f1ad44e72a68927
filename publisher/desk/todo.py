"""Everything that needs a person, by person, each with the command that does it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from publisher.clock import shown
from publisher.desk import changes, exceptions, policies, stops, waits
from publisher.desk.part import took_part
from publisher.desk.selves import my
from publisher.roles import MACHINE, MAY
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.provision import said_of
from publisher.store.tables import core

_DELIVERY = core(t.Delivery)
_POST = core(t.Post)
_REVISION = core(t.Revision)
_ACCOUNT = core(t.Account)

SOON = timedelta(days=1)  # what is due within this goes before what already came to rest
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


UNCLEAR = ("unknown", "accepted")
SETTLED = tuple(state for state in ATTENTION if state not in UNCLEAR)


def todo_json(tx: Tx, *, mine: bool = False) -> list[dict[str, Any]]:
    """`[{who, what, do, post, account}]`, the most urgent first; `mine`: only what is the actor's."""
    soon, later = _waiting(tx)
    found = [*_requests(tx), *_stops(tx), *_attention(tx, UNCLEAR), *_broken(tx),
             *_told_to_wait(tx), *soon, *_attention(tx, SETTLED), *later, *_reviews(tx),
             *_policies(tx), *_config_changes(tx), *_drafts(tx)]  # fmt: skip
    names = my(tx) if mine else frozenset()
    shown = [one for one in found if not mine or _is_mine(tx, names, one)]
    return [{k: v for k, v in one.items() if not k.startswith("_")} for one in shown]


def _is_mine(tx: Tx, names: Collection[str], one: dict[str, Any]) -> bool:
    """What the actor, under any of their `names`, may do, and what is no one else's own matter."""
    me, may = {tx.actor.person, *tx.actor.roles}, MAY[one["_action"]]
    allowed = tx.actor.roles & may and not set(names) & set(one["_not"])
    return bool(allowed and me & set(one["_whose"] or may))


def _item(who: str, what: str, do: str, action: str, **more: Any) -> dict[str, Any]:
    """`whose`: only these people and roles; `but`: not these people, whatever their role."""
    return {
        "who": who,
        "what": what,
        "do": do,
        "post": more.get("post"),
        "account": more.get("account"),
        "_action": action,
        "_whose": more.get("whose", ()),
        "_not": more.get("but", ()),
    }


def _said(text: str) -> str:
    """The beginning of the words, quoted."""
    words = " ".join(text.split())
    return f"“{words if len(words) <= 60 else words[:59] + '…'}”"


def _named(row: Row[Any]) -> str:
    """A delivery as people know it: where it stands, and what it says there."""
    return f"{row.post_id}/{row.account} {_said(row.variants.get(row.account, row.text))}"


def _stops(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in stops.in_force(tx):
        own = row.by == MACHINE.person
        do = "publisher adopt --reason …" if own else stops.lifted_by(row.scope)
        yield _item(
            "admin" if own else "duty officer",
            f"Stopped: {stops.said_of(tx, row)}",
            do,
            "operate" if own else "resume",
        )


def _deliveries() -> Any:
    """Deliveries with author and the words they carry."""
    words = (_REVISION.c.post_id == _DELIVERY.c.post_id) & (
        _REVISION.c.number == _DELIVERY.c.revision
    )
    return (
        select(_DELIVERY, _POST.c.author, _REVISION.c.text, _REVISION.c.variants)
        .join_from(_DELIVERY, _POST, _POST.c.id == _DELIVERY.c.post_id)
        .join(_REVISION, words)
    )


def _attention(tx: Tx, states: Collection[str]) -> Iterator[dict[str, Any]]:
    looking = _DELIVERY.c.state.in_(UNCLEAR) & _DELIVERY.c.wake_at.is_not(None)  # still looked up
    rows = tx.all(
        _deliveries()
        .where(_DELIVERY.c.state.in_(states), ~looking)
        .order_by(_DELIVERY.c.id.desc())
        .limit(MOST)
    )
    for row in rows:
        action, said, do = ATTENTION[row.state]
        unclear = row.state in UNCLEAR
        detail = f": {row.reason}" if row.reason else ""
        yield _item("duty officer" if unclear else row.author, f"{_named(row)}: {said}{detail}",
                    do.format(where=f"{row.post_id}/{row.account}"), action,
                    whose=() if unclear else (row.author, "duty officer"),
                    post=row.post_id, account=row.account)  # fmt: skip


def _waiting(tx: Tx) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What waits for a yes, the next to be released first: what is due soon, and the rest."""
    rows = tx.all(
        _deliveries()
        .where(_DELIVERY.c.state == "waiting", _DELIVERY.c.verdict.in_(("APPROVE", "HOLD")))
        .order_by(_DELIVERY.c.release_at)
        .limit(MOST)
    )
    places = _places(tx, {row.post_id for row in rows})
    by_post: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_post.setdefault(row.post_id, []).append(row)
    soon: list[dict[str, Any]] = []
    later: list[dict[str, Any]] = []
    for post, mine in by_post.items():
        into = soon if mine[0].release_at <= tx.now + SOON else later
        late = mine[0].release_at < tx.now
        into += _approval(mine, places[post], late=late)
        into += _kept_back(mine, len(places[post]))
    return soon, later


def _places(tx: Tx, posts: Collection[str]) -> dict[str, list[str]]:
    """By post, every account where it waits, with its network."""
    found: dict[str, list[str]] = {post: [] for post in posts}
    rows = tx.all(
        select(_DELIVERY.c.post_id, _ACCOUNT.c.id, _ACCOUNT.c.network)
        .join_from(_DELIVERY, _ACCOUNT, _ACCOUNT.c.id == _DELIVERY.c.account)
        .where(_DELIVERY.c.post_id.in_(posts), _DELIVERY.c.state == "waiting")
        .order_by(_ACCOUNT.c.id)
        .distinct()
    )
    for row in rows:
        found[row.post_id].append(f"{row.id} ({row.network})")
    return found


def _approval(
    rows: Sequence[Row[Any]], places: Sequence[str], *, late: bool
) -> Iterator[dict[str, Any]]:
    """What a second person, or its author, says of the post; an urgent notice's grant is its approval."""
    row = next(
        (r for r in rows if "approval" in (of := _holding(r)) and "exception" not in of), None
    )
    if row is None:
        return
    finding = _holding(row)["approval"]
    if finding["sentence"] == "returned":
        yield _item(
            row.author,
            f"{row.post_id} {_said(row.text)} came back: {finding['args'].get('reason', '')}",
            f"publisher edit {row.post_id} --text …",
            "edit",
            post=row.post_id,
            whose=(row.author,),
        )
        return
    due = f"{'it' if len(places) == 1 else 'the first'} {'was' if late else 'is'} due {_due(row)}"
    yield _item(
        "approver",
        f"{row.post_id} {_said(row.text)}, by {row.author}, waits for a yes to go to "
        f"{', '.join(places)}; {due}",
        f"publisher show {row.post_id}, then publisher approve {row.post_id} --seen …",
        "approve",
        post=row.post_id,
        but=tuple(finding["args"]["own"].split(", ")),
    )


def _holding(row: Row[Any]) -> dict[str, Any]:
    return {f["rule"]: f for f in row.findings if f["effect"] in ("APPROVE", "HOLD")}


def _due(row: Row[Any]) -> str:
    return shown(row.release_at, row.requested_zone)


def _late(row: Row[Any]) -> str:
    return f"would go out {_due(row)}, much later than asked"


def _paused(row: Row[Any]) -> str:
    return f"is kept back: {row.paused}"


_KEPT_BACK: tuple[tuple[str, Callable[[Row[Any]], str], str], ...] = (
    ("moved", _late, "publisher confirm {0} | reschedule {0} --at TIME"),
    ("paused", _paused, "publisher confirm {0} | unpause {0} | cancel {0}"),
)


def _kept_back(rows: Sequence[Row[Any]], places: int) -> Iterator[dict[str, Any]]:
    """What its author decides: said once of the whole post where that is meant, else by account."""
    for rule, sentence, do in _KEPT_BACK:
        # An urgent notice goes when it is granted; a later time is no answer to it.
        held = [row for row in rows if rule in (of := _holding(row))
                and not (rule == "moved" and "exception" in of)]  # fmt: skip
        whole = len(held) == places and len({sentence(row) for row in held}) == 1
        for row in held[:1] if whole else held:
            where = row.post_id if whole else f"{row.post_id}/{row.account}"
            what = f"{row.post_id} {_said(row.text)}" if whole else _named(row)
            yield _item(row.author, f"{what} {sentence(row)}", do.format(where), "confirm",
                        post=row.post_id, account=None if whole else row.account,
                        whose=(row.author, "duty officer"))  # fmt: skip


def texts(tx: Tx, posts: Collection[str | None]) -> dict[str | None, str]:
    """By post, the beginning of what it says now."""
    rows = tx.all(
        select(_POST.c.id, _REVISION.c.text)
        .join_from(_POST, _REVISION, _REVISION.c.post_id == _POST.c.id)
        .where(_POST.c.id.in_(posts), _REVISION.c.number == _POST.c.revision)
    )
    return {row.id: _said(row.text) for row in rows}


def _requests(tx: Tx) -> Iterator[dict[str, Any]]:
    """What is asked out of hours and could still go: it stands first, because somebody waits for it."""
    rows = [r for r in exceptions.listed(tx, unsettled=True)[:MOST] if not r.granted_by]
    said = texts(tx, {row.post_id for row in rows})
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
            what = f"to send {said[row.post_id]} to" if row.post_id in said else "for"
            yield _item(
                "duty officer",
                f"{row.requested_by} asks ({row.kind}, {row.category}) {what} "
                f"{', '.join(accounts)}: {row.reason}",
                f"publisher urgent {row.post_id}"
                if row.kind == "urgent"
                else f"publisher exception grant {row.id}",
                "grant exception",
                post=row.post_id,
                but=(row.requested_by,),
            )


def _reviews(tx: Tx) -> Iterator[dict[str, Any]]:
    rows = [r for r in exceptions.listed(tx, unsettled=True)[:MOST] if r.granted_by]
    said = texts(tx, {row.post_id for row in rows})
    for row in sorted(rows, key=lambda r: r.review_due):
        if not exceptions.unused_slot(tx, row):
            about = f" for {said[row.post_id]}" if row.post_id in said else ""
            yield _item(
                "approver",
                f"Review the {row.kind} exception {row.id}{about} by "
                f"{shown(row.review_due, tx.zone())}: {row.reason}",
                f"publisher exception review {row.id} --note …",
                "review exception",
                post=row.post_id,
                but=tuple(took_part(tx, row)),
            )


def _broken(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in tx.all(select(_ACCOUNT).where(_ACCOUNT.c.broken_since.is_not(None))):
        yield _item("admin", f"{row.id} needs reconnecting: {row.broken_reason}",
                    f"renew its credentials, then publisher accounts verify {row.id}",
                    "verify accounts", account=row.id)  # fmt: skip


def _told_to_wait(tx: Tx) -> Iterator[dict[str, Any]]:
    """Accounts that a network keeps waiting for longer than a person would notice by themselves."""
    for row in tx.all(select(_ACCOUNT).where(_ACCOUNT.c.not_before > tx.now + SHORT_WAIT)):
        yield _item("duty officer", f"{row.id} {waits.told(tx, row)}",
                    f"if that cannot be meant, publisher accounts resume {row.id}",
                    "resume", account=row.id)  # fmt: skip


def _policies(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in policies.proposals(tx):
        yield _item("policy owner", f"{row.proposed_by} proposes policy version {row.id}",
                    policies.look(row.id), "confirm policy",
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
    said = texts(tx, {row.id for row in rows})
    for row in rows:
        yield _item(
            row.author,
            f"{row.id} {said[row.id]} is a draft",
            f"publisher submit {row.id} | edit {row.id} --text … | cancel {row.id}",
            "submit",
            post=row.id,
            whose=(row.author,),
        )
