"""Hiding somebody else's comment: asked for by one person, sent once, looked up, never doubled."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from world import ANN, BO, CY, World, number_of

from publisher.desk import measures
from publisher.desk.measures import NewMeasure
from publisher.errors import Conflict, NotFound, NotPermitted, Usage
from publisher.store import tables as t
from publisher.store.compare import differences
from publisher.store.tables import core

COMMENT = "7001_7002"


def asked(world: World, comment: str = COMMENT, by=CY, **more: str) -> str:
    new = {"account": "page", "comment": comment, "what": "hide", "why": "insults", **more}
    with world.app.store.write(by) as tx:
        return measures.ask(tx, NewMeasure(**new))


def row(world: World, measure: str):
    table = core(t.Measure)
    with world.app.store.read() as tx:
        return tx.first(select(table).where(table.c.id == measure))


def ledger_of(world: World, measure: str) -> list[tuple[str, str, str]]:
    table = core(t.LedgerRow)
    with world.app.store.read() as tx:
        rows = tx.all(select(table).where(table.c.subject == measure).order_by(table.c.seq))
    return [(one.verb, one.before, one.after) for one in rows]


# ---- asking


def test_one_person_asks_and_the_others_are_told_to_look_at_it(world: World) -> None:
    measure = asked(world)
    made = row(world, measure)
    there = f"facebook 127.0.0.1:9/page {number_of('page')}"
    assert (made.state, made.target, made.place) == ("waiting", COMMENT, there)
    assert (made.asked_by, made.wake_at) == ("cy", world.clock.at)
    assert ledger_of(world, measure) == [("measure", "", "waiting")]
    assert "A comment on page is to be hidden" in world.notices()
    assert differences(world.app.store) == []


def test_an_author_may_not(world: World) -> None:
    with pytest.raises(NotPermitted, match="may not do something about a comment"):
        asked(world, by=ANN)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"account": "x"}, Conflict, "Nothing can be done about a comment on X"),
        ({"comment": "../me"}, Usage, "is not the id of a comment"),
        ({"why": " "}, Usage, "Say why"),
        ({"what": "show"}, NotPermitted, "by two people"),
    ],
)
def test_what_cannot_be_asked_for_says_why(world: World, change, error, said: str) -> None:
    with pytest.raises(error, match=said):
        asked(world, **change)


def test_a_post_of_ours_is_taken_down_instead(world: World) -> None:
    world.approved("The fair opens", "page")
    world.settle()
    world.by_hand("UPDATE delivery SET remote_id = '7001_7002' WHERE account = 'page'")
    with pytest.raises(Conflict, match="is a post of ours"):
        asked(world)


def test_what_waits_is_called_off_by_a_reason_and_by_the_next_word(world: World) -> None:
    first = asked(world)
    second = asked(world)
    assert [row(world, one).state for one in (first, second)] == ["cancelled", "waiting"]
    with world.app.store.write(BO) as tx, pytest.raises(Usage, match="Say why"):
        measures.call_off(tx, second, "")
    with world.app.store.write(BO) as tx:
        measures.call_off(tx, second, "it was irony")
    assert (row(world, second).state, row(world, second).reason) == ("cancelled", "it was irony")
    with world.app.store.write(BO) as tx, pytest.raises(NotFound):
        measures.call_off(tx, "nothing", "it was irony")


def test_of_one_comment_only_one_is_open(world: World) -> None:
    made = row(world, asked(world))
    twin = {**made._mapping, "id": "another"}
    with pytest.raises(IntegrityError), world.app.store.engine.begin() as conn:
        conn.execute(core(t.Measure).insert().values(twin))


# ---- vouched for


def test_what_somebody_changes_by_hand_is_found(world: World) -> None:
    asked(world)
    with world.app.store.engine.begin() as conn:
        conn.execute(text("UPDATE measure SET target = '7001_7003'"))
    assert len(differences(world.app.store)) == 1
