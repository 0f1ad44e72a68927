"""What is asked of a request before anything of it is read: by which door, from where, by whose word.

Over TCP nobody is a peer, whatever a header says; over the socket no header is a proof.
"""

import ipaddress
import secrets
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.app import App
from publisher.config import Door
from publisher.config.door import HERE
from publisher.desk.session import Held, holder
from publisher.errors import NotPermitted, NotSignedIn, Problem
from publisher.service import API, problems
from publisher.service.lines import Line
from publisher.service.peer import STATE
from publisher.service.throttle import Throttle
from publisher.service.waiting import Challenges, Room
from publisher.store import proofs
from publisher.store.passkeys import Site

log = structlog.get_logger()

# Where a request's scope["state"] holds them.
ADDRESS = "address"  # it came over TCP then
KNOWN = "known"

# What nobody needs a proof for, over TCP.
OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("POST", f"{API}/login"),
    ("POST", f"{API}/login/poll"),
    ("POST", f"{API}/session"),
    ("POST", f"{API}/session/passkey"),
    ("POST", f"{API}/session/passkey/look"),
    ("POST", f"{API}/join"),
    ("POST", f"{API}/join/look"),
}
# The same for people: signing in, and what pages are drawn with.
OPEN_PAGES = ("/sign-in", "/join", "/static/", "/demonstration/")
COOKIE = "__Host-publisher"  # a browser takes it for this very host only, and only where none reads along
_SAFE = ("GET", "HEAD", "OPTIONS")
_OURS = ("same-origin", "none")  # Sec-Fetch-Site of a page of ours, or of what somebody typed


class TcpLine(Line):
    """Over TCP: each request has the address of its connection, and never a peer."""

    def known(self, transport: Any) -> Mapping[str, Any]:
        """As the kernel says it; a proxy may say more."""
        name = transport.get_extra_info("peername")  # None when they have gone already
        return {ADDRESS: name[0] if name else ""}


@dataclass(frozen=True)
class Known:
    """Whoever holds a proof: the person, its id, what it is called, and where the request came from.

    `lang`: as of an `Actor`.
    """

    credential: Held
    person: str
    lang: str
    number: str
    name: str
    place: str


@dataclass(frozen=True)
class Entry:
    """What the front door of one desk knows. `now`: seconds on a clock that nobody can set.

    `demonstration`: by what whoever started it is known again, to play the sample people.
    """

    app: App
    now: Callable[[], float]
    throttle: Throttle = field(default_factory=Throttle)
    room: Room = field(default_factory=Room)
    demonstration: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    challenges: Challenges = field(default_factory=Challenges)


# How a problem is shown to whoever asked for that.
Answer = Callable[[Scope, problems.Told], Response]


