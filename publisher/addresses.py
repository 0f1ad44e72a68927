"""Web addresses by their parts: which host they really lead to, and whether two are the same.

A host is compared in IDNA and lower case, because networks hand addresses back in either form.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from urllib.parse import quote, urlsplit

_NAME = (
    r"(?:[\w-]+\.)+(?:xn--[a-z0-9-]+|[a-z]{2,63})(?![a-z0-9_-])(?:\.(?=[/?#:]))?"
    r"|[a-z0-9.-]+|\[[0-9a-f:.]+\]"
)
# An address in running text: it ends before Japanese, which may follow it without a blank.
_IN_TEXT = re.compile(
    rf"https?://(?:{_NAME})(?::\d+)?(?:[/?#][!#-;=?-\[\]^_a-z{{|}}~]*)?", re.IGNORECASE
)
_PLAIN_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII)
_UNSEEN_IN_ADDRESSES = re.compile(r"[\s\x00-\x1f\x7f\\]")
_AFTER = ".,;:!?'*"  # punctuation behind an address in a sentence
_PAIRS = {")": "(", "]": "[", "}": "{"}
_LEADS_ON = frozenset("@/\\%?#&=-_~+$")
_MAY_LEAD_ON = frozenset(".:")
# A Japanese full stop is a dot to browsers, where what follows it can be the rest of a host.
_FULL_STOP = re.compile(r"[。｡][\w.。｡-]+")
# What no network takes into an address, wherever it stands there.
_BEYOND = re.compile(r"[^!#-;=?-\[\]_a-z~]")
_PATH_END = re.compile(r"[^A-Za-z0-9+=_#/)-]\Z", re.ASCII)  # what X leaves out there
_QUERY_END = re.compile(r"[^A-Za-z0-9=_#/&-]\Z", re.ASCII)
_BRACKETS = re.compile(r"[()]")
_NAMED = re.compile(
    r"[^()?#]*[A-Za-z0-9_]\([A-Za-z0-9_-]+\)", re.ASCII
)  # as in Wikipedia: `Fair_(event)`
_OPENED = dict(zip("）」』】〉》〕］｝", "（「『【〈《〔［｛", strict=True))
_AS_IT_IS = "".join(map(chr, range(0x21, 0x7F)))
_WELL_KNOWN = {"http": 80, "https": 443}


@lru_cache(maxsize=1024)
def idna(host: str) -> str:
    """A host in IDNA and lower case, without a final dot; "" when it can be none."""
    lower = host.lower().removesuffix(".")
    if _PLAIN_HOST.fullmatch(lower):
        return lower
    import idna as library  # noqa: PLC0415  # its tables cost 10 ms, and few hosts need them

    with suppress(UnicodeError):
        return library.encode(lower, uts46=True).decode().lower().removesuffix(".")
    return ""


def host(url: str) -> str:
    """The host that an address leads to, in IDNA; "" where that is not plain to see.

    Not plain: anything but http and https, a user name before the host, a backslash, blanks, or a
    port of its own.
    """
    if _UNSEEN_IN_ADDRESSES.search(url):
        return ""
    try:
        parts = urlsplit(url)
        usual = parts.port in (None, _WELL_KNOWN.get(parts.scheme))
    except ValueError:
        return ""
    if parts.scheme not in _WELL_KNOWN or "@" in parts.netloc or not usual:
        return ""
    return idna(parts.hostname or "")


def belongs(name: str, domain: str) -> bool:
    """Whether a host (in IDNA) is this domain or one beneath it."""
    registered = idna(domain)
    return bool(name and registered) and (name == registered or name.endswith(f".{registered}"))


def canonical(url: str) -> str:
    """One form for addresses that lead to the same place: host in IDNA, no final slashes.

    What cannot be parsed stays as it is.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    name = idna(parts.hostname or "")
    if parts.scheme not in _WELL_KNOWN or not name:
        return url
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    at = f":{port}" if port not in (None, _WELL_KNOWN[parts.scheme]) else ""
    rest = "".join(
        mark + _escaped(part)
        for mark, part in (("", parts.path or "/"), ("?", parts.query), ("#", parts.fragment))
        if part
    )
    bare = rest if parts.query or parts.fragment else rest.rstrip("/")
    return f"{parts.scheme}://{user}{name}{at}{bare}"


