"""One builder of cases: each field is filled once, for deliveries and drafts alike, in as many queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from world import ANN, World

from publisher.content import Content
from publisher.desk import exceptions
from publisher.gate import cases, proposal, rendering
from publisher.gate.accounts import account_value
from publisher.gate.evidence import EVIDENCE
from publisher.policy import Case
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core

DELIVERY, ACCOUNT = core(t.Delivery), core(t.Account)
LATER = {"slots"}  # fetched in stretches while a free one is looked for


@contextmanager
def reading(world: World) -> Iterator[Tx]:
    with world.app.store.read() as tx:
        tx.actor = ANN
        yield tx


def draft(
    tx: Tx, text: str = "The fair opens", account: str = "x", at: Any = None, **more: Any
) -> Case:
    row = tx.first(select(ACCOUNT).where(ACCOUNT.c.id == account))
    value, content = account_value(row), Content(text, **more)
    rendered = rendering.render(content, value, tx.policy)
    return cases.draft_case(tx, value, content, rendered, at or tx.now)


@pytest.mark.parametrize("saved", [True, False], ids=["delivery", "draft"])
def test_each_field_of_a_case_is_filled_by_one_kind_of_fact(
    lite: World, monkeypatch: pytest.MonkeyPatch, saved: bool
) -> None:
    filled: list[str] = []
    own: list[str] = []

    def noted(one: Any) -> Any:
        def of(*given: Any) -> Any:
            found = one.fields(*given)
            filled.extend(found)
            return found

        return replace(one, fields=of)

    def case(**given: Any) -> Case:
        own.extend(given.keys() - set(filled))
        return Case(**given)

    monkeypatch.setattr(cases, "EVIDENCE", tuple(map(noted, EVIDENCE)))
    monkeypatch.setattr(cases, "Case", case)
    lite.approved()
    filled.clear()
    own.clear()
    with reading(lite) as tx:
        if saved:
            cases.gather(tx, tx.all(select(DELIVERY)), "send", lambda _: "")
        else:
            draft(tx)
    assert sorted(filled + own) == sorted({f.name for f in fields(Case)} - LATER)


@pytest.mark.parametrize("stage", ["submit", "send"])
def test_any_number_of_deliveries_takes_as_many_queries_as_one(world: World, stage: Any) -> None:
    seen: list[str] = []
    event.listen(world.app.store.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))

    def asked() -> int:
        with reading(world) as tx:
            rows = tx.all(select(DELIVERY))
            seen.clear()
            cases.gather(tx, rows, stage, lambda _: "")
            return len(seen)

    world.approved("The fair opens", "x", "board")
    few = asked()
    for number in range(8):
        world.approved(f"The fair number {number} opens", "x", "board", "blog", "page")
    assert asked() == few <= 12


def test_a_draft_rests_on_the_same_facts_as_what_is_handed_in(lite: World) -> None:
    """But for what only a post has: decisions, and its own fingerprint's permissions."""
    sent = lite.clock.at - timedelta(minutes=4)
    with lite.app.store.write(ANN) as tx:
        tx.run(ACCOUNT.update().values(last_sent_at=sent))
    post = lite.post("The fair opens", "board")
    row = lite.delivery(post, "board")
    with reading(lite) as tx:
        [facts] = cases.gather(tx, [row], "submit")
        same = draft(tx, account="board", at=row.requested_at)
    only = {"asked_wall", "asked_zone", "last_human_at", "writers", "release_at"}
    for field in fields(Case):
        if field.name not in only:
            assert getattr(same, field.name) == getattr(facts.case, field.name), field.name
    assert same.last_sent_at == sent


def test_a_check_counts_the_distance_to_what_was_sent_last(lite: World) -> None:
    def until(at: datetime) -> datetime | None:
        with reading(lite) as tx:
            row = tx.first(select(ACCOUNT).where(ACCOUNT.c.id == "board"))
            return proposal(tx, account_value(row), Content("The fair opens"), at).until

    now = lite.clock.at
    assert until(now) is None
    with lite.app.store.write(ANN) as tx:
        tx.run(ACCOUNT.update().values(last_sent_at=now - timedelta(minutes=4)))
    assert until(now) == now + timedelta(minutes=6)


def test_an_account_that_was_changed_by_hand_is_named_to_who_checks_a_text(lite: World) -> None:
    with lite.app.store.write(ANN) as tx:
        tx.run(ACCOUNT.update().where(ACCOUNT.c.id == "x").values(owner="nobody"))
    with reading(lite) as tx:
        assert draft(tx).unvouched == "account x"
        assert draft(tx, account="board").unvouched == ""


def test_a_check_of_an_urgent_notice_knows_of_an_incident(lite: World) -> None:
    with lite.app.store.write(ANN) as tx:
        asked = exceptions.request_incident(tx, ("x",), "accident", "the dam may break")
    lite.grant(asked)
    with reading(lite) as tx:
        assert [one.kind for one in draft(tx, kind="urgent").leaves] == ["incident"]
        assert draft(tx).leaves == ()
        assert draft(tx, account="board", kind="urgent").leaves == ()
