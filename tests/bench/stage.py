"""A company in a folder of its own: many accounts, a far future of any size, posts ready to go.

The rows of the far future are written by SQL, as the desk would leave them. Those that are sent are
written as the desk writes them as well, approvals included: the gate judges them like any others.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select, text, update

from publisher import app as apps
from publisher.acts import named
from publisher.app import App
from publisher.config import read
from publisher.daemon.prepare import PLANNED_WITH, data_in_use
from publisher.gate.accounts import place_of
from publisher.gate.cases import Facts, gather
from publisher.networks import Intent, Outcome, Published
from publisher.roles import MACHINE
from publisher.store import Tx, bound, findable, ledger, meta
from publisher.store import tables as t
from publisher.store.bound import POST, RECOGNITION, REVISION, Kind
from publisher.store.ids import new_id
from publisher.store.ledger import Line
from publisher.store.seals import seal
from publisher.store.tables import core
from publisher.store.vouch import page, vouch_for
from tests.chaos import stage as chaos
from tests.chaos.stage import BO, NETWORKS, Stage

DELIVERY, ACCOUNT = core(t.Delivery), core(t.Account)
FAR = timedelta(days=200)
HALL = 1_000  # posts that say the same hall
SHIPPED = ("workers = 32",)  # what config.toml ships; everything else as the code has it
SETTINGS = ("send_deadline = 30", "lease = 120")

# One post of four deliveries, as a company sends it: the same words to four accounts.
_FAR = (
    """WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :posts)
    INSERT INTO post (id, state, revision, author, last_editor, text_sha256, created_at)
    SELECT printf('far%07d', i), 'submitted', 1, 'ann', 'ann', hex(randomblob(32)), :now FROM n""",
    """INSERT INTO revision (post_id, number, text, title, link, lang, kind, variants, media,
        accounts, asked, written_by, written_at)
    SELECT id, 1, 'Something to be said much later, number ' || id || ', hall ' || (rowid % :halls)
        || 'の第' || (rowid % 97) || '会場で開催します', 'Much later', '', 'en', 'standard', '{}', '[]',
        '[]', '{}', 'ann', datetime(:now, '-' || rowid || ' seconds') || '.000000'
    FROM post WHERE id LIKE 'far%'""",
    """WITH part(k) AS (VALUES (0), (1), (2), (3))
    INSERT INTO delivery (id, post_id, account, act, state, revision, fence, requested_at,
        requested_wall, requested_zone, release_at, wake_at, expires_at, urgent, verdict, findings,
        fingerprint, human_at, paused, holds, lookups, attempts, unproven, notes, target,
        remote_url, reason)
    SELECT lower(hex(randomblob(16))), id, 'a' || ((rowid * 4 + k) % :accounts), 'publish',
        'waiting', 1, 0, at, '', 'UTC', at, at, datetime(at, '+15 minutes') || '.000000', 0, 'PASS',
        '[]', hex(randomblob(32)), :now, '', 0, 0, 0, '', '{}', '', '', ''
    FROM (SELECT id, rowid, datetime(:far, '+' || (rowid * 29) || ' seconds') || '.000000' AS at
        FROM post WHERE id LIKE 'far%'), part""",
)


class Null:
    """A network that takes everything at once, and notes when it was asked."""

    def __init__(
        self, account: Any, _tools: Any, _secrets: Any, *, entered: list[Any], now: Any
    ) -> None:
        self._account, self._entered, self._now = account, entered, now

    def send(self, intent: Intent) -> Outcome:
        self._entered.append((intent.key, self._now().timestamp()))
        return Published(intent.key)

    def whoami(self) -> str:
        return str(self._account.remote_user_id)


def null_app(config: Path, entered: list[Any]) -> App:
    """The App of a folder over null networks that write (key, seconds since 1970) to `entered`."""
    made = read(config, os.environ)
    return apps.build(made, make_adapter=partial(Null, entered=entered, now=apps.clock.utc_now))


@contextmanager
def stage(url: str, accounts: int, settings: Sequence[str] = SHIPPED) -> Iterator[Stage]:
    """A fresh folder with this many accounts of all networks, each known to be who it is."""
    folder = Path(tempfile.mkdtemp(prefix="publisher-bench-"))
    names = {f"a{i}": NETWORKS[i % len(NETWORKS)] for i in range(accounts)}
    made = chaos.build(folder, url, "", names, daemon=[*SETTINGS, *settings])
    try:
        with made.app.store.write(MACHINE) as tx:
            meta.put(tx, PLANNED_WITH, data_in_use(tx))
        _know_accounts(made.app)
        yield made
    finally:
        made.app.store.close()
        shutil.rmtree(folder)


def _know_accounts(app: App) -> None:
    """Every account has just said who it is."""
    with app.store.write(MACHINE) as tx:
        for row in tx.all(select(ACCOUNT)):
            tx.run(
                update(ACCOUNT)
                .where(ACCOUNT.c.id == row.id)
                .values(
                    whoami_id=row.remote_user_id,
                    whoami_at=tx.now,
                    whoami_credential=app.credential_of(row),
                    whoami_place=place_of(row),
                )
            )
        _vouch(tx, RECOGNITION)


def _vouch(tx: Tx, *kinds: Kind) -> None:
    """What was written past the desk is believed by the gate only with the ledger's word."""
    for kind in kinds:
        after: Sequence[Any] = ()
        while rows := page(tx, kind, after, 1000):
            vouch_for(tx, kind, rows)
            after = [getattr(rows[-1], name) for name in kind.key]


