"""Why a first connection brought no name: the likely cause, in words that say what to do.

Most of these never come from the network itself, but from what stands between it and us.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from publisher.networks import CannotTell, Credentials, Outcome, WhoAmIFailed
from publisher.networks.wire.http import Answer, Result
from publisher.networks.wire.listing import unread
from publisher.networks.wire.reasons import because
from publisher.words import as_text, part

LONGEST = 200  # characters of an address that are shown
# What firewalls and content networks write into their own answers: (header, part of its value).
_FIREWALLS: Mapping[str, tuple[str, str]] = {
    "Cloudflare": ("Server", "cloudflare"),
    "Sucuri": ("Server", "sucuri"),
    "Imperva": ("X-CDN", "imperva"),
    "Akamai": ("Server", "akamai"),
    "CloudFront": ("Server", "cloudfront"),
    "Wordfence": ("X-Wf-Block", ""),
}
_SIGN_IN = re.compile(r"(?:log|sign)[-_]?in\b|/sso\b|/oauth2?/", re.IGNORECASE)


def unnamed(result: Result, outcome: Outcome, *, missing: str, denied: str = "") -> WhoAmIFailed:
    """What who-am-I raises. `missing` is the likely cause of a 404, `denied` that of a plain no."""
    no = unread(outcome)
    refused = isinstance(no, Credentials)
    cause = denied if refused else likely(result, missing)
    said = no.reason if refused or not isinstance(no, CannotTell) else _bare(outcome)
    if cause and isinstance(result, Answer) and not refused:
        said = because("answered", status=result.status)
    why = as_text("network.quoted", what=said, said=cause) if cause else said
    return WhoAmIFailed(why, credentials=refused)


def likely(result: Result, missing: str = "") -> str:
    """The likely cause of an answer that is not the network's own; "" when none stands out."""
    if not isinstance(result, Answer):
        return ""
    if 300 <= result.status < 400:
        where = _where(result)
        if _SIGN_IN.search(where):
            return because("sign_in", where=where)
        return because("redirect", where=where or part("network.unread_address"))
    if result.status in (404, 407):
        return missing if result.status == 404 else because("proxy_password")
    return "" if result.json() is not None else _page(result)


def _page(answer: Answer) -> str:
    """What a page means that comes back where an API should answer."""
    if answer.status == 200:
        return because("web_page")
    if answer.status not in (401, 403, 406, 429, 503):
        return ""
    who = next((name for name, sign in _FIREWALLS.items() if _has(answer, *sign)), "")
    return because("firewall_named", name=who) if who else because("firewall")


def _has(answer: Answer, header: str, part: str) -> bool:
    return header in answer.headers and part in answer.headers[header].lower()


def _where(answer: Answer) -> str:
    """Scheme, host and path only: a query may echo a token. "" for what cannot be read."""
    said = answer.headers.get("Location", "")
    try:
        parts = urlsplit(said)
        host = parts.hostname or ""
    except ValueError:
        return ""
    shown = f"{parts.scheme}://{host}{parts.path}" if host else parts.path
    return "".join(c for c in shown if c.isprintable())[:LONGEST]


def _bare(outcome: Outcome) -> str:
    return str(getattr(outcome, "reason", "")) or because("unreadable")
