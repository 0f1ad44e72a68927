"""The releaser: one coordinator that owns the database, and threads that own the wire.

Each pass settles what came back, takes what is due and what is prepared to the wire, and does chores.
Workers never see a session; they put their answers into the inbox and wake the coordinator.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import structlog

from publisher import clock
from publisher.acts import act_of
from publisher.errors import Problem, Stale
from publisher.networks import CannotTell as Unclear
from publisher.networks import Intent, Later, MeasureIntent, Outcome, WhoAmIFailed
from publisher.networks.wire import shape
from publisher.release import ahead, expiring, recover, walks, whoami
from publisher.release.claim import EXPIRE_AT_ONCE, next_wake
from publisher.release.flight import Flight, Prepared
from publisher.release.intend import Gate, Judgement, Limits, Ready, send
from publisher.release.machine import (
    Heard,
    Machine,
    adapter_known,
    looked_up,
    needs_preparing,
    prepared,
    room_on_disk,
    who_am_i,
)
from publisher.release.owed import Books
from publisher.release.pool import Pool
from publisher.release.unprepared import came_of
from publisher.roles import MACHINE
from publisher.store import Tx
from publisher.store.mark import Mark, MarkFile
from publisher.store.rows import AccountRow, DeliveryRow, MeasureRow
from publisher.words import as_text

log = structlog.get_logger()

T = TypeVar("T")

LOOKERS = 4  # threads that look up unknowns, beside those that send
PREPARERS = 8  # threads that prepare ahead
AT_ONCE = 3  # tries of a transaction that met another change
STEPS = 50  # in one pass, so that under load the chores get their turn
WHOAMI_EVERY = timedelta(minutes=1)
GIVE_WAY = timedelta(milliseconds=50)  # to what is due so soon chores give way
WAIT = 1.0  # seconds for which they do at most


class Releaser:
    """Drives posts out. `once` is one pass; `wake` (thread-safe) is called when there is news.

    `vouch` is asked in the transaction before anything leaves; what it raises undoes that. `promise`
    is made between its commit and the first byte; an OSError of it sends nothing. `halted` is asked in
    the thread before each first byte: then only what undoes leaves.
    """

    def __init__(
        self,
        app: Machine,
        mark: MarkFile | None,
        installation: str,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        daemon = app.config.daemon
        self.app = app
        self.limits = Limits(
            timedelta(seconds=daemon.lease), timedelta(seconds=daemon.send_deadline)
        )
        self.look_again = daemon.look_again or ()
        self.workers = daemon.workers
        self.may_claim: Callable[[], bool] = lambda: True
        self.vouch: Callable[[Tx, Sequence[Ready]], None] = lambda _tx, _ready: None
        self.promise: Callable[[], None] = lambda: None
        self.halted: Callable[[], bool] = lambda: False
        self.flight = Flight()
        self.hurried = False  # chores gave way in the last pass
        self.failing = ""  # the kind of error that the last chores ended with
        self._mark, self._installation, self._wake = mark, installation, wake
        self.books = Books(
            app.store, self.look_again, mark.path.parent / "answers" if mark else None
        )
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._pool = Pool(self.workers, "send")
        self._lookers = Pool(LOOKERS, "look")
        self._preparers = Pool(PREPARERS, "prepare")
        self._gate = Gate(app.credential_of, partial(needs_preparing, app), self.limits)
        self._next_whoami = self._chores_by = clock.monotonic()
        self._moved = threading.Event()

    def once(self) -> datetime | None:
        """One pass; when the next one is due, or None when nothing waits."""
        began = self.app.now()
        for _ in range(STEPS):
            if not self._step():
                break
        else:
            self._wake()  # there is more: chores first, then at once the next pass
        upcoming = self._upcoming(began)
        self.hurried = self.soon(upcoming) and clock.monotonic() < self._chores_by
        if self.hurried:
            return upcoming
        self._chores_by = clock.monotonic() + WAIT
        self._try_chores()
        return self._upcoming(began)

    def soon(self, upcoming: datetime | None) -> bool:
        """Is it so near that a chore would keep it waiting?"""
        return upcoming is not None and upcoming < self.app.now() + GIVE_WAY

    def _upcoming(self, began: datetime) -> datetime | None:
        with self.app.store.read() as tx:
            return next_wake(tx, began)

    def _step(self) -> bool:
        """Settle and advance; True while that may have made more of the same possible."""
        self._drain()
        self._settle()
        if self.flight.answered or not self.may_claim() or not room_on_disk(self.app):
            return False
        return self._advance() or not self._inbox.empty() or bool(self.flight.answered)

    def start(self) -> int:
        """Every lease is dead when we start: take back what a dead releaser held."""
        self._pool.start()
        self._lookers.start()
        self._preparers.start()
        first = (self.look_again or (5.0,))[0]
        with self.app.store.write(MACHINE) as tx:
            return recover.recover(tx, (), first, dead=True)

    def finish(self, seconds: float, *, ours: bool = True) -> int:
        """Claim no more; wait for what is in flight, settle it; how many are left unknown.

        `ours` False: the lock is gone, another daemon may hold claims, so nothing is taken back.
        """
        self.may_claim = lambda: False
        deadline = clock.monotonic() + seconds
        while self.flight.live and clock.monotonic() < deadline:
            self._moved.wait(0.05)
            self._moved.clear()
            self._drain()
            self._settle()
            self.flight.give_back()
        self._drain()
        self._settle()
        self._pool.close()
        self._lookers.close()
        self._preparers.close()
        if not ours:
            return len(self.flight.live)
        with self.app.store.write(MACHINE) as tx:
            return recover.recover(tx, (), 0.0, dead=True)

    # ---- the walk

    def _advance(self) -> bool:
        """Save what was prepared, claim what is due, judge and intend: one commit, then the wire.

        True when something was claimed, and there may be more.
        """
        flight = self.flight
        prepared, said = list(flight.prepared), list(flight.whoami)
        early = {row.id: got for row, _, got in prepared if row.state == "waiting"}
        claims = {row.id for row, _, _ in prepared if flight.current(row)} - early.keys()
        held = flight.to_judge | claims
        free = self.workers - len(flight.live)
        if free <= 0 and not (held or said or prepared):
            return False

        def work(tx: Tx) -> tuple[Mapping[str, int], Judgement]:
            tx.lock_epoch()  # before any delivery: the lock order (H2)
            lost = self._saved(tx, prepared, said)
            busy = flight.readying - early.keys()
            claimed = walks.claim(tx, free, self.limits.lease, busy)
            return claimed, self._intended(tx, [*(held - lost), *claimed])

        claimed, judgement = self._written(work)
        flight.prepared = flight.prepared[len(prepared) :]
        flight.whoami = flight.whoami[len(said) :]
        flight.asking -= {heard.account.id for heard in said}
        flight.to_judge.clear()
        flight.prepared_early(early)
        flight.live.update(claimed)
        flight.fences.update(claimed)
        self._dispatch(judgement)
        asking = [row for row, _ in judgement.whoami]
        self._gate.asked.update((row.id, row.fence) for row in asking)
        going = {r.delivery for r in judgement.ready} | {row.id for row, _, _ in judgement.prepare}
        ended = {*held, *claimed} - going - {row.id for row in asking}
        flight.leave([(one, flight.fences.get(one, 0)) for one in ended])
        self._gate.asked.difference_update([k for k in self._gate.asked if k[0] not in flight.live])
        return bool(claimed)

    def _saved(self, tx: Tx, prepared: Sequence[Prepared], said: Sequence[Heard]) -> set[str]:
        """Save what was heard and prepared; the claims that ended with that."""
        for heard in said:
            if heard.credential == self.app.credential_of(heard.account):  # else an old one
                whoami.answered(tx, heard)
        noted = [(row, came_of(tx, row, of, got)) for row, of, got in prepared]
        return {row.id for row, kept in noted if not kept and self.flight.current(row)}

    def _intended(self, tx: Tx, ids: Sequence[str]) -> Judgement:
        judgement = walks.intend(tx, ids, self._gate) if ids else Judgement()
        if judgement.ready:
            self.vouch(tx, judgement.ready)  # last: what was judged may have been put back
        return judgement

    def _written(self, work: Callable[[Tx], T]) -> T:
        """In one transaction; again, at once, when a person moved one of its rows meanwhile (H10)."""
        for _ in range(AT_ONCE - 1):
            with suppress(Stale), self.app.store.write(MACHINE) as tx:
                return work(tx)
        with self.app.store.write(MACHINE) as tx:
            return work(tx)

    def _dispatch(self, judgement: Judgement) -> None:
        if judgement.ready:
            try:
                self._promise(judgement)
            except OSError as error:  # not one byte has left: provably not sent
                reason = as_text("reason.no_mark", why=error.strerror)
                self.flight.answered += [(ready, Later(reason)) for ready in judgement.ready]
            else:
                for ready in judgement.ready:
                    self._pool.submit(self._send, ready)
        for row, account, intent in judgement.prepare:
            self._pool.submit(self._prepare, row, account, intent)
        for one, account in judgement.whoami:
            self._pool.submit(self._ask_whoami, account, one)

    def _promise(self, judgement: Judgement) -> None:
        """Durable outside the data directory before anything leaves (H8)."""
        if self._mark is not None:
            self._mark.write(Mark(self._installation, judgement.seq, judgement.head))
        self.promise()

    def _settle(self) -> None:
        """What cannot be written stays owed; nothing is claimed meanwhile (H19)."""
        flight = self.flight
        if not flight.answered and not flight.looked:
            return
        owed, looked = self.books.write(list(flight.answered), list(flight.looked))
        done = [(one.delivery, one.fence) for one, _ in flight.answered if (one, _) not in owed]
        seen = {row.id for row, _ in flight.looked} - {row.id for row, _ in looked}
        if not done and not seen:
            return
        flight.answered, flight.looked = list(owed), list(looked)
        flight.leave(done)
        flight.looking -= seen

    def _try_chores(self) -> None:
        """What is due goes out, whatever a chore lacks: memory, a thread, a file."""
        try:
            self._chores()
        except Problem:
            raise
        except Exception as error:  # tried again in the next pass
            self.failing = type(error).__name__
            log.exception("a chore failed; it is tried again", error=self.failing)
        else:
            self.failing = ""

    def _chores(self) -> None:
        with self.app.store.read() as tx:
            free = LOOKERS - len(self.flight.looking)  # slow look-ups take no sender's place
            asked = walks.lookups(tx, self.limits, self.flight.held, free)
            due = walks.due(tx, self.flight.live)
        for row, account, intent in asked:
            self.flight.looking.add(row.id)
            if isinstance(intent, Unclear):  # there is nobody to ask
                self._answer(partial(self.flight.looked.append, (row, intent)))
            else:
                self._lookers.submit(self._look, row, account, intent)
        if due and self.may_claim():  # by a clock that is not believed nothing is too late (H15)
            first = (self.look_again or (5.0,))[0]
            with self.app.store.write(MACHINE) as tx:
                recover.remind(tx)
                expired = walks.expire(tx)
                recover.recover(tx, self.flight.live, first, dead=False)
            if expired == EXPIRE_AT_ONCE:  # there may be more
                self._wake()
        self._refresh_whoami()
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Ask and prepare before the instant what can be, in threads that no sender needs."""
        flight = self.flight
        free = min(ahead.AT_ONCE, PREPARERS - len(flight.readying))
        if free <= 0 or not self.may_claim():
            return
        with self.app.store.read() as tx:
            news, flight.seen, needed = ahead.look(tx, flight.seen, self._gate, free)
        fresh = [one for one in needed.prepare if one[0].id not in flight.readying]
        for row, account, intent in fresh:  # who-am-I may have been heard anew meanwhile
            flight.readying.add(row.id)
            self._preparers.submit(self._prepare, row, account, intent)
        self._ask_each({of.id: of for _, of in needed.whoami}.values())
        if len(news) == free:  # there may be more; what is due first
            self._wake()

    def _refresh_whoami(self) -> None:
        if clock.monotonic() < self._next_whoami:
            return
        self._next_whoami = clock.monotonic() + WHOAMI_EVERY.total_seconds()
        with self.app.store.read() as tx:
            accounts = whoami.to_ask(tx, self.flight, self.app.credential_of)
        self._ask_each(accounts)
        if self.may_claim():  # by a clock that is not believed nothing ends
            expiring.tell_ahead(self.app.store)

    def _ask_each(self, accounts: Iterable[AccountRow]) -> None:
        """Who-am-I of those that are not being asked already, for whatever is sent next."""
        for account in [of for of in accounts if of.id not in self.flight.asking]:
            self.flight.asking.add(account.id)
            self._lookers.submit(self._ask_whoami, account, None)

    # ---- in the threads: no session, only the wire

    def _send(self, ready: Ready) -> None:
        adapter = adapter_known(self.app, ready.account_row)
        if self.halted() and isinstance(ready.intent, Intent) and act_of(ready.intent).transmits:
            came: Outcome = Later(as_text("reason.stop_file"), own=True)
        else:
            came = adapter if isinstance(adapter, Outcome) else send(adapter, ready.intent)
        outcome = self.books.fitting(shape.outcome(came), came, ready.attempt)
        self._answer(lambda: self.flight.answered.append((ready, outcome)))

    def _prepare(self, row: DeliveryRow, account: AccountRow, intent: Intent) -> None:
        came = prepared(self.app, account, intent)
        got = self.books.fitting(shape.prepared(came), came, row.id)
        self._answer(lambda: self.flight.prepared.append((row, account, got)))

    def _ask_whoami(
        self, account: AccountRow, row: DeliveryRow | MeasureRow | None
    ) -> str | WhoAmIFailed:
        heard = who_am_i(self.app, account)

        def put() -> None:
            self.flight.whoami.append(heard)
            if row is not None and self.flight.current(row):
                self.flight.to_judge.add(row.id)

        self._answer(put)
        return heard.answer

    def _look(self, row: Any, account: AccountRow, intent: Intent | MeasureIntent) -> None:
        came = looked_up(self.app, (row, intent), account, lambda: self._ask_whoami(account, None))
        answer = self.books.fitting(shape.found(came), came, row.id)
        self._answer(lambda: self.flight.looked.append((row, answer)))

    def _answer(self, put: Callable[[], None]) -> None:
        self._inbox.put(put)
        self._moved.set()
        self._wake()

    # ---- small things

    def _drain(self) -> None:
        while True:
            try:
                self._inbox.get_nowait()()
            except Empty:
                return
