"""What somebody who has left leaves behind is handed over to somebody who is there."""

from sqlalchemy import exists, or_, select

from publisher.desk.parts import seen
from publisher.desk.parts.find import authorize_on
from publisher.documents import near
from publisher.errors import Conflict, Do, NotFound
from publisher.gate import plan
from publisher.roles import authorize, grants, said
from publisher.store import Tx, findable, ledger
from publisher.store import tables as t
from publisher.store.bound import POST
from publisher.store.ledger import Line
from publisher.store.notices import tell
from publisher.store.people import gone
from publisher.store.rows import PersonRow, PostRow
from publisher.store.tables import core

_PERSON = core(t.Person)
_POST = core(t.Post)
_REVISION = core(t.Revision)
_DELIVERY = core(t.Delivery)


def hand_over(tx: Tx, leaver: str, to: str) -> list[str]:
    """From now on the drafts and waiting posts of whoever has left have another author, who releases what
    is held of them; the posts. Raises NotFound, Conflict.

    The new author says yes to none of it, nor does who wrote it.
    """
    authorize(tx.actor, "hand over")
    person, other = _row(tx, leaver), _row(tx, to)
    if not gone(tx, person):
        raise Conflict("leavers.there", person=leaver)
    if gone(tx, other) or other.sample != person.sample:
        raise Conflict("leavers.nobody", field="to", name=to)
    posts = tx.all(select(_POST).where(_POST.c.author == leaver, seen.posts(tx, _POST.c.id), _OPEN))
    if not posts:
        raise Conflict("leavers.nothing", person=leaver)
    tx.lock_epoch()  # before any row: the lock order
    for post in posts:
        _hand_over(tx, post, other)
    look = Do("read", {"how": "queue"})
    once = f"handed over:{leaver}:{to}:{posts[0].id}"
    tell(tx, once, to, "handed_over", look, person=leaver, by=tx.actor.person, count=len(posts))
    return [post.id for post in posts]


_OPEN = or_(t.DRAFT, exists().where(_DELIVERY.c.post_id == _POST.c.id, t.UNFINISHED))


def _hand_over(tx: Tx, post: PostRow, to: PersonRow) -> None:
    number = (_REVISION.c.post_id == post.id) & (_REVISION.c.number == post.revision)
    revision = tx.first(select(_REVISION).where(number))
    for account in authorize_on(tx, "hand over", revision.accounts):
        if not grants(to.roles, "write", account.id):
            values = {"person": to.name, "action": said("write"), "account": account.id}
            raise Conflict("leavers.may_not", field="to", post=post.id, **values)
    line = Line("hand over", post.id, {"from": post.author, "to": to.name}, post.id)
    ledger.change(tx, (POST, post.id), line, author=to.name)
    findable.note(tx, tx.first(select(_POST).where(_POST.c.id == post.id)), revision)
    mine = (_DELIVERY.c.post_id == post.id) & (_DELIVERY.c.state == "waiting")
    if waiting := tx.all(select(_DELIVERY).where(mine)):
        plan(tx, waiting)


def _row(tx: Tx, name: str) -> PersonRow:
    rows: dict[str, PersonRow] = {row.name: row for row in tx.all(select(_PERSON))}
    if name not in rows:
        raise NotFound("find.no_person", field="person", name=name, near=near(name, [*rows]))
    return rows[name]
