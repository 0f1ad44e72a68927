"""What is judged of a measure just before its request: whose comment, whose word, which account.

The rules for words do not ask about it. What cannot be read holds it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import exists, select

from publisher.errors import NotPermitted
from publisher.gate.accounts import account_value, place_of
from publisher.gate.subject import CredentialOf
from publisher.networks.place import said
from publisher.roles import Actor, authorize, held
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.bound import ACCOUNT, MEASURE, PERSON, RECOGNITION, believed
from publisher.store.people import gone, rights, stands_for
from publisher.store.rows import AccountRow, MeasureRow, PersonRow
from publisher.store.tables import core
from publisher.words import as_text

_ACCOUNT = core(t.Account)
_DELIVERY = core(t.Delivery)
_PERSON = core(t.Person)

RECENT = timedelta(hours=24)  # so long the network's word about who we are counts

Answer = Literal["send", "whoami", "hold", "refuse"]


@dataclass(frozen=True)
class JudgedMeasure:
    """May it go? `reason`: why it may not, as text that `words.read` says."""

    row: MeasureRow
    account_row: AccountRow | None
    answer: Answer
    reason: str = ""


@dataclass(frozen=True)
class _Known:
    """What the ledger vouches for, of all that is judged together."""

    rows: Collection[str]
    accounts: Mapping[str, AccountRow]
    recognised: Collection[str]
    people: Mapping[str, PersonRow]


def judge(tx: Tx, rows: Sequence[MeasureRow], credential_of: CredentialOf) -> list[JudgedMeasure]:
    """Judge measures as of now, each for itself."""
    known = _known(tx, rows)
    return [_judged(tx, row, known, credential_of) for row in rows]


def ours(tx: Tx, place: str, comment: str) -> bool:
    """Is it a post of ours, so that it is taken down as one?"""
    there = (_DELIVERY.c.place == place) & (_DELIVERY.c.remote_id == comment) & t.REMOTE
    return bool(tx.value(select(exists().where(there))))


def _known(tx: Tx, rows: Sequence[MeasureRow]) -> _Known:
    accounts = tx.all(select(_ACCOUNT).where(_ACCOUNT.c.id.in_({row.account for row in rows})))
    people = tx.all(select(_PERSON))  # also those whose deputies have asked
    return _Known(
        {row.id for row in believed(tx, MEASURE, rows)},
        {row.id: row for row in believed(tx, ACCOUNT, accounts)},
        {row.id for row in believed(tx, RECOGNITION, accounts)},
        {row.name: row for row in believed(tx, PERSON, people)},
    )


def _judged(tx: Tx, row: MeasureRow, known: _Known, credential_of: CredentialOf) -> JudgedMeasure:
    account = known.accounts.get(row.account)
    if row.id not in known.rows or account is None:
        return JudgedMeasure(row, account, "hold", as_text("reason.measure_changed"))
    if not account.active or account.retired_at is not None:
        return JudgedMeasure(row, account, "hold", as_text("reason.measure_retired"))
    if no := _no(tx, row, account, known):
        return JudgedMeasure(row, account, "refuse", no)
    seen = account.id in known.recognised and account.whoami_at is not None
    same = account.whoami_credential == credential_of(account)
    if not seen or not same or account.whoami_place != row.place or _old(tx, account):
        return JudgedMeasure(row, account, "whoami", as_text("reason.measure_unrecognised"))
    if account.whoami_id != account.remote_user_id:
        ids = {"id": account.whoami_id, "registered": account.remote_user_id}
        return JudgedMeasure(row, account, "hold", as_text("reason.other_user", **ids))
    return JudgedMeasure(row, account, "send")


def _no(tx: Tx, row: MeasureRow, account: AccountRow, known: _Known) -> str:
    """Why it may never go; "" when it may."""
    if row.place != place_of(account):
        places = {"there": said(row.place), "here": said(place_of(account))}
        return as_text("reason.measure_elsewhere", account=row.account, **places)
    if ours(tx, row.place, row.target):
        return as_text("reason.measure_ours")
    if not _may(tx, row.asked_by, known.people, account):
        return as_text("reason.measure_not_theirs", person=row.asked_by)
    return ""


def _may(tx: Tx, name: str, people: Mapping[str, PersonRow], account: AccountRow) -> bool:
    person = people.get(name)
    if person is None or gone(tx, person):
        return False
    roles, on = held(rights(person, stands_for(tx, name, people.values())))
    actor = Actor(person.name, roles, "", person.sample, on=on)
    try:
        authorize(actor, "measure", [account_value(account)])
    except NotPermitted:
        return False
    return True


def _old(tx: Tx, account: AccountRow) -> bool:
    return account.whoami_at is None or tx.now - account.whoami_at > RECENT
