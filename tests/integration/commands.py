"""Commands as a person types them, in this process, over a small company whose time is in hand."""

import io
import json
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest
from counter import Counter
from structlog.testing import capture_logs
from world import World

from publisher import config
from publisher.cli import common, edge
from publisher.client import door
from publisher.unix import Peer


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class InProcess:
    """What `http.client` would be to a desk in another process; it has no file, so none is closed."""

    sock = None

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def connect(self) -> None:
        """There is nothing to open."""

    def close(self) -> None:
        """Nor to close."""

    def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
        """By whoever the operating system says it is; sample people are played by the service's user."""
        played = "Publisher-As" in headers
        uid = os.geteuid() if played else os.getuid()
        self._counter.hears(Peer(1, uid, uid, None if played else common.login_uid()))
        with capture_logs():  # the desk's are no part of what a command says
            self._answer = self._counter.ask(method, path, by="", content=body, headers=headers)

    def getresponse(self) -> Any:
        return Answered(self._answer)


class Answered(io.BytesIO):
    """An answer as `http.client` has it."""

    def __init__(self, answer: Any) -> None:
        super().__init__(answer.content)
        self._answer, self.status = answer, answer.status_code

    def getheader(self, name: str) -> str | None:
        found: str | None = self._answer.headers.get(name)
        return found


class Commands:
    """`cli("queue", "--json")`: by Ann, unless `by` says otherwise."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self._patch = world, monkeypatch
        counter = Counter(world)
        monkeypatch.setattr(door, "connection", lambda _where: InProcess(counter))
        monkeypatch.setenv("PUBLISHER_CONFIG", str(world.config.file))
        monkeypatch.setenv("SECRET", "canary-secret-value")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(world.folder))  # nobody is signed in elsewhere
        monkeypatch.delenv("PUBLISHER_DEBUG", raising=False)
        monkeypatch.setattr("publisher.app.build", lambda _config: world.app)
        monkeypatch.setattr("publisher.cli.checkup.build", lambda _config: world.app)
        monkeypatch.setattr(world.app.store, "close", lambda: None)  # each command closes its own

    def __call__(self, *argv: str, by: str | None = "ann", stdin: bytes = b"") -> Said:
        out, err = io.StringIO(), io.StringIO()
        if by is None:
            self._patch.delenv("PUBLISHER_AS", raising=False)
        else:
            self._patch.setenv("PUBLISHER_AS", by)
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with redirect_stdout(out), redirect_stderr(err):
            code = edge.run(list(argv))
        said = Said(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in said.out + said.err
        assert "unexpected" not in said.err, said.err
        assert "It was refused (" not in said.err, "a sentence lacks a value"
        if "export" not in argv:  # the history is taken away as it was kept
            assert '{"say":' not in said.out + said.err, "a code is no sentence"
        return said

    def in_japanese(self) -> None:
        """The company reads Japanese from now on."""
        file = self.world.config.file
        file.write_text(file.read_text().replace("[company]", '[company]\nlang = "ja"', 1))
        told = config.read(file, {})
        object.__setattr__(self.world.app.config, "company", told.company)

    def post(self, *argv: str) -> dict[str, Any]:
        """Ann posts, and it is taken."""
        said = self("post", *argv, "--json")
        assert said.code == 0, said.err
        return dict(said.json)

    def approved(self, *argv: str) -> str:
        """Ann posts and Bo says yes to what he sees."""
        found = self.post(*argv)
        said = self("approve", found["id"], "--seen", found["fingerprint"], by="bo")
        assert said.code == 0, said.err
        return str(found["id"])

    def granted(self, *argv: str, by: str = "cy") -> Said:
        """The second person looks, and says the command that is proposed to whoever has seen it."""
        looked = self(*argv, by=by)
        assert looked.code == 2, looked.err
        assert "Nothing was granted" in looked.err
        [seen] = re.findall(r"--seen ([0-9a-f]+)", looked.err)
        return self(*argv, "--seen", seen, by=by)
