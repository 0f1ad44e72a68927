"""The desk's door, as people come to it whose desk is killed under their hands.

Each request is a command of its own. What was not answered is asked again where that does no harm: a
look, a picture, a post under its key. Of any other change nobody knows whether it was made: its maker
looks.
"""

import time
from collections import Counter as Count
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

from publisher.client.door import Door, Refused, of_post
from publisher.client.where import Socket
from publisher.errors import Problem, TryAgain

PATIENCE = 60.0  # seconds until a desk that answers nobody ends the run
BETWEEN = 0.02  # seconds between two tries
PERHAPS = "client.perhaps_done"


class NoDesk(Exception):
    """It answered nobody any more."""


class Counter:
    """Where people are served. `lost`: the answers that never came, by what was done then."""

    def __init__(self, where: Socket) -> None:
        self._where = where
        self.lost: Count[str] = Count()

    def look(self, by: str, path: str, **query: Any) -> Any:
        """What stands there. Raises Refused."""
        return self._again("look", lambda: self._at(by, lambda door: door.get(path, **query)))

    def picture(self, by: str, data: bytes) -> str:
        """Hand it in; its name. Raises Refused."""
        return str(self._again("picture", lambda: self._at(by, lambda door: door.upload(data))))

    def write(self, by: str, post: Mapping[str, Any], key: str) -> Any:
        """One post, however often its request is lost. Raises Refused."""
        return self._again(
            "write", lambda: self._at(by, lambda door: door.post("/posts", post, key=key))
        )

    def ask(self, by: str, path: str) -> Any:
        """Ask a network, which does no harm twice. Raises Refused."""
        return self._again("ask", lambda: self._at(by, lambda door: door.post(path, {})))

    def act(self, by: str, name: str, verb: str, **said: Any) -> Any:
        """A verb done to a post, or to one account of it, or what is seen of it then. Raises Refused."""
        path, account = of_post(name)
        told = {**said, "account": account}
        if verb == "edit":
            return self._change(by, path, lambda door: door.patch(path, told))
        return self._change(by, path, lambda door: door.post(f"{path}/{verb}", told))

    def stops(self, by: str, path: str, **said: Any) -> Any:
        """Stop, or resume."""
        return self._change(by, "/stops", lambda door: door.post(path, said))

    def _change(self, by: str, where: str, asked: Callable[[Door], Any]) -> Any:
        """Done once; where nobody knows whether it was, what stands there now."""
        try:
            return self._reached(lambda: self._at(by, asked))
        except Problem as problem:
            if problem.code != PERHAPS:
                raise
        self.lost["looked at"] += 1
        return self.look(by, where)

    def _again(self, what: str, asked: Callable[[], Any]) -> Any:
        """The same until there is an answer."""
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                return self._reached(asked)
            except Problem as problem:
                if problem.code != PERHAPS and not _busy(problem):
                    raise
                if time.monotonic() > ends:
                    raise NoDesk(problem.code) from problem
                self.lost[f"{what} again"] += 1
                time.sleep(BETWEEN)

    def _reached(self, asked: Callable[[], Any]) -> Any:
        """As soon as there is a desk."""
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                return asked()
            except TryAgain as problem:
                if problem.code != "client.closed":
                    raise
                if time.monotonic() > ends:
                    raise NoDesk(problem.code) from problem
                time.sleep(BETWEEN)

    def _at(self, by: str, asked: Callable[[Door], Any]) -> Any:
        with closing(Door(self._where, sample=by)) as door:
            return asked(door)


def _busy(problem: Problem) -> bool:
    """It answered nothing, or that the same key, or the database, is in use just now."""
    return isinstance(problem, TryAgain) or (
        isinstance(problem, Refused) and problem.status == TryAgain.status
    )
