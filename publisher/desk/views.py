"""The JSON shapes that commands, API and pages share. Documented in docs/json.md; stable.

Times are RFC 3339 UTC. Reasons are sentences in `lang`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, func, select

from publisher.clock import local, rfc3339
from publisher.content import Account, Content, Rendered
from publisher.desk.door import NewPost, checked, refuse_marks
from publisher.desk.parts import stopped
from publisher.desk.parts.approving import (
    fingerprints,
    post_fingerprint,
    seen_now,
    state_of_approval,
)
from publisher.desk.parts.deliveries import asked_for
from publisher.desk.parts.difference import changed_words
from publisher.desk.parts.find import Target, account_rows, deliveries, target
from publisher.errors import Do
from publisher.gate import proposal, restored
from publisher.gate.accounts import account_value
from publisher.gate.cases import Facts, gather
from publisher.gate.rendering import content_for, length_with_standard, render
from publisher.networks.registry import about
from publisher.policy import Effect, evaluate, finding_json
from publisher.policy.rules.stop import RULE as STOP
from publisher.policy.sentences import acts, reason, shorter_notice
from publisher.release.doubt import RESTORED
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.notices import give_way
from publisher.store.tables import core
from publisher.words import read, say, say_part

_POST = core(t.Post)
_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)
_ATTEMPT = core(t.Attempt)

OPEN = ("waiting", "claimed", "sending", "accepted", "unknown", "refused", "blocked", "expired",
        "partly_published")  # fmt: skip


def post_json(tx: Tx, name: str, lang: str = "en") -> dict[str, Any]:
    """One post with its deliveries: the shape of `post`, `show` and each row of `queue`."""
    return _post(tx, target(tx, name), lang)


def _post(tx: Tx, found: Target, lang: str) -> dict[str, Any]:
    known = seen_now(tx, replace(found, deliveries=deliveries(tx, found.post.id)))
    prints = fingerprints(known)
    facts = {one.row.id: one for one in known}
    accounts = {r.id: r for r in account_rows(tx, _names(found))}
    return {
        "id": found.post.id,
        "state": found.post.state,
        "revision": found.post.revision,
        "fingerprint": post_fingerprint(prints) if prints else None,
        "approval": state_of_approval(tx, found, known),
        "author": found.post.author,
        "text": found.revision.text,
        "title": found.revision.title,
        "link": found.revision.link,
        "kind": found.revision.kind,
        "accounts": list(found.revision.accounts),
        "deliveries": [
            _delivery(
                tx,
                row,
                accounts[row.account],
                _findings(tx, row, facts.get(row.id), lang),
                lang=lang,
            )
            for row in found.deliveries
        ],
    }


def _names(found: Target) -> list[str]:
    return sorted({*found.revision.accounts, *(r.account for r in found.deliveries)})


def _findings(tx: Tx, row: Row[Any], facts: Facts | None, lang: str) -> list[dict[str, Any]]:
    """Why it stands where it stands: as it was planned, but for a stop, which plans nothing anew."""
    found = [restored(f) for f in row.findings]
    if facts is not None and row.state == "waiting":
        then = replace(facts.case, at=max(row.release_at, tx.now))
        stopped = evaluate((STOP,), tx.policy.modes, then).findings
        found = [*(f for f in found if f.rule != "stop"), *stopped]
    where = {"post": row.post_id, "account": row.account}
    return [finding_json(f, reason(f, lang, row.requested_zone), acts(f, **where)) for f in found]


def _delivery(
    tx: Tx, row: Row[Any], account: Row[Any], findings: list[dict[str, Any]], *, lang: str
) -> dict[str, Any]:
    return {
        "id": row.id,
        "account": row.account,
        "network": account.network,
        "act": row.act,
        "revision": row.revision,
        "state": row.state,
        "requested_at": rfc3339(row.requested_at),
        "release_at": rfc3339(row.release_at),
        "expires_at": rfc3339(row.expires_at),
        "findings": findings,
        "reason": read(row.reason, lang, zone=row.requested_zone),
        "acts": [one.json() for one in _acts(row)],
        "account_waits": _account_waits(tx, account, lang) if row.state == "waiting" else None,
        "remote_id": row.remote_id,
        "remote_url": row.remote_url or None,
        "attempts": row.attempts,
    }


def _acts(row: Row[Any]) -> Sequence[Do]:
    """What can be done about the reason."""
    return give_way(row) if row.state == "refused" and "theirs" in row.notes else ()


def _account_waits(tx: Tx, account: Row[Any], lang: str) -> str | None:
    """Why nothing of this account goes out now, whatever a post's own time is."""
    if account.broken_since is not None:
        broken = {"account": account.id, "reason": account.broken_reason}
        return say("account_state.broken", broken, lang)
    waiting = stopped.waits(tx, account)
    return say_part(waiting, lang) if waiting else None


