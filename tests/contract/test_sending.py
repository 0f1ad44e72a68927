"""Every adapter, one request, everything that can happen to it."""

import socket
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from cast import NOW, TOOLS
from dialects import Dialect
from scripted import DRIPS, Server, codes, hang, hang_up, raw, reply, reset

from publisher.networks import (
    Credentials,
    Later,
    Published,
    Refused,
    Unknown,
    WhoAmIFailed,
)
from publisher.networks.registry import about, network
from publisher.words import code_of, read


def irreversible(dialect: Dialect, server: Server) -> int:
    return sum(dialect.irreversible(seen) for seen in server.seen)


def test_a_success_stores_the_networks_own_id(dialect, server, adapter, an_intent):
    server.play(dialect.published)
    outcome = adapter.send(an_intent())
    assert isinstance(outcome, Published)
    assert outcome.remote_id == dialect.remote_id
    assert outcome.url.startswith(dialect.urls or server.url)
    assert irreversible(dialect, server) == 1


@pytest.mark.hazard("H5")
@pytest.mark.parametrize("ending", [hang_up, reset], ids=["closed", "reset"])
def test_a_connection_lost_after_the_request_was_read_is_unknown_and_not_repeated(
    ending, dialect, server, adapter, an_intent
):
    server.play(ending)
    assert isinstance(adapter.send(an_intent()), Unknown)
    assert irreversible(dialect, server) == len(server.seen) == 1


@pytest.mark.hazard("H5")
@pytest.mark.parametrize("slow", [hang, *DRIPS.values()], ids=["hang", *DRIPS])
def test_the_deadline_ends_it_however_slowly_the_network_answers(
    slow, dialect, server, adapter, an_intent
):
    server.play(slow)
    began = time.monotonic()
    outcome = adapter.send(an_intent(deadline=began + 0.3))
    assert isinstance(outcome, Unknown)
    assert time.monotonic() - began < 5  # the network would take for ever
    assert irreversible(dialect, server) == 1


def test_a_refused_connection_is_later(dialect, account, an_intent):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    elsewhere = replace(account, base_url=address)
    adapter = network(dialect.network)(elsewhere, dialect.secrets, TOOLS)
    assert isinstance(adapter.send(an_intent()), Later)


@pytest.mark.hazard("H13")
def test_throttling_is_later_at_the_time_that_the_network_names(
    dialect, server, adapter, an_intent
):
    server.play(dialect.throttled)
    outcome = adapter.send(an_intent())
    assert isinstance(outcome, Later)
    assert outcome.at == NOW + timedelta(seconds=120)
    assert len(server.seen) == 1


def test_refused_credentials_say_so_at_once(dialect, server, adapter, an_intent):
    server.play(dialect.unauthorized)
    assert isinstance(adapter.send(an_intent()), Credentials)
    assert irreversible(dialect, server) == 1


@pytest.mark.hazard("H5")
@pytest.mark.parametrize("body", ["the network's own", "none"])
def test_every_status_has_one_outcome_and_only_documented_ones_are_not_unknown(
    body, dialect, server, adapter, an_intent
):
    own = body != "none"
    meaning = dialect.meaning if own else dialect.bare
    wrong = {}
    for status in range(100, 600):
        server.play(reply(status, dialect.error(status) if own else b""))
        outcome = adapter.send(an_intent())
        once = irreversible(dialect, server) == 1
        if type(outcome) is not meaning.get(status, Unknown) or not once:
            wrong[status] = outcome
    assert not wrong


@pytest.mark.hazard("H20")
@pytest.mark.only("duplicate")
def test_a_duplicate_on_a_first_try_is_a_refusal(dialect, server, adapter, an_intent):
    server.play(dialect.duplicate)
    assert isinstance(adapter.send(an_intent()), Refused)


@pytest.mark.hazard("H20")
@pytest.mark.only("duplicate")
def test_a_duplicate_after_an_unproven_try_has_to_be_looked_up(dialect, server, adapter, an_intent):
    server.play(dialect.duplicate)
    notes = {**dialect.notes, "repeated": True}
    assert isinstance(adapter.send(an_intent(notes=notes)), Unknown)


