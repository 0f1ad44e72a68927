"""What is known of each act, and that an unknown one gets no rights of its own."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from publisher.acts import ACTS, ActName, act_of, given, named
from publisher.store.bound import DELIVERY, binding
from publisher.store.tables import Delivery


class _One:
    def __init__(self, act: str) -> None:
        self.act = act


def test_every_act_has_a_row():
    assert set(ACTS) == set(get_args(ActName))


def test_only_what_takes_down_is_no_transmission():
    assert [name for name, act in ACTS.items() if not act.transmits] == ["retract"]
    assert all(act.undoes != act.transmits for act in ACTS.values())


def test_whatever_sends_our_words_needs_a_yes_and_a_slot():
    assert all(act.content == act.approval == act.slot == act.transmits for act in ACTS.values())


def test_only_an_edit_puts_words_in_the_place_of_others():
    assert [name for name, act in ACTS.items() if act.replaces] == ["edit"]


def test_an_act_that_nobody_knows_is_held_to_all_that_publishing_is_held_to():
    assert act_of(_One("mallory")) == ACTS["publish"]
    assert given("mallory") == given("publish")


@pytest.mark.parametrize("act", ACTS)
def test_what_follows_from_the_act_changes_no_binding(act):
    """So a delivery from before it was kept is vouched for by the row that it had."""
    assert binding(DELIVERY, DELIVERY.plain(named(act))) == binding(
        DELIVERY, DELIVERY.plain({"act": act})
    )


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("column", ["slot", "transmits"])
def test_what_does_not_follow_from_the_act_is_another_delivery(act, column):
    forged = {**named(act), column: not given(act)[column]}
    assert DELIVERY.plain(forged) != DELIVERY.plain(named(act))


def test_what_the_history_says_of_a_delivery_outlives_the_columns_that_it_had():
    """Taken down when it still had all of them: another value makes every database suspect."""
    at = datetime(2026, 11, 24, tzinfo=UTC)
    made = Delivery(
        id="d1",
        post_id="p1",
        account="blog",
        requested_wall="2026-11-24 09:00",
        requested_zone="Asia/Tokyo",
        requested_at=at,
        release_at=at,
        expires_at=at,
        human_at=at,
        **named("publish"),
    )
    assert binding(DELIVERY, DELIVERY.content(made)) == (
        "f7695ddbe4d52aa4786c4b579da2c3e75c0fc610d0b9534cfcdfcc96d41b92c8"
    )
