"""What the deliveries of posts need of people: an answer, a yes, a decision."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from publisher.acts import act_of
from publisher.content import begins
from publisher.desk.parts import seen
from publisher.desk.parts.continuing import hindrances
from publisher.errors import Do, Problem
from publisher.lifecycle import DEAD, UNCLEAR
from publisher.roles import sees
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.notices import about, gave_way, give_way, where
from publisher.store.rows import DeliveryRow
from publisher.store.tables import core
from publisher.words import kept, part

if TYPE_CHECKING:
    from publisher.store.rows import TextRow

_DELIVERY = core(t.Delivery)
_OTHER = _DELIVERY.alias()
_POST = core(t.Post)
_REVISION = core(t.Revision)
_ACCOUNT = core(t.Account)

SOON = timedelta(days=1)  # what is due within this goes before what already came to rest
MOST = 200  # of each kind: a list that is longer is worked off from the top

# state -> (the action that the person needs to be allowed, what they can do)
ASKS = {
    "unknown": ("resolve", ("resolve",)),
    "accepted": ("resolve", ("resolve",)),
    "refused": ("edit", ("edit", "cancel")),
    "blocked": ("edit", ("edit", "cancel")),
    "expired": ("confirm", ("confirm", "reschedule", "cancel")),
    "partly_published": ("continue", ("continue", "retract")),
}


@dataclass(frozen=True)
class Item:
    """One thing for a person. `action`: what they need to be allowed.

    `whose`: only these people and roles; `but`: not these people, whatever their role. `accounts`: what it
    is about, where that is not one account.
    """

    who: str
    code: str
    args: Mapping[str, Any]
    acts: Sequence[Do]
    action: str
    post: str | None = None
    account: str | None = None
    whose: Collection[str] = ()
    but: Collection[str] = ()
    accounts: Collection[str] = ()


def _named(row: "TextRow") -> dict[str, str]:
    """A delivery as people know it: where it stands, and what it says there."""
    return {"where": where(row), "words": begins(row.variants.get(row.account, row.text))}


def _because(reason: str | None) -> Any:
    return part("todo.because", reason=kept(reason)) if reason else ""


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


def unsettled(tx: Tx, states: Collection[str]) -> Iterator[Item]:
    looking = _DELIVERY.c.state.in_(UNCLEAR) & _DELIVERY.c.wake_at.is_not(None)  # still looked up
    takedown = exists().where(
        _OTHER.c.post_id == _DELIVERY.c.post_id,
        _OTHER.c.account == _DELIVERY.c.account,
        _OTHER.c.transmits.is_(False),
        _OTHER.c.id != _DELIVERY.c.id,
    )
    stands = _OTHER.c.state.not_in(DEAD)
    # A takedown that came to nothing, and was asked for again, asks nobody any more.
    again = t.UNDOES & takedown.where(stands | (_OTHER.c.requested_at > _DELIVERY.c.requested_at))
    # Nor does what is public in part and is being taken down.
    goes = (_DELIVERY.c.state == "partly_published") & takedown.where(stands)
    newest = (
        select(_DELIVERY.c.id)
        .where(t.ATTENTION, _DELIVERY.c.state.in_(states), ~looking, ~again, ~goes)
        .where(seen.accounts(tx, _DELIVERY.c.account))
        .order_by(_DELIVERY.c.id.desc())
        .limit(MOST)
    )
    mine = _deliveries().where(_DELIVERY.c.id.in_(newest)).order_by(_DELIVERY.c.id.desc())
    rows: Sequence[TextRow] = tx.all(mine)
    stuck = hindrances(tx, [row for row in rows if row.state == "partly_published"])
    for row in rows:
        unclear = row.state in UNCLEAR
        code, action, acts = _asked(row, stuck.get(row.id))
        yield Item(
            "duty officer" if unclear else row.author,
            code,
            {**_named(row), "because": _because(row.reason)},
            acts,
            action,
            whose=() if unclear else (row.author, "duty officer"),
            post=row.post_id,
            account=row.account,
        )


def _asked(row: DeliveryRow, stuck: Problem | None) -> tuple[str, str, Sequence[Do]]:
    """What is asked about it, what the person needs to be allowed, and what they can do.

    `stuck`: why a thread cannot be gone on with, and what can be done instead.
    """
    if stuck is not None:
        return row.state, "retract", stuck.acts
    if not act_of(row).undoes:
        action, acts = ASKS[row.state]
        return row.state, action, give_way(row) if gave_way(row) else [about(a, row) for a in acts]
    if row.state in UNCLEAR:
        return "takedown_unclear", "resolve", [about("resolve", row, how="takedown")]
    return "not_taken_down", "retract", [about("retract", row)]


def waiting(tx: Tx) -> tuple[list[Item], list[Item]]:
    """What waits for a yes, the next to be released first: what is due soon, and the rest."""
    theirs = seen.accounts(tx, _DELIVERY.c.account)
    held = select(_DELIVERY.c.id).where(t.KEPT_BACK, theirs).order_by(_DELIVERY.c.release_at)
    held = held.limit(MOST)
    mine = _deliveries().where(_DELIVERY.c.id.in_(held)).order_by(_DELIVERY.c.release_at)
    rows: Sequence[TextRow] = tx.all(mine)
    places = _places(tx, {row.post_id for row in rows})
    # Who may see a part of a post only says yes to it account by account.
    apart = sees(tx.actor) is not None
    together: dict[tuple[str, str], list[TextRow]] = {}
    for row in rows:
        together.setdefault((row.post_id, row.account if apart else ""), []).append(row)
    soon: list[Item] = []
    later: list[Item] = []
    for (post, account), mine in together.items():
        into = soon if mine[0].release_at <= tx.now + SOON else later
        late = mine[0].release_at < tx.now
        there = [one for one in places[post] if one.partition(" ")[0] == account or not account]
        into += _approval(mine, (account, there), late=late)
        into += _kept_back(mine, 1 if apart else len(there), apart=apart)
    return soon, later


def _places(tx: Tx, posts: Collection[str]) -> dict[str, list[str]]:
    """By post, every account where it waits, with its network."""
    found: dict[str, list[str]] = {post: [] for post in posts}
    rows = tx.all(
        select(_DELIVERY.c.post_id, _ACCOUNT.c.id, _ACCOUNT.c.network)
        .join_from(_DELIVERY, _ACCOUNT, _ACCOUNT.c.id == _DELIVERY.c.account)
        .where(_DELIVERY.c.post_id.in_(posts), _DELIVERY.c.state == "waiting")
        .where(seen.accounts(tx, _DELIVERY.c.account))
        .order_by(_ACCOUNT.c.id)
        .distinct()
    )
    for row in rows:
        found[row.post_id].append(f"{row.id} ({row.network})")
    return found


def _approval(
    rows: "Sequence[TextRow]", of: tuple[str, Sequence[str]], *, late: bool
) -> Iterator[Item]:
    """What a second person, or its author, says of the post; an urgent notice's grant is its approval.

    `of`: the account that it is about, "" for all of the post's, and where it waits.
    """
    account, places = of
    row = next(
        (r for r in rows if "approval" in (why := _holding(r)) and "exception" not in why), None
    )
    if row is None:
        return
    finding, words = _holding(row)["approval"], begins(row.text)
    if finding["sentence"] == "returned":
        yield _returned(row, account, words, finding["args"].get("reason", ""))
        return
    yield Item(
        "approver",
        "approve_late" if late else "approve",
        {
            "post": row.post_id,
            "words": words,
            "author": row.author,
            "places": list(places),
            "count": len(places),
            "due": row.release_at,
            "zone": row.requested_zone,
        },
        [Do("approve", {"post": row.post_id} | ({"account": account} if account else {}))],
        "approve",
        post=row.post_id,
        account=account or None,
        but=finding["args"]["own"].split(", "),
    )


def _returned(row: "TextRow", account: str, words: str, why: str) -> Item:
    return Item(
        row.author,
        "returned",
        {"post": row.post_id, "words": words, "reason": why},
        [Do("edit", {"post": row.post_id})],
        "edit",
        post=row.post_id,
        account=account or None,
        whose=(row.author,),
    )


def _holding(row: DeliveryRow) -> dict[str, Any]:
    return {f["rule"]: f for f in row.findings if f["effect"] in ("APPROVE", "HOLD")}


_KEPT_BACK = (
    ("moved", ("confirm", "reschedule")),
    ("paused", ("confirm", "unpause", "cancel")),
)


def _why(rule: str, row: DeliveryRow) -> dict[str, Any]:
    if rule == "moved":
        return {"due": row.release_at, "zone": row.requested_zone}
    return {"reason": kept(row.paused)}


def _kept_back(rows: "Sequence[TextRow]", places: int, *, apart: bool) -> Iterator[Item]:
    """What its author decides: said once of the whole post where that is meant, else by account."""
    for rule, acts in _KEPT_BACK:
        # An urgent notice goes when it is granted; a later time is no answer to it.
        held = [
            row
            for row in rows
            if rule in (of := _holding(row)) and not (rule == "moved" and "exception" in of)
        ]
        same = all(_why(rule, row) == _why(rule, held[0]) for row in held)
        whole = not apart and len(held) == places and same
        for row in held[:1] if whole else held:
            named = {"where": row.post_id, "words": begins(row.text)} if whole else _named(row)
            of = {"post": row.post_id} | ({} if whole else {"account": row.account})
            yield Item(
                row.author,
                rule,
                {**named, **_why(rule, row)},
                [Do(act, of) for act in acts],
                "confirm",
                post=row.post_id,
                account=None if whole else row.account,
                whose=(row.author, "duty officer"),
            )
