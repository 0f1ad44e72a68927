"""Is it moving? Red when something was due and nothing moved, not merely when the process is gone."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, column, func, select, text

from publisher import __version__, clock
from publisher.app import App
from publisher.clock import rfc3339, shown
from publisher.config import Daemon
from publisher.daemon.lock import elsewhere, holder, lock_file
from publisher.desk.parts import stopped
from publisher.desk.parts.pending import stuck
from publisher.errors import Do, Problem
from publisher.networks import Tools
from publisher.networks.registry import REGISTRY
from publisher.release.claim import next_wake
from publisher.release.machine import cramped
from publisher.roles import MACHINE
from publisher.store import Tx, facts
from publisher.store import tables as t
from publisher.store.mark import folder_of
from publisher.store.tables import Utc, core
from publisher.store.witness import UNWITNESSED
from publisher.words import ENGLISH, say_part

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
      AND p.paused_since IS NULL AND (d.act <> 'retract' OR d.target <> '')
    ORDER BY d.release_at LIMIT 10
    """
).bindparams(bindparam("late", type_=Utc), bindparam("now", type_=Utc))
_STUCK_TYPED = _STUCK.columns(
    column("post_id"), column("account"), column("release_at", Utc), column("requested_zone")
)


Told = Callable[[Mapping[str, Any], Iterable[Do]], str]


def _plainly(said: Mapping[str, Any], acts: Iterable[Do]) -> str:
    """Without what can be done about it: that is a surface's to say."""
    del acts
    return say_part(said, ENGLISH)


def health(app: App, told: Told = _plainly) -> dict[str, Any]:
    """`{healthy, problems, notes, daemon, counts, next, …}`: read from the database and the lock.

    `told`: how a sentence and what can be done about it become text.
    """
    here = holder(lock_file(app.store.url, app.config.data))
    who = here or elsewhere(app.store)
    with app.store.read() as tx:
        problems = _problems(tx)
        notes = _notes(tx, told)
        counts = _counts(tx)
        upcoming = next_wake(tx)
        zone = tx.zone()
        installation = facts.get(tx, "installation")
    if here is not None:  # the disks of another machine cannot be seen from here
        problems += _gone(app, installation)
        problems += [f"nothing goes out: {why}" for why in [cramped(app.config)] if why]
    if who is None:
        problems.insert(0, "no daemon is running: nothing goes out. Start it: publisher daemon")
    return {
        "healthy": not problems,
        "problems": problems,
        "notes": notes,
        "daemon": who,
        "version": __version__,
        "counts": counts,
        "next": rfc3339(upcoming) if upcoming else None,
        "zone": zone,
    }


def seen_from_outside(app: App, told: Told) -> dict[str, Any]:
    """As `health`, for another process: with what only the daemon on this machine knows of itself.

    A clock that is not believed, outcomes that cannot be written. One that does not say adds nothing.
    """
    found = health(app, told)
    said = _asked(app.config.daemon) if found["daemon"] else {}
    problems = said.get("problems")
    if said.get("daemon") == found["daemon"] and isinstance(problems, list):
        found["problems"] += [str(one) for one in problems if one not in found["problems"]]
        found["healthy"] = not found["problems"]
    return found


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


def _problems(tx: Tx) -> list[str]:
    late = tx.all(_STUCK_TYPED, {"late": tx.now - OVERDUE, "now": tx.now})
    found = [
        f"{row.post_id}/{row.account} was due {shown(row.release_at, row.requested_zone)} and has not moved"
        for row in late
    ]
    restored = select(_STOP.c.reason).where(
        _STOP.c.by == MACHINE.person, _STOP.c.lifted_at.is_(None)
    )
    found += [f"{row.reason}. To go on with it: publisher adopt --reason …"
              for row in tx.all(restored)]  # fmt: skip
    found += [f"{row.fact.replace('forged', 'row')} of the history was not written by Publisher. See: "
              "publisher audit verify" for row in tx.all(_FORGED)]  # fmt: skip
    if unwitnessed := facts.get(tx, UNWITNESSED):
        found.append(f"what people decided is not in the witness: {unwitnessed}")
    held = tx.all(
        select(_DELIVERY.c.post_id, _DELIVERY.c.account, _DELIVERY.c.state)
        .where(
            t.ATTENTION,
            _DELIVERY.c.state.in_(("claimed", "sending")),
            _DELIVERY.c.wake_at <= tx.now - OVERDUE,
        )
        .limit(10)
    )
    return found + [f"{r.post_id}/{r.account} has been {r.state} for too long" for r in held]


def _gone(app: App, installation: str) -> list[str]:
    """What lay in the witness when the daemon started, and is not there any more."""
    paths = [folder_of(app.config.witness, installation) / "mark"]
    with suppress(Problem):  # a place that only the daemon is told
        paths.append(app.store.key.path(installation))
    lost = [path for path in paths if _empty(path)]
    return [
        f"{path} is gone or empty: commands are refused, and nothing may go out. Is its disk there? "
        "Bring the file back" for path in lost
    ]  # fmt: skip


def _empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except PermissionError:  # whoever may not look knows nothing
        return False
    except OSError:
        return True


def _notes(tx: Tx, told: Told) -> list[str]:
    broken = tx.all(select(_ACCOUNT).where(_ACCOUNT.c.broken_since.is_not(None)))
    waits = tx.all(select(_ACCOUNT).where(_ACCOUNT.c.not_before > tx.now))
    paused = tx.all(select(_PAUSE).where(_PAUSE.c.paused_since.is_not(None)))
    untold = tx.value(
        select(func.count()).where(_NOTICE.c.sent_at.is_(None), _NOTICE.c.tries >= UNTOLD)
    )
    return [
        *(f"stopped: {say_part(stopped.said(tx, s), ENGLISH)}" for s in stopped.in_force(tx)),
        *(f"{a.id} needs reconnecting: {a.broken_reason}" for a in broken),
        *_outdated(tx),
        *(
            f"{a.id} waits until {shown(a.not_before, tx.zone(a.calendar))}, as its network asked"
            for a in waits
        ),
        *(f"{p.network} is paused until an unclear outcome there is known" for p in paused),
        *(told(said, acts) for said, acts in stuck(tx)),
        *([f"{untold} notification(s) could not be told yet"] if untold else []),
    ]


def _outdated(tx: Tx) -> list[str]:
    accounts = tx.all(
        select(_ACCOUNT.c.id, _ACCOUNT.c.network, _ACCOUNT.c.options).where(
            _ACCOUNT.c.network.in_(REGISTRY), _ACCOUNT.c.active, _ACCOUNT.c.retired_at.is_(None)
        )
    )
    today = tx.now.date()
    said = [(one.id, REGISTRY[one.network].outdated(one.options, today)) for one in accounts]
    return [f"{name}: {what}" for name, what in said if what]
