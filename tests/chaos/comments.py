"""Readers' comments under posts of ours, and measures that hide them."""

from typing import Any

from sqlalchemy import select

from publisher.desk import measures
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.words import read
from tests.chaos.stage import CY, Stage

MEASURE = core(t.Measure)


def hide(stage: Stage, account: str, post: str, text: str) -> None:
    """Somebody comments on this post, and the duty officer asks to hide that."""
    comment = stage.tell("comments", account=account, post=post, text=text).json()["id"]
    with stage.app.store.write(CY) as tx:
        measures.ask(tx, measures.NewMeasure(account, comment, "hide", "insults"))


def rows(stage: Stage) -> list[Any]:
    """Every measure."""
    with stage.app.store.read() as tx:
        return list(tx.all(select(MEASURE).order_by(MEASURE.c.id)))


def moving(stage: Stage) -> bool:
    """Is one not settled, and not in a person's hands?"""
    return any(
        row.state in ("waiting", "claimed", "sending")
        or (row.state == "unknown" and row.wake_at is not None)
        for row in rows(stage)
    )


def problem(row: Any, comment: dict[str, Any]) -> str:
    """What is wrong between what is said of it and how the comment stands; "" when nothing is."""
    if comment["changes"] > 1:
        return "double"
    if row.state == "done" and not comment["hidden"]:
        return "a lie: it stands there"
    never = row.state in ("refused", "expired") or (row.state == "cancelled" and not row.attempts)
    if never and comment["hidden"]:
        return "a lie: it was hidden"
    if row.state not in ("done", "refused", "cancelled", "unknown"):
        return f"lost: it never came to rest ({row.state}, {read(row.reason, 'en')})"
    return ""


def look_and_call_off(stage: Stage) -> None:
    """A person looks at each comment of which nobody knows what came, and asks no more."""
    for row in rows(stage):
        if row.state == "unknown" and row.wake_at is None:
            with stage.app.store.write(CY) as tx:
                measures.call_off(tx, row.id, "looked at")


def wrong(stage: Stage, *, settled: bool) -> list[str]:
    """Measures against how the comments stand; `settled`: people have looked, so nothing is unclear."""
    comments = {one["id"]: one for one in stage.ask("comments")["comments"]}
    found = [(row, problem(row, comments[row.target])) for row in rows(stage)]
    found += [(row, "unclear") for row, _ in found if settled and row.state == "unknown"]
    return [f"{row.id} {row.what} {row.account} {row.state}: {why}" for row, why in found if why]
