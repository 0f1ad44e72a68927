"""Posts: written, looked at, moved, approved, taken down."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query

from publisher.content import Media
from publisher.desk import (
    compose,
    exceptions,
    overwrite,
    resolve,
    review,
    schedule,
    takedown,
    threads,
)
from publisher.desk.door import NewPost
from publisher.errors import Conflict, Do, PartlyDone, Problem, TryAgain, Usage
from publisher.media import uploads
from publisher.read import check as ahead
from publisher.read import history, permissions, posts, register
from publisher.read.whole import Whole
from publisher.service import given
from publisher.service.desk import At, Desk
from publisher.service.lists import Page, page
from publisher.service.problems import documented
from publisher.store import Tx
from publisher.words import every, part, word

router = APIRouter(prefix="/posts", tags=["posts"])

CHANGES = documented(207, 404, 409, 412)
LOOKS = documented(404)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=2_000,
        pattern=r"^[\x21-\x7e]+$",
        description="Your own id of this post: repeating it writes one.",
    ),
]


@router.get("", responses=documented())
def queue(
    desk: At,
    which: Annotated[str, Query(pattern="^(open|all)$")] = "open",
    at: given.At = "",
    most: given.Most = 50,
) -> posts.Posts:
    """What waits, what is under way, and what needs a person; the next to go first, then drafts.

    `which=all`: what is done, too, in the order in which it was handed in.
    """
    with desk.reading() as tx:
        return posts.page(tx, everything=which == "all", most=most, at=at, lang=desk.lang)


@router.post("", status_code=201, responses=documented(207, 404, 409))
def write(new: given.NewPost, desk: At, key: IdempotencyKey = None) -> Whole:
    """Write a post and hand it in. It goes out when it may: approved, in hours, spaced.

    What the policy blocks is kept as a draft: then the problem's `done` is that draft. Of a key that
    was used for something else it is the post that was made by it.
    """
    made = _new(desk, new, key=key, again=new.again, embargo=new.embargo_until)
    return _handed_in(desk, made, None if new.draft else compose.submit)


@router.post("/notices", status_code=201, responses=documented(207, 404, 409))
def notice(new: given.NewNotice, desk: At, key: IdempotencyKey = None) -> Whole:
    """An urgent notice: written, handed in and asked for together; a duty officer grants it."""
    made = _new(desk, new, key=key, kind="urgent")

    def ask(tx: Tx, name: str) -> None:
        compose.submit(tx, name)
        exceptions.request(tx, name, "urgent", new.category, new.reason)

    return _handed_in(desk, made, ask)


def _handed_in(desk: Desk, made: NewPost, then: Callable[[Tx, str], Any] | None) -> Whole:
    try:
        name, held = compose.hand_in(desk.session, made, then)
    except Conflict as problem:
        first = problem.values["post"] if problem.code == "compose.key_used" else ""
        raise (_beside(desk, first, problem) if first else problem) from None
    if held is not None:
        raise _beside(desk, name, held)
    desk.headers["Location"] = f"/api/v1/posts/{name}"
    return desk.did(name)


def _beside(desk: Desk, name: str, problem: Problem) -> Problem:
    """The problem with the post as it stands; one that cannot be looked at now is said all the same."""
    with suppress(TryAgain):
        problem.done = desk.shows(name).model_dump(mode="json")
    return problem


@router.post("/check", responses=documented(404))
def check(new: given.PostWords, desk: At) -> ahead.Check:
    """The verdict on a text, of which no post is made. A picture is none the less kept for a day."""
    made = _new(desk, new, take=uploads.look)
    with desk.reading() as tx:
        return ahead.check(tx, made, desk.lang)


def _new(desk: Desk, new: given.PostWords, **more: Any) -> NewPost:
    """What was handed in as the desk takes it; times are on the first account's clock."""
    embargo, take = more.pop("embargo", ""), more.pop("take", uploads.take)
    return NewPost(
        text=new.text,
        accounts=tuple(dict.fromkeys(new.accounts)),
        title=new.title,
        link=new.link,
        lang=new.lang,
        markup=new.markup,
        variants=dict(new.variants),
        media=_pictures(desk, new.images, take),
        at=new.at,
        embargo_until=_time(desk, new.accounts, embargo) if embargo else None,
        thread=new.thread,
        **{"kind": new.kind, **more},
    )


