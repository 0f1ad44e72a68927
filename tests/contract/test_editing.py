"""An edit is only what the network will do: it looks first, and its answer is held to what was approved."""

from dataclasses import replace

import pytest
from scripted import reply

from publisher.content import Media, Part
from publisher.networks import Later, Published, Refused, Unknown
from publisher.networks.registry import about
from publisher.networks.wire.edits import unsent
from publisher.networks.wordpress.blogpost import pictured

pytestmark = [pytest.mark.clause("2.2", kind="deny"), pytest.mark.only("reads")]


MEDIUM = Media("a" * 64, "image/png", 10, 10, alt="An image")


def written(adapter, rendered):
    """What a reading of the post shows when it says this."""
    return pictured(rendered) if rendered.network == "wordpress" else adapter.source(rendered)


@pytest.fixture
def edit(dialect, adapter, an_intent):
    """An edit of a post that was published as `before`, not looked at yet."""
    before = an_intent("Spring fair on Saturday at nine").rendered
    return an_intent(
        "Spring fair on Saturday at ten", act="edit", target=dialect.target, before=before, notes={}
    )


def test_what_is_as_we_published_it_may_be_edited(dialect, server, adapter, edit):
    server.play(dialect.reads(written(adapter, edit.before)))
    assert adapter.needs_preparing(edit)
    notes = adapter.prepare(edit)
    assert isinstance(notes, dict)
    assert not adapter.needs_preparing(replace(edit, notes=notes))
    assert [seen.method for seen in server.seen] == ["GET"]


def test_what_says_so_already_may_be_edited(dialect, server, adapter, edit):
    server.play(dialect.reads(written(adapter, edit.rendered)))
    assert isinstance(adapter.prepare(edit), dict)


def changed(rendered):
    words = "Spring fair on Saturday at half past eight, says the moderator"
    return replace(rendered, parts=(Part(words),))


def test_what_somebody_changed_there_stops_it_and_both_are_shown(dialect, server, adapter, edit):
    server.play(dialect.reads(written(adapter, changed(edit.before))))
    outcome = adapter.prepare(edit)
    assert isinstance(outcome, Refused)
    assert "half past eight, says the moderator" in outcome.reason
    assert "at nine" in outcome.reason
    assert [seen.method for seen in server.seen] == ["GET"]


def test_a_picture_that_somebody_took_out_does_not_come_back(dialect, server, adapter, edit):
    if "images" not in about(dialect.network).edits:
        return
    with_picture = tuple(replace(part, media=(MEDIUM,)) for part in edit.before.parts)
    before = replace(edit.before, parts=with_picture)
    after = replace(
        edit.rendered, parts=tuple(replace(p, media=(MEDIUM,)) for p in edit.rendered.parts)
    )
    pictures = replace(
        edit, before=before, rendered=after, notes={"uploads": {MEDIUM.sha256: "upload://a"}}
    )
    server.play(dialect.reads(written(adapter, edit.before)))
    outcome = adapter.prepare(pictures)
    assert isinstance(outcome, Refused)
    assert "[image]" in outcome.reason


def test_a_person_may_write_over_what_they_saw_and_over_nothing_else(
    dialect, server, adapter, edit
):
    theirs = changed(edit.before)
    server.play(dialect.reads(written(adapter, theirs)))
    over = replace(edit, notes={"overwrite": adapter.prepare(edit).theirs})
    assert isinstance(adapter.prepare(over), dict)
    again = replace(theirs, parts=(Part("Spring fair is cancelled"),))
    server.play(dialect.reads(written(adapter, again)))
    assert isinstance(adapter.prepare(over), Refused)


def test_without_knowing_what_was_published_nothing_is_written_over(dialect, server, adapter, edit):
    server.play(dialect.reads(written(adapter, edit.before)))
    assert isinstance(adapter.prepare(replace(edit, before=None)), Refused)


def test_what_cannot_be_read_is_tried_later(dialect, server, adapter, edit):
    server.play(reply(500))
    assert isinstance(adapter.prepare(edit), Later)


def test_what_is_gone_is_not_edited(dialect, server, adapter, edit):
    server.play(*dialect.gone)
    assert isinstance(adapter.prepare(edit), Refused)


def test_an_edit_that_the_network_does_not_show_is_not_called_public(
    dialect, server, adapter, edit
):
    server.play(*dialect.edited(replace(edit, rendered=edit.before)))
    assert isinstance(adapter.send(edit), Unknown)
    server.play(*dialect.edited(edit))
    assert isinstance(adapter.send(edit), Published)


def test_what_a_network_would_leave_as_it_is_is_named(dialect, edit):
    network = about(dialect.network)
    after = replace(edit.rendered, title="Another", link="https://example.com/other")
    stays = {"title", "link", "images"} - network.edits
    picture = replace(after, parts=(replace(after.parts[0], media=(MEDIUM,)),))
    assert set(unsent(network, edit.before, picture)) == stays
    assert unsent(network, edit.before, replace(edit.rendered, title=edit.before.title)) == []
