"""The fixtures of the contract suite. To add a network: one line in `DIALECTS`."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cast import IMAGES, NOTICE, NOW, TOOLS
from dialects import Dialect, discourse, facebook, mastodon, wordpress, x
from scripted import Server

from publisher.content import Account, Content, Media
from publisher.networks import Intent, Network
from publisher.networks.registry import network

DIALECTS = [
    x.DIALECT,
    facebook.DIALECT,
    wordpress.DIALECT,
    discourse.DIALECT,
    mastodon.DIALECT,
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`dialect` is every network, or with the mark `only` that one, or those that have that."""
    if "dialect" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        chosen = [
            d
            for d in DIALECTS
            if only is None or only.args[0] == d.network or getattr(d, only.args[0], None)
        ]
        metafunc.parametrize("dialect", chosen, ids=[d.network for d in chosen])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only(what): for networks whose dialect has it")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def account(dialect: Dialect, server: Server) -> Account:
    return Account(
        id="us",
        network=dialect.network,
        calendar="office",
        disclaimers="x",
        lang="en",
        remote_user_id=dialect.remote_user_id,
        base_url=server.url,
        options=dialect.options,
        sandbox=True,
    )


@pytest.fixture
def adapter(dialect: Dialect, account: Account) -> Network:
    return network(dialect.network)(account, dialect.secrets, TOOLS)


@pytest.fixture
def an_intent(dialect: Dialect, account: Account) -> Callable[..., Intent]:
    """Makes an intent; `text`, `images` and every field of Intent can be given."""

    def make(text: str = "Spring fair & more <soon>", images: int = 0, **given: Any) -> Intent:
        media = tuple(
            Media(sha256=sha, mime="image/png", width=10, height=10, alt="An image")
            for sha in list(IMAGES)[:images]
        )
        content = Content(text=text, media=media, link="https://example.com/fair?a=1&b=2")
        intent = Intent(
            key="0190f5fe-7c00-7a00-8000-0123456789abr1",
            account=account,
            act="publish",
            rendered=network(dialect.network).render(content, account, NOTICE),
            started_at=NOW,
            not_after=NOW + timedelta(minutes=5),
            deadline=time.monotonic() + 30,
            notes=dialect.notes,
        )
        return replace(intent, **given)

    return make