def _pictures(
    desk: Desk, images: list[given.Attached], take: Callable[..., Media] = uploads.take
) -> tuple[Media, ...]:
    with desk.reading():  # nobody learns what lies there without being somebody
        return tuple(take(desk.app.config.data, one.upload, one.alt) for one in images)


def _time(desk: Desk, accounts: list[str], typed: str) -> datetime:
    with desk.reading() as tx:
        if not accounts:
            raise Usage("compose.no_accounts", Do("read", {"how": "accounts"}), field="accounts")
        try:
            return register.time_of(tx, accounts[0], typed)
        except Usage as error:
            error.field = "embargo_until"  # it was not the post's own time
            raise


@router.get("/{post}", responses=LOOKS)
def show(post: given.PostId, desk: At, account: given.OneAccount = "") -> Whole:
    """One post: exactly what is sent, where it stands and why, and what was tried."""
    return desk.shows(_name(post, account))


@router.get("/{post}/history", responses=LOOKS)
def moves(
    post: given.PostId, desk: At, at: given.At = "", most: given.Most = 100
) -> Page[history.Move]:
    """Every decision about a post and every move of it, the oldest first."""
    with desk.reading() as tx:
        return page(history.moves(tx, post), lambda one: str(one.seq), at, most)


@router.get("/{post}/when", responses=LOOKS)
def when(post: given.PostId, desk: At, account: given.OneAccount = "") -> list[ahead.When]:
    """The earliest instant it can go out, with each reason that pushed it."""
    with desk.reading() as tx:
        return ahead.when(tx, _name(post, account), desk.lang)


@router.get("/{post}/urgent", responses=documented(404, 409))
def urgent(post: given.PostId, desk: At) -> permissions.Urgent:
    """Whose turn is it with an urgent permission for it? A conflict where it is nobody's."""
    with desk.reading() as tx:
        return permissions.urgent(tx, post)


@router.patch("/{post}", responses=CHANGES)
def edit(post: given.PostId, change: given.Edit, desk: At, if_match: given.IfMatch = None) -> Whole:
    """Change the words: what waits is approved anew, what is public is edited where that is possible."""
    name = _name(post, change.account)
    changes = change.model_dump(exclude_none=True, exclude={"account", "reason", "images"})
    if change.images is not None:
        changes["media"] = _pictures(desk, change.images)
    if not changes:
        raise Usage("request.nothing_changes")
    with desk.writing(name, if_match) as tx:
        compose.edit(tx, name, changes, why=change.reason)
    return desk.did(name)


@router.post("/{post}/submit", responses=CHANGES)
def submit(post: given.PostId, of: given.OfPost, desk: At, if_match: given.IfMatch = None) -> Whole:
    """Hand a draft in."""
    return desk.does(_name(post, of.account), if_match, compose.submit)


@router.post("/{post}/reschedule", responses=CHANGES)
def reschedule(
    post: given.PostId, to: given.NewTime, desk: At, if_match: given.IfMatch = None
) -> Whole:
    """Ask for another time. It needs a new approval, because an approval binds the time."""
    return desk.does(_name(post, to.account), if_match, schedule.reschedule, to.at)


@router.post("/{post}/confirm", responses=CHANGES)
def confirm(
    post: given.PostId, of: given.OfPost, desk: At, if_match: given.IfMatch = None
) -> Whole:
    """The author's yes: send it at the next free time, though that is later than was asked."""
    return desk.does(_name(post, of.account), if_match, schedule.confirm)


