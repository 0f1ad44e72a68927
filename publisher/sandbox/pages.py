"""What each stand-in network shows its readers. Everything is escaped; there are no scripts."""

import re
from html import escape
from html.parser import HTMLParser
from importlib.resources import files
from urllib.parse import quote

from publisher.sandbox.ids import NETWORKS
from publisher.sandbox.wire import Answer, Request, iso, page
from publisher.sandbox.world import Post, World

TITLES = {
    "x": ("X", "short posts"),
    "facebook": ("Facebook", "page"),
    "wordpress": ("Blog", "WordPress"),
    "discourse": ("Board", "Discourse"),
}
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_SHOWN_STATES = ("public", "removed", "held", "rejected")
_MARKS = {"removed": "removed", "held": "held by moderators", "rejected": "rejected by moderators"}
_PAGE_SIZE = 50
_URL = re.compile(r"https?://[^\s<>\"'）」』]+[^\s<>\"'.,;:!?、。）」』)]")
_UPLOAD = re.compile(r"!\[([^\]|]*)[^\]]*\]\(([^)\s]*?)/?(\w+)(?:\.\w+)?\)")
_PERMALINKS = (
    ("x", re.compile(r"/x/(?:.*/)?status/(\w+)/?")),
    ("facebook", re.compile(r"/facebook/(?:status|[^/]+/posts)/(\w+)/?")),
    ("wordpress", re.compile(r"/blog/status/(\w+)/?")),
    ("discourse", re.compile(r"/board/(?:status|t/[^/]+|t)/(\d+)(?:/(\d+))?/?")),
)


