"""Writing: one text, where to, and beside it what would be sent and what stands in its way."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from publisher.errors import Problem
from publisher.read import permissions, register
from publisher.read.check import Check
from publisher.read.whole import Whole, whole
from publisher.service import given
from publisher.service.desk import At, Desk
from publisher.service.pages.forms import Fields, filled, one, then
from publisher.service.pages.look import page
from publisher.service.routes import posts as api

router = APIRouter()

Said = Mapping[str, Any]


@router.get("/write")
def blank(desk: At) -> Response:
    """An empty sheet. Its key makes one post of it, however often it is sent."""
    return _sheet(desk, {"key": secrets.token_urlsafe(16), "at": "now"})


@router.post("/write")
def write(fields: Fields, desk: At) -> Response:
    """Look at what was written (`do` is `check`), keep it as a draft, or hand it in."""
    said, do = _typed(fields), one(fields, "do")
    try:
        if do == "check":
            new = filled(given.PostWords, fields, desk.lang, **_where(said))
            return _sheet(desk, said, check=api.check(new, desk))
        made = _made(desk, fields, said, draft=do == "draft")
    except Problem as problem:
        if kept := (problem.done or {}).get("id"):  # what the policy blocks is a draft by now
            return then(f"/posts/{kept}?done=kept")
        return _sheet(desk, said, problem=problem)
    return then(f"/posts/{made.id}?done={'kept' if do == 'draft' else 'submit'}")


def _made(desk: Desk, fields: Fields, said: Said, *, draft: bool) -> Whole:
    """A post; an urgent notice where a category is chosen, which is asked for together."""
    where, key = _where(said), said["key"] or None
    if said["category"] and not draft:
        return api.notice(filled(given.NewNotice, fields, desk.lang, **where), desk, key)
    return api.write(filled(given.NewPost, fields, desk.lang, **where, draft=draft), desk, key)


def _where(said: Said) -> Said:
    """What a form says otherwise than an operation: several accounts, and no time for at once."""
    return {"accounts": said["accounts"], "at": said["at"]}


@router.get("/posts/{post}/edit")
def again(post: given.PostId, desk: At) -> Response:
    """The words of a post, to be changed."""
    with desk.reading() as tx:
        found = whole(tx, post, desk.lang)
    return _sheet(desk, _of(found), post=found)


@router.post("/posts/{post}/edit")
def edit(post: given.PostId, fields: Fields, desk: At) -> Response:
    """Other words, as they were typed."""
    said = _typed(fields)
    try:
        change = filled(given.Edit, fields, desk.lang)
        api.edit(post, change, desk, one(fields, "etag") or None)
    except Problem as problem:
        with desk.reading() as tx:
            found = whole(tx, post, desk.lang)
        return _sheet(desk, said, post=found, problem=problem)
    return then(f"/posts/{post}?done=edit")


def _typed(fields: Mapping[str, Sequence[str]]) -> Said:
    """As it stands in the sheet."""
    words = ("text", "title", "link", "at", "key", "etag", "category", "reason")
    said: dict[str, Any] = {name: one(fields, name) for name in words}
    return {
        **said,
        "at": said["at"].strip() or "now",
        "accounts": list(fields.get("accounts", [])),
        "thread": bool(one(fields, "thread")),
    }


def _of(post: Whole) -> Said:
    return {
        "text": post.text,
        "title": post.title,
        "link": post.link,
        "accounts": list(post.accounts),
        "at": "",
        "etag": post.etag,
    }


def _sheet(
    desk: Desk,
    said: Said,
    *,
    post: Whole | None = None,
    check: Check | None = None,
    problem: Problem | None = None,
) -> Response:
    with desk.reading() as tx:
        accounts = [one for one in register.accounts(tx, desk.lang) if one.active]
        return page(
            desk,
            tx,
            "write.html",
            said={**_typed({}), **said},
            categories=permissions.categories(tx),
            accounts=accounts,
            post=post,
            check=check,
            problem=problem,
            field=problem.field if problem else "",
        )
