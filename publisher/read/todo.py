"""Everything that needs a person, by person, each with what can be done."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import exists, select

from publisher.acts import act_of
from publisher.desk.parts import pending, permissions, stopped
from publisher.desk.parts.selves import my
from publisher.desk.parts.took_part import took_part
from publisher.errors import Do
from publisher.lifecycle import CAN_GO, DEAD, NEEDS_PERSON, UNCLEAR
from publisher.read.beginnings import beginnings, begins
from publisher.read.view import Act, View
from publisher.roles import MACHINE, MAY, authorize
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.notices import about, give_way, plain, where
from publisher.store.provision import said_of
from publisher.store.rows import DeliveryRow
from publisher.store.tables import core
from publisher.words import ENGLISH, part, say, word

if TYPE_CHECKING:
    from publisher.store.rows import GrantedRow, TextRow

_DELIVERY = core(t.Delivery)
_OTHER = _DELIVERY.alias()
_POST = core(t.Post)
_REVISION = core(t.Revision)
_ACCOUNT = core(t.Account)

SOON = timedelta(days=1)  # what is due within this goes before what already came to rest
SHORT_WAIT = timedelta(minutes=5)  # waits that end by themselves before anybody has read of them
MOST = 200  # of each kind: a list that is longer is worked off from the top

# state -> (the action that the person needs to be allowed, what they can do)
ATTENTION = {
    "unknown": ("resolve", ("resolve",)),
    "accepted": ("resolve", ("resolve",)),
    "refused": ("edit", ("edit", "cancel")),
    "blocked": ("edit", ("edit", "cancel")),
    "expired": ("confirm", ("confirm", "reschedule", "cancel")),
    "partly_published": ("retract", ("retract",)),
}


class Todo(View):
    """One thing that needs a person."""

    who: str
    """A person's name, or a role."""
    code: str
    """The sentence of `publisher/words/` that says what."""
    args: dict[str, Any]
    """What stands in that sentence."""
    what: str
    """The same in the reader's language."""
    acts: tuple[Act, ...]
    """What can be done about it (as of a finding)."""
    post: str | None
    """The post that it is about."""
    account: str | None
    """The account that it is about."""


def todo(tx: Tx, *, mine: bool = False, lang: str = ENGLISH) -> list[Todo]:
    """What needs a person, the most urgent first; `mine`: only what the actor may and should do."""
    authorize(tx.actor, "read")
    soon, later = _waiting(tx)
    found = [*_requests(tx), *_stops(tx), *_attention(tx, UNCLEAR), *_broken(tx),
             *_told_to_wait(tx), *soon, *_attention(tx, NEEDS_PERSON - UNCLEAR), *later, *_reviews(tx),
             *_policies(tx), *_config_changes(tx), *_drafts(tx)]  # fmt: skip
    names = my(tx) if mine else frozenset()
    return [one.told(lang) for one in found if not mine or _is_mine(tx, names, one)]


@dataclass(frozen=True)
class Item:
    """One thing for a person. `action`: what they need to be allowed.

    `whose`: only these people and roles; `but`: not these people, whatever their role.
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

    def told(self, lang: str) -> Todo:
        """For a reader."""
        code, args = f"todo.{self.code}", plain(self.args)
        return Todo(
            who=self.who, code=code, args=args, what=say(code, args, lang, zone=args.get("zone", "UTC")),
            acts=tuple(one.json() for one in self.acts), post=self.post, account=self.account,
        )  # fmt: skip


def _is_mine(tx: Tx, names: Collection[str], one: Item) -> bool:
    """What the actor, under any of their `names`, may do, and what is no one else's own matter."""
    me, may = {tx.actor.person, *tx.actor.roles}, MAY[one.action]
    allowed = tx.actor.roles & may and not set(names) & set(one.but)
    return bool(allowed and me & set(one.whose or may))


def _named(row: "TextRow") -> dict[str, str]:
    """A delivery as people know it: where it stands, and what it says there."""
    return {"where": where(row), "words": begins(row.variants.get(row.account, row.text))}


def _because(reason: str | None) -> Any:
    return part("todo.because", reason=reason) if reason else ""


def _stops(tx: Tx) -> Iterator[Item]:
    for row in stopped.in_force(tx):
        own = row.by == MACHINE.person
        act = Do("operate", {"how": "adopt"}) if own else stopped.lifting(row.scope)
        yield Item("admin" if own else "duty officer", "stopped", {"stop": stopped.said(tx, row)}, [act],
                   "operate" if own else "resume")  # fmt: skip


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


