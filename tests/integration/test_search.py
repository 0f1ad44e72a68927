"""Any word of any post is found as soon as it is written, and no longer than it stands there."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from commands import Commands
from counter import Counter, counter
from sqlalchemy import event, text
from test_daemon_guards import at_rest
from world import ANN, BO, World

from publisher.content import Media
from publisher.desk import compose, door, schedule
from publisher.errors import NotFound, Usage
from publisher.read import search
from publisher.read.search import Results, Wanted
from publisher.roles import MACHINE
from publisher.store import findable, schema
from publisher.store.findable import Span

__all__ = ["counter"]

PICTURE = Media("0" * 64, "image/png", 8, 8, "A red umbrella on the quay")


def found(world: World, words: str = "", **more: Any) -> Results:
    at, most = more.pop("at", ""), more.pop("most", 50)
    with world.app.store.read(ANN) as tx:
        return search.search(tx, Wanted(words, **more), at=at, most=most)


def ids(world: World, words: str = "", **more: Any) -> list[str]:
    return [one.id for one in found(world, words, **more).items]


def write(world: World, words: str, *accounts: str, **more: Any) -> str:
    """A draft of Ann's, a second after the one before."""
    world.clock.forward(seconds=1)
    with world.app.store.write(ANN) as tx:
        return compose.create(tx, door.NewPost(words, accounts or ("x",), **more))


def edit(world: World, post: str, **changes: Any) -> None:
    world.clock.forward(seconds=1)
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, changes)


def test_a_word_is_found_wherever_a_post_says_it(world: World) -> None:
    plain = write(world, "会場は九時に開場します。傘をお持ちください")
    titled = write(world, "It opens", "blog", title="The summer fair")
    linked = write(world, "It opens soon", link="https://example.com/harbour/plan")
    varied = write(world, "It opens at nine", "x", "page", variants={"page": "Bring the children"})
    pictured = write(world, "It opens at ten", media=(PICTURE,))
    for words, post, where in (
        ("開場", plain, "text"),
        ("傘", plain, "text"),
        ("summer", titled, "title"),
        ("harbour", linked, "link"),
        ("children", varied, "variant"),
        ("UMBRELLA", pictured, "picture"),
    ):
        [one] = found(world, words).items
        assert (one.id, one.where) == (post, where), words
        assert words.casefold() in one.words.casefold()
    assert ids(world, "opens") == [pictured, varied, linked, titled]
    assert ids(world, "closed") == []


def test_what_is_found_says_by_whom_and_where_it_stands(world: World) -> None:
    post = world.approved("The fair opens", "page", "blog")
    world.settle()
    with world.app.store.write(BO) as tx:
        compose.edit(tx, post, {"text": "The fair opens at noon"})
    [one] = found(world, "noon").items
    assert (one.author, one.editor, one.state) == ("ann", "bo", "submitted")
    assert {(d.account, d.act, d.state) for d in one.deliveries} == {
        (account, *act)
        for account in ("page", "blog")
        for act in (("publish", "published"), ("edit", "waiting"))
    }


def test_it_is_found_by_account_person_state_and_time(world: World) -> None:
    draft = write(world, "The fair opens", "x")
    noon = world.clock()
    world.clock.forward(hours=1)
    waits = world.post("The fair opens on Sunday", "page")
    world.clock.forward(hours=1)
    withdrawn = world.post("The fair opens on Monday", "blog")
    with world.app.store.write(ANN) as tx:
        schedule.cancel(tx, withdrawn)
    assert ids(world, "fair", account="page") == [waits]
    assert ids(world, account="page") == [waits]
    assert ids(world, "fair", person="ann") == [withdrawn, waits, draft]
    assert ids(world, "fair", person="bo") == []
    assert ids(world, "fair", state="draft") == [draft]
    assert ids(world, "fair", state="waiting") == [waits]
    assert ids(world, "fair", state="cancelled") == [withdrawn]
    assert ids(world, "fair", written=Span(world.clock())) == [withdrawn]
    assert ids(world, "fair", written=Span(noon, world.clock())) == [waits, draft]
    assert ids(world, "fair", written=Span(None, noon)) == []
    assert ids(world) == [withdrawn, waits, draft]


