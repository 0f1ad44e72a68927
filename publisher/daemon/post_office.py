"""Tells people, and the outside: notifications and the heartbeat, in a thread of their own."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select, update

from publisher import clock, notify
from publisher.app import App
from publisher.errors import Problem
from publisher.roles import MACHINE, ON
from publisher.store import Tx, former, ledger
from publisher.store import tables as t
from publisher.store.bound import NOTICE
from publisher.store.ledger import Line
from publisher.store.notices import Command, accounts_of, letter
from publisher.store.people import deputy_of, gone
from publisher.store.rows import NoticeRow
from publisher.store.secrets import resolve_one
from publisher.store.tables import core

log = structlog.get_logger()

_NOTICE = core(t.Notification)
_PERSON = core(t.Person)

PATIENCE = 15.0  # seconds for one message to all its addresses
AT_ONCE = 20


_People = tuple[Mapping[str, Sequence[str]], Mapping[str, str]]


def _people(tx: Tx) -> _People:
    """By name: the roles of everybody who is there, and who acts for whom."""
    there = [one for one in tx.all(select(_PERSON)) if not gone(tx, one)]
    return {one.name: one.roles for one in there}, {one.name: deputy_of(tx, one) for one in there}


def _told(audience: str, about: Collection[str], people: _People) -> frozenset[str]:
    """The person that is meant, or whoever has the role: everywhere, or for an account that it is about.

    And their deputies.
    """
    roles, deputies = people
    meant = {audience, *(f"{audience}{ON}{account}" for account in about)}
    names = {audience, *(name for name, has in roles.items() if meant & {*has})}
    return frozenset(names | {deputies[one] for one in names if deputies.get(one)})


class PostOffice:
    """Sends what `notices.tell` queued; a failure is kept with the notice and tried again."""

    def __init__(self, app: App, healthy: Callable[[], bool], command: Command) -> None:
        self._app, self._healthy, self._command = app, healthy, command
        self._news, self._closing = threading.Event(), False
        self._next_beat = clock.monotonic()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """Begin; the thread ends with the process."""
        self._thread.start()

    def news(self) -> None:
        """There may be something to tell."""
        self._news.set()

    def close(self) -> None:
        """Finish the message under way; the rest is told after the next start."""
        self._closing = True
        self._news.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._closing:
            heartbeat = self._app.config.heartbeat
            self._news.wait(timeout=min(30, heartbeat.every) if heartbeat else 30)
            self._news.clear()
            if self._closing:
                return
            try:
                self._beat()
                self.deliver()
            except Exception as error:  # noqa: BLE001  # telling must not stop for one bad message
                log.error("notifications failed", error=type(error).__name__, reason=str(error))

    def deliver(self) -> int:
        """Send what waits; how many notices were told."""
        with self._app.store.read() as tx:
            rows = tx.all(
                select(_NOTICE)
                .where(_NOTICE.c.sent_at.is_(None))
                .order_by(_NOTICE.c.tries, _NOTICE.c.id)
                .limit(AT_ONCE)
            )
            roles, deputies = _people(tx)
            left_out, about = former.addresses(tx), accounts_of(tx, rows)
        told = []
        for row in rows:
            self._beat()  # addresses that do not answer keep the heartbeat waiting for one message
            told.append(
                (row, self._tell(row, _told(row.audience, about[row.id], (roles, deputies))))
            )
            if row.audience == former.OWNER and row.tries == 0:
                self._tell_former(row, left_out)
        if told:
            with self._app.store.write(MACHINE) as tx:
                for row, failed in told:
                    said = {"tries": row.tries + 1, "error": "; ".join(failed)}
                    if failed:
                        tx.run(update(_NOTICE).where(_NOTICE.c.id == row.id).values(said))
                        continue
                    line = Line("told", row.audience, {"code": row.code or row.title})
                    ledger.change(tx, (NOTICE, row.id), line, sent_at=tx.now, **said)
        return sum(1 for _, failed in told if not failed)

    def _tell(self, row: NoticeRow, people: Collection[str]) -> Sequence[str]:
        title, body = letter(row, self._app.config.company.lang, self._command)
        log.warning("needs a person", who=row.audience, title=title, body=body)
        failed: list[str] = []
        for lang, references in self._addresses(row.audience, people).items():
            failed += self._send(row, lang, references)
        return failed

    def _tell_former(self, row: NoticeRow, references: Sequence[str]) -> None:
        """Once: an address that was left out because it is dead holds up nothing."""
        if failed := self._send(row, self._app.config.company.lang, references):
            log.warning("a former address was not told", code=row.code, reason="; ".join(failed))

    def _send(self, row: NoticeRow, lang: str, references: Sequence[str]) -> Sequence[str]:
        title, body = letter(row, lang, self._command)
        urls = self._resolved(references)
        return notify.send(urls, title=title, body=body, timeout=PATIENCE) if urls else ()

    def _addresses(self, audience: str, people: Collection[str]) -> dict[str, list[str]]:
        """By language. Where people are told stands in config.toml; who is meant, in the register."""
        config = self._app.config
        common = config.notify.get(audience, config.notify.get("default", ()))
        told = dict.fromkeys(common, config.company.lang)
        for person in config.people.values():
            if person.id in people:
                for reference in person.notify:
                    told.setdefault(reference, person.lang or config.company.lang)
        by_lang: dict[str, list[str]] = {}
        for reference, lang in told.items():
            by_lang.setdefault(lang, []).append(reference)
        return by_lang

    def _resolved(self, references: Sequence[str]) -> list[str]:
        found = []
        for reference in references:
            try:
                found.append(resolve_one(reference, self._app.config.folder, self._app.env))
            except Problem as error:
                log.error("a notification address cannot be read", reason=str(error))
        return found

    def _beat(self) -> None:
        """Only while healthy: silence is what the other side watches for."""
        heartbeat = self._app.config.heartbeat
        if heartbeat is None or clock.monotonic() < self._next_beat:
            return
        self._next_beat = clock.monotonic() + timedelta(seconds=heartbeat.every).total_seconds()
        if self._healthy():
            url = resolve_one(heartbeat.url, self._app.config.folder, self._app.env)
            if failed := notify.heartbeat(url, self._app.tools, timeout=5):
                log.warning("the heartbeat was not taken", reason=failed)
