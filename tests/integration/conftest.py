"""Worlds to test in: a real database (SQLite, PostgreSQL), a clock in hand, networks that obey."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.dev import ConsoleRenderer, plain_traceback
from world import World, drop_databases, founded, founded_postgres

from publisher import hidden

# A trace in colours, with the values of every frame, takes ten seconds of a service's stack.
ConsoleRenderer.get_active().exception_formatter = plain_traceback


@pytest.fixture(autouse=True)
def no_database_stays() -> Iterator[None]:
    """A thousand databases of 8 MB would fill a small disk."""
    yield
    drop_databases()


@pytest.fixture(autouse=True)
def nothing_more_stays_hidden() -> Iterator[None]:
    """The secret of a stand-in account may be its name, which the lines of other tests say."""
    before, lengths = set(hidden._hidden), dict(hidden._lengths)
    yield
    hidden._hidden.intersection_update(before)
    hidden._lengths.clear()
    hidden._lengths.update(lengths)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A desk and a releaser over each kind of database."""
    found = founded_postgres() if request.param == "postgresql" else (founded("sqlite")[0], None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI must test on PostgreSQL: install the test extra or set TEST_PG_URL")
        pytest.skip("no PostgreSQL: install the test extra, or set TEST_PG_URL")
    made = World(tmp_path, found[1], founded=found[0])
    yield made
    made.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[World]:
    """A world on SQLite only: for what concerns its file, or does not depend on the database."""
    made = World(tmp_path, None, founded=founded("sqlite")[0])
    yield made
    made.close()
