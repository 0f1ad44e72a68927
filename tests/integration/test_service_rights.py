"""Who may do what through the service: every operation, with every role, and with nobody's."""

from collections.abc import Iterator
from typing import Any

import pytest
from counter import Counter, counter
from world import World

from publisher.roles import BY_LOGIN, MAY, SCOPES
from publisher.service.app import API, SAFE_HEADERS, routes

__all__ = ["counter"]

PEOPLE = {
    "ann": "author",
    "bo": "approver",
    "cy": "duty officer",
    "di": "moderator",
    "ed": "policy owner",
    "fay": "auditor",
    "gus": "admin",
}
WORDS = {"text": "The fair opens", "accounts": ["x"]}
WHY = {"category": "outage", "reason": "callers get no answer"}
SPAN = "?from=2026-12-01T00:00:00Z&to=2026-12-08T00:00:00Z"

# Operation -> the word of the roles' table that allows it, and a body with which it gets that far.
NEEDS: dict[str, tuple[str, Any]] = {
    "posts-queue": ("read", None),
    "posts-write": ("write", WORDS),
    "posts-notice": ("write", {**WORDS, **WHY}),
    "posts-check": ("read", WORDS),
    "posts-show": ("read", None),
    "posts-edit": ("edit", {"text": "It opens"}),
    "posts-moves": ("read", None),
    "posts-when": ("read", None),
    "posts-submit": ("submit", {}),
    "posts-reschedule": ("reschedule", {"at": "next"}),
    "posts-confirm": ("confirm", {}),
    "posts-pause": ("pause", {"reason": "why"}),
    "posts-unpause": ("unpause", {}),
    "posts-cancel": ("cancel", {}),
    "posts-go_on": ("continue", {}),
    "posts-retract": ("retract", {"reason": "why"}),
    "posts-settle": ("resolve", {"not_published": True, "reason": "I looked"}),
    "posts-go_over": ("resolve", {"reason": "why"}),
    "posts-approve": ("approve", {"seen": "0" * 24}),
    "posts-send_back": ("return", {"reason": "why"}),
    "posts-ask": ("request exception", {"kind": "urgent", **WHY}),
    "posts-urgent": ("read", None),
    "exceptions-listed": ("read", None),
    "exceptions-incident": ("request exception", {"accounts": ["x"], **WHY}),
    "exceptions-asked": ("grant exception", None),
    "exceptions-grant": ("grant exception", {"seen": "0" * 24}),
    "exceptions-revoke": ("request exception", {"reason": "why"}),
    "exceptions-review": ("review exception", {"note": "seen"}),
    "stops-listed": ("read", None),
    "stops-stop": ("stop", {"reason": "why", "account": "nowhere"}),
    "stops-resume": ("resume", {}),
    "measures-listed": ("read", None),
    "measures-ask": ("measure", {"account": "page", "comment": "7001_7002", "reason": "spam"}),
    "measures-show": ("read", None),
    "measures-cancel": ("measure", {"reason": "why"}),
    "looks-todo": ("read", None),
    "looks-search": ("read", None),
    "holds-listed": ("audit", None),
    "holds-hold": ("hold records", {"kind": "account", "name": "nowhere", "reason": "why"}),
    "holds-lift": ("lift hold", {"reason": "why"}),
    "looks-ledger": ("audit", None),
    "looks-newest": ("read", None),
    "looks-export": ("audit", None),
    "register-accounts": ("read", None),
    "register-account": ("read", None),
    "register-windows": ("read", None),
    "register-resume": ("resume", {}),
    "register-verify": ("verify accounts", {}),
    "register-needs": ("read", None),
    "register-connect": ("connect account", {}),
    "register-disconnect": ("connect account", None),
    "register-people": ("read", None),
    "register-hand_over": ("hand over", {"person": "ann", "to": "bo"}),
    "register-name_deputy": ("name deputy", {"name": "nobody", "end": "2026-12-08T00:00:00Z"}),
    "register-end_deputy": ("end deputy", {}),
    "policy-proposals": ("confirm policy", None),
    "policy-propose": ("activate policy", {}),
    "policy-second": ("confirm policy", {}),
    "policy-categories": ("read", None),
    "policy-waiting": ("read", None),
    "policy-confirm": ("confirm config", {}),
    "media-upload": ("write", b"no picture"),
    "media-picture": ("read", None),
    "monitors-status": ("read", None),
    "access-tokens": ("manage sign-ins", None),
    "access-make": ("make token", {"name": "nightly", "scopes": ["read"]}),
    "access-revoke": ("manage sign-ins", None),
    "access-sessions": ("manage sign-ins", None),
    "access-end": ("manage sign-ins", None),
    "access-waiting": ("sign in", None),
    "access-approve": ("sign in", {"code": "BCDF-GHJK"}),
    "session-who": ("read", None),
    "session-leave": ("manage sign-ins", None),
    "session-fresh": ("manage sign-ins", {"password": "none of theirs"}),
    "session-change": ("change password", {"old": "none of theirs", "new": "seven grey herons"}),
    "session-offered": ("change password", None),
    "session-take": ("change password", {"code": "000000"}),
    "session-drop": ("change password", None),
    "session-codes": ("change password", None),
    "passkeys-fresh": ("manage sign-ins", {"credential": {}}),
    "passkeys-listed": ("manage sign-ins", None),
    "passkeys-to_make": ("change password", {}),
    "passkeys-add": ("change password", {"name": "phone", "credential": {}}),
    "passkeys-end": ("manage sign-ins", None),
    "invites-listed": ("manage sign-ins", None),
    "invites-invite": ("invite", {"person": "hal"}),
    "invites-confirm": ("confirm invite", None),
    "invites-end": ("manage sign-ins", None),
}
OPEN = {"monitors-alive", "monitors-ready", "monitors-figures"}  # to monitors: nobody's role
ASKING = {  # for a role: nobody is known yet
    "access-login",
    "access-poll",
    "session-begin",
    "session-join",
    "session-look",
    "passkeys-asked",
    "passkeys-begin",
}
LEAVES = {"session-leave"}  # ends what is held: tried with a page
STREAMS = {"events-events"}  # has no end: tried over a real socket

