"""The sets of states are what the tables say of them."""

from typing import get_args

from publisher import lifecycle
from publisher.lifecycle import DELIVERY, DELIVERY_STATES, sources
from publisher.read.parts import needs


def by(*actions):
    return {state for action in actions for state in sources(DELIVERY, action)}


def test_what_can_be_changed_is_what_an_edit_or_a_cancellation_is_possible_on_once_recalled():
    assert lifecycle.CHANGEABLE == by("edit") | {"claimed"} == by("cancel") | {"claimed"}


def test_what_can_go_as_it_is_is_what_a_person_can_confirm():
    assert by("confirm") | {"claimed"} == lifecycle.CAN_GO


def test_what_is_unclear_is_looked_up():
    assert by("look") == lifecycle.UNCLEAR


def test_of_what_is_dead_something_may_have_been_left():
    assert by("tidy") == lifecycle.DEAD
    assert (
        lifecycle.REVIVABLE
        == by("lose") - {"waiting"}
        == lifecycle.DEAD & by("edit") | by("continue")
    )


def test_a_state_is_dead_unsent_or_maybe_public():
    parts = (lifecycle.UNSENT, lifecycle.DEAD, lifecycle.MAYBE_PUBLIC)
    assert sorted(state for part in parts for state in part) == sorted(DELIVERY_STATES)


def test_all_that_needs_a_person_says_what_they_can_do():
    assert set(needs.ASKS) == lifecycle.NEEDS_PERSON


def test_the_states_of_a_post_have_a_type():
    assert set(get_args(lifecycle.PostState)) == set(lifecycle.POST_STATES)
