"""A database from the past: every witness is believed, it starts stopped, a person takes it on (H8)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import bindparam, select

from publisher.app import App
from publisher.clock import rfc3339
from publisher.daemon import lock
from publisher.desk import adopting
from publisher.desk.adopting import Adopted
from publisher.desk.parts.find import authorize_everywhere
from publisher.errors import Conflict, Do, Problem, PutBack
from publisher.release import measuring
from publisher.release.doubt import doubt
from publisher.release.intend import Ready
from publisher.roles import MACHINE, Actor
from publisher.store import Store, Tx, audit, ledger, meta, past, proofs, seals, sent, witness
from publisher.store import tables as t
from publisher.store.bound import ACCOUNT
from publisher.store.ids import new_id
from publisher.store.ledger import Line
from publisher.store.mark import Mark, MarkFile, folder_of
from publisher.store.notices import tell
from publisher.store.past import Past
from publisher.store.rows import LedgerRow
from publisher.store.sent import Numbered
from publisher.store.tables import core
from publisher.store.witness import Decision, Remembered
from publisher.words import Part, as_text, part

ADOPT = Do("operate", {"how": "adopt"})

_STOP = core(t.Stop)
_LEDGER = core(t.LedgerRow)


def stop_if_restored(store: Store, mark: Mark | None, folder: Path) -> str:
    """A restored or copied database starts stopped; why, or "" when it is the one we know (H8).

    What may have gone out since becomes unknown and is looked up first, and what people had decided
    about is kept back. Only the one daemon of this database may call this.
    """
    return look(store, mark, folder)[0]


def look(store: Store, mark: Mark | None, folder: Path) -> tuple[str, Remembered]:
    """As `stop_if_restored`; with it what people decided that is in this database, unless it stopped."""
    heard = past.listen(folder, mark)
    with store.write(MACHINE) as tx:
        why, found = past.compare(tx, heard)
        if why:
            _stop(tx, why, found)
    if not why:
        _mend(store, folder, heard.remembered)
    while True:
        with store.write(MACHINE) as tx:
            if not doubt(tx):
                known = heard.remembered
                return why, Remembered(None, (), end=known.end) if why else known


class Seen:
    """What a running daemon knows of its database: is all of that still in it? (H8)

    The newest row that it saw, what people decided as its witness has it, and the row of each
    delivery's last intent (`left`: of before its start): whoever puts older rows back cannot take
    these back. What is missing is left as the mark of this database, so that the next start finds it
    missing too, and starts stopped.
    """

    def __init__(
        self, store: Store, mark: MarkFile, remembered: Remembered, left: Mapping[str, Numbered]
    ) -> None:
        self._store, self._mark = store, mark
        self._about: dict[str, dict[int, int]] = {}  # post: rows, each with what it said
        self._general: dict[tuple[str, str], tuple[int, int]] = {}  # the newest of its kind
        # What is asked for each time, as it stood when it was believed: as long as it stands so, its
        # signature needs no second look. One without depends on another row, and is looked at anew.
        self._stood: dict[int, tuple[int, LedgerRow]] = {}
        self._intents, self._made = dict(left), dict[str, Numbered]()
        self._end = remembered.end
        self._heed(remembered.decisions)
        with store.read() as tx:
            self._row = seals.believed(tx)

    def look(self) -> None:
        """Raises PutBack when this is not the database any more that it was."""
        new = self._listen()  # first: the database is never behind
        with self._store.read() as tx:
            self._there(tx, [self._row])
            self._ask(tx, new, self._general.values())
            self._row = max(self._row, seals.believed(tx))

    def vouch(self, tx: Tx, ready: Sequence[Ready]) -> None:
        """Nothing leaves on the word of a database that forgot what was decided, or sent.

        Raises PutBack.
        """
        self._listen()
        names = [one.delivery for one in ready]
        self._there(tx, [self._intents[name] for name in names if name in self._intents])
        accounts = {one.account_row.id for one in ready}
        self._ask(tx, {one.post for one in ready}, self._said_of(accounts))
        made = {
            row.subject: (row.seq, seals.row_hash(row))
            for row in tx.all(_INTENTS, {"names": names})
        }
        tx.after_commit.append(lambda: self._made.update(made))

    def promise(self) -> None:
        """Durable beside the mark before anything leaves. Raises OSError."""
        made, self._made = self._made, {}
        self._intents.update(made)
        sent.append(self._mark.path.parent, made)
        while len(self._intents) > sent.KEPT:
            del self._intents[next(iter(self._intents))]

    def _listen(self) -> set[str]:
        """Hear what was decided since; the posts that it is about.

        Another file is what `adopt` left: what was lost is not asked for any more.
        """
        added, end = witness.added(self._mark.path.parent, self._end)
        if end[0] != self._end[0]:
            self._about.clear()
            self._general.clear()
        self._end = end
        self._heed(added)
        return {one.post for one in added}

    def _heed(self, decisions: Iterable[Decision]) -> None:
        for one in decisions:
            if one.post:
                self._about.setdefault(one.post, {})[one.seq] = hash(one)
            else:
                known = self._general.get((one.verb, one.subject), (0, 0))
                self._general[one.verb, one.subject] = max(known, (one.seq, hash(one)))

    def _said_of(self, accounts: Collection[str]) -> Iterable[tuple[int, int]]:
        """What was decided about everything but other accounts: whose turn it is asks for that."""
        mine = {f"{ACCOUNT.name} {one}" for one in accounts}
        for (_, subject), said in self._general.items():
            if subject in mine or not subject.startswith(f"{ACCOUNT.name} "):
                yield said

    def _there(self, tx: Tx, rows: Iterable[Numbered]) -> None:
        """Are these rows still there, as they were?"""
        for seq, said in rows:
            if seq and seals.newest(tx, seq) != (seq, said):
                with suppress(OSError):  # the daemon ends all the same
                    self._mark.reset(Mark(meta.get(tx, "installation"), seq, said))
                raise PutBack("restored.gone", row=seq)

    def _ask(self, tx: Tx, posts: Iterable[str], decided: Iterable[tuple[int, int]]) -> None:
        """Is what was decided still there, generally and about these posts?"""
        general = dict(decided)
        asked = dict(general)
        for post in posts:
            asked |= self._about.get(post, {})
        rows = {row.seq: row for row in witness.rows(tx, asked)}
        new = [seq for seq in asked if self._stood.get(seq) != (asked[seq], rows.get(seq))]
        held = witness.held(tx, [rows[seq] for seq in new if seq in rows])
        gone = [seq for seq in new if hash(held.get(seq)) != asked[seq]]
        if gone:
            raise PutBack("restored.gone", row=min(gone))
        self._stood |= {seq: (general[seq], rows[seq]) for seq in general if rows[seq].mac}


_INTENTS = (
    select(_LEDGER)
    .where(_LEDGER.c.verb == "intend", _LEDGER.c.subject.in_(bindparam("names", expanding=True)))
    .order_by(_LEDGER.c.seq)
)


def unadopted(tx: Tx) -> bool:
    """Is it stopped as a restored one? Then it promises nothing to its witness yet."""
    mine = (_STOP.c.by == MACHINE.person) & _STOP.c.lifted_at.is_(None)
    return tx.value(select(_STOP.c.id).where(mine).limit(1)) is not None


def _stop(tx: Tx, why: str, found: Past) -> None:
    before = past.kept(tx) if unadopted(tx) else None
    if before and set(found.evidence) <= set(before.evidence):
        return  # stopped for that already
    whole = past.joined(before, found)
    past.keep(tx, whole)
    measuring.doubted(tx)
    proofs.end_all(tx)  # nobody knows which of them had been ended since
    changed = {one.subject for one in whole.decisions if one.verb in proofs.CHANGES}
    for person in proofs.knowing(tx):  # what they had before they changed it may be known to others
        if not whole.known or proofs.password_of(person) in changed:
            proofs.forget(tx, person)
    tx.bump_epoch()
    line = Line("stop", "everything", {"reason": why, "lost": whole.rows})
    if before is None:
        row = t.Stop(scope="everything", reason=why, by=tx.actor.person, at=tx.now)
        ledger.put(tx, row, line)
    else:
        ledger.record(tx, line.verb, line.subject, line.payload)
    tell(tx, f"restored:{new_id(tx.now)}", "duty officer", "restored", ADOPT, why=why)


def _mend(store: Store, folder: Path, remembered: Remembered) -> None:
    """A witness of decisions that is missing or damaged is begun anew, from the newest row on."""
    if remembered.begin is not None and not remembered.damaged:
        return
    with store.write(MACHINE) as tx:
        seq, _ = ledger.head(tx)
        meta.note(tx, witness.COMPLETE_TO, str(seq))
    try:
        witness.replace(folder, seq, remembered.decisions, f"damaged-{_stamp(store)}")
    except OSError as error:
        witness.missed(store, str(error.strerror))


def adopt(app: App, actor: Actor, why: str) -> Adopted:
    """A person says that this restored database is the one; the witness is told as well.

    Raises Conflict when there is nothing to adopt, or when its daemon has to be restarted first.
    """
    store = app.store
    with store.read() as tx:
        tx.actor = actor
        authorize_everywhere(tx, "operate")
        installation, stopped = meta.get(tx, "installation"), unadopted(tx)
    folder = folder_of(app.config.witness, installation)
    file = MarkFile(folder)
    try:
        flaws = () if stopped else _look(app, file.read(), folder)
        with store.write(actor) as tx:
            last = seals.newest(tx)  # a row that is there, even if this is never committed
            adopted = adopting.adopt(tx, why, flaws)
            file.reset(Mark(installation, *last))  # before anything can go out
    finally:
        file.close()
    try:
        stamp = f"before-{_stamp(store)}"
        _forget(store, folder, stamp)
        sent.set_aside(folder, stamp)
        seals.adopt(store, folder, stamp)
    except OSError as error:
        store.say(part("restored.untold", why=error.strerror), [ADOPT])
    except Problem:  # its words say that nothing was changed, and that is not true any more
        store.say(part("restored.untold", why=as_text("reason.no_answer")), [ADOPT])
    return adopted


def _look(app: App, mark: Mark | None, folder: Path) -> Sequence[Part]:
    """No daemon has looked at it yet, so that is done now; what else the witness says against it."""
    with app.store.read() as tx:
        why, _ = past.compare(tx, past.listen(folder, mark))
    if not why:
        return audit.verify(app.store, folder, "history").flaws
    try:
        held = lock.take(app.store, app.config.data)
    except Conflict:
        raise Conflict("restored.unnoticed", why=why) from None
    try:
        stop_if_restored(app.store, mark, folder)
    finally:
        held.release()
    return ()


def _forget(store: Store, folder: Path, stamp: str) -> None:
    """What the adopted database does not hold is no longer asked of it; it stays readable beside."""
    remembered = witness.read(folder)
    with store.read() as tx:
        lost = set(witness.missing(tx, remembered.decisions))
        head, _ = ledger.head(tx)
    whole = remembered.begin is not None and not remembered.damaged
    begin = remembered.begin if whole and remembered.begin is not None else head
    keep = [one for one in remembered.decisions if one not in lost]
    witness.replace(folder, begin, keep, stamp)


def _stamp(store: Store) -> str:
    return rfc3339(store.now()).replace(":", "")
