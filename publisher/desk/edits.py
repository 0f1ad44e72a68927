"""What of a post is public, and whether it can be changed where it is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from publisher.content import Account
from publisher.desk.find import accounts_of
from publisher.errors import Conflict
from publisher.gate import Plan
from publisher.lifecycle import DELIVERY, sources
from publisher.networks import network
from publisher.networks.edits import unsent
from publisher.networks.place import place, said
from publisher.release.after import taken_down
from publisher.store import Tx

UNDERWAY = (*sources(DELIVERY, "edit"), "claimed")


def changeable(tx: Tx, rows: Sequence[Row[Any]]) -> list[tuple[Account, Row[Any]]]:
    """Of one post's deliveries the newest public one on each account, unless it is being edited.

    Raises Conflict, with the remedy, when one of them cannot be changed: then nothing is.
    """
    underway = {r.account for r in rows if r.act == "edit" and r.state in UNDERWAY}
    public = {r.account: r for r in rows
              if r.state == "published" and r.remote_id and r.account not in underway}  # fmt: skip
    accounts = accounts_of(tx, public.values()) if public else []
    for account in accounts:
        _refuse(tx, account, public[account.id])
    return [(account, public[account.id]) for account in accounts]


def refuse_unsent(made: Sequence[Plan]) -> None:
    """Raises Conflict for what an edit would be approved with, and never change where it is public."""
    for facts in (one.facts for one in made):
        account, before = facts.case.account, facts.before
        if facts.row.act != "edit" or account is None or before is None:
            continue
        traits = network(account.network).traits
        stays = unsent(traits, before, facts.case.rendered)
        if stays:
            where = f"{facts.row.post_id}/{account.id}"
            raise Conflict(
                f"An edit on {traits.name} changes {_listed(sorted(traits.edits))} only: it cannot change "
                f"{_listed(stays)} of {where}, so nothing was changed anywhere. Take it down "
                f"(publisher retract {where}) and post anew, or change it there by hand; the others one "
                f"by one: publisher edit {facts.row.post_id}/ACCOUNT"
            )


def _listed(names: Sequence[str]) -> str:
    """`the link and the images`."""
    return " and ".join(f"the {name}" for name in names)


def _refuse(tx: Tx, account: Account, row: Row[Any]) -> None:
    where = f"{row.post_id}/{account.id}"
    others = f"the others one by one: publisher edit {row.post_id}/ACCOUNT"
    if not network(account.network).traits.can_edit:
        raise Conflict(
            f"{account.network} has no edit, so nothing was changed anywhere. Take it down there "
            f"(publisher retract {where}) and post anew; {others}"
        )
    if row.place not in ("", place(account)):
        raise Conflict(
            f"{where} is public at {said(row.place)}, and {account.id} is {said(place(account))} now, "
            f"so nothing was changed anywhere. Change it there by hand; {others}"
        )
    if taken_down(tx, row.post_id, account.id):
        raise Conflict(f"{where} is taken down; an edit would revive it. Post anew.")
