"""A delivery's own post on a WordPress blog, draft or published: found again, or made.

By the number that was noted, else by its slug, in every status and in the trash, else by the key
at the end of the slug among the newest posts: notes may be lost with a restored database, and the
words before the key may have been others then.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from publisher.clock import from_rfc3339
from publisher.networks import Intent, Outcome, Refused, Unknown
from publisher.networks.text.longform import key_name
from publisher.networks.wire.fields import number_at, text_at
from publisher.networks.wire.http import Answer, Result, fields, quote
from publisher.networks.wire.reasons import because
from publisher.networks.wire.uploads import harmless
from publisher.networks.wordpress import blogpost
from publisher.networks.wordpress.api import Api, objects
from publisher.networks.wordpress.blocks import literal
from publisher.networks.wordpress.blogpost import is_gone, own_error
from publisher.networks.wordpress.slug import TRASHED, is_of, slug_of

MOST_PAGES = 10
BACK = timedelta(days=1)  # a draft may have been made that long before this try
EVERYWHERE = "any,trash"  # for WordPress "any" leaves out the trash
Post = Mapping[str, Any]


def look(blog: Api, intent: Intent) -> Sequence[Post] | Outcome:
    """The post that this intent is about, as its author sees it; [] when there is none."""
    number = intent.target or intent.notes.get("post_id")
    return _by_number(blog, intent, number) if number else _by_slug(blog, intent)


def draft(blog: Api, intent: Intent) -> Mapping[str, Any] | Outcome:
    """Number and slug of the delivery's draft, found again or made."""
    posts = look(blog, intent)
    if isinstance(posts, Outcome):
        return harmless(posts)
    if not posts and "post_id" in intent.notes:
        return Refused(because("draft_deleted"))
    return _noted(intent, posts[0]) if posts else _new(blog, intent)


def _noted(intent: Intent, post: Post) -> Mapping[str, Any] | Outcome:
    number = blogpost.usable(intent, post)
    return number if isinstance(number, Outcome) else {"post_id": number, "slug": post.get("slug")}


def _by_number(blog: Api, intent: Intent, number: object) -> Sequence[Post] | Outcome:
    result = blog.read(intent, f"/posts/{number}")
    if isinstance(result, Answer) and is_gone(result):
        return []
    post = fields(result)
    about = "status" in post and number_at(post, "id") and str(post["id"]) == str(number)
    return [post] if about else blog.judge(result)


def _by_slug(blog: Api, intent: Intent) -> Sequence[Post] | Outcome:
    slug = slug_of(intent)
    result = blog.read(intent, "/posts", slug=f"{slug},{slug}{TRASHED}", status=EVERYWHERE)
    posts = _named(result)
    if posts is None:
        return blog.judge(result)
    ours = [post for post in posts if is_of(intent, text_at(post, "slug"))]
    return ours or _by_key(blog, intent)


def _by_key(blog: Api, intent: Intent) -> Sequence[Post] | Outcome:
    """Among the newest posts, back to a day before this try."""
    for page in range(1, MOST_PAGES + 1):
        result = blog.read(
            intent,
            "/posts",
            status=EVERYWHERE,
            orderby="id",
            order="desc",
            per_page="100",
            page=str(page),
            _fields="id,slug,date_gmt",
        )
        posts = _named(result)
        if posts is None:
            return [] if page > 1 and _is_beyond(result) else blog.judge(result)
        for post in posts:
            if is_of(intent, text_at(post, "slug")):
                return _by_number(blog, intent, post.get("id"))
        if not posts or _reaches_back(intent, posts) or page >= _pages(result):
            return []
    return Unknown(because("list_short"))


def _named(result: Result) -> list[Post] | None:
    """The posts of a listing, each with its address; None when it cannot be relied on."""
    posts = objects(result)
    whole = posts is not None and all(isinstance(post.get("slug"), str) for post in posts)
    return posts if whole else None


def _pages(result: Result) -> float:
    """How many pages there are; without end where something between us and the blog took that away."""
    said = result.headers.get("X-WP-TotalPages", "") if isinstance(result, Answer) else ""
    return int(said) if said.isdecimal() and len(said) < 7 else math.inf


def _is_beyond(result: Result) -> bool:
    """Does WordPress say that there is no such page of the listing?"""
    code = text_at(result.fields(), "code") if isinstance(result, Answer) else ""
    return (
        isinstance(result, Answer) and own_error(result) and code == "rest_post_invalid_page_number"
    )


def _reaches_back(intent: Intent, posts: Sequence[Post]) -> bool:
    try:
        return from_rfc3339(text_at(posts[-1], "date_gmt") + "Z") < intent.started_at - BACK
    except (IndexError, ValueError):
        return False


def _new(blog: Api, intent: Intent) -> Mapping[str, Any] | Outcome:
    slug, title = slug_of(intent), literal(intent.rendered.title)
    body = {"title": title or slug, "slug": slug, "status": "draft"}
    result = blog.write(intent, "POST", "/posts", json=body)
    made = fields(result, 201)
    if not made:
        return harmless(blog.judge(result))
    if not number_at(made, "id"):
        return harmless(Unknown(because("odd_id")))
    if is_of(intent, text_at(made, "slug")):
        return {"post_id": made["id"], "slug": made["slug"]}
    posts = _by_slug(blog, intent)  # taken meanwhile: by a request of ours that came late?
    if isinstance(posts, Outcome):
        return harmless(posts)
    if posts:
        _drop(blog, intent, made)
        return _noted(intent, posts[0])
    return _with_key_only(blog, intent, made)


def _with_key_only(blog: Api, intent: Intent, made: Post) -> Mapping[str, Any] | Outcome:
    """Some blogs replace an address in Japanese by a number; none has a reason to touch the key."""
    key = key_name(intent.delivery)
    again = fields(blog.write(intent, "POST", f"/posts/{made['id']}", json={"slug": key}))
    if is_of(intent, text_at(again, "slug")):
        return {"post_id": made["id"], "slug": again["slug"]}
    _drop(blog, intent, made)
    address = quote(text_at(made, "slug"), ())[:60]
    return Refused(because("other_draft_address", address=address))


def _drop(blog: Api, intent: Intent, made: Post) -> None:
    """A draft that turned out to be one too many; what fails here is invisible."""
    if made.get("status") == "draft":
        blog.write(intent, "DELETE", f"/posts/{made['id']}", params={"force": "true"})
