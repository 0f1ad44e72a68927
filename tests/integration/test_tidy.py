"""What a delivery left on its network goes when the delivery will not go out: drafts, pictures."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from world import ANN, Obedient

from publisher.desk import compose, schedule
from publisher.networks import Later, Refused
from publisher.release import tidy

PICTURE = {"id": 7, "url": "https://blog/7.png"}
LYING = {"post_id": 12, "media": {"a" * 64: PICTURE}, "at": "https://blog"}
DRAFT = {**LYING, "slug": "fair-pub-1", "draft": True}


class Blog:
    """Prepares a draft of every post; drops what it is told, or says what is left."""

    def __init__(self, world):
        self.prepared, self.dropped, self.left = [], [], ""
        world.net.on_prepare = self.prepare

    def prepare(self, intent):
        self.prepared.append(dict(intent.notes))
        return {**DRAFT, "dropped": {}}

    def drop(self, intent):
        self.dropped.append(dict(intent.notes))
        return self.left


@pytest.fixture
def blog(world, monkeypatch):
    made = Blog(world)
    monkeypatch.setattr(Obedient, "drop", lambda _, intent: made.drop(intent), raising=False)
    return made


def refused(world):
    """A post whose draft is on the blog, and which the blog does not want."""
    world.net.on_send = lambda intent: Refused("not like this")
    post = world.approved("The fair opens", "blog")
    world.settle()
    world.net.on_send = None
    assert world.state(post, "blog") == "refused"
    return post


def tried(world):
    """A post whose draft is on the blog, and which waits for its next try."""
    at = world.clock.at + timedelta(minutes=5)
    world.net.on_send = lambda intent: Later("come back", at)
    post = world.approved("The fair opens", "blog")
    world.settle()
    world.net.on_send = None
    assert world.state(post, "blog") == "waiting"
    return post


def test_a_draft_that_a_refusal_leaves_is_removed_with_its_pictures(world, blog):
    post = refused(world)
    world.settle()
    assert blog.dropped == [LYING]
    row = world.delivery(post, "blog")
    assert (row.tidy_at, row.notes["slug"]) == (None, "fair-pub-1")
    assert not {*LYING, "dropped"} & set(row.notes)
    world.clock.forward(days=2)
    world.settle()
    assert blog.dropped == [LYING]


def test_what_a_person_cancels_is_removed_too(world, blog):
    post = tried(world)
    with world.app.store.write(ANN) as tx:
        schedule.cancel(tx, post)
    world.settle()  # noted as dropped
    world.settle()  # and removed at the next look
    assert world.state(post, "blog") == "cancelled"
    assert blog.dropped == [LYING]


def test_what_is_public_is_never_dropped(world, blog):
    post = world.approved("The fair opens", "blog")
    world.settle()
    world.clock.forward(days=40)
    world.settle()
    assert world.state(post, "blog") == "published"
    assert blog.dropped == []


def test_what_cannot_be_removed_is_tried_again_every_hour_and_told(world, blog):
    blog.left = "its draft could not be deleted"
    post = refused(world)
    world.settle()
    assert len(blog.dropped) == 1
    assert not [said for said in world.notices() if "left over" in said]
    world.clock.forward(hours=1, minutes=1)
    world.settle()
    assert len(blog.dropped) == 2
    assert [said for said in world.notices() if "left over" in said] == [
        "Something is left over on blog"
    ]
    blog.left = ""
    world.clock.forward(hours=1, minutes=1)
    world.settle()
    assert len(blog.dropped) == 3
    assert world.delivery(post, "blog").tidy_at is None


def test_a_post_that_is_wanted_again_gets_a_new_draft_under_the_old_address(world, blog):
    post = refused(world)
    world.settle()
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens at nine"})
    world.approve(post)
    world.settle()
    assert world.state(post, "blog") == "published"
    assert blog.prepared[-1] == {"slug": "fair-pub-1"}


def test_a_post_that_is_wanted_again_while_its_draft_is_being_removed_is_told_so(world, blog):
    blog.left = "the blog does not answer"
    post = refused(world)
    world.settle()
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens at nine"})
    world.approve(post)
    world.settle()
    assert blog.prepared[-1] == {"slug": "fair-pub-1", "dropped": LYING}
    assert world.state(post, "blog") == "published"
    world.clock.forward(days=1)
    world.settle()
    assert len(blog.dropped) == 1


def test_an_edit_of_what_waits_keeps_its_draft_and_address(world, blog):
    post = tried(world)
    with world.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": "The fair opens at nine"})
    world.approve(post)
    world.clock.forward(minutes=10)
    world.settle()
    assert blog.dropped == []
    assert blog.prepared == [{}, {**LYING, "slug": "fair-pub-1", "dropped": {}}]
    assert world.state(post, "blog") == "published"


@pytest.mark.hazard("H8")
def test_a_restored_database_removes_nothing_before_it_is_adopted(world, blog, monkeypatch):
    adopted = SimpleNamespace(kept=lambda tx: "a restored one")
    monkeypatch.setattr(tidy, "past", adopted)
    refused(world)
    world.settle()
    assert blog.dropped == []
    adopted.kept = lambda tx: None
    world.settle()
    world.settle()
    assert blog.dropped == [LYING]
