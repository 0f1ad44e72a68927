"""An edit is only what the network will do, and never over somebody else's words unseen."""

import pytest
from world import ANN, CY, World

from publisher.cli.acts import command
from publisher.desk import compose, overwrite
from publisher.errors import Conflict, Do, Usage
from publisher.networks import Refused
from publisher.read import posts, todo
from publisher.read.view import plain

pytestmark = pytest.mark.clause("2.2", kind="deny")

THEIRS = "f" * 64


def edit(world: World, post: str, **changes: object) -> None:
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, changes)


def public(world: World, *accounts: str, **more: object) -> str:
    post = world.approved("The fair opens at the harbour", *accounts, **more)
    world.settle()
    world.clock.forward(minutes=20)  # past the gap between two posts
    return post


def test_a_title_that_the_board_would_keep_is_refused_before_anybody_approves(world: World) -> None:
    post = public(world, "board", title="The fiar at the harbour")
    with pytest.raises(Conflict, match="cannot change the title"):
        edit(world, post, title="The fair at the harbour")
    assert world.show(post)["revision"] == 1


def test_where_others_can_be_changed_the_refusal_offers_them(world: World) -> None:
    post = public(world, "board", "blog", title="The fiar at the harbour")
    with pytest.raises(Conflict) as refused:
        edit(world, post, title="The fair at the harbour")
    assert refused.value.acts == (
        Do("retract", {"post": post, "account": "board"}),
        Do("edit", {"post": post, "account": "blog"}),
    )
    assert "ほかのアカウントは1つずつ修正してください。" in refused.value.said("ja")


def test_an_edit_of_the_words_leaves_the_boards_title(world: World) -> None:
    post = public(world, "board")
    edit(world, post, text="The fair opens at the station")
    world.approve(post)
    world.settle()
    assert world.state(post, "board", "edit") == "published"
    assert world.net.sent[1].rendered.title == world.net.sent[0].rendered.title
    assert world.net.sent[1].before == world.net.sent[0].rendered


def test_a_title_that_the_blog_takes_is_changed_there(world: World) -> None:
    post = public(world, "blog", title="The fiar")
    edit(world, post, title="The fair")
    world.approve(post)
    world.settle()
    assert world.net.sent[1].rendered.title == "The fair"


def test_a_link_that_facebook_would_keep_is_refused(world: World) -> None:
    post = public(world, "page", link="https://example.com/a")
    with pytest.raises(Conflict, match="cannot change the link"):
        edit(world, post, link="https://example.com/b")
    edit(world, post, text="The fair opens at the station")
    assert world.state(post, "page", "edit") == "waiting"


def test_a_waiting_edit_may_not_grow_into_one_that_is_not_done(world: World) -> None:
    post = public(world, "board")
    edit(world, post, text="The fair opens at the station")
    with pytest.raises(Conflict, match="cannot change the title"):
        edit(world, post, title="Where the fair opens")


def stopped(world: World) -> str:
    """An edit that found other words than ours."""
    post = public(world, "blog")
    world.net.on_prepare = lambda intent: (
        {"draft": 1}
        if intent.notes.get("overwrite") == THEIRS
        else Refused("somebody changed it there: it reads “…”", theirs=THEIRS)
    )
    edit(world, post, text="The fair opens at the station")
    world.approve(post)
    world.settle()
    return post


def test_an_edit_that_found_other_words_waits_for_a_person(world: World) -> None:
    post = stopped(world)
    assert world.state(post, "blog", "edit") == "refused"
    assert world.state(post, "blog") == "published"
    assert len(world.net.sent) == 1
    assert "somebody changed it there" in world.delivery(post, "blog", "edit").reason
    with world.app.store.read() as tx:
        tx.actor = CY
        [item] = plain(todo.todo(tx))
        [of_blog] = [d for d in plain(posts.post(tx, post))["deliveries"] if d["act"] == "edit"]
    assert [command(act) for act in item["acts"]] == [
        f"publisher cancel {post}/blog",
        f"publisher resolve {post}/blog --overwrite --reason …",
    ]
    assert of_blog["acts"] == item["acts"]


def test_writing_over_it_takes_a_reason_and_a_new_yes(world: World) -> None:
    post = stopped(world)
    with world.app.store.write(CY) as tx, pytest.raises(Usage, match="written over") as refused:
        overwrite.overwrite(tx, f"{post}/blog", " ")
    assert refused.value.field == "reason"
    world.clock.forward(minutes=20)
    with world.app.store.write(CY) as tx:
        overwrite.overwrite(tx, f"{post}/blog", "The moderator agrees")
    world.settle()
    assert world.state(post, "blog", "edit") == "waiting"
    world.approve(post)
    world.settle()
    assert world.state(post, "blog", "edit") == "published"


def test_writing_over_is_only_for_an_edit_that_found_other_words(world: World) -> None:
    post = public(world, "blog")
    with world.app.store.write(CY) as tx, pytest.raises(Conflict):
        overwrite.overwrite(tx, post, "The moderator agrees")


def test_words_that_are_written_anew_are_held_to_what_is_there_again(world: World) -> None:
    post = stopped(world)
    with world.app.store.write(CY) as tx:
        overwrite.overwrite(tx, f"{post}/blog", "The moderator agrees")
    edit(world, post, text="The fair opens at the station, at ten")
    world.approve(post)
    world.settle()
    assert world.state(post, "blog", "edit") == "refused"
