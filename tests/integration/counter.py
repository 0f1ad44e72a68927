"""The service as a program meets it, in this process, over a small company whose time is in hand."""

import os
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from starlette.testclient import TestClient
from world import World

from publisher.service.app import API, install, routes
from publisher.service.peer import STATE
from publisher.unix import Peer

ME = Peer(pid=1, uid=os.geteuid(), gid=os.getegid(), login=None)


_service = cache(routes)  # declaring an operation costs more than a hundred requests


class Counter:
    """`counter.post("/posts", json)`: by Ann, unless `by` says otherwise. Answers are as HTTP has them."""

    def __init__(self, world: World, peer: Peer | None = ME) -> None:
        self.world, self.peer = world, peer
        self._service = _service()
        install(self._service, world.app)
        self._client = TestClient(self.answer, raise_server_exceptions=False)

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        """The service (ASGI), with this peer at the other end."""
        scope["state"] = {STATE: self.peer}
        await self._service(scope, receive, send)

    def close(self) -> None:
        """It is told to stop."""
        self._service.state.closing.set()

    def ask(self, method: str, path: str, by: str = "ann", **more: Any) -> Any:
        head = {"Publisher-As": by} if by else {}
        head |= more.pop("headers", {})
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

    def as_peer(self, **more: Any) -> "Counter":
        """The same company, for another process at the other end of the socket."""
        return Counter(self.world, replace(ME, **more))


@pytest.fixture
def counter(lite: World) -> Counter:
    return Counter(lite)
