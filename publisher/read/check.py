"""Looking ahead: the verdict on words that nobody saved, and when what waits can go out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from publisher.clock import local
from publisher.content import Account
from publisher.desk.door import NewPost, checked, content_of, refuse_marks, refuse_thread
from publisher.desk.parts.deliveries import asked_for
from publisher.desk.parts.find import account_rows, target
from publisher.errors import Do, Usage
from publisher.gate import proposal
from publisher.gate.accounts import account_value
from publisher.policy import Effect
from publisher.read.exact import Exact, shows
from publisher.read.findings import Finding, Verdict, said
from publisher.read.parts.known import standing
from publisher.read.posts import findings
from publisher.read.view import Instant, View
from publisher.roles import authorize
from publisher.store import Tx
from publisher.words import ENGLISH


class AccountFinding(Finding):
    """What one rule says of the words on one account."""

    account: str
    """The account."""


class Check(View):
    """The verdict on a text that was not saved."""

    verdict: Verdict
    """The worst over the accounts."""
    until: Instant | None
    """When it passes by itself: the latest over the accounts."""
    findings: tuple[AccountFinding, ...]
    """Why; each also names its `account`."""
    rendered: dict[str, Exact]
    """By account, exactly what would be sent."""
    zones: dict[str, str]
    """By account, the time zone on whose clock its times are read."""


class When(View):
    """When one delivery that waits can go out."""

    account: str
    """Where to."""
    requested_at: Instant
    """When it was asked for."""
    asked: str
    """What was typed, with its zone."""
    release_at: Instant
    """The earliest instant it can go out."""
    local: str
    """The same on the account's clock."""
    reasons: tuple[Finding, ...]
    """Each reason that pushed it."""
    zone: str
    """The time zone on whose clock its times are read."""


def check(tx: Tx, new: NewPost, lang: str = ENGLISH) -> Check:
    """Judge a text without saving anything. Raises what writing it would."""
    authorize(tx.actor, "read")
    if not new.accounts:
        raise Usage("compose.no_accounts", Do("read", {"how": "accounts"}), field="accounts")
    new = checked(new)
    accounts = [account_value(row) for row in account_rows(tx, new.accounts)]
    authorize(tx.actor, "read", accounts)
    refuse_marks(new.markup, accounts)
    refuse_thread(new, accounts)
    judged = [(account.id, _judge(tx, new, account, lang)) for account in accounts]
    return Check(
        verdict=max((one.effect for _, one in judged), default=Effect.PASS),
        until=max((one.until for _, one in judged if one.until), default=None),
        findings=tuple(finding for _, one in judged for finding in one.findings),
        rendered={name: one.exact for name, one in judged},
        zones={account.id: tx.zone(account.calendar) for account in accounts},
    )


@dataclass(frozen=True)
class _Judged:
    effect: Effect
    until: datetime | None
    findings: tuple[AccountFinding, ...]
    exact: Exact


def _judge(tx: Tx, new: NewPost, account: Account, lang: str) -> _Judged:
    asked = asked_for(tx, account, new.at)
    content = content_of(new, account)
    made = proposal(tx, account, content, asked.at)
    found = (said(finding, lang, asked.zone, account=account.id) for finding in made.findings)
    return _Judged(
        effect=made.verdict,
        until=made.until,
        findings=tuple(AccountFinding(account=account.id, **dict(one)) for one in found),
        exact=shows(account, content, made.rendered, of=(tx.policy, lang)),
    )


def when(tx: Tx, name: str, lang: str = ENGLISH) -> list[When]:
    """The earliest instant for each delivery that waits. Raises NotFound, Usage."""
    authorize(tx.actor, "read")
    return list(_when(tx, name, lang))


def _when(tx: Tx, name: str, lang: str) -> Iterator[When]:
    found = target(tx, name)
    known = standing(tx, [found])
    for row in (one for one in found.deliveries if one.state == "waiting"):
        yield When(
            account=row.account,
            requested_at=row.requested_at,
            release_at=row.release_at,
            asked=f"{row.requested_wall} {row.requested_zone}",
            local=local(row.release_at, row.requested_zone).isoformat(),
            reasons=findings(tx, row, known.facts.get(row.id), lang),
            zone=tx.zone(known.accounts[row.account].calendar),
        )