def queue_json(tx: Tx, *, everything: bool = False, most: int = 100, lang: str = "en") -> list[Any]:
    """Posts with something still open (or all), the next to be released first; then drafts."""
    states = _DELIVERY.c.state.in_(OPEN)
    ids = tx.all(
        select(_DELIVERY.c.post_id, func.min(_DELIVERY.c.release_at).label("at"))
        .where(states if not everything else _DELIVERY.c.state.is_not(None))
        .group_by(_DELIVERY.c.post_id)
        .order_by("at")
        .limit(most)
    )
    drafts = tx.all(
        select(_POST.c.id).where(_POST.c.state == "draft").order_by(_POST.c.created_at).limit(most)
    )
    names = [row[0] for row in [*ids, *drafts]][:most]
    return [_post(tx, target(tx, name), lang) for name in names]


def check_json(tx: Tx, new: NewPost, lang: str = "en") -> dict[str, Any]:
    """The verdict on a text without saving anything: the shape of `check`."""
    new = checked(new)
    accounts = [account_value(row) for row in account_rows(tx, new.accounts)]
    authorize(tx.actor, "read", accounts)
    refuse_marks(new.markup, accounts)
    findings, rendered, verdicts, untils = [], {}, [], []
    for account in accounts:
        asked = asked_for(tx, account, new.at)
        content = Content(
            text=new.variants.get(account.id, new.text), title=new.title, link=new.link,
            media=new.media, lang=new.lang or account.lang, kind=new.kind, markup=new.markup,
        )  # fmt: skip
        made = proposal(tx, account, content, asked.at)
        verdicts.append(made.verdict)
        untils.append(made.until)
        for finding in made.findings:
            helps = acts(finding, account=account.id)
            said = finding_json(finding, reason(finding, lang, asked.zone), helps)
            findings.append({"account": account.id, **said})
        rendered[account.id] = _exact(tx, account, content, made.rendered, lang=lang)
    until = max((u for u in untils if u), default=None)
    return {
        "verdict": max(verdicts, default=Effect.PASS).name,
        "until": rfc3339(until) if until else None,
        "findings": findings,
        "rendered": rendered,
    }


def when_json(tx: Tx, name: str, lang: str = "en") -> list[dict[str, Any]]:
    """The earliest instant for each waiting delivery, with each reason that pushed it."""
    found = target(tx, name)
    rows = [r for r in found.deliveries if r.state == "waiting"]
    facts = {one.row.id: one for one in seen_now(tx, replace(found, deliveries=rows))}
    return [
        {
            "account": row.account,
            "requested_at": rfc3339(row.requested_at),
            "asked": f"{row.requested_wall} {row.requested_zone}",
            "release_at": rfc3339(row.release_at),
            "local": local(row.release_at, row.requested_zone).isoformat(),
            "reasons": _findings(tx, row, facts.get(row.id), lang),
        }
        for row in rows
    ]


def accounts_json(tx: Tx, lang: str = "en") -> list[dict[str, Any]]:
    """The register: every account, retired ones too."""
    rows = tx.all(select(_ACCOUNT).order_by(_ACCOUNT.c.id))
    return [
        {
            "id": r.id, "network": r.network, "calendar": r.calendar, "lang": r.lang,
            "user_id": r.remote_user_id, "owner": r.owner, "sandbox": r.sandbox,
            "active": r.active and r.retired_at is None,
            "retired_at": rfc3339(r.retired_at) if r.retired_at else None,
            "recognised_at": rfc3339(r.whoami_at) if r.whoami_at else None,
            "recognised_as": r.whoami_id or None,
            "broken": read(r.broken_reason, lang) or None,
        }
        for r in rows
    ]  # fmt: skip


