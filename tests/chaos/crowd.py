"""The people: they write, say things twice, change their minds, stop and resume, all at the desk's door."""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from sqlalchemy import Row, select

from publisher.client.door import Refused
from publisher.errors import Problem
from publisher.networks.registry import about
from tests.chaos import comments, counter
from tests.chaos.known import ACCOUNT, DELIVERY, Known

RECENT = 12  # posts that people meddle with: those that are on their way now
ANN, BO, CY = "ann", "bo", "cy"  # who writes, who approves, who is on duty


@dataclass(kw_only=True)
class Crowd(Known):
    """What people did. `keys`: by the key of each request to write, the post that it was answered with."""

    desk: counter.Counter
    keys: dict[str, str] = field(default_factory=dict)
    did: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0

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
            self.refused[f"{name}: {error.code}"] += 1

    def say(self) -> None:
        """A new post, or two or three that are identical on purpose; mostly approved at once."""
        token = f"t{self.dice.getrandbits(40):010x}"
        to = tuple(self.dice.sample(list(self.accounts), self.dice.randint(1, 4)))
        copies = self.dice.choice((1, 1, 1, 1, 1, 2, 2, 3))
        threaded = tuple(filter(self.threads, to))
        thread = bool(threaded) and self.dice.random() < 0.5
        to = threaded if thread else to  # elsewhere its paragraphs come back as marks
        new = {
            "text": self.long(token) if thread else self.words(token),
            "accounts": to,
            "thread": thread,
            "title": f"A word about {token} from us",
            "again": copies > 1,
            "images": self._pictures(),
        }
        for _ in range(copies):
            with self.trying("write"):
                self._write(token, new)

    def _write(self, token: str, new: Mapping[str, Any]) -> None:
        """Under a key of its own, with which it is said again until it is answered."""
        key = f"{token}-{len(self.keys)}"
        try:
            post = self.desk.write(ANN, new, key)["id"]
        except Refused as refused:
            if not refused.done:
                raise
            post = refused.done["id"]
        self.keys[key], self.tokens[post] = post, token
        self.deliveries += len(new["accounts"])
        if self.dice.random() < 0.95:
            self.approve(post)

    def _pictures(self) -> list[dict[str, str]]:
        if self.dice.random() > 0.15:
            return []
        stream = io.BytesIO()
        Image.new("RGB", (8, 8), tuple(self.dice.choices(range(256), k=3))).save(stream, "PNG")
        return [{"upload": self.desk.picture(ANN, stream.getvalue()), "alt": "a colour"}]

    def approve(self, post: str) -> None:
        """A yes to what is seen there."""
        seen = self.desk.look(BO, f"/posts/{post}")["fingerprint"]
        self.desk.act(BO, post, "approve", seen=seen or "")

    def edit(self) -> None:
        """Other words, approved anew."""
        post = self._recent()
        fresh = f"{self.words(self.tokens[post])} e{self.dice.getrandbits(32):08x}"
        self.desk.act(ANN, post, "edit", text=fresh)
        self.approve(post)

    def cancel(self) -> None:
        self.desk.act(ANN, self._name(), "cancel")

    def retract(self) -> None:
        self.desk.act(CY, self._name(), "retract", reason="chaos")

    def pause(self) -> None:
        self.desk.act(ANN, self._name(), "pause", reason="chaos")

    def reschedule(self) -> None:
        post = self._recent()
        self.desk.act(ANN, post, "reschedule", at="now")
        self.approve(post)

    def stop(self) -> None:
        scope = self.dice.choice(("", *self.dice.sample(list(self.accounts), 2)))
        self.desk.stops(BO, "/stops", account=scope, reason="chaos")

    def resume(self) -> None:
        self.desk.stops(CY, "/stops/resume")

    def free(self) -> None:
        """Everything that waits for a person's word gets it: unpaused, or confirmed after a stop."""
        held = self.rows(DELIVERY.c.state == "waiting", DELIVERY.c.paused != "")
        for row in held:
            with self.trying("free one"):
                self.desk.act(ANN, f"{row.post_id}/{row.account}", "confirm")

    def approve_all(self) -> None:
        """A second look at what waits for a yes."""
        held = self.rows(DELIVERY.c.state == "waiting", DELIVERY.c.act != "retract")
        for post in sorted({r.post_id for r in held if _unapproved(r)}):
            with self.trying("approve late"):
                self.approve(post)

    def reconnect(self) -> None:
        """New credentials: the network says again who we are."""
        with self.stage.app.store.read() as tx:
            broken = tx.all(select(ACCOUNT.c.id).where(ACCOUNT.c.broken_since.is_not(None)))
        for (account,) in broken:
            self.desk.ask(CY, f"/accounts/{account}/verify")

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
        for row in self.rows(unclear, DELIVERY.c.wake_at.is_(None)):
            with self.trying("answer one"):
                self._answer_one(row, again=again)

    def go_on(self) -> None:
        """What stopped between two posts of a thread goes on, with a second person's yes."""
        for row in self.rows(DELIVERY.c.state == "partly_published"):
            with self.trying("go on with one"):
                self.desk.act(ANN, f"{row.post_id}/{row.account}", "continue")
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
        name, said = f"{row.post_id}/{row.account}", self._found(row)
        self.desk.act(CY, name, "resolve", **said)
        if "not_published" in said and again and row.act == "publish" and self.dice.random() < 0.5:
            self.desk.act(ANN, name, "confirm")

    def _found(self, row: Row[Any]) -> dict[str, Any]:
        """What a person says of it who looks at the account."""
        posts = self.mine(row)
        if row.act == "retract":
            stands = [self.address(row, post) for post in posts if not _did_it(row, post, "")]
            return {"published": stands[0]} if stands else {"done": True, "reason": "it is gone"}
        said = self.said(row)
        where = [self.address(row, post) for post in posts if _did_it(row, post, said)]
        if where:
            return {"published": where[-1]}
        return {"not_published": True, "reason": "not there"}

    def _recent(self) -> str:
        if not self.tokens:
            raise Problem("nothing has been written yet")
        return self.dice.choice(list(self.tokens)[-RECENT:])

    def _name(self) -> str:
        """A whole post, or one account of it."""
        post = self._recent()
        if self.dice.random() < 0.5:
            return post
        rows = self.rows(DELIVERY.c.post_id == post)
        return f"{post}/{self.dice.choice(rows).account}" if rows else post


def _unapproved(row: Row[Any]) -> bool:
    return any(f["rule"] == "approval" for f in row.findings)


def _did_it(row: Row[Any], post: dict[str, Any], said: str) -> bool:
    if row.act == "retract":
        return bool(post["state"] != "public")
    if row.act == "edit":
        return post["state"] == "public" and said in post["text"]
    return bool(post["publications"]) and said in post["text"]  # a twin may have been edited
