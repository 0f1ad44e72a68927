"""Over TCP: by a token or a sign-in somebody is known, as far as those go; by nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from counter import Counter, counter
from sqlalchemy import insert, select, text, update
from test_daemon_guards import put_back
from test_hazards_ledger import together
from test_put_back import watched
from test_service_posts import problem
from test_two_people import restart
from world import ANN, GUS, World

from publisher.config import load
from publisher.daemon import restored
from publisher.daemon.restored import adopt
from publisher.desk import access
from publisher.errors import Conflict, NotPermitted, PutBack, TryAgain
from publisher.roles import MACHINE
from publisher.service import throttle, waiting
from publisher.service.app import API
from publisher.service.front import ADDRESS
from publisher.store import proofs
from publisher.store import tables as t
from publisher.store.compare import differences
from publisher.store.provision import provision
from publisher.store.tables import core

__all__ = ["counter"]

# An index of words cannot be read through, and its own tables can.
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"

TOKEN, SIGN_IN = core(t.Token), core(t.SignIn)


def made(counter: Counter, by: str = "ann", **more: Any) -> dict[str, Any]:
    answer = counter.post("/tokens", {"name": "nightly", "scopes": ["write"], **more}, by=by)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def code_of(answer: Any) -> str:
    return str(answer.json()["code"])


# ---- tokens


def test_a_program_with_a_token_is_its_person_and_the_history_says_by_what(
    counter: Counter,
) -> None:
    program = counter.token("write")
    post = program.write("The fair opens")["id"]
    newest = [
        one for one in counter.get("/ledger?most=100", by="gus").json() if one["post"] == post
    ]
    assert {(one["actor"], one["os_user"]) for one in newest} >= {("ann", 'token "nightly"')}


def test_of_a_secret_nothing_is_kept_but_what_it_hashes_to(counter: Counter) -> None:
    secret = made(counter)["secret"]
    counter.over_tcp(secret).write()
    counter.login()
    with counter.world.app.store.engine.connect() as conn:
        tables = conn.scalars(text(TABLES)).all()
        kept = [str(row) for name in tables for row in conn.execute(text(f"SELECT * FROM {name}"))]
    assert any(proofs.hashed(secret) in row for row in kept)
    assert not [row for row in kept if secret in row or "pub_" in row]
    assert secret not in counter.get("/tokens").text


def test_a_token_says_what_it_is_good_for_and_is_good_for_nothing_else(counter: Counter) -> None:
    reader = counter.token("read")
    assert reader.get("/posts").status_code == 200
    refused = reader.post("/posts", {"text": "The fair opens", "accounts": ["x"]})
    assert problem(refused, 403)["code"] == "roles.not_by_token"
    assert problem(reader.get("/tokens"), 403)["code"] == "roles.not_by_token"
    stopper = counter.token("stop", name="watch")
    assert stopper.post("/stops", {"reason": "the site is down"}).status_code == 201


def test_a_token_of_somebody_who_may_less_may_less(counter: Counter) -> None:
    program = counter.token("write", "takedown", by="gus")  # an administrator writes nothing
    refused = program.post("/posts", {"text": "The fair opens", "accounts": ["x"]})
    assert problem(refused, 403)["code"] == "roles.may_not"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"scopes": []}, "request.not_understood"),
        ({"scopes": ["approve"]}, "request.not_understood"),
        ({"days": 366}, "request.not_understood"),
        ({"days": 0}, "request.not_understood"),
        ({"name": ""}, "access.name"),
        ({"name": "a\x1b[2J"}, "access.name"),
        ({"name": 'a" (logged in as root'}, "access.name"),
        ({"name": "x" * 101}, "access.name"),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    counter: Counter, wrong: dict[str, Any], code: str
) -> None:
    answer = counter.post("/tokens", {"name": "nightly", "scopes": ["read"], **wrong})
    assert problem(answer, 422)["code"] == code


def test_two_tokens_of_one_name_could_not_be_told_apart(counter: Counter) -> None:
    first = made(counter)["token"]["id"]
    again = counter.post("/tokens", {"name": "nightly", "scopes": ["read"]})
    assert problem(again, 409)["code"] == "access.name_taken"
    made(counter, by="bo")
    assert counter.ask("DELETE", f"/tokens/{first}").status_code == 204
    made(counter)


def test_nor_do_two_that_are_asked_for_at_once(world: World) -> None:
    def make() -> None:
        with world.app.store.write(ANN) as tx:
            access.make_token(tx, access.NewToken("nightly", ["read"], 90))

    raised = together(make, make, make)
    assert [type(error) for error in raised] == [Conflict, Conflict]


def test_nobody_has_more_than_so_many(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MOST", 2)
    for name in ("one", "two"):
        made(counter, name=name)
    answer = counter.post("/tokens", {"name": "three", "scopes": ["read"]})
    assert problem(answer, 409)["code"] == "access.many"


def test_a_token_ends_on_its_day(counter: Counter) -> None:
    program = counter.over_tcp(made(counter, days=90)["secret"])
    counter.world.clock.forward(days=90, seconds=-1)
    assert program.get("/posts").status_code == 200
    counter.world.clock.forward(seconds=1)
    assert problem(program.get("/posts"), 401)["code"] == "session.ended"
    assert counter.get("/tokens").json()["items"] == []


def test_when_it_was_used_is_noted_once_a_minute(counter: Counter) -> None:
    clock, program = counter.world.clock, counter.token()
    begun = clock.at

    def noted() -> Any:
        with counter.world.app.store.read() as tx:
            return tx.value(select(TOKEN.c.used_at))

    for seconds, said in ((0, 0), (59, 0), (60, 60), (100, 60)):
        clock.at = begun + timedelta(seconds=seconds)
        assert program.get("/posts").status_code == 200
        assert noted() == begun + timedelta(seconds=said)
    assert differences(counter.world.app.store) == []


# ---- how they end


@pytest.mark.parametrize("by", ["ann", "gus"])
def test_a_token_and_a_sign_in_are_ended_at_once_by_their_person_or_an_administrator(
    counter: Counter, by: str
) -> None:
    for held, where in ((counter.token(), "/tokens"), (counter.login(), "/sessions")):
        assert held.get("/posts").status_code == 200
        [one] = counter.get(where, by=by).json()["items"]
        assert one["person"] == "ann"
        assert counter.ask("DELETE", f"{where}/{one['id']}", by=by).status_code == 204
        assert problem(held.get("/posts"), 401)["code"] == "session.ended"
        again = counter.ask("DELETE", f"{where}/{one['id']}", by=by)
        assert problem(again, 404)["code"] == "access.none_such"
    entries = counter.get("/ledger?most=100", by="gus").json()
    assert {one["actor"] for one in entries if one["verb"].startswith(("revoke", "end "))} == {by}


def test_what_others_hold_does_not_exist(counter: Counter) -> None:
    counter.token()
    counter.login()
    for where in ("/tokens", "/sessions"):
        [one] = counter.get(where).json()["items"]
        assert counter.get(where, by="bo").json()["items"] == []
        refused = counter.ask("DELETE", f"{where}/{one['id']}", by="bo")
        assert problem(refused, 404)["code"] == "access.none_such"


def test_a_program_that_is_signed_in_signs_itself_out(counter: Counter) -> None:
    held = counter.login()
    counter.login(name="another")
    [mine] = [one for one in held.get("/sessions").json()["items"] if one["mine"]]
    assert mine["name"] == "laptop"
    assert held.ask("DELETE", f"/sessions/{mine['id']}").status_code == 204
    assert held.get("/posts").status_code == 401


def test_a_sign_in_that_nobody_uses_ends(counter: Counter) -> None:
    held, idle = counter.login(), counter.login(name="in a drawer")
    for _ in range(13):
        counter.world.clock.forward(days=29)
        # each use keeps it for another thirty days, but none for longer than a year
        wanted = 200 if counter.world.clock.at < _begun(counter) + timedelta(days=365) else 401
        assert held.get("/posts").status_code == wanted
    assert wanted == 401
    assert idle.get("/posts").status_code == 401


def _begun(counter: Counter) -> Any:
    with counter.world.app.store.read() as tx:
        return tx.value(select(SIGN_IN.c.created_at))


def test_whoever_leaves_is_out_at_once_and_their_proofs_do_not_come_back_with_them(
    counter: Counter,
) -> None:
    held = [counter.token(by="bo"), counter.login(by="bo")]
    assert [one.get("/posts").status_code for one in held] == [200, 200]
    bo = '[people.bo]\nname = "bo"\nroles = ["approver"]\nsample = true\n'
    restart(counter.world, (bo, ""))
    assert [one.get("/posts").status_code for one in held] == [401, 401]
    restart(counter.world, more=bo)
    with counter.world.app.store.write(GUS) as tx:
        tx.run(update(core(t.Person)).values(retired_at=None))  # as if it had been confirmed
    assert [code_of(one.get("/posts")) for one in held] == ["session.ended"] * 2


def test_roles_that_are_taken_away_are_gone_at_once(counter: Counter) -> None:
    program = counter.token("write")
    program.write()
    ann = '[people.ann]\nname = "ann"\nroles = ["author"]'
    restart(counter.world, (ann, ann.replace("author", "auditor")))
    answer = program.post("/posts", {"text": "The fair opens", "accounts": ["x"]})
    assert answer.status_code == 403


@pytest.mark.parametrize("columns", [{"scopes": ["write", "stop"]}, {"person": "bo"}])
def test_a_token_that_was_changed_by_hand_is_none(
    counter: Counter, columns: dict[str, Any]
) -> None:
    program = counter.token("read")
    with counter.world.app.store.engine.begin() as conn:
        conn.execute(update(TOKEN).values(**columns))
    assert problem(program.get("/posts"), 401)["code"] == "session.ended"


def test_a_token_that_was_put_in_by_hand_is_none(counter: Counter) -> None:
    program = counter.token("read")
    secret = proofs.made("token")
    with counter.world.app.store.engine.begin() as conn:
        [row] = conn.execute(select(TOKEN)).mappings()
        hashed = proofs.hashed(secret)
        conn.execute(insert(TOKEN).values({**row, "id": "mine", "hash": hashed, "name": "mine"}))
    assert program.get("/posts").status_code == 200
    assert counter.over_tcp(secret).get("/posts").status_code == 401


def test_once_a_restore_is_noticed_nothing_that_may_have_been_ended_since_is_good(
    lite: World,
) -> None:
    counter = Counter(lite)
    revoked = counter.token("read", name="leaked")
    [leaked] = counter.get("/tokens").json()["items"]
    with put_back(lite):
        assert counter.ask("DELETE", f"/tokens/{leaked['id']}").status_code == 204
        assert revoked.get("/posts").status_code == 401
    folder = lite.mark.path.parent
    assert restored.stop_if_restored(lite.app.store, lite.mark.read(), folder)
    assert revoked.get("/posts").status_code == 401
    again = counter.token("read", name="after it was noticed")
    adopt(lite.app, GUS, "the newest that we have")
    assert [one.get("/posts").status_code for one in (revoked, again)] == [401, 200]
    assert differences(lite.app.store) == []


def test_however_often_people_sign_in_a_daemon_remembers_one_decision_of_each_kind(
    lite: World,
) -> None:
    counter = Counter(lite)
    with watched(lite) as seen:
        for number in range(5):
            held = counter.login(name=str(number))
            [mine] = [one for one in held.get("/sessions").json()["items"] if one["mine"]]
            assert held.ask("DELETE", f"/sessions/{mine['id']}").status_code == 204
            counter.seconds += 600
        seen.look()
        about = [one for one in seen._general if "sign-in" in one[1]]
    assert sorted(about) == [("end sign-in", "sign-ins of ann"), ("sign in", "sign-ins of ann")]


def test_a_daemon_remembers_of_each_token_that_it_was_revoked(lite: World) -> None:
    """Of the newest alone, and an older one could be brought back to life under its eyes."""
    counter = Counter(lite)
    first, second = (made(counter, name=name)["token"]["id"] for name in ("one", "two"))
    with watched(lite) as seen:
        for number in (first, second):
            counter.ask("DELETE", f"/tokens/{number}")
        seen.look()
        gone = text("DELETE FROM ledger WHERE verb = 'revoke token' AND fact LIKE :of")
        with lite.app.store.engine.begin() as conn:
            conn.execute(text("UPDATE token SET ended_at = NULL WHERE id = :id"), {"id": first})
            conn.execute(text("DROP TRIGGER ledger_no_delete"))
            assert conn.execute(gone, {"of": f"%{first}%"}).rowcount == 1
        with pytest.raises(PutBack):
            seen.look()


def test_a_sample_person_holds_nothing_once_an_account_is_real(counter: Counter) -> None:
    program = counter.token()
    with counter.world.app.store.engine.begin() as conn:
        conn.execute(text("UPDATE account SET sandbox = false WHERE id = 'x'"))
    assert problem(program.get("/posts"), 403)["code"] == "session.no_sample_here"


# ---- signing in


def test_a_program_signs_in_by_a_code_that_a_person_confirms(counter: Counter) -> None:
    program = counter.over_tcp()
    begun = program.post("/login", {"name": "ann's laptop"}).json()
    held = counter.over_tcp(begun["device_code"])
    asked = {"device_code": begun["device_code"]}
    assert program.post("/login/poll", asked).json() == {"confirmed": False, "person": ""}
    assert problem(held.get("/posts"), 401)["code"] == "session.ended"
    shown = counter.get(f"/login/{begun['user_code'].lower().replace('-', ' ')}").json()
    assert shown == {
        "code": begun["user_code"],
        "kind": "login",
        "name": "ann's laptop",
        "place": "192.0.2.7",
        "act": "",
    }
    assert counter.post("/login/approve", {"code": begun["user_code"]}).json() == shown
    counter.seconds += waiting.EVERY
    assert program.post("/login/poll", asked).json() == {"confirmed": True, "person": "ann"}
    written = held.write("The fair opens")
    assert written["author"] == "ann"
    [session] = counter.get("/sessions").json()["items"]
    assert (session["name"], session["place"]) == ("ann's laptop", "192.0.2.7")


def test_a_code_is_good_once_and_not_for_long(counter: Counter) -> None:
    begun = counter.over_tcp().post("/login", {}).json()
    assert counter.post("/login/approve", {"code": begun["user_code"]}).status_code == 200
    again = counter.post("/login/approve", {"code": begun["user_code"]}, by="bo")
    assert problem(again, 404)["code"] == "access.no_code"
    late = counter.over_tcp().post("/login", {}).json()
    counter.seconds += waiting.PATIENCE
    refused = counter.post("/login/approve", {"code": late["user_code"]})
    assert problem(refused, 404)["code"] == "access.no_code"
    gone = counter.over_tcp().post("/login/poll", {"device_code": late["device_code"]})
    assert problem(gone, 404)["code"] == "access.no_login"
    assert counter.over_tcp(late["device_code"]).get("/posts").status_code == 401


def test_who_asks_too_often_is_told_when_to_ask_again(counter: Counter) -> None:
    program = counter.over_tcp()
    asked = {"device_code": program.post("/login", {}).json()["device_code"]}
    program.post("/login/poll", asked)
    counter.seconds += 1
    soon = program.post("/login/poll", asked)
    assert problem(soon, 429)["code"] == "session.too_soon"
    assert soon.headers["Retry-After"] == "5"


def test_so_many_sign_ins_wait_and_no_more(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = counter.over_tcp()
    for _ in range(waiting.MOST_OF_ONE):
        assert program.post("/login", {}).status_code == 201
    full = program.post("/login", {})
    assert problem(full, 429)["code"] == "session.too_many_wait"
    assert 0 < int(full.headers["Retry-After"]) <= waiting.PATIENCE + 1
    assert counter.over_tcp(address="192.0.2.8").post("/login", {}).status_code == 201
    for last in range(waiting.MOST_OF_ONE + 1):
        wanted = 201 if last < waiting.MOST_OF_ONE else 429
        address = f"2001:db8::{last + 1}"  # one network has them all
        assert counter.over_tcp(address=address).post("/login", {}).status_code == wanted
    monkeypatch.setattr(waiting, "MOST", 2 * waiting.MOST_OF_ONE + 1)
    assert counter.over_tcp(address="192.0.2.9").post("/login", {}).status_code == 429
    counter.seconds += waiting.PATIENCE
    assert program.post("/login", {}).status_code == 201


def test_who_guesses_codes_waits_longer_and_longer(counter: Counter) -> None:
    for _ in range(throttle.FREE):
        assert counter.post("/login/approve", {"code": "BCDF-GHJK"}).status_code == 404
    assert counter.post("/login/approve", {"code": "BCDF-GHJK"}).status_code == 429
    assert counter.post("/login/approve", {"code": "BCDF-GHJK"}, by="bo").status_code == 404


def test_nobody_signs_in_for_somebody_whose_name_they_borrow(lite: World) -> None:
    borrowed = replace(ANN, login="root")
    with lite.app.store.write(borrowed) as tx, pytest.raises(NotPermitted, match="logged in by"):
        access.sign_in(tx, access.NewSignIn("0" * 64, "laptop", "192.0.2.7"))
    new = access.NewToken("nightly", ["read"], 90)
    with lite.app.store.write(borrowed) as tx, pytest.raises(NotPermitted, match="logged in by"):
        access.make_token(tx, new)


@pytest.mark.parametrize(
    "name", ["\x1b[2Jlaptop", "\u202eb", 'a"b', "田中\u3000PC", "\x00", "\n", "\x1b" * 99]
)
def test_whatever_a_program_calls_itself_can_be_confirmed_and_steers_nothing(
    counter: Counter, name: str
) -> None:
    begun = counter.over_tcp().post("/login", {"name": name})
    if name == "\x00":
        problem(begun, 422)
        return
    code = begun.json()["user_code"]
    shown = counter.get(f"/login/{code}").json()["name"]
    assert shown.isprintable()
    assert '"' not in shown
    assert counter.post("/login/approve", {"code": code}).status_code == 200


# ---- what takes a fresh proof


def approval(counter: Counter) -> tuple[str, dict[str, str]]:
    post = counter.write("The fair opens")
    return f"/posts/{post['id']}/approve", {"seen": post["fingerprint"][:24]}


def test_an_approval_through_a_sign_in_takes_a_word_on_the_server(counter: Counter) -> None:
    where, seen = approval(counter)
    held = counter.login(by="bo")
    refused = problem(held.post(where, seen), 403)
    assert refused["code"] == "session.fresh_proof"
    [act] = refused["acts"]
    assert act["act"] == "sign in"
    assert act["code"] in refused["detail"]
    shown = counter.get(f"/login/{act['code']}", by="bo").json()
    assert (shown["kind"], shown["act"], shown["name"]) == ("act", f"POST {API}{where}", "laptop")
    assert problem(held.post(where, seen), 403)["acts"] == [act], "asked again, it is the same"
    assert counter.post("/login/approve", {"code": act["code"]}, by="bo").status_code == 200
    assert held.post(where, seen).json()["approval"] == "approved"
    entries = counter.get("/ledger?most=100", by="gus").json()
    assert {"confirm act", "approve"} <= {one["verb"] for one in entries if one["actor"] == "bo"}


def test_a_word_is_for_that_very_act_and_for_one_time(counter: Counter) -> None:
    held = counter.login(by="cy")
    code = held.post("/stops/resume", {"account": "x"}).json()["acts"][0]["code"]
    counter.post("/login/approve", {"code": code}, by="cy")
    other = held.post("/stops/resume", {})
    assert problem(other, 403)["code"] == "session.fresh_proof"
    done = held.post("/stops/resume", {"account": "x"})
    assert problem(done, 409)["code"] == "stops.none_such", "it was let in"
    again = held.post("/stops/resume", {"account": "x"})
    assert problem(again, 403)["code"] == "session.fresh_proof"
    assert again.json()["acts"][0]["code"] != code


def test_a_word_of_which_nothing_came_is_good_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, seen = approval(counter)
    held = counter.login(by="bo")
    code = held.post(where, seen).json()["acts"][0]["code"]
    counter.post("/login/approve", {"code": code}, by="bo")

    def locked(*_: Any) -> None:
        raise TryAgain("store.locked")

    with monkeypatch.context() as patch:
        patch.setattr("publisher.desk.review.approve", locked)
        problem(held.post(where, seen), 503)
    assert held.post(where, seen).json()["approval"] == "approved"
    assert problem(held.post(where, seen), 403)["code"] == "session.fresh_proof"


def test_a_word_is_its_own_persons_alone(counter: Counter) -> None:
    where, seen = approval(counter)
    held = counter.login(by="bo")
    code = held.post(where, seen).json()["acts"][0]["code"]
    refused = counter.post("/login/approve", {"code": code}, by="eve")
    assert problem(refused, 404)["code"] == "access.none_such"
    assert problem(held.post(where, seen), 403)["code"] == "session.fresh_proof"
    by_itself = held.post("/login/approve", {"code": code})
    assert problem(by_itself, 403)["code"] == "session.fresh_proof"


def test_a_word_that_comes_too_late_is_none(counter: Counter) -> None:
    where, seen = approval(counter)
    held = counter.login(by="bo")
    code = held.post(where, seen).json()["acts"][0]["code"]
    counter.post("/login/approve", {"code": code}, by="bo")
    counter.seconds += waiting.PATIENCE
    assert problem(held.post(where, seen), 403)["code"] == "session.fresh_proof"


def test_of_one_sign_in_so_many_acts_wait_the_oldest_gives_way(counter: Counter) -> None:
    held = counter.login(by="cy")
    codes = [
        held.post(f"/accounts/{number}/resume", {}).json()["acts"][0]["code"]
        for number in range(waiting.MOST_OF_ONE + 1)
    ]
    assert counter.get(f"/login/{codes[0]}", by="cy").status_code == 404
    assert counter.get(f"/login/{codes[-1]}", by="cy").status_code == 200


# ---- the door


def test_over_tcp_no_header_makes_anybody_a_peer(counter: Counter) -> None:
    for head in (
        {},
        {"Publisher-As": "ann"},
        {"X-Forwarded-User": "ann", "Remote-User": "ann"},
        {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=unix:1"},
        {"Cookie": "session=ann"},
        {"Authorization": "Basic YW5uOmFubg=="},
        {"Authorization": "Bearer ann"},
        {"Authorization": f"Bearer {proofs.made('token')}"},
        {"Authorization": f"Bearer {proofs.made('sign-in')}"},
    ):
        counter.seconds += throttle.FORGOTTEN
        answer = counter.over_tcp().get("/posts", headers=head)
        assert answer.status_code == 401, head
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    program = counter.token()
    as_bo = program.get("/posts", headers={"Publisher-As": "bo"})
    assert problem(as_bo, 403)["code"] == "session.no_sample_here"


def test_the_socket_takes_no_token_and_no_cookie(counter: Counter) -> None:
    secret = made(counter)["secret"]
    for head in ({"Authorization": f"Bearer {secret}"}, {"Cookie": "a=b"}):
        assert problem(counter.get("/posts", headers=head), 403)["code"] == "session.no_proof_here"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({"Host": "evil.example"}, "session.other_host"),
        ({"Origin": "http://evil.example"}, "session.other_page"),
        ({"Sec-Fetch-Site": "cross-site"}, "session.other_page"),
    ],
)
def test_another_name_and_another_page_are_refused_whatever_one_holds(
    counter: Counter, head: dict[str, str], code: str
) -> None:
    program = counter.token("write")
    told = {"text": "The fair opens", "accounts": ["x"]}
    assert problem(program.post("/posts", told, headers=head), 403)["code"] == code
    assert problem(program.post("/login", {}, headers=head), 403)["code"] == code
    assert counter.get("/posts").json()["posts"] == []


def test_what_is_no_proof_costs_more_and_more_time_at_its_address_alone(counter: Counter) -> None:
    program = counter.token()
    for number in range(throttle.FREE):
        said = counter.over_tcp("pub_tok_guess", f"2001:db8::{number}").get("/posts")
        assert problem(said, 401)["code"] == "session.not_ours"
    late = counter.over_tcp("pub_tok_guess", "2001:db8::99").get("/posts")
    assert problem(late, 429)["code"] == "session.too_many"
    assert late.headers["Retry-After"] == "2"
    for held in (program, counter.token(name="beside them")):
        held._known[ADDRESS] = "2001:db8::98"
        assert held.get("/posts").status_code == 200, "who holds one does not wait for neighbours"
    counter.seconds += 2
    assert counter.over_tcp("pub_tok_guess", "2001:db8::99").get("/posts").status_code == 401


def test_what_monitors_see_is_seen_over_tcp_but_for_the_figures(counter: Counter) -> None:
    tcp = counter.over_tcp()
    assert [tcp.get(path, bare=True).status_code for path in ("/healthz", "/readyz")] == [200, 200]
    for path, more in (("/metrics", {"bare": True}), (f"{API}/openapi.json", {})):
        assert tcp.get(path, **more).status_code == 401
        assert counter.token(name=path).get(path, **more).status_code == 200


def test_from_nobody_more_is_taken_in_than_an_asking_takes(counter: Counter) -> None:
    told = counter.over_tcp().post("/login", {"name": "x" * 20_000})
    assert problem(told, 413)["code"] == "request.too_large"
    told = counter.over_tcp().post("/posts", {"text": "x" * 20_000, "accounts": ["x"]})
    assert problem(told, 401)["code"] == "session.no_proof"


def test_a_person_is_answered_in_their_language(counter: Counter) -> None:
    world = counter.world
    text_ = world.config.file.read_text().replace('name = "ann"', 'name = "ann"\nlang = "ja"')
    with world.app.store.write(MACHINE) as tx:
        provision(tx, load(text_, world.config.file, {}))
    assert counter.token().get("/posts").headers["Content-Language"] == "ja"


def test_the_history_vouches_for_every_row_of_it(world: World) -> None:
    counter = Counter(world)
    for held in (counter.token("write"), counter.login()):
        assert held.get("/posts").status_code == 200
    assert differences(world.app.store) == []
