"""Cases for the rules, of deliveries and of drafts: one query per kind of fact, however many are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from publisher.acts import act_of, named
from publisher.content import Account, Content, Rendered, fingerprint
from publisher.gate.accounts import account_value
from publisher.gate.evidence import EVIDENCE
from publisher.gate.public import public
from publisher.gate.rendering import content_for, safely_rendered, source
from publisher.gate.subject import Asked, CredentialOf, Evidence, Subject, among
from publisher.gate.vanished import words
from publisher.networks.place import landing
from publisher.networks.registry import about
from publisher.networks.wire.edits import as_edit
from publisher.policy import Case, Stage
from publisher.store import Tx, bound
from publisher.store import tables as t
from publisher.store.rows import AccountRow, DeliveryRow, RevisionRow, parts_out
from publisher.store.tables import core

EACH = timedelta(seconds=30)  # that a part of a thread may take until it is out

_ACCOUNT = core(t.Account)
_REVISION = core(t.Revision)
_POST = core(t.Post)

# Made once: making a statement costs as much as running it.
_ACCOUNTS = select(_ACCOUNT).where(among(_ACCOUNT.c.id, "accounts"))
_POSTS = select(_POST).where(among(_POST.c.id, "posts"))
_REVISIONS = (
    select(_REVISION)
    .where(among(_REVISION.c.post_id, "posts"))
    .order_by(_REVISION.c.post_id, _REVISION.c.number)
)


@dataclass(frozen=True)
class Facts:
    """One delivery with everything that is known about it; `case` is what the rules see."""

    row: DeliveryRow
    account_row: AccountRow | None
    case: Case
    before: Rendered | None = None  # of an edit: what we published there last


def gather(
    tx: Tx, rows: Sequence[DeliveryRow], stage: Stage, credential_of: CredentialOf | None = None
) -> list[Facts]:
    """A case per delivery, in the order of `rows`, judged at `tx.now`."""
    return facts(_asked(tx, rows, stage, credential_of), EVIDENCE)[0] if rows else []


def facts(asked: Asked, evidence: Sequence[Evidence]) -> tuple[list[Facts], list[Any]]:
    """A case per delivery from these kinds of fact alone, and what of each kind is believed.

    For readers, who need not know all that the rules do.
    """
    revisions = {(row.post_id, row.number): row for row in asked.revisions}
    before = public(asked.tx, asked.rows)
    subjects = [_subject(asked, row, revisions, before.get(row.id)) for row in asked.rows]
    known = _believed(asked, evidence)
    found = [
        Facts(of.row, of.account_row, _case(asked, of, evidence, known), of.before)
        for of in subjects
    ]
    return found, known


def draft_case(
    tx: Tx, account: Account, content: Content, rendered: Rendered, asked_at: datetime
) -> Case:
    """A case for a text that is not saved: the actor is its author, nothing has been decided."""
    row = t.Delivery(
        id="",
        post_id="",
        account=account.id,
        **named("publish"),
        revision=0,
        requested_at=asked_at,
        requested_wall="",
        requested_zone="",
        release_at=asked_at,
        expires_at=asked_at,
        human_at=asked_at - timedelta(days=1),
    )
    person = tx.actor.person
    post = t.Post(
        id="", state="draft", author=person, last_editor=person, text_sha256="", created_at=tx.now
    )
    asked = _asked(tx, [row], "submit")
    subject = Subject(
        row=row,
        account_row=asked.accounts.get(account.id),
        account=account,
        post=post,
        revision=words(tx, row, {}, {})[1],
        content=content,
        rendered=rendered,
        source=source(rendered),
        unrendered="",
        before=None,
        mark=_mark(row, account, rendered),
    )
    return _case(asked, subject, EVIDENCE, _believed(asked, EVIDENCE))


def _believed(asked: Asked, evidence: Sequence[Evidence]) -> list[Any]:
    """Of each kind of fact, what the ledger vouches for: one look for all of them."""
    read = [one.read(asked) for one in evidence]
    binds: dict[str, str] = {}
    for one, found in zip(evidence, read, strict=True):
        binds.update(one.binds(found, asked))
    order = bound.vouched(asked.tx, binds)
    return [one.believed(found, order) for one, found in zip(evidence, read, strict=True)]


def _case(asked: Asked, of: Subject, evidence: Sequence[Evidence], known: Sequence[Any]) -> Case:
    """What the rules see of a subject: its own fields, and those that each kind of fact fills."""
    row, fields = of.row, {}
    for one, found in zip(evidence, known, strict=True):
        fields.update(one.fields(found, of, asked))
    return Case(
        stage=asked.stage,
        at=asked.tx.now,
        account=of.account,
        act=row.act,
        content=of.content,
        rendered=of.rendered,
        source=of.source,
        unrendered=of.unrendered,
        fingerprint=of.mark,
        requested_at=row.requested_at,
        asked_wall=row.requested_wall,
        asked_zone=row.requested_zone,
        release_at=row.release_at,
        last_human_at=row.human_at,
        paused=row.paused,
        confirmed_at=row.confirmed_at,
        takes=_takes(of),
        **fields,
    )


def _takes(of: Subject) -> timedelta:
    """Of a thread that has not begun. One that has goes on while it may."""
    many = len(of.rendered.parts)
    begins = many > 1 and act_of(of.row).makes_post and not parts_out(of.row)
    return many * EACH if begins else timedelta()


def _asked(
    tx: Tx, rows: Sequence[Any], stage: Stage, credential_of: CredentialOf | None = None
) -> Asked:
    names = {"posts": list({row.post_id for row in rows})}
    return Asked(
        tx=tx,
        stage=stage,
        credential_of=credential_of,
        rows=rows,
        accounts=_by_id(tx, _ACCOUNTS, {"accounts": list({row.account for row in rows})}),
        posts=_by_id(tx, _POSTS, names),
        revisions=tx.all(_REVISIONS, names),
    )


def _by_id(tx: Tx, statement: Select[Any], params: Mapping[str, Any]) -> dict[str, Any]:
    return {row.id: row for row in tx.all(statement, params)}


def _subject(
    asked: Asked,
    row: Any,
    revisions: Mapping[tuple[str, int], RevisionRow],
    before: Rendered | None,
) -> Subject:
    account_row = asked.accounts.get(row.account)
    account = account_value(account_row) if account_row else None
    post, revision = words(asked.tx, row, asked.posts, revisions)
    content = content_for(revision, row.account, account.lang if account else "en")
    rendered, sent, unrendered = safely_rendered(content, account, asked.tx.policy)
    rendered = _as_edit(rendered, before, content)
    return Subject(
        row=row,
        account_row=account_row,
        account=account,
        post=post,
        revision=revision,
        content=content,
        rendered=rendered,
        source=sent,
        unrendered=unrendered,
        before=before,
        mark=_mark(row, account, rendered),
    )


def _as_edit(rendered: Rendered, before: Rendered | None, content: Content) -> Rendered:
    if before is None or not rendered.network:
        return rendered
    return as_edit(about(rendered.network), before, rendered, titled=bool(content.title))


def _mark(row: Any, account: Account | None, rendered: Rendered) -> str:
    where = landing(account) if account else {"account": row.account}
    return fingerprint(rendered, where=where, act=row.act, asked=row.requested_at)
