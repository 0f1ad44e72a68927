"""What reaches the daemon of this machine without the desk: its own socket, and the stop file.

Both lie in the data folder, so that only root and the service's own user get at them.
"""

import json
import os
import socket
import stat
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher import errors, unix
from publisher.errors import Do, NotPermitted, Problem, TryAgain
from publisher.words import ENGLISH, sentences

SOCKET = "daemon.sock"
STOP = "stop"  # the file; while it is there nothing goes out but takedowns
LONGEST = 8_192  # bytes of a stop file
LONGEST_ASKED = 65_536  # of what is asked: four secrets, each letter of which may take twelve
LONGEST_ANSWER = 4_000_000
LONGEST_WHY = 1_000  # characters
PATIENCE = 20.0  # seconds for an answer: a database may keep a writer waiting for ten
NETWORKS = 90.0  # where a network is asked, up to four times


@dataclass(frozen=True)
class StopFile:
    """A stop that no desk took: which file it is, who put it there, and why ("": they did not say)."""

    id: str
    by: str
    why: str


def stopped(data: Path) -> bool:
    """Is there a stop file, or can that not be known? One look, before each send."""
    try:
        os.lstat(data / STOP)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def look(data: Path) -> StopFile | None:
    """The stop file; None without one. Whatever lies there under its name stops. Raises OSError."""
    try:
        is_ = os.lstat(data / STOP)
    except FileNotFoundError:
        return None
    by, why = _said(data / STOP) if stat.S_ISREG(is_.st_mode) else ("", "")
    return StopFile(_id(is_), by or unix.user_name(is_.st_uid), why)


def _id(is_: os.stat_result) -> str:
    return f"{is_.st_ino}.{is_.st_mtime_ns}"


def _said(file: Path) -> tuple[str, str]:
    """Who and why, as `put` wrote it; a file that was made by hand says nothing."""
    try:
        fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as stream:
            said = json.loads(stream.read(LONGEST))
        return str(said["by"])[:LONGEST_WHY], str(said["why"])[:LONGEST_WHY]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return "", ""


def put(data: Path, by: str, why: str) -> None:
    """Leave a stop file, durable when it returns. One of root's is the daemon's to read. Raises OSError."""
    part = data / f"{STOP}.{os.getpid()}"
    part.unlink(missing_ok=True)
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "wb") as stream:
        stream.write(json.dumps({"by": by, "why": why[:LONGEST_WHY]}).encode())
        stream.flush()
        os.fchmod(fd, 0o644)  # nobody else reaches the folder
        os.fsync(fd)
    part.rename(data / STOP)
    _sync(data)


def take_away(data: Path, one: StopFile) -> None:
    """Take away this very stop file: another that took its place meanwhile is put back. Raises OSError."""
    aside = data / f"{STOP}.lifted"
    (data / STOP).rename(aside)
    if _id(aside.lstat()) == one.id:
        aside.unlink()
    else:
        aside.rename(data / STOP)
    _sync(data)


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def stop(data: Path, why: str) -> bool:
    """Stop everything, whatever runs. Has the daemon recorded it? Else the next pass or start does.

    Raises NotPermitted for whoever may not write there.
    """
    me = unix.Peer(os.getpid(), os.geteuid(), os.getegid(), unix.login_of())
    try:
        put(data, me.kept, why)
    except OSError as error:
        raise _refused(data, error) from None
    with suppress(Problem):
        answer = _ask(data, {"do": "stop", "why": why[:LONGEST_WHY]})
        return bool(answer and answer.get("recorded"))
    return False


def status(data: Path, lang: str) -> Mapping[str, Any] | None:
    """How the daemon says that it is, as the desk says it; None where none answers."""
    return _ask(data, {"do": "status", "lang": lang})


def reload(data: Path, lang: str) -> Mapping[str, Any] | None:
    """Let the daemon read config.toml again; None where none answers. Raises what it is refused with."""
    return _ask(data, {"do": "reload", "lang": lang})


def rotate(data: Path, lang: str) -> Mapping[str, Any] | None:
    """Let the daemon seal its vault anew; None where none answers. Raises what it is refused with."""
    return _ask(data, {"do": "rotate", "lang": lang}, NETWORKS)


def account(data: Path, verb: str, lang: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What only the daemon can do with an account's credentials: connect, disconnect, verify.

    Raises TryAgain where none answers, and what it is refused with. What was asked is kept whole, or not.
    """
    answer = _ask(data, {**said, "do": verb, "lang": lang}, NETWORKS)
    if answer is None:
        raise TryAgain("beside.no_daemon", Do("read", {"how": "status"}))
    return answer


def _ask(
    data: Path, said: Mapping[str, Any], patience: float = PATIENCE
) -> Mapping[str, Any] | None:
    """One question; None where nobody answers. Raises NotPermitted, and what the daemon answers."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(patience)
    with closing(line):
        try:
            with unix.address(data / SOCKET) as address:
                line.connect(address)
            line.sendall(json.dumps(said).encode() + b"\n")
            with line.makefile("rb") as stream:
                answer = json.loads(stream.readline(LONGEST_ANSWER))
        except PermissionError as error:
            raise _refused(data, error) from None
        except (OSError, ValueError):  # none runs, or it ended meanwhile
            return None
    if not isinstance(answer, dict):
        return None
    if "problem" in answer:
        raise _problem(answer)
    return answer


def _refused(data: Path, error: OSError) -> Problem:
    if not isinstance(error, PermissionError):
        return Problem("beside.unwritten", path=str(data), why=error.strerror or str(error))
    return NotPermitted("beside.not_yours")


_BY_CODE = {
    one.exit_code: one
    for one in (
        *(Problem, errors.Usage, errors.NotPermitted, errors.NotFound),
        *(errors.Conflict, errors.TryAgain),
    )
}


def _problem(answer: Mapping[str, Any]) -> Problem:
    """What the daemon refused, in the words and with the exit code that it says."""
    acts = [Do(act.pop("act"), act) for act in map(dict, answer.get("acts", ()))]
    if answer.get("exit") == errors.BadConfig.exit_code:
        return errors.BadConfig([str(one) for one in str(answer["problem"]).splitlines()])
    made = _BY_CODE.get(answer.get("exit", 1), Problem)
    code, values = str(answer.get("code")), answer.get("values")
    if code in sentences(ENGLISH) and isinstance(values, dict):
        return made(code, *acts, field=str(answer.get("field", "")), **values)
    return made(str(answer["problem"]), *acts)
