"""What a witness knows that a database does not: the database lies behind it, and starts stopped.

Kept as one fact in that database until a person adopts it: which rows were lost as far as anybody
knows, since when, and what people had decided in them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from functools import reduce
from pathlib import Path

from sqlalchemy import func, select

from publisher.clock import from_rfc3339, rfc3339
from publisher.store import Tx, ledger, meta
from publisher.store import tables as t
from publisher.store.mark import Checkpoint, Mark, newest_checkpoint
from publisher.store.seals import row_hash
from publisher.store.tables import core
from publisher.store.witness import Decision, Remembered, missing, read
from publisher.words import as_text

_LEDGER = core(t.LedgerRow)
_SEAL = core(t.Seal)
_DELIVERY = core(t.Delivery)

FACT = "restored"


@dataclass(frozen=True)
class Heard:
    """What the witness folder says, read before the database is looked at: it may only be ahead."""

    mark: Mark | None
    checkpoint: Checkpoint | None
    unreadable: str
    remembered: Remembered


@dataclass(frozen=True)
class Past:
    """What was lost. Rows `first`..`last` as far as is known (`last` 0: nobody knows how many).

    `since`: all that this database holds up to then is as it was. `sent`: something may have gone
    out since. `known`: `decisions` are all that people decided since. `at`: the last delivery that
    was looked through, None when all were.
    """

    since: datetime
    first: int
    last: int
    sent: bool
    known: bool
    decisions: tuple[Decision, ...]
    evidence: tuple[str, ...]
    at: str | None = ""

    @property
    def rows(self) -> str:
        """The lost range, as text that `words.read` says."""
        if self.last:
            return as_text("reason.rows", first=self.first, last=self.last)
        return as_text("reason.rows_after", row=self.first - 1)

    def about(self) -> Mapping[str, Sequence[Decision]]:
        """The lost decisions by what they were about, post or delivery."""
        found: dict[str, list[Decision]] = {}
        for one in self.decisions:
            for name in {one.subject, one.post} - {""}:
                found.setdefault(name, []).append(one)
        return found


def listen(folder: Path, mark: Mark | None) -> Heard:
    """Read the witness. `mark` is what the mark file said."""
    try:
        checkpoint, unreadable = newest_checkpoint(folder), ""
    except (OSError, ValueError):
        checkpoint, unreadable = None, as_text("reason.no_checkpoints")
    return Heard(mark, checkpoint, unreadable, read(folder))


def compare(tx: Tx, heard: Heard) -> tuple[str, Past]:
    """Why this is not the database that the witness knows ("" when it is), and what was lost.

    The reasons stay the same while the database grows, so that a second start finds nothing new.
    """
    head, _ = ledger.head(tx)
    sealed = int(tx.value(select(func.max(_SEAL.c.last_seq))) or 0)
    sent = _mark(tx, heard.mark)
    lost = missing(tx, heard.remembered.decisions)
    found = {
        sent: heard.mark.seq if heard.mark else 0,
        _checkpoint(tx, heard.checkpoint): heard.checkpoint.seq if heard.checkpoint else 0,
        heard.unreadable: 0,
        _decisions(lost): max((one.seq for one in lost), default=0),
    }
    reasons = tuple(one for one in found if one)
    ends = [found[one] for one in reasons if found[one]]
    begin = heard.remembered.begin
    why = reduce(_both, reasons) if reasons else ""
    return why, Past(
        since=_since(tx, sealed),
        first=min([head + 1, *ends, *(one.seq for one in lost)]),
        last=max(ends, default=0),
        sent=bool(sent),
        known=begin is not None and begin <= sealed and not heard.remembered.damaged,
        decisions=tuple(lost),
        evidence=reasons,
    )


def _both(one: str, more: str) -> str:
    return as_text("reason.both", one=one, more=more)


def _mark(tx: Tx, mark: Mark | None) -> str:
    if mark is None:
        queued = tx.value(select(_DELIVERY.c.id).limit(1))
        return as_text("reason.no_witness") if queued else ""
    if mark.installation != meta.installation(tx):
        return as_text("reason.other_witness")
    row = tx.first(select(_LEDGER).where(_LEDGER.c.seq == mark.seq))
    if mark.seq == 0 or (row is not None and row_hash(row) == mark.head):
        return ""
    return as_text("reason.row_sent_gone", row=mark.seq)


def _checkpoint(tx: Tx, checkpoint: Checkpoint | None) -> str:
    if checkpoint is None:
        return ""
    kept = tx.value(select(_SEAL.c.hash).where(_SEAL.c.n == checkpoint.n))
    if kept == checkpoint.hash:
        return ""
    return as_text("reason.row_signed_gone", row=checkpoint.seq)


def _decisions(lost: Sequence[Decision]) -> str:
    return as_text("reason.decisions_gone", count=len(lost)) if lost else ""


def _since(tx: Tx, sealed: int) -> datetime:
    """The time of the last sealed row: what commands added to a restored copy is not sealed yet."""
    seq = sealed or tx.value(select(func.min(_LEDGER.c.seq)))
    found: datetime | None = tx.value(select(_LEDGER.c.at).where(_LEDGER.c.seq == seq))
    return found or tx.now


def kept(tx: Tx) -> Past | None:
    """What this database was stopped for as a restored one, until somebody adopts it."""
    text = meta.get(tx, FACT)
    if not text:
        return None
    values = json.loads(text)
    decisions = tuple(Decision(*one) for one in values.pop("decisions"))
    values["evidence"] = tuple(values["evidence"])
    return Past(**{**values, "since": from_rfc3339(values["since"]), "decisions": decisions})


def keep(tx: Tx, past: Past | None) -> None:
    """Remember it, or (None) that it is over."""
    if past is None:
        meta.put(tx, FACT, "")
        return
    values = {
        **vars(past),
        "since": rfc3339(past.since),
        "decisions": [astuple(one) for one in past.decisions],
    }
    meta.put(tx, FACT, json.dumps(values))


def joined(before: Past | None, new: Past) -> Past:
    """A copy of what was stopped once already was restored: both losses count."""
    if before is None:
        return new
    known = [*before.decisions, *(one for one in new.decisions if one not in before.decisions)]
    return replace(
        new,
        since=min(before.since, new.since),
        first=min(before.first, new.first),
        last=max(before.last, new.last),
        sent=before.sent or new.sent,
        known=before.known and new.known,
        decisions=tuple(known),
        evidence=(*before.evidence, *new.evidence),
    )
