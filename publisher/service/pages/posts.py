"""Posts: the queue, one post with all that can be done to it, and writing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from publisher.errors import NotFound, Problem
from publisher.read import history, offers, permissions, posts
from publisher.read.whole import whole
from publisher.service import given
from publisher.service.desk import At, Desk
from publisher.service.pages.forms import Fields, filled, one, then
from publisher.service.pages.look import page
from publisher.service.routes import posts as api

router = APIRouter()

MANY = 25  # posts on one page
MOVES = 40  # entries of a post's history that its page shows

# What a post's story tells; the rest is how the machine works.
STORY = frozenset(
    {
        *(
            "write",
            "submit",
            "edit",
            "approve",
            "return",
            "reschedule",
            "confirm",
            "cancel",
        ),
        *("pause", "unpause", "continue", "retract", "resolve", "request exception"),
        *("grant exception", "revoke exception", "publish", "accept", "refuse", "doubt", "deny"),
        *("expire", "block", "part", "keep back", "overwrite"),
    }
)

Does = Callable[..., Any]
# By verb: the shape of what the form sends, and the operation that it is handed to.
DOES: Mapping[str, tuple[type[given.OfPost], Does]] = {
    "submit": (given.OfPost, api.submit),
    "approve": (given.Seen, lambda post, yes, desk, _tag: api.approve(post, yes, desk)),
    "return": (given.Because, api.send_back),
    "reschedule": (given.NewTime, api.reschedule),
    "confirm": (given.OfPost, api.confirm),
    "pause": (given.Because, api.pause),
    "unpause": (given.OfPost, api.unpause),
    "cancel": (given.Because, api.cancel),
    "continue": (given.OfPost, api.go_on),
    "retract": (given.Because, api.retract),
    "resolve": (given.Outcome, api.settle),
    "ask": (given.AskedFor, api.ask),
}

DONE = frozenset({*DOES, "edit", "kept"})  # what a page can say was just done


@router.get("/posts")
def queue(
    desk: At,
    which: Annotated[str, Query(pattern="^(open|all)$")] = "open",
    at: given.At = "",
) -> Response:
    """What waits, what is under way, and what needs a person; or all."""
    with desk.reading() as tx:
        found = posts.page(tx, everything=which == "all", most=MANY, at=at, lang=desk.lang)
        return page(desk, tx, "queue.html", found=found, which=which, later=bool(at))


@router.get("/posts/{post}")
def show(post: given.PostId, desk: At, done: given.Name = "") -> Response:
    """One post: exactly what is sent, where it stands and why, and what can be done."""
    return _shown(desk, post, done=done)


@router.post("/posts/{post}/{verb}")
def act(post: given.PostId, verb: given.Name, fields: Fields, desk: At) -> Response:
    """One verb, as its form says it."""
    if verb not in DOES:
        raise NotFound("page.no_such")
    shape, does = DOES[verb]
    try:
        does(post, filled(shape, fields, desk.lang), desk, one(fields, "etag") or None)
    except Problem as problem:
        return _shown(desk, post, problem=problem, tried=(verb, fields))
    return then(f"/posts/{post}?done={verb}")


def _shown(
    desk: Desk,
    post: str,
    *,
    done: str = "",
    problem: Problem | None = None,
    tried: tuple[str, Mapping[str, Sequence[str]]] = ("", {}),
) -> Response:
    """`tried`: the verb that came to the problem, and what its form said, so that nothing typed is lost."""
    with desk.reading() as tx:
        found = whole(tx, post, desk.lang)
        return page(
            desk,
            tx,
            "post.html",
            post=found,
            offers=offers.offers(tx, found),
            seen=offers.seen(found),
            categories=permissions.categories(tx),
            moves=[one for one in history.moves(tx, found.id) if one.verb in STORY][-MOVES:],
            done=done if done in DONE else "",
            problem=problem,
            tried=tried[0],
            typed={name: one(tried[1], name) for name in tried[1]},
        )