def test_an_edited_post_is_found_by_what_it_says_now(world: World) -> None:
    first = write(world, "The fair opens at nine")
    second = write(world, "The market opens at nine")
    edit(world, first, text="The fair opens at noon")
    assert ids(world, "noon") == [first]
    assert ids(world, "nine") == [second]
    assert ids(world, "opens") == [first, second]  # by when they were given the words they have
    with world.app.store.write(BO) as tx:
        compose.edit(tx, first, {"text": "The fair opens late"})
    assert ids(world, "late", person="bo") == ids(world, "late", person="ann") == [first]


def test_what_was_undone_is_not_found(world: World) -> None:
    with suppress(ZeroDivisionError), world.app.store.write(ANN) as tx:
        compose.create(tx, door.NewPost("The fair opens", ("x",)))
        raise ZeroDivisionError
    with world.app.store.write(ANN) as tx:
        with suppress(ZeroDivisionError), tx.part():
            compose.create(tx, door.NewPost("The market opens", ("x",)))
            raise ZeroDivisionError
        kept = compose.create(tx, door.NewPost("The gate opens", ("x",)))
    assert ids(world, "opens") == [kept]


def test_pages_go_on_where_they_ended_whatever_is_written_meanwhile(world: World) -> None:
    posts = [write(world, f"Day {number} of the fair") for number in range(7)]
    at, seen = "", []
    for _ in range(4):
        page = found(world, "fair", at=at, most=2)
        seen += [one.id for one in page.items]
        write(world, "Another day of the fair", again=True)
        at = page.next or ""
    assert seen == posts[::-1]
    assert page.next is None


def test_posts_of_one_instant_all_have_a_place(world: World) -> None:
    with world.app.store.write(ANN) as tx:
        posts = {compose.create(tx, door.NewPost(f"Hall {n}", ("x",))) for n in range(9)}
    first = found(world, "hall", most=4)
    second = found(world, "hall", most=4, at=first.next)
    third = found(world, "hall", most=4, at=second.next)
    pages = [[one.id for one in page.items] for page in (first, second, third)]
    assert [len(page) for page in pages] == [4, 4, 1]
    assert {one for page in pages for one in page} == posts


def test_what_only_meets_in_the_index_is_no_hit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """東京と京都 has both pairs of 東京都; and numbers of words may meet."""
    write(world, "東京と京都で開きます")
    assert ids(world, "東京都") == []
    monkeypatch.setattr("publisher.folded.crc32", lambda _: 7)
    one = write(world, "The fair opens")
    write(world, "The market closes")
    assert ids(world, "fair") == [one]