GARBAGE = {
    "nothing": b"",
    "a page": b"<html>All is well</html>",
    "a list": b"[]",
    "an empty object": b"{}",
    "nulls": b'{"data": null, "id": null, "success": null}',
    "numbers": b'{"data": 7, "id": 7}',
    "half": b'{"data": {"id": "1',
    "no text": b"\xff\xfe\x00",
    "depth": b"[" * 100_000,
    "a whole depth": b'{"data": ' * 100_000 + b"1" + b"}" * 100_000,
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
def test_a_success_without_an_id_is_unknown(body, dialect, server, adapter, an_intent):
    for status in (200, 201):
        server.play(reply(status, body))
        assert isinstance(adapter.send(an_intent()), Unknown)


BROKEN_HTTP = {
    "not HTTP": b"lorem ipsum\r\n\r\n",
    "cut short": b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"data"',
    "bad chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nlorem",
    "too long": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_100_000,
    "early hints, then success": b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}",
    "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
}


@pytest.mark.hazard("H5")
@pytest.mark.parametrize("data", BROKEN_HTTP.values(), ids=BROKEN_HTTP)
def test_an_answer_that_is_not_a_whole_final_one_is_unknown(
    data, dialect, server, adapter, an_intent
):
    server.play(raw(data))
    assert isinstance(adapter.send(an_intent()), Unknown)
    assert len(server.seen) == 1


@pytest.mark.hazard("H5")
@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_not_followed(status, dialect, server, adapter, an_intent):
    away = reply(status, b"", {"Location": f"{server.url}/elsewhere"})
    server.play(away, dialect.published)
    assert isinstance(adapter.send(an_intent()), Unknown)
    assert len(server.seen) == 1


@pytest.mark.hazard("H4")
@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=1)])
def test_past_its_time_nothing_is_written(late, dialect, server, adapter, an_intent):
    server.play(dialect.published)
    assert isinstance(adapter.send(an_intent(not_after=NOW - late)), Later)
    assert not server.seen


def test_past_its_deadline_nothing_is_written(dialect, server, adapter, an_intent):
    server.play(dialect.published)
    assert isinstance(adapter.send(an_intent(deadline=time.monotonic())), Later)
    assert not server.seen


def test_each_request_has_a_connection_of_its_own(dialect, server, adapter, an_intent):
    server.play(dialect.published)
    adapter.send(an_intent())
    adapter.send(an_intent())
    assert [seen.headers["connection"] for seen in server.seen] == ["close", "close"]


@pytest.mark.parametrize("images", [0, 1, 2])
def test_what_was_rendered_is_what_is_sent_and_the_networks_description_allows_it(
    images, dialect, server, adapter, an_intent
):
    intent = an_intent(images=images)
    if images:
        server.play(*(play for n in range(images) for play in dialect.uploaded(n)))
        notes = adapter.prepare(intent)
        assert isinstance(notes, dict), notes
        assert irreversible(dialect, server) == 0
        assert not [error for seen in server.seen for error in dialect.broken_contract(seen)]
        intent = replace(intent, notes={**intent.notes, **notes})
        assert not adapter.needs_preparing(intent)
    server.play(dialect.published)
    assert isinstance(adapter.send(intent), Published)
    assert not [error for seen in server.seen for error in dialect.broken_contract(seen)]
    sent = "".join(dialect.sent(server.seen[-1]).split())
    assert all("".join(line.split()) in sent for line in intent.rendered.text.splitlines())


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize(
    "text",
    [
        "Fair & more",
        "Winter hours\n-----\n<!-- 10*20*30",
        "詳しくはhttps://example.com/aを\n\n[a]: b",
    ],
)
def test_what_the_policy_reads_is_what_is_sent(text, dialect, server, adapter, an_intent):
    intent = an_intent(text)
    server.play(dialect.published)
    assert isinstance(adapter.send(intent), Published)
    seen = server.seen[-1]
    is_json = "json" in seen.headers["content-type"]
    assert adapter.source(intent.rendered) in (seen.json if is_json else seen.form).values()


def test_a_text_needs_no_preparing(dialect, server, adapter, an_intent):
    if dialect.notes:
        pytest.skip("this network prepares a draft of every post")
    server.play(hang_up)
    assert adapter.prepare(an_intent()) == {}
    assert not adapter.needs_preparing(an_intent())
    assert not server.seen


@pytest.mark.parametrize(
    "trouble", [reply(500), reset, hang_up, reply(200, b"{}")], ids=["500", "reset", "closed", "{}"]
)
def test_a_doubt_about_an_upload_is_no_doubt_about_the_post(
    trouble, dialect, server, adapter, an_intent
):
    server.play(trouble)
    assert isinstance(adapter.prepare(an_intent(images=1)), Later)
    assert irreversible(dialect, server) == 0


def test_taking_down_is_done_when_the_network_says_so(dialect, server, adapter, an_intent):
    server.play(*dialect.retracted)
    outcome = adapter.send(an_intent(act="retract", target=dialect.target))
    assert outcome == Published(dialect.target)
    assert not [error for seen in server.seen for error in dialect.broken_contract(seen)]