OPERATIONS = {
    operation["operationId"]: (method.upper(), path)
    for path, methods in routes().openapi()["paths"].items()
    for method, operation in methods.items()
}


def test_every_operation_stands_in_this_table() -> None:
    assert set(OPERATIONS) == set(NEEDS) | OPEN | ASKING | STREAMS
    assert {action for action, _ in NEEDS.values()} <= set(MAY)


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A person for each role. It serves all of this table: who may is asked before anything else."""
    known = ("ann", "bo", "cy", "gus")
    more = [
        f'[people.{name}]\nname = "{name}"\nroles = ["{role}"]\nsample = true'
        for name, role in PEOPLE.items()
        if name not in known
    ]
    world = World(tmp_path_factory.mktemp("everybody"), None, extra="\n".join(more))
    yield world
    world.close()


@pytest.fixture(scope="module")
def things(everybody: World) -> tuple[Counter, dict[str, str]]:
    """The service, and something for each operation to be about."""
    counter = Counter(everybody)
    return counter, _made(counter)


def _made(counter: Counter) -> dict[str, str]:
    post = counter.write("The fair opens", "x")["id"]
    counter.post(f"/posts/{post}/ask", {"kind": "urgent", **WHY})
    [asked] = counter.get("/exceptions").json()["items"]
    return {
        "post": post,
        "exception": asked["id"],
        "account": "x",
        "measure": "7",
        "version": "7",
        "hold": "7",
        "number": "7",
        "sha256": "0" * 64,
        "code": "BCDF-GHJK",
    }


@pytest.mark.parametrize("operation", sorted(NEEDS))
def test_a_role_is_let_in_where_the_table_says_so(
    things: tuple[Counter, dict[str, str]], operation: str
) -> None:
    counter, made = things
    action, body = NEEDS[operation]
    for person, role in PEOPLE.items():
        answer = _ask(counter, operation, made, body, by=person)
        assert answer.status_code < 500 or _takes_a_daemon(answer), answer.text
        own = answer.status_code == 403 and answer.json()["code"] != "roles.may_not"
        refused = answer.status_code == 403 and not own
        assert refused == (role not in MAY[action]), f"{role}: {answer.text}"


@pytest.mark.parametrize("operation", sorted(NEEDS.keys() - LEAVES))
def test_what_somebody_holds_is_good_for_what_stands_in_its_line_and_for_nothing_else(
    things: tuple[Counter, dict[str, str]], holders: dict[str, tuple[Counter, str]], operation: str
) -> None:
    """Every operation: with every role by a token of all scopes and by a sign-in; by one of each scope."""
    _, made = things
    action, body = NEEDS[operation]
    for (who, role), (held, by) in holders.items():
        answer = _ask(held, operation, made, body, by="")
        assert answer.status_code < 500 or _takes_a_daemon(answer), answer.text
        enough = action in (BY_LOGIN if by == "login" else {"read", *ALLOWED[by]})
        refusal = {"login": "session.fresh_proof"}.get(by, "roles.not_by_token")
        wanted = "roles.may_not" if role not in MAY[action] else "" if enough else refusal
        code = answer.json()["code"] if answer.status_code == 403 else ""
        known = ("roles.may_not", "session.fresh_proof", "roles.not_by_token")
        assert (code if code in known else "") == wanted, f"{who}, {by}: {answer.text}"


@pytest.fixture(scope="module")
def holders(things: tuple[Counter, dict[str, str]]) -> dict[tuple[str, str], tuple[Counter, str]]:
    """By person and role: somebody's program, and by what it is known."""
    counter, _ = things
    found: dict[tuple[str, str], tuple[Counter, str]] = {}
    for person, role in PEOPLE.items():
        for scope in ("all", *(SCOPES if role == "duty officer" else ())):
            scopes = SCOPES if scope == "all" else (scope,)
            held = counter.token(*scopes, by=person, name=scope)
            found[f"{person} {scope}", role] = held, scope
        found[f"{person} login", role] = counter.login(person), "login"
        counter.seconds += 600
    return found