def attempts_json(tx: Tx, name: str, lang: str = "en") -> list[dict[str, Any]]:
    """Every try of a post's deliveries, the oldest first."""
    acts = {row.id: row.act for row in target(tx, name).deliveries}
    made = _ATTEMPT.c.delivery_id.in_(acts) & (_ATTEMPT.c.outcome != RESTORED)
    rows = tx.all(select(_ATTEMPT).where(made).order_by(_ATTEMPT.c.started_at, _ATTEMPT.c.id))
    return [
        {
            "account": r.account, "act": acts[r.delivery_id], "key": r.key,
            "started_at": rfc3339(r.started_at),
            "ended_at": rfc3339(r.ended_at) if r.ended_at else None,
            "outcome": r.outcome or "open", "reason": read(r.reason, lang),
            "remote_id": r.remote_id or None,
        }
        for r in rows
    ]  # fmt: skip


def rendered_json_of(tx: Tx, name: str, lang: str = "en") -> dict[str, Any]:
    """Exactly what would be sent to each account now: what an approver looks at."""
    found = target(tx, name)
    if found.post.state == "draft":
        return _draft(tx, found, lang)
    return {
        f.row.account: {
            **_exact(tx, f.case.account, f.case.content, f.case.rendered, lang=lang),
            "changed": changed_words(tx, f.row, f.case),
        }
        for f in gather(tx, _telling(found), "submit")
    }


def _telling(found: Target) -> list[Row[Any]]:
    """Of each account, what its words are to be told by: the newest, but no edit that was cancelled."""
    rows = [r for r in found.deliveries if r.act != "retract"]
    rows.sort(key=lambda r: (r.account, r.state != "cancelled", r.revision))
    return list({r.account: r for r in rows}.values())


def _draft(tx: Tx, found: Target, lang: str) -> dict[str, Any]:
    """A draft has no deliveries yet; its words are shown as they would be sent all the same."""
    said = {}
    for account in map(account_value, account_rows(tx, found.revision.accounts)):
        content = content_for(found.revision, account.id, account.lang)
        exact = _exact(tx, account, content, render(content, account, tx.policy), lang=lang)
        said[account.id] = {**exact, "changed": []}
    return said


def shorter_notices(tx: Tx, name: str, lang: str = "en") -> dict[str, str]:
    """For each account of a post that waits with a shorter notice than the standard one: a sentence."""
    rows = [r for r in target(tx, name).deliveries if r.state == "waiting" and r.act != "retract"]
    said = {
        f.row.account: _shorter(tx, f.case.account, f.case.content, f.case.rendered, lang=lang)
        for f in gather(tx, rows, "submit")
    }
    return {account: sentence for account, sentence in said.items() if sentence}


def _exact(
    tx: Tx, account: Account | None, content: Content, rendered: Rendered, *, lang: str
) -> dict[str, Any]:
    return {
        "network": rendered.network, "text": rendered.text, "title": rendered.title,
        "link": rendered.link,
        "images": [
            {"alt": m.alt, "sha256": m.sha256, "width": m.width, "height": m.height, "size": m.size}
            for part in rendered.parts for m in part.media
        ],
        "length": rendered.length, "limit": rendered.limit,
        "disclaimer": rendered.disclaimer, "markup": rendered.markup,
        "shorter_notice": _shorter(tx, account, content, rendered, lang=lang),
        "images_note": _images_note(rendered),
    }  # fmt: skip


def _images_note(rendered: Rendered) -> str:
    """What an approver must know of this network's pictures; "" without any."""
    pictured = any(part.media for part in rendered.parts)
    return about(rendered.network).images_note if pictured else ""


def _shorter(
    tx: Tx, account: Account | None, content: Content, rendered: Rendered, *, lang: str
) -> str:
    if account is None:
        return ""
    length = length_with_standard(rendered, content, account, policy=tx.policy)
    return shorter_notice(rendered, length, lang) if length else ""
