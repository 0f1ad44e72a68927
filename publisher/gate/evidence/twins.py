"""Deliveries whose outcome is unclear, where only the account's own list of posts can tell (H6).

A second post with the same words would be taken for the first by its look-up, so it waits.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from publisher.content import rendered_from_json
from publisher.gate.subject import Asked, Evidence, Fields, Subject, among
from publisher.networks.registry import REGISTRY, about
from publisher.networks.text.wording import plain
from publisher.store import tables as t
from publisher.store.rows import parts_out
from publisher.store.tables import core

if TYPE_CHECKING:
    from publisher.store.rows import UnclearRow

_DELIVERY = core(t.Delivery)
_ATTEMPT = core(t.Attempt)
_UNCLEAR = (
    select(_DELIVERY.c.id, _DELIVERY.c.post_id, _DELIVERY.c.account, _ATTEMPT.c.request)
    .join_from(_DELIVERY, _ATTEMPT, _ATTEMPT.c.id == _DELIVERY.c.unproven)
    .where(t.ATTENTION, _DELIVERY.c.state == "unknown", among(_DELIVERY.c.account, "accounts"))
    .order_by(_DELIVERY.c.id)
)


def _read(asked: Asked) -> "Sequence[UnclearRow]":
    """What is unclear on those accounts whose network only lists: id, post, account, bytes."""
    names = [a.id for a in asked.accounts.values() if a.network in REGISTRY and _lists(a.network)]
    return asked.tx.all(_UNCLEAR, {"accounts": names}) if names and asked.stage == "send" else ()


def _fields(found: "Sequence[UnclearRow]", of: Subject, _asked: Asked) -> Fields:
    here = [one for one in found if one.account == of.row.account and one.id != of.row.id]
    ahead = of.rendered.parts[len(parts_out(of.row)) :] if here else ()
    said = {plain(part.text) for part in ahead}
    same = (one for one in here if plain(_text(one)) in said)
    return {"twins": tuple(one.post_id for one in same)}


def _text(one: "UnclearRow") -> str:
    return rendered_from_json(one.request["rendered"]).text


def _lists(name: str) -> bool:
    return about(name).listed


EVIDENCE = Evidence(_fields, _read)
