"""Signed in with a browser: by an invite, a password and a second factor; and what nobody gains by it."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from browsing import OURS, PASSWORD, Browser, invited
from counter import DOOR, Counter, counter
from sqlalchemy import select, text
from test_canary import out
from test_daemon_guards import put_back
from test_service_access import TABLES, code_of
from test_service_posts import problem
from test_two_people import restart
from world import World

from publisher.clock import rfc3339
from publisher.config.door import HERE
from publisher.daemon import restored
from publisher.desk import invites, pages
from publisher.errors import NotSignedIn
from publisher.roles import MACHINE, server
from publisher.service import throttle
from publisher.service.front import ADDRESS, COOKIE
from publisher.service.routes.session import FREE_OF_PERSON, LONGEST_OF_PERSON, counted
from publisher.store import factors, passwords, proofs
from publisher.store import tables as t
from publisher.store.compare import differences
from publisher.store.provision import apply
from publisher.store.tables import core

__all__ = ["counter", "out"]


def told(counter: Counter) -> set[tuple[str, str]]:
    """Who was told, and what."""
    with counter.world.app.store.read() as tx:
        return {(row.audience, row.code) for row in tx.all(select(core(t.Notification)))}


def changed(counter: Counter, statement: str) -> None:
    """Somebody writes the database who has no key."""
    with counter.world.app.store.engine.begin() as conn:
        conn.execute(text(statement))


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are kept with little work, for there are many here."""
    monkeypatch.setattr(passwords, "MEMORY", 256)


@pytest.fixture
def bo(counter: Counter) -> Browser:
    """Bo, an approver, has joined, and is signed in."""
    made = Browser(counter)
    made.join("bo")
    return made


def test_a_person_without_a_shell_joins_signs_in_and_approves(counter: Counter) -> None:
    made = Browser(counter)
    joined = made.join("bo")
    assert (joined["person"], len(joined["recovery_codes"])) == ("bo", 10)
    assert made.ask("DELETE", "/session").status_code == 204
    assert made.sign_in("bo").json()["person"] == "bo"
    post = counter.write("The fair opens")
    approved = made.post(f"/posts/{post['id']}/approve", {"seen": post["fingerprint"][:24]})
    assert approved.status_code == 200, approved.text
    entries = counter.get("/ledger?most=100", by="gus").json()
    [one] = [one for one in entries if one["verb"] == "approve"]
    assert (one["actor"], one["os_user"]) == ("bo", 'page "Firefox on Linux", fresh')
    assert differences(counter.world.app.store) == []


def test_a_cookie_is_for_this_host_alone_and_no_script_reads_it(counter: Counter) -> None:
    made = Browser(counter)
    made.join("bo")
    counter.world.clock.forward(seconds=30)
    answer = made.post("/session", {"name": "bo", "password": PASSWORD, "code": made.code()})
    said = answer.headers["set-cookie"]
    assert said.startswith(f"{COOKIE}=pub_ses_")
    assert {one.strip() for one in said.split(";")[1:]} == {
        "HttpOnly",
        "Path=/",
        "SameSite=lax",
        "Secure",
    }
    assert made.cookie not in answer.text


# ---- who gets in


def test_an_invite_is_good_once_also_for_two_at_once(counter: Counter, world: Any) -> None:
    counter = Counter(world)  # also where several write at a time
    secret = invited(counter, "ann")["secret"]
    asked = {"invite": secret, "password": PASSWORD}
    ways = [Browser(counter), Browser(counter)]
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda one: one.post("/join", asked).status_code, ways))
    assert sorted(answers) == [201, 401]
    assert code_of(ways[0].post("/join", asked)) == "invite.ended"


def test_of_two_invites_that_are_made_at_once_one_is_good(counter: Counter, world: Any) -> None:
    twice = Counter(world)
    with ThreadPoolExecutor(2) as all_:
        made = list(
            all_.map(lambda one: one.post("/invites", {"person": "ann"}, by=""), [twice] * 2)
        )
    assert [one.status_code for one in made] == [201, 201]
    assert len(twice.get("/invites", by="gus").json()["items"]) == 1