@router.post("/{post}/pause", responses=CHANGES)
def pause(
    post: given.PostId, why: given.Because, desk: At, if_match: given.IfMatch = None
) -> Whole:
    """Keep it back until somebody unpauses it."""
    return desk.does(_name(post, why.account), if_match, schedule.pause, why.reason)


@router.post("/{post}/unpause", responses=CHANGES)
def unpause(
    post: given.PostId, of: given.OfPost, desk: At, if_match: given.IfMatch = None
) -> Whole:
    """Let it go out again when its time comes."""
    return desk.does(_name(post, of.account), if_match, schedule.unpause)


@router.post("/{post}/cancel", responses=CHANGES)
def cancel(
    post: given.PostId, why: given.Because, desk: At, if_match: given.IfMatch = None
) -> Whole:
    """It will not go out. What is public already stays, and is said: that takes retract."""
    name = _name(post, why.account)
    with desk.writing(name, if_match) as tx:
        schedule.cancel(tx, name, why=why.reason)
        left = posts.stays_public(tx, name)
    if left:
        states = [
            part("compose.state_there", account=account, state=word("state", state))
            for account, state in left.items()
        ]
        retract = Do("retract", {"post": name})
        problem = PartlyDone("compose.stays_public", retract, states=every(states))
        raise _beside(desk, name, problem)
    return desk.did(name)


@router.post("/{post}/continue", responses=CHANGES)
def go_on(post: given.PostId, of: given.OfPost, desk: At, if_match: given.IfMatch = None) -> Whole:
    """Send the rest of a thread that stopped between its posts. It is approved anew."""
    return desk.does(_name(post, of.account), if_match, threads.go_on)


@router.post("/{post}/retract", responses=CHANGES)
def retract(
    post: given.PostId, why: given.Because, desk: At, if_match: given.IfMatch = None
) -> Whole:
    """Take it down everywhere it is (or may be) public, at any hour; what waits is cancelled."""
    return desk.does(_name(post, why.account), if_match, takedown.retract, why.reason)


@router.post("/{post}/resolve", responses=CHANGES)
def settle(
    post: given.PostId, said: given.Outcome, desk: At, if_match: given.IfMatch = None
) -> Whole:
    """Say what could not be found out: is it public or not? You have looked at the account."""
    name = _name(post, said.account)
    with desk.writing(name, if_match) as tx:
        resolve.resolve(
            tx,
            name,
            url=said.published,
            not_published=said.not_published,
            done=said.done,
            why=said.reason,
        )
    return desk.did(name)


@router.post("/{post}/overwrite", responses=CHANGES)
def go_over(
    post: given.PostId, why: given.Because, desk: At, if_match: given.IfMatch = None
) -> Whole:
    """Let an edit that stopped go over what somebody changed on the network."""
    return desk.does(_name(post, why.account), if_match, overwrite.overwrite, why.reason)


@router.post("/{post}/approve", responses=documented(207, 404, 409))
def approve(post: given.PostId, yes: given.Seen, desk: At) -> Whole:
    """A second person's yes to exactly what they saw."""
    return desk.does(_name(post, yes.account), None, review.approve, yes.seen)


@router.post("/{post}/return", responses=CHANGES)
def send_back(
    post: given.PostId, why: given.Because, desk: At, if_match: given.IfMatch = None
) -> Whole:
    """Back to its author with a reason; it waits for a new revision."""
    return desk.does(_name(post, why.account), if_match, review.send_back, why.reason)


@router.post("/{post}/ask", responses=CHANGES)
def ask(post: given.PostId, of: given.AskedFor, desk: At, if_match: given.IfMatch = None) -> Whole:
    """Ask for an out-of-hours permission for a post that is written already."""
    return desk.does(
        _name(post, of.account), if_match, exceptions.request, of.kind, of.category, of.reason
    )


def _name(post: str, account: str) -> str:
    return f"{post}/{account}" if account else post
