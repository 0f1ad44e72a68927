"""Is it moving? Red when something was due and nothing moved, not merely when the process is gone."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, column, func, select, text

from publisher import __version__, clock
from publisher.app import App
from publisher.clock import rfc3339
from publisher.config import Daemon
from publisher.daemon.lock import elsewhere, holder, lock_file
from publisher.desk.parts import stopped
from publisher.desk.parts.pending import stuck
from publisher.errors import Do, Problem
from publisher.lifecycle import IN_FLIGHT
from publisher.networks import Tools
from publisher.networks.registry import REGISTRY
from publisher.release.claim import next_wake
from publisher.release.machine import cramped
from publisher.roles import MACHINE
from publisher.store import Tx, meta, room, vault
from publisher.store import tables as t
from publisher.store.mark import folder_of
from publisher.store.notices import plain, where
from publisher.store.tables import Utc, core
from publisher.store.witness import UNWITNESSED
from publisher.words import ENGLISH, kept, part, say_part

_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)
_STOP = core(t.Stop)
_LEDGER = core(t.LedgerRow)
_PAUSE = core(t.NetworkPause)
_NOTICE = core(t.Notification)

# SQLite finds a partial index only by the very words of its condition.
_FORGED = select(_LEDGER.c.fact).where(
    text("fact <> ''"), _LEDGER.c.fact.between("forged ", "forged!")
)

UNTOLD = 3  # tries after which a notification is worth a note here
ANSWERS_IN = 2.0  # seconds that a daemon on this machine has to say how it is
OVERDUE = timedelta(seconds=60)  # after this, what is due and free to go should have moved

_STUCK: Any = text(
    """
    SELECT d.post_id, d.account, d.release_at, d.requested_zone FROM delivery d
    JOIN account a ON a.id = d.account
    LEFT JOIN network_pause p ON p.network = a.network
    WHERE d.state = 'waiting' AND d.wake_at <= :late AND d.release_at <= :late
      AND d.expires_at > :now
      AND a.broken_since IS NULL AND (a.not_before IS NULL OR a.not_before <= :late)
      AND p.paused_since IS NULL AND (d.transmits OR d.target <> '')
    ORDER BY d.release_at LIMIT 10
    """
).bindparams(bindparam("late", type_=Utc), bindparam("now", type_=Utc))
_STUCK_TYPED = _STUCK.columns(
    column("post_id"), column("account"), column("release_at", Utc), column("requested_zone")
)


Told = Callable[[Mapping[str, Any], Iterable[Mapping[str, str]]], str]


def plainly(said: Mapping[str, Any], _acts: Iterable[Mapping[str, str]]) -> str:
    """Without what can be done about it: that is a surface's to say."""
    return say_part(said, ENGLISH)


def problem(said: Mapping[str, Any], *acts: Do) -> dict[str, Any]:
    """A finding for which status is red: a `words.part`, and what can be done about it."""
    args = {name: plain(value) for name, value in said.items() if name != "say"}
    return {"red": True, "code": said["say"], "args": args, "acts": [one.json() for one in acts]}


def _note(said: Mapping[str, Any], *acts: Do) -> dict[str, Any]:
    return {**problem(said, *acts), "red": False}


def told_of(found: Mapping[str, Any], told: Told) -> dict[str, Any]:
    """The same with its findings in words: `problems` and `notes`."""
    said = [
        (one["red"], told(part(one["code"], **one["args"]), one["acts"]))
        for one in found["findings"]
    ]
    problems = [text for red, text in said if red]
    notes = [text for red, text in said if not red]
    return {"healthy": not problems, "problems": problems, "notes": notes, **found}


def health(app: App, told: Told = plainly) -> dict[str, Any]:
    """`{healthy, problems, notes, findings, daemon, …}`: read from the database and the lock.

    `told`: how a sentence and what can be done about it become text.
    """
    return told_of(_found(app), told)


def _found(app: App) -> dict[str, Any]:
    here = holder(lock_file(app.store.url, app.config.data))
    who = here or elsewhere(app.store)
    with app.store.read() as tx:
        findings = [*_problems(tx), *_notes(tx)]
        counts = _counts(tx)
        upcoming = next_wake(tx)
        zone = tx.zone()
        size = room.size(tx)
        each = room.for_each(tx, size)
        installation = meta.get(tx, "installation")
    if here is not None:  # the disks of another machine cannot be seen from here
        findings += _gone(app, installation)
        findings += [
            problem(part("health.no_room", why=why)) for why in [cramped(app.config)] if why
        ]
    if who is None:
        findings.insert(0, problem(part("health.no_daemon"), Do("operate", {"how": "start"})))
    return {
        "findings": findings,
        "daemon": who,
        "version": __version__,
        "counts": counts,
        "next": rfc3339(upcoming) if upcoming else None,
        "zone": zone,
        "bytes": size,
        "bytes_each": each,
    }


def seen_from_outside(app: App, told: Told) -> dict[str, Any]:
    """As `health`, for another process: with what only the daemon on this machine knows of itself.

    A clock that is not believed, outcomes that cannot be written. One that does not say adds nothing.
    """
    found = _found(app)
    said = _asked(app.config.daemon) if found["daemon"] else {}
    theirs = said.get("findings")
    if said.get("daemon") == found["daemon"] and isinstance(theirs, list):
        found["findings"] += [
            one for one in theirs if _is_problem(one) and one not in found["findings"]
        ]
    return told_of(found, told)


