"""The service as a program meets it, in this process, over a small company whose time is in hand."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from starlette.testclient import TestClient
from world import World

from publisher.config import Door
from publisher.config.door import HERE
from publisher.service.app import API, install, routes
from publisher.service.front import ADDRESS
from publisher.service.peer import STATE
from publisher.unix import Peer

ME = Peer(pid=1, uid=os.geteuid(), gid=os.getegid(), login=None)

DOOR = Door("127.0.0.1", 0, None, None, "", (), frozenset(HERE))

_service = cache(routes)  # declaring an operation costs more than a hundred requests


class Counter:
    """`counter.post("/posts", json)`: by Ann, unless `by` says otherwise. Answers are as HTTP has them."""

    def __init__(self, world: World, peer: Peer | None = ME) -> None:
        self.world, self.peer = world, peer
        self.seconds = 0.0  # on the clock that nobody can set
        self._known: dict[str, Any] = {STATE: peer}
        self._head: dict[str, str] = {}
        self._service = _service()
        install(self._service, world.app, lambda: self.seconds)
        self._client = TestClient(self.answer, raise_server_exceptions=False)

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        """The service (ASGI), with this peer, or this address, at the other end."""
        scope["state"] = dict(self._known)
        await self._service(scope, receive, send)

    def told(self, scope: Any, receive: Any, send: Any) -> None:
        """The service is told so much, word for word; what it raises is raised.

        In a thread of its own: where a browser was driven, a loop runs in this one until the end.
        """
        with ThreadPoolExecutor(1) as aside:
            aside.submit(lambda: asyncio.run(self.answer(scope, receive, send))).result()

    def hears(self, peer: Peer) -> None:
        """From now on this process is at the other end of the socket."""
        self._known = {STATE: peer}

    def at_the_desk(self) -> Any:
        """What the front door of this desk knows."""
        return self._service.state.entry

    def close(self) -> None:
        """It is told to stop."""
        self._service.state.closing.set()

    def ask(self, method: str, path: str, by: str = "ann", **more: Any) -> Any:
        head = {"Publisher-As": by} if by and STATE in self._known else {}
        head |= self._head | more.pop("headers", {})
        where = path if path.startswith("/api") or more.pop("bare", False) else API + path
        return self._client.request(method, where, headers=head, **more)

    def get(self, path: str, by: str = "ann", **more: Any) -> Any:
        return self.ask("GET", path, by, **more)

    def post(self, path: str, json: Any = None, by: str = "ann", **more: Any) -> Any:
        return self.ask("POST", path, by, json={} if json is None else json, **more)

    def write(self, text: str = "The fair opens", *accounts: str, **more: Any) -> dict[str, Any]:
        """Ann hands in a post; it is taken."""
        told = {"text": text, "accounts": list(accounts or ["x"]), **more}
        answer = self.post("/posts", told)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def over_tcp(self, secret: str = "", address: str = "192.0.2.7") -> "Counter":
        """The same desk over TCP, for whoever holds this; it knows what it knew."""
        desk = replace(self.world.app.config.desk, door=DOOR)
        self.world.app.config = replace(self.world.app.config, desk=desk)
        made = copy(self)
        made._known = {ADDRESS: address}
        made._head = {"Authorization": f"Bearer {secret}"} if secret else {}
        made._client = TestClient(
            made.answer, base_url="http://localhost", raise_server_exceptions=False
        )
        return made

    def token(self, *scopes: str, by: str = "ann", name: str = "nightly") -> "Counter":
        """A program with an API token of this person."""
        answer = self.post("/tokens", {"name": name, "scopes": list(scopes or ["read"])}, by=by)
        assert answer.status_code == 201, answer.text
        return self.over_tcp(answer.json()["secret"])

    def login(self, by: str = "ann", name: str = "laptop") -> "Counter":
        """A program that is signed in for this person."""
        begun = self.over_tcp().post("/login", {"name": name})
        assert begun.status_code == 201, begun.text
        said = self.post("/login/approve", {"code": begun.json()["user_code"]}, by=by)
        assert said.status_code == 200, said.text
        return self.over_tcp(begun.json()["device_code"])

    def as_peer(self, **more: Any) -> "Counter":
        """The same company, for another process at the other end of the socket."""
        return Counter(self.world, replace(ME, **more))


@pytest.fixture
def counter(lite: World) -> Counter:
    return Counter(lite)
