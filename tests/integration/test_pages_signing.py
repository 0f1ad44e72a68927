"""Signing in, joining and proving anew, as a browser without a script does it."""

import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browsing import PASSWORD, Browser, invited
from counter import Counter, counter
from world import World

from publisher.service.pages.signing import inside
from publisher.service.routes.session import browser_name
from publisher.store import passwords
from publisher.words import say

__all__ = ["counter"]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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


def page(browser: Browser, path: str) -> Any:
    return browser.get(path, bare=True, follow_redirects=False)


def sent(browser: Browser, path: str, **fields: Any) -> Any:
    body = urlencode(fields, doseq=True)
    return browser.ask("POST", path, content=body, headers=FORM, bare=True, follow_redirects=False)


def test_who_is_not_signed_in_is_led_to_the_form_and_then_to_where_they_wanted(
    counter: Counter, bo: Browser
) -> None:
    other = bo.another()
    answer = page(other, "/posts")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=%2Fposts")
    form = page(other, "/sign-in?to=/posts")
    assert form.status_code == 200
    assert 'name="to" value="/posts"' in form.text
    counter.world.clock.forward(seconds=30)
    said = {"name": "bo", "password": PASSWORD, "code": other.code(), "to": "/posts"}
    answer = sent(other, "/sign-in", **said)
    assert (answer.status_code, answer.headers["location"]) == (303, "/posts")
    assert page(other, "/posts").status_code == 200


def test_a_wrong_password_is_said_and_the_name_stays(bo: Browser) -> None:
    answer = sent(bo.another(), "/sign-in", name="bo", password="no such herons", code="")
    assert answer.status_code == 401
    assert 'name="name"' in answer.text
    assert 'value="bo"' in answer.text
    assert "no such herons" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb", ""]
)
def test_nobody_is_led_out_of_the_desk(path: str) -> None:
    assert inside(path) == "/"


def test_a_page_of_the_desk_is_where_one_may_be_led() -> None:
    assert inside("/posts/k7wd?done=edit") == "/posts/k7wd?done=edit"


def test_an_invite_leads_to_a_password_a_second_factor_and_recovery_codes(
    counter: Counter,
) -> None:
    browser = Browser(counter)
    invite = invited(counter, "cy")["secret"]
    assert page(browser, "/join").status_code == 200
    form = sent(browser, "/join", invite=f"http://localhost:8910/join#{invite}")
    assert form.status_code == 200
    assert "<svg" in form.text
    browser.seed = re.findall(r"<code>([A-Z2-7 ]{32,})</code>", form.text)[0].replace(" ", "")
    said = {"invite": invite, "password": PASSWORD, "code": browser.code()}
    differ = sent(browser, "/join", **said, again="another one")
    assert differ.status_code == 200
    assert 'role="alert"' in differ.text
    done = sent(browser, "/join", **said, again=PASSWORD)
    assert done.status_code == 200
    assert len(re.findall(r"<li><code>", done.text)) == 10
    assert page(browser, "/").status_code == 200
    assert sent(browser.another(), "/join", invite=invite).status_code == 401


def test_whatever_somebody_sends_for_an_invite_is_no_fault_of_ours(counter: Counter) -> None:
    assert sent(Browser(counter), "/join", invite="a\0b").status_code == 422


def test_a_page_that_has_ended_says_so_to_who_sends_a_form_and_changes_nothing(
    counter: Counter, bo: Browser
) -> None:
    counter.world.clock.forward(hours=13)
    answer = sent(bo, "/stop", reason="Wrong price")
    assert answer.status_code == 401
    assert "/sign-in" in answer.text
    assert counter.get("/stops").json() == []
    assert page(bo, "/").headers["location"] == "/sign-in?to=%2F"


def test_what_counts_for_others_asks_for_a_proof_after_ten_minutes(
    counter: Counter, bo: Browser
) -> None:
    post = counter.write("The fair opens at nine.", "x")["id"]
    counter.world.clock.forward(minutes=11)
    seen = re.findall(r'name="seen" value="(\w+)"', page(bo, f"/posts/{post}").text)[0]
    answer = sent(bo, f"/posts/{post}/approve", seen=seen)
    assert answer.status_code == 403
    assert f'href="/fresh?to=/posts/{post}"' in answer.text
    assert page(bo, f"/fresh?to=/posts/{post}").status_code == 200
    said = {"password": PASSWORD, "code": bo.code(), "to": f"/posts/{post}"}
    answer = sent(bo, "/fresh", **said)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post}")
    assert sent(bo, f"/posts/{post}/approve", seen=seen).status_code == 303
    assert counter.get(f"/posts/{post}").json()["approval"] == "approved"


def test_what_only_a_proof_lets_one_see_leads_to_that_and_back(
    counter: Counter, bo: Browser
) -> None:
    counter.world.clock.forward(minutes=11)
    answer = page(bo, "/me/factor")
    assert (answer.status_code, answer.headers["location"]) == (303, "/fresh?to=%2Fme%2Ffactor")
    late = sent(bo, "/me/factor", code="000000")
    assert late.status_code == 403
    assert 'href="/fresh"' in late.text


def test_a_form_of_a_page_elsewhere_changes_nothing(counter: Counter, bo: Browser) -> None:
    for head in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = bo.ask(
            "POST", "/stop", content="reason=Wrong+price", headers={**FORM, **head}, bare=True
        )
        assert answer.status_code == 403
    assert counter.get("/stops").json() == []


