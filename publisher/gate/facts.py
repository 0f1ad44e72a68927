"""Facts for the rules: one query per kind of fact, however many deliveries are judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select

from publisher import policy as rules
from publisher.content import Account, Content, Rendered, fingerprint
from publisher.gate.rendering import content_for, ladder, render, source
from publisher.gate.twins import twins, unclear
from publisher.gate.writers import WRITTEN, writers
from publisher.networks import LIMITS, network
from publisher.policy import Case, Stage, WhoAmI
from publisher.policy.bundle import Policy
from publisher.policy.detect.embargo import until as embargoed
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import Utc, core

_ACCOUNT = core(t.Account)
_REVISION = core(t.Revision)
_POST = core(t.Post)
_APPROVAL = core(t.Approval)
_GRANT = core(t.ExceptionGrant)
_STOP = core(t.Stop)
_DELIVERY = core(t.Delivery)


def _among(column: Any, name: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(bindparam(name, expanding=True))
    return found


# Made once: making a statement costs as much as running it.
_ACCOUNTS = select(_ACCOUNT).where(_among(_ACCOUNT.c.id, "accounts"))
_POSTS = select(_POST).where(_among(_POST.c.id, "posts"))
_APPROVALS = select(_APPROVAL).where(_among(_APPROVAL.c.post_id, "posts"))
_STOPS = select(_STOP).where(_STOP.c.lifted_at.is_(None))
# Not by pairs: SQLite would read every revision there is.
_REVISIONS = select(_REVISION).where(
    _among(_REVISION.c.post_id, "posts"), _among(_REVISION.c.number, "numbers")
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

CredentialOf = Callable[[Row[Any]], str]


@dataclass(frozen=True)
class Facts:
    """One delivery with everything that is known about it; `case` is what the rules see."""

    row: Row[Any]
    account_row: Row[Any] | None
    case: Case


def account_value(row: Row[Any]) -> Account:
    """The register's row as rules and adapters see it; a retired account is not active."""
    return Account(
        id=row.id, network=row.network, calendar=row.calendar, disclaimers=row.disclaimers,
        lang=row.lang, remote_user_id=row.remote_user_id, base_url=row.base_url,
        options=row.options, sandbox=row.sandbox, active=row.active and row.retired_at is None,
        limits={**LIMITS.get(row.network, {}), **row.limits},
    )  # fmt: skip


def gather(
    tx: Tx, rows: Sequence[Row[Any]], stage: Stage, credential_of: CredentialOf | None = None
) -> list[Facts]:
    """A case per delivery, in the order of `rows`, judged at `tx.now`."""
    if not rows:
        return []
    posts = {"posts": list({row.post_id for row in rows})}
    accounts = _by_id(tx, _ACCOUNTS, {"accounts": list({row.account for row in rows})})
    known = _Known(
        accounts=accounts,
        revisions=_revisions(tx, rows, posts),
        posts=_by_id(tx, _POSTS, posts),
        written=_grouped(tx, WRITTEN, posts),
        approvals=_grouped(tx, _APPROVALS, posts),
        grants=tx.all(_GRANTS, {**posts, "since": tx.now - timedelta(minutes=1)}),
        stops=_stops(tx),
        unclear=unclear(tx, accounts.values()) if stage == "send" else (),
    )
    return [_facts(tx, row, known, stage, credential_of) for row in rows]  # fmt: skip


@dataclass(frozen=True)
class _Known:
    accounts: Mapping[str, Row[Any]]
    revisions: Mapping[tuple[str, int], Row[Any]]
    posts: Mapping[str, Row[Any]]
    written: Mapping[str, Sequence[Row[Any]]]
    approvals: Mapping[str, Sequence[Row[Any]]]
    grants: Sequence[Row[Any]]
    stops: tuple[rules.Stop, ...]
    unclear: Sequence[Row[Any]]


def _facts(
    tx: Tx, row: Row[Any], known: _Known, stage: Stage, credential_of: CredentialOf | None
) -> Facts:
    account_row = known.accounts.get(row.account)
    account = account_value(account_row) if account_row else None
    case = _case(tx, row, known, stage, account)
    if account_row is not None:
        whoami = _whoami(account_row, credential_of) if stage == "send" else None
        case = replace(case, whoami=whoami, last_sent_at=account_row.last_sent_at)
    return Facts(row, account_row, case)


def _case(tx: Tx, row: Row[Any], known: _Known, stage: Stage, account: Account | None) -> Case:
    policy, post = tx.policy, known.posts[row.post_id]
    revision = known.revisions[row.post_id, row.revision]
    content = content_for(revision, row.account, account.lang if account else "en")
    rendered, sent, unrendered = _rendered(content, account, policy)
    mark = fingerprint(rendered, account=row.account, act=row.act, asked=row.requested_at)
    approvals = known.approvals.get(row.post_id, ())
    written = known.written.get(row.post_id, ())
    return Case(
        stage=stage,
        at=tx.now,
        account=account,
        act=row.act,
        content=content,
        rendered=rendered,
        fingerprint=mark,
        calendar=policy.calendars.get(account.calendar) if account else None,
        requested_at=row.requested_at,
        asked_wall=row.requested_wall,
        asked_zone=row.requested_zone,
        release_at=row.release_at,
        last_human_at=row.human_at,
        author=post.author,
        last_editor=post.last_editor,
        writers=writers(written, approvals, row, policy.approval.count),
        params=policy.params_for(account) if account else policy.params,
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
        **_about_notices(content, account, policy),
    )


