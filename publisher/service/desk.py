"""The desk as a request sees it: who asks, in which language, over which installation."""

import os
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Header, Request

from publisher import unix
from publisher.app import App
from publisher.desk.parts.proving import any_real
from publisher.desk.session import Credential, OsUser, Session, actor, reads
from publisher.errors import NotPermitted, NotSignedIn, PartlyDone, Problem, TryAgain
from publisher.read.whole import Whole, refuse_changed, whole
from publisher.roles import NOBODY, server
from publisher.service import fresh
from publisher.service.front import ADDRESS, KNOWN, Entry, Known
from publisher.service.peer import STATE
from publisher.store import Tx
from publisher.unix import Peer

ZONE = "Publisher-Zone"  # the company's: on its clock are the times that belong to no account
TOLD = "told"  # in a request's scope["state"]: headers of its answer, whatever that comes to be


@dataclass(frozen=True)
class Desk:
    """One request's way to the desk; its answer's headers are set here, whatever that comes to be.

    `holds`: it comes from whoever holds the installation, its own user or root.
    """

    app: App
    credential: Credential
    lang: str
    headers: MutableMapping[str, str]
    holds: bool

    @property
    def session(self) -> Session:
        """The person at the desk."""
        return Session(self.app.store, self.credential)

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """One consistent look at the database. Raises NotPermitted for nobody of the register."""
        with self.session.reading() as tx:
            self.headers[ZONE] = tx.zone()
            yield tx

    @contextmanager
    def writing(self, name: str = "", seen: str | None = None) -> Iterator[Tx]:
        """One transaction of theirs; raises Changed when the post `name` is not as `seen`."""
        with self.session.writing() as tx:
            self.headers[ZONE] = tx.zone()
            if seen is not None:
                refuse_changed(tx, name, _tags(seen))
            yield tx

    @contextmanager
    def holding(self) -> Iterator[Tx]:
        """The same; whoever holds the installation and is nobody of the register is the server."""
        with self.app.store.write(NOBODY) as tx:
            try:
                tx.actor = actor(tx, self.credential)
            except NotPermitted:
                if (
                    not (self.holds and isinstance(self.credential, OsUser))
                    or self.credential.sample
                ):
                    raise
                tx.actor = server(self.credential.kept)
            yield tx

    def shows(self, name: str) -> Whole:
        """The post as it is now, with its entity tag in the answer's head."""
        with self.reading() as tx:
            found = whole(tx, name, self.lang)
        self.headers["ETag"] = found.etag
        return found

    def does(self, name: str, seen: str | None, verb: Callable[..., Any], *said: Any) -> Whole:
        """One verb of the desk on a post that is still as `seen`; the post as it is then."""
        with self.writing(name, seen) as tx:
            verb(tx, name, *said)
        return self.did(name)

    def did(self, name: str) -> Whole:
        """The same of a post that was just changed."""
        with afterwards():
            return self.shows(name)


@contextmanager
def afterwards() -> Iterator[None]:
    """A look at what was just done. It stays done, whatever the look comes to: raises PartlyDone."""
    try:
        yield
    except TryAgain:
        raise PartlyDone("request.done_unseen") from None


def _tags(header: str) -> Sequence[str]:
    """The entity tags of `If-Match`; none for `*`, which takes whatever is there."""
    return [] if header.strip() == "*" else [one.strip() for one in header.split(",")]


def _desk(
    request: Request,
    proved: Annotated[bool, Depends(fresh.proved)],
    sample: Annotated[
        str,
        Header(alias="Publisher-As", max_length=2_000, include_in_schema=False),
    ] = "",
) -> Desk:
    """Whoever is at the other end of the socket, or holds a proof; raises NotPermitted for all others."""
    app: App = request.app.state.installation
    state = request.scope["state"]
    told: dict[str, str] = state[TOLD]
    if ADDRESS in state:
        at = _holding(app, state.get(KNOWN), proved=proved, sample=sample, told=told)
    else:
        at = _beside(app, state.get(STATE), unquote(sample), told)
    request.state.lang = told["Content-Language"] = at.lang
    return at


def _holding(
    app: App, known: Known | None, *, proved: bool, sample: str, told: dict[str, str]
) -> Desk:
    if known is None:
        raise NotSignedIn("session.no_proof")
    if sample:
        raise NotPermitted("session.no_sample_here", field="sample")
    lang = known.lang or app.config.company.lang
    return Desk(app, replace(known.credential, fresh=proved), lang, told, holds=False)


def _beside(app: App, peer: Peer | None, sample: str, told: dict[str, str]) -> Desk:
    """Sample people are for trying it out: the service's own user plays them, and nobody is real."""
    if peer is None:
        raise NotPermitted("session.no_door")
    credential = credential_of(peer, sample)
    with app.store.read() as tx:
        if sample and (peer.uid != os.geteuid() or any_real(tx)):
            raise NotPermitted("session.no_sample_here", field="sample")
        lang = reads(tx, credential) or app.config.company.lang
    return Desk(app, credential, lang, told, holds=peer.uid in (0, os.geteuid()))


At = Annotated[Desk, Depends(_desk)]


def _entry(request: Request) -> Entry:
    entry: Entry = request.app.state.entry
    return entry


def _place(request: Request) -> str:
    return str(request.scope.get("state", {}).get(ADDRESS, "the server"))


Front = Annotated[Entry, Depends(_entry)]
Place = Annotated[str, Depends(_place)]  # where a request comes from, in words


def credential_of(peer: Peer, sample: str = "") -> OsUser:
    """A peer as the operating system names it; the history keeps who logged in where that differs."""
    login = "" if peer.login is None else unix.user_name(peer.login)
    return OsUser(unix.user_name(peer.uid), peer.kept, login, sample)


def language(request: Request) -> str:
    """What whoever asks reads, also where the desk has not looked yet at who that is."""
    app: App = request.app.state.installation
    state = request.scope.get("state", {})
    lang, known, peer = state.get("lang", ""), state.get(KNOWN), state.get(STATE)
    if not lang and known:
        lang = known.lang
    elif not lang and peer:
        with suppress(Problem), app.store.read() as tx:
            lang = reads(tx, credential_of(peer, unquote(request.headers.get("Publisher-As", ""))))
    return str(lang or app.config.company.lang)