def test_one_sees_and_ends_what_one_is_known_by(counter: Counter, bo: Browser) -> None:
    other = bo.another()
    assert other.sign_in("bo").status_code == 201
    found = re.findall(r"/me/end/session/(\w+)", page(bo, "/me").text)
    assert len(found) == 2
    mine = bo.get("/session").json()["number"]
    [theirs] = set(found) - {mine}
    assert sent(bo, f"/me/end/session/{theirs}").status_code == 303
    assert page(other, "/").headers["location"] == "/sign-in?to=%2F"
    made = sent(bo, "/me/token", name="nightly", scopes=["read"], days="30")
    assert re.search(r"<code>pub_tok_\w+</code>", made.text)
    [token] = re.findall(r"/me/end/token/(\w+)", page(bo, "/me").text)
    assert sent(bo, f"/me/end/token/{token}").status_code == 303
    assert "/me/end/token/" not in page(bo, "/me").text
    assert sent(bo, "/me/end/everything/x").status_code == 404


def test_another_password_signs_out_everywhere_else(counter: Counter, bo: Browser) -> None:
    other = bo.another()
    assert other.sign_in("bo").status_code == 201
    short = sent(bo, "/me/password", old=PASSWORD, new="short")
    assert short.status_code == 422
    new = "four blue kites in rain"
    answer = sent(bo, "/me/password", old=PASSWORD, new=new)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?done=password")
    assert page(bo, "/me?done=password").status_code == 200
    assert page(other, "/").headers["location"] == "/sign-in?to=%2F"


def test_another_app_and_other_recovery_codes_are_taken_up(bo: Browser) -> None:
    form = page(bo, "/me/factor")
    bo.seed = re.findall(r"<code>([A-Z2-7 ]{32,})</code>", form.text)[0].replace(" ", "")
    assert sent(bo, "/me/factor", code="000000x").status_code == 422
    taken = sent(bo, "/me/factor", code=bo.code())
    assert len(re.findall(r"<li><code>", taken.text)) == 10
    again = sent(bo, "/me/codes")
    assert len(re.findall(r"<li><code>", again.text)) == 10
    assert again.text != taken.text


def test_a_programs_code_is_shown_and_then_confirmed(counter: Counter, bo: Browser) -> None:
    begun = counter.over_tcp().post("/login", {"name": "bo's laptop"}).json()
    shown = sent(bo, "/confirm", code=begun["user_code"])
    assert "bo&#39;s laptop" in shown.text
    done = sent(bo, "/confirm", code=begun["user_code"], do="confirm")
    assert 'role="status"' in done.text
    held = counter.over_tcp(begun["device_code"])
    assert held.get("/session").json()["person"] == "bo"
    assert sent(bo, "/confirm", code="BCDF-GHJK").status_code == 404


def test_signing_out_ends_it_on_the_server_too(bo: Browser) -> None:
    before = bo.cookie
    answer = sent(bo, "/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    bo.cookie = before
    assert page(bo, "/").headers["location"] == "/sign-in?to=%2F"


def demonstration(counter: Counter) -> Browser:
    """A browser at the address that the desk said when it started."""
    made = Browser(counter)
    entry = counter.at_the_desk()
    answer = page(made, f"/demonstration/{entry.demonstration}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return made


def test_whoever_started_the_demonstration_plays_its_people(counter: Counter) -> None:
    browser = demonstration(counter)
    assert browser.get("/session").json()["person"] == "ann"
    post = counter.write("The fair opens at nine.", "x")["id"]
    assert sent(browser, "/demonstration", name="bo").status_code == 303
    counter.world.clock.forward(minutes=11)
    shown = page(browser, f"/posts/{post}").text
    seen = re.findall(r'name="seen" value="(\w+)"', shown)[0]
    assert sent(browser, f"/posts/{post}/approve", seen=seen).status_code == 303
    assert sent(browser, "/demonstration", name="nobody").status_code == 403
    assert browser.get("/session").json()["person"] == "bo"


def test_nobody_else_is_told_where_the_demonstration_is(counter: Counter) -> None:
    assert page(Browser(counter), "/demonstration/guessed").status_code == 404
    assert page(Browser(counter), "/demonstration").headers["location"].startswith("/sign-in")


REAL = """
[people.rea]
name = "Rea"
roles = ["author"]
os_users = ["rea"]
"""


def test_a_person_of_flesh_and_blood_plays_nobody(tmp_path: Path) -> None:
    world = World(tmp_path, None, extra=REAL)
    rea = Browser(Counter(world))
    rea.join("rea", factor=False)
    answer = sent(rea, "/demonstration", name="cy")
    assert answer.status_code == 403
    assert say("session.no_sample_here", {}, "en") in unescape(answer.text)
    assert rea.get("/session").json()["person"] == "rea"


def test_a_program_s_token_plays_nobody(counter: Counter) -> None:
    program = counter.token("read")
    head = {**FORM, "Sec-Fetch-Site": "same-origin"}
    answer = program.ask("POST", "/demonstration", content="name=bo", headers=head, bare=True)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_demonstration_ends_when_an_account_is_real(counter: Counter) -> None:
    browser = demonstration(counter)
    counter.world.by_hand("UPDATE account SET sandbox = :so WHERE id = 'x'", so=False)
    assert browser.get("/session").status_code == 403
    entry = counter.at_the_desk()
    assert page(Browser(counter), f"/demonstration/{entry.demonstration}").status_code == 403


@pytest.mark.parametrize(
    ("said", "called"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.0", "curl/8.0"),
        ("", "browser"),
    ],
)
def test_a_browser_is_called_as_people_call_it(said: str, called: str) -> None:
    assert browser_name(said) == called
