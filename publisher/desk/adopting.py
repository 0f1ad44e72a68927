"""A person goes on with a restored or copied database: what was lost is named, and nothing forgotten."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import select

from publisher import gate
from publisher.clock import from_rfc3339, rfc3339
from publisher.desk.parts import stopped, takedowns
from publisher.desk.parts.find import authorize_everywhere, maybe_public, target
from publisher.errors import Conflict, Usage
from publisher.release import doubt
from publisher.roles import MACHINE
from publisher.store import Tx, ledger, past
from publisher.store import tables as t
from publisher.store.notices import tell
from publisher.store.past import Past
from publisher.store.rows import DeliveryRow
from publisher.store.tables import core
from publisher.store.witness import Decision
from publisher.words import Part, as_text, foreign, part, word

_DELIVERY = core(t.Delivery)
_POST = core(t.Post)

AT_ONCE = 500
# What only ever loosened, or asked: nothing goes out by its lack.
HARMLESS = (
    "adopt",
    "request exception",
    "grant exception",
    "review exception",
    "propose policy",
    "confirm config change",
    "confirm account",
    "confirm person",
    "recover owner",
    "resume account",
    "name deputy",
    "export history",
    # The network says who that is before anything goes out, and what does not open holds.
    *("connect account", "disconnect account", "rotate keys"),
    *("make token", "revoke token", "sign in", "end sign-in", "confirm act"),  # every one has ended
)
SHOWN = 50  # lines of a notification
NOTHING = as_text("reason.nothing_known")


@dataclass(frozen=True)
class Adopted:
    """What was lost, as text that `words.read` says; what people had decided, each a `part`; what came
    due meanwhile; what is (again) stopped, each a `part`, and what is taken down again.
    """

    lost: str
    known: bool = True
    lines: tuple[dict[str, Any], ...] = ()
    due: Sequence[DeliveryRow] = ()
    stopped: tuple[dict[str, Any], ...] = ()
    taken_down: tuple[str, ...] = ()


def adopt(tx: Tx, why: str, flaws: Sequence[Part] = ()) -> Adopted:
    """This database is the one to go on with. Raises Conflict when nothing says otherwise.

    One ledger row names the lost range and who accepted that. A lost stop and a lost takedown are put
    back; where another decision about everything was lost, or nobody knows what was, everything is
    stopped until a duty officer has seen to it. `flaws`: what else the witness holds against it.
    """
    authorize_everywhere(tx, "operate")
    why = foreign(why)
    if not why.strip():
        raise Usage("adopting.say_why", field="reason")
    rows = [r for r in stopped.in_force(tx) if r.by == MACHINE.person]
    if not rows and flaws:
        ledger.record(tx, "adopt", NOTHING, {"reason": why, "problems": list(flaws)})
        return Adopted(NOTHING)
    if not rows:
        raise Conflict("adopting.nothing")
    lost = past.kept(tx) or _unknown(tx)
    lines = tuple(_lines(tx, lost.decisions))
    since, decisions = rfc3339(lost.since), [astuple(one) for one in lost.decisions]
    payload = {"reason": why, "since": since, "known": lost.known, "decisions": decisions}
    due = stopped.lift(tx, rows, "adopt", about=lost.rows, payload=payload)
    past.keep(tx, None)
    again = tuple(_put_back(tx, lost))
    taken_down = tuple(_take_down(tx, lost))
    if lines:
        tell(
            tx,
            f"adopted:{rfc3339(tx.now)}",
            "duty officer",
            "decisions_lost",
            count=len(lines),
            lost=list(lines[:SHOWN]),
        )
    return Adopted(lost.rows, lost.known, lines, due, again, taken_down)


def _unknown(tx: Tx) -> Past:
    """It was stopped by a version that kept no note of what was lost."""
    head, at = ledger.head(tx)
    return Past(at or tx.now, head + 1, 0, sent=True, known=False, decisions=(), evidence=())


def _put_back(tx: Tx, lost: Past) -> Iterator[dict[str, Any]]:
    """Stops that were lost, then one of everything where something that concerns all is missing."""
    wanted: dict[str, Decision] = {}
    for one in lost.decisions:
        if one.verb == "stop":
            wanted[one.subject] = one
        elif one.verb == "resume":
            wanted = {k: v for k, v in wanted.items() if k not in one.subject.split(", ")}
    held = {row.scope for row in stopped.in_force(tx)}
    for scope, one in wanted.items():
        if scope not in held:
            zone = tx.policy.zone()
            why = as_text("reason.stop_put_back", person=one.by, at=one.at, zone=zone)
            yield _stop(tx, scope, why)
    general = [
        one
        for one in lost.decisions
        if not one.post and one.verb not in HARMLESS and one.verb not in ("stop", "resume")
    ]
    if general:
        acts = doubt.named(general)
        yield _stop(tx, "everything", as_text("reason.general_lost", acts=acts))
    if not lost.known:
        why = as_text("reason.nobody_knows", since=lost.since, zone=tx.policy.zone())
        yield _stop(tx, "everything", why)


def _take_down(tx: Tx, lost: Past) -> Iterator[str]:
    """What was taken down is (to be) gone: doing that again does nothing more."""
    for one in lost.decisions:
        if one.verb != "retract":
            continue
        row = tx.first(select(_DELIVERY).where(_DELIVERY.c.id == one.subject))
        if row is None or not maybe_public(row):
            continue
        name = f"{row.post_id}/{row.account}"
        gate.lock(tx, {row.account})
        why = as_text("reason.put_back", person=one.by, at=one.at, zone=tx.zone())
        if takedowns.take_down(tx, target(tx, name), why):
            yield name


def _stop(tx: Tx, scope: str, why: str) -> dict[str, Any]:
    stopped.put(tx, scope, why, tx.bump_epoch())
    return part("adopting.stopped", scope=stopped.scope_said(scope), why=why)


def _lines(tx: Tx, decisions: Sequence[Decision]) -> Iterator[dict[str, Any]]:
    """One for each thing that somebody did, however many deliveries it was about."""
    names = _names(tx, [one.subject for one in decisions])
    about_posts = {one.post for one in decisions if one.post}
    lost = about_posts - _posts(tx, sorted(about_posts))
    acts: dict[tuple[str, ...], list[str]] = {}
    for one in decisions:
        accounts = acts.setdefault((one.at, one.by, one.verb, one.post or one.subject), [])
        accounts += [names[one.subject]] if one.subject in names else []
    for (at, by, verb, about), to in acts.items():
        yield part(
            "adopting.line",
            at=from_rfc3339(at),
            zone=tx.zone(),
            by=by,
            verb=word("verb", verb),
            about=about,
            on=part("adopting.on", accounts=to) if to else "",
            gone=part("adopting.gone") if about in lost else "",
        )


def _names(tx: Tx, subjects: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(subjects), AT_ONCE):
        rows = tx.all(
            select(_DELIVERY.c.id, _DELIVERY.c.account).where(
                _DELIVERY.c.id.in_(subjects[start : start + AT_ONCE])
            )
        )
        found |= {row.id: row.account for row in rows}
    return found


def _posts(tx: Tx, names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        found |= {row[0] for row in tx.all(select(_POST.c.id).where(_POST.c.id.in_(some)))}
    return found
