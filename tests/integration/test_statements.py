"""How much the database is asked: by the page, never by the post."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select
from world import ANN, CY, World

from publisher.daemon import restored
from publisher.read import check, exact, history, permissions, posts, register, steps, todo
from publisher.store import seals, witness
from publisher.store import tables as t
from publisher.store.tables import core

PAGE, ONE = 20, 8  # statements: of a page of a hundred posts, and of one post


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(world.app.store.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(world.app.store.engine, "before_cursor_execute", note)


def asked(world: World, look: Callable[[Any], Any], by: Any = ANN) -> list[str]:
    """What the database is asked for this look, the policy and the register known."""
    with world.app.store.read(by) as tx:
        tx.zone()
        with counted(world) as said:
            look(tx)
    return said


@pytest.fixture
def hundred(lite: World) -> World:
    for number in range(100):
        lite.post(f"Day {number} of the fair", "x", "page", at="2026-12-02 10:00")
    return lite


def test_a_page_of_a_hundred_posts(hundred: World) -> None:
    with hundred.app.store.read(ANN) as tx:
        assert len(posts.page(tx).posts) == 100
    for look in (posts.page, lambda tx: posts.page(tx, everything=True), todo.todo):
        said = asked(hundred, look)
        assert len(said) <= PAGE, "\n".join(said)


def test_a_page_asks_no_more_than_a_few_posts(lite: World) -> None:
    lite.post("The fair opens", "x", "page", at="2026-12-02 10:00")
    few = len(asked(lite, posts.page))
    for number in range(20):
        lite.post(f"Day {number} of the fair", "x", "page", at="2026-12-02 10:00")
    assert len(asked(lite, posts.page)) == few


@pytest.mark.parametrize(
    "look",
    [
        posts.post,
        exact.exact,
        check.when,
        history.tries,
        history.moves,
        lambda tx, _: register.accounts(tx),
        lambda tx, _: permissions.listed(tx, 100),
        lambda tx, name: steps.steps(tx, posts.post(tx, name)),
    ],
    ids=["post", "exact", "when", "tries", "moves", "accounts", "permissions", "steps"],
)
def test_one_post(lite: World, look: Callable[[Any, str], Any], request: Any) -> None:
    post = lite.post("The fair opens", "x", "page")
    said = asked(lite, lambda tx: look(tx, post))
    most = 3 * ONE if request.node.callspec.id == "steps" else ONE
    assert len(said) <= most, "\n".join(said)


def test_a_request_before_its_grant(lite: World) -> None:
    post = lite.post("Smoke in hall 2", "x", kind="urgent")
    with lite.app.store.write(ANN) as tx:
        from publisher.desk import exceptions

        number = exceptions.request(tx, post, "urgent", "outage", "callers get no answer")
    said = asked(lite, lambda tx: permissions.asked(tx, number), by=CY)
    assert len(said) <= 5 * ONE, "\n".join(said)


@contextmanager
def explained(world: World) -> Iterator[dict[str, list[str]]]:
    """Every statement, with the steps by which SQLite answers it."""
    plans: dict[str, list[str]] = {}

    def explain(_conn: Any, cursor: Any, statement: str, values: Any, *more: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            one = values[0] if more[-1] else values
            raw = cursor.connection.cursor()
            steps = raw.execute(f"EXPLAIN QUERY PLAN {statement}", one)
            plans[statement] = [row[3] for row in steps]

    event.listen(world.app.store.engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(world.app.store.engine, "before_cursor_execute", explain)


@pytest.mark.parametrize(
    ("look", "by"),
    [
        (posts.page, "ix_delivery_unfinished"),
        (todo.todo, "ix_delivery_kept_back"),
        (lambda tx: posts.page(tx, everything=True), "sqlite_autoindex_delivery_1 (id>?)"),
    ],
    ids=["queue", "todo", "everything"],
)
def test_however_many_wait_no_list_reads_them_all(
    lite: World, look: Callable[[Any], Any], by: str
) -> None:
    """Else the queue of a company with 300,000 planned posts took two seconds."""
    lite.post("The fair opens", "x", "page", at="2026-12-02 10:00")
    with explained(lite) as plans, lite.app.store.read(ANN) as tx:
        look(tx)
    steps = [step for plan in plans.values() for step in plan]
    assert not {"SCAN delivery", "SCAN post", "SCAN revision"} & set(steps)
    assert any(by in step for step in steps), steps


GROWING = ("delivery", "post", "revision", "approval", "attempt", "ledger", "payload", "seal")


def walked(statement: str, steps: list[str]) -> list[str]:
    """The tables that grow with what was ever written, and are read from one end to the other.

    The newest few rows by number, with nothing asked of them, are no walk.
    """
    if "LIMIT" in statement and "WHERE" not in statement:
        return []
    return [one for one in GROWING for step in steps if f"{step} ".startswith(f"SCAN {one} ")]


def test_however_much_there_is_the_daemon_reads_only_what_is_due(lite: World) -> None:
    """The plan of each statement of a whole life, of idle passes, of the seal and of the witness."""
    lite.approved("The fair opens", "x", "page", "blog", "board", at="2026-12-01 10:30")
    folder = lite.mark.path.parent
    seen = restored.Seen(lite.app.store, lite.mark, witness.read(folder), {})
    lite.releaser.vouch, lite.releaser.promise = seen.vouch, seen.promise
    with explained(lite) as plans:
        for minutes in (0, 31, 1):
            lite.clock.forward(minutes=minutes)
            seen.look()
            lite.settle()
            seals.seal(lite.app.store)
            witness.complete(lite.app.store, folder)
    assert len(lite.net.public) == 4
    whole = {one: walked(one, steps) for one, steps in plans.items()}
    assert not any(whole.values()), [one for one in whole if whole[one]]


def test_a_walk_is_told_from_a_look_at_the_newest(lite: World) -> None:
    with explained(lite) as plans, lite.app.store.read() as tx:
        seals.believed(tx)
        tx.all(select(core(t.LedgerRow)).where(core(t.LedgerRow).c.before == "waiting"))
    assert [walked(one, steps) for one, steps in plans.items()] == [[], ["ledger"]]
