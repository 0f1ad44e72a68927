"""Facts for the rules: one query per kind of fact, however many deliveries are judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select

from publisher import policy as rules
from publisher.content import Account, Content, Rendered, fingerprint
from publisher.gate.public import public
from publisher.gate.rendering import content_for, ladder, safely_rendered, source
from publisher.gate.twins import twins, unclear
from publisher.gate.vanished import words
from publisher.gate.writers import writers
from publisher.networks.place import landing, place, said
from publisher.networks.registry import about, site_limits
from publisher.networks.wire.edits import as_edit
from publisher.policy import Case, Stage, WhoAmI
from publisher.policy.bundle import Policy
from publisher.policy.detect.embargo import until as embargoed
from publisher.roles import MACHINE
from publisher.store import Tx, bound
from publisher.store import tables as t
from publisher.store.tables import Utc, core
from publisher.words import as_text

_ACCOUNT = core(t.Account)
_REVISION = core(t.Revision)
_POST = core(t.Post)
_APPROVAL = core(t.Approval)
_GRANT = core(t.ExceptionGrant)
_DELIVERY = core(t.Delivery)
_LEDGER = core(t.LedgerRow)


def _among(column: Any, name: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(bindparam(name, expanding=True))
    return found


# Made once: making a statement costs as much as running it.
_ACCOUNTS = select(_ACCOUNT).where(_among(_ACCOUNT.c.id, "accounts"))
_POSTS = select(_POST).where(_among(_POST.c.id, "posts"))
_APPROVALS = select(_APPROVAL).where(_among(_APPROVAL.c.post_id, "posts"))
_REVISIONS = (
    select(_REVISION)
    .where(_among(_REVISION.c.post_id, "posts"))
    .order_by(_REVISION.c.post_id, _REVISION.c.number)
)
_GRANTS = select(_GRANT).where(
    _among(_GRANT.c.post_id, "posts") | (_GRANT.c.kind == "incident"),
    _GRANT.c.revoked_at.is_(None),
    (_GRANT.c.granted_by == "") | (_GRANT.c.expires_at > bindparam("since", type_=Utc)),
)
_SLOTS = (
    select(_DELIVERY.c.release_at)
    .where(
        _DELIVERY.c.account == bindparam("account"),
        t.LIVE,
        _DELIVERY.c.release_at.between(bindparam("start"), bindparam("end")),
        _DELIVERY.c.id != bindparam("but"),
        _DELIVERY.c.act != "retract",
    )
    .order_by(_DELIVERY.c.release_at)
)

_RETURNS = select(_LEDGER.c.post_id, _LEDGER.c.seq).where(
    _among(_LEDGER.c.post_id, "posts"), _LEDGER.c.verb == "return"
)

CredentialOf = Callable[[Row[Any]], str]


@dataclass(frozen=True)
class Facts:
    """One delivery with everything that is known about it; `case` is what the rules see."""

    row: Row[Any]
    account_row: Row[Any] | None
    case: Case
    before: Rendered | None = None  # of an edit: what we published there last


def account_value(row: Row[Any]) -> Account:
    """The register's row as rules and adapters see it; a retired account is not active."""
    return Account(
        id=row.id, network=row.network, calendar=row.calendar, disclaimers=row.disclaimers,
        lang=row.lang, remote_user_id=row.remote_user_id, base_url=row.base_url,
        options=row.options, sandbox=row.sandbox, active=row.active and row.retired_at is None,
        limits={**site_limits(row.network), **row.limits},
    )  # fmt: skip


def place_of(row: Row[Any]) -> str:
    """Where the account of this register row sends to now."""
    return place(account_value(row))


def _elsewhere(row: Row[Any], here: str) -> str:
    """In words, where the post is that an edit or a takedown is about, if its account has moved."""
    return "" if row.act == "publish" or row.place in ("", here) else said(row.place)


