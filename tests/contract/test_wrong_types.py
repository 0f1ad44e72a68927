"""A field of another type than it always has proves nothing: above all not that a post is absent."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from dialects import discourse, wordpress
from scripted import Play, reply

from publisher.networks import Absent, Accepted, Published, Unknown
from publisher.networks.discourse import topic
from publisher.networks.wordpress.slug import slug_of

WRONG = [None, True, 0, -1, 7.5, "odd", [None], {"odd": None}, "", [], {}]
SENT_AT = "2026-11-23T09:00:01.000Z"


class Heard:
    """A socket that keeps what is sent."""

    def __init__(self, play: Any) -> None:
        self.data = b""
        play(self, None)

    def sendall(self, data: bytes) -> None:
        self.data += data


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Everything in it, with the way to it."""
    yield path, value
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for name, one in inside:
        yield from places(one, (*path, name))


def changed(value: Any, path: Sequence[Any], wrong: Any) -> Any:
    if not path:
        return wrong
    made = copy.deepcopy(value)
    inner = made
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = wrong
    return made


def is_odd(wrong: Any, value: Any) -> bool:
    """Can this never stand in place of that? An empty list can, in place of a list."""
    if value is None:
        return not isinstance(wrong, str | None)
    return type(wrong) is not type(value) or wrong in ([None], {"odd": None})


def spoilt(answers: Sequence[Play]) -> Iterator[tuple[str, list[Play]]]:
    """The same answers, one thing in one of them of another type."""
    for number, answer in enumerate(answers):
        head, _, body = Heard(answer).data.partition(b"\r\n\r\n")
        if head.split()[1] != b"200" or not body:
            continue
        whole = json.loads(body)
        for path, value in places(whole):
            for wrong in [one for one in WRONG if is_odd(one, value)]:
                others = list(answers)
                others[number] = reply(200, changed(whole, path, wrong))
                yield f"answer {number} {path}: {wrong!r}", others


def result(ask: Callable[[], Any]) -> Any:
    """What came of it; whatever is raised, the releaser takes for not known."""
    try:
        return ask()
    except Exception:  # noqa: BLE001
        return None


def test_no_wrong_type_makes_a_post_absent_or_another(dialect, server, adapter, an_intent):
    intent = an_intent()
    for what, answers in spoilt(dialect.present(intent)):
        server.play(*answers)
        found = result(lambda: adapter.find(intent))
        assert not isinstance(found, Absent), what
        assert getattr(found, "remote_id", dialect.remote_id) == dialect.remote_id, what


def test_no_wrong_type_makes_a_post_gone(dialect, server, adapter, an_intent):
    intent = an_intent(act="retract", target=dialect.target)
    for what, answers in spoilt(dialect.still_there):
        server.play(*answers)
        assert not isinstance(result(lambda: adapter.find(intent)), Published), what


def test_no_wrong_type_is_an_id(dialect, server, adapter, an_intent):
    for what, answers in spoilt([dialect.published]):
        server.play(*answers)
        sent = result(lambda: adapter.send(an_intent()))
        assert isinstance(sent, Unknown | None) or sent.remote_id == dialect.remote_id, what


def test_no_wrong_type_says_who_we_are(dialect, server, adapter):
    for what, answers in spoilt([dialect.me]):
        server.play(*answers)
        assert result(adapter.whoami) in (None, dialect.remote_user_id), what


@pytest.mark.only("discourse")
def test_no_wrong_type_hides_what_moderators_have_or_let_through(
    dialect, server, adapter, an_intent
):
    intent = an_intent()
    ours = topic.source(intent.rendered)
    listed = discourse.post(raw=ours, user_id=5, created_at=SENT_AT)
    older = discourse.post(id=1, user_id=9, created_at="2026-11-22T09:00:01.000Z")
    none_held = reply(200, {"pending_posts": []})
    let_through = [
        discourse.NOT_FOUND,
        none_held,
        reply(200, {"latest_posts": [listed, older]}),
        reply(200, discourse.topic(external_id=None)),
    ]
    held = [
        discourse.NOT_FOUND,
        reply(200, {"pending_posts": [{"raw_text": ours}]}),
        reply(200, {"latest_posts": []}),
    ]
    for way, right in ((let_through, Published), (held, Accepted)):
        server.play(*way)
        assert isinstance(adapter.find(intent), right)
        for what, answers in spoilt(way):
            server.play(*answers)
            assert not isinstance(result(lambda: adapter.find(intent)), Absent), what


@pytest.mark.only("wordpress")
def test_no_wrong_type_hides_a_post_from_who_has_only_its_key(dialect, server, adapter, an_intent):
    intent = replace(an_intent(), notes={})
    shown = {
        name: {"raw": said, "rendered": ""}
        for name, said in wordpress.fields(intent).items()
        if name != "status"
    }
    named = {"slug": slug_of(intent), "date_gmt": "2026-11-23T09:00:00"}
    post = wordpress.post(**named, **shown)
    nothing = reply(200, [])
    by_slug, by_key = (
        [reply(200, [post])],
        [nothing, reply(200, [{"id": 12, **named}]), reply(200, post)],
    )
    for way in (by_slug, by_key):
        server.play(*way, nothing)
        assert isinstance(adapter.find(intent), Published)
        for what, answers in spoilt(way):
            server.play(*answers, nothing)
            assert not isinstance(result(lambda: adapter.find(intent)), Absent), what