def lasting(url: str) -> str:
    """The address as every network takes it for one, to its very end; its host stays as it is.

    X ends a link before Japanese, signs such as { and ^, and a # without a path; boards do, too.
    """
    begin = url.index("//") + 2 + len(urlsplit(url).netloc)
    rest = _BEYOND.sub(_coded, url[begin:])
    if rest.startswith(("?", "#")):
        rest = f"/{rest}"
    if not _NAMED.fullmatch(rest):
        rest = _BRACKETS.sub(_coded, rest)
    path, mark, query = rest.partition("?")
    path = _PATH_END.sub(_coded, path)
    query = _QUERY_END.sub(lambda end: "%20" if end[0] == "+" else _coded(end), query)
    return url[:begin] + path + mark + query


def percent(sign: str) -> str:
    """A character percent-encoded, also one that need not be."""
    return "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "surrogatepass"))


def sign_behind(url: str) -> str:
    """The punctuation that an address ends with, and that no network takes into it; "" if none."""
    last = url[-1:]
    behind = last.isascii() and (last in _AFTER or _without_punctuation(url) != url)
    japanese = not last.isascii() and unicodedata.category(last)[0] in "PSZ"
    return last if last and (behind or (japanese and not _closes(url))) else ""


def in_text(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand in a text: (start, end), without the punctuation behind them."""
    for found in _IN_TEXT.finditer(text):
        yield found.start(), found.start() + len(_without_punctuation(found[0]))


def plain_in_text(text: str) -> Iterator[str]:
    """The addresses of a text of which it is plain where they end: no trick behind the host."""
    for found in _IN_TEXT.finditer(text):
        behind = unicodedata.normalize("NFKC", text[found.end() : found.end() + 2])
        tricky = behind[:1] in _MAY_LEAD_ON and not behind[1:2].isspace() and len(behind) > 1
        if not tricky and behind[:1] not in _LEADS_ON and not _host_goes_on(text, found):
            yield _without_punctuation(found[0])


def _host_goes_on(text: str, found: re.Match[str]) -> bool:
    """Behind a host without path: a full stop, and later a label that could end a host."""
    run = _FULL_STOP.match(text, found.end())
    if run is None or re.search("[/?#]", found[0].partition("://")[2]):
        return False
    last = re.split("[.。｡]", run[0].rstrip(".。｡"))[-1]
    return last.isascii() and not last.isdigit()


def names(text: str, link: str) -> bool:
    """Whether the whole link stands in the text, and not only the beginning of a longer one."""
    wanted = canonical(link)
    if any(canonical(text[start:end]) == wanted for start, end in in_text(text)):
        return True
    if link.isascii():
        return False
    at = text.find(link)
    while at >= 0:  # Japanese in the link itself: it ends where no word goes on
        behind = text[at + len(link) : at + len(link) + 1]
        if not behind.isalnum() and behind not in _LEADS_ON:
            return True
        at = text.find(link, at + 1)
    return False


def _without_punctuation(url: str) -> str:
    end = len(url)
    balance = {mark: url.count(mark) - url.count(closer) for closer, mark in _PAIRS.items()}
    while end:
        last = url[end - 1]
        if last in _PAIRS and balance[_PAIRS[last]] < 0:
            balance[_PAIRS[last]] += 1
        elif last not in _AFTER:
            break
        end -= 1
    return url[:end]


def _closes(url: str) -> bool:
    """Does it end with a bracket that was opened within it, as in `/お知らせ（2026）`?"""
    opened = _OPENED.get(url[-1], "")
    return bool(opened) and url.count(opened) >= url.count(url[-1])


def _coded(found: re.Match[str]) -> str:
    return percent(found[0])


def _escaped(part: str) -> str:
    whole = quote(part, safe=_AS_IT_IS, errors="surrogatepass")
    return re.sub("%[0-9a-fA-F]{2}", lambda found: found[0].upper(), whole)
