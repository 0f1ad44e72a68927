"""Comments under a Page's posts: seeded by the control, hidden and shown again by the Page."""

from typing import Any

from publisher.sandbox.facebook_shapes import error, no_such, time, wanted
from publisher.sandbox.wire import Answer, Request, reply
from publisher.sandbox.world import Comment, World

_FIELDS = {"id", "message", "created_time", "from", "is_hidden", "can_hide", "can_remove"}
_CHANGES = {"access_token", "appsecret_proof", "fields", "is_hidden", "message"}


def commented(world: World, request: Request) -> Comment | None:
    """The comment that a request is about, if it is under a post of the caller's."""
    comment = world.comments.get(("facebook", request.args[0]))
    return comment if comment is not None and comment.account == request.account else None


def change(world: World, request: Request, comment: Comment) -> Answer:
    """POST /{comment}: `is_hidden` alone; its words are not the Page's."""
    if odd := sorted(set(request.fields) - _CHANGES):
        return error(100, f"(#100) Invalid parameter: {odd[0]}")
    if "message" in request.fields:
        return error(200, "(#200) Only its author can edit a comment", 403)
    hidden = str(request.fields.get("is_hidden", comment.hidden)).lower() in ("true", "1")
    comment.changes += 1
    comment.hidden = hidden
    world.remember(comment)
    return reply({"success": True})


def look(request: Request, comment: Comment) -> Answer:
    """GET /{comment}."""
    names, odd = wanted(request, _FIELDS)
    whole: dict[str, Any] = {
        "id": comment.id,
        "message": comment.text,
        "created_time": time(comment.created),
        "from": {"id": comment.author, "name": "A reader"},
        "is_hidden": comment.hidden,
        "can_hide": True,
        "can_remove": True,
    }
    shown = {"id", *(names or ("message", "created_time", "from"))}
    return odd or reply({name: value for name, value in whole.items() if name in shown})


def seed(world: World, fields: dict[str, Any]) -> Answer:
    """A reader's comment under a post of an account: `account`, `post` (its id), `text`."""
    account, text = str(fields.get("account", "")), str(fields.get("text", "Hm."))
    post = world.posts.get(("facebook", str(fields.get("post", ""))))
    if post is None or post.account != account:
        return no_such(str(fields.get("post", "")))
    number = f"{post.id.partition('_')[2]}_{world.next_id('facebook')}"
    comment = Comment("facebook", account, number, post.id, text, world.now())
    world.remember(comment)
    return reply({"id": number}, 201)