def test_an_invite_is_good_for_three_days_and_no_proof_of_anything_else(counter: Counter) -> None:
    secret = invited(counter, "ann")["secret"]
    assert code_of(counter.over_tcp(secret).get("/posts")) == "session.not_ours"
    made = Browser(counter)
    made.cookie = secret
    assert code_of(made.get("/posts")) == "session.ended"
    made.cookie = ""
    counter.world.clock.forward(days=3, seconds=-1)
    assert made.post("/join/look", {"invite": secret}).status_code == 200
    counter.world.clock.forward(seconds=1)
    assert code_of(made.post("/join/look", {"invite": secret})) == "invite.ended"


def test_of_a_person_there_is_one_invite_and_an_administrator_ends_it(counter: Counter) -> None:
    first, second = (invited(counter, "ann", by="gus") for _ in range(2))
    made = Browser(counter)
    assert code_of(made.post("/join/look", {"invite": first["secret"]})) == "invite.ended"
    [one] = counter.get("/invites").json()["items"]
    assert (one["id"], one["by"], one["waits"]) == (second["id"], "gus", False)
    assert counter.get("/invites", by="bo").json()["items"] == []
    refused = counter.ask("DELETE", f"/invites/{one['id']}", by="bo")
    assert problem(refused, 404)["code"] == "access.none_such"
    assert counter.ask("DELETE", f"/invites/{one['id']}", by="gus").status_code == 204
    assert code_of(made.post("/join", {"invite": second["secret"], "password": PASSWORD})) == (
        "invite.ended"
    )


def test_where_it_counts_for_others_two_people_let_somebody_in(counter: Counter) -> None:
    """Else an administrator alone could be an approver."""
    made, new = Browser(counter), invited(counter, "bo", by="gus")
    assert new["waits"]
    asked = {"invite": new["secret"]}
    assert code_of(made.post("/join/look", asked)) == "invite.unconfirmed"
    assert code_of(made.post("/join", {**asked, "password": PASSWORD})) == "invite.unconfirmed"
    where = f"/invites/{new['id']}/confirm"
    assert problem(counter.post(where, by="gus"), 403)["code"] == "invite.own"
    assert problem(counter.post(where, by="cy"), 403)["code"] == "roles.may_not"
    hal = '[people.hal]\nname = "hal"\nroles = ["policy owner"]\nsample = true\n'
    restart(counter.world, more=hal)
    with counter.world.app.store.write(MACHINE) as tx:
        apply(tx, ("person", "hal"), "change person", {"roles": ["policy owner"]})
    confirmed = counter.post(where, by="hal")
    assert confirmed.status_code == 200, confirmed.text
    assert confirmed.json()["confirmed_by"] == "hal"
    assert problem(counter.post(where, by="hal"), 409)["code"] == "invite.confirmed_already"
    assert made.post("/join/look", asked).json()["needs_factor"]
    assert differences(counter.world.app.store) == []


@pytest.mark.parametrize("how", ["promoted", "deputy"])
def test_an_invite_of_somebody_whose_roles_count_for_others_since_waits_as_well(
    counter: Counter, how: str
) -> None:
    """Else whoever made it beforehand alone would be an approver."""
    new = invited(counter, "ann", by="gus")
    assert not new["waits"]
    if how == "promoted":
        with counter.world.app.store.write(MACHINE) as tx:
            apply(tx, ("person", "ann"), "change person", {"roles": ["approver"]})
    else:
        day = {"name": "ann", "end": rfc3339(counter.world.clock.at + timedelta(days=1))}
        assert counter.post("/people/deputy", day, by="bo").status_code == 201
    shown = {"invite": new["secret"]}
    assert code_of(Browser(counter).post("/join/look", shown)) == "invite.unconfirmed"
    [one] = counter.get("/invites", by="gus").json()["items"]
    assert one["waits"]
    refused = counter.post(f"/invites/{new['id']}/confirm", by="gus")
    assert problem(refused, 403)["code"] == "invite.own"
    assert not invited(counter, "ann")["waits"], "root's own is good at once"


@pytest.mark.parametrize("column", ["second = 0", "confirmed_by = 'hal'", "person = 'gus'"])
def test_an_invite_that_was_changed_by_hand_is_none(counter: Counter, column: str) -> None:
    new = invited(counter, "bo", by="gus")
    changed(counter, f"UPDATE invite SET {column}")
    made = Browser(counter)
    assert code_of(made.post("/join/look", {"invite": new["secret"]})) == "invite.ended"


