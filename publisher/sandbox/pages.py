"""What each stand-in network shows its readers. Everything is escaped; there are no scripts."""

import re
from collections import Counter
from html import escape
from importlib.resources import files
from urllib.parse import quote

from publisher.sandbox import x_pin
from publisher.sandbox.article import MARKS, article, clock, heading_of, marked, readable
from publisher.sandbox.conversations import conversations, following
from publisher.sandbox.ids import NETWORKS
from publisher.sandbox.wire import Answer, Request, page
from publisher.sandbox.world import Post, World

_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_SHOWN_STATES = ("public", "removed", "held", "rejected")
_PAGE_SIZE = 50


def _whole(title: str, body: str, *, here: str = "", column: bool = True) -> Answer:
    links = "".join(
        f'<a href="/timeline/{name}"{" aria-current=page" if name == here else ""}>{place.title}</a>'
        for name, place in NETWORKS.items()
    )
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/style.css">'
        '<link rel="icon" href="/favicon.svg"></head><body>'
        '<a class="skip" href="#main">Skip to content</a><header class="top"><div>'
        '<a class="brand" href="/">Publisher <span>sandbox</span></a>'
        f'<nav aria-label="Networks">{links}</nav></div></header>'
        f'<main id="main"{" class=column" if column else ""}>{body}'
        "<footer>Stand-in networks on this machine. Nothing here is public.</footer>"
        "</main></body></html>"
    )
    answer = page(html)
    safe = {
        "Content-Security-Policy": _CSP,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Answer(answer.status, answer.body, {**answer.headers, **safe})


def _posts(world: World, network: str, account: str = "") -> list[Post]:
    """What a timeline shows, newest first."""
    names = [account] if account else [name for at, name in world.accounts if at == network]
    posts = [post for name in names for post in world.timeline(network, name)]
    shown = [post for post in posts if post.state in _SHOWN_STATES]
    return sorted(shown, key=lambda post: post.created, reverse=True)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _counted(posts: list[Post]) -> str:
    """How many are public, and how many are not for which reason."""
    states = Counter(post.state for post in posts)
    rest = [f"{states[state]:,} {state}" for state in MARKS if states[state]]
    return ", ".join([_count(states["public"], "post"), *rest])


def _accounts(world: World, network: str, here: str = "") -> str:
    names = sorted(name for at, name in world.accounts if at == network)
    shown = "".join(
        f'<li><a href="/timeline/{network}?account={quote(name)}"'
        f"{' aria-current=page' if name == here else ''}>{escape(name)}</a></li>"
        for name in names[:12]
    )
    rest = f"<li><span>and {len(names) - 12:,} more</span></li>" if len(names) > 12 else ""
    return shown + rest


def _network_card(world: World, network: str) -> str:
    posts = _posts(world, network)
    place = NETWORKS[network]
    latest = '<p class="none">Nothing published yet.</p>'
    if posts:
        newest = conversations(posts)[0][0]
        title = f"<b>{escape(heading_of(newest))}</b>" if newest.title else ""
        said = escape(re.sub(r"\n+", "\n", readable(newest))[:280])
        latest = (
            f'<p class="latest">{title}{said}</p>'
            f'<p class="when">{clock(newest.created)}{marked(newest)}</p>'
        )
    accounts = _accounts(world, network)
    return (
        f'<li class="network {network}"><h2><a href="/timeline/{network}">{place.title}</a>'
        f"<small>{place.kind} · {_counted(posts)}</small></h2>{latest}"
        f'<ul class="accounts">{accounts}</ul></li>'
    )


def _index(world: World) -> Answer:
    cards = "".join(_network_card(world, network) for network in NETWORKS)
    body = (
        "<h1>What the networks show</h1>"
        '<p class="lead">These stand-ins speak the real protocols on this machine. What Publisher '
        "sends to a sandbox account appears here as its readers would see it.</p>"
        f'<ul class="grid">{cards}</ul>'
    )
    return _whole("Publisher sandbox", body, column=False)


def _timeline(world: World, request: Request, network: str) -> Answer:
    account = request.params.get("account", "")
    skipped = request.params.get("skip", "")
    skip = int(skipped) if skipped.isdecimal() else 0
    posts = _posts(world, network, account)
    place = NETWORKS[network]
    whole = conversations(posts)
    shown = "".join(_conversation(world, each) for each in whole[skip : skip + _PAGE_SIZE])
    if not shown:
        shown = '<p class="empty">Nothing here yet. What is published appears on this page.</p>'
    if skip + _PAGE_SIZE < len(whole):
        where = f"/timeline/{network}?account={quote(account)}&amp;skip={skip + _PAGE_SIZE}"
        shown += f'<p class="older"><a href="{where}">Older posts</a></p>'
    accounts = _accounts(world, network, account)
    current = "" if account else " aria-current=page"
    every = f'<li><a href="/timeline/{network}"{current}>everyone</a></li>'
    chips = f'<ul class="accounts filter">{every}{accounts}</ul>' if accounts else ""
    whose = f" · {escape(account)}" if account else ""
    lead = f'<p class="lead">{place.kind} · {_counted(posts)} · newest first</p>'
    body = f"<h1>{place.title}{whose}</h1>{lead}{chips}{shown}"
    return _whole(f"{place.title} timeline", body, here=network)


def _conversation(world: World, posts: list[Post], *, heading: str = "h2") -> str:
    """A post, and below it what answers it."""
    first, *answers = posts
    below = "".join(f"<li>{article(world, each)}</li>" for each in answers)
    below = f'<ol class="answers" aria-label="Replies">{below}</ol>' if below else ""
    return article(world, first, heading=heading) + below


def _one(world: World, network: str, number: str) -> Answer | None:
    found = world.posts.get((network, number))
    if found is None and network in ("facebook", "discourse"):
        every = [post for (at, _), post in world.posts.items() if at == network]
        found = next(
            (
                each
                for each in every
                if number in (each.id.rpartition("_")[2], each.extra.get("topic"))
            ),
            None,
        )
    if found is None or found.state not in _SHOWN_STATES:
        return None
    body = _conversation(world, following(found, _posts(world, network)), heading="h1")
    back = f'<p><a href="/timeline/{network}">All of {NETWORKS[network].title}</a></p>'
    return _whole(f"{found.account} on {NETWORKS[network].title}", body + back, here=network)


def _medium(world: World, path: str) -> Answer | None:
    network, _, number = path.removeprefix("/media/").partition("/")
    medium = world.media.get((network, number))
    if medium is None:
        return None
    headers = {"Content-Type": medium.mime, "X-Content-Type-Options": "nosniff"}
    return Answer(200, medium.data, headers)


_STATIC = {"/style.css": "text/css; charset=utf-8", "/favicon.svg": "image/svg+xml"}


def pages(world: World, request: Request) -> Answer | None:
    """The page at a path, or None when there is none."""
    path = request.path
    if request.method not in ("GET", "HEAD"):
        return None
    if path in _STATIC:
        file = files("publisher.sandbox").joinpath(path[1:])
        return page(file.read_text(encoding="utf-8"), kind=_STATIC[path])
    if path.startswith("/media/"):
        return _medium(world, path)
    if path == "/":
        return _index(world)
    if path.startswith("/timeline/") and (name := path.removeprefix("/timeline/")) in NETWORKS:
        return _timeline(world, request, name)
    return _permanent(world, request)


def _permanent(world: World, request: Request) -> Answer | None:
    if request.path == "/x/oauth/authorize" and (asking := x_pin.page(world, request)):
        return _whole("Authorize app", asking)
    if request.path.rstrip("/") == "/blog" and "p" in request.params:
        return _one(world, "wordpress", request.params["p"])
    for network, place in NETWORKS.items():
        if hit := place.page.fullmatch(request.path):
            return _one(world, network, hit[1])
    return None