def _vouch_of(tx: Tx, posts: Sequence[str]) -> None:
    """As `_vouch`, of these posts alone: a look at all would hold the writer while they come due."""
    for kind in (POST, REVISION, bound.DELIVERY):
        column = kind.table.c.id if kind is POST else kind.table.c.post_id
        vouch_for(tx, kind, tx.all(select(kind.table).where(column.in_(posts))))


def fill(app: App, deliveries: int, accounts: int) -> None:
    """This many deliveries that wait for a time over half a year away, on accounts a0, a1, …"""
    with app.store.write(MACHINE) as tx:
        values: Mapping[str, Any] = {
            "posts": deliveries // 4,
            "halls": max(deliveries // 4 // HALL, 1),
            "accounts": accounts,
            "now": f"{tx.now:%F %T.%f}",
            "far": f"{tx.now + FAR:%F %T}",
        }
        for statement in _FAR:
            tx.conn.execute(text(statement), values)
        _vouch(tx, POST, REVISION, bound.DELIVERY)
    findable.forget(app.store)
    while findable.read_some(app.store):
        pass
    while seal(app.store):  # as it would be by then: the daemon seals a history as it grows
        pass
    with app.store.engine.connect() as conn:  # what was written so does not burden what is measured
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def queue(app: App, due: Mapping[str, Sequence[datetime]]) -> dict[str, datetime]:
    """Approved posts, due on each account at these times; {delivery id: when it is due}."""
    with app.store.write(BO) as tx:
        made = [_rows(tx.now, account, at) for account, times in due.items() for at in times]
        for part in range(3):  # posts, revisions, deliveries
            tx.add(*(rows[part] for rows in made))
        found = tx.all(select(DELIVERY).where(DELIVERY.c.id.in_([r[2].id for r in made])))
        for known in gather(tx, found, "submit"):
            ledger.put(tx, *_approved(tx, known))
        tx.actor = MACHINE
        _vouch_of(tx, [rows[0].id for rows in made])
        tx.wakes = True
    return {rows[2].id: rows[2].release_at for rows in made}


def _approved(tx: Tx, known: Facts) -> tuple[t.Approval, Line]:
    """A yes to exactly this, and the row of the ledger that it stands in."""
    row, mark = known.row, known.case.fingerprint
    approval = t.Approval(
        post_id=row.post_id,
        revision=1,
        decision="approve",
        person=tx.actor.person,
        at=tx.now,
        expires_at=tx.now + timedelta(days=30),
        fingerprint=mark,
        deliveries={row.id: mark},
        policy=tx.policy.version,
    )
    return approval, Line("approve", row.post_id, {"fingerprint": mark}, row.post_id)


def _rows(now: datetime, account: str, at: datetime) -> tuple[Any, Any, Any]:
    one = new_id(now)
    wrote = now - timedelta(hours=1)
    words = f"The fair opens at nine, says {account}: bring an umbrella and good shoes. {one}"
    post = t.Post(
        id=one,
        state="submitted",
        author="ann",
        last_editor="ann",
        text_sha256=one * 2,
        created_at=wrote,
    )
    revision = t.Revision(
        post_id=one,
        number=1,
        text=words,
        title=f"The fair opens {one}",
        written_by="ann",
        written_at=wrote,
    )
    delivery = t.Delivery(
        id=new_id(now),
        post_id=one,
        account=account,
        **named("publish"),
        requested_at=at,
        requested_wall="",
        requested_zone="UTC",
        release_at=at,
        wake_at=at,
        expires_at=at + timedelta(minutes=15),
        human_at=wrote,
        verdict="PASS",
    )
    return post, revision, delivery