def draft_case(tx: Tx, account: Account, content: Content, rendered: Rendered,
               asked: datetime) -> Case:  # fmt: skip
    """A case for a text that is not saved: the actor is its author, nothing has been decided."""
    policy = tx.policy
    return Case(
        stage="submit", at=asked, account=account, act="publish", content=content,
        rendered=rendered, calendar=policy.calendars.get(account.calendar),
        fingerprint=fingerprint(rendered, account=account.id, act="publish", asked=asked),
        requested_at=asked, release_at=asked, last_human_at=asked - timedelta(days=1),
        author=tx.actor.person, last_editor=tx.actor.person, params=policy.params_for(account),
        stops=_stops(tx), source=source(rendered), **_about_notices(content, account, policy),
        embargo_until=embargoed(rendered, policy.embargoes, tx.now),
    )  # fmt: skip


def _about_notices(content: Content, account: Account | None, policy: Policy) -> dict[str, Any]:
    if account is None:
        return {}
    return {
        "markup": network(account.network).traits.markup,
        "wordings": ladder(content, account, policy),
        "promises": policy.promises(account.disclaimers),
        "domains": policy.domains.get(account.disclaimers, ()),
    }


def slots(tx: Tx, account: str, start: datetime, end: datetime, but: str) -> tuple[datetime, ...]:
    """Planned release times of the account's other live deliveries in [start, end], sorted."""
    found = tx.all(_SLOTS, {"account": account, "start": start, "end": end, "but": but})
    return tuple(row[0] for row in found)


def _rendered(
    content: Content, account: Account | None, policy: Policy
) -> tuple[Rendered, str, str]:
    """What would be sent, in words and in the network's markup, and "".

    Or nothing, and what rendering raised: that holds this delivery only.
    """
    if account is None:
        return Rendered(network="", parts=()), "", ""
    held = _Held(account, policy)
    try:
        options = tuple(sorted(account.options.items()))
        return *_render_cached(content, account.id, account.network, options, held), ""
    except Exception as error:  # noqa: BLE001  # fail closed, and only for this delivery
        return Rendered(network=account.network, parts=()), "", type(error).__name__


class _Held:
    """Carries what the cache key names but should not be compared by value at each look-up."""

    def __init__(self, account: Account, policy: Policy) -> None:
        self.account, self.policy = account, policy
        self.key = (account.disclaimers, account.base_url, policy.version)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.key == other.key


@lru_cache(maxsize=4096)
def _render_cached(content: Content, account: str, kind: str,
                   options: tuple[tuple[str, str], ...],
                   held: _Held) -> tuple[Rendered, str]:  # fmt: skip
    del account, kind, options  # only part of the key
    rendered = render(content, held.account, held.policy)
    return rendered, source(rendered)


def _approvals(rows: Sequence[Row[Any]], delivery: str, mark: str) -> tuple[rules.Approval, ...]:
    """Everybody's yes to these very words, given after whoever sent it back last."""
    mine = [a for a in rows if delivery in a.deliveries]
    back = max((a.id for a in mine if a.decision == "return"), default=0)
    return tuple(
        rules.Approval(a.person, a.at, a.expires_at)
        for a in mine
        if a.decision == "approve" and a.id > back and a.deliveries[delivery] == mark
    )


def _returned(rows: Sequence[Row[Any]], delivery: str, revision: int) -> str:
    of_this = [a for a in rows if a.revision == revision and delivery in a.deliveries]
    newest = max(of_this, key=lambda a: a.id, default=None)
    return newest.reason or "no reason given" if newest and newest.decision == "return" else ""


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
    return WhoAmI(row.whoami_id, row.whoami_at, row.whoami_credential == credential_of(row))


def _revisions(
    tx: Tx, rows: Sequence[Row[Any]], posts: Mapping[str, Any]
) -> dict[tuple[str, int], Row[Any]]:
    numbers = list({row.revision for row in rows})
    found = tx.all(_REVISIONS, {**posts, "numbers": numbers})
    return {(row.post_id, row.number): row for row in found}


def _by_id(tx: Tx, statement: Select[Any], params: Mapping[str, Any]) -> dict[str, Row[Any]]:
    return {row.id: row for row in tx.all(statement, params)}


def _grouped(tx: Tx, statement: Select[Any], posts: Mapping[str, Any]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in tx.all(statement, posts):
        found.setdefault(row.post_id, []).append(row)
    return found


def _stops(tx: Tx) -> tuple[rules.Stop, ...]:
    return tuple(rules.Stop(s.scope, s.by, s.at, s.reason) for s in tx.all(_STOPS))


def _embargo(
    revision: Row[Any], rendered: Rendered, policy: Policy, now: datetime
) -> datetime | None:
    both = (revision.embargo_until, embargoed(rendered, policy.embargoes, now))
    return max((at for at in both if at is not None), default=None)
