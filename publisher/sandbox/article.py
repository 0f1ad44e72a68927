"""One post as HTML: escaped, its addresses linked, its images with their alternative text."""

import re
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import quote

from publisher.sandbox.ids import PREFIXES
from publisher.sandbox.wire import iso
from publisher.sandbox.world import Post, World

MARKS = {"removed": "removed", "held": "held by moderators", "rejected": "rejected by moderators"}
_URL = re.compile(r"https?://[^\s<>\"'）」』]+[^\s<>\"'.,;:!?、。）」』)]")
_BOUNDED = re.compile(r"<(https?://[^<>\s]+)>")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_UPLOAD = re.compile(r"!\[([^\[\]|]*)(?:\|[^\[\]]*)?\]\(([^()\s]+)\)")


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
        return unmarked(_UPLOAD.sub("", post.text)).strip()
    return post.text


def unmarked(raw: str) -> str:
    """A board's text without the escapes, bounds and comments that its readers do not see."""
    words = _ESCAPE.sub(r"\1", _BOUNDED.sub(r"\1", raw.replace("<!-- -->", "")))
    return unescape(words)


def heading_of(post: Post) -> str:
    """A post's title as its readers see it; a blog's is markup."""
    return unescape(post.title) if post.network == "wordpress" else post.title


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
    if post.network == "wordpress":
        return f"/blog/?p={bare}"
    return f"{PREFIXES[post.network]}/status/{bare}"


def _alt_of(post: Post, number: str, alt: str) -> str:
    """The text beside an image: on the board it stands in the post, not in the upload."""
    for hit in _UPLOAD.finditer(post.text) if post.network == "discourse" else ():
        if hit[2].rpartition("/")[2].partition(".")[0] == number:
            return hit[1]
    return alt


def _pictures(world: World, post: Post) -> str:
    shown = ""
    for number in post.media:
        medium = world.media.get((post.network, number))
        if medium is None:
            continue
        alt = escape(_alt_of(post, number, medium.alt))
        caption = f"<b>ALT</b>{alt}" if alt else "No alternative text"
        source = f"/media/{post.network}/{quote(number)}"
        shown += (
            f'<figure><img src="{source}" alt="{alt}"><figcaption>{caption}</figcaption></figure>'
        )
    return f'<div class="pictures">{shown}</div>' if shown else ""


def article(world: World, post: Post, *, heading: str = "h2") -> str:
    gone = post.state in ("removed", "rejected")
    title = f"<{heading}>{escape(heading_of(post))}</{heading}>" if post.title else ""
    link = str(post.extra.get("link", ""))
    card = f'<p class="card-link">{_linked(link)}</p>' if link else ""
    when = f'<time datetime="{iso(post.created)}">{clock(post.created)}</time>'
    return (
        f'<article class="{post.network}{" gone" if gone else ""}"><header>'
        f'<div class="face" aria-hidden="true">{escape(_initial(post.account))}</div>'
        f'<div class="who"><strong>{escape(post.account)}</strong>'
        f'<a href="{escape(permalink(post))}">{when}</a>'
        f'</div><div class="marks">{marked(post)}</div></header>{title}'
        f'<p class="text">{_linked(readable(post))}</p>{card}{_pictures(world, post)}</article>'
    )


def marked(post: Post) -> str:
    marks = [(post.state, MARKS[post.state])] if post.state in MARKS else []
    if post.edits:
        marks.append(("edited", "edited" if post.edits == 1 else f"edited {post.edits} times"))
    return "".join(f'<span class="mark {kind}">{words}</span>' for kind, words in marks)


def _initial(account: str) -> str:
    return account.removeprefix("sandbox-")[:1]


def clock(at: float) -> str:
    return iso(at, "%-d %b %Y, %H:%M:%S UTC")
