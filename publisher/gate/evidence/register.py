"""What is known of the account: what the network said that we are, when it last sent, where it was."""

from collections.abc import Mapping
from typing import Any

from publisher.acts import act_of
from publisher.gate.accounts import place_of
from publisher.gate.subject import Asked, Evidence, Fields, Order, Subject
from publisher.networks.place import said
from publisher.policy import WhoAmI
from publisher.store import bound
from publisher.store.rows import AccountRow, parts_out


def _binds(_found: None, asked: Asked) -> Mapping[str, str]:
    return bound.bindings(bound.RECOGNITION, asked.accounts.values())


def _fields(order: Order, of: Subject, asked: Asked) -> Fields:
    row = of.account_row
    if row is None:
        return {"whoami": None, "last_sent_at": None, "elsewhere": ""}
    here = place_of(row)
    return {
        "whoami": _whoami(row, here, asked) if bound.RECOGNITION.fact(row) in order else None,
        # A part of a thread keeps no distance from the one before.
        "last_sent_at": None if parts_out(of.row) else row.last_sent_at,
        "elsewhere": _elsewhere(of.row, here),
    }


def _whoami(row: AccountRow, here: str, asked: Asked) -> WhoAmI | None:
    if row.whoami_at is None or asked.stage != "send" or asked.credential_of is None:
        return None
    return WhoAmI(
        row.whoami_id,
        row.whoami_at,
        same_credential=row.whoami_credential == asked.credential_of(row),
        same_place=row.whoami_place == here,
    )


def _elsewhere(row: Any, here: str) -> str:
    """In words, where the post is that this changes, takes down or goes on with, if its account moved."""
    about = act_of(row).needs_post or parts_out(row)
    return said(row.place) if about and row.place not in ("", here) else ""


EVIDENCE = Evidence(_fields, binds=_binds, believed=lambda _found, order: order)
