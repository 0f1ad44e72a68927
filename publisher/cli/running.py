"""Running it: up, daemon, sandbox, status, doctor."""

from contextlib import suppress
from typing import TYPE_CHECKING, cast

import typer

from publisher.cli.acts import command, problem, told
from publisher.cli.common import (
    As,
    Json,
    data,
    is_down,
    mine,
    out,
    own,
    padded,
    say,
    show_json,
    spoken,
)
from publisher.cli.common import desk as desk_of
from publisher.errors import BadConfig, Do, NotPermitted, Problem
from publisher.words import ENGLISH, part

if TYPE_CHECKING:
    from publisher.client.shapes import Status


def up() -> None:
    """Prepare everything, start the daemon and the sandbox, say what to do next."""
    from publisher import daemon
    from publisher.daemon.children import sandbox_address

    config = own()
    where = sandbox_address(config)
    ready = spoken("typed.runs")
    if where:
        ready = spoken("typed.ready", pages=f"http://{where[0]}:{where[1]}/")
    raise typer.Exit(daemon.up(config, command, lambda: _say(ready)))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def daemon() -> None:
    """Release what is due, until SIGTERM. One per database."""
    from publisher import daemon as running

    raise typer.Exit(running.run(running.prepare(own()), command))


def desk() -> None:
    """Serve people and programs until SIGTERM; says its address, if it has one. One per installation."""
    from publisher import app
    from publisher.service import server

    raise typer.Exit(server.run(app.build(own()), _say))


def reload() -> None:
    """Let the daemon read config.toml again: accounts, people, addresses. For root and its own user."""
    from publisher import beside

    found = beside.reload(data(), mine())
    if found is None:
        raise Problem("running.none_to_tell", Do("operate", {"how": "start"}))
    out(spoken("running.reloaded", count=found["changed"]))
    if found["restart"]:
        out(spoken("running.restart", parts=found["restart"]))


def sandbox(context: typer.Context) -> None:
    """Stand-ins for all networks, on this machine. Options: --host, --port, --state FILE."""
    from publisher.sandbox import main

    raise typer.Exit(main(context.args))


def status(as_: As = "", json_: Json = False) -> None:
    """Is it moving? Exit 1 when it is not. For monitors, too: it needs nobody's role."""
    from publisher.cli.shown import said

    found = _status(as_)
    if json_:
        show_json(found)
    else:
        out(spoken("running.daemon", which=found["running"] or part("running.none")))
        out(*_told(found, red=False))
        out(*(f"{number} {said(state)}" for state, number in sorted(found["counts"].items())))
        upcoming = found["next"] or part("running.nothing_waits")
        out(spoken("running.next_look", at=upcoming, zone=found["zone"]))
        of, each = f"{found['bytes'] / 1_000_000:,.1f}", found["bytes_each"]
        more = part("running.each", size=f"{each / 1000:,.1f}") if each else ""
        out(spoken("running.room", size=of, each=more))
    if not found["healthy"]:
        raise Problem("\n".join(_told(found, red=True)))


def _status(as_: str) -> "Status":
    """What the desk says; where it says nothing, what the daemon does to whoever holds the machine."""
    from publisher import beside

    try:
        with desk_of(as_) as door:
            return cast("Status", door.get("/status"))
    except Problem as error:
        if not is_down(error):
            raise
        with suppress(NotPermitted, BadConfig):
            if found := beside.status(data(), mine()):
                say(problem(error, mine()))
                return cast("Status", found)
        raise


def _told(found: "Status", *, red: bool) -> list[str]:
    """What is red, or else worth knowing, each with the commands that help."""
    these = (one for one in found["findings"] if one["red"] is red)
    return [told(part(one["code"], **one["args"]), one["acts"], mine()) for one in these]


def doctor(as_: As = "", json_: Json = False) -> None:
    """Look at everything that could keep posts from going out. Exit 1 when something fails."""
    del as_  # anybody may look, also when the register cannot be read
    from publisher.cli.checkup import checkup

    found = checkup()
    if json_:
        show_json([{**vars(one), "what": one.named(ENGLISH)} for one in found])
    else:
        for one in found:
            state = padded(spoken(f"checked.{one.state}"), 5)
            out(f"{state} {one.named(mine())}: {one.said}")
    if any(one.state == "fail" for one in found):
        raise typer.Exit(1)
