"""One server for all stand-in networks: whose request it is, which faults hit it, the answer."""

import threading
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Self

from publisher.sandbox.control import control
from publisher.sandbox.faults import BEFORE, IRREVERSIBLE, Board, Plan
from publisher.sandbox.httpd import HttpServer, Outcome
from publisher.sandbox.ids import NETWORKS
from publisher.sandbox.pages import pages
from publisher.sandbox.wire import Answer, BodyError, Protocol, Refusal, Request, Route
from publisher.sandbox.world import Arrival, Clock, World

_GARBAGE = Answer(200, b'\x00\xff{"id": <<<garb', {"Content-Type": "application/json"})
_MANNERS = {
    "hang": "hang",
    "hang-before": "hang",
    "reset": "reset",
    "reset-before": "reset",
    "slow": "slow",
}
_PROTOCOLS: dict[str, Protocol] = {
    place.prefix: import_module(f"publisher.sandbox.{name}").PROTOCOL
    for name, place in NETWORKS.items()
}
_MISTAKES = (BodyError, ValueError, TypeError, AttributeError, LookupError, RecursionError)


class Server:
    """A running sandbox. `url` has no trailing slash; `close` ends every conversation."""

    def __init__(self, address: tuple[str, int], world: World) -> None:
        self.world = world
        self.board = Board()
        self._http = HttpServer(address, self._handle)
        host, port = self._http.server_address[:2]
        self.url = f"http://{host!s}:{port}"
        self._thread = threading.Thread(target=self._http.accept_until_stopped, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.stop()
        self._thread.join(timeout=5)
        with self.world.lock:
            self.world.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handle(self, request: Request) -> Outcome:
        first, _, rest = request.path[1:].partition("/")
        if first == "_sandbox":
            with self.world.lock:
                return Outcome(control(self.world, self.board, replace(request, path=f"/{rest}")))
        protocol = _PROTOCOLS.get(f"/{first}")
        if protocol is not None:
            asked = replace(request, path=f"/{rest}")
            if (route := protocol.find(asked)) is not None:
                return self._ask(protocol, route, asked)
        with self.world.lock:
            shown = pages(self.world, request)
        if shown is not None:
            return Outcome(shown)
        if protocol is not None:
            return Outcome(protocol.refuse(request, Refusal("404")))
        return Outcome(Answer(404, b"not found", {"Content-Type": "text/plain"}))

    def _ask(self, protocol: Protocol, route: Route, request: Request) -> Outcome:
        try:
            name = protocol.authenticate(request)
            if name is None:
                return Outcome(protocol.refuse(request, Refusal("401")))
            request.account = name
            with self.world.lock:
                return self._act(protocol, route, request)
        except _MISTAKES:
            return Outcome(protocol.refuse(request, Refusal("400")))

    def _act(self, protocol: Protocol, route: Route, request: Request) -> Outcome:
        """The network's act and its answer, bent by the faults that are ordered for it."""
        world = self.world
        if request.account:  # else it is nobody's yet
            world.account(protocol.name, request.account)
        kind = route.kind if isinstance(route.kind, str) else route.kind(world, request)
        plan = self.board.plan(protocol.name, request.account, kind)
        noted = _note(world, protocol, kind, request) if kind in IRREVERSIBLE else None
        request.lag, request.moderated = plan.lag, plan.moderated
        outcome = _outcome(protocol, request, plan, lambda: route.run(world, request))
        if plan.kind == "401":
            world.denied.add((protocol.name, request.account))
        if noted is not None:
            noted.fault = plan.kind
            noted.status = outcome.answer.status if outcome.manner in ("send", "slow") else 0
        return outcome


def _note(world: World, protocol: Protocol, kind: str, request: Request) -> Arrival:
    arrival = Arrival(
        network=protocol.name,
        account=request.account,
        kind=kind,
        method=request.method,
        path=request.path,
        body_sha256=request.body_sha256,
        wall=request.arrived,
        monotonic=request.arrived_monotonic,
    )
    world.arrivals.append(arrival)
    return arrival


def _outcome(
    protocol: Protocol, request: Request, plan: Plan, act: Callable[[], Answer]
) -> Outcome:
    refusal = Refusal(plan.kind.partition("-")[0], plan.seconds, plan.status)
    if plan.kind in BEFORE:
        answer = protocol.refuse(request, refusal)
    else:
        answer = act()
        if plan.kind == "500-after":
            answer = protocol.refuse(request, refusal)
        elif plan.kind == "garbage":
            answer = replace(_GARBAGE, status=plan.status or 200)
    return Outcome(answer, _MANNERS.get(plan.kind, "send"), plan.seconds)


def serve(
    host: str = "127.0.0.1",
    port: int = 8090,
    state: Path | None = None,
    *,
    clock: Clock | None = None,
) -> Server:
    """Start a sandbox in a thread; port 0 takes any free one.

    `state` is a file that keeps what was published over restarts; `clock` gives epoch seconds.
    Raises OSError when the address is taken or the file cannot be written.
    """
    world = World(state, clock) if clock else World(state)
    try:
        return Server((host, port), world)
    except OSError:
        world.close()
        raise
