"""Whoever has roles for some accounts only: what they may there, and that nothing else is there."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from counter import Counter
from sqlalchemy import select, update
from test_service_rights import NEEDS, OPERATIONS, SPAN, WHY
from test_two_people import made, person, restart
from world import ANN, CY, EVE, World, doing
from world import OPEN as OPEN_AT

from publisher.cli.acts import command
from publisher.config import load
from publisher.daemon.post_office import PostOffice
from publisher.desk import (
    accounts,
    compose,
    door,
    exceptions,
    measures,
    review,
    schedule,
    stops,
    takedown,
)
from publisher.desk.session import OsUser, Session
from publisher.errors import Do, NotFound, NotPermitted
from publisher.read import (
    changes,
    history,
    news,
    permissions,
    posts,
    register,
    search,
    steps,
    todo,
    whole,
)
from publisher.read.view import plain
from publisher.roles import EVERYWHERE, ROLES, Actor, held
from publisher.store import tables as t
from publisher.store.notices import accounts_of, tell
from publisher.store.tables import core

DAY = timedelta(days=1)
EVERY_ROLE = ", ".join(f'"{role}"' for role in ROLES)
# Pam has every role on x, Rob is author there, Sue approver on x and author on the page.
PEOPLE = (
    f'[people.pam]\nname = "Pam"\nroles = [{EVERY_ROLE}]\nsample = true\n[people.pam.only]\n'
    + "\n".join(f'"{role}" = ["x"]' for role in ROLES)
    + """
[people.rob]
name = "Rob"
roles = ["author"]
only.author = ["x"]
sample = true
[people.sue]
name = "Sue"
roles = ["approver", "author"]
only = { approver = ["x"], author = ["page"] }
sample = true
"""
)
PAM = Actor("pam", frozenset(), "tester", True, on=frozenset((role, "x") for role in ROLES))
ROB = Actor("rob", frozenset(), "tester", True, on=frozenset({("author", "x")}))
SUE_ROLES = held(["approver on x", "author on page"])
SUE = Actor("sue", SUE_ROLES[0], "tester", True, on=SUE_ROLES[1])

SECRET = "A word on the page that nobody of x reads"


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The small company, with people who have a part of it."""
    world = made(request.param, tmp_path, PEOPLE)
    yield world
    world.close()


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counter, dict[str, str]]]:
    """The service over it, and something of the page for each operation to be about."""
    world = World(tmp_path_factory.mktemp("swept"), None, extra=PEOPLE)
    yield Counter(world), hidden(world)
    world.close()


def hidden(world: World) -> dict[str, str]:
    """Everything of the page that there is not for whoever has a part of x only."""
    post = world.post(SECRET, "page")
    with world.app.store.write(ANN) as tx:
        draft = compose.create(tx, door.NewPost(f"{SECRET}, a draft", ("page",), key="draft"))
        asked = exceptions.request(tx, post, "planned", "outage", "nobody of x is told of it")
        incident = exceptions.request_incident(tx, ["page"], "outage", "nor are they of this")
    with world.app.store.write(CY) as tx:
        measure = measures.ask(tx, measures.NewMeasure("page", "1_2", "hide", "spam, they say"))
        stops.stop(tx, "page", why="nobody of x asks why")
        tx.run(update(core(t.Account)).where(core(t.Account).c.id == "page").values(LIMITED))
    return {
        "post": post,
        "draft": draft,
        "exception": asked,
        "incident": incident,
        "measure": measure,
        "account": "page",
        "delivery": world.delivery(post, "page").id,
    }


LIMITED = {"broken_since": OPEN_AT, "broken_reason": "the key", "not_before": OPEN_AT + DAY}
# By what is in an address -> which of it that can be.
IDS = {
    "post": ("post", "draft"),
    "exception": ("exception", "incident"),
    "account": ("account",),
    "measure": ("measure",),
}
OTHERS = {"version": "7", "number": "7", "hold": "7", "sha256": "0" * 64, "code": "BCDF-GHJK"}
ABOUT_SOMETHING = sorted(
    name for name in NEEDS if any(f"{{{one}}}" in OPERATIONS[name][1] for one in IDS)
)