def gather(
    tx: Tx, rows: Sequence[Row[Any]], stage: Stage, credential_of: CredentialOf | None = None
) -> list[Facts]:
    """A case per delivery, in the order of `rows`, judged at `tx.now`."""
    if not rows:
        return []
    names = {"posts": list({row.post_id for row in rows})}
    accounts = _by_id(tx, _ACCOUNTS, {"accounts": list({row.account for row in rows})})
    revisions, posts = tx.all(_REVISIONS, names), _by_id(tx, _POSTS, names)
    approvals = tx.all(_APPROVALS, names)
    grants = tx.all(_GRANTS, {**names, "since": tx.now - timedelta(minutes=1)})
    order = bound.vouched(tx, {
        **bound.bindings(bound.ACCOUNT, accounts.values()),
        **bound.bindings(bound.RECOGNITION, accounts.values()),
        **bound.bindings(bound.REVISION, revisions),
        **bound.bindings(bound.POST, posts.values()),
        **bound.bindings(bound.APPROVAL, approvals),
        **bound.bindings(bound.GRANT, grants),
        # A plan sees a delivery as it will be; its move looks whether it was whole before.
        **(bound.bindings(bound.DELIVERY, rows) if stage == "send" else {}),
    })  # fmt: skip
    known = _Known(
        order=order,
        accounts=accounts,
        revisions={(row.post_id, row.number): row for row in revisions},
        posts=posts,
        written=_by_post(revisions),
        approvals=_decisions(approvals, order, tx.all(_RETURNS, names)),
        grants=[row for row in grants if bound.GRANT.fact(row) in order],
        stops=_stops(tx),
        unclear=unclear(tx, accounts.values()) if stage == "send" else (),
        public=public(tx, rows),
    )
    return [_facts(tx, row, known, stage, credential_of) for row in rows]


@dataclass(frozen=True)
class _Decision:
    """An approval row that the ledger vouches for, and its place in the ledger's order.

    A return that the ledger knows and whose row has vanished stands for every delivery.
    """

    seq: int
    row: Row[Any] | None

    def about(self, delivery: str) -> bool:
        return self.row is None or delivery in self.row.deliveries

    @property
    def returns(self) -> bool:
        return self.row is None or self.row.decision == "return"


@dataclass(frozen=True)
class _Known:
    order: Mapping[str, int]  # what the ledger vouches for, and under which of its rows
    accounts: Mapping[str, Row[Any]]
    revisions: Mapping[tuple[str, int], Row[Any]]
    posts: Mapping[str, Row[Any]]
    written: Mapping[str, Sequence[Row[Any]]]
    approvals: Mapping[str, Sequence[_Decision]]
    grants: Sequence[Row[Any]]
    stops: tuple[rules.Stop, ...]
    unclear: Sequence[Row[Any]]
    public: Mapping[str, Rendered]


def _facts(
    tx: Tx, row: Row[Any], known: _Known, stage: Stage, credential_of: CredentialOf | None
) -> Facts:
    account_row = known.accounts.get(row.account)
    account = account_value(account_row) if account_row else None
    case = _case(tx, row, known, stage, account)
    if account_row is not None:
        asked = stage == "send" and bound.RECOGNITION.fact(account_row) in known.order
        whoami = _whoami(account_row, credential_of) if asked else None
        case = replace(case, whoami=whoami, last_sent_at=account_row.last_sent_at,
                       elsewhere=_elsewhere(row, place_of(account_row)))  # fmt: skip
    return Facts(row, account_row, case, known.public.get(row.id))