def _is_problem(one: Any) -> bool:
    """One that this version can say."""
    try:
        return one["red"] is True and bool(plainly(part(one["code"], **one["args"]), one["acts"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _asked(at: Daemon) -> Mapping[str, Any]:
    from publisher.networks.wire.http import Broken, NotWritten, call  # noqa: PLC0415  # takes 0.1 s

    if at.health_port == 0:
        return {}
    host = f"[{at.health_host}]" if ":" in at.health_host else at.health_host
    tools = Tools(clock.utc_now, clock.monotonic, lambda _: b"")
    ends = clock.monotonic() + ANSWERS_IN
    try:
        url = f"http://{host}:{at.health_port}/health"
        return call("GET", url, deadline=ends, tools=tools).fields()
    except (NotWritten, Broken):
        return {}


def _counts(tx: Tx) -> dict[str, int]:
    """Deliveries by state, what is done left out; from the indexes alone, however many wait."""
    number = select(func.count()).select_from(_DELIVERY)
    waiting = tx.value(number.where(_DELIVERY.c.state == "waiting"))
    others = tx.all(
        select(_DELIVERY.c.state, func.count().label("number"))
        .where(t.ATTENTION)
        .group_by(_DELIVERY.c.state)
    )
    return {**({"waiting": waiting} if waiting else {}), **{r.state: r.number for r in others}}


def _problems(tx: Tx) -> list[dict[str, Any]]:
    late = tx.all(_STUCK_TYPED, {"late": tx.now - OVERDUE, "now": tx.now})
    found = [
        problem(part("health.overdue", where=where(r), due=r.release_at, zone=r.requested_zone))
        for r in late
    ]
    restored = select(_STOP.c.reason).where(
        _STOP.c.by == MACHINE.person, _STOP.c.lifted_at.is_(None)
    )
    adopt = Do("operate", {"how": "adopt"})
    found += [problem(part("health.restored", why=kept(r.reason)), adopt) for r in tx.all(restored)]
    found += [
        problem(part("health.forged", row=r.fact.removeprefix("forged ")), Do("audit"))
        for r in tx.all(_FORGED)
    ]
    if unwitnessed := meta.get(tx, UNWITNESSED):
        found.append(problem(part("health.unwitnessed", why=kept(unwitnessed))))
    held = tx.all(
        select(_DELIVERY.c.post_id, _DELIVERY.c.account, _DELIVERY.c.state)
        .where(
            t.ATTENTION,
            _DELIVERY.c.state.in_(IN_FLIGHT),
            _DELIVERY.c.wake_at <= tx.now - OVERDUE,
        )
        .limit(10)
    )
    return found + [
        problem(part("health.too_long", where=where(r), state=part(f"state.{r.state}")))
        for r in held
    ]


def _gone(app: App, installation: str) -> list[dict[str, Any]]:
    """What lay in the witness when the daemon started, and is not there any more."""
    paths = [folder_of(app.config.witness, installation) / "mark"]
    with suppress(Problem):  # a place that only the daemon is told
        paths.append(app.store.key.path(installation))
    return [problem(part("health.gone", path=str(path))) for path in paths if _empty(path)]


def _empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except PermissionError:  # whoever may not look knows nothing
        return False
    except OSError:
        return True


def _notes(tx: Tx) -> list[dict[str, Any]]:
    broken = tx.all(select(_ACCOUNT).where(_ACCOUNT.c.broken_since.is_not(None)))
    waiting = tx.all(select(_ACCOUNT).where(_ACCOUNT.c.not_before > tx.now))
    paused = tx.all(select(_PAUSE).where(_PAUSE.c.paused_since.is_not(None)))
    untold = tx.value(
        select(func.count()).where(_NOTICE.c.sent_at.is_(None), _NOTICE.c.tries >= UNTOLD)
    )
    return [
        *(_note(part("health.stopped", stop=stopped.said(tx, s))) for s in stopped.in_force(tx)),
        *(
            _note(part("account_state.broken", account=a.id, reason=kept(a.broken_reason)))
            for a in broken
        ),
        *_outdated(tx),
        *_ending(tx),
        *(_note(stopped.waits(tx, a)) for a in waiting),
        *(_note(part("health.paused", network=p.network)) for p in paused),
        *(_note(said, *acts) for said, acts in stuck(tx)),
        *([_note(part("health.untold", count=untold))] if untold else []),
    ]


def _ending(tx: Tx) -> list[dict[str, Any]]:
    return [
        _note(
            part("health.credentials_end", account=name, until=at, zone=tx.zone()),
            Do("connect account", {"account": name}),
        )
        for name, at in vault.soon(tx).items()
    ]


def _outdated(tx: Tx) -> list[dict[str, Any]]:
    accounts = tx.all(
        select(_ACCOUNT.c.id, _ACCOUNT.c.network, _ACCOUNT.c.options).where(
            _ACCOUNT.c.network.in_(REGISTRY), _ACCOUNT.c.active, _ACCOUNT.c.retired_at.is_(None)
        )
    )
    today = tx.now.date()
    said = [(one.id, REGISTRY[one.network].outdated(one.options, today)) for one in accounts]
    return [_note(part("health.ending", account=name, what=what)) for name, what in said if what]
