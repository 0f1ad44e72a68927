"""The daemon: sleeps until something is due, and lets the releaser do the rest.

APScheduler is a metronome in memory: one `wake` job moved to the next instant, and a 15 s safety
tick. No job per post, no job store: the truth is in the database.
"""

import gc
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from publisher import beside, clock, notify, systemd
from publisher import log as logs
from publisher.app import App
from publisher.config import Config
from publisher.daemon import asked, children, guard, halting, health, lock, quiet, restored, vault
from publisher.daemon.answerer import Answerer
from publisher.daemon.post_office import PostOffice
from publisher.daemon.prepare import PLANNED_WITH, data_in_use, keep_still, prepare, warm_up
from publisher.daemon.restored import adopt
from publisher.errors import Problem, PutBack
from publisher.release import leavers
from publisher.release.engine import Releaser
from publisher.release.pool import Pool
from publisher.roles import MACHINE
from publisher.store import mark, meta, seals, sent, witness
from publisher.store.mark import MarkFile, folder_of
from publisher.store.notices import Command
from publisher.store.wake import NotifyWake, SocketWake, Wake
from publisher.words import ENGLISH, part, read

__all__ = ["Daemon", "adopt", "prepare", "run", "up"]

log = structlog.get_logger()

TICK = 15.0  # seconds: the longest sleep, and the watch on the clock
LOOK = 0.25  # seconds between looks at data_version (SQLite): the net beneath the poke
SEAL_EVERY = 1.0
SEAL_AT_ONCE = 500  # rows: what is due must not wait for the sealer
SIGN_EVERY = 60.0
AGAIN = 1.0  # seconds after a pass that the database refused, or in which a chore failed