def test_much_that_is_something_else_ends_a_page_and_not_the_search(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought = write(world, "Which colour? red blue")
    for number in range(12):
        write(world, f"blue red {number}")
    monkeypatch.setattr(search, "AT_ONCE", 3)
    monkeypatch.setattr(search, "MOST_POSTS", 5)
    pages = [found(world, '"red blue"')]
    while pages[-1].next:
        pages.append(found(world, '"red blue"', at=pages[-1].next))
    assert [len(page.items) for page in pages] == [0, 0, 1]
    assert pages[-1].items[0].id == sought
    monkeypatch.setattr(search, "MOST_POSTS", 5_000)
    monkeypatch.setattr(search, "MOST_CHARACTERS", 20)
    assert found(world, '"red blue"').next


@pytest.mark.parametrize("words", ["が", "...", '"', "-", "「」 が"])
def test_too_little_is_refused_and_beside_a_word_it_is_looked_at(world: World, words: str) -> None:
    post = write(world, "雨が降ります")
    with pytest.raises(Usage, match="too little"):
        found(world, words)
    assert ids(world, "雨 が") == [post]
    assert ids(world, "雨 は") == []


@pytest.mark.parametrize(
    "words",
    [
        'fair"',
        "fair OR market",
        "NEAR(fair market)",
        "fair*",
        "^fair",
        "text:fair",
        "{text title}: fair",
        "fair AND NOT market",
        "'; DROP TABLE findable; --",
        "fair & market | !gate",
        "fair <-> market",
        "100%_\\",
        "fair " * 40,
        "会" * 200,
        "\u202efair",
        "f\u0301\u0301\u0301air",
        "ﾊﾟ" * 90,
        "👨\u200d👩\u200d👧\u200d👦",
    ],
)
def test_whatever_is_typed_is_words_and_nothing_else(world: World, words: str) -> None:
    write(world, "The fair opens beside the market")
    assert len(ids(world, words)) <= 1


@pytest.mark.parametrize(
    "at", ["x", "1", "-", "1-", "9" * 30 + "-abcd", "-1-abcd", "１-abcd", "1.5-a"]
)
def test_a_place_that_is_none_is_refused(lite: World, at: str) -> None:
    with pytest.raises(Usage, match="no place"):
        found(lite, at=at)


def test_who_or_what_there_is_not_is_said(lite: World) -> None:
    with pytest.raises(NotFound, match='"xx"'):
        found(lite, account="xx")
    with pytest.raises(NotFound, match=r'"anne".*"ann"'):
        found(lite, person="anne")
    with pytest.raises(Usage, match="draft"):
        found(lite, state="gone")


# ---- the index can be made anew


def test_posts_from_before_the_index_are_read_some_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [write(world, f"Day {number} of the fair") for number in range(7)]
    _as_before_the_index(world)
    assert found(world, "fair").complete is False
    assert ids(world, "fair") == []
    new = write(world, "The last day of the fair")
    assert ids(world, "fair") == [new]
    monkeypatch.setattr(findable, "BATCH", 3)
    edit(world, posts[0], text="The first day of the fair")
    assert ids(world, "fair") == [posts[0], new]
    assert [findable.read_some(world.app.store) for _ in range(3)] == [3, 3, 0]
    assert ids(world, "fair") == [posts[0], new, *posts[:0:-1]]
    assert found(world, "fair").complete is True


def _as_before_the_index(world: World) -> None:
    from test_schema import _downgrade

    _downgrade(world, "0019")
    schema.upgrade(world.app.store)


def test_what_changes_while_it_is_read_keeps_its_newest_words(world: World) -> None:
    post = write(world, "The fair opens at nine")
    findable.forget(world.app.store)
    with world.app.store.read() as tx:
        old = findable.read(tx)
    edit(world, post, text="The fair opens at noon")
    with world.app.store.write(MACHINE) as tx:
        findable.keep(tx, old)
    assert (ids(world, "noon"), ids(world, "nine"), len(ids(world, "fair"))) == ([post], [], 1)


def test_of_a_post_without_end_the_beginning_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findable, "LONGEST", 45)
    more = {"page": "An umbrella for everybody who comes"}
    post = write(world, "The fair opens beside the river", "x", "page", variants=more)
    assert ids(world, "river") == ids(world, "umbrella") == [post]
    assert ids(world, "everybody") == []


def test_long_texts_are_read_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findable, "BATCH_LENGTH", 20)
    for number in range(3):
        write(world, f"A text of some length, {number}")
    findable.forget(world.app.store)
    assert [findable.read_some(world.app.store) for _ in range(4)] == [1, 1, 1, 0]


def test_the_daemon_reads_them_when_nothing_is_due_and_sleeps_when_it_has(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findable, "BATCH", 2)
    for number in range(3):
        write(lite, f"Day {number} of the fair")
    findable.forget(lite.app.store)
    slept: list[float] = []
    with at_rest(lite) as made:
        made._sleep = slept.append
        made._replan = None
        for _ in range(2):
            made._pass()
            assert slept == []
        made._pass()
        assert len(slept) == 1
    assert found(lite, "fair").complete
    assert len(ids(lite, "fair")) == 3


