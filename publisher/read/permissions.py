"""Out-of-hours permissions: all of them, and one as a person sees it before they grant it."""

from collections.abc import Sequence

from publisher.desk import exceptions
from publisher.desk.exceptions import Kind
from publisher.desk.parts import permissions, seen
from publisher.desk.parts.approving import fingerprints, seen_now
from publisher.desk.parts.find import account_rows, target
from publisher.errors import NotFound, Usage
from publisher.read.beginnings import beginnings
from publisher.read.exact import Exact, exact
from publisher.read.view import Instant, View
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store.rows import GrantRow
from publisher.words import ENGLISH


class Permission(View):
    """A permission to send out of hours; a request until `granted_by` is set."""

    id: str
    """The permission."""
    kind: Kind
    """From its grant on, for one slot, or for a while on whole accounts."""
    post: str | None
    """The post that it is for."""
    words: str
    """The beginning of what that post says now; `""` for an incident."""
    accounts: tuple[str, ...]
    """In an incident: the accounts that it is for."""
    category: str
    """One of the policy's."""
    reason: str
    """Why it cannot wait."""
    requested_by: str
    """Who asked."""
    requested_at: Instant
    """When."""
    granted_by: str | None
    """The second person."""
    granted_at: Instant | None
    """When."""
    starts_at: Instant | None
    """From then on it counts."""
    expires_at: Instant | None
    """Until then."""
    revoked_by: str | None
    """Who took it back."""
    revoked_at: Instant | None
    """When."""
    review_due: Instant | None
    """When somebody else is to have looked at it."""
    reviewed_by: str | None
    """Who did."""
    reviewed_at: Instant | None
    """When."""
    review_note: str | None
    """What they found."""


class Use(View):
    """What went out under a permission."""

    exception: str
    """The permission."""
    post: str
    """What went out."""
    account: str
    """Where."""
    category: str
    """What it was granted under."""
    at: Instant
    """When."""


class Asked(View):
    """A request, as a person sees it before they grant it."""

    id: str
    """The permission that is asked for."""
    kind: Kind
    """From its grant on, for one slot, or for a while on whole accounts."""
    post: str | None
    """The post that it is for."""
    category: str
    """One of the policy's."""
    reason: str
    """Why it cannot wait."""
    requested_by: str
    """Who asks."""
    fingerprint: str
    """Of all of this: it names what was seen."""
    accounts: tuple[str, ...]
    """Where it would go."""
    rendered: dict[str, Exact]
    """By account, what would be sent there."""
    slots: dict[str, Instant | None]
    """By account, when; `null` means as soon as it is granted."""
    unreviewed: tuple[Use, ...]
    """What went out there under a permission that nobody has reviewed yet."""
    others: int | None
    """Of the category “other”: how many grants it has had within 90 days."""
    zones: dict[str, str]
    """By account, the time zone on whose clock its slot is read."""


class Urgent(View):
    """Whose turn it is with an urgent permission: whoever looks grants what is asked, or asks."""

    asked: str | None
    """The permission that somebody else asks for; `null`: it is to be asked for."""
    categories: tuple[str, ...]
    """What it may be asked for under."""


def listed(tx: Tx, most: int, *, unsettled: bool = False, at: str = "") -> list[Permission]:
    """Permissions, the newest first; `unsettled`: not granted yet, live, or not reviewed.

    `at`: only those behind this one. Raises Usage for what is none.
    """
    authorize(tx.actor, "read")
    behind = _place(tx, at) if at else None
    rows = permissions.listed(tx, most, unsettled=unsettled, behind=behind)
    return _permissions(tx, rows)


def _place(tx: Tx, at: str) -> GrantRow:
    try:
        return permissions.permission(tx, at)
    except NotFound:
        raise Usage("look.no_place", field="at") from None


def one(tx: Tx, name: str) -> Permission:
    """One permission. Raises NotFound, Conflict for what more than one is named by."""
    authorize(tx.actor, "read")
    [found] = _permissions(tx, [permissions.permission(tx, name)])
    return found


def asked(tx: Tx, name: str, lang: str = ENGLISH) -> Asked:
    """The request, and what goes out under it. Raises what granting it would."""
    authorize(tx.actor, "grant exception")
    row = exceptions.grantable(tx, name)
    found = target(tx, row.post_id) if row.post_id else None
    rows = [one for one in found.every if one.id in row.deliveries] if found else []
    names = {one.account for one in rows} | set(row.accounts)
    prints = {k: v for k, v in fingerprints(seen_now(tx, rows)).items() if k in row.deliveries}
    shown = exact(tx, row.post_id, lang) if row.post_id else {}
    now = row.kind != "planned"
    return Asked(
        id=row.id,
        kind=row.kind,
        post=row.post_id,
        category=row.category,
        reason=row.reason,
        requested_by=row.requested_by,
        fingerprint=permissions.request_fingerprint(row, prints),
        accounts=tuple(sorted(names)),
        rendered={account: one for account, one in shown.items() if account in names},
        slots={one.account: None if now else one.requested_at for one in rows},
        unreviewed=tuple(unreviewed(tx, sorted(names))),
        others=permissions.others(tx) if row.category == permissions.OTHER else None,
        zones={one.id: tx.zone(one.calendar) for one in account_rows(tx, sorted(names))},
    )


def unreviewed(tx: Tx, accounts: Sequence[str]) -> list[Use]:
    """What went out on these accounts under a permission that nobody has reviewed yet."""
    authorize(tx.actor, "read")
    return [
        Use(
            exception=u.exception_id,
            post=u.post_id,
            account=u.account,
            category=u.category,
            at=u.at,
        )
        for u in permissions.unreviewed(tx, accounts)
    ]


def still_held(tx: Tx, name: str) -> list[str]:
    """The accounts on which something besides this permission keeps its post from going out."""
    authorize(tx.actor, "read")
    return permissions.held_after_grant(tx, name)


def urgent(tx: Tx, name: str) -> Urgent:
    """What there is to do for an urgent notice. Raises Conflict where nothing is: it is asked for
    by whoever looks, or it is granted and still lasts.
    """
    authorize(tx.actor, "read")
    row = exceptions.asked_of_another(tx, name)
    return Urgent(asked=row.id if row else None, categories=categories(tx))


def categories(tx: Tx) -> tuple[str, ...]:
    """What a permission may be asked for under."""
    authorize(tx.actor, "read")
    return tx.policy.exceptions.categories


def _permissions(tx: Tx, rows: Sequence[GrantRow]) -> list[Permission]:
    words = beginnings(tx, {row.post_id for row in rows if row.post_id})
    return [_permission(tx, row, words.get(row.post_id, "")) for row in rows]


def _permission(tx: Tx, row: GrantRow, words: str) -> Permission:
    return Permission(
        id=row.id,
        kind=row.kind,
        post=row.post_id,
        words=words,
        accounts=tuple(one for one in row.accounts if seen.there(tx, one)),
        category=row.category,
        reason=row.reason,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        granted_by=row.granted_by or None,
        granted_at=row.granted_at,
        starts_at=row.starts_at,
        expires_at=row.expires_at,
        revoked_by=row.revoked_by or None,
        revoked_at=row.revoked_at,
        review_due=row.review_due,
        reviewed_by=row.reviewed_by or None,
        reviewed_at=row.reviewed_at,
        review_note=row.review_note or None,
    )