def _case(tx: Tx, row: Row[Any], known: _Known, stage: Stage, account: Account | None) -> Case:
    policy = tx.policy
    post, revision = words(tx, row, known.posts, known.revisions)
    content = content_for(revision, row.account, account.lang if account else "en")
    rendered, sent, unrendered = safely_rendered(content, account, policy)
    rendered = _as_edit(rendered, known.public.get(row.id), content)
    mark = _mark(row, account, rendered)
    approvals = known.approvals.get(row.post_id, ())
    return Case(
        stage=stage,
        at=tx.now,
        account=account,
        act=row.act,
        content=content,
        rendered=rendered,
        fingerprint=mark,
        requested_at=row.requested_at,
        asked_wall=row.requested_wall,
        asked_zone=row.requested_zone,
        release_at=row.release_at,
        last_human_at=row.human_at,
        author=post.author,
        last_editor=post.last_editor,
        writers=_writers(row, known, policy),
        approvals=_approvals(approvals, row.id, mark),
        returned=_returned(approvals, row.id, row.revision),
        leaves=_leaves(known.grants, row, mark, content.kind, tx.now),
        category=_category(known.grants, row),
        stops=known.stops,
        twins=twins(known.unclear, row, rendered) if known.unclear else (),
        embargo_until=_embargo(revision, rendered, policy, tx.now),
        paused=row.paused,
        confirmed_at=row.confirmed_at,
        unrendered=unrendered,
        source=sent,
        **_by_policy(content, account, policy),
        unvouched=_unvouched(row, known, stage),
    )


def _as_edit(rendered: Rendered, before: Rendered | None, content: Content) -> Rendered:
    if before is None or not rendered.network:
        return rendered
    return as_edit(about(rendered.network), before, rendered, titled=bool(content.title))


def _writers(row: Row[Any], known: _Known, policy: Policy) -> tuple[str, ...]:
    made = [one.row for one in known.approvals.get(row.post_id, ()) if one.row is not None]
    return writers(known.written.get(row.post_id, ()), made, row, policy.approval.count)


def _mark(row: Row[Any], account: Account | None, rendered: Rendered) -> str:
    where = landing(account) if account else {"account": row.account}
    return fingerprint(rendered, where=where, act=row.act, asked=row.requested_at)


def _unvouched(row: Row[Any], known: _Known, stage: Stage) -> str:
    """The first thing a delivery rests on that was changed outside the history; else ""."""
    # Every revision up to this one: who wrote a part may not approve.
    rests_on = [
        f"post {row.post_id}",
        *(f"revision {row.post_id}/{number}" for number in range(1, row.revision + 1)),
    ]
    if row.account in known.accounts:
        rests_on.append(bound.ACCOUNT.fact(known.accounts[row.account]))
    if stage == "send":
        rests_on.append(bound.DELIVERY.fact(row))
    return next((fact for fact in rests_on if fact not in known.order), "")


def draft_case(tx: Tx, account: Account, content: Content, rendered: Rendered,
               asked: datetime) -> Case:  # fmt: skip
    """A case for a text that is not saved: the actor is its author, nothing has been decided."""
    policy = tx.policy
    return Case(
        stage="submit", at=asked, account=account, act="publish", content=content,
        rendered=rendered, author=tx.actor.person, last_editor=tx.actor.person,
        fingerprint=fingerprint(rendered, where=landing(account), act="publish", asked=asked),
        requested_at=asked, release_at=asked, last_human_at=asked - timedelta(days=1),
        stops=_stops(tx), source=source(rendered), **_by_policy(content, account, policy),
        embargo_until=embargoed(rendered, policy.embargoes, tx.now),
    )  # fmt: skip


def _by_policy(content: Content, account: Account | None, policy: Policy) -> dict[str, Any]:
    always = {"needed": policy.approval.count, "params": policy.params}
    if account is None:
        return {**always, "calendar": None, "gap": timedelta()}
    return {
        **always,
        "calendar": policy.calendars.get(account.calendar),
        "gap": policy.gap(account),
        "markup": about(account.network).markup,
        "wordings": ladder(content, account, policy),
        "promises": policy.promises(account.disclaimers),
        "domains": policy.domains.get(account.disclaimers, ()),
    }


def slots(tx: Tx, account: str, start: datetime, end: datetime, but: str) -> tuple[datetime, ...]:
    """Planned release times of the account's other live deliveries in [start, end], sorted."""
    found = tx.all(_SLOTS, {"account": account, "start": start, "end": end, "but": but})
    return tuple(row[0] for row in found)