def test_nobody_of_the_register_cannot_be_invited(counter: Counter) -> None:
    for person in ("nobody", "", "server"):
        answer = counter.post("/invites", {"person": person}, by="gus")
        assert problem(answer, 404)["code"] == "invite.nobody"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("no 12 long", "password.short"),
        ("x" * 200, "password.frequent"),
        ("Passw0rd-bo-1234", None),
        ("example publisher 123", "password.frequent"),
        ("bo bo bo bo bo bo", "password.frequent"),
        ("x" * 1_001, "request.too_long"),
        ("seven grey\x00 herons", "request.not_understood"),
        ("seven grey \ud800 herons", "request.not_understood"),
        ("七羽の灰色の鷺が川を渡る", None),
        ("🦩" * 3 + " pink birds, quite tall" * 30, None),
    ],
)
def test_what_a_password_may_be(counter: Counter, password: str, code: str | None) -> None:
    asked = {"invite": invited(counter, "ann")["secret"], "password": password}
    answer = Browser(counter).ask(
        "POST", "/join", content=json.dumps(asked), headers={"Content-Type": "application/json"}
    )
    if code is None:
        assert answer.status_code == 201, answer.text
        assert Browser(counter).sign_in("ann", password=password).status_code == 201
    else:
        assert problem(answer, 422)["code"] == code
        assert password not in answer.text


def test_a_password_is_the_same_however_a_keyboard_composes_it(counter: Counter) -> None:
    Browser(counter).join("ann", factor=False, password="ﬁfteen cafe\u0301s in Lyon")
    assert Browser(counter).sign_in("ann", password="fifteen caf\u00e9s in Lyon").status_code == 201


def test_whose_roles_count_for_others_takes_up_a_second_factor(counter: Counter) -> None:
    asked = {"invite": invited(counter, "bo")["secret"], "password": PASSWORD}
    made = Browser(counter)
    assert problem(made.post("/join", asked), 422)["code"] == "password.code_needed"
    answer = made.post("/join", {**asked, "code": "000000"})
    assert problem(answer, 422)["code"] == "password.wrong_code"
    assert made.post("/join/look", {"invite": asked["invite"]}).status_code == 200


def test_a_code_is_good_once_whatever_the_clock_says(counter: Counter, bo: Browser) -> None:
    used = bo.code()  # it was said to join
    assert problem(bo.sign_in("bo", used), 401)["code"] == "session.wrong"
    counter.world.clock.forward(seconds=30)
    used = bo.code()
    assert bo.sign_in("bo", used).status_code == 201
    assert problem(bo.another().sign_in("bo", used), 401)["code"] == "session.wrong"
    counter.world.clock.forward(hours=-1)
    assert problem(bo.another().sign_in("bo", used), 401)["code"] == "session.wrong"
    assert problem(bo.another().sign_in("bo", bo.code()), 401)["code"] == "session.wrong"


def test_a_code_of_a_clock_that_is_half_a_minute_off_is_one(counter: Counter, bo: Browser) -> None:
    counter.world.clock.forward(minutes=5)
    for steps, status in ((-2, 401), (-1, 201), (1, 201), (2, 401)):
        counter.world.clock.forward(minutes=5)
        counter.seconds += 3600
        assert bo.sign_in("bo", bo.code(steps)).status_code == status, steps


