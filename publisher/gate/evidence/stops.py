"""The stops in force."""

from collections.abc import Mapping

from publisher.gate.subject import Asked, Evidence, Fields, Order, Subject
from publisher.policy import Stop
from publisher.roles import MACHINE
from publisher.store import bound
from publisher.store.bound import Stops
from publisher.words import as_text


def _read(asked: Asked) -> Stops:
    return bound.stops_found(asked.tx)


def _binds(found: Stops, _asked: Asked) -> Mapping[str, str]:
    return found.binds


def _believed(found: Stops, order: Order) -> tuple[Stops, bool]:
    return found, found.are_all(order)


def _fields(known: tuple[Stops, bool], _of: Subject, asked: Asked) -> Fields:
    found, all_ = known
    changed = Stop("everything", MACHINE.person, asked.tx.now, as_text("reason.stops_changed"))
    rows = tuple(Stop(s.scope, s.by, s.at, s.reason) for s in found.rows)
    return {"stops": rows if all_ else (changed, *rows)}


EVIDENCE = Evidence(_fields, _read, _binds, _believed)