def test_taking_down_what_is_gone_already_is_done(dialect, server, adapter, an_intent):
    server.play(*dialect.already_gone)
    outcome = adapter.send(an_intent(act="retract", target=dialect.target))
    assert outcome == Published(dialect.target)


@pytest.mark.parametrize("ending", [hang_up, reply(404, b"<html>"), reply(500), None])
def test_taking_down_is_not_done_without_the_networks_own_word(
    ending, dialect, server, adapter, an_intent
):
    server.play(ending or dialect.vague or reply(200, b"{}"))
    outcome = adapter.send(an_intent(act="retract", target=dialect.target))
    assert isinstance(outcome, Unknown)


def test_an_edit_changes_the_post_or_is_refused_where_posts_cannot_be_changed(
    dialect, server, adapter, an_intent
):
    intent = an_intent(act="edit", target=dialect.target)
    if not about(dialect.network).edits:
        server.play(hang_up)
        assert isinstance(adapter.send(intent), Refused)
        assert not server.seen
        return
    server.play(*dialect.edited(intent))
    outcome = adapter.send(intent)
    assert isinstance(outcome, Published)
    assert outcome.remote_id == dialect.target
    assert not [error for seen in server.seen for error in dialect.broken_contract(seen)]


def test_who_am_i_is_the_networks_own_id(dialect, server, adapter):
    server.play(dialect.me)
    assert adapter.whoami() == dialect.remote_user_id


@pytest.mark.hazard("H23")
def test_who_am_i_tells_refused_credentials_from_an_outage(dialect, server, adapter):
    server.play(dialect.unauthorized)
    with pytest.raises(WhoAmIFailed) as refused:
        adapter.whoami()
    server.play(reply(500))
    with pytest.raises(WhoAmIFailed) as down:
        adapter.whoami()
    assert (refused.value.credentials, down.value.credentials) == (True, False)
    assert str(refused.value)
    assert str(down.value)


def test_a_secret_that_the_network_repeats_is_not_passed_on(dialect, server, adapter, an_intent):
    for secret in dialect.secrets.values():
        server.play(dialect.echo(secret))
        outcome = adapter.send(an_intent())
        assert isinstance(outcome, Refused)
        assert secret not in repr(outcome)


def test_secrets_are_neither_in_the_repr_nor_in_an_address(dialect, server, adapter, an_intent):
    server.play(dialect.published)
    adapter.send(an_intent())
    server.play(*dialect.absent)
    adapter.find(an_intent())
    targets = " ".join(seen.target for seen in server.seen)
    shown = repr(adapter) + str(adapter) + targets
    secrets = {name: dialect.secrets[name] for name in set(dialect.secrets) - set(dialect.names)}
    assert not [name for name, secret in secrets.items() if secret in shown]


CAUSES = {
    "a redirect": (
        reply(301, b"", {"Location": "https://www.example.com/blog/?token=abc"}),
        "https://www.example.com/blog/",
    ),
    "a firewall": (reply(403, b"<html>Blocked</html>", {"Server": "cloudflare"}), "Cloudflare"),
    "a firewall of no name": (reply(503, b"<html>Checking your browser</html>"), "firewall"),
    "a sign-in page": (reply(200, b"<html>Sign in</html>"), "sign-in page"),
    "nothing there": (reply(404, b"<html>Not found</html>"), "base_url"),
}


@pytest.mark.parametrize(("play", "named"), CAUSES.values(), ids=CAUSES)
def test_a_first_connection_that_fails_names_the_likely_cause(
    play, named, dialect, server, adapter
):
    server.play(play)
    with pytest.raises(WhoAmIFailed) as failed:
        adapter.whoami()
    said = read(str(failed.value), "en")
    assert named in said
    assert "token" not in said
    assert not failed.value.credentials


@pytest.mark.parametrize(
    "no", [(413, "network.large_image"), (415, "network.other_image")], ids=["413", "415"]
)
def test_an_upload_that_is_too_large_or_of_a_wrong_kind_is_refused_with_the_limit(
    no, dialect, server, adapter, an_intent
):
    status, code = no
    server.play(reply(status, b"<html><h1>413 Request Entity Too Large</h1></html>"))
    outcome = adapter.prepare(an_intent(images=1))
    assert isinstance(outcome, Refused)
    assert code_of(outcome.reason) == code
    assert {"network.takes", "network.takes_of_gif", "network.site_limit"} & codes(outcome.reason)
    assert irreversible(dialect, server) == 0
