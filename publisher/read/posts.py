"""Posts with their deliveries: one by name, or what is queued, a hundred at a time."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from publisher.acts import act_of
from publisher.desk.parts import stopped
from publisher.desk.parts.approving import fingerprints, post_fingerprint
from publisher.desk.parts.find import Target, maybe_public, target, targets
from publisher.errors import Do
from publisher.gate import restored
from publisher.gate.accounts import account_value
from publisher.gate.cases import Facts
from publisher.lifecycle import PostState
from publisher.networks.registry import about
from publisher.policy import Effect, evaluate
from publisher.policy.rules.stop import RULE as STOP
from publisher.read.findings import Finding, said
from publisher.read.parts import places
from publisher.read.parts.approval import Approval, approval
from publisher.read.parts.known import Known, standing
from publisher.read.view import Act, Instant, View
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store.notices import gave_way, give_way, go_on
from publisher.store.rows import AccountRow, DeliveryRow, parts_out
from publisher.words import ENGLISH, kept, read, say, say_part

PAGE = 100  # posts that are read together


class ThreadPart(View):
    """One post of a thread, where it is public."""

    remote_id: str
    """What the network calls it."""
    remote_url: str
    """Where the network shows it."""


class Delivery(View):
    """One act of a post on one account."""

    id: str
    """The delivery."""
    account: str
    """Where to, as the register calls it."""
    network: str
    """The account's network."""
    act: Literal["publish", "edit", "retract", "reply"]
    """What is done there."""
    revision: int
    """Whose words it carries."""
    state: str
    """Where it stands; see [lifecycle.md](lifecycle.md)."""
    stands: str
    """The same as people say it: `stands.…` of `publisher/words/`."""
    requested_at: Instant
    """When it was asked for."""
    release_at: Instant
    """When it may go: calendar and pacing counted."""
    expires_at: Instant
    """After this it is too late, and a person decides."""
    findings: tuple[Finding, ...]
    """Why it stands where it stands."""
    reason: str
    """What happened last, in words; `""` when nothing did."""
    acts: tuple[Act, ...]
    """What can be done about that (as of a finding)."""
    account_waits: str | None
    """Why nothing of its account goes out just now, in words."""
    remote_id: str | None
    """What the network calls it, once it is public."""
    remote_url: str | None
    """Where the network shows it."""
    thread: tuple[ThreadPart, ...]
    """Of a thread: its posts that are public, the first one first; else `[]`."""
    attempts: int
    """How often sending was tried."""
    zone: str
    """The time zone on whose clock its times are read."""


class Post(View):
    """A post as it was written, and where it goes."""

    id: str
    """The post."""
    state: PostState
    """Has it been handed in?"""
    revision: int
    """Counts edits, from 1."""
    fingerprint: str | None
    """Of what would be sent now; 24 characters of it name what was seen. `null` for a draft."""
    approval: Approval
    """What people have said to it."""
    author: str
    """Who wrote it."""
    text: str
    """As written, like all that follows."""
    title: str
    """`""` without one."""
    link: str
    """`""` without one."""
    kind: Literal["standard", "release", "urgent"]
    """What kind of post it is."""
    accounts: tuple[str, ...]
    """Where it was written for."""
    deliveries: tuple[Delivery, ...]
    """Where it goes: one object for each act on each account."""


def post(tx: Tx, name: str, lang: str = ENGLISH) -> Post:
    """One post, or one account of it. Raises NotFound, Usage."""
    authorize(tx.actor, "read")
    [found] = _posts(tx, [target(tx, name)], lang)
    return found


def stays_public(tx: Tx, name: str) -> dict[str, str]:
    """By account, the state of what no cancellation reaches: it is public, or may be."""
    authorize(tx.actor, "read")
    return {row.account: row.state for row in target(tx, name).deliveries if maybe_public(row)}


class Posts(View):
    """A page of posts."""

    posts: tuple[Post, ...]
    """The next to be released first, or as they were handed in; then drafts."""
    next: str | None
    """Where the next page begins; `null` when this is the last one."""


def page(
    tx: Tx, *, everything: bool = False, most: int = PAGE, at: str = "", lang: str = ENGLISH
) -> Posts:
    """Posts with something still open, the next to be released first; or all, as they were handed in.

    Drafts come last. `at`: as the page before said. Raises Usage.
    """
    authorize(tx.actor, "read")
    names, upcoming = places.page(tx, "all" if everything else "open", at, most)
    return Posts(posts=tuple(_posts(tx, targets(tx, names), lang)), next=upcoming)


def several(tx: Tx, names: Sequence[str], lang: str = ENGLISH) -> list[Post]:
    """Posts by their whole ids, in that order."""
    authorize(tx.actor, "read")
    return _posts(tx, targets(tx, names), lang)