def test_made_anew_it_finds_the_same_and_what_posts_said_before_is_gone(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = Commands(lite, monkeypatch)
    monkeypatch.setattr("publisher.cli.db.own", lambda: lite.config)
    post = write(lite, "The fair opens at nine")
    edit(lite, post, text="The fair opens at noon")
    lite.by_hand("DELETE FROM findable")
    assert ids(lite, "noon") == []
    assert cli("db", "reindex").code == 0
    assert ids(lite, "noon") == [post]
    with lite.app.store.read() as tx:
        assert (
            tx.value(text("SELECT count(*) FROM findable_words WHERE findable_words MATCH 'x'"))
            == 0
        )


def test_a_row_of_the_index_that_is_wrong_shows_nothing_that_is_not_so(world: World) -> None:
    one, other = write(world, "The fair opens"), write(world, "The market opens")
    with world.app.store.engine.begin() as conn:
        conn.execute(text("UPDATE findable SET post_id = 'gone' WHERE post_id = :p"), {"p": other})
    assert ids(world, "market") == []
    assert ids(world, "opens") == [one]


# ---- through the desk's door


def test_over_the_service(counter: Counter) -> None:
    one = counter.write("会場は九時に開場します", "x")["id"]
    answer = counter.get("/search", params={"words": "開場", "account": "x"})
    assert answer.status_code == 200, answer.text
    [hit] = answer.json()["items"]
    assert (hit["id"], hit["author"], answer.json()["complete"]) == (one, "ann", True)
    span = {"words": "開場", "from": "2026-12-01T00:00:00Z", "to": "2026-12-02T00:00:00+09:00"}
    assert len(counter.get("/search", params=span).json()["items"]) == 1
    for params, status in (
        ({"words": "a" * 10_000}, 422),
        ({"words": "fair\x00"}, 422),
        ({"words": "が"}, 422),
        ({"state": "gone"}, 422),
        ({"account": "nowhere"}, 404),
        ({"at": "x"}, 422),
        ({"most": 1000}, 422),
        ({"from": "yesterday"}, 422),
    ):
        answer = counter.get("/search", params=params)
        assert answer.status_code == status, (params, answer.text)
    half = counter.ask("GET", "/search?words=%ED%A0%80")
    assert half.status_code in (200, 422), half.text


def test_by_a_command(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = Commands(lite, monkeypatch)
    post = cli.post("会場は九時に開場します", "--to", "x", "--at", "2026-12-02 10:00")["id"]
    said = cli("search", "開場")
    assert said.code == 0
    assert post in said.out
    assert "開場" in said.out
    assert [one["id"] for one in cli("search", "開場", "--person", "ann", "--json").json] == [post]
    assert cli("search", "開場", "--from", "2026-12-02").out == "Nothing was found.\n"
    assert cli("search", "開場", "--to", "2026-12-02", "--state", "waiting", "--json").json
    assert cli("search", "が").code == 2
    findable.forget(lite.app.store)
    assert "still being made" in cli("search", "開場").err


# ---- what it costs


@pytest.fixture
def asked(world: World) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(world.app.store.engine, "before_cursor_execute", note)
    yield said
    event.remove(world.app.store.engine, "before_cursor_execute", note)


def test_a_word_that_very_many_have_reads_no_more_than_a_page(
    world: World, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "AT_ONCE", 10)
    for number in range(40):
        write(world, f"Day {number} of the fair")
    asked.clear()
    assert len(found(world, "fair", most=10).items) == 10
    few = len(asked)
    asked.clear()
    assert len(found(world, "39").items) == 1
    assert len(asked) <= few <= 12, "\n".join(asked)