class Daemon:
    """Everything that runs in the one process; `run` blocks until `stop`."""

    def __init__(self, app: App, command: Command) -> None:
        self.app = app
        self._lock = lock.take(app.store, app.config.data)
        with app.store.write(MACHINE) as tx:
            installation = meta.installation(tx)
            planned, self._data = meta.get(tx, PLANNED_WITH), data_in_use(tx)
        app.vault = vault.of(app, installation)
        self.witness = folder_of(app.config.witness, installation)
        self._mark = MarkFile(self.witness)
        self.restored, known = restored.look(app.store, self._mark.read(), self.witness)
        left = {} if self.restored else sent.read(self.witness)
        self._seen = restored.Seen(app.store, self._mark, known, left)
        self._news, self._stopping = threading.Event(), threading.Event()
        asks = guard.second_clock(app.store, app.outbound)
        self._asker = Pool(1, "clock")
        self.clock = guard.ClockGuard(app.now, asks, app.store.zone, self._ask_apart)
        self.releaser = Releaser(app, self._mark, installation, self._news.set)
        self.releaser.may_claim = lambda: self.clock.open
        self.releaser.vouch, self.releaser.promise = self._seen.vouch, self._seen.promise
        self.releaser.halted = partial(beside.stopped, app.config.data)
        self._replan: str | None = None if planned == self._data else ""
        self._wake = self._make_wake()
        self._metronome = self._make_metronome()
        self._post = PostOffice(
            app, lambda: health.health(app)["healthy"] and self.clock.open, command
        )
        self._sealed = self._signed = clock.monotonic()
        self._upcoming: datetime | None = None
        self._failing = ""
        self._unheeded = self._tending = False
        self._quiet = quiet.Quiet(app.store, lambda: self.clock.open)
        self.code = 0

    def run(self) -> None:
        """Release until told to stop; then finish or record what is in flight."""
        recovered = self.releaser.start()
        self._wake.start(self._news.set)
        self._metronome.start()
        self._post.start()
        answerer, line = self._answerer(), asked.opened(self.app, self._health, self._news.set)
        systemd.tell("READY=1\nSTATUS=releasing")
        restored_from = read(self.restored, ENGLISH) or None
        log.info("started", recovered=recovered, restored=restored_from)
        try:
            warm_up(self.app)
            keep_still()
            while not self._stopping.is_set():
                self._pass()
        finally:
            systemd.tell("STOPPING=1")
            if line:
                line.close()
            self._finish(answerer)

    def stop(self, *_: Any) -> None:
        """From a signal handler or another thread."""
        self._stopping.set()
        self._news.set()

    def _end(self, why: str) -> None:
        """By itself, with code 1, so that whoever started it starts it again."""
        log.error(why)
        self.code = 1
        self.stop()

    def _pass(self) -> None:
        self._news.clear()
        ends = clock.monotonic() + TICK
        try:
            self._seen.look()
            self._heed_stop_file()
            self.clock.look()
            self._upcoming = self.releaser.once()
            if not self.releaser.hurried:
                self._try_chores()
            self._arm(self._upcoming)
            systemd.tell("WATCHDOG=1")
        except PutBack as error:
            self._end(f"the database was put back while it ran: {error}")
            return
        except Problem as error:
            log.error("this pass was refused; nothing is lost", reason=str(error))
            ends = clock.monotonic() + AGAIN
        else:
            if self._failing:
                ends = clock.monotonic() + AGAIN
            elif (self._replan is not None or self._tending) and not self.releaser.hurried:
                return
        self._post.news()
        self._sleep(ends)

    def _heed_stop_file(self) -> None:
        """While it cannot be recorded takedowns go all the same; nothing else does, for it is there."""
        try:
            halting.heed(self.app.store, self.app.config.data)
            self._unheeded = False
        except Problem as error:
            self._unheeded = True
            log.error("a stop file cannot be recorded yet", reason=str(error))

    def _ask_apart(self, ask: Callable[[], None]) -> None:
        """Hosts that do not answer keep nothing back; what waited for their answer goes on at once."""

        def work() -> None:
            ask()
            if self.clock.open:
                self._news.set()

        self._asker.submit(work)

    def _sleep(self, ends: float) -> None:
        """Until there is news. On SQLite a look at data_version every quarter of a second."""
        step = LOOK if self.app.store.sqlite else SEAL_EVERY
        while not self._stopping.is_set() and clock.monotonic() < ends:
            if self._news.wait(min(step, max(ends - clock.monotonic(), 0))) or self._wake.changed():
                return
            self._seal()
        self._metronome.wakeup()

    def _arm(self, upcoming: datetime | None) -> None:
        """Move the one wake job; APScheduler's own sleep is never trusted beyond our tick (H15)."""
        if upcoming is not None:
            self._metronome.add_job(
                self._news.set,
                DateTrigger(upcoming),
                id="wake",
                replace_existing=True,
                misfire_grace_time=None,
            )

    def _try_chores(self) -> None:
        """No memory, no thread, no file: that keeps nothing back which is due."""
        try:
            self._chores()
        except Problem:
            raise
        except Exception as error:  # what lacks now may be there in the next pass
            self._failing = type(error).__name__
            log.exception("a chore failed; it is tried again", error=self._failing)
        else:
            self._failing = ""

    def _chores(self) -> None:
        if self._replan is not None:
            self._replan = quiet.replan_some(self.app.store, self._replan, self._data)
        else:
            self._notice_new_policy()
            self._tending = self._quiet.tend()
        self._seal()
        if clock.monotonic() - self._signed >= SIGN_EVERY:
            self._signed = clock.monotonic()
            self._sign()
            if self.clock.open:
                leavers.look(self.app.store)
            gc.collect()  # what has lived long, too: 30 ms, for which nothing that is due waits here
        if not self._lock.held():
            self._end("the database session that makes this the one daemon is gone")

    def _seal(self) -> None:
        """Once a second, for not every row brings news: until then anybody may take it out.

        What is due at any moment goes first, for another second.
        """
        ago = clock.monotonic() - self._sealed
        if ago < (2 if self.releaser.soon(self._upcoming) else 1) * SEAL_EVERY:
            return
        self._sealed = clock.monotonic()
        try:
            if seals.unsealed(self.app.store):
                seals.seal(self.app.store, SEAL_AT_ONCE)
                self.app.store.shorten_log()
        except Problem as error:
            log.error("the history cannot be sealed yet", reason=str(error))

    def _sign(self) -> None:
        with self.app.store.read() as tx:
            if restored.unadopted(tx):
                return  # nothing is promised for a copy that nobody has taken on yet
        try:
            known = mark.last_signed(self.witness)  # adopting may have taken back what we signed
            seals.checkpoint(self.app.store, self.witness, known)
        except OSError as error:
            log.error("no checkpoint could be signed", reason=error.strerror)
        try:
            witness.complete(self.app.store, self.witness)
        except OSError as error:
            witness.missed(self.app.store, str(error.strerror))

    def _notice_new_policy(self) -> None:
        with self.app.store.read() as tx:
            now = data_in_use(tx)
        if now != self._data:
            self._data, self._replan = now, ""
            log.info("the policy changed: everything that waits is planned again")

    def _finish(self, answerer: Answerer | None) -> None:
        """Bounded: a send lasts no longer than its deadline, and its outcome is written."""
        with suppress(Problem):  # what cannot be written now is recovered at the next start
            left = self.releaser.finish(
                self.app.config.daemon.send_deadline + 5, ours=self.code == 0
            )
            log.info("stopped", unfinished=left)
        if self.code == 0:  # else it may be another database, and nothing is promised for that
            with suppress(Problem, OSError):
                seals.seal(self.app.store)
                self._sign()
        if self._metronome.running:
            self._metronome.shutdown(wait=False)
        self._post.close()
        self._asker.close()
        self._wake.close()
        if answerer:
            answerer.close()
        self._mark.close()
        self._lock.release()
        self.app.store.close()

    def _answerer(self) -> Answerer | None:
        daemon = self.app.config.daemon
        if daemon.health_port == 0:
            return None
        try:
            return Answerer(daemon.health_host, daemon.health_port, self._health)
        except OSError as error:
            log.error(
                "no health answer",
                address=f"{daemon.health_host}:{daemon.health_port}",
                reason=error.strerror,
            )
            return None

    def _health(self) -> dict[str, Any]:
        found = health.health(self.app)
        found = health.told_of(
            {**found, "findings": [*found["findings"], *self._said()]}, health.plainly
        )
        # Itself, whoever holds the lock by now: its folder may have been replaced under it.
        found["daemon"] = {**(found["daemon"] or {}), "pid": os.getpid()}
        return found

    def _said(self) -> list[dict[str, Any]]:
        """What only the running process knows."""
        owed = len(self.releaser.flight.answered)
        failing = self._failing or self.releaser.failing
        found = [
            (not self.clock.open, part("health.clock", why=self.clock.said)),
            (failing, part("health.chores", error=failing)),
            (owed, part("health.unwritten", count=owed)),
            (self._unheeded, part("health.unheeded")),
        ]
        return [health.problem(said) for is_so, said in found if is_so]

    def _make_wake(self) -> Wake:
        if self.app.store.sqlite:
            return SocketWake(self.app.config.data, self.app.store.engine)
        return NotifyWake(self.app.store.url)

    def _make_metronome(self) -> BackgroundScheduler:
        # In the scheduler's own thread: a wake needs no thread more.
        made = BackgroundScheduler(timezone="UTC", executors={"default": DebugExecutor()})
        made.add_job(
            self._news.set,
            IntervalTrigger(seconds=int(TICK)),
            id="tick",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        return made


def run(app: App, command: Command, ready: Callable[[], None] = lambda: None) -> int:
    """Run the daemon in the foreground until SIGTERM, SIGINT or SIGHUP; the exit code.

    `command`: how its notices say what a person can do.
    """
    logs.setup(app.config.log_format)
    notify.lead_out(app.outbound)
    daemon = Daemon(app, command)
    hurried = [False]

    def stop(*_: Any) -> None:
        if hurried[0]:
            os._exit(1)  # asked twice: what is in flight is found out after the next start
        hurried[0] = True
        daemon.stop()

    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # a closed terminal hangs up
        signal.signal(one, stop)
    ready()
    daemon.run()
    return daemon.code


def up(config: Config, command: Command, ready: Callable[[], None] = lambda: None) -> int:
    """Prepare, start the sandbox where the configuration has one and the desk, and run the daemon."""
    app = prepare(config)
    started: list[children.Child | None] = []
    try:
        started += [children.start_sandbox(config)]
        started += [children.start_desk(config)]
        return run(app, command, ready)
    finally:
        children.end(started)