def _posts(tx: Tx, found: Sequence[Target], lang: str) -> list[Post]:
    known = standing(tx, found)
    return [_post(tx, one, known, lang) for one in found]


def _post(tx: Tx, found: Target, known: Known, lang: str) -> Post:
    mine = [known.facts[row.id] for row in found.approvable]
    meant = [one for one in mine if found.account in ("", one.row.account)]
    revision = found.revision
    down = {r.account for r in found.every if act_of(r).undoes and r.state == "published"}
    return Post(
        id=found.post.id,
        state=found.post.state,
        revision=found.post.revision,
        fingerprint=post_fingerprint(fingerprints(meant)) if meant else None,
        approval=_approval(tx, found, mine, known),
        author=found.post.author,
        text=revision.text,
        title=revision.title,
        link=revision.link,
        kind=revision.kind,
        accounts=tuple(found.accounts),
        deliveries=tuple(_delivery(tx, row, known, (down, lang)) for row in found.deliveries),
    )


def _approval(tx: Tx, found: Target, mine: Sequence[Facts], known: Known) -> Approval:
    said = known.decided.get(found.post.id, ())
    decided = [one.row for one in sorted(said, key=lambda one: one.seq) if one.row is not None]
    granted = [row for row in known.grants if row.post_id == found.post.id]
    return approval(tx, found, mine, (decided, granted))


def _delivery(tx: Tx, row: DeliveryRow, known: Known, of: tuple[Collection[str], str]) -> Delivery:
    """`of`: the accounts where the post was taken down, and the reader's language."""
    down, lang = of
    account = known.accounts[row.account]
    waits = _account_waits(tx, account, lang) if row.state == "waiting" else None
    why = findings(tx, row, known.facts.get(row.id), lang)
    return Delivery(
        id=row.id,
        account=row.account,
        network=account.network,
        act=row.act,
        revision=row.revision,
        state=row.state,
        stands=_stands(
            row, removed=row.account in down, held=bool(waits) or any(map(_without_end, why))
        ),
        requested_at=row.requested_at,
        release_at=row.release_at,
        expires_at=row.expires_at,
        findings=why,
        reason=read(row.reason, lang, zone=row.requested_zone),
        acts=tuple(one.json() for one in _acts(row, known)),
        account_waits=waits,
        remote_id=row.remote_id,
        remote_url=row.remote_url or None,
        thread=_thread(row, known),
        attempts=row.attempts,
        zone=tx.zone(account.calendar),
    )


def _without_end(finding: Finding) -> bool:
    return finding.verdict in (Effect.APPROVE, Effect.HOLD) and finding.until is None


def _stands(row: DeliveryRow, *, removed: bool, held: bool) -> str:
    """`removed`: it was taken down since; `held`: by something of which nobody knows when it ends."""
    undoes = act_of(row).undoes
    if row.state == "waiting":
        return "goes_down" if undoes else "waits" if held else "goes_out"
    if row.state == "published":
        return "taken_down" if undoes else "was_public" if removed else "published"
    return row.state


def _thread(row: DeliveryRow, known: Known) -> tuple[ThreadPart, ...]:
    if act_of(row).undoes:
        return ()
    there = account_value(known.accounts[row.account])
    address = about(there.network).permalink.write
    removed = known.removed.get((row.post_id, row.account), frozenset())
    public = [one for one in parts_out(row) if one not in removed]
    return tuple(ThreadPart(remote_id=one, remote_url=address(one, there)) for one in public)


def _acts(row: DeliveryRow, known: Known) -> Sequence[Do]:
    """What can be done about that at which it stopped, where that is more than the state says."""
    if row.state == "partly_published":
        stuck = known.stuck.get(row.id)
        return stuck.acts if stuck else go_on(row)
    return give_way(row) if gave_way(row) else ()


def findings(tx: Tx, row: DeliveryRow, facts: Facts | None, lang: str) -> tuple[Finding, ...]:
    """Why it stands where it stands: as it was planned, but for a stop, which plans nothing anew."""
    authorize(tx.actor, "read")
    found = [restored(one) for one in row.findings]
    if facts is not None and row.state == "waiting":
        then = replace(facts.case, at=max(row.release_at, tx.now))
        stop = evaluate((STOP,), tx.policy.modes, then).findings
        found = [*(one for one in found if one.rule != "stop"), *stop]
    of = {"post": row.post_id, "account": row.account}
    return tuple(said(one, lang, row.requested_zone, **of) for one in found)


def _account_waits(tx: Tx, account: AccountRow, lang: str) -> str | None:
    """Why nothing of this account goes out now, whatever a post's own time is."""
    if account.broken_since is not None:
        broken = {"account": account.id, "reason": kept(account.broken_reason)}
        return say("account_state.broken", broken, lang)
    waiting = stopped.waits(tx, account)
    return say_part(waiting, lang) if waiting else None
