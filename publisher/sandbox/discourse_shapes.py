"""The shapes of Discourse's answers, and which posts its readers may see."""

import html
import re
from typing import Any

from publisher.sandbox.article import unmarked
from publisher.sandbox.wire import Answer, Refusal, Request, iso, reply
from publisher.sandbox.world import Post, World


def refused(status: int, kind: str, *errors: str, **more: Any) -> Answer:
    return reply({"errors": list(errors), "error_type": kind, **more}, status)


def missing() -> Answer:
    return refused(404, "not_found", "The requested URL or resource could not be found.")


def refuse(request: Request, fault: Refusal) -> Answer:
    del request
    if fault.kind == "429":
        wait = max(1, round(fault.seconds))
        message = (
            f"You’ve performed this action too many times, please try again in {wait} seconds."
        )
        extras = {"wait_seconds": wait, "time_left": f"{wait} seconds"}
        answer = refused(fault.status or 429, "rate_limit", message, extras=extras)
        return Answer(answer.status, answer.body, {**answer.headers, "Retry-After": str(wait)})
    if fault.kind == "401":
        message = "You are not permitted to view the requested resource. "
        message += "The API username or key is invalid."
        return refused(fault.status or 403, "invalid_access", message)
    if fault.kind == "400":
        return refused(400, "invalid_parameters", "The request could not be read.")
    if fault.kind == "404":
        return missing()
    return Answer(
        fault.status or 500,
        b"<h1>Oops</h1> The software powering this discussion forum ...",
        {"Content-Type": "text/html"},
    )


def slugged(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "topic"


def own(world: World, request: Request) -> list[Post]:
    return world.timeline("discourse", request.account)


def cooked(raw: str) -> str:
    lines = html.escape(unmarked(raw), quote=False).split("\n\n")
    return "\n".join(f"<p>{line}</p>".replace("\n", "<br>\n") for line in lines)


# What is the same for every post here, and what every real answer carries.
_EVERY_POST: dict[str, Any] = {
    "avatar_template": "/letter_avatar/a/{size}.png",
    "post_type": 1,
    "posts_count": 1,
    "reply_count": 0,
    "reply_to_post_number": None,
    "quote_count": 0,
    "incoming_link_count": 0,
    "reads": 1,
    "readers_count": 0,
    "score": 0.0,
    "yours": True,
    "primary_group_name": None,
    "flair_name": None,
    "flair_url": None,
    "flair_bg_color": None,
    "flair_color": None,
    "flair_group_id": None,
    "badges_granted": [],
    "can_edit": True,
    "can_delete": True,
    "can_recover": False,
    "can_see_hidden_post": True,
    "can_wiki": False,
    "can_view_edit_history": True,
    "user_title": None,
    "bookmarked": False,
    "actions_summary": [],
    "moderator": False,
    "admin": False,
    "staff": False,
    "trust_level": 1,
    "wiki": False,
    "reviewable_id": None,
    "reviewable_score_count": 0,
    "reviewable_score_pending_count": 0,
    "post_localizations": [],
    "mentioned_users": [],
    "hidden": False,
    "deleted_at": None,
    "user_deleted": False,
    "draft_sequence": 0,
}


def shown(world: World, post: Post, *, raw: bool) -> dict[str, Any]:
    topic = topic_post(world, post)
    slug = slugged(topic.title)
    number = 2 if post.extra.get("reply") else 1
    whole = {
        **_EVERY_POST,
        "id": int(post.id),
        "name": post.account,
        "username": post.account,
        "display_username": post.account,
        "user_id": int(world.account("discourse", post.account)),
        "created_at": iso(post.created),
        "updated_at": iso(post.updated or post.created),
        "cooked": cooked(post.text),
        "post_number": number,
        "topic_id": int(post.extra["topic"]),
        "topic_slug": slug,
        "post_url": f"/t/{slug}/{post.extra['topic']}/{number}",
        "version": post.extra["version"],
        "edit_reason": post.extra.get("edit_reason"),
    }
    return {**whole, "raw": post.text} if raw else whole


def topic_post(world: World, post: Post) -> Post:
    """The first post of a post's topic."""
    if not post.extra.get("reply"):
        return post
    own = world.timeline("discourse", post.account)
    firsts = [each for each in own if each.extra.get("topic") == post.extra["topic"]]
    return firsts[0]


def of_topic(world: World, request: Request, topic: str) -> list[Post]:
    return [each for each in world.visible(own(world, request)) if each.extra["topic"] == topic]


def visible(world: World, request: Request) -> Post | None:
    post = world.posts.get(("discourse", request.args[0]))
    mine = post is not None and post.account == request.account
    return post if post is not None and mine and world.visible([post]) else None


def pending_shown(world: World, post: Post) -> dict[str, Any]:
    """Discourse does not show a pending post's external id."""
    return {
        "id": int(post.id),
        "category_id": post.extra.get("category"),
        "created_at": iso(post.created),
        "created_by_id": int(world.account("discourse", post.account)),
        "name": post.account,
        "username": post.account,
        "raw_text": post.text,
        "title": post.title,
        "topic_id": None,
        "topic_url": None,
    }