class Front:
    """Lets a request in, or answers it."""

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self._app, self._answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            entry: Entry = scope["app"].state.entry
            try:
                await _look(entry, scope)
            except Problem as problem:
                if isinstance(problem, NotPermitted) and not isinstance(problem, NotSignedIn):
                    note_refusal(scope, problem)  # what is no proof was noted by its address
                lang = entry.app.config.company.lang
                told = self._answer(scope, problems.answer(problem, lang))
                await told(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _look(entry: Entry, scope: MutableMapping[str, Any]) -> None:
    state, head = scope.setdefault("state", {}), Headers(scope=scope)
    if ADDRESS not in state:
        if "authorization" in head or "cookie" in head:
            raise NotPermitted("session.no_proof_here")
        return
    door = entry.app.config.desk.door
    if door is None:
        raise NotPermitted("session.no_door")
    refuse_strange(door, scope["method"], head)
    state[ADDRESS] = where_from(door, state[ADDRESS], head)
    await run_in_threadpool(_let_in, entry, scope, head)


def _let_in(entry: Entry, scope: Mapping[str, Any], head: Headers) -> None:
    """Raises NotSignedIn for whoever shows nothing, or what is no proof, where one is needed."""
    said, cookie = head.get("authorization"), cookie_of(head)
    if said is None and is_open(scope):
        return
    if said is not None and cookie is not None:
        raise NotPermitted("session.two_proofs")
    state = scope["state"]
    if cookie is not None:
        refuse_strange_cookie(entry.app.config.desk.door, scope, head)
        state[KNOWN] = _page(entry.app, cookie, state[ADDRESS])
        return
    if said is None:
        raise NotSignedIn("session.no_proof")
    try:
        state[KNOWN] = _known(entry.app, said, state[ADDRESS])
    except NotSignedIn:
        # Asked afterwards: a program that goes on showing an old token costs its neighbours nothing.
        entry.throttle.refuse(side(state[ADDRESS]), entry.now())
        entry.throttle.failed(side(state[ADDRESS]), entry.now())
        log.warning("what was shown is no proof", address=state[ADDRESS], path=scope["path"])
        raise


def is_open(scope: Mapping[str, Any]) -> bool:
    """Is that for anybody?"""
    path = scope["path"]
    return (scope["method"], path) in OPEN or any(
        path.startswith(one) if one.endswith("/") else path == one for one in OPEN_PAGES
    )


def note_refusal(scope: Scope, problem: NotPermitted) -> None:
    """Who was refused what, for whoever watches the log."""
    state = scope["state"]
    known, peer = state.get(KNOWN), state.get(STATE)
    log.warning(
        "refused",
        code=problem.code,
        what=f"{scope['method']} {scope['path']}",
        person=known.person if known else "",
        user=peer.kept if peer else "",
        address=state.get(ADDRESS, ""),
    )


def _known(app: App, said: str, place: str) -> Known:
    scheme, _, secret = said.partition(" ")
    what = proofs.kind_of(secret.strip()) if scheme.lower() == "bearer" else None
    if what not in ("token", "sign-in"):
        raise NotSignedIn("session.not_ours")
    return _holder(app, Held(what, proofs.hashed(secret.strip())), place)


def _page(app: App, secret: str, place: str) -> Known:
    """What is no proof costs nobody time: a page that has ended is shown until somebody signs in anew."""
    if proofs.kind_of(secret) != "sign-in":
        raise NotSignedIn("session.ended")
    return _holder(app, Held("sign-in", proofs.hashed(secret), page=True), place)


def _holder(app: App, credential: Held, place: str) -> Known:
    with app.store.read() as tx:
        actor, row = holder(tx, credential)
    proofs.note_use(app.store, credential.what, row)
    return Known(credential, actor.person, actor.lang, row.id, row.name, place)


def cookie_of(head: Headers) -> str | None:
    """What a browser holds of ours; "" where it shows several, and so none."""
    pairs = (one.partition("=") for one in ";".join(head.getlist("cookie")).split(";"))
    mine = [value.strip() for name, _, value in pairs if name.strip() == COOKIE]
    return None if not mine else mine[0] if len(mine) == 1 else ""


def refuse_strange_cookie(door: Door | None, scope: Mapping[str, Any], head: Headers) -> None:
    """A browser shows it whoever asks: raises NotPermitted unless it says that a page of ours does.

    What changes nothing it may ask for by itself; a link elsewhere may lead to a page, not into the API.
    """
    refuse_in_the_open(door, head)
    site = head.get("sec-fetch-site")
    if scope["method"] not in _SAFE:
        if site is None and head.get("origin") is None:
            raise NotPermitted("session.other_page")
        return
    led = head.get("sec-fetch-mode") == "navigate" and not scope["path"].startswith(API)
    if site is not None and site not in _OURS and not led:
        raise NotPermitted("session.other_page")


def refuse_in_the_open(door: Door | None, head: Headers) -> None:
    """Raises NotPermitted where others could read along: no browser keeps our cookie there."""
    if door is None or not (door.encrypted or _name(head.get("host", "")) in HERE):
        raise NotPermitted("session.in_the_open")


def site(door: Door, head: Headers) -> Site:
    """Where the browser stands that asks; the name is on the list."""
    host = head.get("host", "").lower()
    ours = (f"{'https' if door.encrypted else 'http'}://{host}", door.behind.lower())
    return Site(_name(host), [one for one in ours if one])


def side(address: str) -> str:
    """By what is counted: of IPv6 a whole network, for whoever has one address there has all.

    This machine is one: whoever is on it has every address that leads to it alone.
    """
    found = _ip(address)
    if found is not None and found.is_loopback:
        return "localhost"
    if found is None or found.version == 4:
        return str(found or address)
    return str(ipaddress.ip_network((found, 64), strict=False))


def refuse_strange(door: Door, method: str, head: Headers) -> None:
    """Raises NotPermitted for a name that is not ours, and for a change that another page asks for.

    A page elsewhere may have a name of its own lead here; and whoever is asked to change something by
    a browser is told by it which page it was (Fetch Metadata; the Origin header, RFC 6454).
    """
    host = head.get("host", "")
    if _name(host) not in door.hosts:
        raise NotPermitted("session.other_host")
    if method in _SAFE:
        return
    scheme = "https" if door.encrypted else "http"
    ours = {f"{scheme}://{host}".lower(), door.behind.lower()}
    origin, site = head.get("origin"), head.get("sec-fetch-site", "none")
    # A form of our own page that tells nobody where it stands (Referrer-Policy) has the origin "null".
    told = origin is None or origin.lower() in ours or (origin, site) == ("null", "same-origin")
    if site not in _OURS or not told:
        raise NotPermitted("session.other_page")


def _name(host: str) -> str:
    """Of a Host header, without the port."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()


def where_from(door: Door, address: str, head: Headers) -> str:
    """Who asks: the address at the other end, or whom a proxy of ours names last.

    Raises NotPermitted for whoever comes past the proxy that speaks TLS for us.
    """
    if not door.proxies:
        return address
    if not _is_proxy(door, address):
        raise NotPermitted("session.past_the_proxy", address=door.behind)
    named = [one.strip() for one in ",".join(head.getlist("x-forwarded-for")).split(",")]
    before = next((one for one in reversed(named) if not _is_proxy(door, one)), "")
    return str(_ip(before) or address)


def _is_proxy(door: Door, address: str) -> bool:
    found = _ip(address)
    return found is not None and any(found in one for one in door.proxies)


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """One of IPv4 is that also where it is written as one of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return found if found.version == 4 else found.ipv4_mapped or found
