"""Discourse's moderators' queue, as its author and its reviewers see it."""

from publisher.sandbox.discourse_shapes import own, pending_shown
from publisher.sandbox.wire import Answer, Request, iso, reply
from publisher.sandbox.world import World

_STATUSES = {"pending": 0, "approved": 1, "rejected": 2}
_REVIEW = {"held": 0, "public": 1, "removed": 1, "rejected": 2}


def pending(world: World, request: Request) -> Answer:
    """GET /posts/{username}/pending.json."""
    held = [each for each in reversed(own(world, request)) if each.state == "held"]
    return reply({"pending_posts": [pending_shown(world, post) for post in held]})


def review(world: World, request: Request) -> Answer:
    """GET /review.json: what went through the moderators' queue, newest first."""
    asked = request.params.get("status", "pending")
    found = [
        post
        for post in reversed(own(world, request))
        if "reviewed" in post.extra or post.state == "held"
        if asked == "all" or _STATUSES.get(asked) == _REVIEW[post.state]
    ]
    reviewables = [
        {
            "id": int(post.id),
            "type": "ReviewableQueuedPost",
            "status": _REVIEW[post.state],
            "created_at": iso(post.created),
            "topic_id": int(post.extra["topic"]) if "topic" in post.extra else None,
            "target_created_by_id": int(world.account("discourse", post.account)),
            "payload": {"raw": post.text, "title": post.title},
        }
        for post in found
    ]
    meta = {"total_rows_reviewables": len(reviewables), "status": asked}
    return reply({"reviewables": reviewables, "meta": meta})
