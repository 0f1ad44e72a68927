"""The front door: whose page asks, from where, and how often what was shown was no proof."""

import ipaddress
from dataclasses import replace

import pytest
from starlette.datastructures import Headers

from publisher.config import Door
from publisher.config.door import HERE
from publisher.errors import NotPermitted, TooMany
from publisher.service import throttle
from publisher.service.front import refuse_strange, side, where_from
from publisher.service.throttle import Throttle

DOOR = Door("127.0.0.1", 8910, None, None, "", (), frozenset(HERE))
PROXIES = tuple(map(ipaddress.ip_network, ("10.0.0.0/24", "::1/128")))
BEHIND = replace(DOOR, behind="https://desk.example.org", proxies=PROXIES)


@pytest.mark.parametrize("host", ["localhost:8910", "LOCALHOST", "127.0.0.1:1", "[::1]:8910"])
def test_a_name_of_ours_is_let_in_whatever_the_port(host: str) -> None:
    refuse_strange(DOOR, "GET", Headers({"host": host}))


@pytest.mark.parametrize(
    "host", ["", "evil.example", "localhost.evil.example", "localhost@evil.example", "[::1]x"]
)
def test_any_other_name_is_refused_also_to_look(host: str) -> None:
    with pytest.raises(NotPermitted, match="Nobody here goes by"):
        refuse_strange(DOOR, "GET", Headers({"host": host}))


@pytest.mark.parametrize(
    "told",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "whatever comes"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"origin": "https://localhost:8910"},
        {"origin": "http://evil.example", "sec-fetch-site": "same-origin"},
    ],
)
def test_nothing_is_changed_because_a_page_elsewhere_asks(told: dict[str, str]) -> None:
    head = Headers({"host": "localhost:8910", **told})
    for method in ("POST", "PATCH", "DELETE", "PUT", "ANYTHING"):
        with pytest.raises(NotPermitted, match="somebody else"):
            refuse_strange(DOOR, method, head)
    refuse_strange(DOOR, "GET", head)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "http://localhost:8910"},
    ],
)
def test_a_page_of_ours_and_a_program_change_things(told: dict[str, str]) -> None:
    refuse_strange(DOOR, "POST", Headers({"host": "localhost:8910", **told}))


def test_behind_a_proxy_pages_are_of_its_address() -> None:
    door = replace(BEHIND, hosts=frozenset({"desk.example.org", "inside"}))
    for host in ("desk.example.org", "inside"):
        head = Headers({"host": host, "origin": "https://desk.example.org"})
        refuse_strange(door, "POST", head)


def test_who_asks_is_at_the_other_end_whatever_a_header_says() -> None:
    head = Headers({"x-forwarded-for": "192.0.2.7", "forwarded": "for=192.0.2.7"})
    assert where_from(DOOR, "127.0.0.1", head) == "127.0.0.1"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("127.0.0.1, 192.0.2.7", "192.0.2.7"),  # what is before the last may be anybody's words
        ("192.0.2.7, 10.0.0.9", "192.0.2.7"),  # one proxy behind another
        ("", "10.0.0.1"),
        ("10.0.0.9", "10.0.0.1"),
        ("192.0.2.7, anybody's words", "10.0.0.1"),
        ("192.0.2.7, " + "9" * 10_000, "10.0.0.1"),
    ],
)
def test_a_proxy_of_ours_is_believed_about_the_last_one_before_it(said: str, found: str) -> None:
    assert where_from(BEHIND, "10.0.0.1", Headers({"x-forwarded-for": said})) == found


def test_an_address_of_ipv4_is_one_however_it_is_written() -> None:
    assert where_from(BEHIND, "::ffff:10.0.0.1", Headers({"x-forwarded-for": "::ffff:192.0.2.7"}))
    assert side("::ffff:192.0.2.7") == side("192.0.2.7") == "192.0.2.7"
    assert side("2001:db8::1") == side("2001:db8::2") != side("2001:db8:0:1::1")
    assert side("anything else") == "anything else"


def test_nobody_comes_past_the_proxy() -> None:
    with pytest.raises(NotPermitted, match=r"at https://desk\.example\.org only"):
        where_from(BEHIND, "192.0.2.7", Headers({"x-forwarded-for": "10.0.0.1"}))


def test_whoever_fails_waits_longer_and_longer_but_not_for_good() -> None:
    found, now, waits = Throttle(), 0.0, []
    for _ in range(throttle.FREE + 12):
        found.failed("192.0.2.7", now)
        try:
            found.refuse("192.0.2.7", now)
        except TooMany as problem:
            waits.append(problem.values["seconds"])
            now += problem.values["seconds"]
            found.refuse("192.0.2.7", now)
            found.refuse("192.0.2.8", now)
    assert len(waits) == 13
    assert waits[:4] == [2, 3, 5, 9]
    assert waits[-1] == throttle.LONGEST + 1
    found.refuse("192.0.2.7", now + throttle.FORGOTTEN)
    found.failed("192.0.2.7", now + throttle.FORGOTTEN)
    found.refuse("192.0.2.7", now + throttle.FORGOTTEN)


def test_however_many_fail_no_more_are_remembered_than_there_is_room_for() -> None:
    found = Throttle()
    for number in range(throttle.MOST + 10):
        found.failed(str(number), 0.0)
    assert len(found._known) == throttle.MOST
