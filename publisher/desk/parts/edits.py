"""What of a post is public, and whether it can be changed where it is."""

from collections.abc import Iterable, Sequence
from typing import Any

from publisher.acts import act_of
from publisher.content import Account
from publisher.desk.parts.find import accounts_of
from publisher.errors import Conflict, Do
from publisher.gate import Plan
from publisher.lifecycle import CHANGEABLE
from publisher.networks.place import parts, place
from publisher.networks.registry import about
from publisher.networks.wire.edits import unsent
from publisher.release.follow import taken_down
from publisher.store import Tx
from publisher.store.rows import DeliveryRow
from publisher.words import every, part


def changeable(tx: Tx, rows: Sequence[DeliveryRow]) -> list[tuple[Account, DeliveryRow]]:
    """Of one post's deliveries the newest public one on each account, unless it is being edited.

    Raises Conflict, with the remedy, when one of them cannot be changed: then nothing is.
    """
    underway = {r.account for r in rows if act_of(r).replaces and r.state in CHANGEABLE}
    public = {
        r.account: r
        for r in rows
        if r.state == "published" and r.remote_id and r.account not in underway
    }
    accounts = accounts_of(tx, public.values()) if public else []
    for account in accounts:
        row = public[account.id]
        _refuse(tx, account, row, _one_by_one(row, {r.account for r in rows}))
    return [(account, public[account.id]) for account in accounts]


def refuse_unsent(made: Sequence[Plan]) -> None:
    """Raises Conflict for what an edit would be approved with, and never change where it is public."""
    accounts = {one.facts.row.account for one in made}
    for facts in (one.facts for one in made):
        account, before = facts.case.account, facts.before
        if not act_of(facts.row).replaces or account is None or before is None:
            continue
        network = about(account.network)
        stays = unsent(network, before, facts.case.rendered)
        if stays:
            others = _one_by_one(facts.row, accounts)
            raise Conflict(
                "edits.stays",
                _retract(facts.row),
                *others,
                others=_said(others),
                network=network.title,
                edits=_listed(sorted(network.edits)),
                stays=_listed(stays),
                where=_where(facts.row),
            )


def _listed(names: Iterable[str]) -> Any:
    """`the link and the images`."""
    return every(part(f"edits.{name}") for name in names)


def _where(row: DeliveryRow) -> str:
    return f"{row.post_id}/{row.account}"


def _retract(row: DeliveryRow) -> Do:
    return Do("retract", {"post": row.post_id, "account": row.account})


def _one_by_one(row: DeliveryRow, accounts: Iterable[str]) -> list[Do]:
    """To change it where that is possible: on the other accounts."""
    others = sorted({*accounts} - {row.account})
    return [Do("edit", {"post": row.post_id, "account": account}) for account in others]


def _said(others: Sequence[Do]) -> Any:
    return part("edits.others") if others else ""


def _refuse(tx: Tx, account: Account, row: DeliveryRow, others: Sequence[Do]) -> None:
    if not about(account.network).edits:
        raise Conflict(
            "edits.no_edit", _retract(row), *others, network=account.network, others=_said(others)
        )
    if row.place not in ("", place(account)):
        raise Conflict(
            "edits.elsewhere",
            *others,
            where=_where(row),
            account=account.id,
            there=_place(row.place),
            here=_place(place(account)),
            others=_said(others),
        )
    if taken_down(tx, row.post_id, account.id):
        raise Conflict("edits.taken_down", where=_where(row))


def _place(where: str) -> Any:
    network_name, host, user = parts(where)
    return part("edits.place", network=network_name, host=host, user=user)
