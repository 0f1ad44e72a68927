"""Who wrote it, and who said yes to it or sent it back. A yes counts while its person may give it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import select

from publisher.gate import people
from publisher.gate.people import People, may_still
from publisher.gate.subject import Asked, Evidence, Fields, Order, Subject, among
from publisher.policy import Approval
from publisher.store import bound
from publisher.store import tables as t
from publisher.store.rows import ApprovalRow, LedgerRow, PersonRow, RevisionRow
from publisher.store.tables import core

_APPROVAL = core(t.Approval)
_LEDGER = core(t.LedgerRow)
_APPROVALS = select(_APPROVAL).where(among(_APPROVAL.c.post_id, "posts"))
# The ledger's own returns are asked for: a row can be made to vanish.
_RETURNS = select(_LEDGER.c.post_id, _LEDGER.c.seq).where(
    among(_LEDGER.c.post_id, "posts"), _LEDGER.c.verb == "return"
)


@dataclass(frozen=True)
class Decision:
    """An approval row that the ledger vouches for, and its place in the ledger's order.

    A return that the ledger knows and whose row has vanished stands for every delivery.
    """

    seq: int
    row: ApprovalRow | None

    def about(self, delivery: str) -> bool:
        return self.row is None or delivery in self.row.deliveries

    @property
    def returns(self) -> bool:
        return self.row is None or self.row.decision == "return"


class _Found(NamedTuple):
    approvals: Sequence[ApprovalRow]
    sent_back: Sequence[LedgerRow]
    people: Sequence[PersonRow]


class Said(NamedTuple):
    """What is believed: by post, what was decided; and who said it, as they are now."""

    made: Mapping[str, Sequence[Decision]]
    people: People


def _read(asked: Asked) -> _Found:
    return _with_people(asked, asked.tx.all(_RETURNS, asked.names))


def _with_people(asked: Asked, sent_back: Sequence[LedgerRow]) -> _Found:
    found = asked.tx.all(_APPROVALS, asked.names)
    yeses = (row for row in found if row.decision == "approve")
    said_yes = {name for row in yeses for name in (row.person, *row.acting_for)}
    return _Found(found, sent_back, people.named(asked.tx, said_yes))


def _binds(found: _Found, _asked: Asked) -> Mapping[str, str]:
    return {**bound.bindings(bound.APPROVAL, found.approvals), **people.binds(found.people)}


def _believed(found: _Found, order: Order) -> Said:
    made: dict[str, list[Decision]] = {}
    for row in found.approvals:
        if seq := order.get(bound.APPROVAL.fact(row)):
            made.setdefault(row.post_id, []).append(Decision(seq, row))
    for back in found.sent_back:
        mine = made.setdefault(back.post_id, [])
        if back.seq not in {decision.seq for decision in mine}:
            mine.append(Decision(back.seq, None))
    return Said(made, people.believed(found.people, order))


def _fields(known: Said, of: Subject, asked: Asked) -> Fields:
    row, needed = of.row, asked.tx.policy.approval.count
    made, written = known.made.get(row.post_id, ()), asked.written.get(row.post_id, ())
    rows = [decision.row for decision in made if decision.row is not None]
    what = ("approve", row.account)
    return {
        "author": of.post.author,
        "last_editor": of.post.last_editor,
        "writers": writers(written, rows, row, needed),
        "approvals": tuple(
            Approval(one.person, one.at, one.expires_at)
            for one in _approvals(made, row.id, of.mark)
            if may_still(asked.tx, known.people, (one.person, *one.acting_for), what)
        ),
        "returned": _returned(made, row.id, row.revision),
    }


def _approvals(made: Sequence[Decision], delivery: str, mark: str) -> tuple[ApprovalRow, ...]:
    """Everybody's yes to these very words, given after whoever sent it back last."""
    mine = [d for d in made if d.about(delivery)]
    back = max((d.seq for d in mine if d.returns), default=0)
    return tuple(
        d.row
        for d in mine
        if d.row and not d.returns and d.seq > back and d.row.deliveries[delivery] == mark
    )


def _returned(made: Sequence[Decision], delivery: str, revision: int) -> str:
    of_this = [d for d in made if d.row and d.row.revision == revision and d.about(delivery)]
    newest = max(of_this, key=lambda d: d.seq, default=None)
    if newest is None or newest.row is None or not newest.returns:
        return ""
    return newest.row.reason or "no reason given"


def writers(
    written: Sequence[RevisionRow],
    approvals: Sequence[ApprovalRow],
    delivery: ApprovalRow,
    count: int,
) -> tuple[str, ...]:
    """Everybody who wrote between the last revision that enough others approved and the present one.

    They approve nothing of it. `written` and `approvals` are the post's, of any revision; `count` is
    how many a yes takes.
    """
    found: set[str] = set()
    for one in written:
        if one.number > delivery.revision:
            break
        found.add(one.written_by)
        own = found | {written[0].written_by}
        if one.number < delivery.revision and _settled(approvals, delivery, one, own, count):
            found = set()
    return tuple(sorted(found))


def _settled(
    approvals: Sequence[ApprovalRow], delivery: Any, revision: Any, own: set[str], count: int
) -> bool:
    """Did enough people who wrote none of it say yes to this revision, and nobody send it back?"""
    said = [a for a in approvals if a.revision == revision.number and delivery.id in a.deliveries]
    if any(a.decision == "return" for a in said):
        return False
    return len({a.person for a in said} - own) >= count


EVIDENCE = Evidence(_fields, _read, _binds, _believed)

# For readers: a return whose row somebody made to vanish holds the post, and says so there.
WITHOUT_RETURNS = replace(EVIDENCE, read=lambda asked: _with_people(asked, ()))