class _Text(HTMLParser):
    """The words of markup, with line breaks where it breaks."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.words += {"br": "\n", "li": "\n・"}.get(tag, "")

    def handle_endtag(self, tag: str) -> None:
        self.words += "\n\n" if tag in ("p", "div", "h2", "h3", "ul", "blockquote") else ""

    def handle_data(self, data: str) -> None:
        self.words += data


def readable(post: Post) -> str:
    """A post's words as its readers see them: no markup of the network's own."""
    if post.network == "wordpress":
        parser = _Text()
        parser.feed(post.text)
        parser.close()
        return re.sub(r"\n{3,}", "\n\n", parser.words).strip()
    if post.network == "discourse":
        return _UPLOAD.sub("", post.text).strip()
    return post.text


def _linked(text: str) -> str:
    """Escaped text whose web addresses are links."""
    done, at = "", 0
    for hit in _URL.finditer(text):
        url = escape(hit[0])
        done += escape(text[at : hit.start()])
        done += f'<a href="{url}" rel="nofollow noreferrer">{url}</a>'
        at = hit.end()
    return done + escape(text[at:])


def permalink(post: Post) -> str:
    """The path of the page that shows one post."""
    bare = quote(post.id.rpartition("_")[2])
    if post.network == "x":
        return f"/x/{quote(post.account)}/status/{bare}"
    if post.network == "facebook":
        return f"/facebook/{quote(post.id.partition('_')[0])}/posts/{bare}"
    return f"/blog/?p={bare}" if post.network == "wordpress" else f"/board/status/{bare}"


def _alt_of(post: Post, number: str, alt: str) -> str:
    """The text beside an image: on the board it stands in the post, not in the upload."""
    for hit in _UPLOAD.finditer(post.text) if post.network == "discourse" else ():
        if hit[3] == number:
            return hit[1]
    return alt


def _pictures(world: World, post: Post) -> str:
    shown = ""
    for number in post.media:
        medium = world.media.get((post.network, number))
        if medium is None:
            continue
        alt = escape(_alt_of(post, number, medium.alt))
        caption = f"<b>ALT</b>{alt}" if alt else "<b>ALT</b>none"
        source = f"/media/{post.network}/{quote(number)}"
        shown += (
            f'<figure><img src="{source}" alt="{alt}"><figcaption>{caption}</figcaption></figure>'
        )
    return f'<div class="pictures">{shown}</div>' if shown else ""


def _article(world: World, post: Post, *, heading: str = "h2") -> str:
    gone = post.state in ("removed", "rejected")
    marks = [(post.state, _MARKS[post.state])] if post.state in _MARKS else []
    if post.edits:
        marks.append(("edited", "edited" if post.edits == 1 else f"edited {post.edits} times"))
    marked = "".join(f'<span class="mark {kind}">{words}</span>' for kind, words in marks)
    title = f"<{heading}>{escape(post.title)}</{heading}>" if post.title else ""
    link = str(post.extra.get("link", ""))
    card = f'<p class="card-link">{_linked(link)}</p>' if link else ""
    when = f'<time datetime="{iso(post.created)}">{_clock(post.created)}</time>'
    return (
        f'<article class="{post.network}{" gone" if gone else ""}"><header>'
        f'<div class="face" aria-hidden="true">{escape(_initial(post.account))}</div>'
        f'<div class="who"><strong>{escape(post.account)}</strong>'
        f'<a href="{escape(permalink(post))}">{when}</a>'
        f'</div><div class="marks">{marked}</div></header>{title}'
        f'<p class="text">{_linked(readable(post))}</p>{card}{_pictures(world, post)}</article>'
    )


def _initial(account: str) -> str:
    return account.removeprefix("sandbox-")[:1]


def _clock(at: float) -> str:
    return iso(at, "%-d %B %Y, %H:%M:%S UTC")


def _whole(title: str, body: str, *, here: str = "", column: bool = True) -> Answer:
    links = "".join(
        f'<a href="/timeline/{name}"{" aria-current=page" if name == here else ""}>{words}</a>'
        for name, (words, _) in TITLES.items()
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
    words, kind = TITLES[network]
    live = sum(post.state == "public" for post in posts)
    latest = '<p class="none">Nothing published yet.</p>'
    if posts:
        newest = posts[0]
        said = escape((newest.title or readable(newest))[:280])
        latest = f'<p class="latest">{said}</p><p class="when">{_clock(newest.created)}</p>'
    accounts = _accounts(world, network)
    return (
        f'<li class="network {network}"><h2><a href="/timeline/{network}">{words}</a>'
        f"<small>{kind} · {_count(live, 'post')}</small></h2>{latest}"
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
    words, kind = TITLES[network]
    shown = "".join(_article(world, post) for post in posts[skip : skip + _PAGE_SIZE])
    if not shown:
        shown = '<p class="empty">Nothing here yet. What is published appears on this page.</p>'
    if skip + _PAGE_SIZE < len(posts):
        where = f"/timeline/{network}?account={quote(account)}&amp;skip={skip + _PAGE_SIZE}"
        shown += f'<p class="older"><a href="{where}">Older posts</a></p>'
    accounts = _accounts(world, network, account)
    current = "" if account else " aria-current=page"
    every = f'<li><a href="/timeline/{network}"{current}>everyone</a></li>'
    chips = f'<ul class="accounts filter">{every}{accounts}</ul>' if accounts else ""
    whose = f" · {escape(account)}" if account else ""
    lead = f'<p class="lead">{kind} · {_count(len(posts), "post")}, newest first</p>'
    return _whole(f"{words} timeline", f"<h1>{words}{whose}</h1>{lead}{chips}{shown}", here=network)


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
    body = _article(world, found, heading="h1")
    back = f'<p><a href="/timeline/{network}">All of {TITLES[network][0]}</a></p>'
    return _whole(f"{found.account} on {TITLES[network][0]}", body + back, here=network)


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
    if request.path.rstrip("/") == "/blog" and "p" in request.params:
        return _one(world, "wordpress", request.params["p"])
    for network, pattern in _PERMALINKS:
        if hit := pattern.fullmatch(request.path):
            return _one(world, network, hit[1])
    return None