def test_a_recovery_code_is_good_once_and_its_person_is_told(counter: Counter) -> None:
    made = Browser(counter)
    [code, *_] = made.join("bo")["recovery_codes"]
    asked = {"name": "bo", "password": PASSWORD, "code": code.upper().replace("-", " ")}
    ways = [made.another(), made.another("192.0.2.9")]
    with ThreadPoolExecutor(2) as both:
        answers = [one.status_code for one in both.map(lambda w: w.post("/session", asked), ways)]
    assert sorted(answers) == [201, 401]
    assert next(w for w in ways if w.cookie).get("/session").json()["codes_left"] == 9
    notices = told(counter)
    assert ("bo", "recovery_used") in notices
    assert differences(counter.world.app.store) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "seven grey herons"},
        {"password": PASSWORD + "\n"},
        {"name": "Bo"},
        {"name": "nobody"},
        {"name": "cy"},  # has no password
        {"name": ""},
        {"code": ""},
        {"code": "000000"},
        {"code": "٣٣٣٣٣٣"},
        {"code": "0" * 200},
    ],
)
def test_whatever_is_wrong_the_answer_and_the_work_are_the_same(
    counter: Counter, bo: Browser, wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []

    def verify(password: bytes, kept: str) -> None:
        work.append(kept.rpartition("$")[0].rpartition("$")[0])
        real(password, kept)

    real = passwords.Argon2id.verify_phc_encoded
    monkeypatch.setattr(passwords, "Argon2id", SimpleNamespace(verify_phc_encoded=verify))
    asked = {"name": "bo", "password": PASSWORD, "code": bo.code(1)}
    right = bo.another().post("/session", asked)
    assert right.status_code == 201, right.text
    answer = bo.another().post("/session", {**asked, "code": bo.code(1), **wrong})
    assert problem(answer, 401)["code"] == "session.wrong"
    assert len(work) == 2
    assert len(set(work)) == 1


def test_who_guesses_waits_and_nobody_is_locked_out(counter: Counter, bo: Browser) -> None:
    guess = {"name": "bo", "password": "seven grey horses wading", "code": ""}
    other = Browser(counter, "2001:db8::1")
    for number in range(throttle.FREE):
        other.at._known[ADDRESS] = f"2001:db8::{number}"  # one network has them all
        assert other.post("/session", guess).status_code == 401
    late = other.post("/session", guess)
    assert problem(late, 429)["code"] == "session.too_many"
    assert bo.another().sign_in("bo", bo.code(1)).status_code == 201, "elsewhere they get in"
    ann = Browser(counter)
    ann.join("ann", factor=False)
    ann.at._known[ADDRESS] = "2001:db8::7"
    assert ann.sign_in("ann", "").status_code == 201, "and there everybody else does"
    counter.seconds += 2
    assert other.post("/session", guess).status_code == 401


def test_who_guesses_keeps_nobody_out_elsewhere_for_longer_than_seconds(
    counter: Counter, bo: Browser
) -> None:
    front = counter.at_the_desk()
    for number in range(FREE_OF_PERSON + 9):
        counter.seconds += LONGEST_OF_PERSON
        with suppress(NotSignedIn), counted(front, f"198.51.100.{number}", "bo"):
            raise NotSignedIn("session.wrong")
    late = bo.another().post("/session", {"name": "bo", "password": PASSWORD, "code": bo.code(1)})
    assert problem(late, 429)["code"] == "session.too_many"
    counter.seconds += LONGEST_OF_PERSON
    assert bo.another().sign_in("bo").status_code == 201


def test_who_is_invited_anew_has_no_token_of_before(counter: Counter) -> None:
    """Whoever knew the old password may have made it."""
    program = counter.token("read")
    ann = Browser(counter)
    ann.join("ann", factor=False)
    assert program.get("/posts").status_code == 200, "it was made where the kernel says who asks"
    ann.join("ann", factor=False)
    assert program.get("/posts").status_code == 401


def test_many_who_guess_at_once_gain_nothing(counter: Counter, bo: Browser) -> None:
    guess = {"name": "bo", "password": "seven grey horses wading", "code": ""}
    ways = [bo.another() for _ in range(12)]
    with ThreadPoolExecutor(12) as all_:
        answers = list(all_.map(lambda one: one.post("/session", guess).status_code, ways))
    assert answers.count(401) <= throttle.FREE
    assert set(answers) == {401, 429}


def test_a_password_that_was_kept_with_less_work_is_kept_anew(
    counter: Counter, bo: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> str:
        with counter.world.app.store.read() as tx:
            row = proofs.password(tx, "bo")
            assert row is not None
            return row.hash

    before = kept()
    monkeypatch.setattr(passwords, "TIMES", 2)
    assert bo.sign_in("bo").status_code == 201
    assert kept() != before
    assert kept().startswith("$argon2id$v=19$m=256,t=2,p=1$")
    assert bo.sign_in("bo").status_code == 201


def test_nothing_that_was_said_stands_in_the_log_or_the_database(
    counter: Counter, out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Browser(counter)
    codes = made.join("bo")["recovery_codes"]
    said = [PASSWORD, made.seed, *codes, "mistyped herons wading"]
    made.sign_in("bo")
    for wrong in ({"name": PASSWORD}, {"password": "mistyped herons wading"}, {"code": codes[0]}):
        made.another().post("/session", {"name": "bo", "password": PASSWORD, **wrong})
    monkeypatch.setattr(passwords, "holds", lambda *_: 1 / 0)
    assert made.sign_in("bo").status_code == 500
    with counter.world.app.store.engine.connect() as conn:
        tables = conn.scalars(text(TABLES)).all()
        kept = "\n".join(
            str(row) for name in tables for row in conn.execute(text(f"SELECT * FROM {name}"))
        )
    logged = out.getvalue()
    assert "a sign-in failed" in logged
    assert [one for one in (*said, made.cookie) if one in kept or one in logged] == []


# ---- what a browser holds


def test_a_page_is_good_for_all_its_person_may_for_ten_minutes_and_then_as_any_sign_in(
    counter: Counter, bo: Browser
) -> None:
    asked = {"name": "nightly", "scopes": ["read"]}
    assert bo.post("/tokens", asked).status_code == 201
    counter.world.clock.forward(minutes=10)
    refused = bo.post("/tokens", {**asked, "name": "two"})
    assert problem(refused, 403)["code"] == "session.fresh_proof"
    assert "password" in refused.json()["detail"]
    assert bo.get("/posts").status_code == 200
    before = bo.cookie
    anew = bo.post("/session/fresh", {"password": PASSWORD, "code": bo.code()})
    assert anew.status_code == 200, anew.text
    assert anew.json()["fresh_until"]
    assert bo.post("/tokens", {**asked, "name": "two"}).status_code == 201
    assert bo.cookie != before
    bo.cookie = before
    assert code_of(bo.get("/posts")) == "session.ended"


def test_a_clock_that_was_set_back_makes_nothing_fresh(counter: Counter, bo: Browser) -> None:
    counter.world.clock.forward(minutes=-1)
    refused = bo.post("/tokens", {"name": "nightly", "scopes": ["read"]})
    assert problem(refused, 403)["code"] == "session.fresh_proof"


@pytest.mark.parametrize("wrong", [{"code": ""}, {"password": "seven grey horses wading"}])
def test_to_be_fresh_takes_all_one_knows(
    counter: Counter, bo: Browser, wrong: dict[str, str]
) -> None:
    counter.world.clock.forward(minutes=10)
    asked = {"password": PASSWORD, "code": bo.code(), **wrong}
    assert problem(bo.post("/session/fresh", asked), 401)["code"] == "session.wrong"
    assert bo.get("/session").json()["by"] == "page"


def test_a_page_that_nobody_uses_ends_and_so_does_one_that_is_used(
    counter: Counter, bo: Browser
) -> None:
    for _ in range(12):
        counter.world.clock.forward(minutes=59)
        assert bo.get("/session").status_code == 200
    counter.world.clock.forward(minutes=12)
    assert code_of(bo.get("/session")) == "session.ended"
    bo.sign_in("bo")
    counter.world.clock.forward(minutes=60)
    assert code_of(bo.get("/session")) == "session.ended"


def test_what_a_browser_held_before_is_good_for_nothing_once_somebody_signs_in(
    counter: Counter, bo: Browser
) -> None:
    """Whoever put a cookie into it beforehand is not in as them."""
    planted = Browser(counter)
    planted.join("ann", factor=False)
    bo.cookie = before = planted.cookie
    assert bo.sign_in("bo").status_code == 201
    assert bo.cookie != before
    assert planted.get("/session").status_code == 401
    bo.cookie = ""
    made_up = bo.another()
    made_up.cookie = "pub_ses_made-up"
    assert made_up.sign_in("bo").status_code == 201
    assert made_up.cookie != "pub_ses_made-up"


def test_a_cookie_and_a_program_s_secret_are_not_taken_for_each_other(
    counter: Counter, bo: Browser
) -> None:
    assert code_of(counter.over_tcp(bo.cookie).get("/posts")) == "session.ended"
    program = counter.login("bo")
    bo.cookie = program._head["Authorization"].removeprefix("Bearer ")
    assert code_of(bo.get("/posts")) == "session.ended"


@pytest.mark.parametrize(
    ("head", "method", "code"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, "GET", "other_page"),
        ({"Sec-Fetch-Site": "same-site"}, "GET", "other_page"),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, "GET", "other_page"),
        ({"Sec-Fetch-Site": "cross-site"}, "POST", "other_page"),
        ({"Sec-Fetch-Site": "same-site"}, "POST", "other_page"),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://a.example"}, "POST", "other_page"),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, "POST", "other_page"),
        ({}, "POST", "other_page"),
        ({"Sec-Fetch-Site": "none", "Authorization": "Bearer pub_tok_x"}, "GET", "two_proofs"),
        ({"Sec-Fetch-Site": "same-origin", "Host": "evil.example"}, "GET", "other_host"),
        ({"Sec-Fetch-Site": "same-origin", "Publisher-As": "gus"}, "GET", "no_sample_here"),
    ],
)
def test_a_cookie_counts_for_our_own_page_alone(
    counter: Counter, bo: Browser, head: dict[str, str], method: str, code: str
) -> None:
    head = {"Cookie": f"{COOKIE}={bo.cookie}", **head}
    more = {"json": {"text": "x", "accounts": ["x"]}} if method == "POST" else {}
    answer = counter.over_tcp().ask(method, "/posts", headers=head, **more)
    assert problem(answer, 403)["code"] == f"session.{code}"


def test_two_cookies_of_one_name_are_none(counter: Counter, bo: Browser) -> None:
    twice = {**OURS, "Cookie": f"{COOKIE}=pub_ses_x; {COOKIE}={bo.cookie}"}
    assert code_of(counter.over_tcp().get("/posts", headers=twice)) == "session.ended"
    beside = {**OURS, "Cookie": f"theme=dark; {COOKIE}={bo.cookie}; x"}
    assert counter.over_tcp().get("/posts", headers=beside).status_code == 200


def test_over_the_socket_no_browser_is_signed_in(counter: Counter, bo: Browser) -> None:
    cookie = {"Cookie": f"{COOKIE}={bo.cookie}"}
    assert code_of(counter.get("/posts", headers=cookie)) == "session.no_proof_here"
    asked = {"name": "bo", "password": PASSWORD, "code": bo.code(1)}
    assert code_of(counter.post("/session", asked)) == "session.no_proof_here"


def test_where_others_read_along_no_browser_is_signed_in(counter: Counter, bo: Browser) -> None:
    config = counter.world.app.config
    open_ = replace(DOOR, hosts=frozenset({*HERE, "desk.example"}))
    counter.world.app.config = replace(config, desk=replace(config.desk, door=open_))
    head = {"Host": "desk.example"}
    assert code_of(bo.get("/posts", headers=head)) == "session.in_the_open"
    asked = {"name": "bo", "password": PASSWORD, "code": bo.code(1)}
    assert code_of(bo.post("/session", asked, headers=head)) == "session.in_the_open"


def test_pages_are_listed_and_ended_like_other_sign_ins(counter: Counter, bo: Browser) -> None:
    [one] = bo.get("/sessions").json()["items"]
    assert (one["kind"], one["name"], one["mine"]) == ("page", "Firefox on Linux", True)
    assert counter.ask("DELETE", f"/sessions/{one['id']}", by="gus").status_code == 204
    assert code_of(bo.get("/posts")) == "session.ended"
    assert ("bo", "ended_sign_in") in told(counter)
    assert bo.sign_in("bo").status_code == 201
    assert bo.ask("DELETE", "/session").status_code == 204
    assert bo.cookie == ""
    program = counter.login("bo")
    assert program.ask("DELETE", "/session").status_code == 204
    assert program.get("/posts").status_code == 401
    refused = counter.token().ask("DELETE", "/session")
    assert problem(refused, 403)["code"] == "roles.not_by_token"


def test_of_too_many_pages_the_oldest_ends(
    counter: Counter, bo: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST", 2)
    second, third = bo.another(), bo.another()
    for one in (second, third):
        assert one.sign_in("bo").status_code == 201
    assert [one.get("/session").status_code for one in (bo, second, third)] == [401, 200, 200]


def test_another_password_ends_every_other_sign_in(counter: Counter, bo: Browser) -> None:
    other, program = bo.another(), counter.login("bo")
    other.sign_in("bo")
    before = bo.cookie
    asked = {"old": PASSWORD, "new": "eleven white storks asleep"}
    assert bo.ask("PUT", "/session/password", json=asked).status_code == 204
    assert bo.get("/session").status_code == 200
    assert other.get("/session").status_code == program.get("/posts").status_code == 401
    bo.cookie, now = before, bo.cookie
    assert code_of(bo.get("/session")) == "session.ended"
    bo.cookie = now
    assert bo.another().sign_in("bo").status_code == 401
    assert bo.another().sign_in("bo", password=asked["new"]).status_code == 201
    assert ("bo", "password_changed") in told(counter)


def test_another_password_takes_the_old_one_and_a_fresh_proof(
    counter: Counter, bo: Browser
) -> None:
    asked = {"old": "seven grey horses wading", "new": "eleven white storks asleep"}
    assert problem(bo.ask("PUT", "/session/password", json=asked), 401)["code"] == "session.wrong"
    weak = {"old": PASSWORD, "new": "password1234"}
    assert bo.ask("PUT", "/session/password", json=weak).status_code == 422
    counter.world.clock.forward(minutes=10)
    late = bo.ask("PUT", "/session/password", json={**asked, "old": PASSWORD})
    assert problem(late, 403)["code"] == "session.fresh_proof"


def test_a_second_factor_is_taken_up_changed_and_dropped(counter: Counter) -> None:
    ann = Browser(counter)
    assert ann.join("ann", factor=False)["recovery_codes"] == []
    ann.seed = ""
    offered = ann.get("/session/factor").json()
    assert offered["uri"].startswith("otpauth://totp/Example%3Aann?secret=")
    ann.seed = offered["seed"]
    wrong = ann.ask("PUT", "/session/factor", json={"code": "000000"})
    assert problem(wrong, 422)["code"] == "password.wrong_code"
    taken = ann.ask("PUT", "/session/factor", json={"code": ann.code()})
    assert len(taken.json()["recovery_codes"]) == 10
    assert ann.get("/session").json()["factor"]
    assert ann.get("/session/factor").json()["seed"] != ann.seed, "the one in use is not shown"
    assert ann.another().sign_in("ann", "").status_code == 401
    assert ann.another().sign_in("ann").status_code == 201
    codes = ann.post("/session/codes").json()["recovery_codes"]
    asked = {"name": "ann", "password": PASSWORD, "code": taken.json()["recovery_codes"][0]}
    assert ann.another().post("/session", asked).status_code == 401
    assert ann.another().post("/session", {**asked, "code": codes[0]}).status_code == 201
    assert ann.ask("DELETE", "/session/factor").status_code == 204
    assert ann.another().sign_in("ann", "").status_code == 201
    told_of = {code for person, code in told(counter) if person == "ann"}
    assert told_of >= {"joined", "factor_changed", "codes_changed", "factor_dropped"}
    assert differences(counter.world.app.store) == []


def test_who_needs_a_second_factor_keeps_one(counter: Counter, bo: Browser) -> None:
    refused = bo.ask("DELETE", "/session/factor")
    assert problem(refused, 409)["code"] == "password.needs_factor"


def test_who_came_to_need_a_second_factor_proves_nothing_without(counter: Counter) -> None:
    ann = Browser(counter)
    ann.join("ann", factor=False)
    with counter.world.app.store.write(MACHINE) as tx:
        apply(tx, ("person", "ann"), "change person", {"roles": ["author", "approver"]})
    refused = ann.post("/tokens", {"name": "nightly", "scopes": ["read"]})
    assert problem(refused, 403)["code"] == "session.fresh_proof"
    assert problem(ann.another().sign_in("ann", ""), 403)["code"] == "password.factor_first"
    assert len(ann.another().join("ann")["recovery_codes"]) == 10


def test_a_second_factor_of_another_person_is_none(counter: Counter, bo: Browser) -> None:
    """Whoever writes the database may copy what is sealed there: it opens for its own row only."""
    cy = Browser(counter)
    cy.join("cy")
    with counter.world.app.store.read() as tx:
        mine, theirs = proofs.password(tx, "bo"), proofs.password(tx, "cy")
        assert mine is not None
        assert theirs is not None
        counter.world.clock.forward(minutes=5)
        tx.now = counter.world.clock.at
        assert factors.step_of(tx, "bo", mine.seed, bo.code(), 0) is not None
        assert factors.step_of(tx, "bo", theirs.seed, cy.code(), 0) is None
    changed(counter, "UPDATE password SET codes = '[]'")
    assert bo.sign_in("bo").status_code == 401, "and the history does not vouch for it"


def test_whoever_leaves_has_no_password_any_more(counter: Counter, bo: Browser) -> None:
    person = '[people.bo]\nname = "bo"\nroles = ["approver"]\nsample = true\n'
    restart(counter.world, (person, ""))
    assert bo.get("/session").status_code == 401
    restart(counter.world, more=person)
    with counter.world.app.store.write(MACHINE) as tx:
        apply(tx, ("person", "bo"), "confirm person", {"roles": ["approver"], "retired_at": None})
    assert bo.get("/session").status_code == 401
    assert bo.sign_in("bo").status_code == 401
    assert differences(counter.world.app.store) == []


def test_a_fresh_page_confirms_a_program_s_sign_in_and_its_acts(
    counter: Counter, bo: Browser
) -> None:
    begun = counter.over_tcp().post("/login", {"name": "laptop"}).json()
    assert bo.get(f"/login/{begun['user_code']}").json()["name"] == "laptop"
    counter.world.clock.forward(minutes=10)
    late = bo.post("/login/approve", {"code": begun["user_code"]})
    assert problem(late, 403)["code"] == "session.fresh_proof"
    bo.post("/session/fresh", {"password": PASSWORD, "code": bo.code()})
    assert bo.post("/login/approve", {"code": begun["user_code"]}).status_code == 200
    program = counter.over_tcp(begun["device_code"])
    asked = {"name": "nightly", "scopes": ["read"]}
    refused = program.post("/tokens", asked)
    code = problem(refused, 403)["acts"][0]["code"]
    ann = Browser(counter)
    ann.join("ann", factor=False)
    assert ann.post("/login/approve", {"code": code}).status_code == 404, "nobody else's word"
    assert bo.post("/login/approve", {"code": code}).status_code == 200
    assert program.post("/tokens", asked).status_code == 201
    assert ("bo", "signed_in") in told(counter)


def test_once_a_restore_is_noticed_what_was_known_before_it_may_be_known_to_others(
    lite: World,
) -> None:
    counter = Counter(lite)
    bo, ann = Browser(counter), Browser(counter)
    bo.join("bo")
    ann.join("ann", factor=False)
    with put_back(lite):
        leaked = {"old": PASSWORD, "new": "eleven white storks asleep"}
        assert bo.ask("PUT", "/session/password", json=leaked).status_code == 204
    assert restored.stop_if_restored(lite.app.store, lite.mark.read(), lite.mark.path.parent)
    assert [one.get("/session").status_code for one in (bo, ann)] == [401, 401]
    assert bo.sign_in("bo").status_code == 401, "it had been changed since"
    assert ann.sign_in("ann", "").status_code == 201
    assert differences(lite.app.store) == []


def test_the_first_administrator_is_let_in_by_a_link_that_the_desk_says(lite: World) -> None:
    counter = Counter(lite)
    store, who = lite.app.store, server("desk")

    def first() -> Any:
        with store.write(who) as tx:
            return invites.first(tx)

    assert first() is None, "sample people are no administrators"
    with store.write(MACHINE) as tx:
        apply(tx, ("person", "gus"), "change person", {"sample": False})
    name, _ = first()
    assert name == "gus"
    assert first() is None, "it is said once"
    lite.clock.forward(days=3)
    assert first() is not None, "unless nobody used it"
    with store.write(MACHINE) as tx:
        apply(tx, ("person", "gus"), "change person", {"os_users": ["gus"]})
    lite.clock.forward(days=3)
    assert first() is None, "who is known on the server needs none"
    with store.write(MACHINE) as tx:
        apply(tx, ("person", "gus"), "change person", {"os_users": []})
    Browser(counter).join("ann", factor=False)
    assert first() is None, "nor does a company where people sign in already"
