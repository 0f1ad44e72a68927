"""What is known of the posts: their words, whose each is, and where each stands.

Every text carries a token that no other has, except deliberate twins, so that what is public can be
counted per intended text.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select, update

from publisher.networks.registry import about
from publisher.roles import MACHINE
from publisher.store import ledger
from publisher.store import tables as t
from publisher.store.bound import RECOGNITION
from publisher.store.ledger import Line
from publisher.store.tables import core
from tests.chaos.comments import MEASURE
from tests.chaos.stage import Stage

DELIVERY = core(t.Delivery)
ACCOUNT = core(t.Account)

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Known:
    """The token of every post; `dice` choose the words."""

    stage: Stage
    dice: random.Random
    accounts: Sequence[str]
    tokens: dict[str, str] = field(default_factory=dict)

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

    def address(self, row: Row[Any], post: dict[str, Any]) -> str:
        """Where people see it."""
        return self.stage.address(row.account, post["id"])

    def mine(self, row: Row[Any]) -> list[dict[str, Any]]:
        """What the account shows of this delivery's words, without what belongs to its twins."""
        found = self.stage.ask("posts", account=row.account)["posts"]
        if row.act != "publish":
            return [post for post in found if post["id"] == row.target]
        mine = self.rows(DELIVERY.c.account == row.account, DELIVERY.c.act == "publish")
        owned = {one for r in mine for one in (r.remote_id, *r.notes.get("public", ()))}
        return [
            post
            for post in found
            if self.tokens[row.post_id] in post["text"] and post["id"] not in owned
        ]

    def said(self, row: Row[Any]) -> str:
        """What of it is in question: all of its words, or the mark of the next post of its thread."""
        text, number = self.revision_text(row), len(row.notes.get("public", ()))
        marks = self.marks(row, text)
        return marks[number] if len(marks) > 1 else text

    def marks(self, row: Row[Any], text: str) -> list[str]:
        """What tells its posts from all others: of a thread each one, else its token."""
        token = self.tokens.get(row.post_id, row.post_id)
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

    def rows(self, *conditions: Any) -> Sequence[Row[Any]]:
        """Deliveries, as the database has them."""
        with self.stage.app.store.read() as tx:
            return tx.all(select(DELIVERY).where(*conditions).order_by(DELIVERY.c.id))