@pytest.mark.parametrize("operation", ABOUT_SOMETHING)
def test_what_is_of_another_account_is_not_there(
    swept: tuple[Counter, dict[str, str]], operation: str
) -> None:
    counter, of = swept
    kind = next(one for one in IDS if f"{{{one}}}" in OPERATIONS[operation][1])
    for which in IDS[kind]:
        answer = asked(counter, operation, {kind: of[which]})
        assert answer.status_code == 404, answer.text
        betrayed(answer.text.replace(of[which], ""), of)


@pytest.mark.parametrize(
    "operation", sorted(name for name in NEEDS if NEEDS[name][0] in EVERYWHERE)
)
def test_what_concerns_every_account_takes_a_role_for_every_account(
    swept: tuple[Counter, dict[str, str]], operation: str
) -> None:
    counter, of = swept
    answer = asked(counter, operation, OTHERS)
    assert (answer.status_code, answer.json()["code"]) == (403, "roles.not_everywhere")
    betrayed(answer.text, of)


LOOKS = sorted(
    name
    for name, (method, path) in OPERATIONS.items()
    if name in NEEDS and method == "GET" and "{" not in path and NEEDS[name][0] not in EVERYWHERE
)


@pytest.mark.parametrize("operation", LOOKS)
def test_no_list_holds_anything_of_another_account(
    swept: tuple[Counter, dict[str, str]], operation: str
) -> None:
    counter, of = swept
    if (
        operation == "monitors-status"
    ):  # who is at the socket here holds the installation, and is told
        counter = counter.token("read", by="pam")
    for more in ("", "?everything=true", "?which=all", f"?most=1000&post={of['post']}"):
        answer = asked(counter, operation, OTHERS, more)
        assert answer.status_code in (200, 401, 404, 422), answer.text  # 401: for browsers alone
        betrayed(answer.text.replace(f"no post begins with {of['post']}", ""), of, said=more)


def test_figures_of_all_accounts_are_for_who_has_a_role_for_all(
    swept: tuple[Counter, dict[str, str]],
) -> None:
    counter, of = swept
    answer = counter.token("read", by="pam", name="figures").ask("GET", "/metrics", bare=True)
    assert (answer.status_code, answer.json()["code"]) == (403, "roles.not_everywhere")
    betrayed(answer.text, of)
    assert (
        counter.token("read", name="figures").ask("GET", "/metrics", bare=True).status_code == 200
    )


NAMING = {
    "posts-write": {"text": "Hello", "accounts": ["page"]},
    "posts-notice": {"text": "Hello", "accounts": ["x", "page"], **WHY},
    "posts-check": {"text": "Hello", "accounts": ["page"]},
    "exceptions-incident": {"accounts": ["x", "page"], **WHY},
    "stops-stop": {"account": "page", "reason": "why"},
    "measures-ask": {"account": "page", "comment": "7001_7002", "reason": "spam"},
    "stops-resume": {"account": "page"},
}


@pytest.mark.parametrize("operation", sorted(NAMING))
def test_nor_can_it_be_named(swept: tuple[Counter, dict[str, str]], operation: str) -> None:
    counter, _ = swept
    answer = counter.ask(*OPERATIONS[operation], by="pam", json=NAMING[operation])
    assert (answer.status_code, answer.json()["code"]) == (404, "find.no_account")


