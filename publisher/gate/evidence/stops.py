"""The stops in force."""

from publisher.gate.subject import Asked, Evidence, Fields, Subject
from publisher.policy import Stop
from publisher.roles import MACHINE
from publisher.store import bound
from publisher.words import as_text


def _read(asked: Asked) -> tuple[Stop, ...]:
    rows, known = bound.stops(asked.tx)
    changed = Stop("everything", MACHINE.person, asked.tx.now, as_text("reason.stops_changed"))
    found = (Stop(s.scope, s.by, s.at, s.reason) for s in rows)
    return tuple(found) if known else (changed, *found)


def _fields(found: tuple[Stop, ...], _of: Subject, _asked: Asked) -> Fields:
    return {"stops": found}


EVIDENCE = Evidence(_fields, _read)
