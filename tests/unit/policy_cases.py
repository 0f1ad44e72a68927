"""A case in which every rule passes, and short ways to say what is different."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from publisher.content import Account, Content, Part, Rendered
from publisher.policy import Approval, Case, Leave, WhoAmI
from publisher.policy.calendar import Calendar, closure
from publisher.policy.rules import RULES

NOTICE = "Not necessarily an official announcement or view."
SHORT = "May not be an official statement."
RELEASE = "The linked news release is the official announcement."
WORDINGS = (NOTICE, SHORT)
WEEK = dict.fromkeys(range(5), (("09:00", "17:30"),))
OFFICE = Calendar(
    "office",
    "Asia/Tokyo",
    WEEK,
    holidays={date(2026, 11, 23): "勤労感謝の日"},
    closures=(closure("12-29..01-03"),),
)
PARAMS = {rule.id: rule.params() for rule in RULES}


def tokyo(text: str) -> datetime:
    """`2026-11-24 10:00` in Tokyo, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(hours=9)


NOON = tokyo("2026-11-24 12:00")  # a Tuesday
ACCOUNT = Account(
    id="acme-x",
    network="x",
    calendar="office",
    disclaimers="standard",
    lang="en",
    remote_user_id="42",
    base_url="http://127.0.0.1:1",
)


def rendered(text: str = f"Hello\n\n{NOTICE}", **more: object) -> Rendered:
    values = {"disclaimer": NOTICE, "length": 60, "limit": 280, **more}
    return Rendered(network="x", parts=(Part(text),), **values)  # type: ignore[arg-type]


def yes(person: str = "bob", at: datetime = NOON, hours: float = 24) -> Approval:
    return Approval(person, at - timedelta(hours=1), at + timedelta(hours=hours))


def leave(kind: str = "urgent", at: datetime = NOON, hours: float = 4, **more: str) -> Leave:
    people = {"granted_by": "dora", "requested_by": "alice", **more}
    return Leave("E1", kind, starts_at=at, expires_at=at + timedelta(hours=hours), **people)  # type: ignore[arg-type]


def case(**changes: object) -> Case:
    """Approved by bob, confirmed by the network, asked for now, at noon on a business day.

    `leave`: the one permission there is, or None.
    """
    if "leave" in changes:
        given = changes.pop("leave")
        changes["leaves"] = (given,) if given else ()
    at = changes.get("at", NOON)
    assert isinstance(at, datetime)
    usual = Case(
        stage="send",
        at=at,
        account=ACCOUNT,
        act="publish",
        content=Content("Hello"),
        rendered=rendered(),
        fingerprint="f",
        calendar=OFFICE,
        requested_at=at,
        release_at=None,
        last_human_at=at - timedelta(minutes=5),
        author="alice",
        last_editor="alice",
        needed=1,
        gap=timedelta(minutes=10),
        params=PARAMS,
        approvals=(yes(at=at),),
        whoami=WhoAmI("42", at - timedelta(hours=1), same_credential=True),
        wordings=WORDINGS,
        promises=(RELEASE,),
        domains=("example.co.jp",),
    )
    made = replace(usual, **changes)  # type: ignore[arg-type]
    return made if "source" in changes else replace(made, source=made.rendered.text)