def _approvals(made: Sequence[_Decision], delivery: str, mark: str) -> tuple[rules.Approval, ...]:
    """Everybody's yes to these very words, given after whoever sent it back last."""
    mine = [d for d in made if d.about(delivery)]
    back = max((d.seq for d in mine if d.returns), default=0)
    return tuple(
        rules.Approval(d.row.person, d.row.at, d.row.expires_at)
        for d in mine
        if d.row and not d.returns and d.seq > back and d.row.deliveries[delivery] == mark
    )


def _returned(made: Sequence[_Decision], delivery: str, revision: int) -> str:
    of_this = [d for d in made if d.row and d.row.revision == revision and d.about(delivery)]
    newest = max(of_this, key=lambda d: d.seq, default=None)
    if newest is None or newest.row is None or not newest.returns:
        return ""
    return newest.row.reason or "no reason given"


def _leaves(grants: Sequence[Row[Any]], row: Row[Any], mark: str, kind: str,
            now: datetime) -> tuple[rules.Leave, ...]:  # fmt: skip
    """Every permission that is, or will be, one for this: those of its own first, then incidents."""
    fitting = [
        g for g in grants
        if g.granted_by and g.expires_at > now and (
            g.deliveries.get(row.id) == mark
            if g.kind != "incident"
            else row.account in g.accounts and kind == "urgent"
        )
    ]  # fmt: skip
    fitting.sort(key=lambda g: (g.kind != "incident", g.expires_at), reverse=True)
    return tuple(
        rules.Leave(g.id, g.kind, g.granted_by, g.requested_by, g.starts_at, g.expires_at)
        for g in fitting
    )


def _category(grants: Sequence[Row[Any]], row: Row[Any]) -> str:
    """What permission was last asked for under for this very notice; "" when it was not."""
    asked = [g for g in grants if g.kind == "urgent" and row.id in g.deliveries]
    return max(asked, key=lambda g: g.requested_at).category if asked else ""


def _whoami(row: Row[Any], credential_of: CredentialOf | None) -> WhoAmI | None:
    if row.whoami_at is None or credential_of is None:
        return None
    return WhoAmI(
        row.whoami_id,
        row.whoami_at,
        same_credential=row.whoami_credential == credential_of(row),
        same_place=row.whoami_place == place_of(row),
    )


def _by_id(tx: Tx, statement: Select[Any], params: Mapping[str, Any]) -> dict[str, Row[Any]]:
    return {row.id: row for row in tx.all(statement, params)}


def _by_post(rows: Sequence[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.post_id, []).append(row)
    return found


def _decisions(
    rows: Sequence[Row[Any]], order: Mapping[str, int], sent_back: Sequence[Row[Any]]
) -> dict[str, list[_Decision]]:
    """Each post's decisions. The ledger's own returns are asked for: a row can be made to vanish."""
    found: dict[str, list[_Decision]] = {}
    for row in rows:
        if seq := order.get(bound.APPROVAL.fact(row)):
            found.setdefault(row.post_id, []).append(_Decision(seq, row))
    for row in sent_back:
        mine = found.setdefault(row.post_id, [])
        if row.seq not in {decision.seq for decision in mine}:
            mine.append(_Decision(row.seq, None))
    return found


def _stops(tx: Tx) -> tuple[rules.Stop, ...]:
    rows, known = bound.stops(tx)
    changed = rules.Stop("everything", MACHINE.person, tx.now, as_text("reason.stops_changed"))
    found = (rules.Stop(s.scope, s.by, s.at, s.reason) for s in rows)
    return tuple(found) if known else (changed, *found)


def _embargo(
    revision: Row[Any], rendered: Rendered, policy: Policy, now: datetime
) -> datetime | None:
    both = (revision.embargo_until, embargoed(rendered, policy.embargoes, now))
    return max((at for at in both if at is not None), default=None)