def _attention(tx: Tx, states: Collection[str]) -> Iterator[Item]:
    looking = _DELIVERY.c.state.in_(UNCLEAR) & _DELIVERY.c.wake_at.is_not(None)  # still looked up
    takedown = exists().where(
        _OTHER.c.post_id == _DELIVERY.c.post_id, _OTHER.c.account == _DELIVERY.c.account,
        _OTHER.c.transmits.is_(False), _OTHER.c.id != _DELIVERY.c.id,
    )  # fmt: skip
    stands = _OTHER.c.state.not_in(DEAD)
    # A takedown that came to nothing, and was asked for again, asks nobody any more.
    again = t.UNDOES & takedown.where(stands | (_OTHER.c.requested_at > _DELIVERY.c.requested_at))
    # Nor does what is public in part and is being taken down.
    goes = (_DELIVERY.c.state == "partly_published") & takedown.where(stands)
    newest = (
        select(_DELIVERY.c.id)
        .where(t.ATTENTION, _DELIVERY.c.state.in_(states), ~looking, ~again, ~goes)
        .order_by(_DELIVERY.c.id.desc())
        .limit(MOST)
    )
    mine = _deliveries().where(_DELIVERY.c.id.in_(newest)).order_by(_DELIVERY.c.id.desc())
    rows: Sequence[TextRow] = tx.all(mine)
    for row in rows:
        unclear = row.state in UNCLEAR
        code, action, acts = _asked(row)
        yield Item("duty officer" if unclear else row.author, code,
                   {**_named(row), "because": _because(row.reason)}, acts, action,
                   whose=() if unclear else (row.author, "duty officer"),
                   post=row.post_id, account=row.account)  # fmt: skip


def _asked(row: DeliveryRow) -> tuple[str, str, Sequence[Do]]:
    """What is asked about it, what the person needs to be allowed, and what they can do."""
    if not act_of(row).undoes:
        action, acts = ATTENTION[row.state]
        stopped = row.state == "refused" and "theirs" in row.notes
        return row.state, action, give_way(row) if stopped else [about(act, row) for act in acts]
    if row.state in UNCLEAR:
        return "takedown_unclear", "resolve", [about("resolve", row, how="takedown")]
    return "not_taken_down", "retract", [about("retract", row)]


def _waiting(tx: Tx) -> tuple[list[Item], list[Item]]:
    """What waits for a yes, the next to be released first: what is due soon, and the rest."""
    held = select(_DELIVERY.c.id).where(t.KEPT_BACK).order_by(_DELIVERY.c.release_at).limit(MOST)
    mine = _deliveries().where(_DELIVERY.c.id.in_(held)).order_by(_DELIVERY.c.release_at)
    rows: Sequence[TextRow] = tx.all(mine)
    places = _places(tx, {row.post_id for row in rows})
    by_post: dict[str, list[TextRow]] = {}
    for row in rows:
        by_post.setdefault(row.post_id, []).append(row)
    soon: list[Item] = []
    later: list[Item] = []
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


def _approval(rows: "Sequence[TextRow]", places: Sequence[str], *, late: bool) -> Iterator[Item]:
    """What a second person, or its author, says of the post; an urgent notice's grant is its approval."""
    row = next(
        (r for r in rows if "approval" in (of := _holding(r)) and "exception" not in of), None
    )
    if row is None:
        return
    finding, words = _holding(row)["approval"], begins(row.text)
    if finding["sentence"] == "returned":
        args = {"post": row.post_id, "words": words, "reason": finding["args"].get("reason", "")}
        yield Item(row.author, "returned", args, [Do("edit", {"post": row.post_id})], "edit",
                   post=row.post_id, whose=(row.author,))  # fmt: skip
        return
    yield Item("approver", "approve_late" if late else "approve",
               {"post": row.post_id, "words": words, "author": row.author, "places": list(places),
                "count": len(places), "due": row.release_at, "zone": row.requested_zone},
               [Do("approve", {"post": row.post_id})], "approve",
               post=row.post_id, but=finding["args"]["own"].split(", "))  # fmt: skip


def _holding(row: DeliveryRow) -> dict[str, Any]:
    return {f["rule"]: f for f in row.findings if f["effect"] in ("APPROVE", "HOLD")}


_KEPT_BACK = (
    ("moved", ("confirm", "reschedule")),
    ("paused", ("confirm", "unpause", "cancel")),
)


def _why(rule: str, row: DeliveryRow) -> dict[str, Any]:
    if rule == "moved":
        return {"due": row.release_at, "zone": row.requested_zone}
    return {"reason": row.paused}


