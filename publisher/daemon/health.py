"""Is it moving? Red when something was due and nothing moved, not merely when the process is gone."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog
from sqlalchemy import bindparam, column, func, select, text

from publisher import __version__
from publisher.app import App
from publisher.clock import rfc3339
from publisher.daemon.lock import holder, lock_file
from publisher.release.claim import next_wake
from publisher.roles import MACHINE
from publisher.store import Tx, facts
from publisher.store import tables as t
from publisher.store.tables import Utc, core
from publisher.store.witness import UNWITNESSED

log = structlog.get_logger()

_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)
_STOP = core(t.Stop)
_PAUSE = core(t.NetworkPause)
_NOTICE = core(t.Notification)

UNTOLD = 3  # tries after which a notification is worth a note here
OVERDUE = timedelta(seconds=60)  # after this, what is due and free to go should have moved

_STUCK: Any = text(
    """
    SELECT d.post_id, d.account, d.release_at FROM delivery d
    JOIN account a ON a.id = d.account
    LEFT JOIN network_pause p ON p.network = a.network
    WHERE d.state = 'waiting' AND d.wake_at <= :late AND d.release_at <= :late
      AND d.expires_at > :now
      AND a.broken_since IS NULL AND (a.not_before IS NULL OR a.not_before <= :late)
      AND p.paused_since IS NULL AND (d.act <> 'retract' OR d.target <> '')
    ORDER BY d.release_at LIMIT 10
    """
).bindparams(bindparam("late", type_=Utc), bindparam("now", type_=Utc))
_STUCK_TYPED = _STUCK.columns(column("post_id"), column("account"), column("release_at", Utc))


def health(app: App) -> dict[str, Any]:
    """`{healthy, problems, notes, daemon, counts, next, …}`: read from the database and the lock."""
    who = holder(lock_file(app.store.url, app.config.data))
    with app.store.read() as tx:
        problems = _problems(tx)
        notes = _notes(tx)
        counts = _counts(tx)
        upcoming = next_wake(tx)
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
    }


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
        f"{row.post_id}/{row.account} was due {rfc3339(row.release_at)} and has not moved"
        for row in late
    ]
    restored = select(_STOP.c.reason).where(
        _STOP.c.by == MACHINE.person, _STOP.c.lifted_at.is_(None)
    )
    found += [f"{row.reason}. To go on with it: publisher adopt --reason …"
              for row in tx.all(restored)]  # fmt: skip
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


def _notes(tx: Tx) -> list[str]:
    stops = tx.all(select(_STOP).where(_STOP.c.lifted_at.is_(None)))
    broken = tx.all(select(_ACCOUNT).where(_ACCOUNT.c.broken_since.is_not(None)))
    paused = tx.all(select(_PAUSE).where(_PAUSE.c.paused_since.is_not(None)))
    untold = tx.value(
        select(func.count()).where(_NOTICE.c.sent_at.is_(None), _NOTICE.c.tries >= UNTOLD)
    )
    return [
        *(f"stopped: {s.scope}, by {s.by}: {s.reason}" for s in stops),
        *(f"{a.id} needs reconnecting: {a.broken_reason}" for a in broken),
        *(f"{p.network} is paused until an unclear outcome there is known" for p in paused),
        *([f"{untold} notification(s) could not be told yet"] if untold else []),
    ]


class Answerer:
    """The health answer over HTTP, on this machine only: 200 when healthy, 503 when not."""

    def __init__(self, app: App, host: str, port: int, extra: Any) -> None:
        def get(handler: BaseHTTPRequestHandler) -> None:
            _answer(handler, app, extra)

        handler = type("Handler", (_Quiet,), {"do_GET": get})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing: whoever watches asks every few seconds."""


def _answer(handler: BaseHTTPRequestHandler, app: App, extra: Any) -> None:
    if handler.path != "/health":
        handler.send_error(404)
        return
    try:
        found = health(app)
        found["problems"] += extra()
    except Exception as error:  # noqa: BLE001  # a health answer that cannot be made is a red one
        found = {"problems": [f"health cannot be read: {type(error).__name__}"]}
    found["healthy"] = not found["problems"]
    body = json.dumps(found, indent=1).encode()
    handler.send_response(200 if found["healthy"] else 503)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