ALLOWED = {**SCOPES, "all": frozenset().union(*SCOPES.values())}


def test_no_token_can_approve_grant_resume_or_confirm_nor_make_another_one() -> None:
    never = {verb for verb in MAY if verb.split()[0] in ("approve", "grant", "resume", "confirm")}
    never |= {
        "activate policy",
        "operate",
        "audit",
        "recover owner",
        "verify accounts",
        "connect account",
    }
    never |= {"sign in", "make token", "manage sign-ins", "manage all sign-ins"}
    assert not never & ALLOWED["all"]
    assert set(ALLOWED["all"]) <= set(BY_LOGIN) <= set(MAY)


def test_nobody_of_the_register_is_let_in_anywhere(counter: Counter) -> None:
    made = _made(counter)
    strangers = [
        (counter.as_peer(uid=64_999), "", 403),
        (counter.as_peer(uid=64_999), "ann", 403),  # a sample person, played by another user
        (Counter(counter.world, None), "", 403),
        (Counter(counter.world, None), "ann", 403),
        (Counter(counter.world).over_tcp(), "", 401),
    ]
    for stranger, person, status in strangers:
        for operation, (_, body) in NEEDS.items():
            answer = _ask(stranger, operation, made, body, by=person)
            assert answer.status_code == status, f"{operation}: {answer.text}"
            assert answer.json()["code"].startswith("session."), answer.text


def test_sample_people_are_gone_once_an_account_is_real(counter: Counter, lite: World) -> None:
    lite.by_hand("UPDATE account SET sandbox = :so WHERE id = 'x'", so=False)
    answer = counter.get("/posts")
    assert (answer.status_code, answer.json()["code"]) == (403, "session.no_sample_here")


def test_monitors_need_nobodys_role(counter: Counter) -> None:
    stranger = Counter(counter.world, None)
    for operation in OPEN:
        method, path = OPERATIONS[operation]
        assert stranger.ask(method, path, by="", bare=True).status_code == 200


def test_nothing_is_taken_in_from_who_may_not_hand_it_in(counter: Counter) -> None:
    """Thirty megabytes from each of many strangers would be the end of the desk."""
    answers: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("it was read")

    async def send(message: Any) -> None:
        answers.append(message)

    stranger = counter.as_peer(uid=64_999)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": f"{API}/media",
        "query_string": b"",
        "headers": [(b"content-length", b"30000000")],
    }
    stranger.told(scope, receive, send)
    assert answers[0]["status"] == 403


def test_no_address_leads_to_another_one(counter: Counter) -> None:
    answer = counter.get("/posts/", headers={"Host": "elsewhere.example"}, follow_redirects=False)
    assert answer.status_code == 404


def test_an_answer_to_a_fault_of_ours_is_as_safe_as_any(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publisher.read.history.page", lambda *_: 1 / 0)
    answer = counter.get("/ledger")
    assert (answer.status_code, answer.json()["code"]) == (500, "request.unexpected")
    assert "ZeroDivisionError" not in answer.text
    assert {(n.title(), said) for n, said in SAFE_HEADERS.items()} <= {
        (name.title(), said) for name, said in answer.headers.items()
    }


def _takes_a_daemon(answer: Any) -> bool:
    """It was let in, and what it asks for only a daemon can do."""
    return bool(answer.json()["code"] == "beside.no_daemon")


def _ask(counter: Counter, operation: str, of: dict[str, str], body: Any, by: str) -> Any:
    method, path = OPERATIONS[operation]
    for name, value in of.items():
        path = path.replace(f"{{{name}}}", value)
    path += SPAN if operation == "register-windows" else ""
    more = {"content": body} if isinstance(body, bytes) else {"json": body}
    return counter.ask(method, path, by=by, **(more if method != "GET" else {}))