def _kept_back(rows: "Sequence[TextRow]", places: int) -> Iterator[Item]:
    """What its author decides: said once of the whole post where that is meant, else by account."""
    for rule, acts in _KEPT_BACK:
        # An urgent notice goes when it is granted; a later time is no answer to it.
        held = [row for row in rows if rule in (of := _holding(row))
                and not (rule == "moved" and "exception" in of)]  # fmt: skip
        whole = len(held) == places and all(_why(rule, row) == _why(rule, held[0]) for row in held)
        for row in held[:1] if whole else held:
            named = {"where": row.post_id, "words": begins(row.text)} if whole else _named(row)
            of = {"post": row.post_id} | ({} if whole else {"account": row.account})
            yield Item(row.author, rule, {**named, **_why(rule, row)}, [Do(act, of) for act in acts],
                       "confirm", post=row.post_id, account=None if whole else row.account,
                       whose=(row.author, "duty officer"))  # fmt: skip


def _requests(tx: Tx) -> Iterator[Item]:
    """What is asked out of hours and could still go: it stands first, because somebody waits for it."""
    rows = [r for r in permissions.listed(tx, unsettled=True)[:MOST] if not r.granted_by]
    said = beginnings(tx, {row.post_id for row in rows})
    wanted = [one for row in rows for one in row.deliveries]
    open_ = {
        r.id: r.account
        for r in tx.all(
            select(_DELIVERY).where(
                _DELIVERY.c.id.in_(wanted), _DELIVERY.c.state.in_(CAN_GO - {"claimed"})
            )
        )
    }
    for row in rows:
        accounts = sorted(
            {open_[one] for one in row.deliveries if one in open_} | set(row.accounts)
        )
        if accounts:
            urgent = row.kind == "urgent"
            grant = (
                {"kind": "urgent", "post": row.post_id or ""} if urgent else {"exception": row.id}
            )
            yield Item("duty officer", "request" if row.post_id in said else "request_incident",
                       {"person": row.requested_by, "kind": word("kind", row.kind),
                        "category": row.category, "words": said.get(row.post_id, ""), "accounts": accounts,
                        "reason": row.reason},
                       [Do("grant exception", grant)], "grant exception", post=row.post_id,
                       but=(row.requested_by,))  # fmt: skip


def _reviews(tx: Tx) -> Iterator[Item]:
    rows = [r for r in permissions.listed(tx, unsettled=True)[:MOST] if r.granted_by]
    said = beginnings(tx, {row.post_id for row in rows})
    for row in sorted(cast("list[GrantedRow]", rows), key=lambda r: r.review_due):
        if not permissions.unused_slot(tx, row):
            yield Item("approver", "review" if row.post_id in said else "review_incident",
                       {"kind": word("kind", row.kind), "exception": row.id,
                        "words": said.get(row.post_id, ""),
                        "due": row.review_due, "zone": tx.zone(), "reason": row.reason},
                       [Do("review exception", {"exception": row.id})], "review exception",
                       post=row.post_id, but=took_part(tx, row))  # fmt: skip


def _broken(tx: Tx) -> Iterator[Item]:
    for row in tx.all(select(_ACCOUNT).where(_ACCOUNT.c.broken_since.is_not(None))):
        yield Item("admin", "broken", {"account": row.id, "reason": row.broken_reason},
                   [Do("verify accounts", {"account": row.id})], "verify accounts",
                   account=row.id)  # fmt: skip


def _told_to_wait(tx: Tx) -> Iterator[Item]:
    """Accounts that a network keeps waiting for longer than a person would notice by themselves."""
    for row in tx.all(select(_ACCOUNT).where(_ACCOUNT.c.not_before > tx.now + SHORT_WAIT)):
        lift = Do("resume", {"how": "account", "account": row.id})
        yield Item("duty officer", "told_to_wait", {"wait": stopped.waits(tx, row)}, [lift], "resume",
                   account=row.id)  # fmt: skip


def _policies(tx: Tx) -> Iterator[Item]:
    for row in pending.proposals(tx):
        yield Item("policy owner", "policy", {"person": row.proposed_by, "version": row.id},
                   [Do("confirm policy", {"version": str(row.id)})], "confirm policy",
                   but=(row.proposed_by,))  # fmt: skip


def _config_changes(tx: Tx) -> Iterator[Item]:
    for row in pending.open_changes(tx):
        may = pending.owners(tx, row)
        yield Item("policy owner", "config",
                   {"kind": word("kind", row.kind), "name": row.name,
                    "change": said_of(row.old, row.new)},
                   [Do("confirm config", {"change": str(row.id)})], "confirm config",
                   account=row.name if row.kind == "account" else None,
                   but=() if tx.actor.person in may else (tx.actor.person,))  # fmt: skip


def _drafts(tx: Tx) -> Iterator[Item]:
    rows = tx.all(select(_POST).where(t.DRAFT).order_by(_POST.c.created_at).limit(MOST))
    said = beginnings(tx, {row.id for row in rows})
    for row in rows:
        yield Item(row.author, "draft", {"post": row.id, "words": said[row.id]},
                   [Do(act, {"post": row.id}) for act in ("submit", "edit", "cancel")], "submit",
                   post=row.id, whose=(row.author,))  # fmt: skip
