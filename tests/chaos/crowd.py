"""The people at the desk: they write, say things twice, change their minds, stop and resume.

Every text carries a token that no other has, except deliberate twins, so that what is public can be
counted per intended text.
"""

import io
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from sqlalchemy import Row, select, update

from publisher import media
from publisher.desk import compose, door, resolve, review, schedule, stops, takedown, threads
from publisher.errors import Problem
from publisher.networks import WhoAmIFailed
from publisher.networks.registry import about, images
from publisher.read import posts
from publisher.release import whoami
from publisher.roles import MACHINE, Actor
from publisher.store import Tx, ledger
from publisher.store import tables as t
from publisher.store.bound import RECOGNITION
from publisher.store.ledger import Line
from publisher.store.tables import core
from tests.chaos import comments
from tests.chaos.comments import MEASURE
from tests.chaos.stage import ANN, BO, CY, Stage

DELIVERY = core(t.Delivery)
ACCOUNT = core(t.Account)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
RECENT = 12  # posts that people meddle with: those that are on their way now


@dataclass
class Crowd:
    """What people did, and the token of every post."""

    stage: Stage
    dice: random.Random
    accounts: Sequence[str]
    tokens: dict[str, str] = field(default_factory=dict)
    did: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0

    # ---- acting

    def meddle(self) -> None:
        """One random thing that a person may do at any moment."""
        acts: list[tuple[int, Callable[[], None]]] = [
            (6, self.edit),
            (3, self.cancel),
            (4, self.retract),
            (3, self.pause),
            (2, self.reschedule),
            (2, self.stop),
            (4, self.resume),
            (4, self.free),
            (3, self.approve_all),
            (4, self.reconnect),
            (3, self.moderate),
            (4, self.answer),
            (4, self.go_on),
            (12, self.hide),
        ]
        act = self.dice.choices([a for _, a in acts], [n for n, _ in acts])[0]
        with self.trying(act.__name__):
            act()

    @contextmanager
    def trying(self, name: str) -> Iterator[None]:
        """A refusal is an answer; anything else that is raised ends the run."""
        try:
            yield
            self.did[name] += 1
        except Problem as error:
            self.refused[f"{name}: {type(error).__name__}"] += 1

    def words(self, token: str) -> str:
        """A text that looks like no other, with its token."""
        made = ["".join(self.dice.choices(LETTERS, k=self.dice.randint(3, 9))) for _ in range(8)]
        return f"{' '.join(made)} {token}"

    def long(self, token: str) -> str:
        """As long that a thread has three posts, each with a mark of its own."""
        return "\n\n".join(f"{'x' * 100} {self.words(f'{token}-{n}')}" for n in (1, 2, 3))

    def threads(self, account: str) -> bool:
        """Has the account's network any?"""
        return about(self.stage.config.accounts[account].network).threads

    def say(self) -> None:
        """A new post, or two or three that are identical on purpose; mostly approved at once."""
        token = f"t{self.dice.getrandbits(40):010x}"
        to = tuple(self.dice.sample(list(self.accounts), self.dice.randint(1, 4)))
        copies = self.dice.choice((1, 1, 1, 1, 1, 2, 2, 3))
        threaded = tuple(filter(self.threads, to))
        thread = bool(threaded) and self.dice.random() < 0.5
        to = threaded if thread else to  # elsewhere its paragraphs come back as marks
        new = door.NewPost(
            self.long(token) if thread else self.words(token),
            to,
            thread=thread,
            title=f"A word about {token} from us",
            again=copies > 1,
            media=self._pictures(),
        )
        for _ in range(copies):
            with self.trying("write"):
                with self.stage.app.store.write(ANN) as tx:
                    post = compose.create(tx, new)
                    compose.submit(tx, post)
                self.tokens[post] = token
                self.deliveries += len(to)
                if self.dice.random() < 0.95:
                    self.approve(post)

    def _pictures(self) -> tuple[Any, ...]:
        if self.dice.random() > 0.15:
            return ()
        stream = io.BytesIO()
        Image.new("RGB", (8, 8), tuple(self.dice.choices(range(256), k=3))).save(stream, "PNG")
        return (
            media.put(self.stage.app.media_folder, stream.getvalue(), images(), alt="a colour"),
        )

    def approve(self, post: str) -> None:
        with self.stage.app.store.read(ANN) as tx:
            seen = posts.post(tx, post).fingerprint
        with self.stage.app.store.write(BO) as tx:
            review.approve(tx, post, seen)

    def edit(self) -> None:
        post = self._recent()
        fresh = f"{self.words(self.tokens[post])} e{self.dice.getrandbits(32):08x}"
        self._act(ANN, lambda tx: compose.edit(tx, post, {"text": fresh}))
        self.approve(post)

    def cancel(self) -> None:
        name = self._name()
        self._act(ANN, lambda tx: schedule.cancel(tx, name))

    def retract(self) -> None:
        name = self._name()
        self._act(CY, lambda tx: takedown.retract(tx, name, "chaos"))

    def pause(self) -> None:
        name = self._name()
        self._act(ANN, lambda tx: schedule.pause(tx, name, "chaos"))

    def reschedule(self) -> None:
        post = self._recent()
        self._act(ANN, lambda tx: schedule.reschedule(tx, post, "now"))
        self.approve(post)

    def stop(self) -> None:
        scope = self.dice.choice(("", *self.dice.sample(list(self.accounts), 2)))
        self._act(BO, lambda tx: stops.stop(tx, scope, why="chaos"))

    def resume(self) -> None:
        self._act(CY, stops.resume)

    def free(self) -> None:
        """Everything that waits for a person's word gets it: unpaused, or confirmed after a stop."""
        held = self._rows(DELIVERY.c.state == "waiting", DELIVERY.c.paused != "")
        for row in held:
            name = f"{row.post_id}/{row.account}"
            with self.trying("free one"):
                self._act(ANN, lambda tx, name=name: schedule.confirm(tx, name))

    def approve_all(self) -> None:
        """A second look at what waits for a yes."""
        held = self._rows(DELIVERY.c.state == "waiting", DELIVERY.c.act != "retract")
        for post in sorted({r.post_id for r in held if _unapproved(r)}):
            with self.trying("approve late"):
                self.approve(post)

    def reconnect(self) -> None:
        """New credentials: the network says again who we are."""
        app = self.stage.app
        with app.store.read() as tx:
            broken = tx.all(select(ACCOUNT).where(ACCOUNT.c.broken_since.is_not(None)))
        for row in broken:
            try:
                answer = app.adapter(row).whoami()
            except WhoAmIFailed:
                continue
            credential = app.credential_of(row)
            self._act(CY, lambda tx, a=(row.id, answer, credential): whoami.recognised(tx, *a))

    def moderate(self) -> None:
        """The networks' own moderators decide on what they hold."""
        for post in self.stage.ask("posts")["posts"]:
            if post["state"] == "held":
                self.stage.tell(
                    "moderate",
                    id=post["id"],
                    network=post["network"],
                    approve=self.dice.random() < 0.7,
                )

    def answer(self, *, again: bool = True) -> None:
        """A person looks at the account and says what became of each unknown left to them."""
        comments.look_and_call_off(self.stage)
        unclear = DELIVERY.c.state.in_(("unknown", "accepted"))
        for row in self._rows(unclear, DELIVERY.c.wake_at.is_(None)):
            with self.trying("answer one"):
                self._answer_one(row, again=again)

    def go_on(self) -> None:
        """What stopped between two posts of a thread goes on, with a second person's yes."""
        for row in self._rows(DELIVERY.c.state == "partly_published"):
            name = f"{row.post_id}/{row.account}"
            with self.trying("go on with one"):
                self._act(ANN, lambda tx, name=name: threads.go_on(tx, name))
                self.approve(row.post_id)

    def hide(self) -> None:
        """Somebody comments on a post of ours, and that is to be hidden."""
        posts = self.stage.ask("posts")["posts"]
        shown = [p for p in posts if about(p["network"]).measures and p["state"] == "public"]
        if not shown:
            raise Problem("nothing is public there yet")
        post = self.dice.choice(shown)
        comments.hide(self.stage, post["account"], post["id"], "shame")

    def _answer_one(self, row: Row[Any], *, again: bool) -> None:
        name, where = f"{row.post_id}/{row.account}", ""
        for post in self.mine(row):
            if _did_it(row, post, self._said(row)):
                where = self.address(row, post)
        if row.act == "retract":
            stands = [self.address(row, p) for p in self.mine(row) if not _did_it(row, p, "")]
            said: dict[str, Any] = (
                {"url": stands[0]} if stands else {"done": True, "why": "it is gone"}
            )
            self._act(CY, lambda tx: resolve.resolve(tx, name, **said))
            return
        if where:
            self._act(CY, lambda tx: resolve.resolve(tx, name, url=where))
            return
        self._act(CY, lambda tx: resolve.resolve(tx, name, not_published=True, why="not there"))
        if again and row.act == "publish" and self.dice.random() < 0.5:
            self._act(ANN, lambda tx: schedule.confirm(tx, name))

    def address(self, row: Row[Any], post: dict[str, Any]) -> str:
        """Where people see it."""
        return self.stage.address(row.account, post["id"])

    def mine(self, row: Row[Any]) -> list[dict[str, Any]]:
        """What the account shows of this delivery's words, without what belongs to its twins."""
        found = self.stage.ask("posts", account=row.account)["posts"]
        if row.act != "publish":
            return [post for post in found if post["id"] == row.target]
        mine = self._rows(DELIVERY.c.account == row.account, DELIVERY.c.act == "publish")
        owned = {one for r in mine for one in (r.remote_id, *r.notes.get("public", ()))}
        return [
            post
            for post in found
            if self.tokens[row.post_id] in post["text"] and post["id"] not in owned
        ]

    def _said(self, row: Row[Any]) -> str:
        """What of it is in question: all of its words, or the mark of the next post of its thread."""
        text, number = self.revision_text(row), len(row.notes.get("public", ()))
        marks = self.marks(row, text)
        return marks[number] if len(marks) > 1 else text

    def marks(self, row: Row[Any], text: str) -> list[str]:
        """What tells its posts from all others: of a thread each one, else its token."""
        token = self.tokens[row.post_id]
        each = [word for word in text.split() if word.startswith(f"{token}-")]
        return each if each and self.threads(row.account) else [token]

    def revision_text(self, row: Row[Any]) -> str:
        """What the delivery was to say."""
        table = core(t.Revision)
        with self.stage.app.store.read() as tx:
            return str(
                tx.value(
                    select(table.c.text).where(
                        table.c.post_id == row.post_id, table.c.number == row.revision
                    )
                )
            )

    # ---- bringing time forward

    def hurry(self) -> None:
        """As if minutes had passed: look-ups, retries and throttled accounts are due now.

        What waits for no instant at all stays so; and nothing that is settled is touched.
        """
        with self.stage.app.store.write(MACHINE) as tx:
            tx.run(
                update(DELIVERY)
                .where(
                    DELIVERY.c.state.in_(("waiting", "accepted", "unknown")),
                    DELIVERY.c.wake_at > tx.now,
                    DELIVERY.c.release_at <= tx.now,
                )
                .values(wake_at=tx.now)
            )
            put_off = MEASURE.c.state.in_(("waiting", "unknown")) & (MEASURE.c.wake_at > tx.now)
            tx.run(update(MEASURE).where(put_off).values(wake_at=tx.now))
            for (name,) in tx.all(select(ACCOUNT.c.id).where(ACCOUNT.c.not_before.is_not(None))):
                line = Line("throttle", name, {"until": "the storm hurries"})
                ledger.change(tx, (RECOGNITION, name), line, not_before=None)
            tx.wakes = True

    # ---- small things

    def _act(self, actor: Actor, what: Callable[[Tx], Any]) -> None:
        with self.stage.app.store.write(actor) as tx:
            what(tx)

    def _rows(self, *conditions: Any) -> Sequence[Row[Any]]:
        with self.stage.app.store.read() as tx:
            return tx.all(select(DELIVERY).where(*conditions).order_by(DELIVERY.c.id))

    def _recent(self) -> str:
        if not self.tokens:
            raise Problem("nothing has been written yet")
        return self.dice.choice(list(self.tokens)[-RECENT:])

    def _name(self) -> str:
        """A whole post, or one account of it."""
        post = self._recent()
        if self.dice.random() < 0.5:
            return post
        rows = self._rows(DELIVERY.c.post_id == post)
        return f"{post}/{self.dice.choice(rows).account}" if rows else post


def _unapproved(row: Row[Any]) -> bool:
    return any(f["rule"] == "approval" for f in row.findings)


def _did_it(row: Row[Any], post: dict[str, Any], said: str) -> bool:
    if row.act == "retract":
        return bool(post["state"] != "public")
    if row.act == "edit":
        return post["state"] == "public" and said in post["text"]
    return bool(post["publications"]) and said in post["text"]  # a twin may have been edited
