"""The desk's process: listens on its socket, and over TCP if it is to, until it is told to stop."""

import asyncio
import errno
import fcntl
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

from publisher import log as logs
from publisher import roles, systemd, unix, words
from publisher.app import App
from publisher.config import Door, owner
from publisher.desk import invites
from publisher.errors import Conflict, Do, Problem
from publisher.service.app import build
from publisher.service.front import TcpLine, side
from publisher.service.lines import Line, Listener
from publisher.service.pages import demonstration
from publisher.service.peer import PeerProtocol
from publisher.service.routes.invites import JOIN
from publisher.store import schema

log = structlog.get_logger()

BACKLOG = 128
CIPHERS = (
    "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; those of 1.3 are all good, and older ones are none
)
SWITCH = 0.0005  # seconds until a thread that computes lets another one go on, not Python's 0.005
PATIENCE = 10  # seconds for what is being answered when it is told to stop


class _Server(uvicorn.Server):
    """Signals are ours: one handler stops the serving and what streams."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(app: App, say: Callable[[str], None]) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP; the exit code. Raises Conflict where a desk is open.

    `say` is told the address at which it is reached over TCP, if it is.
    """
    logs.setup(app.config.log_format)
    # A change waits for its turn after each of its statements, and holds the writer meanwhile: where reads
    # keep their turn long, the daemon waits for it as well, and releases are late.
    sys.setswitchinterval(SWITCH)
    _refuse_other_schema(app)
    path, door = app.config.desk.socket, app.config.desk.door
    service = build(app)
    with listening(path) as socket_, ExitStack() as held:
        ways = [(_Server(_settings(service, PeerProtocol)), socket_)]
        if door is not None:
            tcp = held.enter_context(_on_tcp(door))
            ways.append((_Server(_with_tls(_settings(service, TcpLine), door)), tcp))
            address = door.address(tcp.getsockname()[1])
            say(_opened(app, service, address))
            _let_first_in(app, address, say)
        log.info("the desk is open", socket=str(path))
        asyncio.run(_serve(service, ways))
    app.store.close()
    log.info("the desk is closed")
    return 0


def _let_first_in(app: App, address: str, say: Callable[[str], None]) -> None:
    """Where an administrator could not get in at all: a link, said this once."""
    try:
        with app.store.write(roles.server("the desk")) as tx:
            first = invites.first(tx)
    except Problem as problem:  # whoever reaches the desk is told of it, too
        log.warning("nobody was invited", problem=str(problem))
        return
    if first is not None:
        link, lang = f"{address}{JOIN}{first[1]}", app.config.company.lang
        say(words.say("service.first_administrator", {"person": first[0], "link": link}, lang))


def _opened(app: App, service: FastAPI, address: str) -> str:
    """Where a browser finds the desk; of the demonstration, as its sample people."""
    link = demonstration.link(app, service.state.entry, address)
    return (
        words.say("service.demonstration", {"link": link}, app.config.company.lang)
        if link
        else address
    )


async def _serve(service: FastAPI, ways: Sequence[tuple[_Server, socket.socket]]) -> None:
    """Each way in has a server of its own: what comes over one is never taken for the other."""

    def stop() -> None:
        systemd.tell("STOPPING=1")
        service.state.closing.set()
        for server, _ in ways:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(one, stop)
    systemd.tell("READY=1\nSTATUS=serving")
    await asyncio.gather(*(server.serve([listens]) for server, listens in ways))


def _with_tls(settings: uvicorn.Config, door: Door) -> uvicorn.Config:
    """The certificate is read now. Raises Problem when it cannot be."""
    if door.certificate is None:
        return settings
    settings.ssl_certfile, settings.ssl_keyfile = str(door.certificate), str(door.key)
    settings.ssl_ciphers = CIPHERS
    try:
        settings.load()
    except OSError as error:  # an SSLError is one
        why = error.strerror or str(error)
        raise Problem("service.no_tls", path=str(door.certificate), why=why) from None
    return settings


def _on_tcp(door: Door) -> socket.socket:
    family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
    both = door.host == "::" and socket.has_dualstack_ipv6()
    at = (door.host, door.port)
    try:
        made = socket.create_server(at, family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except OSError as error:
        where, why = f"{door.host}:{door.port}", os.strerror(error.errno or 0)
        raise Problem("service.no_listen", where=where, why=why) from None
    return Listener(made, side)


def _settings(service: FastAPI, line: type[Line]) -> uvicorn.Config:
    return uvicorn.Config(
        service,
        http=line,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )


def _refuse_other_schema(app: App) -> None:
    """Neither of the two processes changes a database under the other."""
    at = schema.current(app.store)
    if at != schema.NEWEST:
        raise Conflict("service.other_schema", Do("operate", {"how": "upgrade"}), at=at or "-")


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A socket that all may reach; who is at its other end the kernel says. Raises Conflict, Problem.

    One that an ended desk left there is replaced; whatever else lies there is left alone.
    """
    with ExitStack() as held:
        try:
            _enterable(path.parent)
            held.enter_context(_alone(path))
            door = held.enter_context(_bound(path))
        except OSError as error:
            why = error.strerror or str(error)
            raise Problem("service.no_socket", path=str(path), why=why) from None
        yield door
        path.unlink(missing_ok=True)


def _enterable(folder: Path) -> None:
    """A folder of the socket's own, which all may enter; one that is there is left as it is.

    Raises Problem where others could put a socket of theirs in the place of ours.
    """
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)  # whatever else this process makes is its user's alone
        return
    is_ = folder.stat()
    if is_.st_uid not in (0, os.geteuid()) or owner.others_write(is_):
        mode = f"{stat.S_IMODE(is_.st_mode):04o}"
        said = {"owner": unix.user_name(is_.st_uid), "mode": mode}
        raise Problem("service.open_folder", path=str(folder), **said)


def _bound(path: Path) -> socket.socket:
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        path.unlink()
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with unix.address(path) as address:
            door.bind(address)
        path.chmod(0o666)
        door.listen(BACKLOG)
    except BaseException:
        door.close()
        raise
    return door


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One desk at this socket, as long as the lock beside it is held; the kernel lets go with us."""
    held = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise Conflict("service.open_already", path=str(path)) from None
    try:
        yield
    finally:
        os.close(held)