def test_nothing_of_another_account_is_found(swept: tuple[Counter, dict[str, str]]) -> None:
    counter, of = swept
    for words in ({"words": SECRET}, {"person": "ann"}, {}):
        assert counter.get("/search", by="pam", params=words).json()["items"] == []
    assert len(counter.get("/search", params={"words": SECRET}).json()["items"]) == 2
    answer = counter.get("/search", by="pam", params={"account": of["account"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "find.no_account")


def test_a_key_that_somebody_used_elsewhere_says_nothing_of_their_post(
    swept: tuple[Counter, dict[str, str]],
) -> None:
    counter, of = swept
    new, key = {"text": "Hello", "accounts": ["x"]}, {"Idempotency-Key": "draft"}
    answer = counter.post("/posts", new, by="pam", headers=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "compose.key_of_another")
    betrayed(answer.text, of)


@pytest.mark.clause("2.4", kind="allow")
def test_everything_stops_by_anybodys_word_and_goes_on_by_that_of_a_role_everywhere(
    swept: tuple[Counter, dict[str, str]],
) -> None:
    counter, _ = swept
    assert counter.post("/stops", {"reason": "why"}, by="pam").status_code == 201
    answer = counter.post("/stops/resume", {}, by="pam")
    assert answer.json()["code"] == "roles.not_everywhere"
    assert counter.post("/stops/resume", {}, by="cy").status_code == 200
    assert counter.post("/stops", {"reason": "why", "account": "x"}, by="rob").status_code == 201
    assert counter.post("/stops/resume", {"account": "x"}, by="pam").status_code == 200


def asked(counter: Counter, operation: str, of: dict[str, str], more: str = "") -> Any:
    method, path = OPERATIONS[operation]
    for name, value in {**OTHERS, **of}.items():
        path = path.replace(f"{{{name}}}", value)
    path += SPAN if operation == "register-windows" else more
    body = NEEDS[operation][1]
    sent = {} if method == "GET" else {"content" if isinstance(body, bytes) else "json": body}
    return counter.ask(method, path, by="pam", **sent)  # a token says itself whose it is


def betrayed(text: str, of: dict[str, str], said: str = "") -> None:
    """Does an answer name any of it? What was said in the question is in a refusal of it, too."""
    for name in (*of.values(), SECRET):
        if name != "page" and name not in said:
            assert name not in text
    assert '"page"' not in text
    assert "page (facebook)" not in text


# ---- a post of which they have a part


def shared(world: World) -> str:
    return world.post("The fair opens", "x", "page", variants={"page": "Said elsewhere"})


def test_of_a_post_on_several_accounts_they_see_their_own(company: World) -> None:
    post = shared(company)
    company.approve(post)
    with company.app.store.read(PAM) as tx:
        seen = whole.whole(tx, post)
        told = [*history.moves(tx, post), *history.trail(tx), *history.trail(tx, post)]
        [listed] = posts.page(tx).posts
        assert todo.todo(tx) == todo.todo(tx, mine=True)
    assert listed.accounts == seen.accounts == ("x",)
    assert [one.account for one in seen.deliveries] == ["x"]
    assert set(seen.rendered) == {"x"}
    assert "page" not in seen.model_dump_json()
    with company.app.store.read(PAM) as tx:
        [found] = search.search(tx, search.Wanted("opens")).items
        assert [one.account for one in found.deliveries] == ["x"]
        assert search.search(tx, search.Wanted("elsewhere")).items == ()
    assert {one.account for one in told} == {None, "x"}
    assert not any(getattr(one, "payload", None) for one in told)
    with company.app.store.read(PAM) as tx, pytest.raises(NotFound):
        posts.post(tx, f"{post}/page")


def test_they_act_on_it_account_by_account_and_leave_the_words_alone(company: World) -> None:
    post = shared(company)
    with company.app.store.read(PAM) as tx:
        [item] = [one for one in todo.todo(tx, mine=True) if "approve" in one.code]
        assert doing(plain(item)).endswith(f"publisher approve {post}/x --seen …")
        seen = posts.post(tx, f"{post}/x").fingerprint
        [step] = steps.steps(tx, posts.post(tx, post))
        assert step.acts[0]["seen"] == str(seen)[:24]
    assert seen is not None
    for verb, code in (
        (lambda tx: review.approve(tx, post, seen), "roles.one_by_one"),
        (lambda tx: schedule.cancel(tx, post), "roles.one_by_one"),
        (lambda tx: takedown.retract(tx, post, "why"), "roles.one_by_one"),
        (lambda tx: exceptions.request(tx, post, "urgent", **ASKED), "roles.one_by_one"),
        (lambda tx: compose.edit(tx, f"{post}/x", {"text": "It shuts"}), "roles.whole_words"),
    ):
        with pytest.raises(NotPermitted) as refused, company.app.store.write(PAM) as tx:
            verb(tx)
        assert refused.value.code == code
        assert "page" not in refused.value.said("en")
    with company.app.store.write(PAM) as tx:
        review.approve(tx, f"{post}/x", seen)
    company.settle()
    assert (company.state(post, "x"), company.state(post, "page")) == ("published", "waiting")


ABOUT_PERMISSIONS = ("exception_asked", "exception_granted")
ASKED = {"category": "outage", "why": "callers get no answer"}


def test_a_draft_is_handed_in_and_changed_by_whoever_has_a_part_in_all_of_it(
    company: World,
) -> None:
    with company.app.store.write(ANN) as tx:
        post = compose.create(tx, door.NewPost("The fair opens", ("x", "page")))
    for name in (post, f"{post}/x"):
        for verb in (
            lambda tx, one=name: compose.submit(tx, one),
            lambda tx, one=name: compose.edit(tx, one, {"text": "It shuts"}),
            lambda tx, one=name: schedule.cancel(tx, one),
        ):
            with (
                pytest.raises(NotPermitted, match="words also go"),
                company.app.store.write(PAM) as tx,
            ):
                verb(tx)


def test_a_role_counts_where_it_is_given_and_nowhere_else(company: World) -> None:
    post = shared(company)  # Sue sees all of it
    with company.app.store.read(SUE) as tx:
        whole_post, part = (posts.post(tx, name).fingerprint for name in (post, f"{post}/x"))
        assert [one.account for one in posts.post(tx, post).deliveries] == ["page", "x"]
        items = [(one.code, one.account) for one in todo.todo(tx, mine=True)]
    assert items == [("todo.approve", "x")]
    with pytest.raises(NotPermitted, match=r"some accounts only \(x\)"):
        company.approve(post, by=SUE)
    with company.app.store.write(SUE) as tx:
        review.approve(tx, f"{post}/x", str(part))
    assert whole_post != part
    with company.app.store.write(SUE) as tx, pytest.raises(NotPermitted, match=r"only \(x\)"):
        review.approve(tx, f"{post}/page", str(part))
    with company.app.store.write(SUE) as tx:
        assert compose.create(tx, door.NewPost("Hello", ("page",)))
    with pytest.raises(NotPermitted, match="It takes the role"), company.app.store.write(ROB) as tx:
        review.approve(tx, post, str(part))


def test_a_permission_for_several_accounts_takes_the_role_on_each(company: World) -> None:
    post = shared(company)
    with company.app.store.write(ANN) as tx:
        asked_for = exceptions.request(tx, post, "planned", **ASKED)
        both = exceptions.request_incident(tx, ["x", "page"], **ASKED)
    with company.app.store.read(PAM) as tx:
        found = {one.id: one for one in permissions.listed(tx, 50)}
        assert set(found) == {asked_for, both}
        assert found[both].accounts == ("x",)
    for name in (asked_for, both):
        for verb in (exceptions.grant, exceptions.revoke, exceptions.review):
            refused = pytest.raises(NotPermitted, match=r"\(x\), and not on all")
            with refused, company.app.store.write(PAM) as tx:
                verb(tx, name, "0" * 24)


def test_what_is_asked_for_the_other_account_is_not_theirs_to_see(company: World) -> None:
    post = shared(company)
    with company.app.store.write(ANN) as tx:
        exceptions.request(tx, f"{post}/page", "planned", **ASKED)
    with company.app.store.read(PAM) as tx:
        seen = whole.whole(tx, post)
        assert permissions.listed(tx, 50) == []
    assert seen.asked is None
    assert not [act for step in seen.steps for act in step.acts if "exception" in act]


def test_of_a_permission_everybody_is_told_who_decides_on_one_of_its_accounts(
    company: World,
) -> None:
    post = shared(company)
    with company.app.store.write(ANN) as tx:
        exceptions.request(tx, f"{post}/x", "planned", **ASKED)
        incident = exceptions.request_incident(tx, ["x", "page"], **ASKED)
    with company.app.store.write(CY) as tx:
        seen = permissions.asked(tx, incident).fingerprint
        exceptions.grant(tx, incident, seen)
    with company.app.store.read() as tx:
        told = core(t.Notification)
        rows = tx.all(select(told).where(told.c.code.in_(ABOUT_PERMISSIONS)).order_by(told.c.id))
        about = accounts_of(tx, rows)
    assert [about[row.id] for row in rows] == [{"x"}, {"x", "page"}, {"x", "page"}]


def test_what_changes_elsewhere_is_no_news(company: World) -> None:
    with company.app.store.read(PAM) as tx:
        heard = news.now(tx)
    mine = company.post("Something else", "x")
    of = hidden(company)
    with company.app.store.read(PAM) as tx:
        _, told = news.since(tx, heard)
    assert {one.id for one in told} & {mine, *of.values()} == {mine}
    assert {one.topic for one in told} <= {"post", "stop", "epoch"}


def test_who_asks_a_network_who_we_are_has_the_role_there(company: World) -> None:
    assert [one.account for one in accounts.verify(company.app, PAM, "x")] == ["x"]
    with pytest.raises(NotFound):
        accounts.verify(company.app, PAM, "page")
    with pytest.raises(NotPermitted):
        accounts.verify(company.app, PAM)


def test_whoever_has_a_role_everywhere_sees_everything(company: World) -> None:
    post = shared(company)
    both = Actor("eve", frozenset({"approver"}), "tester", True, on=frozenset({("author", "x")}))
    company.approve(post, by=both)
    with company.app.store.read(both) as tx:
        assert posts.post(tx, post).accounts == ("x", "page")


# ---- the register


def test_the_register_knows_what_config_toml_says(company: World) -> None:
    at = Session(company.app.store, OsUser("tester", "tester", sample="sue"))
    with at.reading() as tx:
        assert (tx.actor.roles, tx.actor.on) == (SUE.roles, SUE.on)
        [sue] = [one for one in register.people(tx) if one.name == "sue"]
    assert (sue.roles, sue.only) == ((), {"approver": ("x",), "author": ("page",)})


def test_fewer_accounts_act_at_once_and_more_wait_for_a_second_person(company: World) -> None:
    def roles() -> Any:
        return person(company, "rob").roles

    assert restart(company, ('only.author = ["x"]', 'only.author = ["x", "board"]')) == 0
    assert roles() == ["author on x"]
    [change] = pending_of(company, "rob")
    assert change == {"roles": ["author on board", "author on x"]}
    restart(company, ('only.author = ["x", "board"]', 'only.author = ["board"]'))
    assert roles() == []  # neither: what was is gone, and what is to be waits
    assert pending_of(company, "rob") == [{"roles": ["author on board"]}]
    restart(company, ('only.author = ["board"]\n', ""))
    assert pending_of(company, "rob") == [{"roles": ["author"]}]


def test_a_limit_acts_at_once(company: World) -> None:
    name = '[people.bo]\nname = "bo"\nroles = ["approver"]\n'
    assert restart(company, (name, f'{name}only.approver = ["x"]\n')) == 1
    assert person(company, "bo").roles == ["approver on x"]
    assert pending_of(company, "bo") == []


def pending_of(world: World, name: str) -> list[dict[str, Any]]:
    with world.app.store.read(EVE) as tx:
        return [one.new for one in changes.changes(tx) if one.name == name]


def test_a_notice_to_a_role_reaches_whoever_has_it_for_its_account(
    company: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "publisher.daemon.post_office.notify.send",
        lambda urls, title, **_: heard.extend((url, title) for url in urls) or (),
    )
    text = company.config.file.read_text().replace(
        "sample = true\n[people.pam.only]", 'sample = true\nnotify = ["env:PAM"]\n[people.pam.only]'
    )
    company.app.config = load(text, company.config.file, {})
    company.app.env = {"PAM": "json://pam"}
    mine, other = shared(company), company.post("Something else", "page")
    with company.app.store.write(CY) as tx:
        for post in (mine, other):
            of = {"post": post, "person": "cy", "why": "a wrong word"}
            tell(tx, post, "approver", "taken_down", Do("read", {"post": post}), **of)
        for account in ("x", "page"):
            of = {"comment": f"1 on {account}", "person": "cy", "why": "spam"}
            tell(tx, account, "approver", "measure", what="hide", account=account, **of)
        tell(tx, "all", "policy owner", "policy_proposed", person="cy", version=7)
    PostOffice(company.app, lambda: True, command).deliver()
    assert {url for url, _ in heard} == {"json://pam"}
    told = "\n".join(title for _, title in heard)
    assert mine in told
    assert "comment on x" in told
    assert other not in told
    assert "comment on page" not in told
    assert "policy" not in told
