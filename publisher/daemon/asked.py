"""What is asked over the daemon's own line, by whoever holds the machine."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from publisher import beside, config
from publisher.app import App
from publisher.config import owner
from publisher.daemon import halting
from publisher.daemon.connecting import Connecting
from publisher.daemon.health import told_of
from publisher.daemon.line import Asked, Line, Verbs, reads
from publisher.daemon.lock import named
from publisher.daemon.prepare import again, needs_restart
from publisher.daemon.vault import Vault
from publisher.errors import BadConfig, Problem
from publisher.unix import Peer
from publisher.words import say_part

log = structlog.get_logger()


def opened(app: App, health: Callable[[], dict[str, Any]], wake: Callable[[], None]) -> Line | None:
    """The line; None where it cannot be had: nothing that is due waits for that."""
    assert isinstance(app.vault, Vault)
    joins = Connecting(app, app.vault, wake)
    names = ("connect", "disconnect", "verify", "rotate")
    of = {name: getattr(joins, name) for name in names}
    try:
        return Line(app.config.data, {**verbs(app, health, wake), **of})
    except OSError as error:
        log.error("no line to the daemon", reason=error.strerror)
        return None


def _in_words(found: Mapping[str, Any], lang: str) -> Asked:
    """As the desk answers it: with its sentences in this language, and which daemon it is."""
    told = told_of(
        {
            name: value
            for name, value in found.items()
            if name not in ("problems", "notes", "healthy")
        },
        lambda said, _acts: say_part(said, lang),
    )
    return {**told, "running": say_part(named(found["daemon"], found["zone"]), lang)}


def verbs(app: App, health: Callable[[], dict[str, Any]], wake: Callable[[], None]) -> Verbs:
    """How it is, stop, and what config.toml says now."""

    def status(_peer: Peer, asked: Asked) -> Asked:
        return _in_words(health(), reads(asked))

    def stop(peer: Peer, asked: Asked) -> Asked:
        """From the file on nothing goes out; that it is recorded may have to wait for the database."""
        data = app.config.data
        if not beside.stopped(data):
            beside.put(data, peer.kept, str(asked.get("why", "")))
        try:
            halting.heed(app.store, data, peer.kept)
        except Problem:
            return {"recorded": False}
        finally:
            wake()
        return {"recorded": True}

    def reload(peer: Peer, _asked: Asked) -> Asked:
        """What config.toml says of accounts and people; the rest is said to need a restart."""
        found = config.read(app.config.file, app.env)
        if flaws := owner.written(found):
            raise BadConfig(flaws)
        restart = needs_restart(app.config, found)
        changed = again(app, found, peer.kept)
        wake()
        return {"changed": changed, "restart": restart}

    return {"status": status, "stop": stop, "reload": reload}
