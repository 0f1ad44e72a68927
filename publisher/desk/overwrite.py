"""A person has seen that somebody changed a post on its network, and writes over it."""

from publisher.desk.parts.deliveries import asked_anew, asked_for
from publisher.desk.parts.find import accounts_of, permitted
from publisher.errors import Conflict, Do, Usage
from publisher.gate import plan
from publisher.networks import lasting
from publisher.store import Tx, ledger
from publisher.store.rows import DeliveryRow
from publisher.words import foreign


def overwrite(tx: Tx, name: str, why: str) -> DeliveryRow:
    """Let a refused edit go over what was found there, and over nothing else; it is approved anew.

    Should the post be changed once more before it goes, it stops again. Raises Conflict when there
    is no such edit.
    """
    found = permitted(tx, name, "resolve")
    why = foreign(why)
    rows = [r for r in found.deliveries if r.state == "refused" and r.notes.get("theirs")]
    if len(rows) != 1:
        raise Conflict("overwrite.not_one", Do("read", {"post": found.post.id}))
    if not why.strip():
        raise Usage("overwrite.say_why", field="reason")
    [row], [account] = rows, accounts_of(tx, rows)
    asked = asked_for(tx, account, "now")
    ledger.record(
        tx, "overwrite", row.id, {"theirs": row.notes["theirs"], "why": why}, post=row.post_id
    )
    notes = {**lasting(row.notes), "overwrite": row.notes["theirs"]}
    [made] = plan(tx, [row], "reschedule", **asked_anew(tx, asked), notes=notes)
    return made.facts.row
